#include "pool/job.h"

#include <stdlib.h>

job *job_create(uint32_t kind, uint32_t images) {
  job *const j = calloc(1, sizeof *j);
  if (!j)
    return NULL;
  j->kind = kind;
  j->images = images;
  j->least_confidence = 0.5f;
  j->files = calloc(kind == JOB_PICTURES && images > 0 ? images : 1, sizeof *j->files);
  if (j->files)
    return j;
  free(j);
  return NULL;
}

void job_clear_answer(job *j) {
  for (size_t i = 0; i < j->page.num_groups; i++)
    free(j->page.groups[i].text);
  free(j->page.groups);
  free(j->page.digits);
  free(j->pictures);
  free(j->values);
  model_info_release(j->model);
  j->page = (job_page){.digits = NULL};
  j->pictures = NULL;
  j->values = NULL;
  j->model = NULL;
  j->problem.status = 0;
}

void job_free(job *j) {
  if (!j)
    return;
  job_clear_answer(j);
  free(j->files);
  free(j);
}

void job_pack(const job *j, buffer *out) {
  const uint32_t strings = j->kind == JOB_PICTURES ? j->images : 1;

  pack_u32(out, j->kind);
  pack_i32(out, j->polarity);
  pack_u32(out, j->form);
  pack_f32(out, j->least_confidence);
  pack_u32(out, j->images);
  for (uint32_t i = 0; i < strings; i++)
    pack_bytes(out, j->files[i].data, j->files[i].size);
}
