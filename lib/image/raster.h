/* Pixels on their way from a decoder to an image: reduced by a whole factor by area averaging, and
 * turned upright. The memory follows from the size of the result, not from that of the file. */
#ifndef MCNN_IMAGE_RASTER_H
#define MCNN_IMAGE_RASTER_H

#include "base/alloc.h"
#include "base/shape.h"

#include <stddef.h>

/* Memory for bytes that is kept from one image to the next. */
typedef struct mcnn_pixel_buffer {
  mcnn_alloc alloc;
  uint8_t *pixels;
  size_t capacity;
} mcnn_pixel_buffer;

mnistcnn_status mcnn_pixel_buffer_reserve(mcnn_pixel_buffer *buffer, size_t bytes);
void mcnn_pixel_buffer_free(mcnn_pixel_buffer *buffer);

typedef struct mcnn_raster_options {
  mcnn_shape stored;    /* of what comes; of 2 and 4 channels the last is alpha */
  uint32_t factor;      /* pixels that come per pixel of the result, along each axis */
  uint32_t orientation; /* EXIF's, 1 to 8 */
  int scattered;        /* 1: pixels come in any order; 0: row by row */
} mcnn_raster_options;

typedef struct mcnn_raster {
  mcnn_pixel_buffer image; /* the result, upright */
  mcnn_pixel_buffer row;   /* one stored row, unless it is decoded in place */
  mcnn_alloc alloc;
  mcnn_raster_options options;
  uint32_t rows, columns; /* of the result before it is turned */
  ptrdiff_t start, down,
      on;         /* bytes in the image: of its first pixel, to the next row and column */
  uint32_t *sums; /* of one row of the result, or of all rows where scattered */
} mcnn_raster;

void mcnn_raster_init(mcnn_raster *raster, const mcnn_alloc *alloc);
void mcnn_raster_free(mcnn_raster *raster);

/* The shape of the result. */
mcnn_shape mcnn_raster_shape(const mcnn_raster_options *options);

mnistcnn_status mcnn_raster_start(mcnn_raster *raster, const mcnn_raster_options *options);

/* Where row y may be written, options.stored.width pixels, before mcnn_raster_put_row(). */
uint8_t *mcnn_raster_row(mcnn_raster *raster, uint32_t y);
void mcnn_raster_put_row(mcnn_raster *raster, uint32_t y);

/* `count` pixels of row y, in columns x, x + step, ... */
void mcnn_raster_put(mcnn_raster *raster, const uint8_t *pixels, uint32_t y, uint32_t x,
                     uint32_t step, uint32_t count);

/* After the last pixel. */
void mcnn_raster_finish(mcnn_raster *raster);

#endif
