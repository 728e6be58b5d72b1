#include "draw_glyphs.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A point in key frame A and in key frame B. */
#define M(ax, ay, bx, by)                                                                          \
  { GLYPH_MOVE, ax, ay, bx, by }
#define C(ax, ay, bx, by)                                                                          \
  { GLYPH_CURVE, ax, ay, bx, by }
#define K(ax, ay, bx, by)                                                                          \
  { GLYPH_CORNER, ax, ay, bx, by }
#define STYLE(weight, points)                                                                      \
  { weight, COUNT(points), points }

/* ---- 0 ---------------------------------------------------------------------------------- */

static const struct glyph_point zero_closed[] = {
    M(50, 0, 52, 2),   C(34, 14, 22, 16), C(26, 50, 6, 52),  C(34, 86, 24, 90), C(50, 100, 52, 100),
    C(66, 84, 82, 86), C(74, 48, 96, 48), C(66, 14, 78, 12), C(48, 1, 50, 2),
};
/* The pen curls into the counter before it leaves the paper. */
static const struct glyph_point zero_curled[] = {
    M(38, 6, 30, 12),  C(24, 40, 6, 50), C(30, 88, 26, 92), C(52, 100, 54, 98), C(74, 76, 92, 70),
    C(76, 34, 86, 22), C(60, 6, 60, 2),  C(40, 12, 34, 12), C(44, 26, 46, 34),
};
static const struct glyph_point zero_overshot[] = {
    M(66, 0, 74, 10),  C(42, 6, 36, 2),   C(24, 48, 4, 44),  C(32, 88, 26, 92), C(52, 100, 54, 98),
    C(70, 86, 84, 82), C(76, 50, 94, 44), C(66, 18, 74, 12), C(42, 0, 30, 8),
};
static const struct glyph_point zero_gap[] = {
    M(40, 2, 26, 0),   C(24, 40, 6, 46),  C(30, 86, 24, 92), C(52, 100, 54, 100),
    C(72, 82, 86, 84), C(78, 44, 94, 44), C(60, 6, 78, 2),
};
/* A leaf: pointed where the ends meet. */
static const struct glyph_point zero_leaf[] = {
    M(62, 0, 70, 0),   C(36, 22, 30, 16), C(22, 62, 8, 60), C(34, 98, 30, 98),
    C(62, 80, 70, 86), C(78, 36, 92, 42), C(62, -2, 68, 4),
};
static const struct glyph_style zero_styles[] = {
    STYLE(50, zero_closed), STYLE(12, zero_curled), STYLE(14, zero_overshot),
    STYLE(8, zero_gap),     STYLE(16, zero_leaf),
};

/* ---- 1 ---------------------------------------------------------------------------------- */

static const struct glyph_point one_bare[] = {
    M(50, 0, 50, 0),
    C(50, 50, 50, 50),
    C(50, 100, 50, 100),
};
static const struct glyph_point one_bowed[] = {
    M(50, 0, 42, 0),
    C(46, 34, 54, 34),
    C(46, 68, 54, 68),
    C(50, 100, 42, 100),
};
static const struct glyph_point one_flag[] = {
    M(40, 16, 26, 26),
    K(51, 0, 51, 0),
    C(50, 50, 50, 50),
    C(50, 100, 50, 100),
};
static const struct glyph_point one_flag_base[] = {
    M(40, 14, 22, 28), K(51, 0, 51, 0),   C(50, 50, 50, 50),
    C(50, 98, 50, 98), M(34, 99, 16, 99), C(68, 99, 84, 97),
};
static const struct glyph_point one_base[] = {
    M(50, 0, 50, 0),
    C(50, 98, 50, 96),
    M(38, 99, 20, 99),
    C(64, 99, 80, 97),
};
static const struct glyph_point one_wide_base[] = {
    M(34, 18, 18, 26), K(50, 0, 56, 0),   C(50, 50, 52, 50), C(50, 98, 48, 97),
    M(20, 99, 2, 99),  C(50, 98, 48, 97), C(78, 98, 98, 96),
};
static const struct glyph_style one_styles[] = {
    STYLE(62, one_bare),     STYLE(12, one_bowed), STYLE(14, one_flag),
    STYLE(5, one_flag_base), STYLE(3, one_base),   STYLE(4, one_wide_base),
};

/* ---- 2 ---------------------------------------------------------------------------------- */

