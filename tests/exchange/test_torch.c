/* Models of PyTorch: files that it wrote (torch_golden.py), archives and safetensors that are made
 * here, and what is refused. */
#include "base/status.h"
#include "exchange/torch/text.h"
#include "exchange/zip/zip_write.h"
#include "file_order.h"
#include "mnistcnn_exchange.h"
#include "support.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { HEIGHT = 6, WIDTH = 5, CHANNELS = 3, PIXELS = HEIGHT * WIDTH * CHANNELS, CLASSES = 3 };
enum { NOTES = 4096 };

static const double tolerance = 1e-5;
static const char chain[] = "conv 4 3x3 same, batchnorm relu, maxpool 2, flatten, dense 3";

#define BYTES(literal) literal, sizeof(literal) - 1

static void assert_exchange_message(const char *part) {
  if (!strstr(mnistcnn_exchange_last_error(), part))
    fail_msg("\"%s\" does not contain \"%s\"", mnistcnn_exchange_last_error(), part);
}

/* All notes of an import, one after the other. */
static void collect_notes(int32_t level, const char *message, void *user) {
  char *const notes = user;
  (void)level;
  (void)snprintf(notes + strlen(notes), NOTES - strlen(notes), "%s\n", message);
}

static mnistcnn_import_options torch_options(const void *data, size_t size_bytes) {
  mnistcnn_import_options options = MNISTCNN_IMPORT_OPTIONS_INIT;
  options.data = data;
  options.size_bytes = size_bytes;
  options.encoding = "unit";
  options.input_height = HEIGHT;
  options.input_width = WIDTH;
  return options;
}

static void predict_pattern(const mnistcnn_model *model, float probabilities[CLASSES]) {
  uint8_t pixels[PIXELS];
  for (int i = 0; i < HEIGHT; i++)
    for (int j = 0; j < WIDTH; j++)
      for (int c = 0; c < CHANNELS; c++)
        pixels[(i * WIDTH + j) * CHANNELS + c] = (uint8_t)((7 * i + 13 * j + 31 * c) % 256);
  assert_int_equal(mnistcnn_predict_u8(model, NULL, pixels, PIXELS, probabilities, CLASSES),
                   MNISTCNN_OK);
}

/* --- files that PyTorch wrote ----------------------------------------------------------------- */

static void check_golden(const char *name, const char *architecture, const double *expected) {
  char path[TEST_PATH], notes[NOTES] = "";
  float found[CLASSES];
  mnistcnn_import_options options = torch_options(NULL, 0);
  mnistcnn_model *model = NULL;
  options.path = test_join(path, TORCH_GOLDEN_DIR, name);
  options.architecture = architecture;
  options.log = collect_notes;
  options.user = notes;
  if (mnistcnn_import(&options, &model) != MNISTCNN_OK)
    fail_msg("%s", mnistcnn_exchange_last_error());
  predict_pattern(model, found);
  for (int i = 0; i < CLASSES; i++)
    if (!(fabs((double)found[i] - expected[i]) < tolerance))
      fail_msg("%s: output %d is %g, not %g", name, i, (double)found[i], expected[i]);
  /* A Sequential that was saved whole says what it is. */
  assert_true((strstr(notes, "guess") != NULL) ==
              (!architecture && strncmp(name, "whole", 5) != 0));
  mnistcnn_model_free(model);
}

static void golden_files_answer_as_pytorch(void **state) {
  (void)state;
  size_t size;
  int files = 0;
  unsigned char *const values = test_read(TORCH_GOLDEN_DIR, "values.txt", &size);
  char *const text = calloc(1, size + 1);
  memcpy(text, values, size);
  for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"), files++) {
    double expected[CLASSES];
    char name[64];
    assert_int_equal(
        sscanf(line, "%63s %lf %lf %lf", name, &expected[0], &expected[1], &expected[2]), 4);
    check_golden(name, NULL, expected);
    check_golden(name, chain, expected);
  }
  assert_int_equal(files, 13);
  free(text);
  free(values);
}

static void programs_are_refused_with_what_saves_the_weights(void **state) {
  (void)state;
  static const char *const names[][2] = {
      {"module-zip.pt", "a whole module of class __main__.Classifier"},
      {"module-legacy.pt", "a whole module of class"},
      {"script.pt", "TorchScript, which is a program"}};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    char path[TEST_PATH];
    mnistcnn_import_options options = torch_options(NULL, 0);
    mnistcnn_model *model = NULL;
    options.path = test_join(path, TORCH_GOLDEN_DIR, names[i][0]);
    assert_int_equal(mnistcnn_import(&options, &model), MNISTCNN_UNSUPPORTED);
    assert_exchange_message(names[i][1]);
    assert_exchange_message(".state_dict(), \"weights.pt\")");
    assert_null(model);
  }
}

