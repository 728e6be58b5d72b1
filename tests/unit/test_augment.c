/* Augmentation: the warps against values computed independently (tests/golden/image_values.py), and
 * the draws against what is promised of them. */
#include "../golden/image_values.h"
#include "data/augment.h"
#include "data/elastic.h"
#include "support.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { num_warps = sizeof value_warps / sizeof value_warps[0], max_values = 28 * 28 };

/* What create_plan() makes plans for. */
static mcnn_isa plan_isa;

static mcnn_augment_plan *create_plan(const mcnn_augment *augment, uint32_t height, uint32_t width,
                                      uint32_t channels, float scale, float offset,
                                      float **scratch) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  mcnn_augment_plan *plan = NULL;
  assert_int_equal(mcnn_augment_plan_create(augment, height, width, channels, scale, offset,
                                            mcnn_kernels_for(plan_isa), &alloc, &plan),
                   MNISTCNN_OK);
  *scratch = malloc((mcnn_augment_scratch_floats(plan) + 1) * sizeof **scratch);
  assert_non_null(*scratch);
  return plan;
}

static void fill(uint8_t *pixels, size_t count, uint32_t seed) {
  for (size_t i = 0; i < count; i++)
    pixels[i] = test_byte(&seed);
}

/* --- known values ----------------------------------------------------------------------------- */

/* One warp with given parameters, times scale plus offset. Returns the number of values. */
static size_t warp(int32_t kind, size_t index, double shear_factor, float scale, float offset,
                   float *values) {
  const value_warp *const w = &value_warps[index];
  const mcnn_augment augment = {.kind = kind, .elastic_pixels = w->elastic};
  const mcnn_draw draw = {.rotation = w->rotation,
                          .shear = w->shear * shear_factor,
                          .zoom = {w->zx, w->zy},
                          .shift = {w->tx, w->ty},
                          .flip = w->flip};
  const size_t count = (size_t)w->height * w->width * w->channels;
  uint8_t pixels[max_values];
  float *scratch;
  mcnn_rng rng = mcnn_rng_stream(1, MCNN_RNG_TEST, 2, 3);

  fill(pixels, count, (uint32_t)(200 + index));
  mcnn_augment_plan *const plan =
      create_plan(&augment, w->height, w->width, w->channels, scale, offset, &scratch);
  mcnn_augment_warp(plan, &draw, &rng, pixels, values, scratch);
  mcnn_augment_plan_free(plan);
  free(scratch);
  return count;
}

static void keras_2_0_is_exact(void **state) {
  const uint8_t *want = value_warp_keras_2_0;
  float values[max_values];
  (void)state;
  for (size_t i = 0; i < num_warps; i++) {
    const size_t count = warp(MNISTCNN_AUGMENT_KERAS_2_0, i, 1.0, 1.0f, 0.0f, values);
    for (size_t k = 0; k < count; k++)
      assert_true(values[k] == want[k]);
    want += count;
  }
}

static void check_near(int32_t kind, double shear_factor, float tolerance, const float *want) {
  float values[max_values], scaled[max_values];
  for (size_t i = 0; i < num_warps; i++) {
    const size_t count = warp(kind, i, shear_factor, 1.0f, 0.0f, values);
    warp(kind, i, shear_factor, 0.5f, -3.0f, scaled);
    for (size_t k = 0; k < count; k++) {
      if (!(fabsf(values[k] - want[k]) <= tolerance))
        fail_msg("warp %zu, value %zu: %f, not %f", i, k, (double)values[k], (double)want[k]);
      assert_true(fabsf(values[k] * 0.5f - 3.0f - scaled[k]) < 1e-4f);
    }
    want += count;
  }
}

static void keras_2_9_matches(void **state) {
  (void)state;
  check_near(MNISTCNN_AUGMENT_KERAS_2_9, 50.0, 1e-4f, value_warp_keras_2_9);
}

