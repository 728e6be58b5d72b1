/* IDX files, plain and compressed: what is accepted, and everything that is not. */
#include "base/status.h"
#include "data/dataset.h"
#include "data/gzip.h"
#include "data/idx.h"
#include "data/idx_file.h"
#include "image_args.h"
#include "support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

enum { images = 7, height = 3, width = 4, image_bytes = height * width };

typedef struct fixture {
  char folder[TEST_PATH], images_path[TEST_PATH], labels_path[TEST_PATH];
  unsigned char images[16 + images * image_bytes], labels[8 + images];
  mnistcnn_dataset *dataset;
} fixture;

static void put_u32(unsigned char *at, uint32_t value) {
  for (int i = 0; i < 4; i++)
    at[i] = (unsigned char)(value >> (24 - 8 * i));
}

static void write_files(const fixture *f) {
  test_write(f->folder, "images", f->images, sizeof f->images);
  test_write(f->folder, "labels", f->labels, sizeof f->labels);
}

static int set_up(void **state) {
  fixture *const f = calloc(1, sizeof *f);
  uint32_t seed = 1;
  test_folder_create(f->folder);
  test_join(f->images_path, f->folder, "images");
  test_join(f->labels_path, f->folder, "labels");
  put_u32(f->images, 0x00000803);
  put_u32(f->images + 4, images);
  put_u32(f->images + 8, height);
  put_u32(f->images + 12, width);
  put_u32(f->labels, 0x00000801);
  put_u32(f->labels + 4, images);
  for (size_t i = 16; i < sizeof f->images; i++)
    f->images[i] = test_byte(&seed);
  for (size_t i = 0; i < images; i++)
    f->labels[8 + i] = (unsigned char)(i % 5);
  write_files(f);
  *state = f;
  return 0;
}

static int tear_down(void **state) {
  fixture *const f = *state;
  mnistcnn_dataset_free(f->dataset);
  test_folder_remove(f->folder);
  free(f);
  return 0;
}

typedef struct found {
  uint32_t num_classes;
  uint64_t num_images;
} found;

/* A scan finds what loading does, and fails only where that fails. It does not see what is wrong
 * behind the header of compressed images. */
static void assert_found(const fixture *f, mnistcnn_status loaded, mnistcnn_status scanned,
                         const found *what) {
  if (loaded != MNISTCNN_OK)
    return;
  assert_int_equal(scanned, MNISTCNN_OK);
  assert_int_equal(what->num_classes, mnistcnn_dataset_num_classes(f->dataset));
  assert_int_equal(what->num_images, mnistcnn_dataset_num_images(f->dataset));
}

static mnistcnn_status load_as(fixture *f, const mnistcnn_dataset_options *options) {
  found what = {0};
  const mnistcnn_status scanned = mnistcnn_dataset_scan_idx(f->images_path, f->labels_path, options,
                                                            &what.num_classes, &what.num_images);
  mnistcnn_dataset_free(f->dataset);
  const mnistcnn_status status =
      mnistcnn_dataset_load_idx(f->images_path, f->labels_path, options, &f->dataset);
  assert_true((status == MNISTCNN_OK) == (f->dataset ? 1 : 0));
  assert_found(f, status, scanned, &what);
  return status;
}

static mnistcnn_status load(fixture *f) {
  return load_as(f, NULL);
}

static void assert_content(const fixture *f) {
  mnistcnn_shape shape;
  assert_int_equal(mnistcnn_dataset_num_images(f->dataset), images);
  assert_int_equal(mnistcnn_dataset_num_classes(f->dataset), 5);
  assert_int_equal(mnistcnn_dataset_shape(f->dataset, &shape), MNISTCNN_OK);
  assert_true(shape.height == height && shape.width == width && shape.channels == 1);
  for (size_t i = 0; i < images; i++) {
    assert_int_equal(mnistcnn_dataset_label(f->dataset, i), i % 5);
    assert_memory_equal(mnistcnn_dataset_image(f->dataset, i), f->images + 16 + i * image_bytes,
                        image_bytes);
  }
  assert_null(mnistcnn_dataset_class_name(f->dataset, 0));
  assert_null(mnistcnn_dataset_path(f->dataset, 0));
}

