#include "digit/verdict.h"

#include <assert.h>
#include <stddef.h>

const char *mcnn_verdict_text(int32_t verdict) {
  static const char texts[][52] = {
      "a digit",
      "digits that touch, or something wider than a digit",
      "nothing is drawn on it",
      "a filled shape without strokes",
      "several things, none of them clearly the digit",
      "a picture of something else",
      "nothing that the network is sure enough of",
  };

  return verdict >= 0 && verdict < (int32_t)(sizeof texts / sizeof texts[0]) ? texts[verdict]
                                                                             : NULL;
}

int mcnn_verdict_is_digit(int32_t verdict) {
  return verdict == MNISTCNN_DIGIT_FOUND || verdict == MNISTCNN_DIGIT_TOUCHING;
}

/* --- one candidate ---------------------------------------------------------------------------- */

/* What no digit has, by some distance from the oddest of MNIST's: so many components, so many of
 * them more than holes or so many holes more; strokes of this length (in longer sides of the box)
 * or as wide as this fraction of it. */
enum { MOST_COMPONENTS = 7, MOST_EULER = 8, LEAST_EULER = -5 };
/* Nor more than a dot within a 0: that is a face. */
enum { MOST_ENCLOSED = 1 };
/* Thin strokes have no holes in them: more of these than an 8 has are loops. */
enum { MOST_LOOPS = 2 };
static const double thin_stroke = 1.3; /* in prepared pixels */
static const double longest_strokes = 4.2, widest_stroke = 0.42;

/* Wider than this, as a fraction of the height, it may be two digits (less likely where one was
 * announced); still wider it is something else. */
static const double widest_digit = 1.4, widest_single = 1.5, widest_pair = 2.6;

int32_t mcnn_verdict_on_candidate(const mcnn_candidate *candidate, const mcnn_stroke_stats *stats,
                                  double stroke_width, int single) {
  const double width = (double)mcnn_box_width(&candidate->box) / mcnn_box_height(&candidate->box);

  if (stats->length > longest_strokes || stats->euler > MOST_EULER || stats->euler < LEAST_EULER ||
      candidate->num_enclosed > MOST_ENCLOSED ||
      (stats->euler < -MOST_LOOPS && stats->width < thin_stroke) ||
      candidate->num_components > MOST_COMPONENTS)
    return MNISTCNN_DIGIT_OTHER;
  if (stroke_width > widest_stroke)
    return MNISTCNN_DIGIT_FILLED;
  return width > (single ? widest_single : widest_digit) ? MNISTCNN_DIGIT_TOUCHING
                                                         : MNISTCNN_DIGIT_FOUND;
}

/* --- the whole picture ------------------------------------------------------------------------ */

/* More candidates than this, of which none stands out, are a picture of something else. */
enum { MOST_CANDIDATES = 12 };

/* A digit has this fraction of all the ink, but for frames and specks. */
static const double least_ink = 0.35;

static double prominence(const mcnn_candidate *candidate, uint32_t height, uint32_t width) {
  const int cut_off = mcnn_touches_opposite(candidate->at_border);
  const int large = 10 * mcnn_box_height(&candidate->box) >= 9 * height ||
                    10 * mcnn_box_width(&candidate->box) >= 9 * width;

  return (double)candidate->ink * (cut_off && !large ? 0.2 : candidate->at_border != 0 ? 0.6 : 1.0);
}

uint32_t mcnn_verdict_most_prominent(const mcnn_candidates *candidates, uint32_t height,
                                     uint32_t width) {
  uint32_t best = 0;

  assert(candidates->count > 0);
  for (uint32_t i = 1; i < candidates->count; i++)
    if (prominence(&candidates->items[i], height, width) >
        prominence(&candidates->items[best], height, width))
      best = i;
  return best;
}

/* 1 where another candidate might as well be meant: one of more than 0.3 of the prominence, and
 * half of the size. Beside a digit within the picture, what goes on beyond the border is less
 * likely meant. Both fractions were chosen by trying; nothing depends on them exactly. */
static int has_rival(const mcnn_candidates *candidates, uint32_t best, uint32_t height,
                     uint32_t width) {
  const double most = prominence(&candidates->items[best], height, width);
  const uint32_t size = mcnn_box_size(&candidates->items[best].box);
  const int inside = candidates->items[best].at_border == 0;

  for (uint32_t i = 0; i < candidates->count; i++) {
    const mcnn_candidate *const other = &candidates->items[i];
    const double fraction = inside && other->at_border != 0 ? 0.6 : 0.3;
    if (i != best && prominence(other, height, width) > fraction * most &&
        2 * mcnn_box_size(&other->box) > size)
      return 1;
  }
  return 0;
}

/* Faint, and at three borders or all: shading that went on beyond them. */
static int is_shading(const mcnn_candidate *candidate, uint32_t strength) {
  int borders = 0;

  for (int bit = MCNN_AT_TOP; bit <= MCNN_AT_RIGHT; bit *= 2)
    borders += (candidate->at_border & bit) != 0;
  return borders >= 3 && strength < MCNN_VERDICT_FAINT;
}

int32_t mcnn_verdict_on_picture(const mcnn_candidates *candidates, uint32_t best, uint32_t height,
                                uint32_t width, uint32_t strength, int32_t verdict) {
  const mcnn_candidate *const candidate = &candidates->items[best];

  assert(best < candidates->count && mcnn_verdict_is_digit(verdict));
  if ((double)mcnn_box_width(&candidate->box) > widest_pair * mcnn_box_height(&candidate->box) ||
      is_shading(candidate, strength))
    return MNISTCNN_DIGIT_OTHER;
  if (has_rival(candidates, best, height, width))
    return candidates->count > MOST_CANDIDATES ? MNISTCNN_DIGIT_OTHER : MNISTCNN_DIGIT_SEVERAL;
  return (double)candidate->ink < least_ink * (double)candidates->ink ? MNISTCNN_DIGIT_OTHER
                                                                      : verdict;
}
