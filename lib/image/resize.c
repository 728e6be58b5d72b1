#include "image/resize.h"

#include "mnistcnn.h"

#include <assert.h>

/* What one axis of one target pixel is made of: source pixels `first` .. `first + count - 1`, the
 * inner ones with weight `middle`; the weights add up to the axis' divisor. */
typedef struct taps {
  uint32_t first, count;
  uint32_t weight_first, weight_middle, weight_last;
} taps;

/* Shrinking, with every source pixel `target` units long and every target pixel `source` units: the
 * weights are the lengths of the overlaps, the divisor is `source`. */
static taps area_taps(uint32_t source, uint32_t target, uint32_t index) {
  const uint32_t begin = index * source, end = begin + source;
  const uint32_t first = begin / target, last = (end - 1) / target;
  taps t = {.first = first, .count = last - first + 1, .weight_middle = target};

  t.weight_first = (first == last ? end : (first + 1) * target) - begin;
  t.weight_last = end - last * target;
  return t;
}

/* Growing, in units of half a target pixel: the centre of target pixel i lies at (2 i + 1) source
 * from the edge, that of source pixel j at (2 j + 1) target; the divisor is 2 target. Beyond the
 * outermost centres the edge goes on. */
static taps bilinear_taps(uint32_t source, uint32_t target, uint32_t index) {
  const uint32_t spacing = 2 * target, last_centre = (source - 1) * spacing;
  const uint32_t centre = (2 * index + 1) * source;
  uint32_t position = centre > target ? centre - target : 0;

  position = position < last_centre ? position : last_centre;
  taps t = {.first = position / spacing, .count = 1, .weight_first = spacing};
  t.weight_last = position % spacing;
  if (t.weight_last > 0) {
    t.count = 2;
    t.weight_first = spacing - t.weight_last;
  }
  return t;
}

static taps smooth_taps(uint32_t source, uint32_t target, uint32_t index) {
  return source >= target ? area_taps(source, target, index) : bilinear_taps(source, target, index);
}

static uint32_t tap_weight(const taps *t, uint32_t i) {
  return i == 0 ? t->weight_first : i + 1 == t->count ? t->weight_last : t->weight_middle;
}

/* At most 2^13 * 2^13 * 255 in all: a row's sum fits in 32 bits, the whole in 64. */
static uint64_t weighted_sum(const uint8_t *source, size_t row_bytes, uint32_t channels,
                             const taps *rows, const taps *columns) {
  uint64_t sum = 0;

  for (uint32_t r = 0; r < rows->count; r++) {
    const uint8_t *const row =
        source + (rows->first + r) * row_bytes + (size_t)columns->first * channels;
    uint32_t row_sum = 0;
    for (uint32_t c = 0; c < columns->count; c++)
      row_sum += row[(size_t)c * channels] * tap_weight(columns, c);
    sum += (uint64_t)row_sum * tap_weight(rows, r);
  }
  return sum;
}

/* Columns are processed in blocks of this many, so that their taps are found once for all rows. */
enum { BLOCK = 64 };

typedef struct block {
  uint32_t first, count;
  taps columns[BLOCK];
} block;

static void set_block(block *b, uint32_t first, uint32_t source, uint32_t target) {
  b->first = first;
  b->count = target - first < BLOCK ? target - first : BLOCK;
  for (uint32_t i = 0; i < b->count; i++)
    b->columns[i] = smooth_taps(source, target, first + i);
}

/* sum is at most 255 * divisor. Of 32 bits where that suffices: their division is much faster. */
static uint8_t rounded_quotient(uint64_t sum, uint64_t divisor) {
  const uint64_t half_more = sum + divisor / 2;

  const uint64_t quotient = divisor < UINT32_MAX / 256
                                ? (uint64_t)((uint32_t)half_more / (uint32_t)divisor)
                                : half_more / divisor;
  return (uint8_t)quotient;
}

static uint32_t second_weight(const taps *t) {
  return t->count == 2 ? t->weight_last : 0;
}

