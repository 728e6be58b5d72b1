/* The file format by itself: what is written, what is read back, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/safetensors.h"
#include "base/status.h"
#include "file_order.h"

enum { MAX_FILE = 1 << 16 };

/* An 8-byte aligned file of this header and `data_bytes` bytes of zeros after it. */
typedef struct file {
  uint64_t words[MAX_FILE / sizeof(uint64_t)];
  size_t size;
} file;

static void make_file(file *f, const char *header, size_t header_bytes, size_t data_bytes) {
  unsigned char *bytes = (unsigned char *)f->words;
  const size_t padded = (header_bytes + 7) / 8 * 8;
  const uint64_t length = padded;
  assert_true(8 + padded + data_bytes <= MAX_FILE);
  memset(f->words, 0, sizeof f->words);
  for (size_t i = 0; i < 8; i++)
    bytes[i] = (unsigned char)(length >> (8 * i));
  memset(bytes + 8, ' ', padded);
  memcpy(bytes + 8, header, header_bytes);
  f->size = 8 + padded + data_bytes;
}

static mnistcnn_status parse_bytes(const void *bytes, size_t size, mcnn_st **st) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  /* A copy of exactly this size, so that the sanitizer sees reads past the end. */
  void *copy = malloc(size ? size : 1);
  assert_non_null(copy);
  memcpy(copy, bytes, size);
  const mnistcnn_status status = mcnn_st_parse(copy, size, "a file", &alloc, st);
  free(copy);
  return status;
}

#define TENSOR(name, shape, begin, end)                                                            \
  "\"" name "\":{\"dtype\":\"F32\",\"shape\":[" shape "],\"data_offsets\":[" #begin "," #end "]}"

/* --- accepted --------------------------------------------------------------------------------- */

static void writes_what_it_reads(void **state) {
  static const float values[6] = {1, -2, 3.5f, 0, 1e-30f, 7};
  const mcnn_st_tensor tensors[] = {
      {.name = "b/kernel", .rank = 2, .shape = {2, 2}, .values = values, .count = 4},
      {.name = "a \"quoted\" \xc3\xa9", .rank = 1, .shape = {2}, .values = values + 4, .count = 2}};
  const mcnn_st_entry metadata[] = {
      {"key", "value"},
      {"text", "tab\t line\n quote\" back\\ bell\x07 \xf0\x9f\x98\x80"},
      {"", ""}};
  const mcnn_alloc alloc = mcnn_alloc_default();
  unsigned char *header;
  size_t header_bytes;
  uint64_t bytes[MAX_FILE / sizeof(uint64_t)] = {0};
  mcnn_st *st;
  (void)state;
  assert_int_equal(mcnn_st_write_header(tensors, 2, metadata, 3, &alloc, &header, &header_bytes),
                   MNISTCNN_OK);
  assert_int_equal(header_bytes % 8, 0);
  memcpy(bytes, header, header_bytes);
  copy_file_floats((unsigned char *)bytes + header_bytes, values, 6);
  assert_int_equal(mcnn_st_parse(bytes, header_bytes + sizeof values, "x", &alloc, &st),
                   MNISTCNN_OK);
  assert_int_equal(st->num_tensors, 2);
  assert_int_equal(st->num_metadata, 3);
  for (size_t i = 0; i < 3; i++)
    assert_string_equal(mcnn_st_metadata(st, metadata[i].key), metadata[i].value);
  for (size_t i = 0; i < 2; i++) {
    const mcnn_st_tensor *tensor = mcnn_st_tensor_named(st, tensors[i].name);
    assert_ptr_equal(tensor, &st->tensors[i]);
    assert_int_equal(tensor->rank, tensors[i].rank);
    assert_memory_equal(tensor->shape, tensors[i].shape, tensor->rank * sizeof tensor->shape[0]);
    assert_memory_equal(tensor->values, tensors[i].values, tensor->count * sizeof(float));
  }
  assert_null(mcnn_st_metadata(st, "none"));
  assert_null(mcnn_st_tensor_named(st, "none"));
  mcnn_st_free(st);
  mcnn_free(&alloc, header);
}

