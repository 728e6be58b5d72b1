/* JPEG: the pixels that Pillow decodes, and files that are broken in every way. */
#include "../golden/jpeg_values.h"
#include "base/status.h"
#include "image/decoder.h"
#include "image/pixels.h"
#include "support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { NUM_VALUES = sizeof jpeg_values / sizeof jpeg_values[0], MAX_FILE = 2048 };

static const mcnn_image_need all = {0, 0};

static const struct jpeg_value *value_named(const char *name) {
  for (size_t i = 0; i < NUM_VALUES; i++)
    if (strcmp(jpeg_values[i].name, name) == 0)
      return &jpeg_values[i];
  fail_msg("no file %s", name);
  return NULL;
}

typedef struct reader {
  mcnn_alloc alloc;
  mcnn_image_decoder *decoder;
  uint8_t *pixels;
  mcnn_shape shape;
} reader;

static int set_up(void **state) {
  reader *const r = calloc(1, sizeof *r);
  r->alloc = mcnn_alloc_default();
  assert_int_equal(mcnn_image_decoder_create(&r->alloc, 0, &r->decoder), MNISTCNN_OK);
  *state = r;
  return 0;
}

static int tear_down(void **state) {
  reader *const r = *state;
  mcnn_image_decoder_free(r->decoder);
  free(r);
  return 0;
}

static mnistcnn_status decode(reader *r, const void *data, size_t size) {
  const mcnn_image_file file = {data, size, "the label"};
  r->pixels = NULL;
  const mnistcnn_status status = mcnn_image_decode(r->decoder, &file, &r->pixels, &r->shape);
  if (status != MNISTCNN_OK) {
    assert_null(r->pixels);
    assert_memory_equal(mcnn_last_error(), "the label: ", 11);
  }
  return status;
}

static void assert_warning(const reader *r, const char *part) {
  if (!strstr(mcnn_image_decoder_warning(r->decoder), part))
    fail_msg("the warning is \"%s\"", mcnn_image_decoder_warning(r->decoder));
}

/* --- pixels ----------------------------------------------------------------------------------- */

static void pixels_are_those_of_pillow(void **state) {
  reader *const r = *state;

  for (size_t i = 0; i < NUM_VALUES; i++) {
    const struct jpeg_value *const v = &jpeg_values[i];
    const mcnn_image_file file = {v->file, v->size_bytes, "x"};
    const mcnn_shape shape = {v->shape.height, v->shape.width, v->shape.channels};
    mcnn_image_info info;
    assert_int_equal(mcnn_image_read_info(&file, &all, &info), MNISTCNN_OK);
    assert_memory_equal(&info.shape, &shape, sizeof shape);
    assert_int_equal(info.format, MNISTCNN_IMAGE_FORMAT_JPEG);
    assert_int_equal(info.has_alpha, 0);
    assert_int_equal(decode(r, v->file, v->size_bytes), MNISTCNN_OK);
    assert_memory_equal(&r->shape, &shape, sizeof shape);
    assert_memory_equal(r->pixels, v->pixels, mcnn_shape_bytes(&shape));
    assert_string_equal(mcnn_image_decoder_warning(r->decoder), "");
  }
}

static void alpha_is_opaque(void **state) {
  reader *const r = *state;
  static const char *const names[] = {"gray", "colour_420", "cmyk"};

  mcnn_image_decoder_free(r->decoder);
  assert_int_equal(mcnn_image_decoder_create(&r->alloc, 1, &r->decoder), MNISTCNN_OK);
  for (size_t i = 0; i < 3; i++) {
    const struct jpeg_value *const v = value_named(names[i]);
    const uint32_t channels = v->shape.channels;
    assert_int_equal(decode(r, v->file, v->size_bytes), MNISTCNN_OK);
    assert_int_equal(r->shape.channels, channels + 1);
    for (size_t p = 0; p < (size_t)v->shape.height * v->shape.width; p++) {
      assert_memory_equal(r->pixels + p * (channels + 1), v->pixels + p * channels, channels);
      assert_int_equal(r->pixels[p * (channels + 1) + channels], 255);
    }
  }
}

/* --- reducing --------------------------------------------------------------------------------- */

static uint32_t factor_of(uint32_t height, uint32_t width, mcnn_image_need need) {
  unsigned char header[] = {0xFF, 0xD8, 0xFF, 0xC0, 0, 11, 8, 0, 0, 0, 0, 1, 1, 0x11, 0};
  const mcnn_image_file file = {header, sizeof header, "x"};
  mcnn_image_info info;

  header[7] = (unsigned char)(height >> 8);
  header[8] = (unsigned char)height;
  header[9] = (unsigned char)(width >> 8);
  header[10] = (unsigned char)width;
  assert_int_equal(mcnn_image_read_info(&file, &need, &info), MNISTCNN_OK);
  assert_int_equal(info.file_height, height);
  assert_int_equal(info.file_width, width);
  assert_int_equal(info.shape.height, (height + info.factor - 1) / info.factor);
  assert_int_equal(info.shape.width, (width + info.factor - 1) / info.factor);
  assert_true(info.shape.height <= MNISTCNN_MAX_IMAGE_SIDE);
  assert_true(info.shape.width <= MNISTCNN_MAX_IMAGE_SIDE);
  return info.factor;
}

