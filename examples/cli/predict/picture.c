#include "predict/picture.h"

#include <stdio.h>
#include <stdlib.h>

#include <mnistcnn.h>

static bool refuse_picture(picture *p, const char *error) {
  p->error = error;
  return false;
}

bool picture_load(const char *path, picture *p) {
  mnistcnn_shape *const shape = &p->image.shape;

  *p = (picture){0};
  if (mnistcnn_image_decode_file(path, 0, NULL, 0, shape) != MNISTCNN_OK)
    return refuse_picture(p, mnistcnn_last_error());
  shape->channels++; /* with alpha */
  p->image.size_bytes = (size_t)shape->height * shape->width * shape->channels;
  p->image.pixels = p->pixels = malloc(p->image.size_bytes);
  if (!p->pixels)
    return refuse_picture(p, "out of memory");
  if (mnistcnn_image_decode_file(path, shape->channels, p->pixels, p->image.size_bytes, NULL) !=
      MNISTCNN_OK)
    return refuse_picture(p, mnistcnn_last_error());
  return true;
}

void picture_free(picture *p) {
  free(p->pixels);
  p->pixels = NULL;
}

void picture_show(const uint8_t *pixels, uint32_t height, uint32_t width) {
  static const char shades[] = " .:-=+*#%@";
  const unsigned levels = sizeof shades - 1;

  for (uint32_t y = 0; y < height; y++) {
    putchar('|');
    for (uint32_t x = 0; x < width; x++) {
      const char shade = shades[pixels[(size_t)y * width + x] * levels / 256];
      putchar(shade);
      putchar(shade);
    }
    puts("|");
  }
}
