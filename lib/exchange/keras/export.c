#include "exchange/keras/export.h"

#include "base/status.h"
#include "exchange/hdf5/hdf5_write.h"
#include "exchange/json/writer.h"
#include "exchange/keras/layers_out.h"
#include "exchange/keras/weights.h"
#include "exchange/zip/zip_write.h"
#include "mnistcnn_exchange.h"

#include <stdio.h>
#include <string.h>

/* What the files say that they were written by: versions whose spellings they have. */
static const char keras_2[] = "2.15.0", keras_3[] = "3.0.0";

enum { MAX_ARRAYS = 512, MAX_RANK = 4 };

typedef struct exporter {
  const mnistcnn_model *model;
  mcnn_alloc alloc;
  mcnn_keras_out_list *list;
  mcnn_h5_writer *h5;
  float *blocks[MAX_ARRAYS]; /* values that the writer still needs */
  size_t num_blocks;
} exporter;

/* --- the configuration ------------------------------------------------------------------------ */

/* Where a layer of Keras 3 is from; operations as Keras writes them. */
static void write_class(mcnn_json_writer *w, const exporter *e, const mcnn_keras_out_layer *l) {
  if (l->is_operation)
    mcnn_json_format(w, "\"module\": \"keras.src.ops.nn\", \"registered_name\": \"%s\", ",
                     l->class_name);
  else if (e->list->is_keras_3)
    mcnn_json_format(w, "\"module\": \"keras.layers\", \"registered_name\": null, ");
  mcnn_json_format(w, "\"class_name\": \"%s\"", l->class_name);
}

static void write_reference(mcnn_json_writer *w, const exporter *e, uint32_t input) {
  const char *const name = e->list->layers[input].name;
  if (e->list->is_keras_3)
    mcnn_json_format(w,
                     "{\"class_name\": \"__keras_tensor__\", \"config\": {\"shape\": [null], "
                     "\"dtype\": \"float32\", \"keras_history\": [\"%s\", 0, 0]}}",
                     name);
  else
    mcnn_json_format(w, "[\"%s\", 0, 0, {}]", name);
}

static void write_inputs(mcnn_json_writer *w, const exporter *e, const mcnn_keras_out_layer *l) {
  const int is_3 = e->list->is_keras_3, is_list = is_3 && l->num_inputs > 1;
  mcnn_json_format(w, ", \"name\": \"%s\", \"inbound_nodes\": [", l->name);
  if (l->num_inputs > 0)
    mcnn_json_format(w, "%s%s", is_3 ? "{\"args\": [" : "[", is_list ? "[" : "");
  for (uint32_t i = 0; i < l->num_inputs; i++) {
    if (i > 0)
      mcnn_json_format(w, ", ");
    write_reference(w, e, l->inputs[i]);
  }
  if (l->num_inputs > 0)
    mcnn_json_format(w, "%s%s", is_list ? "]" : "", is_3 ? "], \"kwargs\": {}}" : "]");
  mcnn_json_format(w, "]");
}

static void write_layer(mcnn_json_writer *w, const exporter *e, const mcnn_keras_out_layer *l) {
  mcnn_json_format(w, "{");
  write_class(w, e, l);
  mcnn_json_format(w, ", \"config\": {\"name\": \"%s\"%s%s}", l->name,
                   l->is_operation ? "" : ", \"dtype\": \"float32\"", l->settings);
  if (!e->list->is_chain)
    write_inputs(w, e, l);
  mcnn_json_format(w, "}");
}

