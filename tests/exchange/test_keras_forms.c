/* Networks in the forms that Keras gives them: configurations without arrays, which are put into
 * archives here, and golden files taken apart. */
#include "base/status.h"
#include "base/stream.h"
#include "exchange/hdf5/hdf5_write.h"
#include "exchange/json/tree.h"
#include "exchange/keras/graph.h"
#include "exchange/zip/zip.h"
#include "exchange/zip/zip_write.h"
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

enum { MAX_TEXT = 8192 };

static mcnn_span span_of(const char *text) {
  return (mcnn_span){text, strlen(text)};
}

static void assert_text(const char *text, const char *part) {
  if (!strstr(text, part))
    fail_msg("\"%s\" does not contain \"%s\"", text, part);
}

/* --- configurations --------------------------------------------------------------------------- */

/* model.weights.h5 of a network whose only arrays are those of a dense layer of three. */
static mcnn_bytes write_arrays(uint64_t inputs) {
  static const float values[64];
  const mcnn_alloc alloc = mcnn_alloc_default();
  const uint64_t shape[] = {inputs, 3};
  mcnn_bytes bytes = {NULL, 0, 0};
  mcnn_h5_writer *writer;
  mcnn_h5_id layers, dense, vars, array;
  assert_true(inputs * 3 <= sizeof values / sizeof *values);
  assert_int_equal(mcnn_h5_writer_create(&alloc, &writer), MNISTCNN_OK);
  assert_int_equal(mcnn_h5_write_group(writer, MCNN_H5_ROOT, "layers", &layers), MNISTCNN_OK);
  assert_int_equal(mcnn_h5_write_group(writer, layers, "dense", &dense), MNISTCNN_OK);
  assert_int_equal(mcnn_h5_write_group(writer, dense, "vars", &vars), MNISTCNN_OK);
  assert_int_equal(mcnn_h5_write_floats(writer, vars, "0", values, shape, 2, &array), MNISTCNN_OK);
  assert_int_equal(mcnn_h5_write_floats(writer, vars, "1", values, shape + 1, 1, &array),
                   MNISTCNN_OK);
  assert_int_equal(mcnn_h5_writer_finish(writer, &bytes), MNISTCNN_OK);
  mcnn_h5_writer_free(writer);
  return bytes;
}

static mnistcnn_status import_config(const char *config, uint64_t inputs, const char *encoding,
                                     mnistcnn_model **model) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  mnistcnn_import_options options = MNISTCNN_IMPORT_OPTIONS_INIT;
  mcnn_bytes weights = write_arrays(inputs), archive = {NULL, 0, 0};
  const mcnn_zip_member members[] = {{"metadata.json", span_of("{\"keras_version\": \"3.0.0\"}")},
                                     {"config.json", span_of(config)},
                                     {"model.weights.h5", {weights.data, weights.size}}};
  assert_int_equal(mcnn_zip_write(members, 3, &alloc, &archive), MNISTCNN_OK);
  options.data = archive.data;
  options.size_bytes = archive.size;
  options.encoding = encoding;
  const mnistcnn_status status = mnistcnn_import(&options, model);
  mcnn_free(&alloc, weights.data);
  mcnn_free(&alloc, archive.data);
  return status;
}

/* {"class_name": ..., "config": {"name": "x", SETTINGS}} of one layer, or of an operation. */
#define LAYER(class_name, settings)                                                                \
  "{\"class_name\":\"" class_name "\",\"config\":{\"name\":\"x\"" settings "}}"
#define OPERATION(class_name, settings)                                                            \
  "{\"module\":\"keras.src.ops.numpy\",\"class_name\":\"" class_name                               \
  "\",\"config\":{\"name\":\"x\"" settings "}}"

/* A chain whose dense layer reads the mean of three channels, or of one channel all 16 pixels. */
static mnistcnn_status import_chain(const char *shape, const char *layers, const char *encoding,
                                    mnistcnn_model **model) {
  char config[MAX_TEXT];
  const int length =
      snprintf(config, sizeof config,
               "{\"class_name\":\"Sequential\",\"config\":{\"name\":\"s\",\"layers\":["
               "{\"class_name\":\"InputLayer\",\"config\":{\"name\":\"i\",\"batch_shape\":[null,%s]"
               "}},%s]}}",
               shape, layers);
  assert_true(length > 0 && (size_t)length < sizeof config);
  return import_config(config, strchr(shape, '3') || strcmp(shape, "48") == 0 ? 3 : 16, encoding,
                       model);
}

