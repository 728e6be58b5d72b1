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
static const struct glyph_style one_styles[] = {
    STYLE(66, one_bare),     STYLE(14, one_bowed), STYLE(12, one_flag),
    STYLE(4, one_flag_base), STYLE(2, one_base),
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
static const struct glyph_style two_styles[] = {
    STYLE(28, two_plain),    STYLE(28, two_loop), STYLE(16, two_hairpin),
    STYLE(10, two_flat_top), STYLE(10, two_wave), STYLE(8, two_curled_head),
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
static const struct glyph_style three_styles[] = {
    STYLE(46, three_round),   STYLE(14, three_flat_top), STYLE(14, three_looped),
    STYLE(14, three_shallow), STYLE(12, three_hooked),
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
static const struct glyph_style four_styles[] = {
    STYLE(40, four_open),   STYLE(20, four_cup),   STYLE(14, four_closed),
    STYLE(12, four_single), STYLE(7, four_peaked), STYLE(7, four_looped),
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
static const struct glyph_style five_styles[] = {
    STYLE(34, five_single),   STYLE(28, five_two_strokes), STYLE(18, five_snake),
    STYLE(12, five_long_bar), STYLE(8, five_closed_bowl),
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
static const struct glyph_style six_styles[] = {
    STYLE(34, six_curved), STYLE(30, six_straight), STYLE(12, six_open),
    STYLE(16, six_round),  STYLE(8, six_crossed),
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
static const struct glyph_style seven_styles[] = {
    STYLE(38, seven_plain), STYLE(14, seven_bar),   STYLE(12, seven_serif),
    STYLE(14, seven_round), STYLE(12, seven_steep), STYLE(10, seven_wavy),
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
static const struct glyph_style eight_styles[] = {
    STYLE(42, eight_s_start),   STYLE(16, eight_rings),    STYLE(14, eight_open),
    STYLE(12, eight_thin_foot), STYLE(8, eight_thin_head), STYLE(8, eight_from_waist),
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
static const struct glyph_style nine_styles[] = {
    STYLE(34, nine_straight), STYLE(22, nine_bent), STYLE(14, nine_curled),
    STYLE(9, nine_open),      STYLE(9, nine_ring),  STYLE(12, nine_slanted),
};

/* ----------------------------------------------------------------------------------------- */

#define GLYPH(styles)                                                                              \
  { COUNT(styles), styles }

static const struct glyph glyphs[GLYPH_DIGITS] = {
    GLYPH(zero_styles),  GLYPH(one_styles),  GLYPH(two_styles), GLYPH(three_styles),
    GLYPH(four_styles),  GLYPH(five_styles), GLYPH(six_styles), GLYPH(seven_styles),
    GLYPH(eight_styles), GLYPH(nine_styles),
};

struct glyph glyph_of(unsigned digit) {
  return glyphs[digit];
}