/* A gzip member of these bytes, malloc'ed. */
static unsigned char *compress_gzip(const void *data, size_t size, size_t *packed_size) {
  z_stream stream = {0};
  unsigned char *const copy = malloc(size + 1), *const packed = malloc(size + 1000);
  memcpy(copy, data, size);
  assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  stream.next_in = copy;
  stream.avail_in = (uInt)size;
  stream.next_out = packed;
  stream.avail_out = (uInt)(size + 1000);
  assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
  *packed_size = stream.total_out;
  deflateEnd(&stream);
  free(copy);
  return packed;
}

static void write_gzip(const fixture *f, const char *name, const void *data, size_t size) {
  size_t packed_size;
  unsigned char *const packed = compress_gzip(data, size, &packed_size);
  test_write(f->folder, name, packed, packed_size);
  free(packed);
}

/* --- well-formed ------------------------------------------------------------------------------ */

static void plain_and_compressed_are_the_same(void **state) {
  fixture *const f = *state;
  assert_int_equal(load(f), MNISTCNN_OK);
  assert_content(f);
  write_gzip(f, "images", f->images, sizeof f->images);
  assert_int_equal(load(f), MNISTCNN_OK);
  assert_content(f);
  write_gzip(f, "labels", f->labels, sizeof f->labels);
  assert_int_equal(load(f), MNISTCNN_OK);
  assert_content(f);
}

/* gzip files may be several members in a row, cut anywhere. */
static void gzip_members_are_joined(void **state) {
  fixture *const f = *state;
  for (size_t cut = 0; cut <= sizeof f->images; cut += 7) {
    size_t first_size, second_size;
    unsigned char *const first = compress_gzip(f->images, cut, &first_size);
    unsigned char *const second =
        compress_gzip(f->images + cut, sizeof f->images - cut, &second_size);
    unsigned char *const both = malloc(first_size + second_size);
    memcpy(both, first, first_size);
    memcpy(both + first_size, second, second_size);
    test_write(f->folder, "images", both, first_size + second_size);
    assert_int_equal(load(f), MNISTCNN_OK);
    assert_content(f);
    free(first);
    free(second);
    free(both);
  }
}

static void colour_images_have_four_dimensions(void **state) {
  fixture *const f = *state;
  unsigned char colour[20 + 7 * 4 * 3] = {0};
  mnistcnn_shape shape;
  put_u32(colour, 0x00000804);
  put_u32(colour + 4, images);
  put_u32(colour + 8, 2);
  put_u32(colour + 12, 2);
  put_u32(colour + 16, 3);
  colour[20 + 12] = 99;
  test_write(f->folder, "images", colour, sizeof colour);
  assert_int_equal(load(f), MNISTCNN_OK);
  mnistcnn_dataset_shape(f->dataset, &shape);
  assert_true(shape.height == 2 && shape.width == 2 && shape.channels == 3);
  assert_int_equal(mnistcnn_dataset_image(f->dataset, 1)[0], 99);
  put_u32(colour + 16, 1);
  test_write(f->folder, "images", colour, 20 + 7 * 4);
  assert_int_equal(load(f), MNISTCNN_FORMAT);
}

