#include "predict/picture.h"

#include <stdio.h>
#include <stdlib.h>

#include <mnistcnn.h>

static bool refuse_picture(picture *p, const char *error) {
  p->error = error;
  return false;
}

bool picture_load(const char *path, uint32_t min_side, picture *p) {
  mnistcnn_shape *const shape = &p->image.shape;

  *p = (picture){.info = MNISTCNN_IMAGE_INFO_INIT};
  if (mnistcnn_image_read_info_file(path, min_side, &p->info) != MNISTCNN_OK)
    return refuse_picture(p, mnistcnn_last_error());
  *shape = (mnistcnn_shape){p->info.height, p->info.width, p->info.channels + p->info.has_alpha};
  p->image.size_bytes = (size_t)shape->height * shape->width * shape->channels;
  p->image.pixels = p->pixels = malloc(p->image.size_bytes);
  if (!p->pixels)
    return refuse_picture(p, "out of memory");
  if (mnistcnn_image_decode_reduced_file(path, shape->channels, min_side, p->pixels,
                                         p->image.size_bytes) != MNISTCNN_OK)
    return refuse_picture(p, mnistcnn_last_error());
  return true;
}

/* Of an interval [*begin, *begin + *length). The last pixel may stand for fewer of the file. */
static void to_file(uint32_t factor, uint32_t file_side, uint32_t *begin, uint32_t *length) {
  const uint32_t end = (*begin + *length) * factor;

  *begin *= factor;
  *length = (end < file_side ? end : file_side) - *begin;
}

picture_box picture_to_file(const picture *p, picture_box box) {
  to_file(p->info.factor, p->info.file_height, &box.top, &box.height);
  to_file(p->info.factor, p->info.file_width, &box.left, &box.width);
  return box;
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
