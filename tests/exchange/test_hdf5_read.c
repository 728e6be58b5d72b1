/* The HDF5 reader through its interface. What it reads out of files with each feature is compared
 * with what h5py reads by golden.sh; here are errors, and what callers rely on. */
#include "base/status.h"
#include "exchange/hdf5/hdf5.h"
#include "support.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct opened {
  unsigned char *data;
  size_t size;
  mcnn_alloc alloc;
  mcnn_h5 *file;
} opened;

static opened open_golden(const char *name) {
  opened o = {.alloc = mcnn_alloc_default()};

  o.data = test_read(EXCHANGE_GOLDEN_DIR, name, &o.size);
  assert_int_equal(mcnn_h5_open(o.data, o.size, name, &o.alloc, &o.file), MNISTCNN_OK);
  return o;
}

static void close_golden(opened *o) {
  mcnn_h5_close(o->file);
  free(o->data);
}

static mcnn_h5_object *get(const opened *o, const char *path) {
  mcnn_h5_object *object = NULL;

  assert_int_equal(mcnn_h5_get(mcnn_h5_root(o->file), path, &object), MNISTCNN_OK);
  return object;
}

static const mcnn_h5_value *dataset(const opened *o, const char *path) {
  const mcnn_h5_value *value = NULL;

  assert_int_equal(mcnn_h5_dataset(get(o, path), &value), MNISTCNN_OK);
  return value;
}

static const mcnn_h5_value *attribute(const opened *o, const char *name) {
  const mcnn_h5_value *value = NULL;

  assert_int_equal(mcnn_h5_attribute(mcnn_h5_root(o->file), name, &value), MNISTCNN_OK);
  assert_non_null(value);
  return value;
}

static void assert_message(const char *part) {
  if (!strstr(mcnn_last_error(), part))
    fail_msg("\"%s\" does not contain \"%s\"", mcnn_last_error(), part);
}

/* --- groups ----------------------------------------------------------------------------------- */

static void links_are_sorted_and_found(void **state) {
  (void)state;
  static const char *const names[] = {"a",    "deep",    "dense_10", "dense_2", "layers\\dense",
                                      "same", "\xC3\xA4"};
  opened o = open_golden("groups-earliest.h5");
  mcnn_h5_object *found;
  size_t count;

  assert_int_equal(mcnn_h5_num_links(mcnn_h5_root(o.file), &count), MNISTCNN_OK);
  assert_int_equal(count, sizeof names / sizeof *names);
  for (size_t i = 0; i < count; i++)
    assert_string_equal(mcnn_h5_link_name(mcnn_h5_root(o.file), i), names[i]);
  assert_string_equal(mcnn_h5_path(mcnn_h5_root(o.file)), "/");
  assert_string_equal(mcnn_h5_path(get(&o, "/deep//er/and/deeper/")), "/deep/er/and/deeper");
  assert_ptr_equal(get(&o, ""), mcnn_h5_root(o.file));
  assert_int_equal(mcnn_h5_find(mcnn_h5_root(o.file), "dense", &found), MNISTCNN_OK);
  assert_null(found);
  assert_int_equal(mcnn_h5_find(mcnn_h5_root(o.file), "a/kernel:0/below", &found), MNISTCNN_OK);
  assert_null(found);
  close_golden(&o);
}

static void what_is_missing_is_named(void **state) {
  (void)state;
  opened o = open_golden("groups-latest.h5");
  mcnn_h5_object *found;
  const mcnn_h5_value *value;

  assert_int_equal(mcnn_h5_get(get(&o, "deep"), "er/dense", &found), MNISTCNN_NOT_FOUND);
  assert_null(found);
  assert_string_equal(mcnn_last_error(), "groups-latest.h5: /deep: there is no er/dense in it");
  assert_int_equal(mcnn_h5_dataset(get(&o, "deep"), &value), MNISTCNN_FORMAT);
  assert_null(value);
  assert_message("/deep: is not a dataset");
  assert_int_equal(mcnn_h5_attribute(get(&o, "deep"), "none", &value), MNISTCNN_OK);
  assert_null(value);
  close_golden(&o);
}

/* --- values ----------------------------------------------------------------------------------- */