/* Coordinates are in single precision: at 30 pixels an error of some 1e-6 of a pixel, times 255. */
static void smooth_matches(void **state) {
  (void)state;
  check_near(MNISTCNN_AUGMENT_AFFINE_ELASTIC, 1.0, 5e-3f, value_warp_smooth);
}

static void no_augmentation_is_a_conversion(void **state) {
  const mcnn_augment none = {.kind = MNISTCNN_AUGMENT_NONE, .horizontal_flip = 1, .zoom = 0.5f};
  uint8_t pixels[256];
  float values[256], *scratch;
  (void)state;
  for (int i = 0; i < 256; i++)
    pixels[i] = (uint8_t)i;
  mcnn_augment_plan *const plan = create_plan(&none, 16, 16, 1, 1.0f / 255.0f, 2.0f, &scratch);
  mcnn_augment_image(plan, 1, 1, 1, pixels, values, scratch);
  for (int i = 0; i < 256; i++)
    assert_true(fabsf(values[i] - ((float)i / 255.0f + 2.0f)) < 1e-6f);
  mcnn_augment_plan_free(plan);
  free(scratch);
}

static void ranges_of_zero_change_nothing(void **state) {
  uint8_t pixels[9 * 11 * 3];
  float values[9 * 11 * 3], *scratch;
  (void)state;
  fill(pixels, sizeof pixels, 5);
  for (int32_t kind = MNISTCNN_AUGMENT_NONE; kind <= MNISTCNN_AUGMENT_AFFINE_ELASTIC; kind++) {
    const mcnn_augment still = {.kind = kind};
    mcnn_augment_plan *const plan = create_plan(&still, 9, 11, 3, 1.0f, 0.0f, &scratch);
    mcnn_augment_image(plan, 1, 2, 3, pixels, values, scratch);
    for (size_t i = 0; i < sizeof pixels; i++)
      assert_true(values[i] == pixels[i]);
    mcnn_augment_plan_free(plan);
    free(scratch);
  }
}

/* --- draws ------------------------------------------------------------------------------------ */

static const mcnn_augment everything[] = {
    {MNISTCNN_AUGMENT_KERAS_2_0, 1, 10.0f, 0.2f, 0.2f, 0.1f, 0.0f, 0.0f},
    {MNISTCNN_AUGMENT_KERAS_2_9, 1, 10.0f, 5.0f, 0.2f, 0.1f, 0.0f, 0.0f},
    {MNISTCNN_AUGMENT_AFFINE_ELASTIC, 1, 10.0f, 0.2f, 0.2f, 2.0f, 0.7f, 0.4f},
};

/* Each sample of each epoch is another one; the same again in any order and with dirty scratch. */
static void samples_depend_on_seed_epoch_and_index_alone(void **state) {
  static const uint64_t keys[][3] = {{1, 1, 0}, {1, 1, 1}, {1, 2, 0}, {2, 1, 0}, {1, 1, 60000}};
  enum { count = sizeof keys / sizeof keys[0] };
  uint8_t pixels[max_values];
  (void)state;
  fill(pixels, sizeof pixels, 6);
  for (size_t kind = 0; kind < 3; kind++) {
    float values[count][max_values], again[max_values], *scratch;
    mcnn_augment_plan *const plan = create_plan(&everything[kind], 28, 28, 1, 1, 0, &scratch);
    for (size_t i = 0; i < count; i++) {
      mcnn_augment_image(plan, keys[i][0], (uint32_t)keys[i][1], keys[i][2], pixels, values[i],
                         scratch);
      for (size_t k = 0; k < i; k++)
        assert_memory_not_equal(values[i], values[k], sizeof values[i]);
    }
    for (size_t i = count; i-- > 0;) {
      memset(scratch, 0xFF, mcnn_augment_scratch_floats(plan) * sizeof *scratch);
      mcnn_augment_image(plan, keys[i][0], (uint32_t)keys[i][1], keys[i][2], pixels, again,
                         scratch);
      assert_memory_equal(again, values[i], sizeof again);
    }
    mcnn_augment_plan_free(plan);
    free(scratch);
  }
}

