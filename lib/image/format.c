#include "image/format.h"

mnistcnn_status mcnn_pixel_buffer_reserve(mcnn_pixel_buffer *buffer, size_t bytes) {
  if (buffer->capacity >= bytes)
    return MNISTCNN_OK;
  mcnn_free(&buffer->alloc, buffer->pixels);
  buffer->capacity = 0;
  buffer->pixels = mcnn_alloc_array(&buffer->alloc, bytes, 1);
  if (!buffer->pixels)
    return MNISTCNN_OUT_OF_MEMORY;
  buffer->capacity = bytes;
  return MNISTCNN_OK;
}