static const struct glyph_point two_plain[] = {
    M(20, 24, 14, 18), C(32, 6, 32, 2),   C(56, 2, 60, 4),   C(70, 20, 74, 28),
    C(56, 54, 54, 60), K(16, 96, 12, 98), C(50, 96, 52, 98), C(82, 94, 88, 98),
};
static const struct glyph_point two_loop[] = {
    M(16, 22, 12, 20), C(36, 2, 38, 2),  C(64, 12, 66, 14), C(62, 40, 60, 46), C(40, 78, 36, 84),
    C(16, 94, 10, 96), C(10, 80, 2, 78), C(26, 76, 22, 70), C(54, 92, 52, 92), C(86, 88, 94, 94),
};
/* The loop has shrunk to a hairpin. */
static const struct glyph_point two_hairpin[] = {
    M(18, 20, 12, 12), C(40, 0, 40, 0),   C(66, 12, 70, 16), C(60, 44, 62, 50), C(34, 82, 36, 84),
    K(12, 98, 14, 94), C(32, 84, 38, 84), C(56, 92, 60, 96), C(80, 94, 92, 90),
};
static const struct glyph_point two_flat_top[] = {
    M(14, 10, 16, 4),  C(40, 6, 44, 2),   C(72, 4, 70, 6),   C(68, 18, 70, 24),
    C(44, 56, 46, 60), K(12, 98, 14, 96), C(48, 98, 50, 94), C(86, 98, 82, 96),
};
/* Round below, like a wave. */
static const struct glyph_point two_wave[] = {
    M(20, 26, 16, 16), C(36, 4, 38, 0),   C(64, 8, 68, 8),   C(66, 36, 66, 40),
    C(38, 70, 40, 72), C(20, 92, 20, 90), C(36, 98, 42, 98), C(66, 92, 88, 90),
};
/* The head curls in before it goes over the top. */
static const struct glyph_point two_curled_head[] = {
    M(36, 34, 34, 38), C(16, 30, 10, 30), C(26, 6, 26, 6),   C(58, 2, 60, 2),   C(70, 26, 72, 30),
    C(46, 68, 46, 72), K(14, 96, 12, 98), C(46, 92, 50, 96), C(80, 96, 90, 92),
};
/* A big loop that the tail leaves high, through the stem. */
static const struct glyph_point two_big_loop[] = {
    M(16, 22, 10, 26),  C(38, 0, 34, 2), C(66, 14, 62, 12), C(60, 46, 58, 46), C(36, 84, 38, 84),
    C(12, 96, 14, 100), C(4, 78, 0, 82), C(24, 66, 22, 62), C(50, 76, 52, 74), C(90, 86, 96, 76),
};
/* The back is straight and the tail short. */
static const struct glyph_point two_swan[] = {
    M(34, 24, 22, 30), C(38, 4, 34, 4),   C(56, 2, 56, 4),   C(60, 24, 62, 28), C(48, 60, 46, 64),
    C(34, 92, 26, 96), C(22, 88, 12, 88), C(40, 82, 34, 80), C(68, 92, 76, 96),
};
/* The head is little more than the start of the stem. */
static const struct glyph_point two_bare_head[] = {
    M(44, 6, 36, 14),  C(54, 0, 50, 2), C(60, 10, 62, 10), C(54, 44, 54, 44), C(36, 84, 36, 84),
    C(18, 98, 16, 98), C(6, 86, 4, 80), C(22, 72, 22, 66), C(52, 84, 52, 76), C(78, 90, 92, 80),
};
/* Curled in at the head and looped at the foot. */
static const struct glyph_point two_curls[] = {
    M(30, 38, 38, 44), C(14, 28, 14, 32), C(32, 2, 34, 2),   C(64, 10, 66, 12),
    C(62, 44, 62, 46), C(38, 84, 38, 86), C(16, 98, 14, 98), C(8, 84, 2, 80),
    C(26, 74, 24, 68), C(54, 84, 54, 82), C(86, 90, 96, 86),
};
/* A big loop, and the tail falls away to the right. */
static const struct glyph_point two_falling[] = {
    M(18, 20, 12, 26), C(38, 0, 36, 0), C(64, 14, 64, 16), C(60, 44, 58, 48), C(38, 74, 34, 82),
    C(12, 86, 10, 90), C(6, 70, 2, 72), C(26, 58, 22, 60), C(54, 76, 52, 76), C(84, 104, 84, 98),
};
/* The foot doubles back along the stem. */
static const struct glyph_point two_retraced[] = {
    M(18, 16, 10, 20), C(42, 0, 38, 0),   C(68, 10, 66, 12), C(56, 46, 60, 44),  C(34, 78, 34, 76),
    K(8, 98, 8, 96),   C(34, 72, 38, 66), C(56, 76, 58, 72), C(74, 104, 76, 98),
};
/* All loop below: the tail ends inside or just beyond it. */
static const struct glyph_point two_round_foot[] = {
    M(20, 8, 30, 0),   C(46, 6, 54, 10),  C(66, 30, 66, 34), C(58, 66, 62, 70), C(34, 98, 36, 100),
    C(12, 82, 10, 84), C(28, 58, 26, 62), C(52, 70, 54, 70), C(72, 88, 92, 76),
};
static const struct glyph_style two_styles[] = {
    STYLE(20, two_plain),     STYLE(17, two_loop),    STYLE(11, two_hairpin),
    STYLE(7, two_flat_top),   STYLE(8, two_wave),     STYLE(8, two_curled_head),
    STYLE(15, two_big_loop),  STYLE(7, two_swan),     STYLE(12, two_bare_head),
    STYLE(9, two_curls),      STYLE(17, two_falling), STYLE(8, two_retraced),
    STYLE(9, two_round_foot),
};

