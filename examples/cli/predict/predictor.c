#include "predict/predictor.h"

#include <stdlib.h>
#include <string.h>

#include "predict/picture.h"
#include "terminal/message.h"
#include "terminal/percent.h"

/* Stable selection sort of the first `top`: equal probabilities stay in the order of the classes.
 */
void predictor_rank(predictor *p, const float *row) {
  memcpy(p->probabilities, row, p->num_classes * sizeof *row);
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
  if (p->settings.show && p->settings.format == ANSWER_TEXT)
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
  mnistcnn_workspace_options options;

  p->probabilities = calloc(p->num_classes, sizeof *p->probabilities);
  p->ranking = calloc(p->num_classes, sizeof *p->ranking);
  if (!p->probabilities || !p->ranking)
    return fail("out of memory");
  if (mnistcnn_workspace_options_init(&options, sizeof options) != MNISTCNN_OK)
    return fail_library();
  options.num_threads = p->settings.num_threads;
  return mnistcnn_workspace_create(p->model, &options, &p->workspace) == MNISTCNN_OK
             ? EXIT_STATUS_OK
             : fail_library();
}

/* What preparing digits asks of the model's input: see mnistcnn_digit_options. */
static int check_sides(const predictor *p) {
  enum { LEAST = 8, MOST = 1024 };

  if (!p->settings.many ||
      (p->height >= LEAST && p->height <= MOST && p->width >= LEAST && p->width <= MOST))
    return EXIT_STATUS_OK;
  return fail("--many: digits are prepared to heights and widths of 8 to 1024, but the model takes "
              "images of %ux%u; without --many, images are only resized",
              p->height, p->width);
}

int predictor_create(predictor *p, const mnistcnn_model *model, const predict_settings *settings,
                     progress_bar *bar) {
  mnistcnn_shape input = {0, 0, 0};

  *p = (predictor){.model = model,
                   .settings = *settings,
                   .num_classes = mnistcnn_model_num_classes(model),
                   .preparation = MNISTCNN_PREPARATION_INIT,
                   .bar = bar};
  if (settings->format == ANSWER_JSON || settings->format == ANSWER_JSONL)
    p->json = &p->json_memory;
  if (mnistcnn_model_input_shape(model, &input) != MNISTCNN_OK ||
      mnistcnn_model_preparation(model, &p->preparation) != MNISTCNN_OK)
    return fail_library();
  p->height = input.height;
  p->width = input.width;
  if (p->settings.top > p->num_classes)
    p->settings.top = p->num_classes;
  return check_sides(p) == EXIT_STATUS_OK ? allocate(p) : EXIT_STATUS_FAILURE;
}

void predictor_free(predictor *p) {
  mnistcnn_workspace_free(p->workspace);
  free(p->ranking);
  free(p->probabilities);
}