/* With nothing but the flip on, each image is either itself or its mirror image, half and half. */
static void every_second_image_is_flipped(void **state) {
  enum { draws = 10000 };
  const mcnn_augment flip = {.kind = MNISTCNN_AUGMENT_KERAS_2_0, .horizontal_flip = 1};
  const uint8_t pixels[2 * 3] = {1, 2, 3, 4, 5, 6};
  float values[6], *scratch;
  int flipped = 0;
  (void)state;
  mcnn_augment_plan *const plan = create_plan(&flip, 2, 3, 1, 1.0f, 0.0f, &scratch);
  for (uint64_t i = 0; i < draws; i++) {
    mcnn_augment_image(plan, 1, 1, i, pixels, values, scratch);
    const int mirrored = values[0] == 3.0f;
    for (size_t k = 0; k < 6; k++)
      assert_true(values[k] == pixels[mirrored ? k / 3 * 3 + 2 - k % 3 : k]);
    flipped += mirrored;
  }
  assert_true(abs(flipped - draws / 2) < 200); /* four deviations */
  mcnn_augment_plan_free(plan);
  free(scratch);
}

/* A vertical ramp shifted by t rises by t everywhere inside: the shifts can be read off. */
static void shifts_are_uniform_in_their_range(void **state) {
  enum { draws = 4000, side = 16 };
  const mcnn_augment shift = {.kind = MNISTCNN_AUGMENT_AFFINE_ELASTIC, .shift = 2.0f};
  uint8_t pixels[side * side];
  float values[side * side], *scratch;
  double sum = 0.0, squares = 0.0;
  (void)state;
  for (size_t i = 0; i < sizeof pixels; i++)
    pixels[i] = (uint8_t)(10 * (i / side));
  mcnn_augment_plan *const plan = create_plan(&shift, side, side, 1, 1.0f, 0.0f, &scratch);
  for (uint64_t i = 0; i < draws; i++) {
    mcnn_augment_image(plan, 1, 1, i, pixels, values, scratch);
    const double t = ((double)values[8 * side + 8] - 80.0) / 10.0;
    assert_true(fabs(t) <= 2.0 + 1e-5);
    sum += t / draws;
    squares += t * t / draws;
  }
  assert_true(fabs(sum) < 0.08);                 /* four deviations */
  assert_true(fabs(squares - 4.0 / 3.0) < 0.08); /* of the uniform distribution */
  mcnn_augment_plan_free(plan);
  free(scratch);
}

/* Keras takes shifts as fractions of the side they go along: of 0.2, up to 4 of 20 pixels. With an
 * image of `rows` or of columns that count up, returns the largest shift of many. */
static int largest_keras_shift(int rows) {
  enum { longer = 20, shorter = 5, draws = 200 };
  const mcnn_augment augment = {.kind = MNISTCNN_AUGMENT_KERAS_2_0, .shift = 0.2f};
  const uint32_t height = rows ? longer : shorter, width = rows ? shorter : longer;
  uint8_t pixels[longer * shorter];
  float values[longer * shorter], *scratch;
  int largest = 0;
  for (uint32_t i = 0; i < longer * shorter; i++)
    pixels[i] = (uint8_t)(rows ? i / width : i % width);
  mcnn_augment_plan *const plan = create_plan(&augment, height, width, 1, 1.0f, 0.0f, &scratch);
  for (uint64_t i = 0; i < draws; i++) {
    mcnn_augment_image(plan, 1, 1, i, pixels, values, scratch);
    const int shift = abs((int)values[height / 2 * width + width / 2] - longer / 2);
    largest = shift > largest ? shift : largest;
  }
  mcnn_augment_plan_free(plan);
  free(scratch);
  return largest;
}

static void keras_shifts_are_fractions_of_their_side(void **state) {
  (void)state;
  assert_int_equal(largest_keras_shift(1), 4);
  assert_int_equal(largest_keras_shift(0), 4);
}