static mnistcnn_status write_config(mcnn_json_writer *w, const exporter *e) {
  const mcnn_keras_out_list *const list = e->list;
  const char *const class_name = list->is_chain ? "Sequential" : "Model";
  mcnn_json_format(w, "{");
  if (list->is_keras_3)
    mcnn_json_format(w, "\"module\": \"keras\", \"registered_name\": null, ");
  mcnn_json_format(w,
                   "\"class_name\": \"%s\", \"config\": {\"name\": \"mnistcnn\"%s, \"layers\": [",
                   class_name, list->is_keras_3 ? ", \"trainable\": true" : "");
  for (uint32_t i = 0; i < list->count; i++) {
    if (i > 0)
      mcnn_json_format(w, ", ");
    write_layer(w, e, &list->layers[i]);
  }
  mcnn_json_format(w, "]");
  if (!list->is_chain)
    mcnn_json_format(w, ", \"input_layers\": [[\"%s\", 0, 0]], \"output_layers\": [[\"%s\", 0, 0]]",
                     list->layers[0].name, list->layers[list->count - 1].name);
  mcnn_json_format(w, "}}");
  return mcnn_json_written(w);
}

static mnistcnn_status write_class_names(mcnn_json_writer *w, const mnistcnn_model *model) {
  mcnn_json_format(w, "[");
  for (uint32_t i = 0; i < mnistcnn_model_num_classes(model); i++) {
    if (i > 0)
      mcnn_json_format(w, ", ");
    mcnn_json_quoted(w, mnistcnn_model_class_name(model, i));
  }
  mcnn_json_format(w, "]");
  return mcnn_json_written(w);
}

/* --- arrays ----------------------------------------------------------------------------------- */

typedef struct array {
  int32_t which;
  const char *name; /* in Keras */
} array;

/* In the order in which Keras has them. */
static const array arrays[] = {{MNISTCNN_WEIGHTS_DEPTHWISE_KERNEL, "depthwise_kernel"},
                               {MNISTCNN_WEIGHTS_POINTWISE_KERNEL, "pointwise_kernel"},
                               {MNISTCNN_WEIGHTS_KERNEL, "kernel"},
                               {MNISTCNN_WEIGHTS_BIAS, "bias"},
                               {MNISTCNN_WEIGHTS_GAMMA, "gamma"},
                               {MNISTCNN_WEIGHTS_BETA, "beta"},
                               {MNISTCNN_WEIGHTS_MOVING_MEAN, "moving_mean"},
                               {MNISTCNN_WEIGHTS_MOVING_VARIANCE, "moving_variance"}};
enum { NUM_ARRAYS = sizeof arrays / sizeof arrays[0] };

static uint32_t shape_of(const mnistcnn_layer_info *l, int32_t which, size_t count,
                         uint64_t shape[MAX_RANK]) {
  const uint32_t *const k = l->kernel_shape;
  if (which == MNISTCNN_WEIGHTS_POINTWISE_KERNEL) {
    shape[0] = shape[1] = 1;
    shape[2] = (uint64_t)k[2] * k[3];
    shape[3] = l->output_channels;
    return 4;
  }
  const int is_kernel =
      which == MNISTCNN_WEIGHTS_KERNEL || which == MNISTCNN_WEIGHTS_DEPTHWISE_KERNEL;
  const uint32_t rank = !is_kernel ? 1 : l->kind == MNISTCNN_LAYER_DENSE ? 2 : 4;
  for (uint32_t i = 0; i < rank; i++)
    shape[i] = rank == 1 ? count : k[i];
  return rank;
}

static mnistcnn_status read_values(exporter *e, uint32_t layer, int32_t which, size_t count,
                                   const float **values) {
  if (e->num_blocks == MAX_ARRAYS)
    return mcnn_fail(MNISTCNN_LIMIT, "more than %d arrays", MAX_ARRAYS);
  float *const block = mcnn_alloc_array(&e->alloc, count, sizeof *block);
  if (!block)
    return MNISTCNN_OUT_OF_MEMORY;
  e->blocks[e->num_blocks++] = block;
  *values = block;
  const mnistcnn_status status =
      mnistcnn_model_weights(e->model, layer, which, block, count, &count);
  return status == MNISTCNN_OK ? status : mcnn_fail(status, "%s", mnistcnn_last_error());
}

