/* Reducing and turning while decoding, compared with the plain definition of both. */
#include "image/exif.h"
#include "image/raster.h"
#include "support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { MAX_SIDE = 24, MAX_BYTES = MAX_SIDE * MAX_SIDE * 4 };

/* --- the definition --------------------------------------------------------------------------- */

/* The mean of channel c over one block, colours weighted by alpha; rounded. */
static uint8_t block_mean(const uint8_t *pixels, const mcnn_shape *from, uint32_t factor,
                          uint32_t row, uint32_t column, uint32_t c) {
  const int has_alpha = from->channels % 2 == 0, is_alpha = has_alpha && c + 1 == from->channels;
  uint64_t sum = 0, weight = 0;

  if (factor == 1)
    return pixels[((size_t)row * from->width + column) * from->channels + c];
  for (uint32_t y = row * factor; y < (row + 1) * factor && y < from->height; y++) {
    for (uint32_t x = column * factor; x < (column + 1) * factor && x < from->width; x++) {
      const uint8_t *const pixel = pixels + ((size_t)y * from->width + x) * from->channels;
      const uint64_t w = has_alpha && !is_alpha ? pixel[from->channels - 1] : 1;
      sum += w * pixel[c];
      weight += w;
    }
  }
  return (uint8_t)(weight == 0 ? 0 : (2 * sum + weight) / (2 * weight));
}

/* Where the pixel that EXIF's orientation puts at (row, column) lies in the stored image. */
static void stored_place(uint32_t orientation, uint32_t rows, uint32_t columns, uint32_t row,
                         uint32_t column, uint32_t *y, uint32_t *x) {
  const uint32_t last_y = rows - 1, last_x = columns - 1;
  const uint32_t places[9][2] = {{0, 0},
                                 {row, column},
                                 {row, last_x - column},
                                 {last_y - row, last_x - column},
                                 {last_y - row, column},
                                 {column, row},
                                 {last_y - column, row},
                                 {last_y - column, last_x - row},
                                 {column, last_x - row}};
  *y = places[orientation][0];
  *x = places[orientation][1];
}

static void check(const mcnn_raster *r, const uint8_t *pixels) {
  const mcnn_raster_options *const o = &r->options;
  const mcnn_shape shape = mcnn_raster_shape(o);
  const uint32_t rows = (o->stored.height + o->factor - 1) / o->factor;
  const uint32_t columns = (o->stored.width + o->factor - 1) / o->factor;

  assert_int_equal(shape.height, o->orientation < 5 ? rows : columns);
  assert_int_equal(shape.width, o->orientation < 5 ? columns : rows);
  for (uint32_t row = 0; row < shape.height; row++) {
    for (uint32_t column = 0; column < shape.width; column++) {
      uint32_t y, x;
      stored_place(o->orientation, rows, columns, row, column, &y, &x);
      for (uint32_t c = 0; c < shape.channels; c++)
        assert_int_equal(r->image.pixels[((size_t)row * shape.width + column) * shape.channels + c],
                         block_mean(pixels, &o->stored, o->factor, y, x, c));
    }
  }
}

/* --- both orders ------------------------------------------------------------------------------ */

static mnistcnn_status put_rows(mcnn_raster *r, const mcnn_raster_options *o,
                                const uint8_t *pixels) {
  const size_t row_bytes = (size_t)o->stored.width * o->stored.channels;
  const mnistcnn_status status = mcnn_raster_start(r, o);

  for (uint32_t y = 0; y < o->stored.height && status == MNISTCNN_OK; y++) {
    memcpy(mcnn_raster_row(r, y), pixels + y * row_bytes, row_bytes);
    mcnn_raster_put_row(r, y);
  }
  mcnn_raster_finish(r);
  return status;
}

/* Every third column after the other, from the last row to the first. */
static mnistcnn_status put_scattered(mcnn_raster *r, const mcnn_raster_options *o,
                                     const uint8_t *pixels) {
  const uint32_t channels = o->stored.channels, width = o->stored.width;
  const mnistcnn_status status = mcnn_raster_start(r, o);
  uint8_t row[MAX_SIDE * 4];

  for (uint32_t first = 0; first < 3 && status == MNISTCNN_OK; first++) {
    for (uint32_t y = o->stored.height; y-- > 0;) {
      uint32_t count = 0;
      for (uint32_t x = first; x < width; x += 3, count++)
        memcpy(row + (size_t)count * channels, pixels + ((size_t)y * width + x) * channels,
               channels);
      mcnn_raster_put(r, row, y, first, 3, count);
    }
  }
  mcnn_raster_finish(r);
  return status;
}