/* The same seed flips the same images in every version: the flip is the top bit of the seventh
 * number of an image's stream, after rotation, shear, two zooms and two shifts. */
static void flips_are_the_top_bit_of_the_seventh_number(void **state) {
  enum { draws = 64 };
  const mcnn_augment augment = {.kind = MNISTCNN_AUGMENT_KERAS_2_0, .horizontal_flip = 1};
  const uint8_t pixels[2] = {10, 20};
  float values[2], *scratch;
  (void)state;
  mcnn_augment_plan *const plan = create_plan(&augment, 1, 2, 1, 1.0f, 0.0f, &scratch);
  for (uint64_t i = 0; i < draws; i++) {
    mcnn_rng rng = mcnn_rng_stream(7, MCNN_RNG_AUGMENT, 3, i);
    for (int number = 1; number < 7; number++)
      (void)mcnn_rng_u32(&rng);
    const int flipped = mcnn_rng_u32(&rng) >> 31 == 1;
    mcnn_augment_image(plan, 7, 3, i, pixels, values, scratch);
    assert_true(values[0] == (flipped ? 20.0f : 10.0f));
  }
  mcnn_augment_plan_free(plan);
  free(scratch);
}

/* --- dilation --------------------------------------------------------------------------------- */

enum { dilation_height = 9, dilation_width = 11, dilation_channels = 3 };

/* Of an image with zeros around it. */
static double dilation_pixel(const uint8_t *pixels, int r, int c, int channel) {
  if (r < 0 || c < 0 || r >= dilation_height || c >= dilation_width)
    return 0.0;
  return pixels[(r * dilation_width + c) * dilation_channels + channel];
}

/* As the header says it, one pixel at a time. */
static double dilated(const uint8_t *pixels, int r, int c, int channel, double amount) {
  const double self = dilation_pixel(pixels, r, c, channel);
  double low = self, high = self;
  for (int k = 0; k < 4; k++) {
    static const int steps[4][2] = {{-1, 0}, {1, 0}, {0, -1}, {0, 1}};
    const double other = dilation_pixel(pixels, r + steps[k][0], c + steps[k][1], channel);
    low = fmin(low, other);
    high = fmax(high, other);
  }
  return amount > 0 ? self + amount * (high - self) : self + amount * (self - low);
}

static void dilation_and_erosion(void **state) {
  static const double amounts[] = {-1.0, -0.3, 0.0, 0.25, 1.0};
  const mcnn_augment augment = {.kind = MNISTCNN_AUGMENT_AFFINE_ELASTIC, .dilation = 1.0f};
  uint8_t pixels[dilation_height * dilation_width * dilation_channels];
  float values[sizeof pixels], *scratch;
  (void)state;
  fill(pixels, sizeof pixels, 8);
  mcnn_augment_plan *const plan = create_plan(&augment, dilation_height, dilation_width,
                                              dilation_channels, 1.0f, 0.0f, &scratch);
  for (size_t a = 0; a < sizeof amounts / sizeof amounts[0]; a++) {
    const mcnn_draw draw = {.zoom = {1.0, 1.0}, .dilation = amounts[a]};
    mcnn_augment_warp(plan, &draw, NULL, pixels, values, scratch);
    for (int i = 0; i < (int)sizeof pixels; i++) {
      const int pixel = i / dilation_channels;
      const double want = dilated(pixels, pixel / dilation_width, pixel % dilation_width,
                                  i % dilation_channels, amounts[a]);
      assert_true(fabs((double)values[i] - want) < 1e-3);
    }
  }
  mcnn_augment_plan_free(plan);
  free(scratch);
}