typedef struct row {
  const char *shape, *layers;
  const char *text; /* a part of the architecture, or of the message */
  int is_refused;
} row;

static void check_rows(const row *rows, size_t count) {
  for (size_t i = 0; i < count; i++) {
    mnistcnn_model *model = NULL;
    const mnistcnn_status status = import_chain(rows[i].shape, rows[i].layers, "unit", &model);
    if ((status != MNISTCNN_OK) != rows[i].is_refused)
      fail_msg("row %zu: %s", i, mnistcnn_exchange_last_error());
    assert_text(model ? mnistcnn_model_architecture(model) : mnistcnn_exchange_last_error(),
                rows[i].text);
    mnistcnn_model_free(model);
  }
}

#define MEAN_OF_PIXELS LAYER("GlobalAveragePooling2D", "")
#define DENSE          LAYER("Dense", ",\"units\":3,\"activation\":\"softmax\"")
#define CLASSES        MEAN_OF_PIXELS "," DENSE
#define FLAT           LAYER("Flatten", "") "," DENSE

static void operations_are_read(void **state) {
  (void)state;
  static const row rows[] = {
      {"4,4,3", OPERATION("LeakyRelu", ",\"negative_slope\":0.1") "," CLASSES, "leaky_relu 0.1", 0},
      {"4,4,3", OPERATION("Gelu", ",\"approximate\":true") "," CLASSES, "gelu_tanh", 0},
      {"4,4,3", OPERATION("Mean", ",\"axis\":[1,2]") "," DENSE, "globalavgpool", 0},
      {"4,4,3", OPERATION("Max", ",\"axis\":[-2,-3]") "," DENSE, "globalmaxpool", 0},
      {"4,4,3", OPERATION("Mean", ",\"axis\":[1]") "," CLASSES, "its axis", 1},
      {"4,4,3", OPERATION("Mean", ",\"axis\":[1,3]") "," CLASSES, "its axis", 1},
      {"48", OPERATION("Reshape", ",\"newshape\":[-1,4,4,3]") "," CLASSES, "globalavgpool", 0},
      {"48", OPERATION("Reshape", ",\"newshape\":[-1,5,4,3]") "," CLASSES, "number of elements", 1},
      {"48", OPERATION("Reshape", ",\"newshape\":[48]") "," CLASSES, "its shape", 1},
      {"4,4", OPERATION("ExpandDims", ",\"axis\":-1") "," FLAT, "flatten, dense 3 softmax", 0},
      {"4,4", OPERATION("ExpandDims", ",\"axis\":0") "," FLAT, "its axis", 1},
      {"4,4", OPERATION("ExpandDims", ",\"axis\":4") "," FLAT, "its axis", 1},
      {"4,4", OPERATION("ExpandDims", "") "," FLAT, "its axis", 1},
      {"4,4,1", OPERATION("Squeeze", ",\"axis\":-1") "," FLAT, "flatten", 0},
      {"4,4,1", OPERATION("Squeeze", "") "," FLAT, "flatten", 0},
      {"4,4,1", OPERATION("Squeeze", ",\"axis\":1") "," FLAT, "its axis", 1},
      {"4,5,3", OPERATION("Transpose", ",\"axes\":[0,2,1,3]") "," CLASSES, "globalavgpool", 0},
      {"4,5,3", OPERATION("Transpose", ",\"axes\":[1,0,2,3]") "," CLASSES, "order of axes", 1},
      {"4,4,3", OPERATION("Cumsum", "") "," CLASSES, "Cumsum", 1},
      /* Only those of Keras: others may have such names too. */
      {"4,4,3", "{\"module\":\"mine.ops\",\"class_name\":\"Gelu\",\"config\":{\"name\":\"x\"}}",
       "\"x\" (Gelu)", 1},
  };
  check_rows(rows, sizeof rows / sizeof *rows);
}

