#include "pad.h"

#include <math.h>
#include <string.h>

static const float pen = 20;

void pad_clear(pad *p) {
  memset(p->pixels, 0, sizeof p->pixels);
}

static int clip(float value) {
  return value < 0 ? 0 : value > PAD_SIZE ? PAD_SIZE : (int)value;
}

/* The edge fades over a pixel. */
static void dot(pad *p, float x, float y) {
  const float radius = pen / 2;
  const int right = clip(x + radius + 2), bottom = clip(y + radius + 2);

  for (int row = clip(y - radius - 1); row < bottom; row++) {
    for (int column = clip(x - radius - 1); column < right; column++) {
      const float distance = hypotf((float)column + 0.5f - x, (float)row + 0.5f - y);
      const float ink = fminf(fmaxf(radius - distance + 0.5f, 0), 1);
      const uint8_t value = (uint8_t)(255.0f * ink + 0.5f);
      uint8_t *const pixel = &p->pixels[row * PAD_SIZE + column];
      *pixel = value > *pixel ? value : *pixel;
    }
  }
}

void pad_put(pad *p, float x, float y) {
  p->x = x;
  p->y = y;
  dot(p, x, y);
}

void pad_move(pad *p, float x, float y) {
  const float dx = x - p->x, dy = y - p->y;
  const int steps = 1 + (int)hypotf(dx, dy);

  for (int i = 1; i <= steps; i++) {
    const float part = (float)i / (float)steps;
    dot(p, p->x + part * dx, p->y + part * dy);
  }
  p->x = x;
  p->y = y;
}
