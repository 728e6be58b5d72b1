#include "glyph.h"

#include "draw/digits.h"
#include "scene.h"

enum { PIXELS = SCENE_GLYPH * SCENE_GLYPH };

static int is_thick(const uint8_t *glyph) {
  unsigned sum = 0;

  for (unsigned i = 0; i < PIXELS; i++)
    sum += glyph[i];
  return sum > 45 * PIXELS;
}

void draw_open_digit(unsigned digit, uint64_t seed, uint64_t index, uint8_t *glyph) {
  do {
    draw_digit(digit, seed, index, glyph);
    index += 1000000;
  } while (is_thick(glyph));
}
