/* What workers answer, which may have been taken over by a file: the first byte chooses the kind of
 * job. An answer that is taken is whole. */
#include "fuzz.h"

#include "pool/job.h"

enum { CLASSES = 3, IMAGES = 2 };

static void check_page(const job_page *page) {
  for (size_t i = 0; i < page->num_digits; i++)
    FUZZ_REQUIRE(page->digits[i].class_index < CLASSES && page->digits[i].class_index >= -1);
  for (size_t i = 0; i < page->num_groups; i++) {
    FUZZ_REQUIRE(page->groups[i].text);
    FUZZ_REQUIRE(page->groups[i].first + page->groups[i].count <= page->num_digits);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const uint32_t kinds[] = {JOB_PICTURES, JOB_PAGE, JOB_BYTES, JOB_FLOATS};
  model_info model = {.users = 2, .classes = CLASSES};

  if (size == 0)
    return 0;
  const uint32_t kind = kinds[data[0] % 4];
  cursor in = {.data = data + 1, .size = size - 1};
  job *const j = job_create(kind, kind == JOB_PAGE ? 1 : IMAGES);
  FUZZ_REQUIRE(j);
  if (job_read_answer(j, &model, &in) && j->problem.status == 0) {
    FUZZ_REQUIRE(j->model == &model);
    FUZZ_REQUIRE(kind != JOB_PICTURES || j->pictures);
    FUZZ_REQUIRE(j->values);
    check_page(&j->page);
  }
  job_free(j);
  FUZZ_REQUIRE(model.users == 2);
  return 0;
}
