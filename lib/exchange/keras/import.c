#include "exchange/keras/keras.h"

#include "base/status.h"
#include "exchange/finish.h"
#include "exchange/keras/context.h"
#include "exchange/keras/input.h"
#include "exchange/keras/weights_only.h"
#include "exchange/zip/zip.h"

#include <string.h>

/* What a network is made of: its configuration, and its arrays. */
typedef struct parts {
  const mcnn_import_request *request;
  mcnn_json_tree *tree;
  mcnn_h5 *file;
  mcnn_keras_weights *weights;
  mcnn_keras_graph *graph;
  mcnn_tensor *outputs;
  mcnn_builder *builder;
  mcnn_json_tree *classes; /* metadata.json, or of .h5 the list that mnistcnn_export() stored */
} parts;

static void free_parts(parts *p) {
  const mcnn_alloc *const alloc = &p->request->alloc;
  mcnn_builder_free(p->builder);
  mcnn_free(alloc, p->outputs);
  mcnn_free(alloc, p->graph);
  mcnn_keras_weights_free(p->weights);
  mcnn_h5_close(p->file);
  mcnn_json_tree_free(p->tree);
  mcnn_json_tree_free(p->classes);
}

/* --- layers ----------------------------------------------------------------------------------- */

static mnistcnn_status check_precision(mcnn_keras_context *context, const mcnn_keras_layer *layer) {
  const mcnn_json_value *const dtype = mcnn_json_member(layer->config, "dtype");
  const mcnn_json_value *const policy = mcnn_json_member(mcnn_json_member(dtype, "config"), "name");
  const char *const name = mcnn_json_text(policy ? policy : dtype);
  if (name && (strncmp(name, "int8", 4) == 0 || strncmp(name, "int4", 4) == 0 ||
               strstr(name, "float8") || strncmp(name, "gptq", 4) == 0))
    return mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                             "is quantised (%.40s); save the model in float32", name);
  return MNISTCNN_OK;
}

static mnistcnn_status translate_layer(mcnn_keras_context *context, uint32_t index) {
  const mcnn_keras_layer *const layer = &context->graph->layers[index];
  const mcnn_keras_translate_fn translate = mcnn_keras_translator(context, layer);
  mcnn_tensor *const tensor = &context->outputs[index];
  mcnn_builder_set_place(context->builder, index, layer->name, layer->class_name);
  if (!translate)
    return mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                             "a layer that cannot be imported. %s",
                             mcnn_keras_advice(layer->class_name));
  *tensor = context->outputs[layer->inputs[0]];
  const mnistcnn_status status = check_precision(context, layer);
  return status == MNISTCNN_OK ? translate(context, layer, tensor) : status;
}

/* Sums of vectors ask for vectors that are images of 1 x 1. */
static int adds_vectors(const mcnn_keras_graph *graph) {
  int flat = 0;
  for (uint32_t i = 1; i < graph->num_layers; i++) {
    const char *const class_name = graph->layers[i].class_name;
    if (strcmp(class_name, "Dense") == 0 || strstr(class_name, "Flatten") ||
        strncmp(class_name, "Global", 6) == 0)
      flat = 1;
    if (flat && (graph->layers[i].num_inputs > 1 || strcmp(class_name, "PReLU") == 0))
      return 1;
  }
  return 0;
}

/* Which layers something reads; the others are no part of the network. */
static mnistcnn_status translate_layers(mcnn_keras_context *context) {
  mnistcnn_status status = MNISTCNN_OK;
  if (adds_vectors(context->graph))
    mcnn_builder_use_image_vectors(context->builder);
  for (uint32_t i = 1; i < context->graph->num_layers && status == MNISTCNN_OK; i++)
    status = translate_layer(context, i);
  mcnn_builder_set_place(context->builder, 0, NULL, NULL);
  return status;
}

/* --- the end ---------------------------------------------------------------------------------- */

static mnistcnn_status check_unused(const parts *p) {
  const mcnn_keras_array *const array = mcnn_keras_weights_unused(p->weights);
  if (!array)
    return MNISTCNN_OK;
  return mcnn_fail(MNISTCNN_FORMAT, "%s: the array %.120s belongs to no layer of the configuration",
                   p->request->label, array->path);
}

enum { MAX_CLASSES = 1000 };

/* The names that an export has left, if they are as many as the classes; else NULL. */
static const char *const *class_names(const parts *p, uint64_t count,
                                      const char *names[MAX_CLASSES]) {
  const mcnn_json_value *const root = p->classes ? mcnn_json_root(p->classes) : NULL;
  const mcnn_json_value *const list =
      mcnn_json_is(root, MCNN_JSON_OBJECT) ? mcnn_json_member(root, "class_names") : root;
  uint32_t at = 0;
  if (!list || list->kind != MCNN_JSON_ARRAY || list->count != count || count > MAX_CLASSES)
    return NULL;
  for (const mcnn_json_value *name = list->first; name; name = name->next)
    if (!(names[at++] = mcnn_json_text(name)))
      return NULL;
  return names;
}

