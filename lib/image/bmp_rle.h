/* The run-length encoding of BMP, of 4 and of 8 bits. */
#ifndef MCNN_IMAGE_BMP_RLE_H
#define MCNN_IMAGE_BMP_RLE_H

#include <stddef.h>
#include <stdint.h>

typedef struct mcnn_bmp_rle {
  const unsigned char *data, *end; /* what has not been read yet */
  int is_rle4;
  /* A jump to a later row and column, which is under way. */
  uint32_t rows_to_skip, column;
  int ended; /* the end of the image was read */
} mcnn_bmp_rle;

/* The next row of `width` indices; 0 where the data end before it. What is not there is 0. */
int mcnn_bmp_rle_read_row(mcnn_bmp_rle *rle, uint8_t *indices, uint32_t width);

#endif