static void a_value_tells_its_shape(void **state) {
  (void)state;
  opened o = open_golden("chunks-latest.h5");
  const mcnn_h5_value *const value = dataset(&o, "grow_both_deflate");

  assert_null(value->name);
  assert_int_equal(value->class, MCNN_H5_FLOAT);
  assert_int_equal(value->element_bytes, 4);
  assert_int_equal(value->rank, 2);
  assert_int_equal(value->shape[0], 7);
  assert_int_equal(value->shape[1], 5);
  assert_int_equal(value->count, 35);
  close_golden(&o);
}

static void numbers_are_converted(void **state) {
  (void)state;
  static const char *const names[] = {"f2le", "f2be", "f4le", "f4be", "f8le", "f8be"};
  opened o = open_golden("types-earliest.h5");
  float floats[7];
  int64_t integers[3];

  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    assert_int_equal(mcnn_h5_read_floats(dataset(&o, names[i]), floats, 7), MNISTCNN_OK);
    assert_true(floats[0] == 0.0f && !signbit(floats[0]) && signbit(floats[1]));
    assert_true(floats[2] == 1.5f && floats[3] == -2.25f && floats[4] == 65504.0f);
    assert_true(fabsf(floats[5] - 6e-8f) < 1e-9f && isinf(floats[6]));
  }
  assert_int_equal(mcnn_h5_read_floats(dataset(&o, "i2be"), floats, 3), MNISTCNN_OK);
  assert_true(floats[0] == -3.0f && floats[2] == 100.0f);
  assert_int_equal(mcnn_h5_read_integers(dataset(&o, "i8be"), integers, 3), MNISTCNN_OK);
  assert_true(integers[0] == -3 && integers[2] == 100);
  assert_int_equal(mcnn_h5_read_integers(dataset(&o, "bool"), integers, 2), MNISTCNN_OK);
  assert_true(integers[0] == 1 && integers[1] == 0);
  assert_int_equal(dataset(&o, "none")->count, 0);
  assert_int_equal(mcnn_h5_read_floats(dataset(&o, "none"), NULL, 0), MNISTCNN_OK);
  close_golden(&o);
}

static void wrong_classes_and_counts_are_refused(void **state) {
  (void)state;
  opened o = open_golden("types-latest.h5"), s = open_golden("strings-latest.h5");
  float floats[7];
  int64_t integers[7];
  char *text;

  assert_int_equal(mcnn_h5_read_floats(dataset(&o, "f4le"), floats, 6), MNISTCNN_SHAPE_MISMATCH);
  assert_message("/f4le: has 7 numbers where 6 are expected");
  assert_int_equal(mcnn_h5_read_integers(dataset(&o, "i4le"), integers, 2),
                   MNISTCNN_SHAPE_MISMATCH);
  assert_int_equal(mcnn_h5_read_integers(dataset(&o, "f4le"), integers, 7), MNISTCNN_UNSUPPORTED);
  assert_message("holds floats where integers are expected");
  assert_int_equal(mcnn_h5_read_floats(dataset(&o, "complex"), floats, 1), MNISTCNN_UNSUPPORTED);
  assert_message("holds a compound type where numbers are expected");
  assert_int_equal(mcnn_h5_read_string(dataset(&o, "scalar"), &o.alloc, &text),
                   MNISTCNN_UNSUPPORTED);
  assert_null(text);
  assert_int_equal(mcnn_h5_read_string(attribute(&s, "list"), &s.alloc, &text),
                   MNISTCNN_SHAPE_MISMATCH);
  assert_message("/: attribute list: has 3 elements where one string is expected");
  close_golden(&o);
  close_golden(&s);
}

