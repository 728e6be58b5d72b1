#include "model/page_reader.h"

#include <math.h>
#include <string.h>

typedef struct network {
  const mnistcnn_model *model;
  mnistcnn_workspace *workspace;
} network;

static void classify(void *user, const uint8_t *images, size_t count, float *rows) {
  const network *const n = user;
  const mcnn_images bytes = {.bytes = images, .channels = 1};

  mcnn_predictor_run(n->workspace, n->model, &bytes, count, rows);
}

/* --- text ------------------------------------------------------------------------------------- */

static const char *text_of(const mnistcnn_model *model, const mnistcnn_page *page, size_t index) {
  return mcnn_reading_has_class(&page->readings.items[index])
             ? mcnn_model_class_name(model, mcnn_reading_class(page, index))
             : "?";
}

/* Bytes of all texts; text NULL: they are counted only. */
static size_t write_text(const mnistcnn_model *model, mnistcnn_page *page, char *text) {
  size_t at = 0;

  for (size_t i = 0; i < page->num_groups; i++) {
    mcnn_digit_group *const group = &page->groups[i];
    group->text = at;
    for (size_t k = 0; k < group->count; k++) {
      const char *const name = text_of(model, page, group->first + k);
      const size_t length = strlen(name);
      if (text)
        memcpy(text + at, name, length);
      at += length;
    }
    if (text)
      text[at] = 0;
    at++;
  }
  return at;
}

/* --- whole ------------------------------------------------------------------------------------ */

mnistcnn_status mcnn_page_reader_read(const mnistcnn_model *model, mnistcnn_workspace *workspace,
                                      const mnistcnn_image *image, const mcnn_page_request *request,
                                      const mcnn_alloc *alloc, mnistcnn_page **page) {
  const mcnn_shape input = model->arch->input;
  const mcnn_digit_request digits = {
      .polarity = request->polarity,
      .height = input.height,
      .width = input.width,
      .form = request->form,
      .least_confidence = fmaxf(request->least_confidence, model->rejection_threshold)};
  network n = {model, workspace};
  const mcnn_reader reader = {classify, &n, model->arch->num_classes};
  mnistcnn_page *own = NULL;
  mnistcnn_status status =
      mcnn_written_page_read(image->pixels, &image->shape, &digits, &reader, alloc, &own);

  if (status != MNISTCNN_OK)
    return status;
  own->text = mcnn_alloc_array(alloc, write_text(model, own, NULL), 1);
  if (!own->text) {
    mcnn_written_page_free(own);
    return MNISTCNN_OUT_OF_MEMORY;
  }
  write_text(model, own, own->text);
  *page = own;
  return MNISTCNN_OK;
}