static void sorts_by_place(void **state) {
  static const char header[] = "{" TENSOR("second", "1", 8, 12) "," TENSOR("first", "2", 0, 8) "}";
  const mcnn_alloc alloc = mcnn_alloc_default();
  static file f;
  mcnn_st *st;
  (void)state;
  make_file(&f, header, strlen(header), 12);
  assert_int_equal(mcnn_st_parse(f.words, f.size, "x", &alloc, &st), MNISTCNN_OK);
  assert_string_equal(st->tensors[0].name, "first");
  assert_string_equal(st->tensors[1].name, "second");
  assert_ptr_equal(st->tensors[1].values, st->tensors[0].values + 2);
  mcnn_st_free(st);
}

static const struct {
  const char *header;
  size_t data_bytes;
} good[] = {
    {"{}", 0},
    {" \n{\t}\r ", 0},
    {"{\"__metadata__\":{}}", 0},
    {"{\"__metadata__\":{\"a\":\"b\"} , " TENSOR("t", "1,1,1,1", 0, 4) "}", 4},
    {"{\"t\":{ \"data_offsets\" : [ 0 , 8 ] , \"shape\":[2],\"dtype\":\"F32\"}}", 8},
    {"{\"__metadata__\":{\"\\u00e9\\ud83d\\ude00\\\"\\\\\\/\\b\\f\\n\\r\\t\":\"\\u0041\"}}", 0},
};

static void accepts(void **state) {
  static file f;
  mcnn_st *st;
  (void)state;
  for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
    make_file(&f, good[i].header, strlen(good[i].header), good[i].data_bytes);
    if (parse_bytes(f.words, f.size, &st) != MNISTCNN_OK)
      fail_msg("%s: %s", good[i].header, mcnn_last_error());
    mcnn_st_free(st);
  }
}