static void options_change_size_and_channels(void **state) {
  fixture *const f = *state;
  mnistcnn_dataset_options options;
  mnistcnn_shape shape;
  assert_int_equal(mnistcnn_dataset_options_init(&options, sizeof options), MNISTCNN_OK);
  options.height = 6;
  options.width = 2;
  options.channels = 3;
  for (options.num_threads = 1; options.num_threads <= 3; options.num_threads++) {
    assert_int_equal(
        mnistcnn_dataset_load_idx(f->images_path, f->labels_path, &options, &f->dataset),
        MNISTCNN_OK);
    mnistcnn_dataset_shape(f->dataset, &shape);
    assert_true(shape.height == 6 && shape.width == 2 && shape.channels == 3);
    for (size_t i = 0; i < images; i++) {
      uint8_t want[12];
      assert_int_equal(
          mnistcnn_image_resize(IMAGE(f->images + 16 + i * image_bytes, height, width, 1),
                                MNISTCNN_RESIZE_AREA_BILINEAR, 6, 2, want, (size_t)(6) * (2) * (1)),
          MNISTCNN_OK);
      for (size_t k = 0; k < 36; k++)
        assert_int_equal(mnistcnn_dataset_image(f->dataset, i)[k], want[k / 3]);
    }
    mnistcnn_dataset_free(f->dataset);
  }
  f->dataset = NULL;
}

/* --- malformed -------------------------------------------------------------------------------- */

static void check_truncated(fixture *f, const char *name, const unsigned char *data, size_t size) {
  for (size_t length = 0; length < size; length++) {
    test_write(f->folder, name, data, length);
    assert_int_equal(load(f), MNISTCNN_FORMAT);
    assert_non_null(strstr(mcnn_last_error(), name));
  }
}

static void truncated_at_every_length(void **state) {
  fixture *const f = *state;
  size_t size;
  check_truncated(f, "images", f->images, sizeof f->images);
  write_files(f);
  check_truncated(f, "labels", f->labels, sizeof f->labels);
  write_files(f);
  unsigned char *const packed = compress_gzip(f->images, sizeof f->images, &size);
  check_truncated(f, "images", packed, size);
  free(packed);
}

static void too_long_is_refused_too(void **state) {
  fixture *const f = *state;
  unsigned char longer[sizeof f->images + 1];
  size_t size;
  memcpy(longer, f->images, sizeof f->images);
  longer[sizeof f->images] = 0;
  test_write(f->folder, "images", longer, sizeof longer);
  assert_int_equal(load(f), MNISTCNN_FORMAT);
  write_gzip(f, "images", longer, sizeof longer);
  assert_int_equal(load(f), MNISTCNN_FORMAT);
  unsigned char *const packed = compress_gzip(f->images, sizeof f->images, &size);
  packed[size] = 'x'; /* behind the last member; there is room */
  test_write(f->folder, "images", packed, size + 1);
  assert_int_equal(load(f), MNISTCNN_FORMAT);
  free(packed);
}

/* gzip's own check sum covers all that is inside; of the header only what matters is compared. */
static void damaged_gzip_is_refused(void **state) {
  fixture *const f = *state;
  size_t size;
  unsigned char *const packed = compress_gzip(f->images, sizeof f->images, &size);
  for (size_t at = 10; at < size; at++) {
    packed[at] ^= 0x24;
    test_write(f->folder, "images", packed, size);
    assert_int_equal(load(f), MNISTCNN_FORMAT);
    packed[at] ^= 0x24;
  }
  free(packed);
}

static mnistcnn_status load_with_header(fixture *f, size_t at, uint32_t value) {
  unsigned char changed[sizeof f->images];
  memcpy(changed, f->images, sizeof changed);
  put_u32(changed + at, value);
  test_write(f->folder, "images", changed, sizeof changed);
  const mnistcnn_status plain = load(f);
  write_gzip(f, "images", changed, sizeof changed);
  assert_int_equal(load(f), plain);
  return plain;
}

static void headers_that_lie(void **state) {
  fixture *const f = *state;
  assert_int_equal(load_with_header(f, 0, 0x00010803), MNISTCNN_FORMAT);
  assert_int_equal(load_with_header(f, 0, 0x00000800), MNISTCNN_FORMAT);
  assert_int_equal(load_with_header(f, 0, 0x00000D03), MNISTCNN_UNSUPPORTED);
  assert_int_equal(load_with_header(f, 0, 0x00000805), MNISTCNN_UNSUPPORTED);
  assert_int_equal(load_with_header(f, 4, images + 1), MNISTCNN_FORMAT);
  assert_int_equal(load_with_header(f, 4, images - 1), MNISTCNN_FORMAT);
  assert_int_equal(load_with_header(f, 4, 0xFFFFFFFFu), MNISTCNN_FORMAT);
  assert_int_equal(load_with_header(f, 8, 0xFFFFFFFFu), MNISTCNN_FORMAT);
  assert_int_equal(load_with_header(f, 12, 0), MNISTCNN_FORMAT);
  assert_int_equal(load_with_header(f, 4, images), MNISTCNN_OK);
}

