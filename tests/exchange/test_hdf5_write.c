/* The HDF5 writer, read by our own reader. h5py.sh has h5py read what hdf5_dump --write writes. */
#include "base/status.h"
#include "exchange/hdf5/hdf5.h"
#include "exchange/hdf5/hdf5_write.h"
#include "support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const float kernel[] = {1.5f, -2.0f, 0.0f, 3.25f, 1e-30f, -1e30f};
static const uint64_t kernel_shape[] = {2, 3};
static const char *const layers[] = {"conv2d_1", "a", ""};

static mnistcnn_status write_sample(mcnn_h5_writer *writer) {
  mcnn_h5_id group, id;
  mnistcnn_status status = mcnn_h5_write_group(writer, MCNN_H5_ROOT, "conv2d_1", &group);

  if (status == MNISTCNN_OK)
    status = mcnn_h5_write_floats(writer, group, "kernel:0", kernel, kernel_shape, 2, &id);
  if (status == MNISTCNN_OK)
    status = mcnn_h5_write_string_attribute(writer, id, "unit", "", MCNN_H5_VARIABLE);
  if (status == MNISTCNN_OK)
    status = mcnn_h5_write_floats(writer, group, "scalar", kernel, NULL, 0, &id);
  if (status == MNISTCNN_OK)
    status = mcnn_h5_write_strings_attribute(writer, MCNN_H5_ROOT, "layer_names", layers, 3,
                                             MCNN_H5_FIXED);
  if (status == MNISTCNN_OK)
    status = mcnn_h5_write_strings_attribute(writer, group, "names", layers, 3, MCNN_H5_VARIABLE);
  if (status == MNISTCNN_OK)
    status = mcnn_h5_write_strings_attribute(writer, group, "none", NULL, 0, MCNN_H5_FIXED);
  if (status == MNISTCNN_OK)
    status = mcnn_h5_write_integer_attribute(writer, group, "step", -7);
  return status;
}

static mnistcnn_status write_file(const mcnn_alloc *alloc, void *context) {
  mcnn_bytes *const bytes = context;
  mcnn_h5_writer *writer;
  mnistcnn_status status = mcnn_h5_writer_create(alloc, &writer);

  if (status == MNISTCNN_OK)
    status = write_sample(writer);
  if (status == MNISTCNN_OK)
    status = mcnn_h5_writer_finish(writer, bytes);
  mcnn_h5_writer_free(writer);
  return status;
}

static const mcnn_h5_value *attribute(mcnn_h5_object *object, const char *name) {
  const mcnn_h5_value *value = NULL;

  assert_int_equal(mcnn_h5_attribute(object, name, &value), MNISTCNN_OK);
  assert_non_null(value);
  return value;
}

static void assert_strings(mcnn_h5_object *object, const char *name, const mcnn_alloc *alloc) {
  mcnn_strings strings = {0};

  assert_int_equal(mcnn_h5_read_strings(attribute(object, name), alloc, &strings), MNISTCNN_OK);
  assert_int_equal(strings.count, 3);
  for (size_t i = 0; i < 3; i++)
    assert_string_equal(mcnn_strings_at(&strings, i), layers[i]);
  mcnn_strings_free(&strings, alloc);
}

static void it_is_read_as_it_was_written(void **state) {
  (void)state;
  const mcnn_alloc alloc = mcnn_alloc_default();
  mcnn_bytes bytes;
  mcnn_h5 *file;
  mcnn_h5_object *group, *object;
  const mcnn_h5_value *value;
  float floats[6];
  int64_t step;

  assert_int_equal(write_file(&alloc, &bytes), MNISTCNN_OK);
  assert_int_equal(mcnn_h5_open(bytes.data, bytes.size, "x.h5", &alloc, &file), MNISTCNN_OK);
  assert_int_equal(mcnn_h5_get(mcnn_h5_root(file), "conv2d_1", &group), MNISTCNN_OK);
  assert_int_equal(mcnn_h5_get(group, "kernel:0", &object), MNISTCNN_OK);
  assert_int_equal(mcnn_h5_dataset(object, &value), MNISTCNN_OK);
  assert_int_equal(value->rank, 2);
  assert_int_equal(value->shape[1], 3);
  assert_int_equal(mcnn_h5_read_floats(value, floats, 6), MNISTCNN_OK);
  assert_memory_equal(floats, kernel, sizeof kernel);
  assert_int_equal(mcnn_h5_get(group, "scalar", &object), MNISTCNN_OK);
  assert_int_equal(mcnn_h5_dataset(object, &value), MNISTCNN_OK);
  assert_int_equal(value->rank, 0);
  assert_int_equal(mcnn_h5_read_floats(value, floats, 1), MNISTCNN_OK);
  assert_true(floats[0] == kernel[0]);
  assert_strings(mcnn_h5_root(file), "layer_names", &alloc);
  assert_int_equal(attribute(mcnn_h5_root(file), "layer_names")->element_bytes, 8);
  assert_strings(group, "names", &alloc);
  assert_int_equal(attribute(group, "none")->count, 0);
  assert_int_equal(attribute(group, "none")->class, MCNN_H5_FLOAT);
  assert_int_equal(mcnn_h5_read_integers(attribute(group, "step"), &step, 1), MNISTCNN_OK);
  assert_int_equal(step, -7);
  mcnn_h5_close(file);
  mcnn_free(&alloc, bytes.data);
}

