/* Resizing and colour conversion against values computed independently
 * (tests/golden/image_values.py) and against what must hold for any size. */
#include "../golden/image_values.h"
#include "image/fit.h"
#include "image/pixels.h"
#include "image/resize.h"
#include "image_args.h"
#include "support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { num_resizes = sizeof value_resizes / sizeof value_resizes[0], max_bytes = 28 * 28 * 3 };

static void fill(uint8_t *pixels, size_t count, uint32_t seed) {
  for (size_t i = 0; i < count; i++)
    pixels[i] = test_byte(&seed);
}

static void check_against(int32_t resize, const uint8_t *want) {
  for (size_t i = 0; i < num_resizes; i++) {
    const uint32_t *const c = value_resizes[i];
    const mcnn_shape from = {c[0], c[1], c[2]}, to = {c[3], c[4], c[2]};
    uint8_t source[max_bytes], got[max_bytes];
    fill(source, mcnn_shape_bytes(&from), (uint32_t)(100 + i));
    assert_int_equal(mnistcnn_image_resize(IMAGE(source, c[0], c[1], c[2]), resize, c[3], c[4], got,
                                           (size_t)(c[3]) * (c[4]) * (c[2])),
                     MNISTCNN_OK);
    assert_memory_equal(got, want, mcnn_shape_bytes(&to));
    want += mcnn_shape_bytes(&to);
  }
}

static void smooth_matches_exact_fractions(void **state) {
  (void)state;
  check_against(MNISTCNN_RESIZE_AREA_BILINEAR, value_resize_smooth);
}

static void nearest_matches_pillow(void **state) {
  (void)state;
  check_against(MNISTCNN_RESIZE_NEAREST, value_resize_nearest);
}

/* Plain images stay plain at the largest sides, so the weights add up without overflow. */
static void plain_images_stay_plain(void **state) {
  static const uint32_t sides[] = {1, 2, 3, 27, 28, 29, 1000, 4095, 4096};
  enum { count = sizeof sides / sizeof sides[0] };
  uint8_t *const source = malloc(4096), *const target = malloc(4096);
  (void)state;
  memset(source, 255, 4096);
  for (size_t i = 0; i < count * count * 2; i++) {
    const uint32_t a = sides[i % count], b = sides[i / count % count];
    const mcnn_shape from = {i % 2 ? a : 1, i % 2 ? 1 : a, 1},
                     to = {i % 2 ? b : 1, i % 2 ? 1 : b, 1};
    for (int32_t resize = 0; resize <= 1; resize++) {
      memset(target, 0, 4096);
      mcnn_resize(source, &from, resize, target, &to);
      for (size_t k = 0; k < b; k++)
        assert_int_equal(target[k], 255);
    }
  }
  free(source);
  free(target);
}

static void a_large_image_shrinks_to_its_mean(void **state) {
  const mcnn_shape from = {4096, 4096, 1}, to = {1, 1, 1};
  const size_t count = (size_t)4096 * 4096;
  uint8_t *const source = malloc(count), mean = 0;
  uint64_t sum = 0;
  (void)state;
  fill(source, count, 1);
  for (size_t i = 0; i < count; i++)
    sum += source[i];
  mcnn_resize(source, &from, MNISTCNN_RESIZE_AREA_BILINEAR, &mean, &to);
  assert_int_equal(mean, (sum + count / 2) / count);
  free(source);
}

/* fit = resize of every channel, whatever comes first inside. */
static void fit_changes_size_and_channels(void **state) {
  uint8_t gray[35], rgb[105], scratch[105], got[90], want[90];
  const mcnn_shape gray_shape = {5, 7, 1}, rgb_shape = {5, 7, 3};
  const mcnn_shape small_gray = {6, 5, 1}, small_rgb = {6, 5, 3};
  (void)state;
  fill(gray, sizeof gray, 1);
  fill(rgb, sizeof rgb, 2);

  memcpy(scratch, gray, sizeof gray);
  mcnn_image_fit(scratch, &gray_shape, MNISTCNN_RESIZE_AREA_BILINEAR, got, &small_rgb);
  memcpy(scratch, gray, sizeof gray);
  mcnn_gray_to_rgb(scratch, sizeof gray);
  for (size_t i = 0; i < sizeof rgb; i++)
    assert_int_equal(scratch[i], gray[i / 3]);
  mcnn_resize(scratch, &rgb_shape, MNISTCNN_RESIZE_AREA_BILINEAR, want, &small_rgb);
  assert_memory_equal(got, want, sizeof want);

  memcpy(scratch, rgb, sizeof rgb);
  mcnn_image_fit(scratch, &rgb_shape, MNISTCNN_RESIZE_NEAREST, got, &small_gray);
  mcnn_rgb_to_gray(rgb, sizeof gray);
  mcnn_resize(rgb, &gray_shape, MNISTCNN_RESIZE_NEAREST, want, &small_gray);
  assert_memory_equal(got, want, 30);
}

/* The whole cube in steps, against Pillow's formula. */
static void luma_is_pillows(void **state) {
  (void)state;
  for (unsigned r = 0; r < 256; r += 15) {
    for (unsigned g = 0; g < 256; g += 15) {
      for (unsigned b = 0; b < 256; b += 15) {
        uint8_t pixel[3] = {(uint8_t)r, (uint8_t)g, (uint8_t)b};
        mcnn_rgb_to_gray(pixel, 1);
        assert_int_equal(pixel[0], (r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16);
      }
    }
  }
}

static void shape_bytes_are_checked(void **state) {
  const mcnn_shape plain = {28, 28, 3}, vast = {UINT32_MAX, UINT32_MAX, 3};
  (void)state;
  assert_int_equal(mcnn_shape_bytes(&plain), 2352);
  assert_int_equal(mcnn_shape_bytes(&vast), 0);
}

static void wrong_arguments(void **state) {
  uint8_t source[4] = {0}, target[4] = {1};
  (void)state;
#define REFUSED(source, h, w, k, resize, target, th, tw)                                           \
  assert_int_equal(mnistcnn_image_resize(IMAGE(source, h, w, k), resize, th, tw, target,           \
                                         (size_t)(th) * (tw) * (k)),                               \
                   MNISTCNN_INVALID_ARGUMENT)
  REFUSED(NULL, 2, 2, 1, 0, target, 2, 2);
  REFUSED(source, 2, 2, 1, 0, NULL, 2, 2);
  REFUSED(source, 0, 2, 1, 0, target, 2, 2);
  REFUSED(source, 2, 2, 2, 0, target, 2, 2);
  REFUSED(source, 2, 2, 1, 2, target, 2, 2);
  REFUSED(source, 2, 2, 1, 0, target, 2, 4097);
  REFUSED(source, 2, 2, 1, 0, target, 0, 2);
  assert_int_equal(target[0], 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(smooth_matches_exact_fractions),
      cmocka_unit_test(nearest_matches_pillow),
      cmocka_unit_test(plain_images_stay_plain),
      cmocka_unit_test(a_large_image_shrinks_to_its_mean),
      cmocka_unit_test(fit_changes_size_and_channels),
      cmocka_unit_test(luma_is_pillows),
      cmocka_unit_test(shape_bytes_are_checked),
      cmocka_unit_test(wrong_arguments),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
