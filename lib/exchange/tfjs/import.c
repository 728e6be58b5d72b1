/* A layers model of TensorFlow.js is one of Keras in another wrapping: it is written as the .h5
 * file that Keras would have made of it, in memory, and imported as that. */
#include "base/status.h"
#include "exchange/hdf5/hdf5_write.h"
#include "exchange/tfjs/manifest.h"
#include "exchange/tfjs/member.h"
#include "exchange/tfjs/tfjs.h"

#include <string.h>

enum { MAX_NAME = 256, DEEPEST = 8 };

/* Where a weight lies in the .h5 file. */
typedef struct tfjs_place {
  const char *owner, *layer;
  char name[MAX_NAME]; /* "dense/kernel" */
} tfjs_place;

typedef struct tfjs_import {
  const mcnn_import_request *request;
  mcnn_json_tree *tree;
  const mcnn_json_value *layers; /* of the configuration */
  mcnn_tfjs_weights weights;
  mcnn_h5_writer *h5;
  mcnn_h5_id root; /* "model_weights" */
  mcnn_bytes bytes;
  tfjs_place *places; /* of each weight */
} tfjs_import;

int mcnn_tfjs_is_model(const void *data, size_t size_bytes) {
  static const char key[] = "\"weightsManifest\"";
  const char *at = data, *const end = at + size_bytes;
  if (size_bytes == 0 || *at != '{')
    return 0;
  while ((size_t)(end - at) >= sizeof key - 1) {
    if (memcmp(at, key, sizeof key - 1) == 0)
      return 1;
    at = memchr(at + 1, '"', (size_t)(end - at) - 1);
    if (!at)
      return 0;
  }
  return 0;
}

/* --- whose weights they are ------------------------------------------------------------------- */

static const mcnn_json_value *layers_of(const mcnn_json_value *model) {
  const mcnn_json_value *const config = mcnn_json_member(model, "config");
  return mcnn_json_is(config, MCNN_JSON_ARRAY) ? config : mcnn_json_member(config, "layers");
}

static const char *name_of(const mcnn_json_value *layer) {
  const char *const name =
      mcnn_json_text(mcnn_json_member(mcnn_json_member(layer, "config"), "name"));
  return name ? name : mcnn_json_text(mcnn_json_member(layer, "name"));
}

static int is_called(const mcnn_json_value *layer, const char *name, size_t length) {
  const char *const own = name_of(layer);
  return own && strlen(own) == length && memcmp(own, name, length) == 0;
}

/* The layer of this name, in a model or in models inside of it. */
static const mcnn_json_value *find_layer(const mcnn_json_value *layers, const char *name,
                                         size_t length, int depth) {
  const mcnn_json_value *found = NULL;
  if (!mcnn_json_is(layers, MCNN_JSON_ARRAY) || depth == DEEPEST)
    return NULL;
  for (const mcnn_json_value *layer = layers->first; layer && !found; layer = layer->next)
    found = is_called(layer, name, length) ? layer
                                           : find_layer(layers_of(layer), name, length, depth + 1);
  return found;
}

/* Which layer of the outermost model has a layer of this name, or is it. */
static const char *find_owner(const mcnn_json_value *layers, const char *name, size_t length) {
  for (const mcnn_json_value *layer = layers->first; layer; layer = layer->next)
    if (is_called(layer, name, length) || find_layer(layers_of(layer), name, length, 1))
      return name_of(layer);
  return NULL;
}

/* "dense/kernel", "sequential/dense/kernel": the last part that is the name of a layer tells. */
static mnistcnn_status place_weight(tfjs_import *t, size_t index) {
  const char *const name = t->weights.weights[index].name;
  const char *variable = name;
  tfjs_place *const place = &t->places[index];
  if (strlen(name) >= MAX_NAME)
    return mcnn_fail(MNISTCNN_LIMIT, "%s: the name of an array is too long", t->request->label);
  for (const char *at = name; strchr(at, '/'); at = strchr(at, '/') + 1) {
    const size_t length = strcspn(at, "/");
    const char *const owner = find_owner(t->layers, at, length);
    if (!owner)
      continue;
    place->owner = owner;
    place->layer = name_of(find_layer(t->layers, at, length, 0));
    variable = at + length + 1;
  }
  if (!place->owner)
    return mcnn_fail(MNISTCNN_FORMAT,
                     "%s: the array %.120s belongs to no layer of the configuration",
                     t->request->label, name);
  const size_t layer = strlen(place->layer);
  if (layer + strlen(variable) + 2 > MAX_NAME)
    return mcnn_fail(MNISTCNN_LIMIT, "%s: the name of an array is too long", t->request->label);
  memcpy(place->name, place->layer, layer);
  place->name[layer] = '/';
  memcpy(place->name + layer + 1, variable, strlen(variable) + 1);
  for (char *c = place->name + layer + 1; *c; c++)
    if (*c == '/')
      *c = '_';
  for (size_t i = 0; i < index; i++)
    if (t->places[i].owner == place->owner && strcmp(t->places[i].name, place->name) == 0)
      return mcnn_fail(MNISTCNN_FORMAT, "%s: two arrays are called \"%.120s\"", t->request->label,
                       name);
  return MNISTCNN_OK;
}

