/* Architecture texts: what is accepted has a normal form that is its own. */
#include "fuzz.h"

#include "nn/arch_text.h"

#include <stdlib.h>
#include <string.h>

enum { CLASSES = 10 };

static void check(const mcnn_arch *arch, const mcnn_alloc *alloc) {
  mcnn_arch *again;
  FUZZ_REQUIRE(arch->num_layers <= MCNN_MAX_LAYERS);
  FUZZ_REQUIRE(arch->num_parameters <= MCNN_MAX_PARAMETERS);
  FUZZ_REQUIRE(mcnn_arch_parse(arch->text, arch->input, CLASSES, alloc, &again) == MNISTCNN_OK);
  FUZZ_REQUIRE(strcmp(again->text, arch->text) == 0);
  mcnn_arch_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const mcnn_shape inputs[] = {{28, 28, 3}, {1, 1, 1}, {4096, 4096, 3}};
  const mcnn_alloc alloc = mcnn_alloc_default();
  char *text = malloc(size + 1);
  FUZZ_REQUIRE(text);
  memcpy(text, data, size);
  text[size] = '\0';
  for (size_t i = 0; i < sizeof inputs / sizeof inputs[0]; i++) {
    mcnn_arch *arch;
    if (mcnn_arch_parse(text, inputs[i], CLASSES, &alloc, &arch) == MNISTCNN_OK)
      check(arch, &alloc);
    mcnn_arch_free(arch);
  }
  free(text);
  return 0;
}
