#include "sheet.h"

#include "scene.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

sheet sheet_plain(uint32_t rows, uint32_t columns, double size) {
  return (sheet){
      .rows = rows, .columns = columns, .size = size, .row_step = 2, .step = 1.5, .margin = 1};
}

/* --- places ----------------------------------------------------------------------------------- */

typedef struct extent {
  uint32_t top, left, bottom, right; /* of the ink; bottom and right outside */
} extent;

static uint32_t pixels_of(const sheet *s, double boxes) {
  return (uint32_t)(boxes * s->size + 0.5);
}

static void draw_row(sheet_picture *p, uint32_t y, uint32_t left, uint32_t right, uint32_t width) {
  for (uint32_t i = 0; i < width && y + i < p->height; i++)
    for (uint32_t x = left; x < right && x < p->width; x++)
      p->pixels[(size_t)(y + i) * p->width + x] = 60;
}

static void draw_column(sheet_picture *p, uint32_t x, uint32_t top, uint32_t bottom,
                        uint32_t width) {
  for (uint32_t y = top; y < bottom && y < p->height; y++)
    for (uint32_t i = 0; i < width && x + i < p->width; i++)
      p->pixels[(size_t)y * p->width + x + i] = 60;
}

static void draw_rules(const sheet *s, sheet_picture *p) {
  const uint32_t width = s->size > 60 ? (uint32_t)(s->size / 30) : 2;
  const uint32_t left = pixels_of(s, s->margin + s->table - 0.25);
  const uint32_t right = pixels_of(s, s->margin + s->table + s->step * s->columns - 0.25);
  const uint32_t top = pixels_of(s, s->margin + s->table - 0.25);
  const uint32_t bottom = pixels_of(s, s->margin + s->table + s->row_step * s->rows - 0.25);

  for (uint32_t r = 0; s->rules > 0 && r <= s->rows; r++)
    draw_row(p, pixels_of(s, s->margin + s->table + s->row_step * r - 0.25), left, right + width,
             width);
  for (uint32_t c = 0; s->rules > 1 && c <= s->columns; c++)
    draw_column(p, pixels_of(s, s->margin + s->table + s->step * c - 0.25), top, bottom + width,
                width);
}

/* From a little before the first digit of each row to a little beyond the last one. */
static void draw_underlines(const sheet *s, sheet_picture *p) {
  const uint32_t left = pixels_of(s, s->margin + s->table - 0.15);
  const uint32_t right = pixels_of(s, s->margin + s->table + s->step * (s->columns - 1) + 1);

  for (uint32_t r = 0; s->under > 0 && r < s->rows; r++)
    draw_row(p, pixels_of(s, s->margin + s->table + s->row_step * r + 1 - s->under), left, right,
             pixels_of(s, 0.05));
}

/* --- digits ----------------------------------------------------------------------------------- */

static extent extent_of(const uint8_t *picture, uint32_t side) {
  extent b = {side, side, 0, 0};

  for (uint32_t y = 0; y < side; y++) {
    for (uint32_t x = 0; x < side; x++) {
      if (picture[3 * ((size_t)y * side + x)] < 128) {
        b.top = y < b.top ? y : b.top;
        b.left = x < b.left ? x : b.left;
        b.bottom = y + 1 > b.bottom ? y + 1 : b.bottom;
        b.right = x + 1 > b.right ? x + 1 : b.right;
      }
    }
  }
  return b;
}

/* With the left edge of its ink at `left` and its foot at `foot`. Returns the right edge. */
static uint32_t paste(sheet_picture *p, const uint8_t *digit, uint32_t side, uint32_t foot,
                      uint32_t left) {
  const extent b = extent_of(digit, side);

  for (uint32_t y = 0; y < side; y++) {
    for (uint32_t x = 0; x < side; x++) {
      const int64_t row = (int64_t)foot - b.bottom + y, column = (int64_t)left - b.left + x;
      const uint8_t value = digit[3 * ((size_t)y * side + x)];
      if (row < 0 || column < 0 || row >= p->height || column >= p->width)
        continue;
      uint8_t *const target = &p->pixels[(size_t)row * p->width + (size_t)column];
      *target = value < *target ? value : *target;
    }
  }
  return left + b.right - b.left;
}