static void strings_lose_their_padding(void **state) {
  (void)state;
  static const char *const lists[][2] = {{"terminated", "cdefg"}, {"spaces", "cdefg"}};
  opened o = open_golden("strings-earliest.h5");
  mcnn_strings strings = {0};
  char *text;

  for (size_t i = 0; i < 2; i++) {
    mcnn_strings two = {0};
    assert_int_equal(mcnn_h5_read_strings(attribute(&o, lists[i][0]), &o.alloc, &two), MNISTCNN_OK);
    assert_int_equal(two.count, 2);
    assert_string_equal(mcnn_strings_at(&two, 0), "ab");
    assert_string_equal(mcnn_strings_at(&two, 1), lists[i][1]);
    mcnn_strings_free(&two, &o.alloc);
  }
  /* They are appended; and an empty list is one, though its type is a float. */
  assert_int_equal(mcnn_h5_read_strings(attribute(&o, "fixed_list"), &o.alloc, &strings),
                   MNISTCNN_OK);
  assert_int_equal(mcnn_h5_read_strings(attribute(&o, "no_names"), &o.alloc, &strings),
                   MNISTCNN_OK);
  assert_int_equal(mcnn_h5_read_strings(attribute(&o, "list"), &o.alloc, &strings), MNISTCNN_OK);
  assert_int_equal(strings.count, 6);
  assert_string_equal(mcnn_strings_at(&strings, 2), "");
  assert_string_equal(mcnn_strings_at(&strings, 4), "bias");
  mcnn_strings_free(&strings, &o.alloc);
  assert_int_equal(mcnn_h5_read_string(attribute(&o, "str"), &o.alloc, &text), MNISTCNN_OK);
  assert_string_equal(text, "variable \xC3\xA4");
  mcnn_free(&o.alloc, text);
  close_golden(&o);
}

/* --- forms that libraries before 1.8 wrote ------------------------------------------------------
 */

/* The layout message of the n-th dataset with a layout of this kind in an early file. */
static unsigned char *find_layout(unsigned char *data, size_t size, unsigned char kind, size_t n) {
  static const unsigned char start[] = {8, 0, 24, 0}; /* type and size */

  for (size_t at = 0; at + 32 <= size; at++)
    if (memcmp(data + at, start, sizeof start) == 0 && data[at + 8] == 3 && data[at + 9] == kind &&
        n-- == 0)
      return data + at + 8;
  fail_msg("there is no such layout");
  return NULL;
}

static mnistcnn_status open_and_read(const mcnn_alloc *alloc, void *context);

typedef struct bytes {
  const unsigned char *data;
  size_t size;
} bytes;

/* A contiguous layout of version 3 and of the versions before: what follows the address differs. */
static void old_layouts_are_read(void **state) {
  (void)state;
  enum { LAYOUTS = 5 };
  const mcnn_alloc alloc = mcnn_alloc_default();

  for (unsigned char version = 1; version <= 2; version++) {
    opened o = open_golden("groups-earliest.h5");
    float expected[2], floats[2];
    assert_int_equal(mcnn_h5_read_floats(dataset(&o, "a/kernel:0"), expected, 2), MNISTCNN_OK);
    mcnn_h5_close(o.file);
    for (size_t i = 0; i < LAYOUTS; i++) {
      unsigned char *const layout = find_layout(o.data, o.size, 1, 0);
      unsigned char address[8];
      memcpy(address, layout + 2, sizeof address);
      const unsigned char old[24] = {version, 1, 1};
      memcpy(layout, old, sizeof old);
      memcpy(layout + 8, address, sizeof address);
      layout[16] = 2;
    }
    bytes b = {o.data, o.size};
    assert_int_equal(open_and_read(&alloc, &b), MNISTCNN_OK);
    assert_int_equal(mcnn_h5_open(o.data, o.size, "x.h5", &alloc, &o.file), MNISTCNN_OK);
    assert_int_equal(mcnn_h5_read_floats(dataset(&o, "a/kernel:0"), floats, 2), MNISTCNN_OK);
    assert_memory_equal(floats, expected, sizeof floats);
    close_golden(&o);
  }
}

/* The same for the chunks of the only dataset of one dimension. */
static void old_chunks_are_read(void **state) {
  (void)state;
  const mcnn_alloc alloc = mcnn_alloc_default();
  opened o = open_golden("chunks-earliest.h5");
  int64_t integers[5];
  unsigned char *layout = NULL, address[8];

  for (size_t n = 0; !layout || layout[2] != 2; n++)
    layout = find_layout(o.data, o.size, 2, n);
  memcpy(address, layout + 3, sizeof address);
  const unsigned char old[24] = {1, 2, 2, [16] = 5, [20] = 1};
  memcpy(layout, old, sizeof old);
  memcpy(layout + 8, address, sizeof address);
  mcnn_h5_close(o.file);
  assert_int_equal(mcnn_h5_open(o.data, o.size, "x.h5", &alloc, &o.file), MNISTCNN_OK);
  assert_int_equal(mcnn_h5_read_integers(dataset(&o, "odd"), integers, 5), MNISTCNN_OK);
  for (int64_t i = 0; i < 5; i++)
    assert_int_equal(integers[i], i);
  close_golden(&o);
}

