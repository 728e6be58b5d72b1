/* How people write 5 to 9. */
#include "draw/glyph_tables.h"

/* --- 5 ---------------------------------------------------------------------------------------- */

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
/* The stem leans in from the bar, the bowl is shallow. */
static const struct glyph_point five_steep[] = {
    M(72, 2, 92, 0),   C(54, 6, 62, 6),   K(40, 10, 40, 10), C(28, 28, 30, 30),   K(24, 44, 30, 46),
    C(46, 46, 50, 50), C(56, 66, 58, 70), C(44, 90, 42, 90), C(18, 100, 20, 100),
};
static const struct glyph_style five_styles[] = {
    STYLE(28, five_single),    STYLE(25, five_two_strokes), STYLE(15, five_snake),
    STYLE(10, five_long_bar),  STYLE(7, five_closed_bowl),  STYLE(8, five_curled),
    STYLE(9, five_short_foot), STYLE(8, five_long_closed),  STYLE(9, five_flat),
    STYLE(6, five_steep),
};
const struct glyph glyph_five = GLYPH(0.25f, five_styles);

/* --- 6 ---------------------------------------------------------------------------------------- */

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
/* The bowl is flat and wide. */
static const struct glyph_point six_flat[] = {
    M(52, 0, 62, 4),   C(26, 42, 24, 40), C(14, 78, 4, 76),  C(34, 98, 32, 98),
    C(70, 92, 84, 94), C(80, 78, 94, 80), C(58, 66, 60, 70), C(24, 76, 18, 80),
};
/* The pen comes in with a curl, and ends in one. */
static const struct glyph_point six_curls[] = {
    M(72, 18, 80, 24), C(66, 4, 68, 4),   C(38, 16, 36, 12), C(18, 56, 12, 54), C(30, 94, 28, 96),
    C(60, 96, 64, 96), C(72, 76, 78, 72), C(56, 60, 56, 56), C(40, 72, 38, 70), C(52, 80, 50, 78),
};
static const struct glyph_style six_styles[] = {
    STYLE(26, six_curved), STYLE(24, six_straight), STYLE(11, six_open), STYLE(13, six_round),
    STYLE(7, six_crossed), STYLE(20, six_wide),     STYLE(7, six_slim),  STYLE(9, six_leaf),
    STYLE(7, six_flat),    STYLE(5, six_curls),
};
const struct glyph glyph_six = GLYPH(0.30f, six_styles);

/* --- 7 ---------------------------------------------------------------------------------------- */

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
/* Crossed, the stem bent. */
static const struct glyph_point seven_bent_bar[] = {
    M(14, 12, 6, 16),    C(44, 5, 42, 4),   K(78, 2, 84, 8),   C(58, 36, 54, 42),
    C(42, 100, 50, 100), M(26, 54, 16, 60), C(74, 46, 88, 44),
};
/* Crossed with a short, steep bar. */
static const struct glyph_point seven_tick[] = {
    M(16, 6, 4, 4),      C(46, 5, 42, 5),   K(76, 3, 84, 6),   C(54, 50, 56, 50),
    C(38, 100, 30, 100), M(40, 38, 36, 34), C(64, 58, 72, 64),
};
static const struct glyph_style seven_styles[] = {
    STYLE(34, seven_plain),     STYLE(13, seven_bar),      STYLE(12, seven_serif),
    STYLE(12, seven_round),     STYLE(11, seven_steep),    STYLE(8, seven_wavy),
    STYLE(8, seven_long_serif), STYLE(5, seven_serif_bar), STYLE(5, seven_low_bar),
    STYLE(7, seven_bent_bar),   STYLE(3, seven_tick),
};
const struct glyph glyph_seven = GLYPH(0.25f, seven_styles);

/* --- 8 ---------------------------------------------------------------------------------------- */

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
/* A hook above, a thin loop below, and a long way out to the right. */
static const struct glyph_point eight_bow[] = {
    M(62, 8, 74, 10),  C(46, 0, 50, 0),   C(26, 14, 24, 20),   C(36, 36, 38, 42),
    C(52, 56, 56, 62), C(40, 86, 38, 90), C(14, 100, 14, 102), C(10, 88, 6, 90),
    C(34, 62, 36, 66), C(62, 40, 70, 40), C(100, 10, 96, 4),
};
static const struct glyph_style eight_styles[] = {
    STYLE(32, eight_s_start),   STYLE(14, eight_rings),       STYLE(12, eight_open),
    STYLE(13, eight_thin_foot), STYLE(7, eight_thin_head),    STYLE(7, eight_from_waist),
    STYLE(13, eight_ribbon),    STYLE(9, eight_big_head),     STYLE(10, eight_tail),
    STYLE(9, eight_hook),       STYLE(11, eight_closed_foot), STYLE(7, eight_legs),
    STYLE(8, eight_flat_rings), STYLE(10, eight_bow),
};
const struct glyph glyph_eight = GLYPH(0.20f, eight_styles);

/* --- 9 ---------------------------------------------------------------------------------------- */

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
/* A tail like that of a g. */
static const struct glyph_point nine_tail[] = {
    M(72, 12, 72, 10), C(48, 0, 46, 0),   C(26, 22, 20, 24), C(42, 44, 42, 46), C(66, 26, 70, 28),
    K(74, 6, 76, 8),   C(72, 60, 78, 60), C(60, 94, 64, 92), C(32, 98, 28, 98), C(14, 78, 6, 74),
};
/* One curve, like a six turned upside down. */
static const struct glyph_point nine_turned[] = {
    M(72, 30, 76, 26), C(50, 40, 46, 44), C(28, 22, 20, 20), C(48, 0, 46, 0),
    C(76, 22, 84, 24), C(72, 62, 76, 66), C(44, 98, 34, 98),
};
/* The loop starts inside itself. */
static const struct glyph_point nine_spiral[] = {
    M(50, 26, 52, 30), C(64, 18, 70, 16), C(48, 0, 46, 0),   C(24, 22, 16, 24),
    C(42, 46, 40, 48), C(68, 24, 74, 24), C(70, 56, 74, 60), C(58, 100, 56, 100),
};
static const struct glyph_style nine_styles[] = {
    STYLE(27, nine_straight), STYLE(20, nine_bent),      STYLE(12, nine_curled),
    STYLE(11, nine_open),     STYLE(8, nine_ring),       STYLE(11, nine_slanted),
    STYLE(15, nine_big_loop), STYLE(8, nine_small_loop), STYLE(8, nine_flat),
    STYLE(7, nine_five),      STYLE(7, nine_flat_head),  STYLE(7, nine_tail),
    STYLE(6, nine_turned),    STYLE(5, nine_spiral),
};
const struct glyph glyph_nine = GLYPH(0.30f, nine_styles);