typedef struct pen {
  const sheet *s;
  unsigned (*glyph_of)(void *user, uint64_t index, uint8_t *glyph);
  void *user;
  uint32_t next_left; /* where a digit begins that touches the one before */
} pen;

static int draw_cell(pen *pen_, uint32_t row, uint32_t column, sheet_picture *p) {
  const sheet *const s = pen_->s;
  const uint32_t index = row * s->columns + column;
  uint8_t glyph[SCENE_GLYPH * SCENE_GLYPH];
  scene one = scene_plain();

  if (s->empty > 0 && index % s->empty == s->empty - 1) {
    p->digits[p->count++] = '.';
    return 0;
  }
  one.size = s->small > 0 && index % 2 == 1 ? s->small * s->size : s->size;
  one.margin = 0.15;
  one.seed = s->seed + index;
  const uint32_t side = scene_side(&one);
  uint8_t *const digit = malloc((size_t)side * side * 3);
  if (!digit)
    return -1;
  p->digits[p->count++] = (char)('0' + pen_->glyph_of(pen_->user, s->seed + index, glyph));
  const int status = scene_render(&one, glyph, digit);
  const int touches = s->touch > 1 && column % s->touch != 0;
  const uint32_t left =
      touches ? pen_->next_left : pixels_of(s, s->margin + s->table + s->step * column);
  const uint32_t foot = pixels_of(s, s->margin + s->table + s->row_step * row + 1);
  pen_->next_left = paste(p, digit, side, foot, left) - pixels_of(s, s->overlap);
  free(digit);
  return status;
}

/* --- light ------------------------------------------------------------------------------------ */

static double noise_of(uint64_t *state) {
  double sum = -2;

  for (int i = 0; i < 4; i++) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    sum += (double)(*state >> 33) / 2147483648.0;
  }
  return sum * 1.7;
}

static double light_on(const sheet *s, const sheet_picture *p, uint32_t y, uint32_t x) {
  const double down = (double)y / p->height, right = (double)x / p->width;
  const double off = 2 * ((down - 0.5) * (down - 0.5) + (right - 0.5) * (right - 0.5));
  const double shaded = down + 0.7 * right > 0.9 ? 1 - s->shadow : 1;
  const double border = s->table * s->size;
  const int on_table =
      y < border || x < border || y + border >= p->height || x + border >= p->width;

  return (on_table ? 0.3 : shaded) * (1 - s->corners * off);
}

static void shade_sheet(const sheet *s, sheet_picture *p) {
  uint64_t state = s->seed + 1;

  for (uint32_t y = 0; y < p->height; y++) {
    for (uint32_t x = 0; x < p->width; x++) {
      uint8_t *const pixel = &p->pixels[(size_t)y * p->width + x];
      const double value = *pixel * light_on(s, p, y, x) + s->noise * noise_of(&state);
      *pixel = (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value + 0.5);
    }
  }
}

/* --- whole ------------------------------------------------------------------------------------ */

int sheet_render(const sheet *s, unsigned (*glyph_of)(void *user, uint64_t index, uint8_t *glyph),
                 void *user, sheet_picture *picture) {
  pen pen_ = {s, glyph_of, user, 0};
  int status = 0;

  *picture =
      (sheet_picture){.height = pixels_of(s, s->row_step * s->rows + 2 * (s->margin + s->table)),
                      .width = pixels_of(s, s->step * s->columns + 2 * (s->margin + s->table))};
  picture->pixels = malloc((size_t)picture->height * picture->width);
  if (!picture->pixels)
    return -1;
  memset(picture->pixels, 255, (size_t)picture->height * picture->width);
  draw_rules(s, picture);
  draw_underlines(s, picture);
  for (uint32_t row = 0; row < s->rows && status == 0; row++)
    for (uint32_t column = 0; column < s->columns && status == 0; column++)
      status = draw_cell(&pen_, row, column, picture);
  shade_sheet(s, picture);
  if (status != 0)
    free(picture->pixels);
  return status;
}