/* ---- 3 ---------------------------------------------------------------------------------- */

static const struct glyph_point three_round[] = {
    M(20, 14, 14, 16), C(44, 0, 46, 0),   C(70, 18, 72, 22),  C(58, 38, 56, 42), K(36, 46, 34, 46),
    C(64, 54, 68, 54), C(76, 76, 80, 76), C(50, 98, 48, 100), C(14, 90, 10, 84),
};
static const struct glyph_point three_flat_top[] = {
    M(20, 4, 12, 6),   C(44, 3, 42, 2),   K(72, 3, 76, 4),   C(54, 26, 56, 28), K(36, 42, 38, 44),
    C(62, 46, 66, 48), C(74, 70, 80, 74), C(52, 98, 48, 98), C(14, 92, 10, 86),
};
/* A small loop at the waist. */
static const struct glyph_point three_looped[] = {
    M(20, 14, 14, 18), C(46, 0, 46, 0),   C(68, 18, 72, 20), C(50, 44, 50, 46), C(32, 50, 28, 48),
    C(42, 42, 38, 40), C(66, 56, 70, 56), C(72, 80, 76, 80), C(46, 98, 44, 98), C(14, 88, 10, 84),
};
/* The waist is barely there. */
static const struct glyph_point three_shallow[] = {
    M(24, 10, 18, 14), C(48, 0, 50, 0),   C(70, 18, 70, 20),  C(56, 42, 54, 44), C(52, 48, 50, 48),
    C(66, 58, 72, 60), C(68, 84, 74, 82), C(42, 100, 44, 98), C(12, 94, 12, 88),
};
static const struct glyph_point three_hooked[] = {
    M(14, 26, 20, 30),  C(26, 4, 22, 8),   C(52, 0, 52, 0),   C(70, 16, 72, 20),
    C(56, 40, 56, 42),  K(34, 46, 38, 48), C(66, 56, 66, 54), C(74, 80, 76, 78),
    C(48, 100, 46, 98), C(18, 96, 12, 90), C(14, 80, 6, 76),
};
/* The lower bowl is small, or hardly bends. */
static const struct glyph_point three_small_foot[] = {
    M(14, 14, 16, 10), C(44, 0, 48, 2),   C(74, 16, 74, 16), C(58, 42, 56, 44),   K(38, 54, 40, 52),
    C(60, 62, 62, 60), C(66, 80, 66, 78), C(50, 98, 54, 96), C(28, 100, 40, 102),
};
/* A small head over a wide bowl. */
static const struct glyph_point three_small_head[] = {
    M(28, 12, 24, 12), C(46, 0, 48, 0),   C(64, 14, 68, 14),   C(54, 30, 54, 32), K(34, 38, 36, 38),
    C(70, 46, 74, 48), C(80, 74, 84, 72), C(46, 100, 46, 100), C(8, 90, 4, 84),
};
/* Angles for curves, as in a hurry. */
static const struct glyph_point three_angular[] = {
    M(16, 8, 10, 14),  C(40, 2, 40, 4),   K(68, 6, 72, 10),  C(52, 28, 52, 28),  K(36, 44, 34, 42),
    C(58, 50, 60, 54), K(70, 62, 72, 66), C(46, 86, 46, 88), C(20, 100, 14, 98),
};
/* The lower bowl curls back up to the waist. */
static const struct glyph_point three_closed_foot[] = {
    M(26, 16, 18, 22), C(46, 0, 44, 0),   C(68, 14, 70, 18), C(56, 36, 54, 40),
    K(40, 44, 40, 46), C(68, 52, 70, 56), C(74, 80, 74, 80), C(48, 100, 46, 100),
    C(20, 88, 18, 86), C(24, 66, 18, 62), C(42, 52, 36, 52),
};
static const struct glyph_point three_flat_base[] = {
    M(18, 8, 14, 14),  C(46, 2, 44, 2),   C(72, 12, 72, 14), C(58, 38, 58, 40), K(36, 46, 34, 44),
    C(64, 52, 66, 54), C(74, 76, 76, 78), C(58, 94, 60, 92), C(34, 98, 36, 96), C(8, 98, 2, 98),
};
static const struct glyph_style three_styles[] = {
    STYLE(36, three_round),     STYLE(12, three_flat_top), STYLE(12, three_looped),
    STYLE(12, three_shallow),   STYLE(10, three_hooked),   STYLE(13, three_small_foot),
    STYLE(8, three_small_head), STYLE(9, three_angular),   STYLE(4, three_closed_foot),
    STYLE(8, three_flat_base),
};

/* ---- 4 ---------------------------------------------------------------------------------- */

