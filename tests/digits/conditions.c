#include "conditions.h"

/* The `which`-th number of a seed, in low..high. */
static double pick(uint64_t seed, uint64_t which, double low, double high) {
  uint64_t z = seed * 0x9e3779b97f4a7c15u + which * 0xd1342543de82ef95u;

  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  z ^= z >> 31;
  return low + (high - low) * ((double)(z >> 11) / 9007199254740992.0);
}

static void set_colour(uint8_t colour[3], int red, int green, int blue) {
  colour[0] = (uint8_t)red;
  colour[1] = (uint8_t)green;
  colour[2] = (uint8_t)blue;
}

static scene plain(uint64_t seed) {
  scene s = scene_plain();
  s.seed = seed;
  return s;
}

static scene light_on_dark(uint64_t seed) {
  scene s = plain(seed);
  set_colour(s.paper, 20, 24, 30);
  set_colour(s.ink, 240, 240, 235);
  return s;
}

static scene chalk(uint64_t seed) {
  scene s = plain(seed);
  set_colour(s.paper, 40, 78, 60);
  set_colour(s.ink, 215, 220, 215);
  s.grain = 14;
  s.shading = pick(seed, 1, 0, 0.3);
  return s;
}

static scene size_of(uint64_t seed, double size) {
  scene s = plain(seed);
  s.size = size;
  return s;
}

static scene size_20(uint64_t seed) {
  return size_of(seed, 20);
}

static scene size_40(uint64_t seed) {
  return size_of(seed, 40);
}

static scene size_300(uint64_t seed) {
  return size_of(seed, 300);
}

static scene size_1000(uint64_t seed) {
  scene s = size_of(seed, 1000);
  s.margin = 0.2;
  return s;
}

static scene size_2000(uint64_t seed) {
  scene s = size_of(seed, 2000);
  s.margin = 0.1;
  return s;
}

static scene small_on_large(uint64_t seed) {
  scene s = size_of(seed, 60);
  s.margin = 4;
  s.shift = pick(seed, 1, -3, 3);
  return s;
}

static scene cut_tightly(uint64_t seed) {
  scene s = plain(seed);
  s.margin = 0.02;
  return s;
}

static scene turned(uint64_t seed) {
  scene s = plain(seed);
  s.rotation = pick(seed, 1, -15, 15);
  return s;
}

static scene thin_pen(uint64_t seed) {
  scene s = size_of(seed, 400);
  s.bold = -0.16;
  return s;
}

static scene marker(uint64_t seed) {
  scene s = plain(seed);
  s.bold = 0.22;
  return s;
}

static scene grainy_paper(uint64_t seed) {
  scene s = plain(seed);
  set_colour(s.paper, 226, 218, 200);
  set_colour(s.ink, 40, 40, 50);
  s.grain = pick(seed, 1, 5, 12);
  return s;
}

static scene shaded(uint64_t seed) {
  scene s = plain(seed);
  set_colour(s.paper, 240, 238, 230);
  set_colour(s.ink, 50, 50, 60);
  s.shading = pick(seed, 1, 0.3, 0.65);
  return s;
}

static scene hard_shadow(uint64_t seed) {
  scene s = plain(seed);
  set_colour(s.paper, 235, 235, 230);
  set_colour(s.ink, 40, 40, 50);
  s.shadow = pick(seed, 1, 0.25, 0.45);
  return s;
}

static scene noisy(uint64_t seed) {
  scene s = plain(seed);
  set_colour(s.paper, 220, 220, 220);
  set_colour(s.ink, 60, 60, 60);
  s.noise = pick(seed, 1, 8, 20);
  return s;
}

static scene speckled(uint64_t seed) {
  scene s = plain(seed);
  s.speckle = pick(seed, 1, 0.005, 0.03);
  return s;
}

static scene blocks(uint64_t seed) {
  scene s = plain(seed);
  set_colour(s.paper, 230, 225, 215);
  set_colour(s.ink, 45, 45, 70);
  s.blocks = (int)pick(seed, 1, 10, 28);
  s.noise = 3;
  return s;
}

static scene faint_pencil(uint64_t seed) {
  scene s = size_of(seed, 200);
  set_colour(s.paper, 225, 225, 222);
  set_colour(s.ink, 165, 165, 168);
  s.grain = 4;
  s.noise = 3;
  return s;
}

static scene blurred(uint64_t seed) {
  scene s = plain(seed);
  set_colour(s.paper, 225, 225, 222);
  set_colour(s.ink, 60, 60, 70);
  s.blur = pick(seed, 1, 1, 3);
  return s;
}