static void layers_are_put_together(void **state) {
  (void)state;
  static const row rows[] = {
      {"4,4,3", LAYER("ReLU", ",\"max_value\":2.0,\"negative_slope\":0.25") "," CLASSES,
       "leaky_relu 0.25, rescale -1 2, relu, rescale -1 2", 0},
      {"4,4,3", LAYER("ReLU", ",\"max_value\":-1.0") "," CLASSES, "largest value below 0", 1},
      {"4,4,3", LAYER("ReLU", ",\"threshold\":0.5") "," CLASSES, "threshold", 1},
      {"4,4,3", LAYER("Cropping2D", ",\"cropping\":[[1,0],[0,2]]") "," CLASSES,
       "depthwise 2x3 nobias", 0},
      {"4,4,3", LAYER("Cropping2D", "") "," CLASSES, "globalavgpool", 0},
      {"4,4,3", LAYER("Cropping2D", ",\"cropping\":2") "," CLASSES, "leaves nothing", 1},
      {"4,4,3", LAYER("Cropping2D", ",\"cropping\":[1,2,3]") "," CLASSES, "its cropping", 1},
      {"4,4,3", LAYER("Resizing", ",\"height\":4,\"width\":4") "," CLASSES, "globalavgpool", 0},
      {"4,4,3", LAYER("Resizing", ",\"height\":4,\"width\":8") "," CLASSES, "of 4x8", 1},
      {"4,4,3", LAYER("CenterCrop", ",\"height\":3,\"width\":4") "," CLASSES, "Leave it out", 1},
      {"4,4,3", CLASSES "," LAYER("Activation", ",\"activation\":\"softmax\""),
       "globalavgpool, dense 3 softmax", 0},
      {"4,4,3", CLASSES "," LAYER("Rescaling", ",\"scale\":2"), "follows a softmax", 1},
      {"3,4,4", LAYER("Permute", ",\"dims\":[2,3,1]") "," CLASSES, "globalavgpool", 0},
      {"4,4,3", LAYER("ReLU", ",\"batch_input_shape\":[null,4,null,3]") "," CLASSES, "relu", 0},
      {"4,4,3", LAYER("ReLU", ",\"batch_input_shape\":[null,4,5,3]") "," CLASSES, "two shapes", 1},
      {"4,4,3", LAYER("PReLU", ",\"shared_axes\":[1]") "," CLASSES, "shared_axes", 1},
      {"4,4,3", LAYER("PReLU", ",\"shared_axes\":[1,2]") "," CLASSES, "0 arrays", 1},
  };
  check_rows(rows, sizeof rows / sizeof *rows);
}

/* What the first layers say of the input, if nobody else does. */
static void encodings_are_implied(void **state) {
  (void)state;
  static const struct {
    const char *layers;
    float scale;
  } rows[] = {
      {LAYER("Rescaling", ",\"scale\":0.00392156862745098") "," CLASSES, 1},
      {LAYER("Resizing", ",\"height\":4,\"width\":4") "," LAYER(
           "Rescaling", ",\"scale\":0.00784313725490196,\"offset\":-1") "," CLASSES,
       1},
      {LAYER("Normalization",
             ",\"axis\":-1,\"mean\":[120,110,100],\"variance\":[9,9,9]") "," CLASSES,
       1},
      {LAYER("Normalization",
             ",\"axis\":-1,\"mean\":[0.5,0.4,0.4],\"variance\":[1,1,1]") "," CLASSES,
       1.0f / 255},
      {LAYER("Rescaling", ",\"scale\":2") "," CLASSES, 1.0f / 255},
      {CLASSES, 1.0f / 255},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    mnistcnn_preparation preparation = MNISTCNN_PREPARATION_INIT;
    mnistcnn_model *model = NULL;
    if (import_chain("4,4,3", rows[i].layers, NULL, &model) != MNISTCNN_OK)
      fail_msg("row %zu: %s", i, mnistcnn_exchange_last_error());
    assert_int_equal(mnistcnn_model_preparation(model, &preparation), MNISTCNN_OK);
    assert_true(preparation.scale == rows[i].scale);
    mnistcnn_model_free(model);
  }
}

/* --- layers that are used twice ----------------------------------------------------------------
 */

#define NODE(class_name, name, config, nodes)                                                      \
  "{\"class_name\":\"" class_name "\",\"name\":\"" name "\",\"config\":" config                    \
  ",\"inbound_nodes\":" nodes "}"