static const struct glyph_point four_open[] = {
    M(28, 8, 20, 2),   C(22, 32, 14, 30), K(14, 56, 12, 58), C(48, 56, 50, 56),
    C(84, 52, 92, 54), M(70, 4, 66, 12),  C(64, 50, 64, 54), C(58, 100, 62, 100),
};
/* The crossbar ends at the stem. */
static const struct glyph_point four_cup[] = {
    M(24, 6, 16, 0),   C(16, 32, 10, 36), C(26, 54, 26, 56), C(50, 52, 52, 52),
    C(68, 44, 74, 44), M(74, 2, 76, 0),   C(68, 48, 72, 48), C(62, 100, 68, 100),
};
static const struct glyph_point four_closed[] = {
    M(62, 0, 66, 2),   C(38, 32, 40, 30), K(8, 62, 4, 68),   C(46, 62, 48, 66),
    C(86, 60, 94, 66), M(62, 2, 66, 0),   C(60, 50, 64, 50), C(58, 100, 62, 100),
};
/* In one go: down, across and up the stem, and down it again. */
static const struct glyph_point four_single[] = {
    M(26, 6, 18, 0),   C(18, 32, 12, 34), K(16, 52, 14, 56), C(44, 50, 46, 54),
    C(66, 36, 72, 34), K(76, 2, 80, 4),   C(68, 48, 72, 50), C(60, 100, 64, 100),
};
/* Closed and with a narrow top, the crossbar short to the right. */
static const struct glyph_point four_peaked[] = {
    M(64, 2, 60, 0),   C(40, 20, 38, 24), K(12, 50, 16, 54), C(40, 54, 40, 54),
    C(72, 50, 68, 52), M(66, 4, 64, 8),   C(62, 50, 62, 50), C(58, 100, 56, 100),
};
/* The crossbar starts with a loop at the lower left. */
static const struct glyph_point four_looped[] = {
    M(30, 6, 22, 2),   C(18, 34, 14, 36), C(8, 56, 6, 58),   C(18, 54, 20, 62),   C(48, 50, 54, 52),
    C(82, 46, 92, 48), M(72, 6, 68, 8),   C(64, 52, 62, 52), C(56, 100, 58, 100),
};
/* A narrow cross with a short first stroke. */
static const struct glyph_point four_narrow[] = {
    M(40, 18, 30, 12), C(34, 38, 26, 36), K(28, 56, 22, 56), C(48, 54, 46, 56),
    C(72, 52, 72, 56), M(60, 0, 60, 6),   C(54, 50, 58, 54), C(48, 100, 54, 100),
};
static const struct glyph_style four_styles[] = {
    STYLE(38, four_open),  STYLE(20, four_cup),   STYLE(14, four_closed), STYLE(12, four_single),
    STYLE(8, four_peaked), STYLE(7, four_looped), STYLE(7, four_narrow),
};

/* ---- 5 ---------------------------------------------------------------------------------- */

static const struct glyph_point five_single[] = {
    M(78, 4, 88, 0),   C(54, 4, 56, 4),   K(30, 6, 24, 6),    K(24, 44, 18, 44), C(48, 38, 46, 36),
    C(70, 54, 76, 58), C(62, 86, 66, 90), C(40, 98, 40, 100), C(12, 92, 6, 90),
};
/* The bar is a second stroke, not always touching. */
static const struct glyph_point five_two_strokes[] = {
    M(32, 8, 26, 4),   K(26, 44, 22, 40), C(46, 40, 46, 38), C(66, 54, 72, 58), C(60, 84, 62, 88),
    C(38, 98, 36, 98), C(12, 92, 6, 88),  M(32, 8, 34, 2),   C(58, 6, 64, 0),   C(80, 4, 94, -4),
};
static const struct glyph_point five_snake[] = {
    M(78, 4, 84, 2),   C(50, 4, 52, 6),   C(32, 14, 30, 22), C(38, 40, 42, 46),
    C(62, 56, 64, 60), C(62, 82, 62, 86), C(38, 98, 36, 98), C(10, 92, 8, 86),
};
/* Slanted back and long in the bar, the bowl small. */
static const struct glyph_point five_long_bar[] = {
    M(90, 2, 100, 0),  C(64, 8, 66, 8),   K(40, 14, 36, 14), K(30, 48, 28, 46), C(48, 46, 46, 44),
    C(60, 60, 60, 62), C(48, 86, 46, 88), C(28, 98, 26, 98), C(4, 96, 2, 94),
};
static const struct glyph_point five_closed_bowl[] = {
    M(76, 6, 84, 2),   C(54, 4, 54, 4),   K(30, 6, 28, 6),    K(22, 48, 22, 42), C(46, 38, 46, 38),
    C(68, 54, 72, 58), C(64, 88, 66, 92), C(38, 98, 38, 100), C(14, 88, 12, 86), C(20, 74, 14, 74),
};
/* The bowl curls in and nearly closes, as a six does. */
static const struct glyph_point five_curled[] = {
    M(80, 6, 90, 2),   C(54, 6, 58, 6),   K(34, 8, 30, 10),  K(28, 42, 24, 44), C(50, 38, 52, 40),
    C(70, 58, 74, 62), C(56, 94, 56, 94), C(28, 96, 26, 98), C(12, 80, 10, 82), C(26, 66, 18, 70),
};
/* The bowl ends under itself. */
static const struct glyph_point five_short_foot[] = {
    M(76, 2, 90, 2),   C(54, 4, 60, 2),   K(32, 6, 34, 4),   K(26, 40, 26, 44),
    C(50, 36, 52, 42), C(70, 54, 70, 60), C(64, 82, 60, 84), C(46, 98, 42, 100),
};
/* A long bar over a small bowl that curls in. */
static const struct glyph_point five_long_closed[] = {
    M(88, 2, 104, 0),  C(62, 8, 66, 8),   K(38, 14, 36, 16), K(32, 46, 26, 50), C(50, 44, 46, 46),
    C(62, 62, 60, 64), C(48, 92, 42, 92), C(24, 98, 18, 98), C(8, 84, 2, 86),   C(22, 72, 16, 76),
};
/* Wide and low, the bowl a flat loop. */
static const struct glyph_point five_flat[] = {
    M(84, 0, 104, 2),  C(56, 6, 60, 10),  K(30, 12, 30, 22), K(24, 40, 20, 50), C(48, 38, 50, 44),
    C(74, 58, 74, 66), C(50, 92, 46, 94), C(22, 96, 14, 96), C(0, 86, -6, 84),
};
static const struct glyph_style five_styles[] = {
    STYLE(28, five_single),    STYLE(25, five_two_strokes), STYLE(15, five_snake),
    STYLE(10, five_long_bar),  STYLE(6, five_closed_bowl),  STYLE(7, five_curled),
    STYLE(9, five_short_foot), STYLE(7, five_long_closed),  STYLE(8, five_flat),
};

