#include "digit/lattice.h"

#include "base/elementary.h"
#include "digit/segments.h"
#include "digit/verdict.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* The score of a path is the sum of the logarithms of its readings' probabilities, less what speaks
 * against its cuts and shapes. All numbers were chosen on drawn pairs and rows of digits that
 * touch, by trying; nothing depends on them exactly. */
static const double cut_weight = 0.4, most_cut = 8; /* of each width of a stroke that is cut */
static const double loop_penalty = 2.5; /* of each stroke but the first that a cut runs through */
static const double slant = 0.35, slant_weight = 8; /* of a cut, in heights */
static const double unclear_penalty = 4;            /* of what the network is not sure enough of */
static const double best_probability = 0.999;       /* more says nothing */
static const double least_probability = 0.02;
static const double wide = 1.15, wide_weight = 8; /* width in heights, and each height above it */
static const double low = 0.6, low_weight = 8;    /* height in heights of the whole */
static const double slender = 0.4, slender_weight = 20;
static const double narrow = 0.12, narrow_penalty = 3;
static const double no_digit = -8;
static const double punctuation = 0.45, punctuation_penalty = 0.7;
static const double one_more = 0.3; /* for every digit */
/* What is as slender as one digit is one unless the readings of its parts are better by this; up to
 * the width of two the margin goes down to 0. */
static const double single = 1, pair = 1.4, single_margin = 2;

/* Segments further apart than this (in heights) are not of one digit. */
static const double widest_run = 1.3;

/* What is read with less confidence may be several digits, where it is not slender. */
static const double doubtful = 0.9;

/* --- readings --------------------------------------------------------------------------------- */

mnistcnn_status mcnn_readings_reserve(mcnn_readings *readings, size_t capacity, size_t image,
                                      size_t classes, const mcnn_alloc *alloc) {
  mcnn_readings more = {.count = readings->count, .capacity = capacity};
  size_t bytes, floats;

  if (capacity <= readings->capacity)
    return MNISTCNN_OK;
  if (!mcnn_checked_mul(capacity, image, &bytes) || !mcnn_checked_mul(capacity, classes, &floats))
    bytes = floats = SIZE_MAX; /* fails, with the message for it */
  more.items = mcnn_alloc_zeroed(alloc, capacity, sizeof *more.items);
  more.images = mcnn_alloc_zeroed(alloc, bytes, 1);
  more.rows = mcnn_alloc_zeroed(alloc, floats, sizeof *more.rows);
  if (!more.items || !more.images || !more.rows) {
    mcnn_readings_free(&more, alloc);
    return MNISTCNN_OUT_OF_MEMORY;
  }
  if (readings->count > 0) {
    memcpy(more.items, readings->items, readings->count * sizeof *more.items);
    memcpy(more.images, readings->images, readings->count * image);
    memcpy(more.rows, readings->rows, readings->count * classes * sizeof *more.rows);
  }
  mcnn_readings_free(readings, alloc);
  *readings = more;
  return MNISTCNN_OK;
}

void mcnn_readings_free(mcnn_readings *readings, const mcnn_alloc *alloc) {
  mcnn_free(alloc, readings->rows);
  mcnn_free(alloc, readings->images);
  mcnn_free(alloc, readings->items);
  *readings = (mcnn_readings){0};
}

/* --- scores ----------------------------------------------------------------------------------- */

static double width_of(const mcnn_box *box, uint32_t height) {
  return (double)mcnn_box_width(box) / height;
}

/* A dot or a comma: low, and at the foot of the whole. */
static int is_punctuation(const mcnn_box *box, const mcnn_box *whole) {
  return mcnn_box_size(box) < punctuation * mcnn_box_height(whole) &&
         box->top > (whole->top + whole->bottom) / 2;
}

