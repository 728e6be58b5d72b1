#include "draw/digits.h"

#include "draw/bend.h"
#include "draw/glyphs.h"
#include "draw/ink.h"
#include "draw/random.h"
#include "draw/stroke.h"

_Static_assert((int)DRAW_DIGIT_SIDE == (int)INK_SIDE, "the size of the image");

static uint32_t total_weight(const struct glyph *glyph) {
  uint32_t total = 0;
  for (size_t i = 0; i < glyph->style_count; i++)
    total += glyph->styles[i].weight;
  return total;
}

static const struct glyph_style *choose_style(struct draw_random *random,
                                              const struct glyph *glyph) {
  uint32_t left = draw_random_below(random, total_weight(glyph));
  const struct glyph_style *style = glyph->styles;
  while (left >= style->weight) {
    left -= style->weight;
    style++;
  }
  return style;
}

int draw_digit(unsigned digit, uint64_t seed, uint64_t index,
               uint8_t pixels[DRAW_DIGIT_SIDE * DRAW_DIGIT_SIDE]) {
  if (digit >= GLYPH_DIGITS)
    return -1;
  struct draw_random random = draw_random_stream(seed, digit, index);
  const struct glyph *glyph = glyph_of(digit);
  struct stroke_path path;
  stroke_write(&random, choose_style(&random, glyph), &path);
  bend_path(&random, &path);
  ink_path(&random, glyph->pen_limit, &path, pixels);
  return 0;
}