/* ---- 6 ---------------------------------------------------------------------------------- */

static const struct glyph_point six_curved[] = {
    M(60, 0, 74, 4),   C(34, 24, 38, 16), C(20, 62, 10, 58), C(30, 94, 26, 94), C(54, 98, 58, 98),
    C(70, 78, 78, 76), C(58, 58, 60, 54), C(34, 66, 34, 62), C(22, 82, 18, 80),
};
static const struct glyph_point six_straight[] = {
    M(44, 0, 52, 0),   C(32, 30, 34, 30), C(22, 64, 16, 66), C(28, 94, 26, 94), C(52, 98, 56, 98),
    C(68, 80, 80, 76), C(54, 60, 62, 54), C(36, 68, 36, 68), C(26, 84, 26, 86),
};
/* The bowl stays open. */
static const struct glyph_point six_open[] = {
    M(52, 0, 66, 2),   C(30, 28, 34, 20), C(18, 64, 10, 60), C(30, 94, 28, 96),
    C(56, 96, 62, 94), C(70, 72, 78, 70), C(54, 56, 58, 50), C(40, 62, 42, 58),
};
/* A wide round body under a short neck. */
static const struct glyph_point six_round[] = {
    M(62, 2, 70, 8),   C(36, 10, 36, 8),  C(16, 50, 6, 46),  C(26, 92, 26, 92), C(56, 98, 60, 98),
    C(76, 74, 86, 72), C(58, 50, 62, 46), C(30, 60, 32, 58), C(18, 74, 18, 76),
};
/* The loop runs through the stem. */
static const struct glyph_point six_crossed[] = {
    M(50, 0, 60, 0),   C(34, 28, 36, 26), C(22, 62, 18, 64), C(28, 92, 28, 94), C(52, 98, 56, 98),
    C(70, 80, 78, 80), C(56, 62, 60, 62), C(34, 70, 32, 70), C(12, 84, 6, 86),
};
/* A big bowl that reaches far up and ends inside itself. */
static const struct glyph_point six_wide[] = {
    M(36, 0, 46, 0),   C(20, 32, 22, 26), C(14, 74, 6, 66),  C(38, 100, 40, 100), C(74, 84, 88, 80),
    C(76, 48, 86, 44), C(54, 40, 62, 36), C(38, 60, 38, 56), C(40, 72, 40, 72),
};
/* Little more than a hook. */
static const struct glyph_point six_slim[] = {
    M(46, 0, 56, 0),   C(34, 30, 36, 32), C(28, 70, 26, 72), C(36, 96, 38, 98),
    C(52, 90, 58, 90), C(52, 72, 56, 68), C(40, 74, 40, 72), C(30, 86, 30, 84),
};
/* The bowl is a leaf that points up to the right. */
static const struct glyph_point six_leaf[] = {
    M(44, 0, 58, 0),   C(28, 30, 34, 28), C(10, 72, 4, 74),  C(26, 98, 22, 98), C(58, 86, 62, 86),
    C(82, 60, 94, 56), C(66, 54, 76, 46), C(42, 68, 44, 64), C(26, 84, 26, 84),
};
static const struct glyph_style six_styles[] = {
    STYLE(26, six_curved), STYLE(24, six_straight), STYLE(11, six_open), STYLE(13, six_round),
    STYLE(7, six_crossed), STYLE(20, six_wide),     STYLE(7, six_slim),  STYLE(9, six_leaf),
};