/* Writes array `index` of a layer if it has it: as "kernel:0", or by its number among those of the
 * layer. */
static mnistcnn_status write_array(exporter *e, const mcnn_keras_out_layer *l, const array *a,
                                   mcnn_h5_id group, const char *name, int *there) {
  mnistcnn_layer_info info = MNISTCNN_LAYER_INFO_INIT;
  uint64_t shape[MAX_RANK];
  const float *values = NULL;
  size_t count = 0;
  mcnn_h5_id id;
  const uint32_t layer = (uint32_t)l->layer;
  *there = mnistcnn_model_weights(e->model, layer, a->which, NULL, 0, &count) == MNISTCNN_OK;
  if (!*there)
    return MNISTCNN_OK;
  mnistcnn_status status = mnistcnn_model_layer_info(e->model, layer, &info);
  if (status == MNISTCNN_OK)
    status = read_values(e, layer, a->which, count, &values);
  const uint32_t rank = shape_of(&info, a->which, count, shape);
  return status == MNISTCNN_OK ? mcnn_h5_write_floats(e->h5, group, name, values, shape, rank, &id)
                               : status;
}

/* Keras 2 and 3 call the kernel of a DepthwiseConv2D otherwise. */
static const char *array_name(const mcnn_keras_out_layer *l, const array *a) {
  return a->which == MNISTCNN_WEIGHTS_KERNEL && strcmp(l->class_name, "DepthwiseConv2D") == 0
             ? "depthwise_kernel"
             : a->name;
}

/* --- .h5 -------------------------------------------------------------------------------------- */

/* layer/layer/kernel:0, with the list of the names. */
static mnistcnn_status write_named_layer(exporter *e, const mcnn_keras_out_layer *l,
                                         mcnn_h5_id base) {
  char names[NUM_ARRAYS][96], own[32];
  const char *list[NUM_ARRAYS];
  size_t count = 0;
  mcnn_h5_id group, inner = 0;
  mnistcnn_status status = mcnn_h5_write_group(e->h5, base, l->name, &group);
  if (status == MNISTCNN_OK && l->layer >= 0)
    status = mcnn_h5_write_group(e->h5, group, l->name, &inner);
  for (size_t i = 0; i < NUM_ARRAYS && l->layer >= 0 && status == MNISTCNN_OK; i++) {
    int there = 0;
    (void)snprintf(own, sizeof own, "%s:0", array_name(l, &arrays[i]));
    status = write_array(e, l, &arrays[i], inner, own, &there);
    if (!there)
      continue;
    (void)snprintf(names[count], sizeof names[count], "%s/%s", l->name, own);
    list[count] = names[count];
    count++;
  }
  return status == MNISTCNN_OK ? mcnn_h5_write_strings_attribute(e->h5, group, "weight_names", list,
                                                                 count, MCNN_H5_FIXED)
                               : status;
}

/* Attributes may take 64 KB; Keras reads longer lists in numbered parts. */
static mnistcnn_status write_layer_names(exporter *e, mcnn_h5_id base) {
  const char *names[MCNN_KERAS_MAX_OUT];
  for (uint32_t i = 0; i < e->list->count; i++)
    names[i] = e->list->layers[i].name;
  return mcnn_h5_write_strings_attribute(e->h5, base, "layer_names", names, e->list->count,
                                         MCNN_H5_FIXED);
}

static mnistcnn_status write_named(exporter *e, mcnn_h5_id base) {
  mnistcnn_status status = write_layer_names(e, base);
  if (status == MNISTCNN_OK)
    status = mcnn_h5_write_string_attribute(e->h5, base, "backend", "tensorflow", MCNN_H5_FIXED);
  if (status == MNISTCNN_OK)
    status = mcnn_h5_write_string_attribute(e->h5, base, "keras_version", keras_2, MCNN_H5_FIXED);
  for (uint32_t i = 0; i < e->list->count && status == MNISTCNN_OK; i++)
    status = write_named_layer(e, &e->list->layers[i], base);
  return status;
}