static double score_of(const mcnn_reading *reading, const mcnn_box *whole, float least_confidence) {
  const uint32_t height = mcnn_box_height(whole);
  const double width = width_of(&reading->candidate.box, height);
  const double rows = (double)mcnn_box_height(&reading->candidate.box) / height;
  const double probability = (double)reading->probability;
  double score = mcnn_log(probability > best_probability    ? best_probability
                          : probability < least_probability ? least_probability
                                                            : probability);

  if (is_punctuation(&reading->candidate.box, whole))
    return -punctuation_penalty;
  if (!mcnn_verdict_is_digit(reading->digit.verdict))
    return no_digit;
  score -= reading->probability < least_confidence ? unclear_penalty : 0;
  score -= width > wide ? wide_weight * (width - wide) : 0;
  score -= rows < low ? low_weight * (low - rows) : 0;
  /* Only a 1 is slender. */
  score -= width < slender && !reading->is_one ? slender_weight * (slender - width) : 0;
  return score - (width < narrow ? narrow_penalty : 0);
}

static double score_of_whole(const mcnn_reading *whole, float least_confidence) {
  const uint32_t height = mcnn_box_height(&whole->candidate.box);

  const double width = width_of(&whole->candidate.box, height);
  const double share = width < single ? 1 : width > pair ? 0 : (pair - width) / (pair - single);

  return score_of(whole, &whole->candidate.box, least_confidence) + share * single_margin;
}

int mcnn_lattice_is_worth(const mcnn_reading *whole, uint32_t text_height) {
  const mcnn_box *const box = &whole->candidate.box;
  const double width = width_of(box, mcnn_box_height(box));

  if (2 * mcnn_box_height(box) < text_height || width < 0.4)
    return 0;
  return !mcnn_verdict_is_digit(whole->digit.verdict) || width > 0.9 ||
         whole->candidate.num_components > 1 || (double)whole->probability < doubtful;
}

/* --- lattice ---------------------------------------------------------------------------------- */

typedef struct lattice {
  mcnn_page *page;
  const mcnn_reader *reader;
  mcnn_cuts cuts;
  mcnn_segments segments;
  mcnn_readings runs; /* of segments, by their ends and then their beginnings, as in `begins` */
  uint8_t begins[MCNN_MOST_CUTS * MCNN_MOST_CUTS], ends[MCNN_MOST_CUTS * MCNN_MOST_CUTS];
  double best[MCNN_MOST_CUTS + 2]; /* score of the best path to each end of a segment */
  size_t last[MCNN_MOST_CUTS + 2]; /* the run it ends with */
} lattice;

enum { MOST_RUNS = MCNN_MOST_CUTS * MCNN_MOST_CUTS };

static size_t image_size(const lattice *l) {
  return (size_t)l->page->request->height * l->page->request->width;
}

static mnistcnn_status add_run(lattice *l, uint32_t begin, uint32_t end) {
  const mcnn_alloc *const alloc = &l->page->alloc;
  const size_t at = l->runs.count;
  mcnn_candidate run = mcnn_segments_run(&l->page->components, &l->segments, begin, end);

  if (run.ink == 0 || at == MOST_RUNS ||
      (end > begin + 1 && width_of(&run.box, mcnn_box_height(&l->cuts.box)) > widest_run))
    return MNISTCNN_OK;
  mnistcnn_status status = MNISTCNN_OK;
  if (at == l->runs.capacity)
    status =
        mcnn_readings_reserve(&l->runs, 2 * at + 16, image_size(l), l->reader->num_classes, alloc);
  if (status != MNISTCNN_OK)
    return status;
  l->begins[at] = (uint8_t)begin;
  l->ends[at] = (uint8_t)end;
  l->runs.items[at].candidate = run;
  l->runs.items[at].is_cut = 1;
  l->runs.count++;
  status =
      mcnn_page_render_candidate(l->page, &run, MCNN_SEGMENTS_RUN,
                                 l->runs.images + at * image_size(l), &l->runs.items[at].digit);
  if (is_punctuation(&run.box, &l->cuts.box))
    l->runs.items[at].digit.verdict = MNISTCNN_DIGIT_OTHER;
  return status;
}

static mnistcnn_status add_runs(lattice *l) {
  mnistcnn_status status = MNISTCNN_OK;

  for (uint32_t end = 1; end <= l->segments.count && status == MNISTCNN_OK; end++)
    for (uint32_t begin = end; begin-- > 0 && status == MNISTCNN_OK;)
      if (begin > 0 || end < l->segments.count)
        status = add_run(l, begin, end);
  return status;
}

