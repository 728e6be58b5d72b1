/* Does a picture look like an image of the training data already? */
#include "digit/digit.h"

#include <stdlib.h>

typedef struct look {
  uint32_t top, left, bottom, right; /* of what is not black; bottom and right outside */
  uint32_t dark;                     /* pixels that are nearly black */
  double mass, rows, columns;
  uint8_t strongest;
} look;

/* All but black: MNIST's black is 0, and a digit's edge soon goes above this. */
static const uint8_t nearly_black = 24;

static int is_gray(const uint8_t *pixels, const mcnn_shape *shape) {
  const size_t count = (size_t)shape->height * shape->width;

  for (size_t i = 0; shape->channels == 3 && i < count; i++) {
    const int red = pixels[3 * i], green = pixels[3 * i + 1], blue = pixels[3 * i + 2];
    if (abs(red - green) > 8 || abs(green - blue) > 8)
      return 0;
  }
  return 1;
}

static void look_at(const uint8_t *pixels, const mcnn_shape *shape, look *l) {
  *l = (look){.top = shape->height, .left = shape->width};
  for (uint32_t y = 0; y < shape->height; y++) {
    for (uint32_t x = 0; x < shape->width; x++) {
      const uint8_t value = pixels[((size_t)y * shape->width + x) * shape->channels];
      l->mass += value;
      l->rows += (double)value * y;
      l->columns += (double)value * x;
      l->strongest = value > l->strongest ? value : l->strongest;
      if (value <= nearly_black) {
        l->dark++;
        continue;
      }
      l->top = y < l->top ? y : l->top;
      l->left = x < l->left ? x : l->left;
      l->bottom = y + 1 > l->bottom ? y + 1 : l->bottom;
      l->right = x + 1 > l->right ? x + 1 : l->right;
    }
  }
}

static int is_near(double value, double wanted, double reach) {
  return value >= wanted - reach && value <= wanted + reach;
}

/* The box fills its 20 of 28 pixels along one axis, give or take two that were faint. */
static int fills_box(uint32_t box_height, uint32_t box_width, uint32_t height, uint32_t width) {
  const double rows = 28.0 * box_height / height, columns = 28.0 * box_width / width;

  return rows <= 22 && columns <= 22 && (rows >= 17 || columns >= 17);
}

int mcnn_digit_is_similar(const uint8_t *pixels, const mcnn_shape *shape, uint32_t height,
                          uint32_t width) {
  look l;

  if (shape->height != height || shape->width != width || !is_gray(pixels, shape))
    return 0;
  look_at(pixels, shape, &l);
  if (l.strongest < 128 || l.bottom == 0)
    return 0;
  const double reach_rows = 1.6 * height / 28, reach_columns = 1.6 * width / 28;
  return 2 * (uint64_t)l.dark >= (uint64_t)height * width &&
         fills_box(l.bottom - l.top, l.right - l.left, height, width) &&
         is_near(l.rows / l.mass, height / 2.0, reach_rows) &&
         is_near(l.columns / l.mass, width / 2.0, reach_columns);
}