/* Of a gray image that grows: at most two pixels along each axis. */
static void enlarge_block_row(const uint8_t *source, uint32_t width, const taps *rows,
                              const block *b, uint64_t divisor, uint8_t *target) {
  const uint8_t *const above = source + (size_t)rows->first * width;
  const uint8_t *const below = above + (rows->count == 2 ? width : 0);
  const uint64_t upper = rows->weight_first, lower = second_weight(rows);

  for (uint32_t i = 0; i < b->count; i++) {
    const taps *const c = &b->columns[i];
    const uint32_t left = c->first, right = left + (c->count == 2 ? 1 : 0);
    const uint32_t first = c->weight_first, second = second_weight(c);
    const uint64_t sum = upper * (above[left] * first + above[right] * second) +
                         lower * (below[left] * first + below[right] * second);
    target[i] = rounded_quotient(sum, divisor);
  }
}

static void resize_block_row(const uint8_t *source, const mcnn_shape *from, const taps *rows,
                             const block *b, uint64_t divisor, uint8_t *target) {
  const uint32_t channels = from->channels;
  const size_t row_bytes = (size_t)from->width * channels;

  for (uint32_t i = 0; i < b->count; i++) {
    for (uint32_t channel = 0; channel < channels; channel++) {
      const uint64_t sum =
          weighted_sum(source + channel, row_bytes, channels, rows, &b->columns[i]);
      *target++ = rounded_quotient(sum, divisor);
    }
  }
}

static void resize_smooth(const uint8_t *source, const mcnn_shape *from, uint8_t *target,
                          const mcnn_shape *to) {
  const uint64_t divisor = (uint64_t)(from->height >= to->height ? from->height : 2 * to->height) *
                           (from->width >= to->width ? from->width : 2 * to->width);
  const int grows = from->channels == 1 && from->height < to->height && from->width < to->width;
  block b;

  for (uint32_t first = 0; first < to->width; first += BLOCK) {
    set_block(&b, first, from->width, to->width);
    for (uint32_t r = 0; r < to->height; r++) {
      const taps rows = smooth_taps(from->height, to->height, r);
      uint8_t *const row = target + ((size_t)r * to->width + first) * from->channels;
      if (grows)
        enlarge_block_row(source, from->width, &rows, &b, divisor, row);
      else
        resize_block_row(source, from, &rows, &b, divisor, row);
    }
  }
}

/* Pillow adds the step up from pixel to pixel, and its rounding errors decide where two source
 * pixels are equally near; so does this. */
static uint32_t nearest_index(double *position, double step, uint32_t source) {
  const uint32_t index = (uint32_t)*position;

  *position += step;
  return index < source ? index : source - 1;
}

static void resize_nearest(const uint8_t *source, const mcnn_shape *from, uint8_t *target,
                           const mcnn_shape *to) {
  const uint32_t channels = from->channels;
  const double row_step = (double)from->height / to->height;
  const double column_step = (double)from->width / to->width;
  double row_position = row_step * 0.5;

  for (uint32_t r = 0; r < to->height; r++) {
    const size_t row_index = nearest_index(&row_position, row_step, from->height);
    const uint8_t *const row = source + row_index * from->width * channels;
    double column_position = column_step * 0.5;
    for (uint32_t c = 0; c < to->width; c++) {
      const size_t column = nearest_index(&column_position, column_step, from->width);
      for (uint32_t channel = 0; channel < channels; channel++)
        *target++ = row[column * channels + channel];
    }
  }
}

void mcnn_resize(const uint8_t *source, const mcnn_shape *from, int32_t resize, uint8_t *target,
                 const mcnn_shape *to) {
  assert(from->channels == to->channels);
  assert(from->height - 1 < MNISTCNN_MAX_IMAGE_SIDE && from->width - 1 < MNISTCNN_MAX_IMAGE_SIDE);
  assert(to->height > 0 && to->width > 0);
  if (resize == MNISTCNN_RESIZE_NEAREST)
    resize_nearest(source, from, target, to);
  else
    resize_smooth(source, from, target, to);
}