static mnistcnn_status place_weights(tfjs_import *t) {
  mnistcnn_status status = MNISTCNN_OK;
  t->places = mcnn_alloc_zeroed(&t->request->alloc, t->weights.count + 1, sizeof *t->places);
  if (!t->places)
    return MNISTCNN_OUT_OF_MEMORY;
  for (size_t i = 0; i < t->weights.count && status == MNISTCNN_OK; i++)
    status = place_weight(t, i);
  return status;
}

/* --- the .h5 file ----------------------------------------------------------------------------- */

static mnistcnn_status write_weight(const tfjs_import *t, size_t index, mcnn_h5_id group) {
  const mcnn_tfjs_weight *const weight = &t->weights.weights[index];
  mcnn_h5_id id;
  return mcnn_h5_write_floats(t->h5, group, strrchr(t->places[index].name, '/') + 1, weight->values,
                              weight->shape, weight->rank, &id);
}

/* The arrays of one layer below the group of its owner. */
static mnistcnn_status write_layer_arrays(const tfjs_import *t, mcnn_h5_id owner, size_t first) {
  mcnn_h5_id group;
  mnistcnn_status status = mcnn_h5_write_group(t->h5, owner, t->places[first].layer, &group);
  for (size_t i = first; i < t->weights.count && status == MNISTCNN_OK; i++)
    if (t->places[i].owner == t->places[first].owner &&
        t->places[i].layer == t->places[first].layer)
      status = write_weight(t, i, group);
  return status;
}

/* 1 where an earlier weight is of the same layer. */
static int is_repeated(const tfjs_import *t, size_t index) {
  for (size_t i = 0; i < index; i++)
    if (t->places[i].owner == t->places[index].owner &&
        t->places[i].layer == t->places[index].layer)
      return 1;
  return 0;
}

static mnistcnn_status write_owner(const tfjs_import *t, const char *owner, const char **list) {
  mcnn_h5_id group;
  size_t count = 0;
  mnistcnn_status status = mcnn_h5_write_group(t->h5, t->root, owner, &group);
  for (size_t i = 0; i < t->weights.count && status == MNISTCNN_OK; i++) {
    if (t->places[i].owner != owner)
      continue;
    list[count++] = t->places[i].name;
    if (!is_repeated(t, i))
      status = write_layer_arrays(t, group, i);
  }
  if (status == MNISTCNN_OK)
    status = mcnn_h5_write_strings_attribute(t->h5, group, "weight_names", list, count,
                                             MCNN_H5_VARIABLE);
  return status;
}

static mnistcnn_status write_owners(const tfjs_import *t) {
  const mcnn_alloc *const alloc = &t->request->alloc;
  const char **const list =
      mcnn_alloc_zeroed(alloc, t->weights.count + t->layers->count + 1, sizeof *list);
  mnistcnn_status status = list ? MNISTCNN_OK : MNISTCNN_OUT_OF_MEMORY;
  size_t count = 0;
  for (const mcnn_json_value *layer = t->layers->first; layer && status == MNISTCNN_OK;
       layer = layer->next) {
    const char *const name = name_of(layer);
    status = name ? write_owner(t, name, list)
                  : mcnn_fail(MNISTCNN_FORMAT, "%s: a layer without a name", t->request->label);
  }
  for (const mcnn_json_value *layer = t->layers->first; layer && status == MNISTCNN_OK;
       layer = layer->next)
    list[count++] = name_of(layer);
  if (status == MNISTCNN_OK)
    status = mcnn_h5_write_strings_attribute(t->h5, t->root, "layer_names", list, count,
                                             MCNN_H5_VARIABLE);
  mcnn_free(alloc, list);
  return status;
}

/* What TensorFlow.js itself has built, it calls "tfjs-layers ..."; its layers are those of Keras 2.
 */
static const char *keras_version(const mcnn_json_value *topology) {
  const char *const version = mcnn_json_text(mcnn_json_member(topology, "keras_version"));
  return version && version[0] >= '2' && version[0] <= '9' ? version : "2.0.0";
}

