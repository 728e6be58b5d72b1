/* Strokes of a pen as an image: here rather than on a canvas, whose pixels differ between browsers
 * and may be disturbed on purpose when they are read. */
#include "exports.h"

#include <math.h>
#include <string.h>

enum { MAX_SIZE = 1024 };

typedef struct extent {
  float left, top, right, bottom;
} extent;

/* Where points go: pixel = point * scale + (x, y). */
typedef struct placement {
  float scale, x, y;
} placement;

static extent extent_of(const float *points, size_t count) {
  extent e = {points[0], points[1], points[0], points[1]};

  for (size_t i = 1; i < count; i++) {
    e.left = fminf(e.left, points[2 * i]);
    e.right = fmaxf(e.right, points[2 * i]);
    e.top = fminf(e.top, points[2 * i + 1]);
    e.bottom = fmaxf(e.bottom, points[2 * i + 1]);
  }
  return e;
}

static placement fit(const extent *e, uint32_t size, uint32_t box, float pen) {
  const float longest = fmaxf(e->right - e->left, e->bottom - e->top);
  const float room = (float)box - pen, middle = 0.5f * (float)size;
  const float scale = longest > 0.0f ? room / longest : 0.0f;
  const placement p = {scale, middle - scale * 0.5f * (e->left + e->right),
                       middle - scale * 0.5f * (e->top + e->bottom)};

  return p;
}

/* Squared distance of (x, y) from the line from a to b. */
static float squared_distance(float x, float y, const float *a, const float *b) {
  const float dx = b[0] - a[0], dy = b[1] - a[1];
  const float length = dx * dx + dy * dy;
  float t = length > 0.0f ? ((x - a[0]) * dx + (y - a[1]) * dy) / length : 0.0f;

  t = fminf(fmaxf(t, 0.0f), 1.0f);
  const float ex = x - a[0] - t * dx, ey = y - a[1] - t * dy;
  return ex * ex + ey * ey;
}

static uint32_t clip(float value, uint32_t size) {
  return value <= 0.0f ? 0 : value >= (float)size ? size : (uint32_t)value;
}

/* A line with round ends; its edge fades over a pixel. */
static void draw_line(const float *a, const float *b, float pen, uint32_t size, uint8_t *pixels) {
  const float reach = 0.5f * pen + 1.0f;
  const uint32_t x0 = clip(fminf(a[0], b[0]) - reach, size);
  const uint32_t x1 = clip(fmaxf(a[0], b[0]) + reach + 1.0f, size);
  const uint32_t y0 = clip(fminf(a[1], b[1]) - reach, size);
  const uint32_t y1 = clip(fmaxf(a[1], b[1]) + reach + 1.0f, size);

  for (uint32_t y = y0; y < y1; y++) {
    for (uint32_t x = x0; x < x1; x++) {
      const float d = sqrtf(squared_distance((float)x + 0.5f, (float)y + 0.5f, a, b));
      const float ink = fminf(fmaxf(0.5f * pen - d + 0.5f, 0.0f), 1.0f);
      const uint8_t value = (uint8_t)(ink * 255.0f + 0.5f);
      uint8_t *const pixel = &pixels[(size_t)y * size + x];
      *pixel = value > *pixel ? value : *pixel;
    }
  }
}

static void draw(const float *points, const uint32_t *lengths, size_t strokes, const placement *p,
                 float pen, uint32_t size, uint8_t *pixels) {
  memset(pixels, 0, (size_t)size * size);
  for (size_t s = 0; s < strokes; points += (size_t)2 * lengths[s], s++) {
    for (uint32_t i = 0; i < lengths[s]; i++) {
      const uint32_t before = i > 0 ? i - 1 : 0;
      const float a[2] = {points[2 * before] * p->scale + p->x,
                          points[2 * before + 1] * p->scale + p->y};
      const float b[2] = {points[2 * i] * p->scale + p->x, points[2 * i + 1] * p->scale + p->y};
      if (i > 0 || lengths[s] == 1)
        draw_line(a, b, pen, size, pixels);
    }
  }
}

/* How far the centre of mass is from the middle. */
static void centre(const uint8_t *pixels, uint32_t size, float *dx, float *dy) {
  double mass = 0, x = 0, y = 0;

  for (uint32_t row = 0; row < size; row++) {
    for (uint32_t column = 0; column < size; column++) {
      const double ink = pixels[(size_t)row * size + column];
      mass += ink;
      x += ink * column;
      y += ink * row;
    }
  }
  const double middle = 0.5 * (size - 1.0);
  *dx = mass > 0 ? (float)(middle - x / mass) : 0.0f;
  *dy = mass > 0 ? (float)(middle - y / mass) : 0.0f;
}

mnistcnn_status web_draw_strokes(const float *points, const uint32_t *lengths, size_t strokes,
                                 uint32_t size, uint32_t box, double pen, uint32_t is_centred,
                                 uint8_t *pixels) {
  size_t count = 0;

  for (size_t s = 0; s < strokes; s++)
    count += lengths[s];
  if (size < 1 || size > MAX_SIZE || box > size || !(pen > 0 && pen < (double)box))
    return MNISTCNN_INVALID_ARGUMENT;
  memset(pixels, 0, (size_t)size * size);
  if (count == 0)
    return MNISTCNN_OK;
  const extent e = extent_of(points, count);
  placement p = fit(&e, size, box, (float)pen);
  draw(points, lengths, strokes, &p, (float)pen, size, pixels);
  if (is_centred) {
    float dx, dy;
    centre(pixels, size, &dx, &dy);
    p.x += dx;
    p.y += dy;
    draw(points, lengths, strokes, &p, (float)pen, size, pixels);
  }
  return MNISTCNN_OK;
}

mnistcnn_status web_reduce(const uint8_t *pixels, uint32_t size, uint32_t to, uint8_t *reduced) {
  const mnistcnn_image image = {
      .pixels = pixels, .size_bytes = (size_t)size * size, .shape = {size, size, 1}};

  return mnistcnn_image_resize(&image, MNISTCNN_RESIZE_AREA_BILINEAR, to, to, reduced,
                               (size_t)to * to);
}