/* ---- 7 ---------------------------------------------------------------------------------- */

static const struct glyph_point seven_plain[] = {
    M(20, 8, 8, 8), C(46, 6, 40, 6), K(74, 4, 78, 6), C(54, 50, 56, 50), C(44, 100, 38, 100),
};
static const struct glyph_point seven_bar[] = {
    M(18, 6, 10, 10),    C(46, 6, 44, 6),   K(74, 4, 80, 4),   C(54, 50, 54, 50),
    C(42, 100, 36, 100), M(34, 52, 24, 52), C(72, 48, 82, 46),
};
static const struct glyph_point seven_serif[] = {
    M(16, 22, 6, 28), K(20, 8, 12, 6),   C(46, 6, 44, 6),
    K(74, 4, 80, 4),  C(54, 50, 56, 50), C(42, 100, 38, 100),
};
/* The bar sags and runs into the stem through a round shoulder. */
static const struct glyph_point seven_round[] = {
    M(16, 14, 10, 22), C(30, 4, 26, 6),   C(56, 4, 56, 4),
    C(72, 14, 78, 18), C(60, 50, 66, 52), C(46, 100, 44, 100),
};
static const struct glyph_point seven_steep[] = {
    M(22, 4, 14, 4), C(46, 4, 44, 4), K(70, 4, 74, 6), C(66, 50, 70, 52), C(60, 100, 68, 100),
};
static const struct glyph_point seven_wavy[] = {
    M(12, 20, 6, 26), C(22, 6, 20, 6),   C(46, 10, 48, 14),
    K(76, 2, 84, 4),  C(52, 48, 50, 48), C(40, 100, 32, 100),
};
static const struct glyph_point seven_long_serif[] = {
    M(8, 34, 0, 44), K(16, 10, 14, 6),  C(44, 6, 44, 8),
    K(72, 2, 78, 4), C(54, 50, 58, 50), C(44, 100, 42, 100),
};
static const struct glyph_point seven_serif_bar[] = {
    M(14, 24, 6, 30),  K(18, 8, 14, 6),     C(46, 8, 44, 8),   K(74, 4, 80, 4),
    C(54, 50, 52, 50), C(42, 100, 36, 100), M(28, 58, 16, 56), C(70, 50, 82, 54),
};
static const struct glyph_point seven_low_bar[] = {
    M(18, 8, 8, 10),     C(46, 6, 44, 8),   K(72, 4, 78, 6),   C(56, 50, 56, 50),
    C(44, 100, 40, 100), M(24, 66, 10, 62), C(50, 62, 52, 60), C(78, 62, 92, 62),
};
static const struct glyph_style seven_styles[] = {
    STYLE(34, seven_plain),     STYLE(13, seven_bar),      STYLE(12, seven_serif),
    STYLE(12, seven_round),     STYLE(11, seven_steep),    STYLE(8, seven_wavy),
    STYLE(8, seven_long_serif), STYLE(5, seven_serif_bar), STYLE(5, seven_low_bar),
};

/* ---- 8 ---------------------------------------------------------------------------------- */

