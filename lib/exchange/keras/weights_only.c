#include "exchange/keras/weights_only.h"

#include "base/status.h"
#include "exchange/keras/input.h"
#include "exchange/keras/proposal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct importer {
  const mcnn_import_request *request;
  mcnn_keras_weights *weights;
  mcnn_keras_group_list groups;
  mcnn_encoding encoding;
  int flips_kernels; /* written with Theano, which convolves where others correlate */
  mnistcnn_model *model;
  uint32_t height, width; /* of the layer before, to reorder what is behind a flatten */
} importer;

static void set_size(importer *im, uint32_t height, uint32_t width) {
  im->height = height;
  im->width = width;
}

/* --- the layers of the file ------------------------------------------------------------------- */

/* How Keras calls the groups of a kind of layer when they are by class. */
static const char *class_word(int32_t kind) {
  return kind == MNISTCNN_LAYER_CONV2D             ? "conv2d"
         : kind == MNISTCNN_LAYER_DEPTHWISE_CONV2D ? "depthwise_conv2d"
         : kind == MNISTCNN_LAYER_SEPARABLE_CONV2D ? "separable_conv2d"
         : kind == MNISTCNN_LAYER_DENSE            ? "dense"
                                                   : "batch_normalization";
}

/* The next one by class: the lowest number that is not used yet. */
static mcnn_keras_group *next_of_class(importer *im, int32_t kind) {
  mcnn_keras_group *best = NULL;
  long best_number = -1;
  for (size_t i = 0; i < im->groups.count; i++) {
    mcnn_keras_group *const g = &im->groups.groups[i];
    const long number = mcnn_keras_group_number(g->owner, class_word(kind));
    if (g->is_used || number < 0 || (best && number >= best_number))
      continue;
    best = g;
    best_number = number;
  }
  return best;
}

/* As Keras lists the arrays of a layer. */
static const int32_t array_order[] = {MNISTCNN_WEIGHTS_DEPTHWISE_KERNEL,
                                      MNISTCNN_WEIGHTS_POINTWISE_KERNEL,
                                      MNISTCNN_WEIGHTS_KERNEL,
                                      MNISTCNN_WEIGHTS_BIAS,
                                      MNISTCNN_WEIGHTS_GAMMA,
                                      MNISTCNN_WEIGHTS_BETA,
                                      MNISTCNN_WEIGHTS_MOVING_MEAN,
                                      MNISTCNN_WEIGHTS_MOVING_VARIANCE};
enum { NUM_ARRAYS = sizeof array_order / sizeof array_order[0] };

/* A conv's kernel must have the same sides, not only as many numbers. */
static int kernel_fits(const mnistcnn_layer_info *layer, const mcnn_keras_array *array) {
  const mcnn_h5_value *const value = array->value;
  const int is_conv = layer->kind == MNISTCNN_LAYER_CONV2D;
  const int is_dense = layer->kind == MNISTCNN_LAYER_DENSE;
  const uint32_t rank = is_conv ? 4 : is_dense ? 2 : 0;
  int fits = rank == 0 || value->rank == rank;
  for (uint32_t i = 0; fits && i < rank; i++)
    fits = value->shape[i] == layer->kernel_shape[i];
  return fits;
}

static int group_fits(const importer *im, const mcnn_keras_group *g, uint32_t index,
                      const mnistcnn_layer_info *layer) {
  size_t next = 0;
  for (size_t i = 0; i < NUM_ARRAYS; i++) {
    size_t count = 0;
    if (mnistcnn_model_weights(im->model, index, array_order[i], NULL, 0, &count) != MNISTCNN_OK)
      continue;
    if (next == g->count)
      return 0;
    const mcnn_keras_array *const array = mcnn_keras_weights_at(im->weights, g->arrays[next++]);
    if (array->value->count != count ||
        (array_order[i] == MNISTCNN_WEIGHTS_KERNEL && !kernel_fits(layer, array)))
      return 0;
  }
  return next == g->count;
}

/* The layers of a nested model are under one name, the frozen ones behind the others: where the
 * next does not fit, the only other one of this model that does. */
