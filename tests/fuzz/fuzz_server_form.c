/* Forms. The first line is the Content-Type. What is found lies within the body, and in order. */
#include "fuzz.h"

#include <string.h>

#include "body/multipart.h"

enum { TYPE_CAPACITY = 256 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const uint8_t *const end = size ? memchr(data, '\n', size) : NULL;
  char type[TYPE_CAPACITY] = "";
  multipart form;
  multipart_part part;
  problem p = {0};
  int more = -1;

  if (!end || (size_t)(end - data) >= sizeof type)
    return 0;
  memcpy(type, data, (size_t)(end - data));
  const uint8_t *const body = end + 1;
  const size_t body_size = size - (size_t)(body - data);
  const uint8_t *last = body;
  if (multipart_start(&form, type, body, body_size, &p)) {
    while ((more = multipart_next(&form, &part, &p)) > 0) {
      FUZZ_REQUIRE(part.data >= last && part.data <= body + body_size);
      FUZZ_REQUIRE(part.size <= (size_t)(body + body_size - part.data));
      FUZZ_REQUIRE(strlen(part.name) < sizeof part.name);
      last = part.data + part.size;
    }
  }
  FUZZ_REQUIRE((more < 0) == (p.status == 400));
  return 0;
}
