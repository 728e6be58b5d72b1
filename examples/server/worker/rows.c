#include "worker/rows.h"

uint8_t *rows_add(rows *r, const loaded *l, size_t count) {
  const size_t at = r->images.size;

  if (count > SIZE_MAX / l->inputs || !buffer_reserve(&r->images, count * l->inputs))
    return NULL;
  r->images.size += count * l->inputs;
  r->count += count;
  return r->images.data + at;
}

mnistcnn_status rows_predict(rows *r, const loaded *l) {
  const size_t values = r->count * l->classes;

  if (!buffer_reserve(&r->probabilities, values * sizeof(float)))
    return MNISTCNN_OUT_OF_MEMORY;
  r->probabilities.size = values * sizeof(float);
  return mnistcnn_predict_u8(l->model, l->workspace, r->images.data, r->count * l->inputs,
                             (float *)(void *)r->probabilities.data, values);
}

const float *rows_row(const rows *r, const loaded *l, size_t index) {
  return (const float *)(const void *)r->probabilities.data + index * l->classes;
}

void rows_clear(rows *r) {
  buffer_clear(&r->images);
  buffer_clear(&r->probabilities);
  r->count = 0;
}

void rows_free(rows *r) {
  buffer_free(&r->images);
  buffer_free(&r->probabilities);
}