/* Version 1 has four bytes more. They take the place of what version 0 remembers of the root. */
static void superblock_1_is_read(void **state) {
  (void)state;
  enum { INSERTED_AT = 24, END = 96 };
  const mcnn_alloc alloc = mcnn_alloc_default();
  opened o = open_golden("groups-earliest.h5");
  bytes b = {o.data, o.size};

  o.data[8] = 1;
  memmove(o.data + INSERTED_AT + 4, o.data + INSERTED_AT, END - INSERTED_AT - 4);
  memset(o.data + INSERTED_AT, 0, 4);
  assert_int_equal(open_and_read(&alloc, &b), MNISTCNN_OK);
  o.data[8] = 9;
  assert_int_equal(open_and_read(&alloc, &b), MNISTCNN_UNSUPPORTED);
  assert_message("superblock version 9 is not supported");
  close_golden(&o);
}

/* --- what is refused -------------------------------------------------------------------------- */

static void what_leads_out_of_the_file_is_refused(void **state) {
  (void)state;
  static const char *const files[] = {"refused-earliest.h5", "refused-latest.h5"};
  static const char *const links[][2] = {{"soft", "soft is a soft link"},
                                         {"external", "external is an external link"}};
  static const char *const datasets[][2] = {
      {"virtual", "/virtual: a virtual dataset"},
      {"elsewhere", "/elsewhere: a dataset whose data are in another file"},
      {"lzf", "filter 32000 (lzf)"},
      {"scaleoffset", "filter 6 (scale-offset)"},
      {"unwritten", "has never been written"},
      {"committed", "a datatype is stored elsewhere"}};

  for (size_t f = 0; f < 2; f++) {
    opened o = open_golden(files[f]);
    mcnn_h5_object *found;
    const mcnn_h5_value *value;
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
      assert_int_equal(mcnn_h5_find(mcnn_h5_root(o.file), links[i][0], &found),
                       MNISTCNN_UNSUPPORTED);
      assert_null(found);
      assert_message(links[i][1]);
    }
    for (size_t i = 0; i < sizeof datasets / sizeof *datasets; i++) {
      assert_int_equal(mcnn_h5_dataset(get(&o, datasets[i][0]), &value), MNISTCNN_UNSUPPORTED);
      assert_null(value);
      assert_message(datasets[i][1]);
    }
    float floats[4];
    assert_int_equal(mcnn_h5_read_floats(dataset(&o, "partly"), floats, 4), MNISTCNN_UNSUPPORTED);
    assert_message("1 of its 2 chunks have never been written");
    close_golden(&o);
  }
}

/* Looks at everything in a file, and reads it; MNISTCNN_OK or what went wrong last. */
static mnistcnn_status read_value(const mcnn_h5_value *value, const mcnn_alloc *alloc) {
  mcnn_strings strings = {0};
  mnistcnn_status status;

  if (value->class == MCNN_H5_STRING) {
    status = mcnn_h5_read_strings(value, alloc, &strings);
    mcnn_strings_free(&strings, alloc);
    return status;
  }
  if (value->class == MCNN_H5_OTHER)
    return MNISTCNN_OK;
  float *const floats = malloc((value->count + 1) * sizeof *floats);
  assert_non_null(floats);
  status = mcnn_h5_read_floats(value, floats, value->count);
  free(floats);
  return status;
}

static mnistcnn_status read_all(mcnn_h5_object *object, const mcnn_alloc *alloc) {
  const mcnn_h5_value *value;
  size_t count;
  mnistcnn_status status = mcnn_h5_num_attributes(object, &count);

  for (size_t i = 0; i < count && status == MNISTCNN_OK; i++) {
    status = mcnn_h5_attribute(object, mcnn_h5_attribute_name(object, i), &value);
    if (status == MNISTCNN_OK)
      status = read_value(value, alloc);
  }
  if (status == MNISTCNN_OK && mcnn_h5_is_dataset(object)) {
    status = mcnn_h5_dataset(object, &value);
    if (status == MNISTCNN_OK)
      status = read_value(value, alloc);
  }
  if (status == MNISTCNN_OK)
    status = mcnn_h5_num_links(object, &count);
  for (size_t i = 0; i < count && status == MNISTCNN_OK; i++) {
    mcnn_h5_object *child;
    status = mcnn_h5_get(object, mcnn_h5_link_name(object, i), &child);
    if (status == MNISTCNN_OK)
      status = read_all(child, alloc);
  }
  return status;
}