/* The type's first bits behind an attribute's name: version and class, then what strings are. */
static void assert_character_set(const mcnn_bytes *bytes, const char *name, unsigned set) {
  const unsigned char *const data = bytes->data;
  const size_t length = strlen(name) + 1;
  for (size_t at = 0; at + length + 3 <= bytes->size; at++) {
    if (memcmp(data + at, name, length) != 0)
      continue;
    assert_int_equal(data[at + length], 0x19);
    assert_int_equal(data[at + length + 1], 1);
    assert_int_equal(data[at + length + 2], set);
    return;
  }
  fail_msg("there is no %s", name);
}

/* h5py before version 3 makes bytes of ASCII alone, which tf.keras before 2.5 expects. */
static void texts_are_ascii_where_they_can_be(void **state) {
  (void)state;
  const mcnn_alloc alloc = mcnn_alloc_default();
  mcnn_bytes bytes = {NULL, 0, 0};
  mcnn_h5_writer *writer;
  assert_int_equal(mcnn_h5_writer_create(&alloc, &writer), MNISTCNN_OK);
  assert_int_equal(
      mcnn_h5_write_string_attribute(writer, MCNN_H5_ROOT, "plain_text", "{}", MCNN_H5_VARIABLE),
      MNISTCNN_OK);
  assert_int_equal(mcnn_h5_write_string_attribute(writer, MCNN_H5_ROOT, "other_text", "\xC3\xA4",
                                                  MCNN_H5_VARIABLE),
                   MNISTCNN_OK);
  assert_int_equal(mcnn_h5_writer_finish(writer, &bytes), MNISTCNN_OK);
  assert_character_set(&bytes, "plain_text", 0);
  assert_character_set(&bytes, "other_text", 1);
  mcnn_free(&alloc, bytes.data);
  mcnn_h5_writer_free(writer);
}

static void the_same_calls_make_the_same_bytes(void **state) {
  (void)state;
  const mcnn_alloc alloc = mcnn_alloc_default();
  mcnn_bytes one, two;

  assert_int_equal(write_file(&alloc, &one), MNISTCNN_OK);
  assert_int_equal(write_file(&alloc, &two), MNISTCNN_OK);
  assert_int_equal(one.size, two.size);
  assert_memory_equal(one.data, two.data, one.size);
  mcnn_free(&alloc, one.data);
  mcnn_free(&alloc, two.data);
}

/* More groups, strings and bytes than one block of either form holds. */
static void many_objects_and_long_strings(void **state) {
  (void)state;
  enum { GROUPS = 300, NAMES = 2500, LONG = 200000 };
  const mcnn_alloc alloc = mcnn_alloc_default();
  static char texts[NAMES][16];
  static const char *names[NAMES];
  char *const text = malloc(LONG + 1);
  mcnn_h5_writer *writer;
  mcnn_strings strings = {0};
  mcnn_bytes bytes;
  mcnn_h5 *file;
  mcnn_h5_id id;
  char *read;
  size_t count;

  assert_non_null(text);
  memset(text, 'x', LONG);
  text[LONG] = '\0';
  assert_int_equal(mcnn_h5_writer_create(&alloc, &writer), MNISTCNN_OK);
  for (size_t i = 0; i < NAMES; i++) {
    (void)snprintf(texts[i], sizeof texts[i], "dense_%zu", i);
    names[i] = texts[i];
    if (i < GROUPS)
      assert_int_equal(mcnn_h5_write_group(writer, MCNN_H5_ROOT, names[i], &id), MNISTCNN_OK);
  }
  assert_int_equal(
      mcnn_h5_write_string_attribute(writer, id, "model_config", text, MCNN_H5_VARIABLE),
      MNISTCNN_OK);
  assert_int_equal(mcnn_h5_write_strings_attribute(writer, MCNN_H5_ROOT, "names", names, NAMES,
                                                   MCNN_H5_VARIABLE),
                   MNISTCNN_OK);
  assert_int_equal(mcnn_h5_writer_finish(writer, &bytes), MNISTCNN_OK);
  mcnn_h5_writer_free(writer);
  assert_int_equal(mcnn_h5_open(bytes.data, bytes.size, "x.h5", &alloc, &file), MNISTCNN_OK);
  assert_int_equal(mcnn_h5_num_links(mcnn_h5_root(file), &count), MNISTCNN_OK);
  assert_int_equal(count, GROUPS);
  assert_int_equal(mcnn_h5_read_strings(attribute(mcnn_h5_root(file), "names"), &alloc, &strings),
                   MNISTCNN_OK);
  assert_int_equal(strings.count, NAMES);
  assert_string_equal(mcnn_strings_at(&strings, NAMES - 1), "dense_2499");
  mcnn_h5_object *last;
  assert_int_equal(mcnn_h5_get(mcnn_h5_root(file), "dense_299", &last), MNISTCNN_OK);
  assert_int_equal(mcnn_h5_read_string(attribute(last, "model_config"), &alloc, &read),
                   MNISTCNN_OK);
  assert_string_equal(read, text);
  mcnn_free(&alloc, read);
  mcnn_strings_free(&strings, &alloc);
  mcnn_h5_close(file);
  mcnn_free(&alloc, bytes.data);
  free(text);
}