#define REFERENCE(name, call) "[\"" name "\"," call ",0,{}]"
#define MODEL(layers, output)                                                                      \
  "{\"class_name\":\"Functional\",\"config\":{\"name\":\"m\",\"layers\":[" NODE(                   \
      "InputLayer", "i", "{}",                                                                     \
      "[]") "," layers "],\"input_layers\":[[\"i\",0,0]],\"output_layers\":[" output "]}}"

static const mcnn_keras_layer *find(const mcnn_keras_graph *graph, const char *name, uint32_t use) {
  for (uint32_t i = 0; i < graph->num_layers; i++)
    if (strcmp(graph->layers[i].name, name) == 0 && graph->layers[i].use == use)
      return &graph->layers[i];
  return NULL;
}

static mnistcnn_status read_graph(const char *text, mcnn_json_tree **tree,
                                  mcnn_keras_graph *graph) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  assert_int_equal(mcnn_json_tree_read(text, strlen(text), "file", "config", &alloc, tree),
                   MNISTCNN_OK);
  return mcnn_keras_graph_read(mcnn_json_root(*tree), "file", graph);
}

static void uses_of_a_layer_are_told_apart(void **state) {
  (void)state;
  /* r is called on the input and on p, which reads its first call. */
  static const char text[] = MODEL(
      NODE("ReLU", "r", "{}", "[[" REFERENCE("i", "0") "],[" REFERENCE("p", "0") "]]") "," NODE(
          "MaxPooling2D", "p", "{}", "[[" REFERENCE("r", "0") "]]"),
      "[\"r\",1,0]");
  mcnn_keras_graph *const graph = malloc(sizeof *graph);
  mcnn_json_tree *tree;
  assert_int_equal(read_graph(text, &tree, graph), MNISTCNN_OK);
  assert_int_equal(graph->num_layers, 4);
  const mcnn_keras_layer *const second = find(graph, "r", 1);
  assert_ptr_equal(second, &graph->layers[graph->output]);
  assert_string_equal(graph->layers[second->inputs[0]].name, "p");
  assert_int_equal(find(graph, "r", 0)->inputs[0], 0);
  mcnn_json_tree_free(tree);
  free(graph);
}

#define BLOCK                                                                                      \
  "{\"name\":\"b\",\"layers\":[{\"class_name\":\"ReLU\",\"config\":{\"name\":\"inside\"}}]}"

/* Keras 2 counts the calls of models from 1, Keras 3 from 0. */
static void uses_of_a_model_are_told_apart(void **state) {
  (void)state;
  static const char *const texts[] = {
      MODEL(NODE("Sequential", "b", BLOCK, "[[" REFERENCE("i", "0") "],[" REFERENCE("b", "1") "]]"),
            "[\"b\",2,0]"),
      MODEL(NODE("Sequential", "b", BLOCK, "[[" REFERENCE("i", "0") "],[" REFERENCE("b", "0") "]]"),
            "[\"b\",1,0]"),
      /* Called once, by whatever number. */
      MODEL(NODE("Sequential", "b", BLOCK, "[[" REFERENCE("i", "0") "]]") "," NODE(
                "ReLU", "inside", "{}", "[[" REFERENCE("b", "1") "]]"),
            "[\"inside\",0,0]")};
  mcnn_keras_graph *const graph = malloc(sizeof *graph);
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    mcnn_json_tree *tree;
    assert_int_equal(read_graph(texts[i], &tree, graph), MNISTCNN_OK);
    assert_int_equal(graph->num_layers, 3);
    assert_int_equal(graph->output, 2);
    assert_int_equal(graph->layers[2].inputs[0], 1);
    assert_int_equal(graph->layers[2].use, i < 2 ? 1 : 0);
    mcnn_json_tree_free(tree);
  }
  free(graph);
}

static void calls_that_are_not_there_are_refused(void **state) {
  (void)state;
  static const char text[] =
      MODEL(NODE("ReLU", "r", "{}", "[[" REFERENCE("i", "0") "],[" REFERENCE("i", "0") "]]"),
            "[\"r\",7,0]");
  mcnn_keras_graph *const graph = malloc(sizeof *graph);
  mcnn_json_tree *tree;
  assert_int_equal(read_graph(text, &tree, graph), MNISTCNN_FORMAT);
  assert_text(mcnn_last_error(), "which layer is first or last");
  mcnn_json_tree_free(tree);
  free(graph);
}