static scene coloured(uint64_t seed) {
  static const uint8_t pairs[][6] = {
      {250, 240, 120, 30, 60, 190}, {250, 200, 210, 190, 30, 40},  {190, 225, 250, 20, 90, 40},
      {205, 240, 205, 200, 60, 20}, {30, 70, 160, 250, 220, 60},   {120, 20, 30, 250, 250, 250},
      {200, 120, 60, 30, 140, 150}, {235, 235, 235, 230, 90, 150},
  };
  const uint8_t *const pair = pairs[seed % (sizeof pairs / sizeof pairs[0])];
  scene s = plain(seed);
  set_colour(s.paper, pair[0], pair[1], pair[2]);
  set_colour(s.ink, pair[3], pair[4], pair[5]);
  s.noise = 3;
  return s;
}

static scene on_lines(uint64_t seed, int squared) {
  scene s = size_of(seed, 150);
  set_colour(s.paper, 248, 248, 245);
  set_colour(s.ink, 25, 30, 90);
  s.margin = 0.8;
  s.lines = squared ? pick(seed, 1, 0.35, 0.7) : pick(seed, 1, 0.7, 1.2);
  s.squared = squared;
  s.line_ink = pick(seed, 2, 0.2, 0.5);
  s.tilt = pick(seed, 3, -2, 2);
  return s;
}

static scene ruled(uint64_t seed) {
  return on_lines(seed, 0);
}

static scene squared(uint64_t seed) {
  return on_lines(seed, 1);
}

static scene strong_lines(uint64_t seed) {
  scene s = on_lines(seed, 1);
  s.line_ink = 0.85;
  return s;
}

static scene rough_chalk(uint64_t seed) {
  scene s = size_of(seed, 150);
  set_colour(s.paper, 45, 60, 52);
  set_colour(s.ink, 225, 230, 225);
  s.rough = pick(seed, 1, 0.1, 0.4);
  s.grain = 8;
  s.noise = 4;
  return s;
}

static scene fax(uint64_t seed) {
  scene s = size_of(seed, pick(seed, 1, 60, 150));
  const int paper = (int)pick(seed, 2, 200, 240), ink = (int)pick(seed, 3, 20, 60);
  set_colour(s.paper, paper, paper, paper);
  set_colour(s.ink, ink, ink, ink);
  s.halftone = 1;
  return s;
}

static scene framed(uint64_t seed) {
  scene s = plain(seed);
  s.frame = pick(seed, 1, 1, 6);
  return s;
}

static scene note_on_table(uint64_t seed) {
  scene s = plain(seed);
  set_colour(s.paper, 245, 230, 120);
  set_colour(s.ink, 40, 40, 70);
  s.margin = 1;
  s.table = pick(seed, 1, 0.08, 0.2);
  s.noise = 3;
  return s;
}

static scene dark_corners(uint64_t seed) {
  scene s = plain(seed);
  set_colour(s.paper, 235, 232, 225);
  set_colour(s.ink, 50, 50, 70);
  s.corners = pick(seed, 1, 0.4, 0.75);
  s.noise = 3;
  return s;
}

/* A pencil digit in a printed box, whose lines are darker. */
static scene boxed(uint64_t seed) {
  scene s = size_of(seed, pick(seed, 1, 40, 140));
  const int level = (int)pick(seed, 2, 60, 150);
  set_colour(s.ink, level, level, level);
  s.box = pick(seed, 3, 0.66, 0.9);
  s.margin = s.box - 0.5 + pick(seed, 4, 0.06, 0.12);
  s.box_line = pick(seed, 5, 0.02, 0.07);
  s.shift = pick(seed, 6, -0.1, 0.1);
  s.tilt = pick(seed, 7, -1, 1);
  s.blur = pick(seed, 8, 0, 0.5);
  s.noise = 2;
  return s;
}

static scene boxed_lighter(uint64_t seed) {
  scene s = boxed(seed);
  set_colour(s.ink, 20, 20, 20);
  set_colour(s.box_colour, 150, 150, 150);
  s.box_gaps = pick(seed, 9, 0, 0.15);
  return s;
}

/* Too large for its box. */
static scene boxed_crossing(uint64_t seed) {
  scene s = boxed(seed);
  s.box = pick(seed, 10, 0.45, 0.55);
  s.margin = s.box - 0.5 + pick(seed, 4, 0.12, 0.2);
  return s;
}

static scene boxed_neighbours(uint64_t seed) {
  scene s = boxed(seed);
  s.neighbours = 1;
  s.box = pick(seed, 10, 0.6, 0.75);
  s.margin = s.box - 0.5 + pick(seed, 4, 0.15, 0.35);
  return s;
}