static mnistcnn_status write_h5(tfjs_import *t, const mcnn_json_value *topology, mcnn_span config) {
  const mcnn_alloc *const alloc = &t->request->alloc;
  char *const text = mcnn_alloc_array(alloc, config.size_bytes + 1, 1);
  if (!text)
    return MNISTCNN_OUT_OF_MEMORY;
  memcpy(text, config.data, config.size_bytes);
  text[config.size_bytes] = '\0';
  mnistcnn_status status = mcnn_h5_writer_create(alloc, &t->h5);
  if (status == MNISTCNN_OK)
    status =
        mcnn_h5_write_string_attribute(t->h5, MCNN_H5_ROOT, "model_config", text, MCNN_H5_VARIABLE);
  if (status == MNISTCNN_OK)
    status = mcnn_h5_write_string_attribute(t->h5, MCNN_H5_ROOT, "keras_version",
                                            keras_version(topology), MCNN_H5_VARIABLE);
  /* TensorFlow.js turns no kernels. */
  if (status == MNISTCNN_OK)
    status = mcnn_h5_write_string_attribute(t->h5, MCNN_H5_ROOT, "backend", "tensorflow",
                                            MCNN_H5_VARIABLE);
  if (status == MNISTCNN_OK)
    status = mcnn_h5_write_group(t->h5, MCNN_H5_ROOT, "model_weights", &t->root);
  if (status == MNISTCNN_OK)
    status = write_owners(t);
  if (status == MNISTCNN_OK)
    status = mcnn_h5_writer_finish(t->h5, &t->bytes);
  mcnn_free(alloc, text);
  return status;
}

/* --- the model.json --------------------------------------------------------------------------- */

static mnistcnn_status check_kind(const tfjs_import *t, const mcnn_json_value *root,
                                  const char *path) {
  const char *const label = t->request->label;
  if (mcnn_json_equals(mcnn_json_member(root, "format"), "graph-model"))
    return mcnn_fail(
        MNISTCNN_UNSUPPORTED,
        "%s: a graph model of TensorFlow.js; layers models are read. Convert the Keras "
        "model with --output_format=tfjs_layers_model, or import it itself",
        label);
  if (!mcnn_json_is(mcnn_json_member(root, "modelTopology"), MCNN_JSON_OBJECT) ||
      !mcnn_json_is(mcnn_json_member(root, "weightsManifest"), MCNN_JSON_ARRAY))
    return mcnn_fail(MNISTCNN_FORMAT,
                     "%s: lacks the network or the list of weights of a model of "
                     "TensorFlow.js",
                     label);
  if (!path)
    return mcnn_fail(MNISTCNN_UNSUPPORTED,
                     "%s: its weights are in other files, so that it is read from a path only",
                     label);
  return MNISTCNN_OK;
}

static mnistcnn_status read_model(tfjs_import *t, mcnn_span text, const char *path) {
  const mcnn_alloc *const alloc = &t->request->alloc;
  mnistcnn_status status = mcnn_json_tree_read(text.data, text.size_bytes, t->request->label,
                                               "model.json", alloc, &t->tree);
  if (status != MNISTCNN_OK)
    return status;
  const mcnn_json_value *const root = mcnn_json_root(t->tree);
  status = check_kind(t, root, path);
  if (status != MNISTCNN_OK)
    return status;
  const mcnn_json_value *const topology = mcnn_json_member(root, "modelTopology");
  const mcnn_json_value *const wrapped = mcnn_json_member(topology, "model_config");
  mcnn_span config = mcnn_tfjs_member(text, "modelTopology");
  if (wrapped)
    config = mcnn_tfjs_member(config, "model_config");
  t->layers = layers_of(wrapped ? wrapped : topology);
  if (!mcnn_json_is(t->layers, MCNN_JSON_ARRAY) || config.size_bytes == 0)
    return mcnn_fail(MNISTCNN_FORMAT, "%s: its network has no layers", t->request->label);
  t->weights = (mcnn_tfjs_weights){.alloc = alloc, .label = t->request->label, .path = path};
  status = mcnn_tfjs_read_weights(mcnn_json_member(root, "weightsManifest"), &t->weights);
  if (status == MNISTCNN_OK)
    status = place_weights(t);
  return status == MNISTCNN_OK ? write_h5(t, topology, config) : status;
}

mnistcnn_status mcnn_import_tfjs(const void *data, size_t size_bytes, const char *path,
                                 const mcnn_import_request *request, mnistcnn_model **model) {
  const mcnn_alloc *const alloc = &request->alloc;
  tfjs_import *const t = mcnn_alloc_zeroed(alloc, 1, sizeof *t);
  if (!t)
    return MNISTCNN_OUT_OF_MEMORY;
  t->request = request;
  t->weights.alloc = alloc;
  mnistcnn_status status = read_model(t, (mcnn_span){data, size_bytes}, path);
  if (status == MNISTCNN_OK)
    status = mcnn_import_hdf5(t->bytes.data, t->bytes.size, request, model);
  mcnn_h5_writer_free(t->h5);
  mcnn_free(alloc, t->bytes.data);
  mcnn_tfjs_free_weights(&t->weights);
  mcnn_free(alloc, t->places);
  mcnn_json_tree_free(t->tree);
  mcnn_free(alloc, t);
  return status;
}