static mnistcnn_status build(parts *p, mcnn_keras_context *context, mnistcnn_model **model) {
  mcnn_encoding encoding;
  const char *names[MAX_CLASSES];
  const char *const implied = p->request->encoding ? NULL : mcnn_keras_implied_encoding(context);
  mnistcnn_status status = mcnn_choose_encoding(p->builder, p->request, implied, &encoding);
  if (status == MNISTCNN_OK)
    status = mcnn_keras_input(context, mcnn_json_root(p->tree), p->request, encoding.transposed,
                              &p->outputs[0]);
  if (status != MNISTCNN_OK)
    return status;
  mcnn_builder_set_input(p->builder, &p->outputs[0]);
  status = translate_layers(context);
  mcnn_tensor *const output = &p->outputs[p->graph->output];
  if (status == MNISTCNN_OK)
    status = check_unused(p);
  if (status == MNISTCNN_OK)
    status = mcnn_finish_output(p->builder, output);
  if (status != MNISTCNN_OK)
    return status;
  return mcnn_finish_model(p->builder, p->request, &encoding, output,
                           class_names(p, mcnn_tensor_count(output), names), model);
}

/* --- files ------------------------------------------------------------------------------------ */

static mnistcnn_status allocate(parts *p) {
  const mcnn_alloc *const alloc = &p->request->alloc;
  p->graph = mcnn_alloc_zeroed(alloc, 1, sizeof *p->graph);
  p->outputs = mcnn_alloc_zeroed(alloc, MCNN_KERAS_MAX_LAYERS, sizeof *p->outputs);
  return p->graph && p->outputs ? mcnn_builder_create(alloc, p->request->label, &p->builder)
                                : MNISTCNN_OUT_OF_MEMORY;
}

static int is_theano(const char *backend) {
  return backend && strcmp(backend, "theano") == 0;
}

/* version: "2.4.0", "2.2.4-tf"; NULL is Keras 1, which did not say. backend: NULL before Keras 2.
 */
static mnistcnn_status import_network(parts *p, const char *version, const char *backend,
                                      mnistcnn_model **model) {
  const mcnn_encoding *const encoding = p->request->encoding;
  const int is_flipped = encoding && encoding->flipped;
  mnistcnn_status status = allocate(p);
  if (status != MNISTCNN_OK)
    return status;
  mcnn_keras_context context = {.builder = p->builder,
                                .graph = p->graph,
                                .weights = p->weights,
                                .version = 1,
                                .flips_kernels = is_flipped || is_theano(backend),
                                .knows_backend = is_flipped || backend,
                                .outputs = p->outputs};
  if (version && version[0] >= '2' && version[0] <= '9')
    context.version = version[0] == '2' ? 2 : 3;
  status = mcnn_keras_graph_read(mcnn_json_root(p->tree), p->request->label, p->graph);
  return status == MNISTCNN_OK ? build(p, &context, model) : status;
}

/* An attribute of the root or of the group of weights; NULL where there is none. */
static mnistcnn_status read_attribute(const parts *p, const char *name, char **text) {
  mcnn_h5_object *const root = mcnn_h5_root(p->file);
  mcnn_h5_object *group = NULL;
  const mcnn_h5_value *value = NULL;
  *text = NULL;
  mnistcnn_status status = mcnn_h5_attribute(root, name, &value);
  if (status == MNISTCNN_OK && !value)
    status = mcnn_h5_find(root, "model_weights", &group);
  if (status == MNISTCNN_OK && !value && group)
    status = mcnn_h5_attribute(group, name, &value);
  if (status != MNISTCNN_OK || !value)
    return status;
  return mcnn_h5_read_string(value, &p->request->alloc, text);
}

static mnistcnn_status read_class_names(parts *p) {
  char *text = NULL;
  mnistcnn_status status = read_attribute(p, "class_names", &text);
  if (status == MNISTCNN_OK && text)
    status = mcnn_json_tree_read(text, strlen(text), p->request->label, "class_names",
                                 &p->request->alloc, &p->classes);
  mcnn_free(&p->request->alloc, text);
  return status;
}

static mnistcnn_status import_full(parts *p, const char *config, const char *backend,
                                   mnistcnn_model **model) {
  char *version = NULL;
  mnistcnn_status status = mcnn_json_tree_read(config, strlen(config), p->request->label,
                                               "model_config", &p->request->alloc, &p->tree);
  if (status == MNISTCNN_OK)
    status = read_class_names(p);
  if (status == MNISTCNN_OK)
    status = read_attribute(p, "keras_version", &version);
  if (status == MNISTCNN_OK)
    status = import_network(p, version, backend, model);
  mcnn_free(&p->request->alloc, version);
  return status;
}

