/* A PNG as bytes, and as text for a look in the terminal. */
#ifndef CLI_PREDICT_PICTURE_H
#define CLI_PREDICT_PICTURE_H

#include <stdint.h>

typedef struct picture {
  uint8_t *pixels; /* [height][width][channels] */
  uint32_t height;
  uint32_t width;
  uint32_t channels; /* 2 or 4, the last one alpha */
} picture;

/* An exit status; failures are reported. picture_free() in any case. */
int picture_load(const char *path, picture *p);
void picture_free(picture *p);

/* Prints light on black as characters, two a pixel so that it comes out square: from blanks for
 * black to @ for white. */
void picture_show(const uint8_t *pixels, uint32_t height, uint32_t width);

#endif