/* One bright pixel: how far it or its neighbours moved says what was drawn. */
static void dilation_is_uniform_in_its_range(void **state) {
  enum { draws = 4000 };
  const mcnn_augment augment = {.kind = MNISTCNN_AUGMENT_AFFINE_ELASTIC, .dilation = 0.5f};
  const uint8_t pixels[9] = {0, 0, 0, 0, 200, 0, 0, 0, 0};
  float values[9], *scratch;
  double sum = 0.0, squares = 0.0;
  (void)state;
  mcnn_augment_plan *const plan = create_plan(&augment, 3, 3, 1, 1.0f, 0.0f, &scratch);
  for (uint64_t i = 0; i < draws; i++) {
    mcnn_augment_image(plan, 1, 1, i, pixels, values, scratch);
    const double amount = (double)(values[4] + values[1]) / 200.0 - 1.0;
    assert_true(fabs(amount) <= 0.5 + 1e-6);
    assert_true(values[1] == 0.0f || values[4] == 200.0f);
    sum += amount / draws;
    squares += amount * amount / draws;
  }
  assert_true(fabs(sum) < 0.02);                   /* four deviations */
  assert_true(fabs(squares - 0.25 / 3.0) < 0.005); /* of the uniform distribution */
  mcnn_augment_plan_free(plan);
  free(scratch);
}

/* --- elastic field ---------------------------------------------------------------------------- */

static void noise_has_mean_0_and_variance_1(void **state) {
  enum { draws = 100000 };
  float *const noise = malloc(draws * sizeof *noise);
  mcnn_rng rng = mcnn_rng_stream(3, MCNN_RNG_TEST, 0, 0);
  double sum = 0.0, squares = 0.0;
  (void)state;
  mcnn_elastic_noise(mcnn_kernels_for(MCNN_ISA_PORTABLE), &rng, noise, draws);
  for (size_t i = 0; i < draws; i++) {
    sum += (double)noise[i] / draws;
    squares += (double)noise[i] * (double)noise[i] / draws;
  }
  assert_true(fabs(sum) < 0.016);
  assert_true(fabs(squares - 1.0) < 0.02);
  free(noise);
}

/* Each pixel's weights have length 1, so its deviation is that of the noise: on any side. */
static void weights_have_length_1(void **state) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  (void)state;
  for (uint32_t side = 1; side <= 300; side++) {
    mcnn_elastic_axis axis = {0};
    assert_int_equal(mcnn_elastic_axis_create(side, &alloc, &axis), MNISTCNN_OK);
    for (uint32_t i = 0; i < side; i++) {
      double squares = 0.0;
      assert_true(axis.first[i] + MCNN_ELASTIC_REACH <= axis.nodes);
      for (size_t b = 0; b < MCNN_ELASTIC_REACH; b++)
        squares += pow((double)axis.weights[b * axis.step + i], 2.0);
      assert_true(fabs(squares - 1.0) < 1e-6);
    }
    mcnn_elastic_axis_free(&axis, &alloc);
  }
}

static mnistcnn_status create_and_free(const mcnn_alloc *alloc, void *context) {
  mcnn_augment_plan *plan = NULL;
  const mnistcnn_status status = mcnn_augment_plan_create(context, 28, 28, 1, 1.0f, 0.0f,
                                                          mcnn_kernels_for(plan_isa), alloc, &plan);
  mcnn_augment_plan_free(plan);
  return status;
}

static void every_failing_allocation_is_survived(void **state) {
  mcnn_augment augment = everything[2];
  (void)state;
  assert_int_equal(test_every_allocation(create_and_free, &augment), 5);
}

enum { odd_height = 29, odd_width = 27, odd_values = odd_height * odd_width * 3 };

static void augment_with(mcnn_isa isa, const mcnn_augment *augment, uint32_t channels,
                         const uint8_t *pixels, float *values) {
  float *scratch;
  plan_isa = isa;
  mcnn_augment_plan *plan =
      create_plan(augment, odd_height, odd_width, channels, 0.5f, -1.0f, &scratch);
  mcnn_augment_image(plan, 1, 2, 3, pixels, values, scratch);
  mcnn_augment_plan_free(plan);
  free(scratch);
  plan_isa = MCNN_ISA_PORTABLE;
}