static void factors_follow_from_size_and_need(void **state) {
  const mcnn_image_need digit = {0, MNISTCNN_DIGIT_ENOUGH}, small = mcnn_image_need_for(28, 28);
  (void)state;

  assert_int_equal(factor_of(4096, 1, all), 1);
  assert_int_equal(factor_of(4097, 1, all), 2);
  assert_int_equal(factor_of(3000, 12289, all), 4);
  assert_int_equal(factor_of(4096, 65535, all), 16);
  assert_int_equal(factor_of(3000, 4000, digit), 4);
  assert_int_equal(factor_of(3000, 3999, digit), 2);
  assert_int_equal(factor_of(999, 999, digit), 1);
  assert_int_equal(factor_of(9000, 1000, digit), 8);
  assert_int_equal(factor_of(4000, 65000, digit), 16);
  assert_int_equal(factor_of(896, 5000, small), 8);
  assert_int_equal(factor_of(895, 5000, small), 4);
  assert_int_equal(factor_of(223, 223, small), 1);
}

/* libjpeg's part of a factor is nearly the mean over each block. */
static void reduced_pixels_are_means(void **state) {
  reader *const r = *state;
  const struct jpeg_value *const v = value_named("smooth"); /* 34 x 48 */

  for (uint32_t factor = 2; factor <= 8; factor *= 2) {
    const mcnn_image_need need = {34 / factor, 0};
    mcnn_image_decoder_set_need(r->decoder, &need);
    assert_int_equal(decode(r, v->file, v->size_bytes), MNISTCNN_OK);
    assert_int_equal(r->shape.height, (34 + factor - 1) / factor);
    assert_int_equal(r->shape.width, 48 / factor);
    for (uint32_t i = 0; i < 34 / factor * r->shape.width * 3; i++) {
      const uint32_t row = i / 3 / r->shape.width * factor,
                     column = i / 3 % r->shape.width * factor;
      double sum = 0;
      for (uint32_t j = 0; j < factor * factor; j++)
        sum += v->pixels[((size_t)(row + j / factor) * 48 + column + j % factor) * 3 + i % 3];
      assert_float_equal((float)r->pixels[i], (float)(sum / (factor * factor)), 2.5f);
    }
  }
}

/* --- broken files ----------------------------------------------------------------------------- */

/* Without its last two bytes, the end marker, all pixels are there. */
static void truncated_at_every_length(void **state) {
  reader *const r = *state;
  static const char *const names[] = {"gray", "colour_420", "progressive", "restart"};

  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    const struct jpeg_value *const v = value_named(names[i]);
    const int is_progressive = strcmp(names[i], "progressive") == 0;
    for (size_t size = 0; size < v->size_bytes; size++) {
      unsigned char *const cut = malloc(size + 1); /* so that ASan sees a read beyond it */
      memcpy(cut, v->file, size);
      const mnistcnn_status status = decode(r, cut, size);
      if (status == MNISTCNN_OK) {
        assert_false(is_progressive);
        assert_true(size + 3 >= v->size_bytes);
        assert_warning(r, "the label: is damaged, but was read: its end is missing");
        assert_memory_equal(r->pixels, v->pixels, mcnn_shape_bytes(&r->shape));
      } else {
        assert_int_equal(status, MNISTCNN_FORMAT);
      }
      free(cut);
    }
    assert_int_equal(decode(r, v->file, v->size_bytes - 2),
                     is_progressive ? MNISTCNN_FORMAT : MNISTCNN_OK);
  }
}

/* Errors and warnings come, the process stays. */
static void damaged_at_every_byte(void **state) {
  reader *const r = *state;
  size_t taken_with_warning = 0;

  for (size_t i = 0; i < 9; i++) {
    unsigned char changed[MAX_FILE];
    const struct jpeg_value *const v = &jpeg_values[i];
    assert_true(v->size_bytes <= MAX_FILE);
    memcpy(changed, v->file, v->size_bytes);
    for (size_t at = 0; at < v->size_bytes; at++) {
      changed[at] ^= 0x5A;
      const mnistcnn_status status = decode(r, changed, v->size_bytes);
      assert_true(status == MNISTCNN_OK || status == MNISTCNN_FORMAT || status == MNISTCNN_LIMIT ||
                  status == MNISTCNN_UNSUPPORTED);
      taken_with_warning +=
          status == MNISTCNN_OK && mcnn_image_decoder_warning(r->decoder)[0] != '\0';
      changed[at] ^= 0x5A;
    }
  }
  assert_true(taken_with_warning > 0);
}

