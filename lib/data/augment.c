#include "data/augment.h"

#include "base/arena.h"
#include "base/rng.h"
#include "base/sizes.h"
#include "base/status.h"
#include "data/affine.h"
#include "data/elastic.h"
#include "data/sample.h"

#include <assert.h>
#include <string.h>

/* Rows of an image that are warped at once. */
enum { ROWS = 16 };

struct mcnn_augment_plan {
  mcnn_alloc alloc;
  mcnn_augment augment;
  uint32_t height, width, channels;
  float scale, shift;
  const mcnn_kernels *kernels;
  float scaled[256]; /* every byte, scaled */

  mcnn_elastic_axis rows, columns; /* of the elastic field, where there is one */

  /* Offsets of the buffers in the scratch memory, in floats. */
  size_t unchanged, padded, offset, noise, smoothed, field;
  size_t scratch_floats;
};

/* --- plan ------------------------------------------------------------------------------------- */

static int is_elastic(const mcnn_augment *augment) {
  return augment->kind == MNISTCNN_AUGMENT_AFFINE_ELASTIC && augment->elastic_pixels > 0.0f;
}

static int has_dilation(const mcnn_augment *augment) {
  return augment->kind == MNISTCNN_AUGMENT_AFFINE_ELASTIC && augment->dilation > 0.0f;
}

static int is_bilinear(const mcnn_augment *augment) {
  return augment->kind == MNISTCNN_AUGMENT_KERAS_2_9 ||
         augment->kind == MNISTCNN_AUGMENT_AFFINE_ELASTIC;
}

static size_t reserve(mcnn_arena *arena, size_t rows, size_t columns) {
  size_t floats = 0;

  if (!mcnn_checked_mul(rows, columns, &floats))
    arena->overflow = 1;
  return mcnn_arena_reserve(arena, floats, sizeof(float)) / sizeof(float);
}

/* An image with zeros around it. */
static size_t reserve_padded(mcnn_arena *arena, const mcnn_augment_plan *plan) {
  return reserve(arena, (size_t)plan->height + MCNN_WARP_BORDER,
                 ((size_t)plan->width + MCNN_WARP_BORDER) * plan->channels);
}

/* Offsets are kept in memory for floats, so an int32_t must not be larger. */
_Static_assert(sizeof(int32_t) == sizeof(float), "offsets do not fit");

static mnistcnn_status lay_out_scratch(mcnn_augment_plan *plan) {
  const size_t field_step = mcnn_elastic_step(plan->width);
  mcnn_arena arena = {0};

  if (is_bilinear(&plan->augment))
    plan->padded = reserve_padded(&arena, plan);
  if (has_dilation(&plan->augment))
    plan->unchanged = reserve_padded(&arena, plan);
  if (plan->augment.kind == MNISTCNN_AUGMENT_KERAS_2_0)
    plan->offset = reserve(&arena, 1, mcnn_round_up_cache_line(plan->width));
  if (plan->augment.kind == MNISTCNN_AUGMENT_AFFINE_ELASTIC) {
    plan->noise = reserve(&arena, (size_t)2 * plan->rows.nodes, plan->columns.nodes);
    plan->smoothed = reserve(&arena, (size_t)2 * plan->rows.nodes, field_step);
    plan->field = reserve(&arena, (size_t)2 * ROWS, field_step);
  }
  plan->scratch_floats = arena.size / sizeof(float);
  return arena.overflow ? mcnn_fail(MNISTCNN_OUT_OF_MEMORY, "the images to augment are too large")
                        : MNISTCNN_OK;
}

mnistcnn_status mcnn_augment_plan_create(const mcnn_augment *augment, uint32_t height,
                                         uint32_t width, uint32_t channels, float scale,
                                         float offset, const mcnn_kernels *kernels,
                                         const mcnn_alloc *alloc, mcnn_augment_plan **out) {
  mcnn_augment_plan *const plan = mcnn_alloc_zeroed(alloc, 1, sizeof *plan);
  mnistcnn_status status = MNISTCNN_OK;

  assert(height > 0 && width > 0 && (channels == 1 || channels == 3));
  if (!plan)
    return MNISTCNN_OUT_OF_MEMORY;
  plan->alloc = *alloc;
  plan->augment = *augment;
  plan->height = height;
  plan->width = width;
  plan->channels = channels;
  plan->scale = scale;
  plan->shift = offset;
  plan->kernels = kernels;
  for (int byte = 0; byte < 256; byte++)
    plan->scaled[byte] = (float)byte * scale + offset;
  if (is_elastic(augment)) {
    status = mcnn_elastic_axis_create(height, alloc, &plan->rows);
    if (status == MNISTCNN_OK)
      status = mcnn_elastic_axis_create(width, alloc, &plan->columns);
  }
  if (status == MNISTCNN_OK)
    status = lay_out_scratch(plan);
  if (status != MNISTCNN_OK) {
    mcnn_augment_plan_free(plan);
    return status;
  }
  *out = plan;
  return MNISTCNN_OK;
}

