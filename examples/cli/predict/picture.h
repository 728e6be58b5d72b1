/* An image file as bytes, and printed in the terminal. */
#ifndef CLI_PREDICT_PICTURE_H
#define CLI_PREDICT_PICTURE_H

#include <stdbool.h>
#include <stdint.h>

#include <mnistcnn.h>

typedef struct picture {
  uint8_t *pixels;      /* owned; those of the image */
  mnistcnn_image image; /* 1 or 3 channels, 2 or 4 with alpha; for digits, so it may be reduced */
  mnistcnn_image_info info;
  const char *error; /* why it could not be loaded; valid until the library's next failure */
} picture;

/* min_side: the longer side needs no more pixels; 0: all that can be had. False: `error` says why.
 * Call picture_free() in any case. */
bool picture_load(const char *path, uint32_t min_side, picture *p);
void picture_free(picture *p);

/* A box, in pixels. */
typedef struct picture_box {
  uint32_t top, left, height, width;
} picture_box;

/* A box of the image in pixels of the file. */
picture_box picture_to_file(const picture *p, picture_box box);

/* Prints an image as characters, from spaces for black to @ for white, two per pixel to keep the
 * aspect ratio. */
void picture_show(const uint8_t *pixels, uint32_t height, uint32_t width);

#endif