static void wrong_architectures_are_refused(void **state) {
  (void)state;
  static const struct {
    const char *architecture;
    mnistcnn_status status;
    const char *message;
  } rows[] = {
      {"conv 5 3x3 same relu, maxpool 2, flatten, dense 3", MNISTCNN_SHAPE_MISMATCH,
       "the shape of conv2d_1"},
      {"conv 4 5x5 same relu, maxpool 2, flatten, dense 3", MNISTCNN_SHAPE_MISMATCH,
       "the shape of conv2d_1"},
      {"conv 4 3x3 same relu, flatten, dense 3", MNISTCNN_SHAPE_MISMATCH, "the shape of dense_1"},
      {"conv 4 3x3 same nobias relu, maxpool 2, flatten, dense 3", MNISTCNN_SHAPE_MISMATCH,
       "0 has a bias, but conv2d_1"},
      {"conv 4 3x3 same, batchnorm noscale relu, maxpool 2, flatten, dense 3",
       MNISTCNN_SHAPE_MISMATCH, "1 has a scale and an offset"},
      {"conv 4 3x3 same, batchnorm relu, batchnorm, maxpool 2, flatten, dense 3",
       MNISTCNN_SHAPE_MISMATCH, "the shape of batch_normalization_2"},
      {"conv 4 3x3 same relu, globalavgpool", MNISTCNN_SHAPE_MISMATCH,
       "the weights of 5 belong to no layer"},
      {"conv 4 3x3 same relu, flatten, dens 3", MNISTCNN_ARCHITECTURE, "layer 3"},
      {"separable 4 3x3, flatten, dense 3", MNISTCNN_SHAPE_MISMATCH, "separable_conv2d_1"},
      {"", MNISTCNN_ARCHITECTURE, ""},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char path[TEST_PATH];
    mnistcnn_import_options options = torch_options(NULL, 0);
    mnistcnn_model *model = NULL;
    options.path = test_join(path, TORCH_GOLDEN_DIR, "chain-zip.pt");
    options.architecture = rows[i].architecture;
    const mnistcnn_status status = mnistcnn_import(&options, &model);
    if (status != rows[i].status)
      fail_msg("%s: status %d: %s", rows[i].architecture, status, mnistcnn_exchange_last_error());
    assert_exchange_message(rows[i].message);
    assert_null(model);
  }
}

/* Notes, and the name of what is not used. */
static void unused_normalisations_are_said(void **state) {
  (void)state;
  char path[TEST_PATH], notes[NOTES] = "";
  mnistcnn_import_options options = torch_options(NULL, 0);
  mnistcnn_model *model = NULL;
  options.path = test_join(path, TORCH_GOLDEN_DIR, "chain-wrapped.pt");
  options.architecture = "conv 4 3x3 same relu, maxpool 2, flatten, dense 3";
  options.encoding = NULL;
  options.log = collect_notes;
  options.user = notes;
  assert_int_equal(mnistcnn_import(&options, &model), MNISTCNN_OK);
  assert_non_null(strstr(notes, "1 is left out: the network has no such batch normalisation"));
  assert_non_null(strstr(notes, "the weights are those of \"model_state_dict\""));
  assert_non_null(strstr(notes, "input encoding unit"));
  mnistcnn_model_free(model);
}

static void cut_torch_files_are_refused(void **state) {
  (void)state;
  static const char *const names[] = {"chain-zip.pt", "chain-legacy.pt", "chain-bare.pkl",
                                      "chain.safetensors", "whole-legacy.pt"};
  for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
    size_t size;
    unsigned char *const data = test_read(TORCH_GOLDEN_DIR, names[n], &size);
    for (size_t length = 0; length < size; length++) {
      /* In memory of its own, so that a sanitizer sees what is read beyond it. */
      unsigned char *const part = malloc(length + 1);
      memcpy(part, data, length);
      mnistcnn_import_options options = torch_options(part, length);
      mnistcnn_model *model = NULL;
      assert_int_not_equal(mnistcnn_import(&options, &model), MNISTCNN_OK);
      assert_null(model);
      free(part);
    }
    free(data);
  }
}

typedef struct attempt {
  const char *name, *architecture;
} attempt;

static mnistcnn_status import_torch_with(const mcnn_alloc *alloc, void *context) {
  const attempt *const a = context;
  size_t size;
  unsigned char *const data = test_read(TORCH_GOLDEN_DIR, a->name, &size);
  mnistcnn_allocator allocator = MNISTCNN_ALLOCATOR_INIT;
  mnistcnn_import_options options = torch_options(data, size);
  mnistcnn_model *model = NULL;
  allocator.allocate = alloc->allocate;
  allocator.deallocate = alloc->deallocate;
  allocator.user = alloc->user;
  options.allocator = &allocator;
  options.architecture = a->architecture;
  options.encoding = NULL;
  const mnistcnn_status status = mnistcnn_import(&options, &model);
  mnistcnn_model_free(model);
  free(data);
  return status;
}

static void every_allocation_of_an_import_may_fail(void **state) {
  (void)state;
  static const attempt attempts[] = {{"chain-zip.pt", NULL},      {"chain-zip.pt", chain},
                                     {"chain-legacy.pt", chain},  {"chain-bare.pkl", chain},
                                     {"chain.safetensors", NULL}, {"whole-zip.pt", NULL},
                                     {"chain-wrapped.pt", NULL}};
  for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++) {
    attempt a = attempts[i];
    assert_true(test_every_allocation(import_torch_with, &a) > 10);
  }
}