static mnistcnn_status write_full(exporter *e) {
  mcnn_json_writer config = {.alloc = e->alloc}, classes = {.alloc = e->alloc};
  mcnn_h5_id weights;
  mnistcnn_status status = write_config(&config, e);
  if (status == MNISTCNN_OK)
    status = write_class_names(&classes, e->model);
  if (status == MNISTCNN_OK)
    status = mcnn_h5_write_string_attribute(e->h5, MCNN_H5_ROOT, "model_config", config.text,
                                            MCNN_H5_VARIABLE);
  if (status == MNISTCNN_OK)
    status = mcnn_h5_write_string_attribute(e->h5, MCNN_H5_ROOT, "class_names", classes.text,
                                            MCNN_H5_VARIABLE);
  if (status == MNISTCNN_OK)
    status =
        mcnn_h5_write_string_attribute(e->h5, MCNN_H5_ROOT, "backend", "tensorflow", MCNN_H5_FIXED);
  if (status == MNISTCNN_OK)
    status = mcnn_h5_write_string_attribute(e->h5, MCNN_H5_ROOT, "keras_version", keras_2,
                                            MCNN_H5_FIXED);
  if (status == MNISTCNN_OK)
    status = mcnn_h5_write_group(e->h5, MCNN_H5_ROOT, "model_weights", &weights);
  if (status == MNISTCNN_OK)
    status = write_named(e, weights);
  mcnn_json_writer_free(&config);
  mcnn_json_writer_free(&classes);
  return status;
}

/* --- .keras ----------------------------------------------------------------------------------- */

/* Layers of the same class before this one. */
static uint32_t ordinal_of(const mcnn_keras_out_list *list, uint32_t index) {
  uint32_t ordinal = 0;
  for (uint32_t i = 0; i < index; i++)
    ordinal += strcmp(list->layers[i].class_name, list->layers[index].class_name) == 0;
  return ordinal;
}

/* conv2d_1/vars/0, with the layer's name for whoever looks. */
static mnistcnn_status write_class_layer(exporter *e, uint32_t index, mcnn_h5_id layers) {
  const mcnn_keras_out_layer *const l = &e->list->layers[index];
  const uint32_t ordinal = ordinal_of(e->list, index);
  char snake[96], name[128], number[16];
  mcnn_h5_id group, vars;
  unsigned count = 0;
  mcnn_keras_snake_case(l->class_name, snake, sizeof snake);
  if (ordinal == 0)
    (void)snprintf(name, sizeof name, "%s", snake);
  else
    (void)snprintf(name, sizeof name, "%s_%u", snake, ordinal);
  mnistcnn_status status = mcnn_h5_write_group(e->h5, layers, name, &group);
  if (status == MNISTCNN_OK)
    status = mcnn_h5_write_group(e->h5, group, "vars", &vars);
  if (status == MNISTCNN_OK)
    status = mcnn_h5_write_string_attribute(e->h5, vars, "name", l->name, MCNN_H5_VARIABLE);
  for (size_t i = 0; i < NUM_ARRAYS && l->layer >= 0 && status == MNISTCNN_OK; i++) {
    int there = 0;
    (void)snprintf(number, sizeof number, "%u", count);
    status = write_array(e, l, &arrays[i], vars, number, &there);
    count += there ? 1 : 0;
  }
  return status;
}

static mnistcnn_status write_by_class(exporter *e) {
  mcnn_h5_id layers, vars;
  mnistcnn_status status = mcnn_h5_write_group(e->h5, MCNN_H5_ROOT, "layers", &layers);
  if (status == MNISTCNN_OK)
    status = mcnn_h5_write_group(e->h5, MCNN_H5_ROOT, "vars", &vars);
  for (uint32_t i = 0; i < e->list->count && status == MNISTCNN_OK; i++)
    status = write_class_layer(e, i, layers);
  return status;
}

