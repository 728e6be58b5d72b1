/* Convolution behind a ReLU, with strides: about half of the input is 0, scattered, and whatever a
 * 0 is multiplied with need not be computed. (Where Winograd's algorithm serves, it saves more.)
 * The weights of a panel of output channels and of some taps stay in the first-level cache, where a
 * multiply-add takes its operand from for nothing, while every position passes; only the channels
 * of a pixel that are not 0 are looked up.
 *
 * A drawing has a background, over which the layers before have computed the same numbers again and
 * again: what a tap adds at pixels that equal the image's first one is computed once. */
#include "kernels/conv/algorithms.h"
#include "kernels/conv/frame.h"
#include "kernels/conv/indirect_tiles.h"

#include <math.h>
#include <string.h>

/* Elements of a patch whose weights are used at a time: with their panel, 24 KiB. */
#define DEPTH ((size_t)96)
/* Channels of a word of bits. */
#define WORD ((size_t)64)

/* --- memory ----------------------------------------------------------------------------------- */

static size_t panels(const mcnn_conv_geometry *g) {
  return mcnn_ceil_div(g->out_channels, MCNN_NONZERO_COLUMNS);
}

static size_t framed_pixels(const mcnn_conv_geometry *g) {
  return mcnn_framed_floats(g) / g->in_channels;
}

static size_t framed_width(const mcnn_conv_geometry *g) {
  return mcnn_framed_pitch(g) / g->in_channels;
}

static size_t words(const mcnn_conv_geometry *g) {
  return mcnn_ceil_div(g->in_channels, WORD);
}

static size_t group_of(const mcnn_conv_geometry *g) {
  return mcnn_group_images(mcnn_framed_floats(g));
}

/* Scratch: what a tap adds where pixels are flat, the bits, which pixels are flat, then images with
 * their padding. */
static size_t flat_floats(const mcnn_conv_geometry *g) {
  return g->kernel_width * MCNN_NONZERO_COLUMNS;
}

static size_t bits_floats(const mcnn_conv_geometry *g) {
  return mcnn_round_up_cache_line(group_of(g) * framed_pixels(g) * words(g) * sizeof(uint64_t) /
                                  sizeof(float));
}

static size_t flags_floats(const mcnn_conv_geometry *g) {
  return mcnn_round_up_cache_line(group_of(g) * framed_pixels(g) / sizeof(float) + 1);
}

size_t mcnn_nonzero_packed_floats(const mcnn_conv_geometry *g) {
  return panels(g) * MCNN_NONZERO_COLUMNS * mcnn_conv_patch_size(g);
}

size_t mcnn_nonzero_scratch_floats(const mcnn_conv_geometry *g) {
  return flat_floats(g) + bits_floats(g) + flags_floats(g) +
         mcnn_conv_padded_floats(g, group_of(g));
}

/* Panels are mostly full, and pixels have enough channels to find some that are not 0, and are
 * looked at by several taps. */
int mcnn_nonzero_supports(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  return kernels->conv.nonzero_row && g->input_is_relu && !mcnn_conv_is_plain(g) &&
         !mcnn_conv_is_pooled(g) && g->dilation_width == 1 && g->in_channels >= 8 &&
         mcnn_conv_patch_size(g) > g->in_channels &&
         (size_t)g->out_channels * 4 >= panels(g) * MCNN_NONZERO_COLUMNS * 3 &&
         mcnn_conv_is_in_proportion(g, mcnn_nonzero_packed_floats(g)) &&
         mcnn_conv_is_in_proportion(g, mcnn_nonzero_scratch_floats(g));
}

/* As [panel][element of the patch][MCNN_NONZERO_COLUMNS], zeros where there is no channel. */
void mcnn_nonzero_pack(const mcnn_conv_geometry *g, const float *w, float *packed) {
  for (size_t c = 0; c < g->out_channels; c += MCNN_NONZERO_COLUMNS) {
    const size_t columns = mcnn_min(g->out_channels - c, MCNN_NONZERO_COLUMNS);
    const size_t missing = MCNN_NONZERO_COLUMNS - columns;
    for (size_t k = 0; k < mcnn_conv_patch_size(g); k++, packed += MCNN_NONZERO_COLUMNS) {
      memcpy(packed, w + k * g->out_channels + c, columns * sizeof *w);
      memset(packed + columns, 0, missing * sizeof *w);
    }
  }
}

/* --- forward ---------------------------------------------------------------------------------- */

/* Some framed images. */
typedef struct group {
  const mcnn_kernels *kernels;
  const mcnn_conv_geometry *g;
  size_t images;
  const float *x;
  float *flat;
  uint64_t *bits;
  uint8_t *is_flat;
} group;

/* Some taps of one kernel row and some channels of them, by a panel of output channels. */
typedef struct part {
  size_t row, tap, channel;
  mcnn_nonzero_row sums; /* of the first row of positions of the first image, but for x */
} part;

/* The pixel that others are compared with: the first one inside the padding. */
static size_t first_pixel(const mcnn_conv_geometry *g) {
  return g->pad_top * framed_width(g) + g->pad_left;
}

/* What there is to know of the pixels of an image. It pays to add up what flat ones give if that is
 * used more often than for each tap once. */
static void find_pixels(const group *some, size_t image) {
  const mcnn_conv_geometry *g = some->g;
  const size_t pixels = framed_pixels(g);
  const float *const x = some->x + image * mcnn_framed_floats(g);
  uint8_t *const is_flat = some->is_flat + image * pixels;
  size_t count = 0;
  some->kernels->conv.find_nonzero(pixels, g->in_channels, x, x + first_pixel(g) * g->in_channels,
                                   some->bits + image * pixels * words(g), is_flat);
  for (size_t i = 0; i < pixels; i++)
    count += is_flat[i];
  if (count * mcnn_conv_positions(g) <= 2 * pixels)
    memset(is_flat, 0, pixels);
}