static mnistcnn_status import_file(parts *p, mnistcnn_model **model) {
  char *config = NULL, *backend = NULL;
  mnistcnn_status status = read_attribute(p, "model_config", &config);
  if (status == MNISTCNN_OK)
    status = read_attribute(p, "backend", &backend);
  if (status == MNISTCNN_OK)
    status = mcnn_keras_weights_read(mcnn_h5_root(p->file), p->request->label, &p->request->alloc,
                                     &p->weights);
  if (status == MNISTCNN_OK && config && !p->request->architecture)
    status = import_full(p, config, backend, model);
  else if (status == MNISTCNN_OK)
    status = mcnn_keras_import_weights(p->weights, p->request, is_theano(backend), model);
  mcnn_free(&p->request->alloc, backend);
  mcnn_free(&p->request->alloc, config);
  return status;
}

mnistcnn_status mcnn_import_hdf5(const void *data, size_t size_bytes,
                                 const mcnn_import_request *request, mnistcnn_model **model) {
  parts p = {.request = request};
  mnistcnn_status status = mcnn_h5_open(data, size_bytes, request->label, &request->alloc, &p.file);
  if (status == MNISTCNN_OK)
    status = import_file(&p, model);
  free_parts(&p);
  return status;
}

/* --- .keras ----------------------------------------------------------------------------------- */

enum { MAX_WEIGHTS = 1 << 30 };

/* The member of this name, also below a folder that a program put everything in. */
static mnistcnn_status read_member(mcnn_zip *zip, const char *name, size_t limit, const char *label,
                                   mcnn_span *content) {
  const size_t count = mcnn_zip_num_entries(zip), length = strlen(name);
  size_t found = mcnn_zip_find(zip, name);
  for (size_t i = 0; found == count && i < count; i++) {
    const char *const entry = mcnn_zip_name(zip, i);
    const size_t size = strlen(entry);
    if (size > length && entry[size - length - 1] == '/' &&
        strcmp(entry + size - length, name) == 0)
      found = i;
    if (found == i)
      break;
  }
  if (found == count)
    return mcnn_fail(MNISTCNN_FORMAT,
                     "%s: a ZIP archive, but not a model of Keras: \"%s\" is missing", label, name);
  return mcnn_zip_read(zip, found, limit, content);
}

static mnistcnn_status read_json(const parts *p, const mcnn_span *content, const char *what,
                                 mcnn_json_tree **tree) {
  return mcnn_json_tree_read(content->data, content->size_bytes, p->request->label, what,
                             &p->request->alloc, tree);
}

static mnistcnn_status open_members(parts *p, mcnn_zip *zip) {
  const char *const label = p->request->label;
  mcnn_span config = {NULL, 0}, weights = {NULL, 0}, about = {NULL, 0};
  mnistcnn_status status = read_member(zip, "config.json", MCNN_JSON_MAX_BYTES, label, &config);
  if (status == MNISTCNN_OK)
    status = read_json(p, &config, "config.json", &p->tree);
  if (status == MNISTCNN_OK)
    status = read_member(zip, "metadata.json", MCNN_JSON_MAX_BYTES, label, &about);
  if (status == MNISTCNN_OK)
    status = read_json(p, &about, "metadata.json", &p->classes);
  if (status == MNISTCNN_OK)
    status = read_member(zip, "model.weights.h5", MAX_WEIGHTS, label, &weights);
  if (status == MNISTCNN_OK)
    status = mcnn_h5_open(weights.data, weights.size_bytes, label, &p->request->alloc, &p->file);
  if (status == MNISTCNN_OK)
    status = mcnn_keras_weights_read(mcnn_h5_root(p->file), label, &p->request->alloc, &p->weights);
  return status;
}

mnistcnn_status mcnn_import_keras_zip(const void *data, size_t size_bytes,
                                      const mcnn_import_request *request, mnistcnn_model **model) {
  parts p = {.request = request};
  mcnn_zip *zip = NULL;
  mnistcnn_status status = mcnn_zip_open(data, size_bytes, request->label, &request->alloc, &zip);
  if (status == MNISTCNN_OK)
    status = open_members(&p, zip);
  if (status == MNISTCNN_OK && request->architecture)
    status = mcnn_keras_import_weights(p.weights, request, 0, model);
  else if (status == MNISTCNN_OK)
    status = import_network(
        &p, mcnn_json_text(mcnn_json_member(mcnn_json_root(p.classes), "keras_version")), "",
        model);
  free_parts(&p);
  mcnn_zip_close(zip);
  return status;
}
