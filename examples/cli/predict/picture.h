/* A PNG file as bytes, and printed in the terminal. */
#ifndef CLI_PREDICT_PICTURE_H
#define CLI_PREDICT_PICTURE_H

#include <stdint.h>

typedef struct picture {
  uint8_t *pixels; /* [height][width][channels] */
  uint32_t height;
  uint32_t width;
  uint32_t channels; /* 2 or 4, the last one alpha */
} picture;

/* Returns an exit status; failures are reported. Call picture_free() in any case. */
int picture_load(const char *path, picture *p);
void picture_free(picture *p);

/* Prints an image as characters, from spaces for black to @ for white, two per pixel to keep the
 * aspect ratio. */
void picture_show(const uint8_t *pixels, uint32_t height, uint32_t width);

#endif
