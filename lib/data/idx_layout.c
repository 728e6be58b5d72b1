#include "data/idx_layout.h"

#include "base/status.h"

#include <string.h>

/* The values in the memory that the file owns. */
static unsigned char *own_values(const mcnn_idx_file *idx) {
  return idx->memory + (idx->values - idx->memory);
}

static void transpose(const unsigned char *from, size_t rows, size_t columns, size_t channels,
                      unsigned char *to) {
  for (size_t column = 0; column < columns; column++)
    for (size_t row = 0; row < rows; row++, to += channels)
      memcpy(to, from + (row * columns + column) * channels, channels);
}

mnistcnn_status mcnn_idx_transpose(mcnn_idx_file *images, const mcnn_alloc *alloc) {
  const uint32_t rows = images->dimensions[1], columns = images->dimensions[2];
  const size_t channels = images->num_dimensions == 4 ? images->dimensions[3] : 1;
  const size_t bytes = (size_t)rows * columns * channels;
  unsigned char *const copy = mcnn_alloc_array(alloc, bytes, 1);
  unsigned char *image = own_values(images);

  if (!copy)
    return MNISTCNN_OUT_OF_MEMORY;
  for (size_t i = 0; i < images->dimensions[0]; i++, image += bytes) {
    memcpy(copy, image, bytes);
    transpose(copy, rows, columns, channels, image);
  }
  mcnn_free(alloc, copy);
  images->dimensions[1] = columns;
  images->dimensions[2] = rows;
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_idx_shift_labels(mcnn_idx_file *labels, uint32_t first, const char *path) {
  unsigned char *const values = own_values(labels);

  for (size_t i = 0; i < labels->count && first > 0; i++) {
    if (values[i] < first) {
      return mcnn_fail(MNISTCNN_FORMAT, "%s: label %zu is %u, which is below the first label, %lu",
                       path, i, (unsigned)values[i], (unsigned long)first);
    }
    values[i] = (unsigned char)(values[i] - first);
  }
  return MNISTCNN_OK;
}