static void what_the_format_cannot_hold_is_refused(void **state) {
  (void)state;
  enum { LONG = 65000 };
  const mcnn_alloc alloc = mcnn_alloc_default();
  const uint64_t huge[] = {UINT64_MAX / 2, 8};
  static char text[LONG + 1], name[2000];
  const char *const two[] = {text, "b"};
  mcnn_h5_writer *writer;
  mcnn_bytes bytes;
  mcnn_h5_id id, data;

  memset(text, 'x', LONG);
  memset(name, 'n', sizeof name - 1);
  assert_int_equal(mcnn_h5_writer_create(&alloc, &writer), MNISTCNN_OK);
  assert_int_equal(
      mcnn_h5_write_strings_attribute(writer, MCNN_H5_ROOT, "layer_names", two, 2, MCNN_H5_FIXED),
      MNISTCNN_LIMIT);
  assert_non_null(strstr(mcnn_last_error(), "attribute layer_names: takes 1300"));
  assert_int_equal(mcnn_h5_write_group(writer, MCNN_H5_ROOT, name, &id), MNISTCNN_LIMIT);
  assert_int_equal(mcnn_h5_write_group(writer, MCNN_H5_ROOT, "", &id), MNISTCNN_LIMIT);
  assert_int_equal(mcnn_h5_write_group(writer, MCNN_H5_ROOT, "a/b", &id),
                   MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(mcnn_h5_write_group(writer, MCNN_H5_ROOT, "g", &id), MNISTCNN_OK);
  assert_int_equal(mcnn_h5_write_group(writer, MCNN_H5_ROOT, "g", &id), MNISTCNN_INVALID_ARGUMENT);
  assert_string_equal(mcnn_last_error(), "g: there is one already");
  assert_int_equal(mcnn_h5_write_floats(writer, MCNN_H5_ROOT, "d", kernel, huge, 2, &data),
                   MNISTCNN_LIMIT);
  assert_int_equal(mcnn_h5_write_floats(writer, MCNN_H5_ROOT, "d", kernel, kernel_shape, 33, &data),
                   MNISTCNN_LIMIT);
  assert_int_equal(mcnn_h5_write_floats(writer, MCNN_H5_ROOT, "d", kernel, kernel_shape, 2, &data),
                   MNISTCNN_OK);
  assert_int_equal(mcnn_h5_write_group(writer, data, "below", &id), MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(mcnn_h5_write_integer_attribute(writer, data, "n", 1), MNISTCNN_OK);
  assert_int_equal(mcnn_h5_write_integer_attribute(writer, data, "n", 1),
                   MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(mcnn_h5_write_integer_attribute(writer, 99, "n", 1), MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(mcnn_h5_writer_finish(writer, &bytes), MNISTCNN_OK);
  mcnn_free(&alloc, bytes.data);
  assert_int_equal(mcnn_h5_writer_finish(writer, &bytes), MNISTCNN_STATE);
  assert_int_equal(mcnn_h5_write_group(writer, MCNN_H5_ROOT, "h", &id), MNISTCNN_STATE);
  assert_int_equal(mcnn_h5_write_integer_attribute(writer, data, "m", 1), MNISTCNN_STATE);
  mcnn_h5_writer_free(writer);
}

static mnistcnn_status write_and_drop(const mcnn_alloc *alloc, void *context) {
  mcnn_bytes bytes = {0};
  const mnistcnn_status status = write_file(alloc, &bytes);

  (void)context;
  mcnn_free(alloc, bytes.data);
  return status;
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  assert_true(test_every_allocation(write_and_drop, NULL) > 20);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(it_is_read_as_it_was_written),
      cmocka_unit_test(texts_are_ascii_where_they_can_be),
      cmocka_unit_test(the_same_calls_make_the_same_bytes),
      cmocka_unit_test(many_objects_and_long_strings),
      cmocka_unit_test(what_the_format_cannot_hold_is_refused),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