static mcnn_keras_group *next_by_name(importer *im, uint32_t index,
                                      const mnistcnn_layer_info *layer) {
  mcnn_keras_group *first = NULL, *found = NULL;
  size_t fitting = 0;
  for (size_t i = 0; i < im->groups.count; i++) {
    mcnn_keras_group *const g = &im->groups.groups[i];
    if (g->is_used || (first && strcmp(g->owner, first->owner) != 0))
      continue;
    const int fits = group_fits(im, g, index, layer);
    if (!first && fits)
      return g;
    if (!first)
      first = g;
    if (fits && fitting++ == 0)
      found = g;
  }
  return fitting == 1 ? found : first;
}

static mcnn_keras_group *next_group(importer *im, uint32_t index,
                                    const mnistcnn_layer_info *layer) {
  return mcnn_keras_weights_by_name(im->weights) ? next_by_name(im, index, layer)
                                                 : next_of_class(im, layer->kind);
}

/* --- arrays ----------------------------------------------------------------------------------- */

/* [a][b][each] as [b][a][each]. */
static void transpose(const float *from, float *to, size_t a, size_t b, size_t each) {
  for (size_t i = 0; i < a; i++)
    for (size_t j = 0; j < b; j++)
      memcpy(to + (j * a + i) * each, from + (i * b + j) * each, each * sizeof *from);
}

/* What transposed images ask for: kernels, and rows behind a flatten, whose images are square. */
static mnistcnn_status transpose_array(importer *im, const mnistcnn_layer_info *layer,
                                       int32_t which, float **values, size_t count) {
  const mcnn_alloc *const alloc = &im->request->alloc;
  size_t a = layer->kernel_shape[0], b = layer->kernel_shape[1];
  const int is_dense = layer->kind == MNISTCNN_LAYER_DENSE;
  if (which != MNISTCNN_WEIGHTS_KERNEL && which != MNISTCNN_WEIGHTS_DEPTHWISE_KERNEL)
    return MNISTCNN_OK;
  if (is_dense) {
    a = im->height;
    b = im->width;
  }
  const size_t positions = a * b;
  if (positions == 0 || count % positions != 0)
    return MNISTCNN_OK;
  float *const transposed = mcnn_alloc_array(alloc, count, sizeof **values);
  if (!transposed)
    return MNISTCNN_OUT_OF_MEMORY;
  transpose(*values, transposed, a, b, count / positions);
  mcnn_free(alloc, *values);
  *values = transposed;
  return MNISTCNN_OK;
}

/* Turns a convolution's kernel by 180 degrees, in place. */
static void flip_kernel(const mnistcnn_layer_info *layer, int32_t which, float *values,
                        size_t count) {
  const size_t taps = (size_t)layer->kernel_shape[0] * layer->kernel_shape[1];
  if (layer->kind != MNISTCNN_LAYER_CONV2D || which != MNISTCNN_WEIGHTS_KERNEL || taps == 0)
    return;
  const size_t each = count / taps;
  for (size_t tap = 0; tap < taps / 2; tap++) {
    for (size_t i = 0; i < each; i++) {
      const float value = values[tap * each + i];
      values[tap * each + i] = values[(taps - 1 - tap) * each + i];
      values[(taps - 1 - tap) * each + i] = value;
    }
  }
}

static mnistcnn_status fail_array(const importer *im, const mnistcnn_layer_info *layer,
                                  const mcnn_keras_array *array, size_t expected) {
  return mcnn_fail(MNISTCNN_SHAPE_MISMATCH,
                   "%s: %s: the array %.80s has %zu numbers, but by the architecture there are %zu",
                   im->request->label, layer->name, array->path, array->value->count, expected);
}

static mnistcnn_status set_array(importer *im, uint32_t index, const mnistcnn_layer_info *layer,
                                 int32_t which, const mcnn_keras_array *array, size_t count) {
  const mcnn_alloc *const alloc = &im->request->alloc;
  if (array->value->count != count || !mcnn_keras_array_is_float(array))
    return fail_array(im, layer, array, count);
  float *values = mcnn_alloc_array(alloc, count, sizeof *values);
  mnistcnn_status status =
      values ? mcnn_keras_array_read(array, values, count) : MNISTCNN_OUT_OF_MEMORY;
  if (status == MNISTCNN_OK && im->flips_kernels)
    flip_kernel(layer, which, values, count);
  if (status == MNISTCNN_OK && im->encoding.transposed)
    status = transpose_array(im, layer, which, &values, count);
  if (status == MNISTCNN_OK) {
    status = mnistcnn_model_set_weights(im->model, index, which, values, count);
    if (status != MNISTCNN_OK)
      status =
          mcnn_fail(status, "%s: %s: %s", im->request->label, array->path, mnistcnn_last_error());
  }
  mcnn_free(alloc, values);
  return status;
}