/* --- archives and pickles with something wrong ------------------------------------------------ */

static mnistcnn_status import_bytes_of(const void *data, size_t size_bytes) {
  mnistcnn_import_options options = torch_options(data, size_bytes);
  mnistcnn_model *model = NULL;
  const mnistcnn_status status = mnistcnn_import(&options, &model);
  assert_true((status == MNISTCNN_OK) == (model != NULL));
  mnistcnn_model_free(model);
  return status;
}

/* A state_dict with one tensor "fc.weight", of two rows of 90; `rebuild` is what makes it. */
#define STORAGE(type, key, count)                                                                  \
  "(X\x07\x00\x00\x00storage" type "X\x01\x00\x00\x00" key "X\x03\x00\x00\x00"                     \
  "cpu" count "tQ"
#define FLOATS  "ctorch\nFloatStorage\n"
#define REBUILD "ctorch._utils\n_rebuild_tensor_v2\n"
#define NAME                                                                                       \
  "X\x09\x00\x00\x00"                                                                              \
  "fc.weight"
#define ORDERED     "ccollections\nOrderedDict\n)R"
#define DICT(value) "\x80\x02}" NAME value "s."
#define TENSOR(storage, offset, shape, stride)                                                     \
  REBUILD "(" storage offset shape stride "\x89" ORDERED "tR"
#define GOOD TENSOR(STORAGE(FLOATS, "0", "K\xb4"), "K\x00", "K\x02KZ\x86", "KZK\x01\x86")

typedef struct bad_archive {
  const char *pickle;
  size_t size;
  size_t storage_bytes;
  const char *name, *content; /* of one more member */
  mnistcnn_status status;
  const char *message;
} bad_archive;

static void check_archive(const bad_archive *row) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  unsigned char *const storage = calloc(1, row->storage_bytes + 1);
  mcnn_bytes bytes = {NULL, 0, 0};
  const mcnn_zip_member members[3] = {
      {"model/data.pkl", {row->pickle, row->size}},
      {"model/data/0", {storage, row->storage_bytes}},
      {row->name ? row->name : "", {row->content, row->content ? strlen(row->content) : 0}}};
  assert_int_equal(mcnn_zip_write(members, row->name ? 3 : 2, &alloc, &bytes), MNISTCNN_OK);
  const mnistcnn_status status = import_bytes_of(bytes.data, bytes.size);
  if (status != row->status)
    fail_msg("%s: status %d: %s", row->message, status, mnistcnn_exchange_last_error());
  if (status != MNISTCNN_OK)
    assert_exchange_message(row->message);
  mcnn_free(&alloc, bytes.data);
  free(storage);
}