void mcnn_readings_classify(mcnn_readings *readings, const mcnn_reader *reader) {
  if (readings->count > 0)
    reader->classify(reader->user, readings->images, readings->count, readings->rows);
  for (size_t i = 0; i < readings->count; i++) {
    const float *const row = readings->rows + i * reader->num_classes;
    uint32_t best = 0;
    for (uint32_t c = 1; c < reader->num_classes; c++)
      best = row[c] > row[best] ? c : best;
    readings->items[i].probability = row[best];
    readings->items[i].is_one = best == 1;
  }
}

static double cut_penalty(const mcnn_cut *cut) {
  const double ink = cut->ink < most_cut ? cut->ink : most_cut;

  return cut_weight * ink + (cut->num_strokes > 1 ? loop_penalty * (cut->num_strokes - 1) : 0) +
         (cut->lean > slant ? slant_weight * (cut->lean - slant) : 0);
}

/* Viterbi's algorithm: the runs come by their ends. */
static double find_best_path(lattice *l) {
  for (uint32_t i = 0; i <= l->segments.count; i++)
    l->best[i] = i == 0 ? 0 : -HUGE_VAL;
  for (size_t i = 0; i < l->runs.count; i++) {
    const uint32_t begin = l->begins[i], end = l->ends[i];
    const double cut = begin > 0 ? cut_penalty(&l->cuts.items[begin - 1]) : 0;
    const double score =
        l->best[begin] +
        score_of(&l->runs.items[i], &l->cuts.box, l->page->request->least_confidence) - cut -
        (begin > 0 ? one_more : 0);
    if (score > l->best[end]) {
      l->best[end] = score;
      l->last[end] = i;
    }
  }
  return l->best[l->segments.count];
}

static void copy_reading(const mcnn_readings *from, size_t source, mcnn_readings *to, size_t target,
                         size_t image, size_t classes) {
  to->items[target] = from->items[source];
  memcpy(to->images + target * image, from->images + source * image, image);
  memcpy(to->rows + target * classes, from->rows + source * classes, classes * sizeof *to->rows);
}

/* From the last run to the first; their places are known once they are counted. */
static mnistcnn_status take_path(lattice *l, const mcnn_candidate *whole, mcnn_readings *readings) {
  uint32_t length = 0;

  for (uint32_t end = l->segments.count; end > 0; end = l->begins[l->last[end]])
    length++;
  const size_t needed = readings->count + length;
  const mnistcnn_status status =
      needed <= readings->capacity ? MNISTCNN_OK
                                   : mcnn_readings_reserve(readings, 2 * needed, image_size(l),
                                                           l->reader->num_classes, &l->page->alloc);
  if (status != MNISTCNN_OK)
    return status;
  size_t at = needed;
  for (uint32_t end = l->segments.count; end > 0; end = l->begins[l->last[end]]) {
    copy_reading(&l->runs, l->last[end], readings, --at, image_size(l), l->reader->num_classes);
    readings->items[at].candidate.line = readings->items[at].digit.line = whole->line;
    readings->items[at].candidate.column = whole->column;
  }
  readings->count = needed;
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_lattice_read(mcnn_page *page, const mcnn_reader *reader, uint32_t index,
                                  const mcnn_reading *whole, int *is_cut, mcnn_readings *readings) {
  const mcnn_crop_source source = {&page->ink, &page->components, index, whole->candidate.box, 1};
  lattice l = {.page = page, .reader = reader};

  *is_cut = 0;
  mnistcnn_status status = mcnn_cuts_find(&source, &page->alloc, &l.cuts);
  if (status != MNISTCNN_OK || l.cuts.count == 0)
    return status;
  status = mcnn_segments_make(&page->ink.plane, &page->components, index, &l.cuts, &page->alloc,
                              &l.segments);
  if (status == MNISTCNN_OK)
    status = add_runs(&l);
  if (status == MNISTCNN_OK) {
    mcnn_readings_classify(&l.runs, reader);
    *is_cut = find_best_path(&l) > score_of_whole(whole, page->request->least_confidence);
    if (*is_cut)
      status = take_path(&l, &whole->candidate, readings);
    else
      mcnn_segments_restore(&page->components, &l.segments, index);
  }
  mcnn_readings_free(&l.runs, &page->alloc);
  return status;
}
