/* BMP: files of every kind with known pixels, and files that are broken in every way. */
#include "../golden/bmp_values.h"
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

enum {
  NUM_VALUES = sizeof bmp_values / sizeof bmp_values[0],
  WIDTH = 5,
  HEIGHT = 3,
  PIXELS = WIDTH * HEIGHT,
  MAX_FILE = 1200
};

static const struct bmp_value *value_named(const char *name) {
  for (size_t i = 0; i < (size_t)NUM_VALUES; i++)
    if (strcmp(bmp_values[i].name, name) == 0)
      return &bmp_values[i];
  fail_msg("no file %s", name);
  return NULL;
}

static mnistcnn_status decode(const void *data, size_t size, uint32_t channels,
                              uint8_t rgba[4 * PIXELS], mnistcnn_shape *shape) {
  return mnistcnn_image_decode_memory(data, size, channels, rgba, 4 * PIXELS, shape);
}

static void pixels_are_those_that_were_written(void **state) {
  (void)state;
  for (size_t i = 0; i < (size_t)NUM_VALUES; i++) {
    const struct bmp_value *const v = &bmp_values[i];
    mnistcnn_image_info info = {.struct_size = sizeof info};
    uint8_t pixels[4 * PIXELS] = {0};
    mnistcnn_shape shape = {0, 0, 0};
    assert_int_equal(mnistcnn_image_read_info_memory(v->file, v->size_bytes, 0, &info),
                     MNISTCNN_OK);
    assert_true(info.format == MNISTCNN_IMAGE_FORMAT_BMP && info.height == HEIGHT &&
                info.width == WIDTH && info.factor == 1 && info.orientation == 1);
    assert_int_equal(decode(v->file, v->size_bytes, 4, pixels, &shape), MNISTCNN_OK);
    if (memcmp(pixels, v->rgba, sizeof pixels) != 0)
      fail_msg("%s has other pixels", v->name);
    assert_int_equal(decode(v->file, v->size_bytes, 0, pixels, &shape), MNISTCNN_OK);
    assert_int_equal(shape.channels, v->channels);
    int opaque = 1;
    for (size_t p = 0; p < (size_t)PIXELS; p++) {
      /* Others are composited, which test_image_origin.c has. */
      if (v->rgba[4 * p + 3] == 255)
        assert_memory_equal(pixels + p * v->channels, v->rgba + 4 * p, v->channels);
      else
        opaque = 0;
    }
    assert_int_equal(info.has_alpha, !opaque);
  }
}

/* --- broken files ----------------------------------------------------------------------------- */

static void refuse(const void *data, size_t size, mnistcnn_status expected, const char *part) {
  uint8_t pixels[4 * PIXELS];
  unsigned char *const copy = malloc(size + 1); /* so that ASan sees a read beyond it */

  memcpy(copy, data, size);
  const mnistcnn_status status = decode(copy, size, 4, pixels, NULL);
  free(copy);
  assert_int_equal(status, expected);
  if (!strstr(mnistcnn_last_error(), part))
    fail_msg("\"%s\" does not say \"%s\"", mnistcnn_last_error(), part);
}

/* But for what fills the last row up, and the mark of the end. */
static void truncated_at_every_length(void **state) {
  static const struct {
    const char *name;
    size_t not_needed;
  } files[] = {{"bits1", 3},  {"bits4_header12", 1}, {"bits8", 3}, {"bits16", 2},
               {"bits24", 1}, {"fields32_v5", 0},    {"rle4", 2},  {"rle8", 2}};
  (void)state;

  for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
    const struct bmp_value *const v = value_named(files[i].name);
    uint8_t pixels[4 * PIXELS];
    for (size_t size = 2; size < v->size_bytes - files[i].not_needed; size++)
      refuse(v->file, size, MNISTCNN_FORMAT, "image data: is not a valid BMP: it ends too early");
    assert_int_equal(decode(v->file, v->size_bytes - files[i].not_needed, 4, pixels, NULL),
                     MNISTCNN_OK);
    assert_memory_equal(pixels, v->rgba, sizeof pixels);
  }
}

/* Any byte may be anything. */
static void changed_at_every_byte(void **state) {
  (void)state;
  for (size_t i = 0; i < (size_t)NUM_VALUES; i++) {
    const struct bmp_value *const v = &bmp_values[i];
    unsigned char changed[MAX_FILE];
    assert_true(v->size_bytes <= (size_t)MAX_FILE);
    memcpy(changed, v->file, v->size_bytes);
    for (size_t at = 2; at < v->size_bytes; at++) {
      for (unsigned mask = 1; mask < 256; mask = 2 * mask + 1) {
        uint8_t pixels[4 * PIXELS];
        changed[at] ^= (unsigned char)mask;
        const mnistcnn_status status = decode(changed, v->size_bytes, 4, pixels, NULL);
        assert_true(status == MNISTCNN_OK || status == MNISTCNN_FORMAT ||
                    status == MNISTCNN_LIMIT || status == MNISTCNN_UNSUPPORTED ||
                    status == MNISTCNN_BUFFER_TOO_SMALL);
        changed[at] ^= (unsigned char)mask;
      }
    }
  }
}

