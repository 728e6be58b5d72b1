/* How people write 0 to 4. */
#include "draw/glyph_tables.h"

/* --- 0 ---------------------------------------------------------------------------------------- */

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
/* Crossed out, so that nobody takes it for an O. */
static const struct glyph_point zero_slashed[] = {
    M(50, 0, 52, 4),   C(30, 14, 24, 18), C(22, 50, 8, 52),  C(32, 86, 26, 88),
    C(50, 98, 52, 96), C(68, 84, 80, 84), C(76, 48, 94, 48), C(68, 14, 78, 16),
    C(50, 0, 52, 4),   M(76, 10, 92, 0),  C(50, 50, 52, 50), C(24, 90, 8, 104),
};
static const struct glyph_style zero_styles[] = {
    STYLE(50, zero_closed), STYLE(12, zero_curled), STYLE(14, zero_overshot),
    STYLE(8, zero_gap),     STYLE(16, zero_leaf),   STYLE(7, zero_slashed),
};
const struct glyph glyph_zero = GLYPH(0.30f, zero_styles);

/* --- 1 ---------------------------------------------------------------------------------------- */

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
/* As in much of Europe: the upstroke is half as long as the stem, or as long. */
static const struct glyph_point one_upstroke[] = {
    M(18, 42, 4, 74),
    K(56, 0, 62, 0),
    C(54, 50, 58, 50),
    C(52, 100, 54, 100),
};
static const struct glyph_point one_upstroke_base[] = {
    M(20, 40, 6, 62),  K(54, 0, 58, 0),   C(53, 50, 56, 50),
    C(52, 98, 54, 97), M(28, 99, 12, 98), C(76, 98, 94, 96),
};
/* The flag hangs like a hook. */
static const struct glyph_point one_hooked[] = {
    M(28, 26, 14, 38), C(40, 18, 34, 20), K(54, 0, 58, 0), C(52, 50, 54, 50), C(48, 100, 46, 100),
};
static const struct glyph_style one_styles[] = {
    STYLE(62, one_bare),     STYLE(12, one_bowed),        STYLE(14, one_flag),
    STYLE(5, one_flag_base), STYLE(3, one_base),          STYLE(4, one_wide_base),
    STYLE(10, one_upstroke), STYLE(6, one_upstroke_base), STYLE(5, one_hooked),
};
const struct glyph glyph_one = GLYPH(0.0f, one_styles);

/* --- 2 ---------------------------------------------------------------------------------------- */

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
    C(12, 86, 10, 90), C(6, 70, 2, 72), C(26, 58, 22, 60), C(54, 76, 52, 76), C(80, 110, 84, 98),
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
/* No head at all: a bent stem into a round loop. */
static const struct glyph_point two_bare_round[] = {
    M(28, 0, 20, 4),   C(48, 22, 46, 14), C(60, 54, 62, 46), C(46, 90, 46, 88), C(22, 98, 24, 100),
    C(12, 80, 10, 82), C(30, 64, 28, 64), C(56, 76, 56, 72), C(72, 74, 86, 70),
};
/* Like a Z: a flat head, a straight slope. */
static const struct glyph_point two_angular[] = {
    M(14, 18, 10, 6),  C(30, 4, 28, 4),   C(60, 4, 56, 4),   K(76, 12, 82, 6),
    C(46, 54, 46, 52), K(14, 96, 10, 98), C(46, 96, 48, 98), C(84, 96, 92, 98),
};
static const struct glyph_style two_styles[] = {
    STYLE(20, two_plain),     STYLE(17, two_loop),      STYLE(11, two_hairpin),
    STYLE(7, two_flat_top),   STYLE(8, two_wave),       STYLE(8, two_curled_head),
    STYLE(15, two_big_loop),  STYLE(7, two_swan),       STYLE(11, two_bare_head),
    STYLE(10, two_curls),     STYLE(18, two_falling),   STYLE(9, two_retraced),
    STYLE(9, two_round_foot), STYLE(6, two_bare_round), STYLE(8, two_angular),
};
const struct glyph glyph_two = GLYPH(0.25f, two_styles);

/* --- 3 ---------------------------------------------------------------------------------------- */

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
/* All of the head is a bar and a slope. */
static const struct glyph_point three_barred[] = {
    M(16, 4, 6, 2),    C(44, 3, 42, 1),   K(78, 2, 88, 2),    K(38, 40, 46, 36),
    C(66, 46, 74, 46), C(78, 72, 84, 70), C(48, 100, 46, 98), C(10, 88, 6, 82),
};
static const struct glyph_style three_styles[] = {
    STYLE(36, three_round),      STYLE(12, three_flat_top),  STYLE(12, three_looped),
    STYLE(8, three_barred),      STYLE(12, three_shallow),   STYLE(10, three_hooked),
    STYLE(13, three_small_foot), STYLE(8, three_small_head), STYLE(9, three_angular),
    STYLE(4, three_closed_foot), STYLE(8, three_flat_base),
};
const struct glyph glyph_three = GLYPH(0.25f, three_styles);

/* --- 4 ---------------------------------------------------------------------------------------- */

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
/* A chair: the stem starts halfway up. */
static const struct glyph_point four_chair[] = {
    M(26, 2, 34, 0),   C(22, 30, 22, 28), K(18, 58, 8, 60),  C(50, 58, 50, 60),
    C(86, 58, 96, 60), M(64, 24, 58, 34), C(63, 60, 58, 64), C(62, 100, 58, 100),
};
/* In one go from below: up the stem, down the slope and across. */
static const struct glyph_point four_rising[] = {
    M(70, 100, 74, 98), C(68, 50, 70, 50), K(66, 0, 68, 2),   C(38, 34, 36, 34),
    K(10, 66, 4, 62),   C(46, 66, 46, 62), C(88, 64, 98, 62),
};
/* Wide open: the first stroke runs straight down and turns at right angles. */
static const struct glyph_point four_square[] = {
    M(20, 0, 12, 4),   C(20, 28, 12, 28), K(20, 52, 12, 52), C(46, 52, 46, 52),
    C(74, 52, 80, 52), M(76, 0, 82, 2),   C(76, 50, 80, 50), C(76, 100, 80, 100),
};
static const struct glyph_style four_styles[] = {
    STYLE(38, four_open),  STYLE(20, four_cup),   STYLE(14, four_closed), STYLE(12, four_single),
    STYLE(8, four_peaked), STYLE(7, four_looped), STYLE(7, four_narrow),  STYLE(6, four_chair),
    STYLE(5, four_rising), STYLE(6, four_square),
};
const struct glyph glyph_four = GLYPH(0.25f, four_styles);