/* Sizes that agree with the file but not with each other or with the limits. */
static void shapes_that_are_no_images(void **state) {
  fixture *const f = *state;
  unsigned char one[16 + 5000] = {0};
  put_u32(one, 0x00000803);
  put_u32(one + 4, 1);
  put_u32(one + 8, 5000);
  put_u32(one + 12, 1);
  test_write(f->folder, "images", one, sizeof one);
  assert_int_equal(load(f), MNISTCNN_LIMIT);
  put_u32(one + 4, 0);
  test_write(f->folder, "images", one, 16);
  assert_int_equal(load(f), MNISTCNN_FORMAT);
  put_u32(one + 4, 5);
  put_u32(one + 8, 0);
  test_write(f->folder, "images", one, 16);
  assert_int_equal(load(f), MNISTCNN_LIMIT);
  put_u32(one + 4, images);
  put_u32(one + 8, 1);
  test_write(f->folder, "images", one, 16 + images);
  assert_int_equal(load(f), MNISTCNN_OK);
}

static void labels_must_fit_the_images(void **state) {
  fixture *const f = *state;
  unsigned char labels[8 + images + 1] = {0};
  put_u32(labels, 0x00000801);
  put_u32(labels + 4, images + 1);
  test_write(f->folder, "labels", labels, sizeof labels);
  assert_int_equal(load(f), MNISTCNN_FORMAT);
  assert_non_null(strstr(mcnn_last_error(), "8 labels for 7 images"));
  test_write(f->folder, "labels", f->images, sizeof f->images);
  assert_int_equal(load(f), MNISTCNN_FORMAT);
  test_write(f->folder, "images", f->labels, sizeof f->labels);
  assert_int_equal(load(f), MNISTCNN_FORMAT);
}

