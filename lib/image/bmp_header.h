/* The headers of a BMP file: where its pixels lie, and what their bits mean. */
#ifndef MCNN_IMAGE_BMP_HEADER_H
#define MCNN_IMAGE_BMP_HEADER_H

#include "image/format.h"

typedef enum mcnn_bmp_packing {
  MCNN_BMP_INDICES, /* of 1, 4 or 8 bits, into the palette */
  MCNN_BMP_RLE4,    /* run-length encoded indices */
  MCNN_BMP_RLE8,
  MCNN_BMP_MASKS /* 16, 24 or 32 bits, of which masks tell the channels */
} mcnn_bmp_packing;

typedef struct mcnn_bmp_header {
  uint32_t height, width;
  int top_down;
  uint32_t bits; /* of a pixel */
  mcnn_bmp_packing packing;
  uint32_t masks[4];       /* red, green, blue, alpha; 0: the channel is not there */
  uint32_t channels;       /* without alpha; 1: all colours of the palette are gray */
  uint8_t palette[256][3]; /* black beyond the file's colours */
  uint32_t num_colours;
  size_t pixels_at; /* in the file */
} mcnn_bmp_header;

/* MNISTCNN_UNSUPPORTED for what is well-formed, but never met: JPEG or PNG inside, OS/2's Huffman.
 */
mnistcnn_status mcnn_bmp_read_header(const mcnn_image_file *file, mcnn_bmp_header *header);

#endif