static mnistcnn_status zip_members(exporter *e, mcnn_json_writer *config,
                                   mcnn_json_writer *metadata, mcnn_bytes *weights,
                                   mcnn_bytes *bytes) {
  mnistcnn_status status = write_config(config, e);
  mcnn_json_format(metadata, "{\"keras_version\": \"%s\", \"class_names\": ", keras_3);
  if (status == MNISTCNN_OK)
    status = write_class_names(metadata, e->model);
  mcnn_json_format(metadata, "}");
  if (status == MNISTCNN_OK)
    status = mcnn_json_written(metadata);
  if (status == MNISTCNN_OK)
    status = write_by_class(e);
  if (status == MNISTCNN_OK)
    status = mcnn_h5_writer_finish(e->h5, weights);
  if (status != MNISTCNN_OK)
    return status;
  const mcnn_zip_member members[] = {{"metadata.json", {metadata->text, metadata->length}},
                                     {"config.json", {config->text, config->length}},
                                     {"model.weights.h5", {weights->data, weights->size}}};
  return mcnn_zip_write(members, 3, &e->alloc, bytes);
}

static mnistcnn_status write_zip(exporter *e, mcnn_bytes *bytes) {
  mcnn_json_writer config = {.alloc = e->alloc}, metadata = {.alloc = e->alloc};
  mcnn_bytes weights = {NULL, 0, 0};
  const mnistcnn_status status = zip_members(e, &config, &metadata, &weights, bytes);
  mcnn_json_writer_free(&config);
  mcnn_json_writer_free(&metadata);
  mcnn_free(&e->alloc, weights.data);
  return status;
}

/* --- all -------------------------------------------------------------------------------------- */

static mnistcnn_status write_format(exporter *e, int32_t format, mcnn_bytes *bytes) {
  if (format == MNISTCNN_EXPORT_KERAS)
    return write_zip(e, bytes);
  const mnistcnn_status status =
      format == MNISTCNN_EXPORT_KERAS_H5 ? write_full(e) : write_named(e, MCNN_H5_ROOT);
  return status == MNISTCNN_OK ? mcnn_h5_writer_finish(e->h5, bytes) : status;
}

static mnistcnn_status export_with(exporter *e, int32_t format, mcnn_bytes *bytes) {
  mnistcnn_status status = mcnn_keras_list_layers(e->model, format == MNISTCNN_EXPORT_KERAS,
                                                  format != MNISTCNN_EXPORT_KERAS_WEIGHTS, e->list);
  if (status == MNISTCNN_OK)
    status = mcnn_keras_sort_layers(e->list, &e->alloc);
  if (status == MNISTCNN_OK)
    status = mcnn_h5_writer_create(&e->alloc, &e->h5);
  if (status == MNISTCNN_OK)
    status = write_format(e, format, bytes);
  mcnn_h5_writer_free(e->h5);
  for (size_t i = 0; i < e->num_blocks; i++)
    mcnn_free(&e->alloc, e->blocks[i]);
  return status;
}

mnistcnn_status mcnn_keras_export(const mnistcnn_model *model, int32_t format,
                                  const mcnn_alloc *alloc, mcnn_bytes *bytes) {
  exporter *const e = mcnn_alloc_zeroed(alloc, 1, sizeof *e);
  mcnn_keras_out_list *const list = mcnn_alloc_zeroed(alloc, 1, sizeof *list);
  mnistcnn_status status = MNISTCNN_OUT_OF_MEMORY;
  if (e && list) {
    e->model = model;
    e->alloc = *alloc;
    e->list = list;
    status = export_with(e, format, bytes);
  }
  mcnn_free(alloc, list);
  mcnn_free(alloc, e);
  return status;
}
