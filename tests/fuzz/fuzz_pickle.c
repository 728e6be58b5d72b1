/* The pickle reader, as the reader of PyTorch uses it, and all values that it finds. */
#include "fuzz.h"

#include "base/status.h"
#include "exchange/pickle/pickle.h"
#include "exchange/torch/names.h"

/* Values may hold themselves. */
enum { DEEPEST = 12 };

static size_t count_values(const mcnn_pickle_value *value, int depth, size_t *left) {
  size_t count = 1;

  if (depth == DEEPEST || *left == 0)
    return count;
  --*left;
  for (uint32_t i = 0; i < value->count; i++) {
    FUZZ_REQUIRE(value->items[i] != NULL);
    count += count_values(value->items[i], depth + 1, left);
  }
  return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  mcnn_pickle *pickle = NULL;
  size_t left = 10000;

  const mnistcnn_status status =
      mcnn_pickle_read(data, size, "input", mcnn_torch_callables, &alloc, &pickle);
  FUZZ_REQUIRE((status == MNISTCNN_OK) == (pickle != NULL));
  FUZZ_REQUIRE(status == MNISTCNN_OK || mcnn_last_error()[0] != '\0');
  if (pickle) {
    FUZZ_REQUIRE(count_values(mcnn_pickle_root(pickle), 0, &left) > 0);
    FUZZ_REQUIRE(mcnn_pickle_used_bytes(pickle) <= size);
    for (const mcnn_pickle_value *n = mcnn_pickle_first_name(pickle); n; n = n->next)
      FUZZ_REQUIRE(n->kind == MCNN_PICKLE_NAME && n->text[n->length] == '\0');
  }
  mcnn_pickle_free(pickle);
  return 0;
}