static const struct glyph_point eight_s_start[] = {
    M(68, 14, 72, 18),   C(48, 0, 48, 0),   C(28, 18, 24, 22), C(44, 44, 46, 46), C(68, 72, 74, 76),
    C(46, 100, 48, 100), C(24, 76, 18, 80), C(46, 48, 46, 52), C(66, 22, 74, 26), C(62, 8, 66, 8),
};
/* Two rings. */
static const struct glyph_point eight_rings[] = {
    M(48, 46, 48, 44), C(28, 30, 26, 26), C(48, 0, 48, 0),     C(68, 26, 72, 22), C(50, 46, 50, 44),
    M(48, 48, 50, 46), C(24, 72, 16, 72), C(48, 100, 48, 100), C(72, 72, 82, 72), C(48, 46, 48, 46),
};
/* The ends do not meet at the top right. */
static const struct glyph_point eight_open[] = {
    M(66, 8, 80, 12),    C(46, 2, 50, 2),   C(28, 20, 26, 22), C(46, 46, 48, 46), C(66, 74, 72, 76),
    C(44, 100, 46, 100), C(24, 78, 18, 80), C(44, 54, 46, 52), C(62, 34, 70, 34), C(76, 14, 90, 20),
};
/* The lower loop is thin. */
static const struct glyph_point eight_thin_foot[] = {
    M(70, 10, 74, 14),  C(48, 0, 44, 2),   C(26, 20, 20, 22), C(44, 42, 44, 44), C(58, 72, 60, 74),
    C(44, 100, 42, 98), C(34, 78, 30, 80), C(50, 48, 52, 50), C(70, 22, 78, 28), C(64, 6, 66, 8),
};
static const struct glyph_point eight_thin_head[] = {
    M(62, 6, 60, 4),    C(50, 0, 46, 2),   C(40, 16, 36, 18), C(46, 42, 46, 40), C(70, 70, 78, 70),
    C(48, 100, 48, 98), C(22, 76, 14, 76), C(44, 48, 46, 46), C(62, 22, 62, 24), C(58, 4, 54, 4),
};
/* Starts at the crossing. */
static const struct glyph_point eight_from_waist[] = {
    M(44, 50, 40, 54), C(30, 24, 24, 24),  C(46, 0, 48, 0),   C(68, 18, 72, 20), C(48, 50, 48, 52),
    C(24, 80, 20, 80), C(46, 100, 48, 98), C(70, 78, 76, 78), C(50, 52, 48, 50), C(32, 32, 26, 36),
};
/* The last stroke runs straight up to the right and stays open. */
static const struct glyph_point eight_ribbon[] = {
    M(60, 12, 74, 20),   C(46, 0, 48, 2),   C(24, 14, 18, 18), C(40, 44, 42, 46), C(58, 70, 62, 72),
    C(36, 100, 38, 100), C(20, 80, 12, 82), C(44, 52, 44, 54), C(66, 24, 74, 26), C(86, 2, 100, 0),
};
/* The head is larger than the body. */
static const struct glyph_point eight_big_head[] = {
    M(72, 14, 78, 16),   C(46, 0, 46, 0),   C(20, 26, 14, 28), C(46, 58, 46, 60), C(62, 80, 64, 84),
    C(46, 100, 46, 100), C(30, 82, 28, 84), C(48, 60, 48, 60), C(74, 30, 82, 30), C(66, 6, 68, 6),
};
/* The pen comes in from the right with a bar, as in a five. */
static const struct glyph_point eight_tail[] = {
    M(88, 4, 98, 2),     C(60, 8, 60, 10),  C(32, 18, 28, 20), C(44, 44, 44, 46), C(62, 72, 66, 74),
    C(42, 100, 42, 100), C(22, 80, 18, 82), C(46, 52, 48, 52), C(66, 28, 72, 28), C(70, 8, 74, 10),
};
/* The head is a hook that the rising stroke does not close. */
static const struct glyph_point eight_hook[] = {
    M(58, 10, 66, 16),  C(44, 0, 46, 0),   C(26, 16, 22, 20), C(42, 42, 44, 44), C(62, 66, 68, 70),
    C(48, 98, 48, 100), C(26, 84, 22, 86), C(42, 56, 44, 58), C(68, 36, 78, 34), C(84, 20, 96, 14),
};
/* Like an S whose end closes the lower loop. */
static const struct glyph_point eight_closed_foot[] = {
    M(76, 12, 86, 8),    C(50, 0, 56, 2),   C(26, 16, 22, 20), C(42, 42, 44, 44), C(66, 70, 70, 72),
    C(44, 100, 44, 100), C(18, 78, 14, 78), C(40, 54, 40, 52), C(58, 44, 62, 40),
};
/* The lower loop stays open below. */
static const struct glyph_point eight_legs[] = {
    M(24, 98, 12, 100), C(28, 72, 28, 74), C(50, 44, 48, 46), C(68, 22, 74, 24), C(48, 0, 46, 0),
    C(26, 20, 20, 22),  C(46, 48, 46, 48), C(68, 74, 70, 74), C(60, 96, 84, 98),
};
/* Wide rings that run into one another. */
static const struct glyph_point eight_flat_rings[] = {
    M(40, 44, 36, 48), C(14, 30, 8, 28),  C(42, 2, 44, 2),   C(74, 24, 82, 22),
    C(48, 46, 50, 52), M(34, 42, 30, 40), C(16, 72, 10, 74), C(50, 98, 52, 100),
    C(86, 70, 92, 70), C(56, 42, 58, 38), C(30, 46, 26, 44),
};
static const struct glyph_style eight_styles[] = {
    STYLE(32, eight_s_start),   STYLE(14, eight_rings),       STYLE(12, eight_open),
    STYLE(12, eight_thin_foot), STYLE(7, eight_thin_head),    STYLE(7, eight_from_waist),
    STYLE(14, eight_ribbon),    STYLE(9, eight_big_head),     STYLE(10, eight_tail),
    STYLE(9, eight_hook),       STYLE(11, eight_closed_foot), STYLE(7, eight_legs),
    STYLE(9, eight_flat_rings),
};

/* ---- 9 ---------------------------------------------------------------------------------- */

