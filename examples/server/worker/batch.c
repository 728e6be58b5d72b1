#include "worker/batch.h"

#include <stdlib.h>
#include <string.h>

#include "wire/job_kind.h"
#include "worker/page.h"
#include "worker/single.h"

enum { MAX_JOBS = 4096, MAX_ITEMS = 65536 };

typedef struct job {
  uint32_t kind;
  int32_t polarity;
  uint32_t form;
  float least_confidence;
  uint32_t items;
  const uint8_t *data; /* of all but pictures: the only byte string */
  size_t size;
  single *singles;
  size_t first_row;
  mnistcnn_status status;
} job;

static void read_pictures(job *j, const loaded *l, rows *r, cursor *in) {
  j->singles = calloc(j->items ? j->items : 1, sizeof *j->singles);
  if (!j->singles)
    in->failed = true;
  for (uint32_t i = 0; i < j->items && !in->failed; i++) {
    size_t size;
    const uint8_t *const file = unpack_bytes(in, &size);
    if (file)
      single_prepare(&j->singles[i], l, r, file, size, j->polarity);
  }
}

static void take_bytes(job *j, const loaded *l, rows *r) {
  if (j->size != j->items * l->inputs) {
    j->status = MNISTCNN_SHAPE_MISMATCH;
    return;
  }
  j->first_row = r->count;
  uint8_t *const row = rows_add(r, l, j->items);
  if (row)
    memcpy(row, j->data, j->size);
  else
    j->status = MNISTCNN_OUT_OF_MEMORY;
}

static void read_job(job *j, const loaded *l, rows *r, cursor *in) {
  j->kind = unpack_u32(in);
  j->polarity = unpack_i32(in);
  j->form = unpack_u32(in);
  j->least_confidence = unpack_f32(in);
  j->items = unpack_u32(in);
  if (j->items > MAX_ITEMS)
    in->failed = true;
  if (j->kind == JOB_PICTURES) {
    read_pictures(j, l, r, in);
    return;
  }
  j->data = unpack_bytes(in, &j->size);
  if (j->kind == JOB_BYTES && !in->failed)
    take_bytes(j, l, r);
}

static void answer_pictures(job *j, const loaded *l, const rows *r, buffer *out) {
  pack_i32(out, MNISTCNN_OK);
  pack_text(out, "");
  pack_u32(out, j->items);
  for (uint32_t i = 0; i < j->items; i++)
    single_finish(&j->singles[i], l, r, out);
}

static void answer_page(const job *j, const loaded *l, buffer *out) {
  const page_request request = {j->data, j->size, j->polarity, j->form, j->least_confidence};
  const char *message = "";
  buffer page = {0};
  const mnistcnn_status status = page_answer(l, &request, &page, &message);

  pack_i32(out, status);
  pack_text(out, message);
  if (status == MNISTCNN_OK)
    buffer_add(out, page.data, page.size);
  out->failed |= page.failed;
  buffer_free(&page);
}

static void answer_failure(mnistcnn_status status, buffer *out) {
  pack_i32(out, status);
  pack_text(out,
            status == MNISTCNN_SHAPE_MISMATCH
                ? "the tensor is of another size than the model's input, which may have changed"
                : mnistcnn_status_description(status));
}

static void answer_tensor(const job *j, const loaded *l, const float *values, buffer *out) {
  pack_i32(out, MNISTCNN_OK);
  pack_text(out, "");
  pack_u32(out, j->items);
  pack_u32(out, l->classes);
  buffer_add(out, values, (size_t)j->items * l->classes * sizeof *values);
}

static mnistcnn_status predict_floats(const job *j, const loaded *l, float *images, float *result) {
  memcpy(images, j->data, j->size);
  return mnistcnn_predict(l->model, l->workspace, images, j->size / sizeof *images, result,
                          (size_t)j->items * l->classes);
}

static void answer_floats(const job *j, const loaded *l, buffer *out) {
  float *const images = malloc(j->size ? j->size : 1);
  float *const result = calloc((size_t)j->items * l->classes + 1, sizeof *result);
  mnistcnn_status status = MNISTCNN_OUT_OF_MEMORY;

  if (j->size != j->items * l->inputs * sizeof(float))
    status = MNISTCNN_SHAPE_MISMATCH;
  else if (images && result)
    status = predict_floats(j, l, images, result);
  if (status == MNISTCNN_OK)
    answer_tensor(j, l, result, out);
  else
    answer_failure(status, out);
  free(result);
  free(images);
}

static void answer_job(job *j, const loaded *l, const rows *r, buffer *out) {
  if (j->status != MNISTCNN_OK)
    answer_failure(j->status, out);
  else if (j->kind == JOB_PICTURES)
    answer_pictures(j, l, r, out);
  else if (j->kind == JOB_PAGE)
    answer_page(j, l, out);
  else if (j->kind == JOB_BYTES)
    answer_tensor(j, l, rows_row(r, l, j->first_row), out);
  else if (j->kind == JOB_FLOATS)
    answer_floats(j, l, out);
  else
    answer_failure(MNISTCNN_UNSUPPORTED, out);
}

static void free_jobs(job *jobs, uint32_t count) {
  for (uint32_t i = 0; jobs && i < count; i++) {
    for (uint32_t k = 0; jobs[i].singles && k < jobs[i].items; k++)
      single_free(&jobs[i].singles[k]);
    free(jobs[i].singles);
  }
  free(jobs);
}

static bool run(const loaded *l, rows *r, job *jobs, uint32_t count, cursor *in, buffer *out) {
  for (uint32_t i = 0; i < count; i++)
    read_job(&jobs[i], l, r, in);
  if (in->failed || (r->count > 0 && rows_predict(r, l) != MNISTCNN_OK))
    return false;
  pack_u32(out, count);
  for (uint32_t i = 0; i < count; i++)
    answer_job(&jobs[i], l, r, out);
  return !out->failed;
}

bool batch_answer(const loaded *l, rows *r, cursor *in, buffer *out) {
  const uint32_t count = unpack_u32(in);

  rows_clear(r);
  if (in->failed || count > MAX_JOBS)
    return false;
  job *const jobs = calloc(count ? count : 1, sizeof *jobs);
  const bool done = jobs && run(l, r, jobs, count, in, out);
  free_jobs(jobs, count);
  return done;
}
