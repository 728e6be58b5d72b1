/* A layers model of TensorFlow.js is one of Keras 2 whose weights lie in a file of their own. */
#include "exchange/tfjs/export.h"

#include "exchange/class_names.h"
#include "exchange/floats.h"
#include "exchange/keras/layers_out.h"
#include "mnistcnn.h"

#include <string.h>

static const char ending[] = ".bin";

typedef struct exporter {
  const mcnn_export_request *request;
  mcnn_keras_out_list *list;
  mcnn_json_writer json;
  mcnn_bytes weights;
} exporter;

static mnistcnn_status append_floats(exporter *e, const float *values, size_t count) {
  mcnn_bytes *const b = &e->weights;
  if (b->capacity - b->size < 4 * count) {
    const size_t capacity = 2 * b->capacity + 4 * count;
    unsigned char *const data = mcnn_alloc_array(&e->request->alloc, capacity, 1);
    if (!data)
      return MNISTCNN_OUT_OF_MEMORY;
    if (b->size > 0)
      memcpy(data, b->data, b->size);
    mcnn_free(&e->request->alloc, b->data);
    b->data = data;
    b->capacity = capacity;
  }
  for (size_t i = 0; i < count; i++) {
    const uint32_t bits = mcnn_bits_of_float(values[i]);
    for (unsigned byte = 0; byte < 4; byte++)
      b->data[b->size++] = (unsigned char)(bits >> (8 * byte));
  }
  return MNISTCNN_OK;
}

static mnistcnn_status write_layer_weights(exporter *e, const mcnn_keras_out_layer *l) {
  mnistcnn_status status = MNISTCNN_OK;
  for (size_t i = 0; i < MCNN_KERAS_NUM_ARRAYS && status == MNISTCNN_OK; i++) {
    mcnn_keras_out_array array;
    status = mcnn_keras_read_array(e->list, l, i, &e->request->alloc, &array);
    if (!array.values)
      continue;
    mcnn_json_format(&e->json, "%s{\"name\": \"%s/%s\", \"dtype\": \"float32\", \"shape\": [",
                     e->weights.size > 0 ? ", " : "", l->name, array.name);
    for (uint32_t d = 0; d < array.rank; d++)
      mcnn_json_format(&e->json, "%s%llu", d > 0 ? ", " : "", (unsigned long long)array.shape[d]);
    mcnn_json_format(&e->json, "]}");
    status = append_floats(e, array.values, array.count);
    mcnn_free(&e->request->alloc, array.values);
  }
  return status;
}

static mnistcnn_status write_json(exporter *e) {
  mcnn_json_writer *const w = &e->json;
  mcnn_json_format(w,
                   "{\"format\": \"layers-model\", \"generatedBy\": \"libmnistcnn %s\", "
                   "\"convertedBy\": null, \"modelTopology\": {\"keras_version\": \"2.15.0\", "
                   "\"backend\": \"tensorflow\", \"model_config\": ",
                   mnistcnn_version_string());
  mnistcnn_status status = mcnn_keras_write_config(w, e->list);
  mcnn_json_format(w, "}, \"userDefinedMetadata\": {\"class_names\": ");
  if (status == MNISTCNN_OK)
    status = mcnn_json_class_names(w, e->request->model);
  mcnn_json_format(w, "}, \"weightsManifest\": [{\"paths\": [");
  mcnn_json_quoted_file(w, e->request->stem, ending);
  mcnn_json_format(w, "], \"weights\": [");
  for (uint32_t i = 0; i < e->list->count && status == MNISTCNN_OK; i++)
    status = write_layer_weights(e, &e->list->layers[i]);
  mcnn_json_format(w, "]}]}\n");
  return status == MNISTCNN_OK ? mcnn_json_written(w) : status;
}

static mnistcnn_status export_with(exporter *e) {
  mnistcnn_status status = mcnn_keras_list_layers(e->list);
  if (status == MNISTCNN_OK)
    status = mcnn_keras_sort_layers(e->list, &e->request->alloc);
  return status == MNISTCNN_OK ? write_json(e) : status;
}

mnistcnn_status mcnn_tfjs_export(const mcnn_export_request *request, mcnn_export_result *result) {
  exporter e = {.request = request, .json = {.alloc = request->alloc}};
  e.list = mcnn_alloc_zeroed(&request->alloc, 1, sizeof *e.list);
  if (!e.list)
    return MNISTCNN_OUT_OF_MEMORY;
  *e.list = (mcnn_keras_out_list){
      .model = request->model, .unit = request->unit, .is_tfjs = 1, .with_ends = 1};
  const mnistcnn_status status = export_with(&e);
  mcnn_free(&request->alloc, e.list);
  result->file = (mcnn_bytes){(unsigned char *)e.json.text, e.json.length, e.json.capacity};
  result->beside = e.weights;
  result->ending = ending;
  return status;
}