/* Written on a line, or underlined, by the same pen; `ends` are where the line ends. */
static scene on_line(uint64_t seed, double left, double right) {
  scene s = size_of(seed, pick(seed, 1, 50, 150));
  set_colour(s.paper, 240, 240, 236);
  set_colour(s.ink, 40, 40, 50);
  s.margin = 0.6;
  s.underline = pick(seed, 2, 0.03, 0.07);
  s.below = pick(seed, 3, -0.06, 0.01);
  s.ends[0] = left;
  s.ends[1] = right;
  s.tilt = pick(seed, 4, -2, 2);
  s.noise = 2;
  return s;
}

static scene on_one_line(uint64_t seed) {
  return on_line(seed, 2, 2);
}

static scene on_line_to_border(uint64_t seed) {
  const double end = pick(seed, 5, 0.65, 0.9);

  return seed % 2 == 0 ? on_line(seed, end, 2) : on_line(seed, 2, end);
}

static scene underlined(uint64_t seed) {
  scene s = on_line(seed, pick(seed, 5, 0.65, 0.9), pick(seed, 6, 0.65, 0.9));

  s.below = pick(seed, 3, -0.03, 0.12);
  return s;
}

/* So few pixels that the ink reaches the border. */
static scene bitmap(uint64_t seed, double side) {
  scene s = size_of(seed, side);
  s.margin = 0;
  s.levels = 2;
  s.bold = 0.1;
  return s;
}

static scene bitmap_16(uint64_t seed) {
  return bitmap(seed, 16);
}

static scene bitmap_32(uint64_t seed) {
  return bitmap(seed, 32);
}

static scene gray_8(uint64_t seed) {
  scene s = bitmap(seed, 8);
  s.levels = 17;
  set_colour(s.paper, 0, 0, 0);
  set_colour(s.ink, 255, 255, 255);
  return s;
}

/* Something of everything, as a telephone gives it. */
static scene photo(uint64_t seed) {
  scene s = size_of(seed, pick(seed, 11, 80, 400));
  set_colour(s.paper, 235, 230, 215);
  set_colour(s.ink, 40, 45, 100);
  s.margin = pick(seed, 12, 0.3, 1.2);
  s.rotation = pick(seed, 13, -10, 10);
  s.grain = 4;
  s.shading = pick(seed, 14, 0.1, 0.5);
  s.shadow = seed % 3 == 0 ? 0.25 : 0;
  s.noise = pick(seed, 15, 2, 8);
  s.lines = seed % 2 == 0 ? pick(seed, 16, 0.5, 1) : 0;
  s.squared = seed % 4 == 0;
  s.line_ink = 0.35;
  s.tilt = pick(seed, 17, -3, 3);
  s.blur = pick(seed, 18, 0, 1.5);
  s.blocks = 8;
  return s;
}

const condition conditions[] = {
    {"black on white, 100 pixels", plain},
    {"light on dark", light_on_dark},
    {"chalk on a board", chalk},
    {"20 pixels high", size_20},
    {"40 pixels high", size_40},
    {"300 pixels high", size_300},
    {"1000 pixels high", size_1000},
    {"2000 pixels high", size_2000},
    {"small on a large sheet", small_on_large},
    {"tightly cropped", cut_tightly},
    {"rotated by up to 15 degrees", turned},
    {"thin pen", thin_pen},
    {"thick marker", marker},
    {"grainy paper", grainy_paper},
    {"shading", shaded},
    {"hard shadow", hard_shadow},
    {"noise", noisy},
    {"specks", speckled},
    {"JPEG-like blocks", blocks},
    {"faint pencil", faint_pencil},
    {"out of focus", blurred},
    {"coloured ink and paper", coloured},
    {"ruled paper", ruled},
    {"graph paper", squared},
    {"graph paper, strong lines", strong_lines},
    {"chalk or skipping pen", rough_chalk},
    {"fax: black and white dots", fax},
    {"a frame around the picture", framed},
    {"a note on a dark table", note_on_table},
    {"dark corners", dark_corners},
    {"in a printed box", boxed},
    {"in a box of lighter, broken lines", boxed_lighter},
    {"too large for its box", boxed_crossing},
    {"in a box, with strips of the cells beside it", boxed_neighbours},
    {"on a line that it touches", on_one_line},
    {"... to one border only", on_line_to_border},
    {"underlined", underlined},
    {"16 pixels, black and white, up to the border", bitmap_16},
    {"32 pixels, black and white, up to the border", bitmap_32},
    {"8 pixels, 17 levels of gray", gray_8},
    {"photo: a combination of these", photo},
};

const size_t num_conditions = sizeof conditions / sizeof conditions[0];