/* One byte of the file `name` changed. */
static void refuse_changed(const char *name, size_t at, unsigned char byte, mnistcnn_status status,
                           const char *part) {
  const struct bmp_value *const v = value_named(name);
  unsigned char changed[MAX_FILE];

  memcpy(changed, v->file, v->size_bytes);
  changed[at] = byte;
  refuse(changed, v->size_bytes, status, part);
}

static void refused_by_name(void **state) {
  enum {
    HEADER = 14,
    WIDTH_AT = 18,
    WIDTH_HIGH_AT = 20,
    HEIGHT_AT = 22,
    BITS = 28,
    COMPRESSION = 30
  };
  (void)state;

  refuse_changed("bits24", HEADER, 41, MNISTCNN_UNSUPPORTED, "its size would be 41 bytes");
  refuse_changed("bits24", WIDTH_AT, 0, MNISTCNN_FORMAT, "its width is 0");
  refuse_changed("bits24", HEIGHT_AT, 0, MNISTCNN_FORMAT, "its height is 0");
  refuse_changed("bits24", WIDTH_HIGH_AT, 1, MNISTCNN_LIMIT, "its width of 65541 pixels");
  refuse_changed("bits24", BITS, 2, MNISTCNN_UNSUPPORTED, "a BMP of 2 bits with compression 0");
  refuse_changed("bits24", COMPRESSION, 4, MNISTCNN_UNSUPPORTED, "24 bits with compression 4");
  refuse_changed("bits8", COMPRESSION, 2, MNISTCNN_UNSUPPORTED, "8 bits with compression 2");
  refuse_changed("bits8", COMPRESSION, 3, MNISTCNN_UNSUPPORTED, "8 bits with compression 3");
}

/* An index without a colour is black. */
static void short_palettes_are_filled_with_black(void **state) {
  const struct bmp_value *const v = value_named("bits8");
  const mcnn_alloc alloc = mcnn_alloc_default();
  unsigned char changed[MAX_FILE];
  mcnn_image_decoder *decoder = NULL;
  uint8_t *pixels;
  mcnn_shape shape;
  const mcnn_image_file file = {changed, v->size_bytes, "x"};
  (void)state;

  memcpy(changed, v->file, v->size_bytes);
  changed[47] = 0; /* of 256 colours, in the place of the colours that matter */
  changed[46] = 3;
  assert_int_equal(mcnn_image_decoder_create(&alloc, 0, &decoder), MNISTCNN_OK);
  assert_int_equal(mcnn_image_decode(decoder, &file, &pixels, &shape), MNISTCNN_OK);
  assert_string_equal(mcnn_image_decoder_warning(decoder),
                      "x: is damaged, but was read: a pixel lies outside the palette");
  assert_memory_equal(pixels, v->rgba, 3); /* index 0 */
  assert_memory_equal(pixels + 3, "\0\0\0", 3);
  mcnn_image_decoder_free(decoder);
}

static mnistcnn_status decode_all(const mcnn_alloc *alloc, void *context) {
  const struct bmp_value *const v = context;
  const mcnn_image_file file = {v->file, v->size_bytes, "x"};
  mcnn_image_decoder *decoder = NULL;
  uint8_t *pixels;
  mcnn_shape shape;
  mnistcnn_status status = mcnn_image_decoder_create(alloc, 1, &decoder);
  if (status == MNISTCNN_OK)
    status = mcnn_image_decode(decoder, &file, &pixels, &shape);
  mcnn_image_decoder_free(decoder);
  return status;
}

static void failing_allocations_are_survived(void **state) {
  struct bmp_value v = *value_named("rle8");
  (void)state;
  /* the decoder, its state, the image, a row of it and one of indices */
  assert_int_equal(test_every_allocation(decode_all, &v), 5);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(pixels_are_those_that_were_written),
      cmocka_unit_test(truncated_at_every_length),
      cmocka_unit_test(changed_at_every_byte),
      cmocka_unit_test(refused_by_name),
      cmocka_unit_test(short_palettes_are_filled_with_black),
      cmocka_unit_test(failing_allocations_are_survived),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