static mnistcnn_status check_kernel(const importer *im, const mnistcnn_layer_info *layer,
                                    const mcnn_keras_array *array) {
  if (kernel_fits(layer, array))
    return MNISTCNN_OK;
  return mcnn_fail(MNISTCNN_SHAPE_MISMATCH,
                   "%s: %s: the array %.80s has another shape than the kernel of the architecture",
                   im->request->label, layer->name, array->path);
}

static mnistcnn_status fill_layer(importer *im, uint32_t index, const mnistcnn_layer_info *layer) {
  mcnn_keras_group *const g = next_group(im, index, layer);
  mnistcnn_status status = MNISTCNN_OK;
  size_t next = 0;
  if (!g)
    return mcnn_fail(MNISTCNN_SHAPE_MISMATCH,
                     "%s: the file has no weights for %s of the architecture", im->request->label,
                     layer->name);
  g->is_used = 1;
  for (size_t i = 0; i < NUM_ARRAYS && status == MNISTCNN_OK; i++) {
    size_t count = 0;
    if (mnistcnn_model_weights(im->model, index, array_order[i], NULL, 0, &count) != MNISTCNN_OK)
      continue;
    if (next == g->count)
      return mcnn_fail(MNISTCNN_SHAPE_MISMATCH,
                       "%s: \"%.60s\" has fewer arrays than %s of the "
                       "architecture",
                       im->request->label, g->owner, layer->name);
    const mcnn_keras_array *const array = mcnn_keras_weights_at(im->weights, g->arrays[next++]);
    if (array_order[i] == MNISTCNN_WEIGHTS_KERNEL)
      status = check_kernel(im, layer, array);
    if (status == MNISTCNN_OK)
      status = set_array(im, index, layer, array_order[i], array, count);
  }
  if (status == MNISTCNN_OK && next != g->count)
    status = mcnn_fail(MNISTCNN_SHAPE_MISMATCH,
                       "%s: \"%.60s\" has more arrays than %s of the "
                       "architecture",
                       im->request->label, g->owner, layer->name);
  return status;
}

static mnistcnn_status fill_model(importer *im) {
  mnistcnn_layer_info layer = MNISTCNN_LAYER_INFO_INIT;
  mnistcnn_status status = MNISTCNN_OK;
  for (uint32_t i = 0; i < mnistcnn_model_num_layers(im->model) && status == MNISTCNN_OK; i++) {
    status = mnistcnn_model_layer_info(im->model, i, &layer);
    if (status == MNISTCNN_OK && layer.num_parameters > 0)
      status = fill_layer(im, i, &layer);
    /* What stands before a flatten is what its rows are of. */
    if (layer.kind != MNISTCNN_LAYER_FLATTEN && layer.kind != MNISTCNN_LAYER_DROPOUT)
      set_size(im, layer.output_height, layer.output_width);
  }
  for (size_t i = 0; i < im->groups.count && status == MNISTCNN_OK; i++)
    if (!im->groups.groups[i].is_used)
      status = mcnn_fail(MNISTCNN_SHAPE_MISMATCH,
                         "%s: the weights \"%.80s\" belong to no layer of the architecture",
                         im->request->label, im->groups.groups[i].owner);
  return status;
}

/* --- the model -------------------------------------------------------------------------------- */

static void note(const importer *im, const char *text) {
  if (im->request->log)
    im->request->log(MNISTCNN_LOG_INFO, text, im->request->user);
}

