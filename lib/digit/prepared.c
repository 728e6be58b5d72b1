#include "digit/prepared.h"

#include <stdlib.h>

typedef struct image_stats {
  uint32_t top, left, bottom, right; /* of what is not black; bottom and right outside */
  uint32_t dark;                     /* pixels that are nearly black */
  double sum, row_moment, column_moment;
  uint8_t max;
} image_stats;

/* All but black: MNIST's black is 0, and a digit's edge soon goes above this. Chosen by trying;
 * nothing depends on it exactly. */
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

static void measure(const uint8_t *pixels, const mcnn_shape *shape, image_stats *s) {
  *s = (image_stats){.top = shape->height, .left = shape->width};
  for (uint32_t y = 0; y < shape->height; y++) {
    for (uint32_t x = 0; x < shape->width; x++) {
      const uint8_t value = pixels[((size_t)y * shape->width + x) * shape->channels];
      s->sum += value;
      s->row_moment += (double)value * y;
      s->column_moment += (double)value * x;
      s->max = value > s->max ? value : s->max;
      if (value <= nearly_black) {
        s->dark++;
        continue;
      }
      s->top = y < s->top ? y : s->top;
      s->left = x < s->left ? x : s->left;
      s->bottom = y + 1 > s->bottom ? y + 1 : s->bottom;
      s->right = x + 1 > s->right ? x + 1 : s->right;
    }
  }
}

static int is_near(double value, double wanted, double tolerance) {
  return value >= wanted - tolerance && value <= wanted + tolerance;
}

/* The box fills its 20 of 28 pixels along one axis, give or take two that were faint. */
static int fills_box(uint32_t box_height, uint32_t box_width, uint32_t height, uint32_t width) {
  const double rows = 28.0 * box_height / height, columns = 28.0 * box_width / width;

  return rows <= 22 && columns <= 22 && (rows >= 17 || columns >= 17);
}

static int is_on_black(const image_stats *s, const mcnn_shape *shape) {
  return s->max >= 128 && 2 * (uint64_t)s->dark >= (uint64_t)shape->height * shape->width;
}

int mcnn_digit_is_on_black(const uint8_t *pixels, const mcnn_shape *shape) {
  image_stats s;

  measure(pixels, shape, &s);
  return is_gray(pixels, shape) && is_on_black(&s, shape);
}

int mcnn_digit_is_prepared(const uint8_t *pixels, const mcnn_shape *shape, uint32_t height,
                           uint32_t width) {
  image_stats s;

  if (shape->height != height || shape->width != width || !is_gray(pixels, shape))
    return 0;
  measure(pixels, shape, &s);
  if (!is_on_black(&s, shape))
    return 0;
  const double row_tolerance = 1.6 * height / 28, column_tolerance = 1.6 * width / 28;
  return fills_box(s.bottom - s.top, s.right - s.left, height, width) &&
         is_near(s.row_moment / s.sum, height / 2.0, row_tolerance) &&
         is_near(s.column_moment / s.sum, width / 2.0, column_tolerance);
}
