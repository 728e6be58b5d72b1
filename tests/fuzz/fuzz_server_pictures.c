/* Bodies of /v1: the first byte chooses their type. Every image that is found can be read to its
 * end, and there is a problem where none is. */
#include "fuzz.h"

#include "v1/pictures.h"

static const char *const types[] = {"application/json", "multipart/form-data; boundary=b",
                                    "image/png", "text/plain"};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  service all = {.max_images = 4};
  pictures found;

  if (size == 0)
    return 0;
  call c = {
      .service = &all, .content_type = types[data[0] % 4], .body = data + 1, .body_size = size - 1};
  const bool done = pictures_take(&c, &found);
  FUZZ_REQUIRE(done == (c.problem.status == 0));
  FUZZ_REQUIRE(!done || (found.count > 0 && found.count <= all.max_images));
  unsigned sum = 0;
  for (size_t i = 0; done && i < found.count; i++)
    for (size_t k = 0; k < found.files[i].size; k++)
      sum += found.files[i].data[k];
  FUZZ_REQUIRE(sum <= 255 * 4 * size);
  pictures_free(&found);
  call_free(&c);
  return 0;
}