static const struct glyph_point nine_straight[] = {
    M(70, 12, 72, 14), C(50, 0, 46, 2), C(26, 22, 18, 26), C(40, 46, 38, 50),
    C(66, 28, 68, 28), K(70, 8, 74, 8), C(66, 54, 70, 54), C(60, 100, 64, 100),
};
/* The stem leaves the loop in a bend. */
static const struct glyph_point nine_bent[] = {
    M(68, 18, 70, 12), C(50, 0, 48, 0),   C(28, 20, 20, 22), C(36, 44, 34, 46),
    C(62, 34, 64, 36), C(72, 12, 76, 14), C(68, 50, 72, 52), C(54, 100, 52, 100),
};
static const struct glyph_point nine_curled[] = {
    M(70, 14, 72, 12), C(50, 0, 48, 0),   C(26, 22, 22, 22), C(38, 46, 40, 46), C(64, 30, 68, 32),
    K(72, 10, 74, 12), C(72, 56, 76, 56), C(56, 96, 56, 96), C(24, 94, 16, 90),
};
/* The loop is open at the top right. */
static const struct glyph_point nine_open[] = {
    M(60, 2, 54, 0),   C(34, 10, 26, 12), C(22, 34, 16, 36), C(44, 48, 42, 50),
    C(66, 34, 72, 36), K(76, 8, 82, 12),  C(68, 54, 74, 54), C(58, 100, 64, 100),
};
/* A ring, and a stem down from its right side. */
static const struct glyph_point nine_ring[] = {
    M(66, 20, 70, 22), C(48, 0, 46, 0),   C(28, 22, 18, 24), C(46, 48, 44, 50),   C(68, 24, 72, 26),
    C(60, 4, 60, 4),   M(68, 18, 72, 16), C(66, 56, 70, 56), C(58, 100, 62, 100),
};
/* Written from the waist: the loop closes on the stem from the left. */
static const struct glyph_point nine_slanted[] = {
    M(74, 4, 76, 8),   C(48, 2, 46, 2), C(28, 24, 24, 26), C(42, 42, 40, 42),
    C(68, 20, 70, 24), K(78, 2, 80, 4), C(58, 50, 60, 50), C(36, 100, 34, 100),
};
/* Mostly loop: the stem hardly comes out below it. */
static const struct glyph_point nine_big_loop[] = {
    M(70, 10, 74, 12), C(46, 0, 44, 2),  C(18, 28, 6, 34),  C(34, 60, 28, 68),
    C(64, 42, 68, 44), K(72, 8, 78, 10), C(72, 54, 76, 56), C(72, 100, 76, 100),
};
static const struct glyph_point nine_small_loop[] = {
    M(66, 8, 68, 6),   C(52, 0, 52, 0), C(36, 14, 34, 16), C(44, 32, 42, 34),
    C(62, 20, 64, 22), K(68, 4, 70, 6), C(62, 50, 66, 50), C(52, 100, 58, 100),
};
/* An angular loop with a flat top, close to a four. */
static const struct glyph_point nine_flat[] = {
    M(74, 6, 80, 8),   C(48, 6, 46, 2), K(28, 16, 20, 12), C(26, 36, 22, 40),   C(48, 46, 46, 50),
    C(70, 32, 74, 36), K(74, 8, 80, 8), C(68, 54, 74, 52), C(60, 100, 70, 100),
};
/* The loop starts at a bar and only just reaches the stem. */
static const struct glyph_point nine_five[] = {
    M(72, 2, 84, 0),   C(50, 4, 54, 6),   C(30, 16, 28, 22), C(34, 40, 34, 44),
    C(56, 40, 58, 44), K(70, 26, 74, 28), C(66, 56, 68, 60), C(58, 100, 58, 100),
};
/* The loop is wide and low, nearly the bar of a seven. */
static const struct glyph_point nine_flat_head[] = {
    M(74, 10, 80, 10), C(44, 0, 44, 2), C(18, 14, 10, 18), C(30, 30, 28, 34),
    C(62, 18, 66, 22), K(74, 6, 82, 8), C(64, 52, 70, 52), C(52, 100, 58, 100),
};
static const struct glyph_style nine_styles[] = {
    STYLE(27, nine_straight), STYLE(20, nine_bent),      STYLE(12, nine_curled),
    STYLE(11, nine_open),     STYLE(8, nine_ring),       STYLE(11, nine_slanted),
    STYLE(15, nine_big_loop), STYLE(8, nine_small_loop), STYLE(8, nine_flat),
    STYLE(7, nine_five),      STYLE(7, nine_flat_head),
};

/* ----------------------------------------------------------------------------------------- */

#define GLYPH(pen_share, styles)                                                                   \
  { COUNT(styles), styles, pen_share }

static const struct glyph glyphs[GLYPH_DIGITS] = {
    GLYPH(0.30f, zero_styles),  GLYPH(0.00f, one_styles),   GLYPH(0.25f, two_styles),
    GLYPH(0.25f, three_styles), GLYPH(0.25f, four_styles),  GLYPH(0.25f, five_styles),
    GLYPH(0.30f, six_styles),   GLYPH(0.25f, seven_styles), GLYPH(0.20f, eight_styles),
    GLYPH(0.30f, nine_styles),
};

struct glyph glyph_of(unsigned digit) {
  return glyphs[digit];
}