static mnistcnn_status open_and_read(const mcnn_alloc *alloc, void *context) {
  const bytes *const b = context;
  mcnn_h5 *file;
  mnistcnn_status status = mcnn_h5_open(b->data, b->size, "x.h5", alloc, &file);

  if (status == MNISTCNN_OK)
    status = read_all(mcnn_h5_root(file), alloc);
  mcnn_h5_close(file);
  return status;
}

static const char *const whole_files[] = {
    "chunks-earliest.h5", "chunks-latest.h5",    "groups-earliest.h5", "groups-latest.h5",
    "many-latest.h5",     "strings-earliest.h5", "strings-latest.h5",  "userblock.h5"};

static void every_allocation_may_fail(void **state) {
  (void)state;
  static const char *const files[] = {"chunks-latest.h5", "strings-earliest.h5",
                                      "groups-latest.h5"};
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    size_t size;
    unsigned char *const data = test_read(EXCHANGE_GOLDEN_DIR, files[i], &size);
    bytes b = {data, size};
    assert_true(test_every_allocation(open_and_read, &b) > 10);
    free(data);
  }
}

/* Little stored, much declared. */
static void bombs_are_refused(void **state) {
  (void)state;
  enum { ZEROS = 1 << 22, MANY = 100 };
  opened o = open_golden("bombs-latest.h5");
  const mcnn_h5_value *value;
  mnistcnn_status status = MNISTCNN_OK;
  unsigned times = 0;
  float *const floats = malloc(ZEROS * sizeof *floats);

  assert_non_null(floats);
  assert_int_equal(mcnn_h5_dataset(get(&o, "declared"), &value), MNISTCNN_FORMAT);
  assert_message(
      sizeof(size_t) < 8
          ? "/declared: the HDF5 file is damaged: its shape has more elements than"
          : "/declared: the HDF5 file is damaged or cut off: its shape is that of more data");
  assert_int_equal(mcnn_h5_dataset(get(&o, "declared_plain"), &value), MNISTCNN_FORMAT);
  for (; status == MNISTCNN_OK && times < MANY; times++)
    status = mcnn_h5_read_floats(dataset(&o, "zeros"), floats, ZEROS);
  assert_int_equal(status, MNISTCNN_LIMIT);
  assert_message("/zeros: the chunks of the HDF5 file hold far more");
  assert_in_range(times, 3, 10);
  free(floats);
  close_golden(&o);
}

static unsigned char *find_signature(const opened *o, const char *signature, size_t at, int value) {
  for (size_t i = 0; i + at < o->size; i++)
    if (memcmp(o->data + i, signature, 4) == 0 && o->data[i + at] == value)
      return o->data + i;
  fail_msg("there is no %s", signature);
  return NULL;
}

/* A group that contains itself is sound, and has no end. */
static void circles_of_groups_end(void **state) {
  (void)state;
  enum { ROOT_ADDRESS_AT = 64, FIRST_ADDRESS = 16, TIMES = 40 };
  opened o = open_golden("many-earliest.h5");
  unsigned char *const links = find_signature(&o, "SNOD", 6, 1);
  char path[6 * TIMES + 1] = "";
  mcnn_h5_object *found;
  size_t count;

  mcnn_h5_close(o.file);
  memcpy(links + FIRST_ADDRESS, o.data + ROOT_ADDRESS_AT, 8); /* "group" is the root */
  assert_int_equal(mcnn_h5_open(o.data, o.size, "x.h5", &o.alloc, &o.file), MNISTCNN_OK);
  assert_int_equal(mcnn_h5_num_links(get(&o, "group/group"), &count), MNISTCNN_OK);
  assert_int_equal(count, 1);
  for (size_t i = 0; i < TIMES; i++)
    memcpy(path + 6 * i, "group/", 7);
  assert_int_equal(mcnn_h5_find(mcnn_h5_root(o.file), path, &found), MNISTCNN_LIMIT);
  assert_null(found);
  assert_message("more than 32 groups within one another");
  close_golden(&o);
}