static void decodes_escapes(void **state) {
  static const char header[] = "{\"__metadata__\":{\"k\":\"\\u0041\\u00e9\\u20ac\\ud83d\\ude00\"}}";
  static file f;
  mcnn_st *st;
  (void)state;
  make_file(&f, header, strlen(header), 0);
  assert_int_equal(parse_bytes(f.words, f.size, &st), MNISTCNN_OK);
  assert_string_equal(mcnn_st_metadata(st, "k"), "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
  mcnn_st_free(st);
}

/* --- refused ---------------------------------------------------------------------------------- */

/* Where no address is so large it is refused before the product is. */
#define BEYOND_MEMORY (sizeof(size_t) < 8 ? "too large" : "does not match")

#define T1            TENSOR("t", "1", 0, 4)
#define META(content) "{\"__metadata__\":{" content "}}"

static const struct {
  const char *header;
  size_t data_bytes;
  const char *reason;
} bad[] = {
    /* not JSON, or not this JSON */
    {"", 0, "expected '{'"},
    {"[]", 0, "expected '{'"},
    {"{", 0, "expected a string"},
    {"{}}", 0, "expected the end"},
    {"{}x", 0, "expected the end"},
    {"{,}", 0, "expected a string"},
    {"{" T1 ",}", 4, "expected a string"},
    {"{" T1 " " TENSOR("u", "1", 4, 8) "}", 8, "expected ',' or '}'"},
    {"{t:1}", 0, "expected a string"},
    {"{\"t\"}", 0, "expected ':'"},
    {"{\"t\":null}", 0, "expected '{'"},
    {"{\"t\":1}", 0, "expected '{'"},
    {"{\"t\":[]}", 0, "expected '{'"},
    {"{\"t\":{}}", 0, "missing dtype"},
    {"{'t':{}}", 0, "expected a string"},
    /* tensors */
    {"{\"t\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[0,4]}}", 4, "dtype is not F32"},
    {"{\"t\":{\"dtype\":\"f32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "dtype is not F32"},
    {"{\"t\":{\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "missing dtype"},
    {"{\"t\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}", 4, "missing dtype"},
    {"{\"t\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "missing dtype"},
    {"{\"t\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4,
     "duplicate key"},
    {"{\"t\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"x\":{}}}", 4, "unknown key"},
    {"{\"t\":{\"dtype\":\"F32\",\"shape\":[[1]],\"data_offsets\":[0,4]}}", 4, "integer"},
    {"{" TENSOR("t", "", 0, 4) "}", 4, "without dimensions"},
    {"{" TENSOR("t", "1,1,1,1,1", 0, 4) "}", 4, "too long"},
    {"{" TENSOR("t", "0", 0, 0) "}", 0, "0 or too large"},
    {"{" TENSOR("t", "-1", 0, 4) "}", 4, "integer"},
    {"{" TENSOR("t", "1.0", 0, 4) "}", 4, "expected ',' or ']'"},
    {"{" TENSOR("t", "1e0", 0, 4) "}", 4, "expected ',' or ']'"},
    {"{" TENSOR("t", "01", 0, 4) "}", 4, "leading zero"},
    {"{" TENSOR("t", "+1", 0, 4) "}", 4, "integer"},
    {"{" TENSOR("t", "\"1\"", 0, 4) "}", 4, "integer"},
    {"{" TENSOR("t", "1,", 0, 4) "}", 4, "integer"},
    {"{" TENSOR("t", "18446744073709551616", 0, 4) "}", 4, "out of range"},
    {"{" TENSOR("t", "99999999999999999999", 0, 4) "}", 4, "out of range"},
    {"{" TENSOR("t", "18446744073709551615", 0, 4) "}", 4, BEYOND_MEMORY},
    {"{" TENSOR("t", "4294967296,4294967296", 0, 4) "}", 4, "too large"},
    {"{" TENSOR("t", "4611686018427387905", 0, 4) "}", 4, BEYOND_MEMORY},
    {"{" TENSOR("t", "2", 0, 4) "}", 4, "does not match"},
    {"{" TENSOR("t", "1", 0, 5) "}", 5, "does not match"},
    {"{" TENSOR("t", "1", 4, 0) "}", 4, "outside"},
    {"{" TENSOR("t", "1", 0, 4) "}", 0, "outside"},
    {"{" TENSOR("t", "1", 18446744073709551612, 18446744073709551615) "}", 4, "outside"},
    {"{\"t\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}", 4, "two integers"},
    {"{\"t\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,4]}}", 4, "too long"},
    {"{" T1 "," T1 "}", 4, "duplicate name"},
    {"{" T1 "," TENSOR("\\u0074", "1", 4, 8) "}", 8, "duplicate name"},
    {"{" T1 "," TENSOR("u", "1", 0, 4) "}", 4, "overlaps"},
    {"{" T1 "," TENSOR("u", "2", 0, 8) "}", 8, "overlaps"},
    {"{" T1 "," TENSOR("u", "1", 8, 12) "}", 12, "gap before"},
    {"{" TENSOR("t", "1", 4, 8) "}", 8, "gap before"},
    {"{" T1 "}", 5, "after the last"},
    {"{" T1 "}", 8, "after the last"},
    {"{}", 1, "after the last"},
    /* metadata and strings */
    {"{\"__metadata__\":{},\"__metadata__\":{}}", 0, "duplicate __metadata__"},
    {"{\"__metadata__\":[]}", 0, "expected '{'"},
    {META("\"a\":1"), 0, "expected a string"},
    {META("\"a\":{}"), 0, "expected a string"},
    {META("\"a\":null"), 0, "expected a string"},
    {META("\"a\":\"1\",\"a\":\"2\""), 0, "duplicate metadata key"},
    {META("\"a\":\"1\",\"\\u0061\":\"2\""), 0, "duplicate metadata key"},
    {META("\"a\":\"\\u0000\""), 0, "invalid escape"},
    {META("\"a\":\"\\ud800\""), 0, "invalid escape"},
    {META("\"a\":\"\\udc00\""), 0, "invalid escape"},
    {META("\"a\":\"\\ud800\\u0041\""), 0, "invalid escape"},
    {META("\"a\":\"\\ud800\\ud800\""), 0, "invalid escape"},
    {META("\"a\":\"\\ud800x\""), 0, "invalid escape"},
    {META("\"a\":\"\\u12g4\""), 0, "invalid escape"},
    {META("\"a\":\"\\u+123\""), 0, "invalid escape"},
    {META("\"a\":\"\\x41\""), 0, "invalid escape"},
    {META("\"a\":\"\\U0041\""), 0, "invalid escape"},
    {META("\"a\":\"\n\""), 0, "UTF-8"},
    {META("\"a\":\"\x01\""), 0, "UTF-8"},
    {META("\"a\":\"\xff\""), 0, "UTF-8"},
    {META("\"a\":\"\xc0\x80\""), 0, "UTF-8"},
    {META("\"a\":\"\xed\xa0\x80\""), 0, "UTF-8"},
    {META("\"a\":\"\xf4\x90\x80\x80\""), 0, "UTF-8"},
    {META("\"a\":\"\xe2\x82\""), 0, "UTF-8"},
    {"{\"abc", 0, "unterminated"},
    {"{\"a\\", 0, "invalid escape"},
    {"{\"a\\u12", 0, "invalid escape"},
};

static void refuses(void **state) {
  static file f;
  (void)state;
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    mcnn_st *st;
    make_file(&f, bad[i].header, strlen(bad[i].header), bad[i].data_bytes);
    if (parse_bytes(f.words, f.size, &st) != MNISTCNN_FORMAT || st)
      fail_msg("%s: was accepted", bad[i].header);
    if (strncmp(mcnn_last_error(), "a file: ", 8) != 0 || !strstr(mcnn_last_error(), bad[i].reason))
      fail_msg("%s: was refused with: %s", bad[i].header, mcnn_last_error());
  }
}

static void refuses_nul_in_the_header(void **state) {
  static const char header[] = "{\"__metadata__\":{\"a\":\"x\0y\"}}";
  static file f;
  mcnn_st *st;
  (void)state;
  make_file(&f, header, sizeof header - 1, 0);
  assert_int_equal(parse_bytes(f.words, f.size, &st), MNISTCNN_FORMAT);
}

/* The eight bytes in front, of a file of `size` bytes. */
static mnistcnn_status parse_prefix(uint64_t length, size_t size) {
  static file f;
  mcnn_st *st;
  memset(f.words, ' ', sizeof f.words);
  unsigned char *const bytes = (unsigned char *)f.words;
  memcpy(bytes + 8, "{}", 2);
  for (size_t i = 0; i < 8; i++)
    bytes[i] = (unsigned char)(length >> (8 * i));
  const mnistcnn_status status = parse_bytes(f.words, size, &st);
  if (status == MNISTCNN_OK)
    mcnn_st_free(st);
  return status;
}

static void checks_the_header_length(void **state) {
  (void)state;
  assert_int_equal(parse_prefix(8, 16), MNISTCNN_OK);
  for (size_t size = 0; size < 16; size++)
    assert_int_equal(parse_prefix(8, size), MNISTCNN_FORMAT);
  assert_int_equal(parse_prefix(0, 8), MNISTCNN_FORMAT);
  assert_int_equal(parse_prefix(9, 17), MNISTCNN_FORMAT); /* no multiple of 8 */
  assert_int_equal(parse_prefix(16, 16), MNISTCNN_FORMAT);
  assert_int_equal(parse_prefix(UINT64_MAX, 16), MNISTCNN_FORMAT);
  assert_int_equal(parse_prefix(UINT64_MAX - 7, 16), MNISTCNN_FORMAT);
  assert_int_equal(parse_prefix((uint64_t)1 << 63, 16), MNISTCNN_FORMAT);
  assert_int_equal(parse_prefix(MCNN_ST_MAX_HEADER + 8, 16), MNISTCNN_FORMAT);
}

/* --- limits ----------------------------------------------------------------------------------- */

#define BYTES(literal) literal, sizeof literal - 1

/* What is given in place of a model is said, where its first bytes tell. */
static void other_models_are_named(void **state) {
  static const struct {
    const char *bytes;
    size_t size;
    const char *name; /* NULL: nothing is known of it */
  } files[] = {
      {BYTES("\x89HDF\r\n\x1A\n................"), "an HDF5 file, as Keras writes (.h5)"},
      {BYTES("PK\3\4........................\15\0\0\0metadata.json"), "a Keras 3 model (.keras)"},
      {BYTES("PK\3\4..........................model/data.pkl"), "a PyTorch file (.pt, .pth)"},
      {BYTES("PK\3\4..........................weights.npy"), "a NumPy archive (.npz)"},
      {BYTES("PK\3\4......"), "a ZIP archive"},
      {BYTES("\x80\2ctorch....."), "a Python pickle, as PyTorch writes (.pt, .pth)"},
      {BYTES("\x1C\0\0\0TFL3............"), "a TensorFlow Lite model (.tflite)"},
      {BYTES("\10\10\22\7pytorch\32\0052.1.0:.."), "an ONNX model (.onnx)"},
      {BYTES("GGUF\3\0\0\0...."), "a GGUF model"},
      {BYTES("<!DOCTYPE html><html>"), "an HTML page"},
      {BYTES("version https://git-lfs"), "a pointer of Git LFS; \"git lfs pull\" gets the file"},
      {BYTES("\x89HDF\r\n\x1A ................"), NULL},
      {BYTES("some other text"), NULL}};
  char expected[160];
  (void)state;

  for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
    mcnn_st *st = NULL;
    assert_int_equal(parse_bytes(files[i].bytes, files[i].size, &st), MNISTCNN_FORMAT);
    (void)snprintf(expected, sizeof expected, "a file: is not a safetensors file but %s",
                   files[i].name ? files[i].name : "");
    if (files[i].name)
      assert_string_equal(mcnn_last_error(), expected);
    else
      assert_null(strstr(mcnn_last_error(), " but "));
  }
}

static void refuses_deep_nesting(void **state) {
  enum { DEPTH = 20000 };
  static char header[2 * DEPTH];
  static file f;
  size_t length = 0;
  mcnn_st *st;
  (void)state;
  for (int i = 0; i < DEPTH / 5; i++) {
    memcpy(header + length, "{\"a\":", 5);
    length += 5;
  }
  make_file(&f, header, length, 0);
  assert_int_equal(parse_bytes(f.words, f.size, &st), MNISTCNN_FORMAT);
}

/* `count` metadata entries of no content. */
static mnistcnn_status parse_entries(int count) {
  static char header[MAX_FILE - 64];
  static file f;
  size_t length = (size_t)snprintf(header, sizeof header, "{\"__metadata__\":{");
  mcnn_st *st;
  for (int i = 0; i < count; i++) {
    length += (size_t)snprintf(header + length, sizeof header - length, "%s\"%d\":\"\"",
                               i > 0 ? "," : "", i);
  }
  length += (size_t)snprintf(header + length, sizeof header - length, "}}");
  make_file(&f, header, length, 0);
  const mnistcnn_status status = parse_bytes(f.words, f.size, &st);
  if (status == MNISTCNN_OK)
    mcnn_st_free(st);
  return status;
}

static void limits_the_entries(void **state) {
  (void)state;
  assert_int_equal(parse_entries(MCNN_ST_MAX_METADATA), MNISTCNN_OK);
  assert_int_equal(parse_entries(MCNN_ST_MAX_METADATA + 1), MNISTCNN_FORMAT);
}

static void writes_no_header_it_would_not_read(void **state) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  char *text = malloc(MCNN_ST_MAX_HEADER + 1);
  unsigned char *header;
  size_t bytes;
  (void)state;
  assert_non_null(text);
  memset(text, 'x', MCNN_ST_MAX_HEADER);
  text[MCNN_ST_MAX_HEADER] = '\0';
  const mcnn_st_entry metadata = {"k", text};
  assert_int_equal(mcnn_st_write_header(NULL, 0, &metadata, 1, &alloc, &header, &bytes),
                   MNISTCNN_LIMIT);
  assert_null(header);
  text[MCNN_ST_MAX_HEADER - 64] = '\0';
  assert_int_equal(mcnn_st_write_header(NULL, 0, &metadata, 1, &alloc, &header, &bytes),
                   MNISTCNN_OK);
  mcnn_free(&alloc, header);
  free(text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(writes_what_it_reads),
      cmocka_unit_test(sorts_by_place),
      cmocka_unit_test(accepts),
      cmocka_unit_test(decodes_escapes),
      cmocka_unit_test(refuses),
      cmocka_unit_test(refuses_nul_in_the_header),
      cmocka_unit_test(checks_the_header_length),
      cmocka_unit_test(other_models_are_named),
      cmocka_unit_test(refuses_deep_nesting),
      cmocka_unit_test(limits_the_entries),
      cmocka_unit_test(writes_no_header_it_would_not_read),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
