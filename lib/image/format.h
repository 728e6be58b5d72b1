/* What a file format of images brings along. A new one is a file that defines its
 * mcnn_image_format, and a row in the table of decoder.c. */
#ifndef MCNN_IMAGE_FORMAT_H
#define MCNN_IMAGE_FORMAT_H

#include "base/alloc.h"
#include "base/shape.h"

/* A file in memory. `label` (a path or "PNG data") opens each message. */
typedef struct mcnn_image_file {
  const unsigned char *data;
  size_t size_bytes;
  const char *label;
} mcnn_image_file;

/* Memory for pixels that is kept from one image to the next. */
typedef struct mcnn_pixel_buffer {
  mcnn_alloc alloc;
  uint8_t *pixels;
  size_t capacity;
} mcnn_pixel_buffer;

mnistcnn_status mcnn_pixel_buffer_reserve(mcnn_pixel_buffer *buffer, size_t bytes);

typedef struct mcnn_image_format {
  /* The first bytes of every such file. */
  const unsigned char *signature;
  size_t signature_bytes;

  /* The shape that the header tells, without alpha: gray has 1 channel, colour 3. */
  mnistcnn_status (*read_shape)(const mcnn_image_file *file, mcnn_shape *shape);

  /* 1 where the file may have pixels that are not opaque; NULL: files of this format have none. The
   * file may be anything that begins with the signature. */
  int (*has_alpha)(const mcnn_image_file *file);

  /* What a decoder of this format keeps from one file to the next. */
  mnistcnn_status (*create)(const mcnn_alloc *alloc, void **state);
  void (*destroy)(void *state);

  /* Decodes into `buffer`, which it reserves: height x width pixels of shape->channels, the last
   * of them alpha (255 where the file has none) where with_alpha is 1. */
  mnistcnn_status (*decode)(void *state, const mcnn_image_file *file, const mcnn_shape *shape,
                            int with_alpha, mcnn_pixel_buffer *buffer);
} mcnn_image_format;

#endif