static void circles_of_nodes_are_refused(void **state) {
  (void)state;
  enum { CHILD_AT = 32 };
  opened o = open_golden("many-earliest.h5");
  unsigned char *const links = find_signature(&o, "SNOD", 6, 1);
  size_t count, address = (size_t)(links - o.data);
  unsigned char *tree = NULL;

  /* The B-tree of the root: its first child are these links. */
  for (size_t i = 0; !tree && i + CHILD_AT + 8 < o.size; i++)
    if (memcmp(o.data + i, "TREE", 4) == 0 && o.data[i + CHILD_AT] == (address & 0xFF) &&
        o.data[i + CHILD_AT + 1] == (address >> 8 & 0xFF))
      tree = o.data + i;
  assert_non_null(tree);
  mcnn_h5_close(o.file);
  address = (size_t)(tree - o.data);
  tree[5] = 1; /* its level */
  tree[CHILD_AT] = (unsigned char)(address & 0xFF);
  tree[CHILD_AT + 1] = (unsigned char)(address >> 8 & 0xFF);
  assert_int_equal(mcnn_h5_open(o.data, o.size, "x.h5", &o.alloc, &o.file), MNISTCNN_OK);
  assert_int_equal(mcnn_h5_num_links(mcnn_h5_root(o.file), &count), MNISTCNN_FORMAT);
  assert_int_equal(count, 0);
  assert_message("the levels of a B-tree are wrong");
  close_golden(&o);
}

static void bfloat16_is_opaque(void **state) {
  (void)state;
  opened o = open_golden("types-latest.h5");
  float floats[2];

  assert_int_equal(mcnn_h5_read_floats(dataset(&o, "bfloat16"), floats, 2), MNISTCNN_UNSUPPORTED);
  assert_message("holds opaque data where numbers are expected");
  assert_int_equal(mcnn_h5_read_bfloat16(dataset(&o, "bfloat16"), floats, 2), MNISTCNN_OK);
  assert_true(floats[0] == 1.5f && floats[1] == -2.0f);
  assert_int_equal(mcnn_h5_read_bfloat16(dataset(&o, "i2le"), floats, 2), MNISTCNN_UNSUPPORTED);
  assert_message("holds integers where bfloat16 are expected");
  assert_int_equal(mcnn_h5_read_bfloat16(dataset(&o, "bfloat16"), floats, 1),
                   MNISTCNN_SHAPE_MISMATCH);
  close_golden(&o);
}

/* The superblock says how long the file is, so each is seen to be cut off. */
static void cut_files_are_refused(void **state) {
  (void)state;
  const mcnn_alloc alloc = mcnn_alloc_default();
  for (size_t i = 0; i < sizeof whole_files / sizeof *whole_files; i++) {
    size_t size;
    unsigned char *const data = test_read(EXCHANGE_GOLDEN_DIR, whole_files[i], &size);
    bytes b = {data, size};
    assert_int_equal(open_and_read(&alloc, &b), MNISTCNN_OK);
    for (size_t cut = 0; cut < size; cut++) {
      unsigned char *const copy = malloc(cut + 1); /* whose end a sanitizer sees */
      assert_non_null(copy);
      memcpy(copy, data, cut);
      b = (bytes){copy, cut};
      assert_int_equal(open_and_read(&alloc, &b), MNISTCNN_FORMAT);
      assert_message("x.h5: /: ");
      free(copy);
    }
    free(data);
  }
}

static void only_hdf5_is_hdf5(void **state) {
  (void)state;
  static const char text[] = "PK\3\4 and no signature";
  const mcnn_alloc alloc = mcnn_alloc_default();
  mcnn_h5 *file;
  opened o = open_golden("userblock.h5");

  assert_true(mcnn_h5_is_hdf5(o.data, o.size)); /* at 512 */
  assert_false(mcnn_h5_is_hdf5(o.data, 512));
  assert_false(mcnn_h5_is_hdf5(text, sizeof text));
  assert_false(mcnn_h5_is_hdf5(text, 0));
  assert_int_equal(mcnn_h5_open(text, sizeof text, "a.h5", &alloc, &file), MNISTCNN_FORMAT);
  assert_null(file);
  assert_string_equal(mcnn_last_error(), "a.h5: /: is not an HDF5 file");
  close_golden(&o);
}

