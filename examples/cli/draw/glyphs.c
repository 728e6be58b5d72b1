#include "draw/glyphs.h"

#include "draw/glyph_tables.h"

static const struct glyph *const glyphs[GLYPH_DIGITS] = {
    &glyph_zero, &glyph_one, &glyph_two,   &glyph_three, &glyph_four,
    &glyph_five, &glyph_six, &glyph_seven, &glyph_eight, &glyph_nine,
};

const struct glyph *glyph_of(unsigned digit) {
  return glyphs[digit];
}
