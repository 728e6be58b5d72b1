#include "exchange/keras/layers_out.h"

#include "base/status.h"
#include "mnistcnn.h"

#include <string.h>

typedef struct array_kind {
  int32_t which;
  const char *name; /* in Keras */
} array_kind;

/* In the order in which Keras has them. */
static const array_kind kinds[MCNN_KERAS_NUM_ARRAYS] = {
    {MNISTCNN_WEIGHTS_DEPTHWISE_KERNEL, "depthwise_kernel"},
    {MNISTCNN_WEIGHTS_POINTWISE_KERNEL, "pointwise_kernel"},
    {MNISTCNN_WEIGHTS_KERNEL, "kernel"},
    {MNISTCNN_WEIGHTS_BIAS, "bias"},
    {MNISTCNN_WEIGHTS_GAMMA, "gamma"},
    {MNISTCNN_WEIGHTS_BETA, "beta"},
    {MNISTCNN_WEIGHTS_MOVING_MEAN, "moving_mean"},
    {MNISTCNN_WEIGHTS_MOVING_VARIANCE, "moving_variance"}};

static uint32_t shape_of(const mnistcnn_layer_info *l, int32_t which, size_t count,
                         uint64_t shape[MCNN_KERAS_OUT_RANK]) {
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

/* Keras 2 and 3 call the kernel of a DepthwiseConv2D otherwise. */
static const char *name_of(const mcnn_keras_out_layer *l, const array_kind *kind) {
  return kind->which == MNISTCNN_WEIGHTS_KERNEL && strcmp(l->class_name, "DepthwiseConv2D") == 0
             ? "depthwise_kernel"
             : kind->name;
}

mnistcnn_status mcnn_keras_read_array(const mcnn_keras_out_list *list,
                                      const mcnn_keras_out_layer *layer, size_t index,
                                      const mcnn_alloc *alloc, mcnn_keras_out_array *array) {
  const array_kind *const kind = &kinds[index];
  mnistcnn_layer_info info = MNISTCNN_LAYER_INFO_INIT;
  size_t count = 0;
  *array = (mcnn_keras_out_array){.name = name_of(layer, kind)};
  if (layer->layer < 0 || mnistcnn_model_weights(list->model, (uint32_t)layer->layer, kind->which,
                                                 NULL, 0, &count) != MNISTCNN_OK)
    return MNISTCNN_OK;
  array->values = mcnn_alloc_array(alloc, count, sizeof *array->values);
  if (!array->values)
    return MNISTCNN_OUT_OF_MEMORY;
  array->count = count;
  mnistcnn_status status = mnistcnn_model_layer_info(list->model, (uint32_t)layer->layer, &info);
  if (status == MNISTCNN_OK)
    status = mnistcnn_model_weights(list->model, (uint32_t)layer->layer, kind->which, array->values,
                                    count, &count);
  array->rank = shape_of(&info, kind->which, count, array->shape);
  if (status == MNISTCNN_OK)
    return status;
  mcnn_free(alloc, array->values);
  array->values = NULL;
  return mcnn_fail(status, "%s", mnistcnn_last_error());
}
