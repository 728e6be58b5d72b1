#include "nn/arch.h"

#include <string.h>

/* An output layer may stand behind each that is written. */
size_t mcnn_arch_capacity(const char *text) {
  size_t layers = 2;
  for (; *text; text++)
    layers += *text == ',' ? 2 : 0;
  return layers < MCNN_MAX_LAYERS ? layers : MCNN_MAX_LAYERS;
}

size_t mcnn_arch_readers(const mcnn_arch *arch, uint32_t layer) {
  size_t readers = 0;
  for (uint32_t i = 0; i < arch->num_layers; i++)
    readers += (size_t)(arch->layers[i].input == layer) + (arch->layers[i].other == layer);
  return readers;
}

mcnn_arch *mcnn_arch_new(const mcnn_alloc *alloc, size_t num_layers) {
  mcnn_arch *arch = mcnn_alloc_zeroed(alloc, 1, sizeof *arch);
  if (!arch)
    return NULL;
  arch->alloc = *alloc;
  arch->layers = mcnn_alloc_zeroed(alloc, num_layers, sizeof *arch->layers);
  arch->capacity = (uint32_t)num_layers;
  if (arch->layers)
    return arch;
  mcnn_arch_free(arch);
  return NULL;
}

mnistcnn_status mcnn_arch_clone(const mcnn_arch *arch, const mcnn_alloc *alloc, mcnn_arch **out) {
  *out = NULL;
  mcnn_arch *clone = mcnn_arch_new(alloc, arch->num_layers);
  char *text = clone ? mcnn_alloc_string(alloc, arch->text) : NULL;
  if (!text) {
    mcnn_arch_free(clone);
    return MNISTCNN_OUT_OF_MEMORY;
  }
  mcnn_layer *const layers = clone->layers;
  memcpy(layers, arch->layers, arch->num_layers * sizeof *layers);
  *clone = *arch;
  clone->alloc = *alloc;
  clone->capacity = arch->num_layers;
  clone->layers = layers;
  clone->text = text;
  *out = clone;
  return MNISTCNN_OK;
}

void mcnn_arch_free(mcnn_arch *arch) {
  if (!arch)
    return;
  const mcnn_alloc alloc = arch->alloc;
  mcnn_free(&alloc, arch->layers);
  mcnn_free(&alloc, arch->text);
  mcnn_free(&alloc, arch);
}

uint64_t mcnn_arch_bytes(const mcnn_arch *arch) {
  return mcnn_alloc_bytes(1, sizeof *arch) +
         mcnn_alloc_bytes(arch->capacity, sizeof *arch->layers) +
         mcnn_alloc_bytes(strlen(arch->text) + 1, 1);
}