static void every_size_factor_and_orientation(void **state) {
  static const uint32_t sizes[][2] = {{1, 1}, {1, 7}, {5, 1}, {6, 9}, {16, 24}, {17, 5}};
  const mcnn_alloc alloc = mcnn_alloc_default();
  uint8_t pixels[MAX_BYTES];
  uint32_t seed = 4;
  mcnn_raster r;
  (void)state;

  mcnn_raster_init(&r, &alloc);
  for (size_t i = 0; i < MAX_BYTES; i++)
    pixels[i] = i % 7 == 0 ? 0 : test_byte(&seed);
  for (size_t size = 0; size < sizeof sizes / sizeof sizes[0]; size++) {
    for (uint32_t factor = 1; factor <= 16; factor++) {
      for (uint32_t orientation = 1; orientation <= 8; orientation++) {
        for (uint32_t channels = 1; channels <= 4; channels++) {
          mcnn_raster_options o = {
              {sizes[size][0], sizes[size][1], channels}, factor, orientation, 0};
          assert_int_equal(put_rows(&r, &o, pixels), MNISTCNN_OK);
          check(&r, pixels);
          o.scattered = 1;
          assert_int_equal(put_scattered(&r, &o, pixels), MNISTCNN_OK);
          check(&r, pixels);
        }
      }
    }
  }
  mcnn_raster_free(&r);
}

static mnistcnn_status reduce(const mcnn_alloc *alloc, void *context) {
  const mcnn_raster_options options = {{20, 20, 3}, 2, 6, 1};
  mcnn_raster r;
  mcnn_raster_init(&r, alloc);
  const mnistcnn_status status = put_scattered(&r, &options, context);
  mcnn_raster_free(&r);
  return status;
}

static void failing_allocations_are_survived(void **state) {
  uint8_t pixels[MAX_BYTES] = {0};
  (void)state;
  assert_int_equal(test_every_allocation(reduce, pixels), 3);
}

/* A row of sums is enough where the rows come in order, whatever the height of the file. */
static void memory_follows_from_the_result(void **state) {
  test_memory memory = {0};
  const mcnn_alloc alloc = test_alloc(&memory);
  const mcnn_raster_options options = {{65535, 16, 1}, 16, 1, 0};
  mcnn_raster r;
  (void)state;

  mcnn_raster_init(&r, &alloc);
  assert_int_equal(mcnn_raster_start(&r, &options), MNISTCNN_OK);
  assert_int_equal(r.image.capacity, 4096);
  assert_int_equal(r.row.capacity, 16);
  assert_int_equal(memory.calls, 3);
  mcnn_raster_free(&r);
  assert_int_equal(memory.live, 0);
}

/* --- EXIF ------------------------------------------------------------------------------------- */

static uint32_t orientation_in(const char *bytes, size_t size) {
  return mcnn_exif_orientation((const unsigned char *)bytes, size);
}

#define ORIENTATION_IN(literal) orientation_in(literal, sizeof literal - 1)

static void orientations_are_read(void **state) {
  (void)state;
  assert_int_equal(ORIENTATION_IN("II*\0\10\0\0\0\1\0\x12\1\3\0\1\0\0\0\6\0\0\0"), 6);
  assert_int_equal(ORIENTATION_IN("MM\0*\0\0\0\10\0\1\1\x12\0\3\0\0\0\1\0\10\0\0"), 8);
  /* after another entry */
  assert_int_equal(ORIENTATION_IN("II*\0\10\0\0\0\2\0\x0F\1\2\0\1\0\0\0x\0\0\0"
                                  "\x12\1\3\0\1\0\0\0\3\0\0\0"),
                   3);
  /* in a directory further back */
  assert_int_equal(ORIENTATION_IN("II*\0\12\0\0\0..\1\0\x12\1\3\0\1\0\0\0\2\0\0\0"), 2);
}

static void broken_exif_is_upright(void **state) {
  static const char good[] = "II*\0\10\0\0\0\1\0\x12\1\3\0\1\0\0\0\6\0\0\0";
  (void)state;
  for (size_t size = 0; size < sizeof good - 1; size++)
    assert_int_equal(orientation_in(good, size), 1);
  assert_int_equal(ORIENTATION_IN("IM*\0\10\0\0\0\1\0\x12\1\3\0\1\0\0\0\6\0\0\0"), 1);
  assert_int_equal(ORIENTATION_IN("II*\0\10\0\0\0\1\0\x12\1\3\0\1\0\0\0\11\0\0\0"), 1); /* 9 */
  assert_int_equal(ORIENTATION_IN("II*\0\10\0\0\0\1\0\x12\1\3\0\1\0\0\0\0\0\0\0"), 1);  /* 0 */
  assert_int_equal(ORIENTATION_IN("II*\0\10\0\0\0\1\0\x12\1\4\0\1\0\0\0\6\0\0\0"), 1);  /* long */
  assert_int_equal(ORIENTATION_IN("II*\0\10\0\0\0\1\0\x12\1\3\0\2\0\0\0\6\0\6\0"), 1);  /* two */
  assert_int_equal(ORIENTATION_IN("II*\0\xFF\xFF\xFF\xFF\1\0\x12\1\3\0\1\0\0\0\6\0\0\0"), 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_size_factor_and_orientation),
      cmocka_unit_test(failing_allocations_are_survived),
      cmocka_unit_test(memory_follows_from_the_result),
      cmocka_unit_test(orientations_are_read),
      cmocka_unit_test(broken_exif_is_upright),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
