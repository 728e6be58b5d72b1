#include "predict/predictor.h"

#include <stdlib.h>
#include <string.h>

#include "predict/picture.h"
#include "terminal/message.h"
#include "terminal/percent.h"

/* Stable selection sort of the first `top`: equal probabilities stay in the order of the classes.
 */
void predictor_rank(predictor *p) {
  for (uint32_t c = 0; c < p->num_classes; c++)
    p->ranking[c] = c;
  for (uint32_t place = 0; place < p->settings.top; place++) {
    uint32_t best = place;
    for (uint32_t i = place + 1; i < p->num_classes; i++)
      if (p->probabilities[p->ranking[i]] > p->probabilities[p->ranking[best]])
        best = i;
    const uint32_t next = p->ranking[best];
    memmove(&p->ranking[place + 1], &p->ranking[place], (best - place) * sizeof p->ranking[0]);
    p->ranking[place] = next;
  }
}

double predictor_confidence(const predictor *p, uint32_t index) {
  return confidence_of(p->probabilities, p->num_classes, index);
}

void predictor_show(const predictor *p, const uint8_t *prepared) {
  if (p->settings.show && !p->json)
    picture_show(prepared, p->height, p->width);
}

mnistcnn_digit_options predictor_digit_options(const predictor *p) {
  mnistcnn_digit_options options;

  mnistcnn_digit_options_init(&options, sizeof options);
  options.height = p->height;
  options.width = p->width;
  options.polarity = p->preparation.polarity;
  return options;
}

static int allocate(predictor *p) {
  const size_t pixels = (size_t)p->height * p->width;

  p->probabilities = calloc(p->num_classes, sizeof *p->probabilities);
  p->ranking = calloc(p->num_classes, sizeof *p->ranking);
  p->prepared = calloc(pixels, 1);
  p->input = calloc(pixels, p->channels);
  if (!p->probabilities || !p->ranking || !p->prepared || !p->input)
    return fail("out of memory");
  /* Images are predicted one at a time. */
  mnistcnn_workspace_options options;
  mnistcnn_workspace_options_init(&options, sizeof options);
  options.max_batch = 1;
  return mnistcnn_workspace_create(p->model, &options, &p->workspace) == MNISTCNN_OK
             ? EXIT_STATUS_OK
             : fail_library();
}

int predictor_create(predictor *p, const mnistcnn_model *model, const predict_settings *settings,
                     json_out *json) {
  *p = (predictor){.model = model,
                   .settings = *settings,
                   .num_classes = mnistcnn_model_num_classes(model),
                   .preparation = MNISTCNN_PREPARATION_INIT,
                   .json = json};
  mnistcnn_shape input = {0, 0, 0};
  mnistcnn_model_input_shape(model, &input);
  mnistcnn_model_preparation(model, &p->preparation);
  p->height = input.height;
  p->width = input.width;
  p->channels = input.channels;
  if (p->settings.top > p->num_classes)
    p->settings.top = p->num_classes;
  return allocate(p);
}

void predictor_free(predictor *p) {
  mnistcnn_workspace_free(p->workspace);
  free(p->input);
  free(p->prepared);
  free(p->ranking);
  free(p->probabilities);
}