/* What each tap adds where pixels are as the first one. */
static void add_flat(const group *some, const part *p, size_t image) {
  const mcnn_conv_geometry *g = some->g;
  static const float zeros[MCNN_NONZERO_COLUMNS];
  static const uint8_t not_flat;
  const size_t first = image * framed_pixels(g) + first_pixel(g);
  mcnn_nonzero_row sums = {.positions = 1,
                           .taps = 1,
                           .columns = MCNN_NONZERO_COLUMNS,
                           .x = some->x + first * g->in_channels + p->channel,
                           .bits = some->bits + first * words(g) + p->channel / WORD,
                           .is_flat = &not_flat,
                           .w = p->sums.w,
                           .start = zeros,
                           .c = some->flat,
                           .least = -INFINITY};
  for (size_t tap = 0; tap < p->sums.taps; tap++) {
    some->kernels->conv.nonzero_row(&sums);
    sums.w += p->sums.w_tap;
    sums.c += MCNN_NONZERO_COLUMNS;
  }
}

/* Whether the first pixels of this image and of the one before are the same. */
static int first_is_known(const group *some, size_t image) {
  const size_t floats = mcnn_framed_floats(some->g);
  const float *const first = some->x + image * floats + first_pixel(some->g) * some->g->in_channels;
  return image > 0 && memcmp(first, first - floats, some->g->in_channels * sizeof *first) == 0;
}

static void add_part(const group *some, const part *p) {
  const mcnn_conv_geometry *g = some->g;
  const size_t width = framed_width(g);
  mcnn_nonzero_row sums = p->sums;
  for (size_t image = 0; image < some->images; image++) {
    size_t pixel = image * framed_pixels(g) + p->row * g->dilation_height * width + p->tap;
    if (!first_is_known(some, image))
      add_flat(some, p, image);
    for (size_t i = 0; i < g->out_height; i++, pixel += g->stride_height * width) {
      sums.x = some->x + pixel * g->in_channels + p->channel;
      sums.bits = some->bits + pixel * words(g) + p->channel / WORD;
      sums.is_flat = some->is_flat + pixel;
      some->kernels->conv.nonzero_row(&sums);
      sums.c += g->out_width * sums.c_step;
      sums.start += g->out_width * sums.start_step;
    }
  }
}

/* One panel of output channels, whose packed weights and biases these are. */
static void add_panel(const group *some, const float *packed, const float *bias, size_t columns,
                      float *y) {
  const mcnn_conv_geometry *g = some->g;
  const size_t channels = mcnn_min(g->in_channels, WORD);
  const size_t taps = mcnn_max(mcnn_min(g->kernel_width, DEPTH / channels), 1);
  part p = {.sums = {.positions = g->out_width,
                     .columns = columns,
                     .step = g->stride_width,
                     .x_tap = g->in_channels,
                     .words = words(g),
                     .w_tap = g->in_channels * MCNN_NONZERO_COLUMNS,
                     .flat = some->flat,
                     .start = bias,
                     .c = y,
                     .c_step = g->out_channels,
                     .least = -INFINITY}};
  for (p.row = 0; p.row < g->kernel_height; p.row++) {
    for (p.tap = 0; p.tap < g->kernel_width; p.tap += p.sums.taps) {
      const size_t element = (p.row * g->kernel_width + p.tap) * g->in_channels;
      p.sums.taps = mcnn_min(g->kernel_width - p.tap, taps);
      for (p.channel = 0; p.channel < g->in_channels; p.channel += WORD) {
        const int is_last = p.row + 1 == g->kernel_height &&
                            p.tap + p.sums.taps == g->kernel_width &&
                            p.channel + WORD >= g->in_channels;
        p.sums.w = packed + (element + p.channel) * MCNN_NONZERO_COLUMNS;
        p.sums.least = is_last && g->activation == MCNN_ACTIVATION_RELU ? 0 : -INFINITY;
        add_part(some, &p);
        p.sums.start = y;
        p.sums.start_step = p.sums.c_step;
      }
    }
  }
}

void mcnn_nonzero_forward(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                          const float *packed, const float *bias, const float *x, size_t images,
                          float *y, float *scratch) {
  void *const bits = scratch + flat_floats(g);
  void *const flags = (float *)bits + bits_floats(g);
  float *const padded = (float *)flags + flags_floats(g);
  const size_t panel = MCNN_NONZERO_COLUMNS * mcnn_conv_patch_size(g);
  group some = {.kernels = kernels, .g = g, .flat = scratch, .bits = bits, .is_flat = flags};
  for (size_t image = 0; image < images; image += some.images) {
    some.images = mcnn_min(images - image, group_of(g));
    some.x = mcnn_conv_pad(g, x + image * mcnn_conv_in_size(g), some.images, padded);
    for (size_t i = 0; i < some.images; i++)
      find_pixels(&some, i);
    float *const to = y + image * mcnn_conv_out_size(g);
    for (size_t c = 0; c < g->out_channels; c += MCNN_NONZERO_COLUMNS)
      add_panel(&some, packed + c / MCNN_NONZERO_COLUMNS * panel, bias + c,
                mcnn_min(g->out_channels - c, MCNN_NONZERO_COLUMNS), to + c);
  }
}
