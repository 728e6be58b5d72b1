/* Inference requests, with and without binary data: what follows the first line, which is the value
 * of Inference-Header-Content-Length, or empty. A request that is taken has the data of its shape.
 */
#include "fuzz.h"

#include <string.h>

#include "v2/infer.h"

enum { HEADER_CAPACITY = 32 };

static void check_job(const job *j, const model_info *model) {
  const size_t values = (size_t)j->images * model_info_inputs(model);
  unsigned sum = 0;

  FUZZ_REQUIRE(j->images >= 1 && j->images <= 4);
  for (uint32_t i = 0; i < (j->kind == JOB_PICTURES ? j->images : 1); i++)
    for (size_t k = 0; k < j->files[i].size; k++)
      sum += j->files[i].data[k] & 1u;
  FUZZ_REQUIRE(j->kind != JOB_BYTES || j->files[0].size == values);
  FUZZ_REQUIRE(j->kind != JOB_FLOATS || j->files[0].size == values * sizeof(float));
  FUZZ_REQUIRE(sum != UINT32_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const model_info model = {.height = 2, .width = 3, .channels = 1, .classes = 2};
  const uint8_t *const end = size ? memchr(data, '\n', size) : NULL;
  service all = {.max_images = 4};
  char header[HEADER_CAPACITY] = "";

  if (!end || (size_t)(end - data) >= sizeof header)
    return 0;
  memcpy(header, data, (size_t)(end - data));
  call c = {.service = &all,
            .inference_header = *header ? header : NULL,
            .body = end + 1,
            .body_size = size - (size_t)(end + 1 - data)};
  infer_read(&c, &model);
  FUZZ_REQUIRE((c.problem.status == 0) == (c.num_jobs == 1));
  if (c.num_jobs == 1)
    check_job(c.jobs[0], &model);
  call_free(&c);
  return 0;
}