static void assert_refused(reader *r, const void *data, size_t size, mnistcnn_status status,
                           const char *part) {
  assert_int_equal(decode(r, data, size), status);
  if (!strstr(mcnn_last_error(), part))
    fail_msg("\"%s\" does not say \"%s\"", mcnn_last_error(), part);
}

/* "progressive" with its scan headers in a row, each of which asks for all coefficients again. */
static void refused_by_name(void **state) {
  reader *const r = *state;
  unsigned char header[] = {0xFF, 0xD8, 0xFF, 0xC0, 0, 11, 8, 0, 1, 0, 1, 2, 1, 0x11, 0};

  assert_refused(r, header, sizeof header, MNISTCNN_UNSUPPORTED, "has 2 colour components");
  header[11] = 1;
  header[8] = 0;
  assert_refused(r, header, sizeof header, MNISTCNN_FORMAT, "its height is 0");
  header[8] = 1;
  header[10] = 0;
  assert_refused(r, header, sizeof header, MNISTCNN_FORMAT, "its width is 0");
  header[7] = header[9] = 0xFF;
  assert_refused(r, header, sizeof header, MNISTCNN_LIMIT, "are above the limit of 268435456");
  assert_refused(r, header, 12, MNISTCNN_FORMAT, "it ends too early");
  assert_refused(r, "\xFF\xD8\xFF\xD9", 4, MNISTCNN_FORMAT, "it has no frame header");
}

static void more_scans_than_any_writer_makes(void **state) {
  reader *const r = *state;
  const struct jpeg_value *const v = value_named("progressive");
  size_t first = 0, second = 0;

  for (size_t at = 2; at + 1 < v->size_bytes && second == 0; at++) {
    if (v->file[at] == 0xFF && v->file[at + 1] == 0xDA) {
      second = first != 0 ? at : 0;
      first = first == 0 ? at : first;
    }
  }
  /* the first scan again and again; tables may stand between the two */
  const size_t scan = second - first, head = first;
  const size_t times = 150, size = head + times * scan + (v->size_bytes - first);
  unsigned char *const file = malloc(size);
  memcpy(file, v->file, head);
  for (size_t i = 0; i < times; i++)
    memcpy(file + head + i * scan, v->file + first, scan);
  memcpy(file + head + times * scan, v->file + first, v->size_bytes - first);
  assert_refused(r, file, size, MNISTCNN_LIMIT, "has more than 100 scans");
  free(file);
}

/* The frame header of a progressive file is made to say 65000 x 4000. */
static void coefficients_have_a_limit(void **state) {
  reader *const r = *state;
  const struct jpeg_value *const v = value_named("progressive");
  unsigned char changed[MAX_FILE];
  size_t at = 2;

  memcpy(changed, v->file, v->size_bytes);
  while (!(changed[at] == 0xFF && changed[at + 1] == 0xC2))
    at++;
  memcpy(changed + at + 5, "\x0F\xA0\xFD\xE8", 4);
  assert_refused(r, changed, v->size_bytes, MNISTCNN_LIMIT, "above the limit of 402653184");
}

/* --- memory ----------------------------------------------------------------------------------- */

static mnistcnn_status decode_turned(const mcnn_alloc *alloc, void *context) {
  const struct jpeg_value *const v = context;
  const mcnn_image_file file = {v->file, v->size_bytes, "x"};
  mcnn_image_decoder *decoder = NULL;
  uint8_t *pixels;
  mcnn_shape shape;
  mnistcnn_status status = mcnn_image_decoder_create(alloc, 0, &decoder);
  if (status == MNISTCNN_OK)
    status = mcnn_image_decode(decoder, &file, &pixels, &shape);
  mcnn_image_decoder_free(decoder);
  return status;
}

static void failing_allocations_are_survived(void **state) {
  struct jpeg_value v = *value_named("exif_6");
  (void)state;
  /* the decoder, libjpeg's state, the image, a row of each */
  assert_int_equal(test_every_allocation(decode_turned, &v), 5);
}

#define WITH_READER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_READER(pixels_are_those_of_pillow),
      WITH_READER(alpha_is_opaque),
      cmocka_unit_test(factors_follow_from_size_and_need),
      WITH_READER(reduced_pixels_are_means),
      WITH_READER(truncated_at_every_length),
      WITH_READER(damaged_at_every_byte),
      WITH_READER(refused_by_name),
      WITH_READER(more_scans_than_any_writer_makes),
      WITH_READER(coefficients_have_a_limit),
      cmocka_unit_test(failing_allocations_are_survived),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