/* --- files ------------------------------------------------------------------------------------ */

static mcnn_zip_member member_of(mcnn_zip *zip, const char *name) {
  mcnn_zip_member member = {name, {NULL, 0}};
  assert_int_equal(mcnn_zip_read(zip, mcnn_zip_find(zip, name), 1 << 20, &member.content),
                   MNISTCNN_OK);
  return member;
}

/* The HDF5 file in an archive may lie at 4096, where that in a file with a user block would. */
static void archives_are_no_hdf5_files(void **state) {
  (void)state;
  enum { WANTED = 4096, HEADER = 30 };
  static char filling[WANTED];
  const mcnn_alloc alloc = mcnn_alloc_default();
  mnistcnn_import_options options = MNISTCNN_IMPORT_OPTIONS_INIT;
  mnistcnn_model *model = NULL;
  mcnn_bytes archive = {NULL, 0, 0};
  mcnn_zip *zip;
  size_t size, used = HEADER + strlen("filling") + HEADER + strlen("model.weights.h5");
  unsigned char *const data = test_read(KERAS_GOLDEN_DIR, "chain-3.15.1.keras", &size);
  assert_int_equal(mcnn_zip_open(data, size, "chain", &alloc, &zip), MNISTCNN_OK);
  mcnn_zip_member members[] = {member_of(zip, "metadata.json"),
                               member_of(zip, "config.json"),
                               {"filling", {filling, 0}},
                               member_of(zip, "model.weights.h5")};
  for (size_t i = 0; i < 2; i++)
    used += HEADER + strlen(members[i].name) + members[i].content.size_bytes;
  size_t place = 512;
  while (place < used)
    place *= 2;
  assert_true(place - used < sizeof filling);
  members[2].content.size_bytes = place - used;
  assert_int_equal(mcnn_zip_write(members, 4, &alloc, &archive), MNISTCNN_OK);
  assert_memory_equal((unsigned char *)archive.data + place, "\x89HDF", 4);
  options.data = archive.data;
  options.size_bytes = archive.size;
  if (mnistcnn_import(&options, &model) != MNISTCNN_OK)
    fail_msg("%s", mnistcnn_exchange_last_error());
  mnistcnn_model_free(model);
  mcnn_free(&alloc, archive.data);
  mcnn_zip_close(zip);
  free(data);
}

static void predict_golden(mnistcnn_model *model, float *probabilities) {
  uint8_t pixels[6 * 5 * 3];
  for (int i = 0; i < 6; i++)
    for (int j = 0; j < 5; j++)
      for (int c = 0; c < 3; c++)
        pixels[(i * 5 + j) * 3 + c] = (uint8_t)((7 * i + 13 * j + 31 * c) % 256);
  assert_int_equal(mnistcnn_predict_u8(model, NULL, pixels, sizeof pixels, probabilities, 3),
                   MNISTCNN_OK);
}

/* With an architecture the arrays count alone, and of them that Theano wrote them. */
static void weights_of_theano_are_turned(void **state) {
  (void)state;
  char path[TEST_PATH], text[256];
  mnistcnn_import_options options = MNISTCNN_IMPORT_OPTIONS_INIT;
  mnistcnn_model *whole = NULL, *weights = NULL;
  float a[3], b[3];
  options.path = test_join(path, KERAS_GOLDEN_DIR, "chain-2.0.8-theano.h5");
  options.encoding = "unit";
  assert_int_equal(mnistcnn_import(&options, &whole), MNISTCNN_OK);
  assert_true(snprintf(text, sizeof text, "%s", mnistcnn_model_architecture(whole)) <
              (int)sizeof text);
  options.architecture = text;
  options.input_height = 6;
  options.input_width = 5;
  if (mnistcnn_import(&options, &weights) != MNISTCNN_OK)
    fail_msg("%s", mnistcnn_exchange_last_error());
  predict_golden(whole, a);
  predict_golden(weights, b);
  for (int i = 0; i < 3; i++)
    assert_true(a[i] == b[i]);
  mnistcnn_model_free(whole);
  mnistcnn_model_free(weights);
}

