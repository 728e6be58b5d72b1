#include "exchange/torch/layers.h"

#include "base/status.h"

#include <stdio.h>
#include <string.h>

void mcnn_torch_layers_free(mcnn_torch_layers *layers) {
  mcnn_free(layers->alloc, layers->layers);
  layers->layers = NULL;
}

uint64_t mcnn_torch_outputs(const mcnn_torch_layer *layer) {
  return layer->kind == MCNN_TORCH_NORM ? layer->mean->shape[0] : layer->weight->shape[0];
}

uint64_t mcnn_torch_inputs(const mcnn_torch_layer *layer) {
  return layer->kind == MCNN_TORCH_NORM ? layer->mean->shape[0] : layer->weight->shape[1];
}

/* --- names ------------------------------------------------------------------------------------ */

size_t mcnn_torch_parent(const char *name) {
  const char *const point = strrchr(name, '.');
  return point ? (size_t)(point - name) + 1 : 0;
}

int mcnn_torch_position(const char *name, uint32_t *number) {
  enum { MAX_DIGITS = 6 };
  const char *const own = name + mcnn_torch_parent(name);
  const size_t length = strlen(own);
  *number = 0;
  for (size_t i = 0; i < length; i++) {
    if (own[i] < '0' || own[i] > '9')
      return 0;
    *number = *number * 10 + (uint32_t)(own[i] - '0');
  }
  return length > 0 && length <= MAX_DIGITS;
}

/* --- tensors to layers ------------------------------------------------------------------------ */

static mcnn_torch_layer *layer_named(mcnn_torch_layers *layers, const char *name, size_t length) {
  for (size_t i = 0; i < layers->count; i++)
    if (strncmp(layers->layers[i].name, name, length) == 0 &&
        layers->layers[i].name[length] == '\0')
      return &layers->layers[i];
  if (layers->count == MCNN_TORCH_MAX_LAYERS)
    return NULL;
  mcnn_torch_layer *const layer = &layers->layers[layers->count++];
  memcpy(layer->name, name, length);
  return layer;
}

static mnistcnn_status fail_unknown(const mcnn_torch_layers *layers,
                                    const mcnn_torch_tensor *tensor) {
  char shape[64];
  mcnn_torch_shape_text(tensor, shape, sizeof shape);
  return mcnn_fail(MNISTCNN_UNSUPPORTED,
                   "%s: tensor %.120s (%s) belongs to a layer that is not read: read are Conv2d, "
                   "Linear, BatchNorm1d and BatchNorm2d",
                   layers->label, tensor->name, shape);
}

static mnistcnn_status add_to_layer(mcnn_torch_layers *layers, const mcnn_torch_tensor *tensor) {
  const size_t parent = mcnn_torch_parent(tensor->name);
  const char *const own = tensor->name + parent;
  mcnn_torch_layer *const layer = layer_named(layers, tensor->name, parent > 0 ? parent - 1 : 0);
  const struct {
    const char *name;
    const mcnn_torch_tensor **tensor;
  } roles[] = {{"weight", layer ? &layer->weight : NULL},
               {"bias", layer ? &layer->bias : NULL},
               {"running_mean", layer ? &layer->mean : NULL},
               {"running_var", layer ? &layer->variance : NULL}};
  if (!layer)
    return mcnn_fail(MNISTCNN_LIMIT, "%s: more than %d layers", layers->label,
                     MCNN_TORCH_MAX_LAYERS);
  for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++)
    if (strcmp(own, roles[i].name) == 0) {
      *roles[i].tensor = tensor;
      return MNISTCNN_OK;
    }
  return fail_unknown(layers, tensor);
}

static int is_vector_of(const mcnn_torch_tensor *tensor, uint64_t length) {
  return !tensor || (tensor->rank == 1 && tensor->shape[0] == length);
}

static mnistcnn_status fail_statistics(const mcnn_torch_layers *layers,
                                       const mcnn_torch_layer *layer) {
  return mcnn_fail(MNISTCNN_UNSUPPORTED,
                   "%s: %.120s has one number for each channel, but not the running mean and "
                   "variance of a batch normalisation: layer normalisation, PReLU and "
                   "track_running_stats=False are not read",
                   layers->label, layer->name);
}

static mnistcnn_status check_norm(const mcnn_torch_layers *layers, mcnn_torch_layer *layer) {
  const uint64_t length = layer->mean->shape[0];
  layer->kind = MCNN_TORCH_NORM;
  if (layer->mean->rank == 1 && is_vector_of(layer->variance, length) &&
      is_vector_of(layer->weight, length) && is_vector_of(layer->bias, length))
    return MNISTCNN_OK;
  return mcnn_fail(MNISTCNN_FORMAT, "%s: the arrays of %.120s are not of one size", layers->label,
                   layer->name);
}

static mnistcnn_status check_layer(const mcnn_torch_layers *layers, mcnn_torch_layer *layer) {
  const mcnn_torch_tensor *const weight = layer->weight;
  if (layer->mean && layer->variance)
    return check_norm(layers, layer);
  if (layer->mean || layer->variance || !weight)
    return fail_unknown(layers, layer->mean       ? layer->mean
                                : layer->variance ? layer->variance
                                                  : layer->bias);
  if (weight->rank < 2)
    return fail_statistics(layers, layer);
  layer->kind = weight->rank == 4 ? MCNN_TORCH_CONV : MCNN_TORCH_LINEAR;
  if ((weight->rank != 2 && weight->rank != 4) || !is_vector_of(layer->bias, weight->shape[0]))
    return fail_unknown(layers, weight);
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_torch_read_layers(const mcnn_torch_list *list, mcnn_torch_layers *layers) {
  *layers =
      (mcnn_torch_layers){.alloc = list->alloc, .label = list->label, .is_sorted = list->is_sorted};
  layers->layers = mcnn_alloc_zeroed(list->alloc, MCNN_TORCH_MAX_LAYERS, sizeof *layers->layers);
  mnistcnn_status status = layers->layers ? MNISTCNN_OK : MNISTCNN_OUT_OF_MEMORY;
  for (size_t i = 0; i < list->count && status == MNISTCNN_OK; i++)
    status = add_to_layer(layers, &list->tensors[i]);
  for (size_t i = 0; i < layers->count && status == MNISTCNN_OK; i++)
    status = check_layer(layers, &layers->layers[i]);
  return status;
}

void mcnn_torch_describe(const mcnn_torch_layers *layers, char *text, size_t size) {
  size_t used = 0;
  text[0] = '\0';
  for (size_t i = 0; i < layers->count; i++) {
    const mcnn_torch_layer *const layer = &layers->layers[i];
    const unsigned long long inputs = mcnn_torch_inputs(layer), outputs = mcnn_torch_outputs(layer);
    char one[96];
    if (layer->kind == MCNN_TORCH_CONV)
      (void)snprintf(one, sizeof one, "conv %llux%llu %llu to %llu",
                     (unsigned long long)layer->weight->shape[2],
                     (unsigned long long)layer->weight->shape[3], inputs, outputs);
    else if (layer->kind == MCNN_TORCH_LINEAR)
      (void)snprintf(one, sizeof one, "linear %llu to %llu", inputs, outputs);
    else
      (void)snprintf(one, sizeof one, "batchnorm %llu", outputs);
    if (used + strlen(one) + 8 > size) {
      (void)snprintf(text + used, size - used, ", ...");
      return;
    }
    used += (size_t)snprintf(text + used, size - used, "%s%s", used > 0 ? ", " : "", one);
  }
}