/* Structures of the newer forms have checksums: a changed byte does not become another number. */
static void checksums_are_verified(void **state) {
  (void)state;
  static const char *const files[] = {"many-latest.h5", "chunks-latest.h5"};
  static const char *const signatures[] = {"OHDR", "FRHP", "FHIB", "FHDB", "BTHD",
                                           "BTLF", "FAHD", "FADB", "EAHD", "EAIB"};
  const mcnn_alloc alloc = mcnn_alloc_default();
  size_t seen = 0;

  for (size_t f = 0; f < 2; f++) {
    size_t size;
    unsigned char *const data = test_read(EXCHANGE_GOLDEN_DIR, files[f], &size);
    bytes b = {data, size};
    for (size_t at = 0; at + 10 < size; at++) {
      for (size_t i = 0; i < sizeof signatures / sizeof *signatures; i++) {
        if (memcmp(data + at, signatures[i], 4) != 0)
          continue;
        data[at + 9] ^= 1; /* of an address, a size or a count */
        assert_int_not_equal(open_and_read(&alloc, &b), MNISTCNN_OK);
        data[at + 9] ^= 1;
        seen++;
      }
    }
    free(data);
  }
  assert_true(seen > 20);
}

/* Who looks for a chunk follows the keys of its B-tree; where they are out of order it may not be
 * found, so nobody reads it. */
static void check_changed_key(const char *name, const char *dataset, size_t place,
                              const char *message) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  const mcnn_h5_value *value = NULL;
  mcnn_h5_object *object = NULL;
  mcnn_h5 *file;
  float floats[35];
  size_t size;
  unsigned char *const data = test_read(EXCHANGE_GOLDEN_DIR, name, &size);
  for (int changed = 0; changed < 2; changed++) {
    data[place] = changed ? (unsigned char)(data[place] ^ 6) : data[place];
    assert_int_equal(mcnn_h5_open(data, size, name, &alloc, &file), MNISTCNN_OK);
    assert_int_equal(mcnn_h5_get(mcnn_h5_root(file), dataset, &object), MNISTCNN_OK);
    assert_int_equal(mcnn_h5_dataset(object, &value), MNISTCNN_OK);
    assert_true(value->count <= sizeof floats / sizeof *floats);
    assert_int_equal(mcnn_h5_read_floats(value, floats, value->count),
                     changed ? MNISTCNN_FORMAT : MNISTCNN_OK);
    mcnn_h5_close(file);
  }
  assert_non_null(strstr(mcnn_last_error(), message));
  free(data);
}

/* The key behind the last chunk, and of a chunk the offset within an element. */
static void keys_of_chunks_are_in_order(void **state) {
  (void)state;
  check_changed_key("chunks-earliest.h5", "grow_both", 38168, "its chunks are not in order");
  check_changed_key("narrow.h5", "deflate", 10571, "does not lie on the grid of chunks");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(keys_of_chunks_are_in_order),
      cmocka_unit_test(links_are_sorted_and_found),
      cmocka_unit_test(what_is_missing_is_named),
      cmocka_unit_test(a_value_tells_its_shape),
      cmocka_unit_test(numbers_are_converted),
      cmocka_unit_test(wrong_classes_and_counts_are_refused),
      cmocka_unit_test(strings_lose_their_padding),
      cmocka_unit_test(old_layouts_are_read),
      cmocka_unit_test(old_chunks_are_read),
      cmocka_unit_test(superblock_1_is_read),
      cmocka_unit_test(what_leads_out_of_the_file_is_refused),
      cmocka_unit_test(every_allocation_may_fail),
      cmocka_unit_test(bombs_are_refused),
      cmocka_unit_test(circles_of_groups_end),
      cmocka_unit_test(circles_of_nodes_are_refused),
      cmocka_unit_test(bfloat16_is_opaque),
      cmocka_unit_test(cut_files_are_refused),
      cmocka_unit_test(only_hdf5_is_hdf5),
      cmocka_unit_test(checksums_are_verified),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