static mnistcnn_status check_transposed(const importer *im) {
  mnistcnn_layer_info layer = MNISTCNN_LAYER_INFO_INIT;
  mnistcnn_shape input = {0, 0, 0};
  mnistcnn_status status = mnistcnn_model_input_shape(im->model, &input);
  int square = input.height == input.width;
  for (uint32_t i = 0; i < mnistcnn_model_num_layers(im->model) && status == MNISTCNN_OK; i++) {
    status = mnistcnn_model_layer_info(im->model, i, &layer);
    square = square && layer.output_height == layer.output_width &&
             layer.stride_height == layer.stride_width &&
             layer.dilation_height == layer.dilation_width &&
             (layer.stride_height == 0 || layer.kernel_shape[0] == layer.kernel_shape[1]);
  }
  if (status != MNISTCNN_OK || square)
    return status;
  return mcnn_fail(MNISTCNN_UNSUPPORTED,
                   "%s: transposed images for weights without a network need square images and "
                   "windows",
                   im->request->label);
}

static mnistcnn_status create(importer *im, const mcnn_keras_proposal *p, const char *text) {
  mnistcnn_preparation preparation = MNISTCNN_PREPARATION_INIT;
  mnistcnn_model_options options = MNISTCNN_MODEL_OPTIONS_INIT;
  mcnn_encoding_prepare(&im->encoding, &preparation);
  preparation.prepare = im->request->prepare;
  if (p->channels == 1) {
    preparation.mean[1] = preparation.mean[2] = preparation.mean[0];
    preparation.deviation[1] = preparation.deviation[2] = preparation.deviation[0];
  }
  options.input_height = p->height;
  options.input_width = p->width;
  options.input_channels = p->channels;
  options.num_classes = p->classes;
  options.architecture = text;
  options.preparation = &preparation;
  options.allocator = im->request->allocator;
  mnistcnn_status status = mnistcnn_model_create(&options, &im->model);
  if (status != MNISTCNN_OK)
    return mcnn_fail(status, "%s: %s", im->request->label, mnistcnn_last_error());
  set_size(im, p->height, p->width);
  if (im->encoding.transposed)
    status = check_transposed(im);
  return status == MNISTCNN_OK ? fill_model(im) : status;
}

static mnistcnn_status ask_for_network(const importer *im, const mcnn_keras_proposal *p) {
  char layers[160];
  mcnn_keras_describe(im->weights, &im->groups, layers, sizeof layers);
  if (p->text[0] == '\0')
    return mcnn_fail(
        MNISTCNN_INVALID_ARGUMENT,
        "%s: has weights only (%s): give the network they belong to as an architecture "
        "text (--arch) and, if it is not 28x28, the input's size (--size)",
        im->request->label, layers);
  return mcnn_fail(MNISTCNN_INVALID_ARGUMENT,
                   "%s: has weights only (%s), not activations, paddings and poolings: give the "
                   "network (--arch); these would fit: \"%s\"",
                   im->request->label, layers, p->text);
}

static mnistcnn_status import(importer *im) {
  mcnn_keras_proposal proposal;
  const char *text = im->request->architecture;
  mnistcnn_status status = mcnn_keras_propose(im->weights, &im->groups, im->request, &proposal);
  if (status != MNISTCNN_OK)
    return status;
  if (!text && !proposal.is_default)
    return ask_for_network(im, &proposal);
  status = create(im, &proposal, text ? text : MNISTCNN_DEFAULT_ARCHITECTURE);
  if (status != MNISTCNN_OK)
    return status;
  if (!im->request->encoding)
    note(im, "input encoding unit (0..1), which is usual: the file does not say; labelled images "
             "can check it");
  if (!text)
    note(im, "weights only: their shapes are those of the default network");
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_keras_import_weights(mcnn_keras_weights *weights,
                                          const mcnn_import_request *request, int flips_kernels,
                                          mnistcnn_model **model) {
  importer *const im = mcnn_alloc_zeroed(&request->alloc, 1, sizeof *im);
  if (!im)
    return MNISTCNN_OUT_OF_MEMORY;
  im->request = request;
  im->weights = weights;
  mnistcnn_status status = mcnn_keras_list_groups(weights, request->label, &im->groups);
  if (request->encoding)
    im->encoding = *request->encoding;
  else if (status == MNISTCNN_OK)
    status = mcnn_encoding_read("unit", &im->encoding);
  im->flips_kernels = flips_kernels || im->encoding.flipped;
  if (status == MNISTCNN_OK)
    status = import(im);
  if (status == MNISTCNN_OK)
    *model = im->model;
  else
    mnistcnn_model_free(im->model);
  mcnn_free(&request->alloc, im);
  return status;
}