static const float numbers[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

static void add_layer(mcnn_h5_writer *writer, mcnn_h5_id parent, const char *name,
                      const uint64_t *shape, uint32_t rank, const float *values) {
  mcnn_h5_id group, id;
  assert_int_equal(mcnn_h5_write_group(writer, parent, name, &group), MNISTCNN_OK);
  assert_int_equal(mcnn_h5_write_floats(writer, group, "kernel:0", values, shape, rank, &id),
                   MNISTCNN_OK);
}

/* Weights of a nested model with the layers a and b, of which a is frozen, and of a dense layer. */
static mcnn_bytes write_frozen(void) {
  static const uint64_t a[] = {2, 2, 1, 1}, b[] = {1, 1, 1, 3}, dense[] = {3, 2};
  static const char *const layers[] = {"nested", "dense"};
  static const char *const inner[] = {"b/kernel:0", "a/kernel:0"}, *const outer[] = {"kernel:0"};
  const mcnn_alloc alloc = mcnn_alloc_default();
  mcnn_bytes bytes = {NULL, 0, 0};
  mcnn_h5_writer *writer;
  mcnn_h5_id nested, id;
  assert_int_equal(mcnn_h5_writer_create(&alloc, &writer), MNISTCNN_OK);
  assert_int_equal(mcnn_h5_write_strings_attribute(writer, MCNN_H5_ROOT, "layer_names", layers, 2,
                                                   MCNN_H5_FIXED),
                   MNISTCNN_OK);
  assert_int_equal(mcnn_h5_write_group(writer, MCNN_H5_ROOT, "nested", &nested), MNISTCNN_OK);
  assert_int_equal(
      mcnn_h5_write_strings_attribute(writer, nested, "weight_names", inner, 2, MCNN_H5_FIXED),
      MNISTCNN_OK);
  add_layer(writer, nested, "a", a, 4, numbers);
  add_layer(writer, nested, "b", b, 4, numbers + 4);
  assert_int_equal(mcnn_h5_write_group(writer, MCNN_H5_ROOT, "dense", &nested), MNISTCNN_OK);
  assert_int_equal(
      mcnn_h5_write_strings_attribute(writer, nested, "weight_names", outer, 1, MCNN_H5_FIXED),
      MNISTCNN_OK);
  assert_int_equal(mcnn_h5_write_floats(writer, nested, "kernel:0", numbers, dense, 2, &id),
                   MNISTCNN_OK);
  assert_int_equal(mcnn_h5_writer_finish(writer, &bytes), MNISTCNN_OK);
  mcnn_h5_writer_free(writer);
  return bytes;
}

/* Frozen layers stand behind the others in such files; their shapes say where they belong. */
static void frozen_layers_find_their_places(void **state) {
  (void)state;
  const mcnn_alloc alloc = mcnn_alloc_default();
  mnistcnn_import_options options = MNISTCNN_IMPORT_OPTIONS_INIT;
  mcnn_bytes bytes = write_frozen();
  mnistcnn_model *model = NULL;
  float values[4];
  size_t count;
  options.data = bytes.data;
  options.size_bytes = bytes.size;
  options.input_height = options.input_width = 3;
  options.architecture =
      "conv 1 2x2 nobias, conv 3 1x1 nobias, globalavgpool, dense 2 nobias softmax";
  if (mnistcnn_import(&options, &model) != MNISTCNN_OK)
    fail_msg("%s", mnistcnn_exchange_last_error());
  assert_int_equal(mnistcnn_model_weights(model, 0, MNISTCNN_WEIGHTS_KERNEL, values, 4, &count),
                   MNISTCNN_OK);
  assert_memory_equal(values, numbers, sizeof values);
  mnistcnn_model_free(model);
  /* Where nothing fits, the message is of the next array. */
  options.architecture =
      "conv 1 3x3 nobias, conv 3 1x1 nobias, globalavgpool, dense 2 nobias softmax";
  assert_int_equal(mnistcnn_import(&options, &model), MNISTCNN_SHAPE_MISMATCH);
  assert_text(mnistcnn_exchange_last_error(), "/nested/b/kernel:0");
  mcnn_free(&alloc, bytes.data);
}

static void last_note(int32_t level, const char *message, void *user) {
  (void)level;
  if (strstr(message, "Theano"))
    (void)snprintf(user, 256, "%s", message);
}

/* Files of Keras 1 do not say who wrote them; those of Keras 2 need no remark. */
static void unknown_backends_are_noted(void **state) {
  (void)state;
  static const struct {
    const char *file, *encoding;
    int noted;
  } rows[] = {{"chain-1.2.2-tensorflow.h5", "unit", 1},
              {"chain-1.2.2-theano-first.h5", "unit+flipped", 0},
              {"chain-2.0.8-theano.h5", "unit", 0}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char path[TEST_PATH], note[256] = "";
    mnistcnn_import_options options = MNISTCNN_IMPORT_OPTIONS_INIT;
    mnistcnn_model *model = NULL;
    options.path = test_join(path, KERAS_GOLDEN_DIR, rows[i].file);
    options.encoding = rows[i].encoding;
    options.log = last_note;
    options.user = note;
    assert_int_equal(mnistcnn_import(&options, &model), MNISTCNN_OK);
    assert_int_equal(note[0] != '\0', rows[i].noted);
    mnistcnn_model_free(model);
  }
}

/* --- exports ---------------------------------------------------------------------------------- */

static int32_t keep(const void *data, size_t size_bytes, void *user) {
  mcnn_bytes *const bytes = user;
  unsigned char *const grown = realloc(bytes->data, bytes->size + size_bytes);
  assert_non_null(grown);
  memcpy(grown + bytes->size, data, size_bytes);
  bytes->data = grown;
  bytes->size += size_bytes;
  return 0;
}

/* word: in the architecture that comes back, or in the message. */
static void check_export(const mnistcnn_model *model, int32_t format, const char *word) {
  mnistcnn_import_options options = MNISTCNN_IMPORT_OPTIONS_INIT;
  mnistcnn_export_options how = MNISTCNN_EXPORT_OPTIONS_INIT;
  mcnn_bytes bytes = {NULL, 0, 0};
  const mnistcnn_writer writer = {.struct_size = sizeof writer, .write = keep, .user = &bytes};
  mnistcnn_model *back = NULL;
  how.format = format;
  how.writer = &writer;
  assert_int_equal(mnistcnn_export(model, &how), MNISTCNN_OK);
  options.data = bytes.data;
  options.size_bytes = bytes.size;
  const mnistcnn_status status = mnistcnn_import(&options, &back);
  assert_text(status == MNISTCNN_OK ? mnistcnn_model_architecture(back)
                                    : mnistcnn_exchange_last_error(),
              word);
  mnistcnn_model_free(back);
  free(bytes.data);
}

/* Activations that Keras has not by a name become products, of which one is read again. */
static void activations_become_products(void **state) {
  (void)state;
  mnistcnn_model_options options = MNISTCNN_MODEL_OPTIONS_INIT;
  mnistcnn_model *model = NULL;
  options.input_height = options.input_width = 4;
  options.architecture = "flatten, dense 5 hard_swish, dense 10 softmax";
  assert_int_equal(mnistcnn_model_create(&options, &model), MNISTCNN_OK);
  check_export(model, MNISTCNN_EXPORT_KERAS, "dense 5 hard_swish");
  check_export(model, MNISTCNN_EXPORT_KERAS_H5, "conv 5 4x4 hard_swish");
  mnistcnn_model_free(model);
  options.architecture = "flatten, dense 5 gelu_tanh, dense 10 softmax";
  assert_int_equal(mnistcnn_model_create(&options, &model), MNISTCNN_OK);
  check_export(model, MNISTCNN_EXPORT_KERAS, "dense 5 gelu_tanh");
  check_export(model, MNISTCNN_EXPORT_KERAS_H5, "Multiply");
  mnistcnn_model_free(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(operations_are_read),
      cmocka_unit_test(layers_are_put_together),
      cmocka_unit_test(encodings_are_implied),
      cmocka_unit_test(uses_of_a_layer_are_told_apart),
      cmocka_unit_test(uses_of_a_model_are_told_apart),
      cmocka_unit_test(calls_that_are_not_there_are_refused),
      cmocka_unit_test(archives_are_no_hdf5_files),
      cmocka_unit_test(weights_of_theano_are_turned),
      cmocka_unit_test(frozen_layers_find_their_places),
      cmocka_unit_test(unknown_backends_are_noted),
      cmocka_unit_test(activations_become_products),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