void mcnn_augment_plan_free(mcnn_augment_plan *plan) {
  if (plan) {
    const mcnn_alloc alloc = plan->alloc;
    mcnn_elastic_axis_free(&plan->rows, &alloc);
    mcnn_elastic_axis_free(&plan->columns, &alloc);
    mcnn_free(&alloc, plan);
  }
}

uint64_t mcnn_augment_plan_bytes(const mcnn_augment_plan *plan) {
  const uint64_t axes = is_elastic(&plan->augment) ? mcnn_elastic_axis_bytes(&plan->rows) +
                                                         mcnn_elastic_axis_bytes(&plan->columns)
                                                   : 0;
  return mcnn_alloc_bytes(1, sizeof *plan) + axes;
}

size_t mcnn_augment_scratch_floats(const mcnn_augment_plan *plan) {
  return plan->scratch_floats;
}

/* --- random numbers --------------------------------------------------------------------------- */

/* Everything is always drawn, so that changing one range leaves the other draws as they are. */
static mcnn_draw draw_parameters(const mcnn_augment_plan *plan, mcnn_rng *rng) {
  const mcnn_augment *const a = &plan->augment;
  const int in_pixels = a->kind == MNISTCNN_AUGMENT_AFFINE_ELASTIC;
  mcnn_draw draw;

  draw.rotation = (double)mcnn_rng_range(rng, -a->rotation, a->rotation);
  draw.shear = (double)mcnn_rng_range(rng, -a->shear, a->shear);
  draw.zoom[0] = (double)mcnn_rng_range(rng, 1.0f - a->zoom, 1.0f + a->zoom);
  draw.zoom[1] = (double)mcnn_rng_range(rng, 1.0f - a->zoom, 1.0f + a->zoom);
  draw.shift[0] = (double)mcnn_rng_range(rng, -a->shift, a->shift) * (in_pixels ? 1 : plan->height);
  draw.shift[1] = (double)mcnn_rng_range(rng, -a->shift, a->shift) * (in_pixels ? 1 : plan->width);
  /* One bit for the flip, the others for the dilation. */
  const uint32_t bits = mcnn_rng_u32(rng);
  draw.flip = a->horizontal_flip != 0 && bits >> 31 == 1;
  draw.dilation = (double)a->dilation * ((bits & 0x7FFFFFFFu) * 0x1p-30 - 1.0);
  return draw;
}

/* --- warps ------------------------------------------------------------------------------------ */

static void flip_row(float *row, size_t width, size_t channels) {
  for (size_t left = 0, right = width - 1; left < right; left++, right--) {
    for (size_t channel = 0; channel < channels; channel++) {
      const float kept = row[left * channels + channel];
      row[left * channels + channel] = row[right * channels + channel];
      row[right * channels + channel] = kept;
    }
  }
}

/* Both components of the field, ready for row after row. */
static void prepare_field(const mcnn_augment_plan *plan, mcnn_rng *rng, float *scratch) {
  const size_t nodes = (size_t)plan->rows.nodes * plan->columns.nodes;

  mcnn_elastic_noise(plan->kernels, rng, scratch + plan->noise, 2 * nodes);
  mcnn_elastic_smooth_columns(plan->kernels, &plan->rows, &plan->columns, scratch + plan->noise,
                              scratch + plan->smoothed);
}

static mcnn_warp warp_of(const mcnn_augment_plan *plan, const mcnn_affine *affine, uint32_t row) {
  return (mcnn_warp){.row_start = affine->offset[0] + affine->matrix[0][0] * row,
                     .row_step = affine->matrix[0][1],
                     .column_start = affine->offset[1] + affine->matrix[1][0] * row,
                     .column_step = affine->matrix[1][1],
                     .height = plan->height,
                     .width = plan->width};
}