/* Warps and fields are the same bytes on every instruction set, at sizes that leave lanes over. */
static void instruction_sets_agree_on(const mcnn_augment *augment) {
  uint8_t pixels[odd_values];
  float want[odd_values], got[odd_values];
  for (size_t i = 0; i < sizeof pixels; i++)
    pixels[i] = (uint8_t)(i * 37 % 256);
  for (uint32_t channels = 1; channels <= 3; channels += 2) {
    for (int isa = MCNN_ISA_PORTABLE + 1; isa < MCNN_ISA_COUNT; isa++) {
      if (!mcnn_isa_available((mcnn_isa)isa))
        continue;
      augment_with(MCNN_ISA_PORTABLE, augment, channels, pixels, want);
      augment_with((mcnn_isa)isa, augment, channels, pixels, got);
      assert_memory_equal(got, want, odd_values / 3 * channels * sizeof *want);
    }
  }
}

static void instruction_sets_agree(void **state) {
  const mcnn_augment smooth = {.kind = MNISTCNN_AUGMENT_AFFINE_ELASTIC,
                               .rotation = 10,
                               .zoom = 0.1f,
                               .shift = 3,
                               .elastic_pixels = 0.7f,
                               .dilation = 0.4f};
  const mcnn_augment keras = {
      .kind = MNISTCNN_AUGMENT_KERAS_2_0, .rotation = 10, .shear = 0.2f, .zoom = 0.3f, .shift = 3};
  (void)state;
  instruction_sets_agree_on(&smooth);
  instruction_sets_agree_on(&keras);
}

/* Also halfway between two pixels, far outside and nowhere. */
static void nearest_pixels_agree(void **state) {
  const double places[] = {0, -0.0, 0.5,   1.5,    2.4999999999999996, -0.7,
                           6, 6.5,  1e300, -1e300, (double)INFINITY,   (double)NAN};
  enum { count = sizeof places / sizeof *places, widest = 21, height = 7 };
  int32_t want[widest + MCNN_WARP_PIXELS], got[widest + MCNN_WARP_PIXELS];
  (void)state;
  for (size_t i = 0; i < count * count; i++) {
    for (uint32_t width = 1; width <= widest; width++) {
      const mcnn_warp warp = {places[i / count],
                              0.125 * (double)(i % 3),
                              places[i % count],
                              0.5 + 0.25 * (double)(i % 4),
                              height,
                              width};
      mcnn_kernels_for(MCNN_ISA_PORTABLE)->warp_nearest(&warp, want);
      for (uint32_t c = 0; c < width; c++)
        assert_in_range(want[c], 0, height * width - 1);
      for (int isa = MCNN_ISA_PORTABLE + 1; isa < MCNN_ISA_COUNT; isa++) {
        if (!mcnn_isa_available((mcnn_isa)isa))
          continue;
        mcnn_kernels_for((mcnn_isa)isa)->warp_nearest(&warp, got);
        assert_memory_equal(got, want, width * sizeof *want);
      }
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(instruction_sets_agree),
      cmocka_unit_test(nearest_pixels_agree),
      cmocka_unit_test(keras_2_0_is_exact),
      cmocka_unit_test(keras_2_9_matches),
      cmocka_unit_test(smooth_matches),
      cmocka_unit_test(no_augmentation_is_a_conversion),
      cmocka_unit_test(ranges_of_zero_change_nothing),
      cmocka_unit_test(samples_depend_on_seed_epoch_and_index_alone),
      cmocka_unit_test(every_second_image_is_flipped),
      cmocka_unit_test(shifts_are_uniform_in_their_range),
      cmocka_unit_test(keras_shifts_are_fractions_of_their_side),
      cmocka_unit_test(flips_are_the_top_bit_of_the_seventh_number),
      cmocka_unit_test(dilation_and_erosion),
      cmocka_unit_test(dilation_is_uniform_in_its_range),
      cmocka_unit_test(noise_has_mean_0_and_variance_1),
      cmocka_unit_test(weights_have_length_1),
      cmocka_unit_test(every_failing_allocation_is_survived),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
