/* JSON texts as configurations have them. What is read is a tree that can be walked to its end. */
#include "fuzz.h"

#include "base/status.h"
#include "exchange/json/tree.h"

/* Nothing in a tree is deeper than it says, and what it counts is there. */
static void check_value(const mcnn_json_value *value, unsigned depth) {
  uint32_t count = 0;

  FUZZ_REQUIRE(depth <= MCNN_JSON_MAX_DEPTH);
  FUZZ_REQUIRE(value->kind != MCNN_JSON_STRING || value->text);
  for (const mcnn_json_value *item = value->first; item; item = item->next) {
    FUZZ_REQUIRE((item->key != NULL) == (value->kind == MCNN_JSON_OBJECT));
    check_value(item, depth + 1);
    count++;
  }
  FUZZ_REQUIRE(count == value->count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  mcnn_json_tree *tree = NULL;
  const mnistcnn_status status =
      mcnn_json_tree_read((const char *)data, size, "fuzz", "text", &alloc, &tree);

  FUZZ_REQUIRE((status == MNISTCNN_OK) == (tree != NULL));
  FUZZ_REQUIRE(tree || mcnn_last_error()[0] != '\0');
  if (tree)
    check_value(mcnn_json_root(tree), 0);
  mcnn_json_tree_free(tree);
  return 0;
}
