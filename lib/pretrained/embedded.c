/* The model's file, embedded by the assembler. The build says where it is. */
#include "pretrained/embedded.h"

#include "base/platform_embed.h"

#include <stdint.h>

MCNN_EMBED_FILE(mcnn_pretrained, MCNN_PRETRAINED_FILE);

const unsigned char *mcnn_pretrained_bytes(size_t *size_bytes) {
  *size_bytes = (size_t)((uintptr_t)mcnn_pretrained_end - (uintptr_t)mcnn_pretrained_begin);
  return mcnn_pretrained_begin;
}