/* The rows [begin, end), at most ROWS of them: one a call took a quarter longer without a field. */
static void warp_rows_smooth(const mcnn_augment_plan *plan, const mcnn_affine *affine,
                             uint32_t begin, uint32_t end, const mcnn_warp_source *source,
                             float *scratch, float *target) {
  const size_t step = mcnn_elastic_step(plan->width);
  float *const values = scratch + plan->field;
  const mcnn_warp_field field = {.amount = plan->augment.elastic_pixels,
                                 .rows = values,
                                 .columns = values + step,
                                 .step = is_elastic(&plan->augment) ? 2 * step : 0};
  mcnn_warp warps[ROWS];

  for (uint32_t row = begin; row < end; row++) {
    warps[row - begin] = warp_of(plan, affine, row);
    if (is_elastic(&plan->augment)) {
      mcnn_elastic_row(plan->kernels, &plan->rows, &plan->columns, scratch + plan->smoothed, row,
                       values + (row - begin) * field.step);
    }
  }
  plan->kernels->warp_smooth(warps, end - begin, &field, source, target);
}

/* The same for the kinds of Keras, row by row. */
static void warp_rows_keras(const mcnn_augment_plan *plan, const mcnn_affine *affine,
                            uint32_t begin, uint32_t end, const mcnn_warp_source *source,
                            const uint8_t *pixels, float *scratch, float *target) {
  void *const offset = scratch + plan->offset;

  for (uint32_t row = begin; row < end; row++, target += (size_t)plan->width * plan->channels) {
    const mcnn_warp warp = warp_of(plan, affine, row);
    if (plan->augment.kind == MNISTCNN_AUGMENT_KERAS_2_0) {
      plan->kernels->warp_nearest(&warp, offset);
      mcnn_warp_look_up(plan->width, plan->channels, offset, pixels, plan->scaled, target);
    } else {
      mcnn_warp_edge(&warp, source, target);
    }
  }
}

static void prepare_pixels(const mcnn_augment_plan *plan, const mcnn_draw *draw,
                           const uint8_t *pixels, float *scratch) {
  const uint32_t height = plan->height, width = plan->width, channels = plan->channels;
  const int dilate = has_dilation(&plan->augment);
  float *const padded = scratch + (dilate ? plan->unchanged : plan->padded);

  mcnn_sample_pad(pixels, height, width, channels, padded);
  if (dilate) {
    mcnn_sample_dilate(padded, height, width, channels, (float)draw->dilation,
                       scratch + plan->padded);
  }
}

void mcnn_augment_warp(const mcnn_augment_plan *plan, const mcnn_draw *draw, mcnn_rng *rng,
                       const uint8_t *pixels, float *intensities, float *scratch) {
  const mcnn_affine affine = mcnn_affine_of(plan->augment.kind, draw, plan->height, plan->width);
  const size_t row_floats = (size_t)plan->width * plan->channels;
  const mcnn_warp_source source = {.padded = scratch + plan->padded,
                                   .channels = plan->channels,
                                   .scale = plan->scale,
                                   .shift = plan->shift};

  assert(plan->augment.kind != MNISTCNN_AUGMENT_NONE);
  if (is_bilinear(&plan->augment))
    prepare_pixels(plan, draw, pixels, scratch);
  if (is_elastic(&plan->augment))
    prepare_field(plan, rng, scratch);
  else if (plan->augment.kind == MNISTCNN_AUGMENT_AFFINE_ELASTIC)
    memset(scratch + plan->field, 0, sizeof *scratch * 2 * mcnn_elastic_step(plan->width));
  for (uint32_t row = 0; row < plan->height; row += ROWS) {
    const uint32_t end = plan->height - row < ROWS ? plan->height : row + ROWS;
    float *const target = intensities + row * row_floats;
    if (plan->augment.kind == MNISTCNN_AUGMENT_AFFINE_ELASTIC)
      warp_rows_smooth(plan, &affine, row, end, &source, scratch, target);
    else
      warp_rows_keras(plan, &affine, row, end, &source, pixels, scratch, target);
  }
  for (uint32_t row = 0; draw->flip && row < plan->height; row++)
    flip_row(intensities + row * row_floats, plan->width, plan->channels);
}

void mcnn_augment_image(const mcnn_augment_plan *plan, uint64_t seed, uint32_t epoch,
                        uint64_t sample, const uint8_t *pixels, float *intensities,
                        float *scratch) {
  if (plan->augment.kind == MNISTCNN_AUGMENT_NONE) {
    plan->kernels->scale_u8((size_t)plan->height * plan->width * plan->channels, pixels,
                            plan->scale, plan->shift, intensities);
    return;
  }
  mcnn_rng rng = mcnn_rng_stream(seed, MCNN_RNG_AUGMENT, epoch, sample);
  const mcnn_draw draw = draw_parameters(plan, &rng);
  mcnn_augment_warp(plan, &draw, &rng, pixels, intensities, scratch);
}
