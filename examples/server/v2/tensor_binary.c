/* Binary tensor data: little endian, row by row, of byte strings each with its length before it. */
#include <string.h>

#include "v2/tensor.h"

/* Numbers are taken as they come. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "for little endian processors");

static bool take_string(const uint8_t **at, size_t *left, job_file *file) {
  if (*left < 4)
    return false;
  const size_t size =
      (size_t)(*at)[0] | (size_t)(*at)[1] << 8 | (size_t)(*at)[2] << 16 | (size_t)(*at)[3] << 24;
  if (size > *left - 4)
    return false;
  *file = (job_file){*at + 4, size};
  *at += 4 + size;
  *left -= 4 + size;
  return true;
}

static job *take_strings(const tensor *t, const uint8_t *bytes, size_t size, problem *p) {
  job *const j = job_create(JOB_PICTURES, t->images);
  if (!j) {
    problem_set(p, 503, "out of memory");
    return NULL;
  }
  for (uint32_t i = 0; i < t->images; i++) {
    if (!take_string(&bytes, &size, &j->files[i])) {
      problem_set(p, 400, "the length before element %u goes beyond the end of the data", i);
      job_free(j);
      return NULL;
    }
  }
  if (size == 0)
    return j;
  problem_set(p, 400, "%zu bytes are left after the last of %u elements", size, t->images);
  job_free(j);
  return NULL;
}

/* Written so that NaN is not in range. */
static bool in_range(const uint8_t *bytes, uint64_t elements, problem *p) {
  for (uint64_t i = 0; i < elements; i++) {
    float value;
    memcpy(&value, bytes + i * sizeof value, sizeof value);
    if (!(value >= 0 && value <= 1))
      return problem_set(p, 400,
                         "element %llu is %g; FP32 values are intensities from 0 to 1 (bytes are "
                         "UINT8)",
                         (unsigned long long)i, (double)value);
  }
  return true;
}

job *tensor_from_bytes(const tensor *t, const uint8_t *bytes, size_t size, problem *p) {
  const size_t element = datatype_size(t->type);

  if (t->type == DATATYPE_BYTES)
    return take_strings(t, bytes, size, p);
  if (size / element != t->elements || size % element != 0) {
    problem_set(p, 400, "the data are %zu bytes; the shape and datatype are of %llu", size,
                (unsigned long long)(t->elements * element));
    return NULL;
  }
  if (t->type == DATATYPE_FP32 && !in_range(bytes, t->elements, p))
    return NULL;
  job *const j = job_create(t->type == DATATYPE_FP32 ? JOB_FLOATS : JOB_BYTES, t->images);
  if (j)
    j->files[0] = (job_file){bytes, size};
  else
    problem_set(p, 503, "out of memory");
  return j;
}
