#include "scene.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double pi = 3.14159265358979323846;

scene scene_plain(void) {
  return (scene){.size = 100, .margin = 0.5, .paper = {255, 255, 255}, .seed = 1};
}

uint32_t scene_side(const scene *s) {
  const double side = s->size * (1 + 2 * s->margin);

  return side < 1 ? 1 : (uint32_t)(side + 0.5);
}

/* --- chance ----------------------------------------------------------------------------------- */

static uint64_t next_bits(uint64_t *state) {
  uint64_t z = *state += 0x9e3779b97f4a7c15u;

  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

static double uniform(uint64_t *state) {
  return (double)(next_bits(state) >> 11) / 9007199254740992.0;
}

/* Near enough to normal: twelve uniform numbers. */
static double normal(uint64_t *state) {
  double sum = -6;

  for (int i = 0; i < 12; i++)
    sum += uniform(state);
  return sum;
}

/* --- pen -------------------------------------------------------------------------------------- */

static double glyph_at(const uint8_t *glyph, int row, int column) {
  return row < 0 || column < 0 || row >= SCENE_GLYPH || column >= SCENE_GLYPH
             ? 0
             : glyph[row * SCENE_GLYPH + column] / 255.0;
}

/* Cubic B-spline: smooth contours, whatever the scale. */
static void spline_weights(double t, double weights[4]) {
  weights[0] = (1 - t) * (1 - t) * (1 - t) / 6;
  weights[1] = (3 * t * t * t - 6 * t * t + 4) / 6;
  weights[2] = (-3 * t * t * t + 3 * t * t + 3 * t + 1) / 6;
  weights[3] = t * t * t / 6;
}

static double glyph_smooth(const uint8_t *glyph, double row, double column) {
  const int top = (int)floor(row), left = (int)floor(column);
  double down[4], right[4], sum = 0;

  if (top < -3 || left < -3 || top > SCENE_GLYPH + 2 || left > SCENE_GLYPH + 2)
    return 0;
  spline_weights(row - top, down);
  spline_weights(column - left, right);
  for (int i = 0; i < 4; i++)
    for (int j = 0; j < 4; j++)
      sum += down[i] * right[j] * glyph_at(glyph, top - 1 + i, left - 1 + j);
  return sum;
}

typedef struct canvas {
  const scene *s;
  const uint8_t *glyph;
  uint32_t side;
  double cosine, sine, scale; /* glyph pixels per pixel */
  double foot;                /* row of the lower end of the digit */
} canvas;

static double limit(double value, double low, double high) {
  return value < low ? low : value > high ? high : value;
}

/* Off the middle of the cell, in pixels; without neighbours the picture is one cell. */
static double off_middle(const canvas *c, double place) {
  const double off = place - 0.5 * c->side, cell = 2 * c->s->box * c->s->size;

  return c->s->neighbours ? off - cell * floor(off / cell + 0.5) : off;
}

/* How much of this point the pen covers; the edge is about a pixel wide. */
static double ink_at(const canvas *c, double y, double x) {
  const double shift = c->s->shift * c->s->size;
  const double down = (off_middle(c, y) - shift) * c->scale;
  const double right = (off_middle(c, x) - shift) * c->scale;
  const double row = c->cosine * down - c->sine * right + 0.5 * SCENE_GLYPH - 0.5;
  const double column = c->sine * down + c->cosine * right + 0.5 * SCENE_GLYPH - 0.5;
  const double value = glyph_smooth(c->glyph, row, column) - 0.40 + c->s->bold;
  const double steep = c->scale < 2 ? 2.0 / c->scale : 1.0;

  return limit(0.5 + value * steep, 0, 1);
}

/* Where a pixel covers several of the glyph's, its mean. */
static double ink_of_pixel(const canvas *c, uint32_t y, uint32_t x) {
  const int points = c->scale > 0.5 ? 4 : 1;
  double sum = 0;

  for (int i = 0; i < points; i++)
    for (int j = 0; j < points; j++)
      sum += ink_at(c, y + (i + 0.5) / points, x + (j + 0.5) / points);
  return sum / (points * points);
}

/* --- paper, light ----------------------------------------------------------------------------- */

/* Cover of the lines that run along one axis, `across` being the distance along the other. */
static double line_cover(const scene *s, double across) {
  const double spacing = s->lines * s->size;
  const double width = s->size / 60 > 1 ? s->size / 60 : 1;
  const double off = fabs(across - spacing * floor(across / spacing + 0.5));

  return limit(0.5 * width + 0.5 - off, 0, 1);
}

static double lines_at(const canvas *c, uint32_t y, uint32_t x) {
  const double tilt = tan(c->s->tilt * pi / 180);
  const double start = 0.37 * c->s->lines * c->s->size;
  double cover = line_cover(c->s, start + y - tilt * x);

  if (c->s->squared) {
    const double down = line_cover(c->s, start + x + tilt * y);
    cover = down > cover ? down : cover;
  }
  return cover;
}

/* The lines of the box run on to those of the cells beside it. */
static double box_at(const canvas *c, uint32_t y, uint32_t x) {
  const double half = c->s->box * c->s->size, width = 0.5 * c->s->box_line * c->s->size;
  const double turn = tan(c->s->tilt * pi / 180), middle = 0.5 * c->side - 0.5;
  const double down = y - middle - turn * (x - middle), right = x - middle + turn * (y - middle);
  const double row = limit(width + 0.5 - fabs(fabs(down) - half), 0, 1);
  const double column = limit(width + 0.5 - fabs(fabs(right) - half), 0, 1);
  uint64_t chance = c->s->seed + 7 * (uint64_t)(y / 3) + 10007 * (uint64_t)(x / 3);

  return c->s->box > 0 && uniform(&chance) >= c->s->box_gaps ? (row > column ? row : column) : 0;
}

/* The lower end of the digit, in pixels. */
static double foot_of(const canvas *c) {
  int row = SCENE_GLYPH - 1;

  while (row > 0) {
    int most = 0;
    for (int x = 0; x < SCENE_GLYPH; x++)
      most = c->glyph[row * SCENE_GLYPH + x] > most ? c->glyph[row * SCENE_GLYPH + x] : most;
    if (most > 127)
      break;
    row--;
  }
  return 0.5 * c->side + (row + 1 - 0.5 * SCENE_GLYPH) / c->scale;
}

static double underline_at(const canvas *c, uint32_t y, uint32_t x) {
  const double middle = 0.5 * c->side - 0.5, right = x - middle;
  const double top = c->foot + c->s->below * c->s->size + tan(c->s->tilt * pi / 180) * right;
  const double width = c->s->underline * c->s->size;
  const double row = limit(0.5 * width + 0.5 - fabs(y + 0.5 - top - 0.5 * width), 0, 1);
  const double end = c->s->ends[right > 0 ? 1 : 0] * c->s->size;

  return width > 0 && fabs(right) <= end ? row : 0;
}

static double light_at(const canvas *c, uint32_t y, uint32_t x) {
  const double down = (y + 0.5) / c->side, right = (x + 0.5) / c->side;
  const double edge = limit((down + 0.6 * right - 0.75) * 12, 0, 1);
  const double off = 2 * ((down - 0.5) * (down - 0.5) + (right - 0.5) * (right - 0.5));

  return (1 - c->s->shading * (0.7 * down + 0.3 * right * right)) * (1 - c->s->shadow * edge) *
         (1 - c->s->corners * off);
}

/* How far inside the nearest border, in pixels. */
static double depth_at(const canvas *c, uint32_t y, uint32_t x) {
  const uint32_t down = y < c->side - 1 - y ? y : c->side - 1 - y;
  const uint32_t right = x < c->side - 1 - x ? x : c->side - 1 - x;

  return down < right ? down : right;
}

/* Spots of about a sixtieth of the digit where the pen left nothing. */
static int is_skipped(const canvas *c, uint32_t y, uint32_t x) {
  const double spot = c->s->size / 60 > 1 ? c->s->size / 60 : 1;
  uint64_t chance = c->s->seed + 7919 * (uint64_t)(y / spot) + 104729 * (uint64_t)(x / spot);

  return uniform(&chance) < c->s->rough;
}

/* The digit and the lines it is on. */
static double drawn_at(const canvas *c, uint32_t y, uint32_t x) {
  const double ink = ink_of_pixel(c, y, x);
  const double line = c->s->lines > 0 ? c->s->line_ink * lines_at(c, y, x) : 0;
  const double drawn = line > ink ? line : is_skipped(c, y, x) ? 0 : ink;
  const double underline = c->s->underline > 0 ? underline_at(c, y, x) : 0;

  return underline > drawn ? underline : drawn;
}

static void paint(const canvas *c, double *picture) {
  const scene *const s = c->s;

  for (uint32_t y = 0; y < c->side; y++) {
    for (uint32_t x = 0; x < c->side; x++) {
      const double ink = drawn_at(c, y, x);
      const double box = box_at(c, y, x);
      const int on_table = depth_at(c, y, x) < s->table * c->side;
      const double light = depth_at(c, y, x) < s->frame ? 0 : on_table ? 0.3 : light_at(c, y, x);
      for (int channel = 0; channel < 3; channel++) {
        double colour = s->paper[channel] + ink * (s->ink[channel] - s->paper[channel]);
        colour += box * (s->box_colour[channel] - colour);
        picture[3 * ((size_t)y * c->side + x) + (size_t)channel] = colour * light;
      }
    }
  }
}

/* Fibres: noise averaged over a few pixels along a slanting direction, on all channels alike. */
static void add_grain(const scene *s, uint32_t side, uint64_t *chance, double *picture) {
  const double keep = 0.72, gain = sqrt(1 - keep * keep);
  double *const above = calloc((size_t)side + 1, sizeof *above);

  for (uint32_t y = 0; above && s->grain > 0 && y < side; y++) {
    double left = normal(chance);
    for (uint32_t x = 0; x < side; x++) {
      left = keep * left + gain * normal(chance);
      above[x] = keep * above[x + 1] + gain * left;
      for (int channel = 0; channel < 3; channel++)
        picture[3 * ((size_t)y * side + x) + (size_t)channel] += s->grain * above[x];
    }
  }
  free(above);
}

static void add_noise(const scene *s, uint32_t side, uint64_t *chance, double *picture) {
  for (size_t i = 0; i < (size_t)side * side; i++) {
    const double dirt = uniform(chance) < s->speckle ? (uniform(chance) < 0.5 ? 0 : 255) : -1;
    for (int channel = 0; channel < 3; channel++) {
      double *const value = &picture[3 * i + (size_t)channel];
      *value = dirt >= 0 ? dirt : *value;
      *value += s->noise > 0 ? s->noise * normal(chance) : 0;
    }
  }
}

/* --- lens, compression ------------------------------------------------------------------------ */

static void blur_line(double *line, size_t stride, uint32_t count, double keep) {
  for (uint32_t i = 1; i < count; i++)
    line[i * stride] += keep * (line[(i - 1) * stride] - line[i * stride]);
  for (uint32_t i = count - 1; i-- > 0;)
    line[i * stride] += keep * (line[(i + 1) * stride] - line[i * stride]);
}

static void blur(const scene *s, uint32_t side, double *picture) {
  const double keep = s->blur / (s->blur + 1);

  for (uint32_t i = 0; i < side && s->blur > 0; i++)
    for (size_t channel = 0; channel < 3; channel++)
      blur_line(picture + 3 * (size_t)i * side + channel, 3, side, keep);
  for (uint32_t i = 0; i < side && s->blur > 0; i++)
    for (size_t channel = 0; channel < 3; channel++)
      blur_line(picture + 3 * (size_t)i + channel, 3 * (size_t)side, side, keep);
}

/* waves[wave][place] of the discrete cosine transform. */
static void set_waves(double waves[8][8]) {
  for (int wave = 0; wave < 8; wave++)
    for (int place = 0; place < 8; place++)
      waves[wave][place] = (wave == 0 ? sqrt(0.125) : 0.5) * cos((2 * place + 1) * wave * pi / 16);
}

static void cosine_transform(const double waves[8][8], double block[8][8], int inverse) {
  double next[8][8];

  for (int pass = 0; pass < 2; pass++) {
    for (int i = 0; i < 8; i++) {
      for (int k = 0; k < 8; k++) {
        double sum = 0;
        for (int j = 0; j < 8; j++)
          sum += block[i][j] * (inverse ? waves[j][k] : waves[k][j]);
        next[k][i] = sum;
      }
    }
    memcpy(block, next, sizeof next);
  }
}

static void compress_block(const scene *s, const double waves[8][8], double *start, size_t row) {
  double block[8][8];

  for (size_t i = 0; i < 64; i++)
    block[i / 8][i % 8] = start[i / 8 * row + i % 8 * 3];
  cosine_transform(waves, block, 0);
  for (int i = 0; i < 64; i++) {
    const double step = s->blocks * (1 + 0.5 * (i / 8 + i % 8));
    block[i / 8][i % 8] = step * floor(block[i / 8][i % 8] / step + 0.5);
  }
  cosine_transform(waves, block, 1);
  for (size_t i = 0; i < 64; i++)
    start[i / 8 * row + i % 8 * 3] = block[i / 8][i % 8];
}

static void compress(const scene *s, uint32_t side, double *picture) {
  double waves[8][8];

  set_waves(waves);
  for (uint32_t y = 0; s->blocks > 0 && y + 8 <= side; y += 8) {
    for (uint32_t x = 0; x + 8 <= side; x += 8)
      for (size_t channel = 0; channel < 3; channel++)
        compress_block(s, (const double(*)[8])waves, picture + 3 * ((size_t)y * side + x) + channel,
                       3 * (size_t)side);
  }
}

/* Floyd and Steinberg 1976: what rounding a pixel to black or white leaves goes to its neighbours.
 */
static void print_dots(const scene *s, uint32_t side, double *picture) {
  for (size_t i = 0; s->halftone && i < (size_t)side * side; i++) {
    double *const pixel = picture + 3 * i;
    const double gray = limit((pixel[0] + pixel[1] + pixel[2]) / 3, -128, 383);
    const double left_over = gray - (gray < 128 ? 0 : 255);
    const size_t below = 3 * (size_t)side, row = i / side, column = i % side;
    for (size_t channel = 0; channel < 3; channel++) {
      double *const p = pixel + channel;
      *p = gray < 128 ? 0 : 255;
      if (column + 1 < side)
        p[3] += left_over * 7 / 16;
      if (row + 1 < side) {
        p[below] += left_over * 5 / 16;
        if (column > 0)
          p[below - 3] += left_over * 3 / 16;
        if (column + 1 < side)
          p[below + 3] += left_over / 16;
      }
    }
  }
}

static double quantised(const scene *s, double value) {
  const double step = s->levels > 1 ? 255.0 / (s->levels - 1) : 0;

  return step > 0 ? step * floor(value / step + 0.5) : value;
}

int scene_render(const scene *s, const uint8_t glyph[SCENE_GLYPH * SCENE_GLYPH], uint8_t *pixels) {
  const uint32_t side = scene_side(s);
  canvas c = {
      s, glyph, side, cos(s->rotation * pi / 180), sin(s->rotation * pi / 180), 20.0 / s->size, 0};
  const size_t count = 3 * (size_t)side * side;
  double *const picture = malloc(count * sizeof *picture);
  uint64_t chance = s->seed;

  if (!picture)
    return -1;
  c.foot = foot_of(&c);
  paint(&c, picture);
  add_grain(s, side, &chance, picture);
  blur(s, side, picture);
  add_noise(s, side, &chance, picture);
  compress(s, side, picture);
  print_dots(s, side, picture);
  for (size_t i = 0; i < count; i++)
    pixels[i] = (uint8_t)(limit(quantised(s, picture[i]), 0, 255) + 0.5);
  free(picture);
  return 0;
}
