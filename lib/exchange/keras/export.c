#include "exchange/keras/export.h"

#include "base/status.h"
#include "exchange/class_names.h"
#include "exchange/hdf5/hdf5_write.h"
#include "exchange/keras/layers_out.h"
#include "exchange/keras/weights.h"
#include "exchange/zip/zip_write.h"
#include "mnistcnn_exchange.h"

#include <stdio.h>
#include <string.h>

/* What the files say that they were written by: versions whose spellings they have. */
static const char keras_2[] = "2.15.0", keras_3[] = "3.0.0";

enum { MAX_ARRAYS = 512, NUM_ARRAYS = MCNN_KERAS_NUM_ARRAYS };

typedef struct exporter {
  const mnistcnn_model *model;
  mcnn_alloc alloc;
  mcnn_keras_out_list *list;
  mcnn_h5_writer *h5;
  float *blocks[MAX_ARRAYS]; /* values that the writer still needs */
  size_t num_blocks;
} exporter;

/* As "kernel:0", or by its number among those of the layer. */
static mnistcnn_status write_array(exporter *e, const mcnn_keras_out_array *array, mcnn_h5_id group,
                                   const char *name) {
  mcnn_h5_id id;
  if (e->num_blocks == MAX_ARRAYS) {
    mcnn_free(&e->alloc, array->values);
    return mcnn_fail(MNISTCNN_LIMIT, "more than %d arrays", MAX_ARRAYS);
  }
  e->blocks[e->num_blocks++] = array->values;
  return mcnn_h5_write_floats(e->h5, group, name, array->values, array->shape, array->rank, &id);
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
    mcnn_keras_out_array array;
    status = mcnn_keras_read_array(e->list, l, i, &e->alloc, &array);
    if (!array.values)
      continue;
    (void)snprintf(own, sizeof own, "%s:0", array.name);
    status = write_array(e, &array, inner, own);
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
  mnistcnn_status status = mcnn_keras_write_config(&config, e->list);
  if (status == MNISTCNN_OK)
    status = mcnn_json_class_names(&classes, e->model);
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
    mcnn_keras_out_array array;
    status = mcnn_keras_read_array(e->list, l, i, &e->alloc, &array);
    if (!array.values)
      continue;
    (void)snprintf(number, sizeof number, "%u", count++);
    status = write_array(e, &array, vars, number);
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
  mnistcnn_status status = mcnn_keras_write_config(config, e->list);
  mcnn_json_format(metadata, "{\"keras_version\": \"%s\", \"class_names\": ", keras_3);
  if (status == MNISTCNN_OK)
    status = mcnn_json_class_names(metadata, e->model);
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
  mnistcnn_status status = mcnn_keras_list_layers(e->list);
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

mnistcnn_status mcnn_keras_export(const mcnn_export_request *request, mcnn_export_result *result) {
  const mcnn_alloc *const alloc = &request->alloc;
  exporter *const e = mcnn_alloc_zeroed(alloc, 1, sizeof *e);
  mcnn_keras_out_list *const list = mcnn_alloc_zeroed(alloc, 1, sizeof *list);
  mnistcnn_status status = MNISTCNN_OUT_OF_MEMORY;
  if (e && list) {
    *list = (mcnn_keras_out_list){.model = request->model,
                                  .unit = request->unit,
                                  .is_keras_3 = request->format == MNISTCNN_EXPORT_KERAS,
                                  .with_ends = request->format != MNISTCNN_EXPORT_KERAS_WEIGHTS};
    e->model = request->model;
    e->alloc = *alloc;
    e->list = list;
    status = export_with(e, request->format, &result->file);
  }
  mcnn_free(alloc, list);
  mcnn_free(alloc, e);
  return status;
}