static void missing_files_and_arguments(void **state) {
  fixture *const f = *state;
  mnistcnn_dataset *dataset = NULL;
  assert_int_equal(mnistcnn_dataset_load_idx("none", f->labels_path, NULL, &dataset),
                   MNISTCNN_NOT_FOUND);
  assert_int_equal(mnistcnn_dataset_load_idx(f->images_path, "none", NULL, &dataset),
                   MNISTCNN_NOT_FOUND);
  assert_int_equal(mnistcnn_dataset_load_idx(NULL, f->labels_path, NULL, &dataset),
                   MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(mnistcnn_dataset_load_idx(f->images_path, NULL, NULL, &dataset),
                   MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(mnistcnn_dataset_load_idx(f->images_path, f->labels_path, NULL, NULL),
                   MNISTCNN_INVALID_ARGUMENT);
  assert_null(dataset);
}

/* --- memory ----------------------------------------------------------------------------------- */

typedef struct attempt {
  const fixture *fixture;
  mnistcnn_dataset_options options;
} attempt;

static mnistcnn_status load_with(const mcnn_alloc *alloc, void *context) {
  const attempt *const a = context;
  mnistcnn_dataset *dataset = NULL;
  const mnistcnn_status status =
      mcnn_load_idx(a->fixture->images_path, a->fixture->labels_path, &a->options, alloc, &dataset);
  mcnn_dataset_free(dataset);
  return status;
}

static mnistcnn_status scan_with(const mcnn_alloc *alloc, void *context) {
  const attempt *const a = context;
  found what;
  return mcnn_scan_idx(a->fixture->images_path, a->fixture->labels_path, &a->options, alloc,
                       &what.num_classes, &what.num_images);
}

static void every_failing_allocation_is_survived(void **state) {
  fixture *const f = *state;
  attempt a = {.fixture = f};
  assert_int_equal(mnistcnn_dataset_options_init(&a.options, sizeof a.options), MNISTCNN_OK);
  assert_true(test_every_allocation(load_with, &a) >= 5);
  assert_true(test_every_allocation(scan_with, &a) >= 1);
  write_gzip(f, "images", f->images, sizeof f->images);
  write_gzip(f, "labels", f->labels, sizeof f->labels);
  a.options.idx_transpose = 1;
  a.options.height = a.options.width = 9;
  a.options.num_threads = 2;
  assert_true(test_every_allocation(load_with, &a) >= 12);
  assert_true(test_every_allocation(scan_with, &a) >= 4);
}

/* A file that is none, or not as long as it says, is not read whole: it may be of any size. */
static void nothing_is_read_of_what_is_no_idx_file(void **state) {
  fixture *const f = *state;
  test_memory memory = {0};
  const mcnn_alloc alloc = test_alloc(&memory);
  mcnn_idx_file idx = {0};

  f->images[0] = 'x';
  write_files(f);
  assert_int_equal(mcnn_idx_read(f->images_path, &alloc, &idx), MNISTCNN_FORMAT);
  f->images[0] = 0;
  f->images[7]++;
  write_files(f);
  assert_int_equal(mcnn_idx_read(f->images_path, &alloc, &idx), MNISTCNN_FORMAT);
  assert_int_equal(memory.calls, 0);
  f->images[7]--;
  write_files(f);
  assert_int_equal(mcnn_idx_read(f->images_path, &alloc, &idx), MNISTCNN_OK);
  assert_int_equal(memory.calls, 1);
  mcnn_free(&alloc, idx.memory);
}

static void a_scan_reads_no_images(void **state) {
  fixture *const f = *state;
  test_memory memory = {0};
  const mcnn_alloc alloc = test_alloc(&memory);
  mcnn_idx_file idx = {0};

  assert_int_equal(mcnn_idx_read_header(f->images_path, &alloc, &idx), MNISTCNN_OK);
  assert_int_equal(memory.calls, 0);
  assert_null(idx.memory);
  assert_int_equal(idx.num_dimensions, 3);
  assert_int_equal(idx.dimensions[0], images);
  assert_int_equal(idx.count, images * image_bytes);
}

static void a_failed_scan_changes_nothing(void **state) {
  fixture *const f = *state;
  found what = {77, 78};

  assert_int_equal(
      mnistcnn_dataset_scan_idx(f->images_path, "none", NULL, &what.num_classes, &what.num_images),
      MNISTCNN_NOT_FOUND);
  assert_int_equal(
      mnistcnn_dataset_scan_idx(NULL, f->labels_path, NULL, &what.num_classes, &what.num_images),
      MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(
      mnistcnn_dataset_scan_idx(f->images_path, NULL, NULL, &what.num_classes, &what.num_images),
      MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(
      mnistcnn_dataset_scan_idx(f->images_path, f->labels_path, NULL, NULL, &what.num_images),
      MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(
      mnistcnn_dataset_scan_idx(f->images_path, f->labels_path, NULL, &what.num_classes, NULL),
      MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(what.num_classes, 77);
  assert_int_equal(what.num_images, 78);
}

static void swapped_files_are_said(void **state) {
  fixture *const f = *state;
  const mnistcnn_dataset_options options = MNISTCNN_DATASET_OPTIONS_INIT;

  assert_int_equal(mnistcnn_dataset_load_idx(f->labels_path, f->images_path, &options, &f->dataset),
                   MNISTCNN_FORMAT);
  assert_non_null(strstr(mcnn_last_error(), "it has labels; give the file of the images first"));
}

/* --- as EMNIST has them ----------------------------------------------------------------------- */

static void rows_and_columns_are_swapped(void **state) {
  fixture *const f = *state;
  mnistcnn_dataset_options options = MNISTCNN_DATASET_OPTIONS_INIT;
  mnistcnn_shape shape;

  options.idx_transpose = 1;
  for (int colour = 0; colour <= 1; colour++) {
    const size_t channels = colour ? 3 : 1, columns = colour ? 4 : width, rows = height;
    unsigned char file[20 + 7 * 3 * 4 * 3];
    const size_t header = colour ? 20 : 16, bytes = rows * columns * channels;
    memcpy(file, f->images, header);
    for (size_t i = 0; i < images * bytes; i++)
      file[header + i] = (unsigned char)(i * 31 % 251);
    if (colour) {
      put_u32(file, 0x00000804);
      put_u32(file + 16, 3);
    }
    test_write(f->folder, "images", file, header + images * bytes);
    assert_int_equal(load_as(f, &options), MNISTCNN_OK);
    assert_int_equal(mnistcnn_dataset_shape(f->dataset, &shape), MNISTCNN_OK);
    assert_true(shape.height == columns && shape.width == rows && shape.channels == channels);
    for (size_t i = 0; i < images; i++) {
      const uint8_t *const image = mnistcnn_dataset_image(f->dataset, i);
      for (size_t p = 0; p < bytes; p++) {
        const size_t y = p / channels / rows, x = p / channels % rows, c = p % channels;
        assert_int_equal(image[p], file[header + i * bytes + (x * columns + y) * channels + c]);
      }
    }
  }
}

static void labels_may_start_from_one(void **state) {
  fixture *const f = *state;
  mnistcnn_dataset_options options = MNISTCNN_DATASET_OPTIONS_INIT;

  for (size_t i = 0; i < images; i++)
    f->labels[8 + i] = (unsigned char)(1 + i % 5);
  write_files(f);
  options.idx_first_label = 1;
  assert_int_equal(load_as(f, &options), MNISTCNN_OK);
  assert_int_equal(mnistcnn_dataset_num_classes(f->dataset), 5);
  for (size_t i = 0; i < images; i++)
    assert_int_equal(mnistcnn_dataset_label(f->dataset, i), i % 5);
  options.idx_first_label = 2;
  assert_int_equal(load_as(f, &options), MNISTCNN_FORMAT);
  assert_non_null(strstr(mcnn_last_error(), "label 0 is 1, which is below the first label, 2"));
  assert_null(f->dataset);
}

static void layouts_that_are_none(void **state) {
  fixture *const f = *state;
  mnistcnn_dataset_options options = MNISTCNN_DATASET_OPTIONS_INIT;

  options.idx_transpose = 2;
  assert_int_equal(load_as(f, &options), MNISTCNN_INVALID_ARGUMENT);
  options.idx_transpose = 0;
  options.idx_first_label = 256;
  assert_int_equal(load_as(f, &options), MNISTCNN_INVALID_ARGUMENT);
}

#define WITH_FILES(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_FILES(plain_and_compressed_are_the_same),
      WITH_FILES(gzip_members_are_joined),
      WITH_FILES(colour_images_have_four_dimensions),
      WITH_FILES(options_change_size_and_channels),
      WITH_FILES(truncated_at_every_length),
      WITH_FILES(too_long_is_refused_too),
      WITH_FILES(damaged_gzip_is_refused),
      WITH_FILES(headers_that_lie),
      WITH_FILES(shapes_that_are_no_images),
      WITH_FILES(labels_must_fit_the_images),
      WITH_FILES(missing_files_and_arguments),
      WITH_FILES(every_failing_allocation_is_survived),
      WITH_FILES(nothing_is_read_of_what_is_no_idx_file),
      WITH_FILES(a_scan_reads_no_images),
      WITH_FILES(a_failed_scan_changes_nothing),
      WITH_FILES(swapped_files_are_said),
      WITH_FILES(rows_and_columns_are_swapped),
      WITH_FILES(labels_may_start_from_one),
      WITH_FILES(layouts_that_are_none),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