static void bad_archives_are_refused(void **state) {
  (void)state;
  enum { WHOLE = 720 };
  static const bad_archive rows[] = {
      {BYTES(DICT(GOOD)), WHOLE, NULL, NULL, MNISTCNN_OK, ""},
      {BYTES(DICT(GOOD)), WHOLE, "model/byteorder", "little", MNISTCNN_OK, ""},
      {BYTES(DICT(GOOD)), WHOLE, "__MACOSX/model/data.pkl", "x", MNISTCNN_OK, ""},
      {BYTES(DICT(GOOD)), WHOLE, "model/byteorder", "big", MNISTCNN_UNSUPPORTED, "big-endian"},
      {BYTES(DICT(GOOD)), WHOLE, "other/data.pkl", "x", MNISTCNN_FORMAT,
       "has 2 files \"data.pkl\""},
      {BYTES(DICT(GOOD)), WHOLE, "model/constants.pkl", "x", MNISTCNN_UNSUPPORTED, "TorchScript"},
      {BYTES(DICT(GOOD)), WHOLE - 4, NULL, NULL, MNISTCNN_FORMAT, "another size than"},
      {BYTES(DICT(GOOD)), WHOLE + 1, NULL, NULL, MNISTCNN_FORMAT, "another size than"},
      {BYTES(DICT(GOOD) "N."), WHOLE, NULL, NULL, MNISTCNN_FORMAT, "something follows the pickle"},
      {BYTES(DICT(TENSOR(STORAGE(FLOATS, "1", "K\xb4"), "K\x00", "K\x02KZ\x86", "KZK\x01\x86"))),
       WHOLE, NULL, NULL, MNISTCNN_FORMAT, "a storage is missing in the archive"},
      {BYTES(DICT(TENSOR(STORAGE("cshop\nFloatStorage\n", "0", "K\xb4"), "K\x00", "K\x02KZ\x86",
                         "KZK\x01\x86"))),
       WHOLE, NULL, NULL, MNISTCNN_UNSUPPORTED, "the pickle names shop.FloatStorage"},
      {BYTES(DICT(TENSOR(STORAGE("N", "0", "K\xb4"), "K\x00", "K\x02KZ\x86", "KZK\x01\x86"))),
       WHOLE, NULL, NULL, MNISTCNN_FORMAT, "of a type that is not read"},
      {BYTES(DICT(TENSOR("N", "K\x00", "K\x02KZ\x86", "KZK\x01\x86"))), WHOLE, NULL, NULL,
       MNISTCNN_FORMAT, "of a type that is not read"},
      {BYTES(DICT(TENSOR(STORAGE(FLOATS, "0", "K\xb4"), "K\x01", "K\x02KZ\x86", "KZK\x01\x86"))),
       WHOLE, NULL, NULL, MNISTCNN_FORMAT, "tensor fc.weight reaches beyond its storage"},
      {BYTES(DICT(TENSOR(STORAGE(FLOATS, "0", "K\xb4"), "K\x00", "K\x02KZ\x86", "K[K\x01\x86"))),
       WHOLE, NULL, NULL, MNISTCNN_FORMAT, "reaches beyond its storage"},
      {BYTES(DICT(TENSOR(STORAGE(FLOATS, "0", "K\xb4"), "J\xff\xff\xff\xff", "K\x02KZ\x86",
                         "KZK\x01\x86"))),
       WHOLE, NULL, NULL, MNISTCNN_UNSUPPORTED, "no sound shape and strides"},
      {BYTES(DICT(TENSOR(STORAGE(FLOATS, "0", "K\xb4"), "K\x00", "K\x02KZ\x86", "K\x01\x85"))),
       WHOLE, NULL, NULL, MNISTCNN_UNSUPPORTED, "no sound shape and strides"},
      {BYTES(DICT(TENSOR(STORAGE(FLOATS, "0", "K\xb4"), "K\x00", "K\x02K\x00\x86", "KZK\x01\x86"))),
       WHOLE, NULL, NULL, MNISTCNN_FORMAT, "tensor fc.weight is empty"},
      {BYTES(DICT(TENSOR(STORAGE(FLOATS, "0", "K\xb4"), "K\x00",
                         "\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7fKZ\x86", "K\x00K\x01\x86"))),
       WHOLE, NULL, NULL, MNISTCNN_LIMIT, "tensor fc.weight has more than"},
      {BYTES(DICT(TENSOR(STORAGE("ctorch\nLongStorage\n", "0", "KZ"), "K\x00", "K\x01KZ\x86",
                         "KZK\x01\x86"))),
       WHOLE, NULL, NULL, MNISTCNN_UNSUPPORTED, "holds integers"},
      {BYTES(DICT("ctorch._utils\n_rebuild_qtensor\n)R")), WHOLE, NULL, NULL, MNISTCNN_UNSUPPORTED,
       "it would call torch._utils._rebuild_qtensor"},
      {BYTES(DICT(REBUILD ")R")), WHOLE, NULL, NULL, MNISTCNN_UNSUPPORTED,
       "is of a kind that is not read"},
      {BYTES("\x80\x02}" NAME GOOD "s" NAME GOOD "s."), WHOLE, NULL, NULL, MNISTCNN_FORMAT,
       "two tensors are called \"fc.weight\""},
      {BYTES("\x80\x02}X\x01\x00\x00\x00"
             "acos\nsystem\ns."),
       WHOLE, NULL, NULL, MNISTCNN_FORMAT, "no dictionary of tensors"},
      {BYTES("\x80\x02}(" NAME GOOD "X\x01\x00\x00\x00"
             "acos\nsystem\nu."),
       WHOLE, NULL, NULL, MNISTCNN_UNSUPPORTED, "the pickle names os.system"},
      {BYTES("\x80\x02}(X\x01\x00\x00\x00"
             "a}" NAME GOOD "sX\x01\x00\x00\x00"
             "b}" NAME GOOD "su."),
       WHOLE, NULL, NULL, MNISTCNN_UNSUPPORTED, "several sets of weights (\"a\", \"b\")"},
      {BYTES("\x80\x02}(X\x05\x00\x00\x00model}" NAME GOOD "sX\x03\x00\x00\x00"
             "ema}" NAME GOOD "su."),
       WHOLE, NULL, NULL, MNISTCNN_OK, ""},
      {BYTES("\x80\x02"
             "cshop\nShop\n)\x81}X\x08\x00\x00\x00_modules}sb."),
       WHOLE, NULL, NULL, MNISTCNN_UNSUPPORTED, "a whole module of class shop.Shop"},
      {BYTES("\x80\x02]q\x00h\x00"
             "a."),
       WHOLE, NULL, NULL, MNISTCNN_FORMAT, "no dictionary of tensors"},
      {BYTES("\x80\x02"
             "cos\nsystem\nX\x02\x00\x00\x00ls\x85R."),
       WHOLE, NULL, NULL, MNISTCNN_UNSUPPORTED, "it would call os.system"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    check_archive(&rows[i]);
}

/* The parts of a file from before 1.6. */
#define MAGIC                                                                                      \
  "\x80\x02\x8a\nl\xfc\x9c"                                                                        \
  "F\xf9 j\xa8P\x19."
#define VERSION "\x80\x02M\xe9\x03."
#define LITTLE  "\x80\x02}X\x0d\x00\x00\x00little_endian\x88s."
#define KEYS                                                                                       \
  "\x80\x02]X\x01\x00\x00\x00"                                                                     \
  "0a."
#define NONE_KEYS "\x80\x02]."

static void bad_files_of_old_are_refused(void **state) {
  (void)state;
  static const struct {
    const char *data;
    size_t size;
    const char *message;
  } rows[] = {
      {BYTES(MAGIC "\x80\x02K\x01." LITTLE DICT(GOOD) KEYS), "another protocol than 1001"},
      {BYTES(MAGIC VERSION "\x80\x02}." DICT(GOOD) KEYS), "big-endian"},
      {BYTES(MAGIC VERSION LITTLE DICT(GOOD) "\x80\x02N."), "the list of its storages is missing"},
      {BYTES(MAGIC VERSION LITTLE DICT(GOOD) "\x80\x02]Na."), "a storage has no key"},
      {BYTES(MAGIC VERSION LITTLE DICT(GOOD) KEYS), "a storage is cut off"},
      {BYTES(MAGIC VERSION LITTLE DICT(GOOD) KEYS "\xb4\x00\x00\x00\x00\x00\x00\x00"),
       "a storage is cut off"},
      {BYTES(MAGIC VERSION LITTLE DICT(GOOD) KEYS "\xff\xff\xff\xff\xff\xff\xff\xff"),
       "a storage is cut off"},
      {BYTES(MAGIC VERSION LITTLE DICT(GOOD) KEYS "\x00\x00\x00\x00\x00\x00\x00\x00"),
       "reaches beyond its storage of 0 elements"},
      {BYTES(MAGIC VERSION LITTLE DICT(GOOD) KEYS "\x00\x00\x00\x00\x00\x00\x00\x00x"),
       "something follows the last storage"},
      {BYTES(MAGIC VERSION LITTLE DICT(GOOD) NONE_KEYS), "a storage is missing in the list"},
      {BYTES(MAGIC VERSION LITTLE DICT("K\x01") KEYS), "but the object does not use it"},
      {BYTES(DICT(GOOD)), "a storage is missing in the list"},
      {BYTES(DICT(GOOD) "x"), "something follows the pickle"},
      {BYTES("\x80\x02}."), "no dictionary of tensors"},
      {BYTES(MAGIC VERSION LITTLE "\x80\x02"
                                  "cos\nsystem\nX\x02\x00\x00\x00ls\x85R."),
       "it would call os.system"},
      {BYTES(DICT(TENSOR("ctorch.storage\n_load_from_bytes\nC\x04\x80\x02N.\x85R", "K\x00",
                         "K\x02KZ\x86", "KZK\x01\x86"))),
       "of a type that is not read"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    unsigned char *const copy = malloc(rows[i].size);
    memcpy(copy, rows[i].data, rows[i].size);
    assert_int_not_equal(import_bytes_of(copy, rows[i].size), MNISTCNN_OK);
    assert_exchange_message(rows[i].message);
    free(copy);
  }
}

/* --- safetensors ------------------------------------------------------------------------------ */

/* A file whose header is this text, and so many bytes of zeros behind it. */
static mnistcnn_status import_header(const char *header, size_t bytes) {
  const size_t length = strlen(header);
  unsigned char *const data = calloc(1, 8 + length + bytes);
  data[0] = (unsigned char)length;
  data[1] = (unsigned char)(length >> 8);
  memcpy(data + 8, header, length);
  const mnistcnn_status status = import_bytes_of(data, 8 + length + bytes);
  free(data);
  return status;
}

#define ENTRY(name, dtype, shape, begin, end)                                                      \
  "\"" name "\":{\"dtype\":\"" dtype "\",\"shape\":[" shape "],\"data_offsets\":[" #begin "," #end \
  "]}"

static void bad_safetensors_are_refused(void **state) {
  (void)state;
  static const struct {
    const char *header;
    size_t bytes;
    mnistcnn_status status;
    const char *message;
  } rows[] = {
      {"{" ENTRY("fc.weight", "F32", "2,90", 0, 720) "}", 720, MNISTCNN_OK, ""},
      {"{\"__metadata__\":{\"format\":\"pt\"}," ENTRY("fc.weight", "F16", "2,90", 0, 360) "}", 360,
       MNISTCNN_OK, ""},
      {"{" ENTRY("fc.weight", "F8_E4M3", "2,90", 0, 180) "}", 180, MNISTCNN_UNSUPPORTED,
       "the dtype \"F8_E4M3\""},
      {"{" ENTRY("fc.weight", "I32", "2,90", 0, 720) "}", 720, MNISTCNN_UNSUPPORTED,
       "holds integers"},
      {"{" ENTRY("fc.weight", "F32", "2,90", 0, 720) "}", 721, MNISTCNN_FORMAT,
       "something follows the last tensor"},
      {"{" ENTRY("fc.weight", "F32", "2,90", 4, 724) "}", 724, MNISTCNN_FORMAT, "gap between"},
      {"{" ENTRY("fc.weight", "F32", "2,90", 0, 724) "}", 724, MNISTCNN_FORMAT,
       "more bytes than its shape"},
      {"{" ENTRY("fc.weight", "F32", "2,90", 0, 716) "}", 716, MNISTCNN_FORMAT,
       "reaches beyond its storage"},
      {"{" ENTRY("fc.weight", "F32", "2,90", 0, 720) "}", 700, MNISTCNN_FORMAT,
       "lies outside of the file"},
      {"{" ENTRY("fc.weight", "F32", "2,-90", 0, 720) "}", 720, MNISTCNN_FORMAT, "no sound shape"},
      {"{" ENTRY("fc.weight", "F32", "2,1.5", 0, 720) "}", 720, MNISTCNN_FORMAT, "no sound shape"},
      {"{" ENTRY("fc.weight", "F32", "1,1,1,1,1,1,1,2,90", 0, 720) "}", 720, MNISTCNN_FORMAT,
       "no sound shape"},
      {"{" ENTRY("fc.weight", "F32", "2,90", 0, 720) "," ENTRY("fc.bias", "F32", "2", 716, 724) "}",
       724, MNISTCNN_FORMAT, "overlap"},
      {"{\"fc.weight\":3}", 0, MNISTCNN_UNSUPPORTED, "the dtype \"\""},
      {"{", 0, MNISTCNN_FORMAT, "the safetensors header"},
      {"{}", 0, MNISTCNN_FORMAT, "has no weights of layers"},
      {"{" ENTRY("bn.num_batches_tracked", "I64", "", 0, 8) "}", 8, MNISTCNN_FORMAT,
       "has no weights of layers"},
      {"{" ENTRY("relu.weight", "F32", "4", 0, 16) "}", 16, MNISTCNN_UNSUPPORTED,
       "relu has one number for each channel"},
      {"{" ENTRY("conv.weight_g", "F32", "4", 0, 16) "}", 16, MNISTCNN_UNSUPPORTED,
       "tensor conv.weight_g (4) belongs to a layer that is not read"},
      {"{" ENTRY("lstm.weight", "F32", "2,3,4", 0, 96) "}", 96, MNISTCNN_UNSUPPORTED,
       "tensor lstm.weight (2x3x4)"},
      {"{" ENTRY("fc.bias", "F32", "2", 0, 8) "}", 8, MNISTCNN_UNSUPPORTED, "tensor fc.bias (2)"},
      {"{" ENTRY("c.weight", "F32", "4,2,3,3", 0, 288) "}", 288, MNISTCNN_UNSUPPORTED,
       "its first convolution reads 2 channels"},
      {"{" ENTRY("bn.running_mean", "F32", "2", 0, 8) "," ENTRY("bn.running_var", "F32", "3", 8,
                                                                20) "}",
       20, MNISTCNN_FORMAT, "the arrays of bn are not of one size"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    const mnistcnn_status status = import_header(rows[i].header, rows[i].bytes);
    if (status != rows[i].status)
      fail_msg("%s: status %d: %s", rows[i].header, status, mnistcnn_exchange_last_error());
    if (status != MNISTCNN_OK)
      assert_exchange_message(rows[i].message);
  }
}

/* --- networks that names and shapes imply ----------------------------------------------------- */

typedef struct made_file {
  char header[8192];
  size_t values;                         /* of all tensors */
  size_t num_variances, variances[8][2]; /* the first of each, and the one behind its last */
} made_file;

/* Appends "name:16,1,5,5"; statistics of batch normalisations follow their weight by themselves. */
static void make_tensor(made_file *file, const char *name, const char *shape) {
  const size_t used = strlen(file->header), first = file->values;
  size_t count = 1;
  for (const char *at = shape; *at; at += strcspn(at, ","), at += *at == ',' ? 1 : 0)
    count *= strtoul(at, NULL, 10);
  file->values += count;
  if (strstr(name, "running_var")) {
    file->variances[file->num_variances][0] = first;
    file->variances[file->num_variances++][1] = file->values;
  }
  (void)snprintf(file->header + used, sizeof file->header - used,
                 "%s\"%s\":{\"dtype\":\"F32\",\"shape\":[%s],\"data_offsets\":[%zu,%zu]}",
                 used > 1 ? "," : "", name, shape, 4 * first, 4 * file->values);
}

/* "conv1:16,1,5,5 bn1:16 fc1:10,256": with biases, and of vectors with statistics. */
static unsigned char *make_file(const char *layers, size_t *size) {
  static made_file file;
  char spec[512], name[96], first[16];
  file.values = file.num_variances = 0;
  (void)snprintf(file.header, sizeof file.header, "{");
  (void)snprintf(spec, sizeof spec, "%s", layers);
  for (char *word = strtok(spec, " "); word; word = strtok(NULL, " ")) {
    char *const shape = strchr(word, ':') + 1;
    shape[-1] = '\0';
    const char *const members[] = {"weight", "bias", "running_mean", "running_var"};
    (void)snprintf(first, sizeof first, "%.*s", (int)strcspn(shape, ","), shape);
    for (size_t i = 0; i < (strchr(shape, ',') ? 2u : 4u); i++) {
      (void)snprintf(name, sizeof name, "%.60s.%s", word, members[i]);
      make_tensor(&file, name, i == 0 ? shape : first);
    }
  }
  strcat(file.header, "}");
  const size_t length = strlen(file.header);
  *size = 8 + length + 4 * file.values;
  unsigned char *const data = calloc(1, *size);
  data[0] = (unsigned char)length;
  data[1] = (unsigned char)(length >> 8);
  memcpy(data + 8, file.header, length);
  uint32_t seed = 9;
  for (size_t i = 0; i < file.values; i++) {
    float value = (float)(test_byte(&seed) + 1) / 1024 - (i % 3 == 0 ? 0.2f : 0);
    for (size_t v = 0; v < file.num_variances; v++)
      if (i >= file.variances[v][0] && i < file.variances[v][1])
        value = fabsf(value) + 0.1f;
    copy_file_floats(data + 8 + length + 4 * i, &value, 1);
  }
  return data;
}

typedef struct implied {
  const char *layers;
  const char *architecture; /* NULL: several or none, and then the message */
  const char *message;
} implied;

static const implied implied_networks[] = {
    {"conv1:6,1,5,5 conv2:16,6,5,5 fc1:120,256 fc2:84,120 fc3:10,84",
     "conv 6 5x5 relu, maxpool 2, conv 16 5x5 relu, maxpool 2, flatten, dense 120 relu, dense 84 "
     "relu, dense 10 softmax",
     NULL},
    /* The example of PyTorch. */
    {"conv1:32,1,3,3 conv2:64,32,3,3 fc1:128,9216 fc2:10,128",
     "conv 32 3x3 relu, conv 64 3x3 relu, maxpool 2, flatten, dense 128 relu, dense 10 softmax",
     NULL},
    /* Numbers of a Sequential: conv, relu, conv, relu, pool. */
    {"0:8,1,3,3 2:8,8,3,3 6:10,1568",
     "conv 8 3x3 same relu, conv 8 3x3 same relu, maxpool 2, flatten, dense 10 softmax", NULL},
    /* By number, not by letter: 10 comes behind 2; and wrappers are no part of the names. */
    {"module.0:8,1,5,5 module.3:8,8,5,5 module.10:10,128",
     "conv 8 5x5 relu, maxpool 2, conv 8 5x5 relu, maxpool 2, flatten, dense 10 softmax", NULL},
    {"fc1:30,784 fc2:10,30", "flatten, dense 30 relu, dense 10 softmax", NULL},
    {"0:30,784 1:20,30 2:1,20", "flatten, dense 30, dense 20, dense 2 softmax", NULL},
    {"conv1:4,3,5,5 fc1:10,784", "conv 4 5x5 relu, maxpool 2, flatten, dense 10 softmax", NULL},
    {"block1.conv:4,1,5,5 block1.bn:4 fc:10,576",
     "conv 4 5x5, batchnorm momentum 0.9 epsilon 0.00001 unbiased relu, maxpool 2, flatten, dense "
     "10 "
     "softmax",
     NULL},
    {"conv1:6,1,5,5 conv2:16,6,5,5 fc1:10,400", NULL, "several networks fit"},
    {"conv1:4,1,3,3 conv2:8,4,3,3 conv3:16,8,3,3 fc:10,144", NULL, "several networks fit"},
    {"conv1:8,1,3,3 conv2:16,8,3,3 fc:10,16", NULL, "globalavgpool"},
    {"conv1:10,1,3,3 fc1:10,490", NULL, "maxpool 2, conv 10 3x3 same relu, maxpool 2"},
    {"conv1:8,1,3,3 conv2:16,8,3,3", NULL, "globalavgpool softmax"},
    {"conv1:8,1,3,3 fc:10,999", NULL, "no simple network"},
    {"conv1:8,1,3,3 conv2:16,9,3,3 fc:10,1352", NULL, "no simple network"},
    {"conv1:8,1,3,3 shortcut.conv:8,8,1,1 fc:10,1352", NULL, "no simple network"},
    {"conv1:4,1,5,5 bn7:5 fc:10,576", NULL, "no simple network"},
    {"conv_a:4,1,5,5 conv_b:4,4,5,5 norm_a:4 norm_b:4 fc:10,64", NULL, "no simple network"},
};

static void implied_networks_are_found(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof implied_networks / sizeof *implied_networks; i++) {
    const implied *const row = &implied_networks[i];
    size_t size;
    char notes[NOTES] = "";
    unsigned char *const data = make_file(row->layers, &size);
    mnistcnn_import_options options = MNISTCNN_IMPORT_OPTIONS_INIT;
    mnistcnn_model *model = NULL;
    options.data = data;
    options.size_bytes = size;
    options.log = collect_notes;
    options.user = notes;
    const mnistcnn_status status = mnistcnn_import(&options, &model);
    if (row->architecture) {
      if (status != MNISTCNN_OK)
        fail_msg("%s: %s", row->layers, mnistcnn_exchange_last_error());
      assert_string_equal(mnistcnn_model_architecture(model), row->architecture);
      assert_non_null(strstr(notes, "the network is a guess"));
    } else {
      if (status != MNISTCNN_INVALID_ARGUMENT)
        fail_msg("%s: status %d (%s)", row->layers, status,
                 model ? mnistcnn_model_architecture(model) : mnistcnn_exchange_last_error());
      assert_exchange_message(row->message);
      assert_exchange_message("--arch");
      if (!strstr(row->message, "no simple"))
        assert_non_null(strstr(notes, "would fit, of 28x28: --arch"));
    }
    mnistcnn_model_free(model);
    free(data);
  }
}

/* Transposed images and a model that was imported transposed: the same answer. */
static void transposed_weights_are_exact(void **state) {
  (void)state;
  enum { SIDE = 8, SQUARE = SIDE * SIDE };
  static const char architecture[] =
      "conv 6 3x3 same relu, depthwise 3x3 relu, separable 4 3x3, batchnorm, conv 8 1x1, flatten, "
      "batchnorm, dense 3";
  static const char layers[] = "a:6,1,3,3 b:6,1,3,3 d:4,6,1,1 e:4 f:8,4,1,1 g:128 h:3,128";
  size_t size;
  unsigned char *const data = make_file(layers, &size);
  mnistcnn_import_options options = MNISTCNN_IMPORT_OPTIONS_INIT;
  uint8_t pixels[SQUARE], turned[SQUARE];
  float plain[CLASSES], transposed[CLASSES];
  uint32_t seed = 4;
  mnistcnn_model *model = NULL;
  for (size_t i = 0; i < SQUARE; i++)
    pixels[i] = test_byte(&seed);
  for (size_t i = 0; i < SQUARE; i++)
    turned[i % SIDE * SIDE + i / SIDE] = pixels[i];
  options.data = data;
  options.size_bytes = size;
  options.input_height = options.input_width = SIDE;
  options.architecture = architecture;
  options.encoding = "unit";
  /* The depthwise part of a separable layer has no bias in PyTorch's usual form. */
  assert_int_equal(mnistcnn_import(&options, &model), MNISTCNN_SHAPE_MISMATCH);
  assert_exchange_message("the shape of separable_conv2d_1");
  options.architecture =
      "conv 6 3x3 same relu, depthwise 3x3 relu, conv 4 1x1, batchnorm, conv 8 1x1, flatten, "
      "batchnorm, dense 3";
  free(data);
  options.data = make_file("a:6,1,3,3 b:6,1,3,3 d:4,6,1,1 e:4 f:8,4,1,1 g:288 h:3,288", &size);
  options.size_bytes = size;
  if (mnistcnn_import(&options, &model) != MNISTCNN_OK)
    fail_msg("%s", mnistcnn_exchange_last_error());
  assert_int_equal(mnistcnn_predict_u8(model, NULL, pixels, SQUARE, plain, CLASSES), MNISTCNN_OK);
  mnistcnn_model_free(model);
  options.encoding = "unit+transposed";
  assert_int_equal(mnistcnn_import(&options, &model), MNISTCNN_OK);
  assert_int_equal(mnistcnn_predict_u8(model, NULL, turned, SQUARE, transposed, CLASSES),
                   MNISTCNN_OK);
  for (int i = 0; i < CLASSES; i++)
    assert_true(fabs((double)plain[i] - (double)transposed[i]) < tolerance);
  assert_true(plain[0] != plain[1]);
  mnistcnn_model_free(model);
  options.input_width = SIDE + 1;
  assert_int_not_equal(mnistcnn_import(&options, &model), MNISTCNN_OK);
  assert_exchange_message("need square images");
  free((void *)(uintptr_t)options.data);
}

static void defaults_are_those_of_pytorch(void **state) {
  (void)state;
  static const char *const rows[][2] = {
      {"conv 8 3x3, batchnorm relu, flatten",
       "conv 8 3x3, batchnorm momentum 0.9 epsilon 0.00001 unbiased relu, flatten"},
      {"batchnorm epsilon 0.001  noscale,batchnorm momentum 0.5 unbiased",
       "batchnorm momentum 0.9 unbiased epsilon 0.001 noscale,batchnorm epsilon 0.00001 momentum "
       "0.5 "
       "unbiased"},
      {"dense 3 leaky_relu, leaky_relu 0.3, leaky_relu",
       "dense 3 leaky_relu 0.01, leaky_relu 0.3, leaky_relu 0.01"},
      {"", ""},
  };
  mcnn_torch_text *const text = malloc(sizeof *text);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    mcnn_torch_defaults(rows[i][0], text);
    assert_string_equal(text->text, rows[i][1]);
  }
  free(text);
  assert_int_equal(mcnn_torch_text_classes("conv 8 3x3, flatten, dense 12 relu, dense 7 softmax"),
                   7);
  assert_int_equal(mcnn_torch_text_classes("conv 8 3x3, globalavgpool"), 8);
  assert_int_equal(mcnn_torch_text_classes("flatten, dense classes"), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(golden_files_answer_as_pytorch),
      cmocka_unit_test(programs_are_refused_with_what_saves_the_weights),
      cmocka_unit_test(wrong_architectures_are_refused),
      cmocka_unit_test(unused_normalisations_are_said),
      cmocka_unit_test(cut_torch_files_are_refused),
      cmocka_unit_test(every_allocation_of_an_import_may_fail),
      cmocka_unit_test(bad_archives_are_refused),
      cmocka_unit_test(bad_files_of_old_are_refused),
      cmocka_unit_test(bad_safetensors_are_refused),
      cmocka_unit_test(implied_networks_are_found),
      cmocka_unit_test(transposed_weights_are_exact),
      cmocka_unit_test(defaults_are_those_of_pytorch),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
