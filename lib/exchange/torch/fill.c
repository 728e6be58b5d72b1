#include "exchange/torch/fill.h"

#include "base/status.h"
#include "exchange/torch/rearrange.h"

#include <stdio.h>
#include <string.h>

typedef struct filler {
  const mcnn_import_request *request;
  const mcnn_torch_network *network;
  mcnn_torch_layers *layers;
  mcnn_strings *notes;
  mnistcnn_model *model;
  int transposed;
  mcnn_torch_image image;       /* what the next layer reads, also behind a flatten */
  int is_flat;                  /* it is a vector for us */
  const mcnn_torch_layer *last; /* the last convolution or linear layer that was used */
} filler;

/* --- which layer of the file ------------------------------------------------------------------ */

static mnistcnn_status fail_missing(const filler *f, const mnistcnn_layer_info *info) {
  char text[256];
  mcnn_torch_describe(f->layers, text, sizeof text);
  return mcnn_fail(MNISTCNN_SHAPE_MISMATCH,
                   "%s: nothing in the file is left that has the shape of %s in the architecture; "
                   "it has %s",
                   f->request->label, info->name, text);
}

static int fits(const filler *f, const mcnn_torch_layer *layer, const mnistcnn_layer_info *info,
                int pointwise) {
  switch (info->kind) {
  case MNISTCNN_LAYER_CONV2D:
    return mcnn_torch_fits_conv(layer, info, f->transposed);
  case MNISTCNN_LAYER_DEPTHWISE_CONV2D:
    return mcnn_torch_fits_depthwise(layer, info, f->transposed);
  case MNISTCNN_LAYER_SEPARABLE_CONV2D:
    return pointwise ? mcnn_torch_fits_pointwise(layer, info)
                     : mcnn_torch_fits_depthwise(layer, info, f->transposed) && !layer->bias;
  case MNISTCNN_LAYER_DENSE:
    return mcnn_torch_fits_dense(layer, info, &f->image);
  default:
    return layer->kind == MCNN_TORCH_NORM && mcnn_torch_outputs(layer) == info->output_channels;
  }
}

static mcnn_torch_layer *next_kernel(const filler *f, const mnistcnn_layer_info *info,
                                     int pointwise) {
  for (size_t i = 0; i < f->layers->count; i++) {
    mcnn_torch_layer *const layer = &f->layers->layers[i];
    if (!layer->is_used && layer->kind != MCNN_TORCH_NORM && fits(f, layer, info, pointwise))
      return layer;
  }
  return NULL;
}

/* How well the names and places of a normalisation and of the layer before it go together. */
static int affinity(const filler *f, const mcnn_torch_layer *norm) {
  const mcnn_torch_layer *const last = f->last;
  if (!last)
    return 0;
  const size_t parent = mcnn_torch_parent(norm->name), other = mcnn_torch_parent(last->name);
  const int same_parent = parent == other && memcmp(norm->name, last->name, parent) == 0;
  const int is_behind = !f->layers->is_sorted && norm > last;
  return 2 * is_behind + same_parent;
}

static mcnn_torch_layer *next_norm(const filler *f, const mnistcnn_layer_info *info) {
  mcnn_torch_layer *best = NULL;
  int best_affinity = -1;
  for (size_t i = 0; i < f->layers->count; i++) {
    mcnn_torch_layer *const layer = &f->layers->layers[i];
    if (layer->is_used || !fits(f, layer, info, 0) || affinity(f, layer) <= best_affinity)
      continue;
    best = layer;
    best_affinity = affinity(f, layer);
  }
  return best;
}

/* --- arrays ----------------------------------------------------------------------------------- */

static mnistcnn_status set_array(const filler *f, uint32_t index, const mnistcnn_layer_info *info,
                                 int32_t which, const float *values, size_t count) {
  const mnistcnn_status status = mnistcnn_model_set_weights(f->model, index, which, values, count);
  return status == MNISTCNN_OK ? status
                               : mcnn_fail(status, "%s: %s: %s", f->request->label, info->name,
                                           mnistcnn_last_error());
}

/* Reads a tensor, rearranges it into an array of the model, and sets that. */
static mnistcnn_status set_rearranged(const filler *f, uint32_t index,
                                      const mnistcnn_layer_info *info, int32_t which,
                                      const mcnn_torch_layer *layer) {
  const mcnn_alloc *const alloc = &f->request->alloc;
  size_t count = 0;
  float *target = NULL;
  float *const source = mcnn_alloc_array(alloc, (size_t)layer->weight->count, sizeof *source);
  mnistcnn_status status =
      source ? mcnn_torch_read(layer->weight, f->request->label, source) : MNISTCNN_OUT_OF_MEMORY;
  if (status == MNISTCNN_OK)
    status = mnistcnn_model_weights(f->model, index, which, NULL, 0, &count);
  if (status == MNISTCNN_OK) {
    target = mcnn_alloc_zeroed(alloc, count, sizeof *target);
    status = target ? MNISTCNN_OK : MNISTCNN_OUT_OF_MEMORY;
  }
  if (status == MNISTCNN_OK) {
    const mcnn_torch_move move = {layer->weight, source, target, f->transposed};
    if (which == MNISTCNN_WEIGHTS_POINTWISE_KERNEL)
      mcnn_torch_move_pointwise(&move);
    else if (info->kind == MNISTCNN_LAYER_CONV2D)
      mcnn_torch_move_conv(&move, info);
    else if (info->kind == MNISTCNN_LAYER_DENSE)
      mcnn_torch_move_dense(&move, info, &f->image);
    else
      mcnn_torch_move_depthwise(&move, info);
    status = set_array(f, index, info, which, target, count);
  }
  mcnn_free(alloc, source);
  mcnn_free(alloc, target);
  return status;
}

/* A vector, or one number for all where there is no tensor. What is normalised behind a flatten is
 * in the order of the rows of a linear layer. */
static mnistcnn_status set_vector(const filler *f, uint32_t index, const mnistcnn_layer_info *info,
                                  int32_t which, const mcnn_torch_tensor *tensor, float otherwise) {
  const mcnn_alloc *const alloc = &f->request->alloc;
  size_t count = 0;
  if (mnistcnn_model_weights(f->model, index, which, NULL, 0, &count) != MNISTCNN_OK)
    return MNISTCNN_OK;
  const size_t held = tensor ? (size_t)tensor->count : count;
  float *const values = mcnn_alloc_array(alloc, held, sizeof *values);
  float *const ordered = mcnn_alloc_zeroed(alloc, count, sizeof *ordered);
  mnistcnn_status status = values && ordered ? MNISTCNN_OK : MNISTCNN_OUT_OF_MEMORY;
  if (status == MNISTCNN_OK && tensor)
    status = mcnn_torch_read(tensor, f->request->label, values);
  for (size_t i = 0; i < held && status == MNISTCNN_OK && !tensor; i++)
    values[i] = otherwise;
  if (status == MNISTCNN_OK) {
    if (info->kind == MNISTCNN_LAYER_BATCH_NORM && f->is_flat && held == count)
      mcnn_torch_order_vector(values, ordered, &f->image, f->transposed);
    else if (held <= count)
      /* One output of two is that of class 1. */
      memcpy(ordered + (count - held), values, held * sizeof *values);
    status = set_array(f, index, info, which, ordered, count);
  }
  mcnn_free(alloc, values);
  mcnn_free(alloc, ordered);
  return status;
}

static mnistcnn_status set_bias(const filler *f, uint32_t index, const mnistcnn_layer_info *info,
                                const mcnn_torch_layer *layer) {
  if (layer->bias && !info->has_bias)
    return mcnn_fail(MNISTCNN_SHAPE_MISMATCH,
                     "%s: %.120s has a bias, but %s of the architecture has none (nobias)",
                     f->request->label, layer->name, info->name);
  return info->has_bias ? set_vector(f, index, info, MNISTCNN_WEIGHTS_BIAS, layer->bias, 0)
                        : MNISTCNN_OK;
}

/* --- layers ----------------------------------------------------------------------------------- */

static mnistcnn_status fill_norm(filler *f, uint32_t index, const mnistcnn_layer_info *info) {
  mcnn_torch_layer *const layer = next_norm(f, info);
  if (!layer)
    return fail_missing(f, info);
  layer->is_used = 1;
  size_t count = 0;
  const int has_gamma = mnistcnn_model_weights(f->model, index, MNISTCNN_WEIGHTS_GAMMA, NULL, 0,
                                               &count) == MNISTCNN_OK;
  const int has_beta = mnistcnn_model_weights(f->model, index, MNISTCNN_WEIGHTS_BETA, NULL, 0,
                                              &count) == MNISTCNN_OK;
  if ((layer->weight && !has_gamma) || (layer->bias && !has_beta))
    return mcnn_fail(MNISTCNN_SHAPE_MISMATCH,
                     "%s: %.120s has a scale and an offset, but %s of the architecture lacks one "
                     "(noscale, nocenter)",
                     f->request->label, layer->name, info->name);
  mnistcnn_status status = set_vector(f, index, info, MNISTCNN_WEIGHTS_GAMMA, layer->weight, 1);
  if (status == MNISTCNN_OK)
    status = set_vector(f, index, info, MNISTCNN_WEIGHTS_BETA, layer->bias, 0);
  if (status == MNISTCNN_OK)
    status = set_vector(f, index, info, MNISTCNN_WEIGHTS_MOVING_MEAN, layer->mean, 0);
  if (status == MNISTCNN_OK)
    status = set_vector(f, index, info, MNISTCNN_WEIGHTS_MOVING_VARIANCE, layer->variance, 1);
  return status;
}

static mnistcnn_status note_single_output(const filler *f, const mnistcnn_layer_info *info,
                                          const mcnn_torch_layer *layer) {
  if (info->kind != MNISTCNN_LAYER_DENSE || mcnn_torch_outputs(layer) != 1)
    return MNISTCNN_OK;
  return mcnn_strings_add(f->notes, &f->request->alloc, "",
                          "its single output became two classes: 1 where it is above 0, else 0");
}

/* The depthwise part, and then the one of 1x1, whose bias is the layer's. */
static mnistcnn_status fill_separable(filler *f, uint32_t index, const mnistcnn_layer_info *info) {
  static const int32_t kernels[] = {MNISTCNN_WEIGHTS_DEPTHWISE_KERNEL,
                                    MNISTCNN_WEIGHTS_POINTWISE_KERNEL};
  for (int part = 0; part < 2; part++) {
    mcnn_torch_layer *const layer = next_kernel(f, info, part);
    if (!layer)
      return fail_missing(f, info);
    layer->is_used = 1;
    f->last = layer;
    const mnistcnn_status status = set_rearranged(f, index, info, kernels[part], layer);
    if (status != MNISTCNN_OK)
      return status;
  }
  return set_bias(f, index, info, f->last);
}

static mnistcnn_status fill_kernel(filler *f, uint32_t index, const mnistcnn_layer_info *info) {
  if (info->kind == MNISTCNN_LAYER_SEPARABLE_CONV2D)
    return fill_separable(f, index, info);
  mcnn_torch_layer *const layer = next_kernel(f, info, 0);
  if (!layer)
    return fail_missing(f, info);
  layer->is_used = 1;
  f->last = layer;
  mnistcnn_status status = set_rearranged(f, index, info, MNISTCNN_WEIGHTS_KERNEL, layer);
  if (status == MNISTCNN_OK)
    status = set_bias(f, index, info, layer);
  return status == MNISTCNN_OK ? note_single_output(f, info, layer) : status;
}

/* A flatten, and what follows it up to the first dense layer, keeps what its numbers are of. */
static void follow(filler *f, const mnistcnn_layer_info *info) {
  const int is_dense = info->kind == MNISTCNN_LAYER_DENSE;
  if (info->kind == MNISTCNN_LAYER_FLATTEN)
    f->is_flat = 1;
  else if (!f->is_flat || is_dense)
    f->image = (mcnn_torch_image){info->output_height, info->output_width, info->output_channels};
  if (info->kind == MNISTCNN_LAYER_GLOBAL_AVGPOOL2D ||
      info->kind == MNISTCNN_LAYER_GLOBAL_MAXPOOL2D)
    f->is_flat = 1;
}

static mnistcnn_status check_used(const filler *f) {
  mnistcnn_status status = MNISTCNN_OK;
  for (size_t i = 0; i < f->layers->count && status == MNISTCNN_OK; i++) {
    const mcnn_torch_layer *const layer = &f->layers->layers[i];
    char text[MCNN_TORCH_MAX_NAME + 80];
    if (layer->is_used)
      continue;
    if (layer->kind != MCNN_TORCH_NORM)
      return mcnn_fail(MNISTCNN_SHAPE_MISMATCH,
                       "%s: the weights of %.120s belong to no layer of the architecture",
                       f->request->label, layer->name);
    (void)snprintf(text, sizeof text, "%s is left out: the network has no such batch normalisation",
                   layer->name);
    status = mcnn_strings_add(f->notes, &f->request->alloc, "", text);
  }
  return status;
}

static mnistcnn_status fill_layers(filler *f) {
  mnistcnn_layer_info info = MNISTCNN_LAYER_INFO_INIT;
  mnistcnn_status status = MNISTCNN_OK;
  for (uint32_t i = 0; i < mnistcnn_model_num_layers(f->model) && status == MNISTCNN_OK; i++) {
    status = mnistcnn_model_layer_info(f->model, i, &info);
    if (status == MNISTCNN_OK && info.kind == MNISTCNN_LAYER_BATCH_NORM)
      status = fill_norm(f, i, &info);
    else if (status == MNISTCNN_OK && info.num_parameters > 0)
      status = fill_kernel(f, i, &info);
    follow(f, &info);
  }
  return status == MNISTCNN_OK ? check_used(f) : status;
}

/* --- the model -------------------------------------------------------------------------------- */

/* Transposed images ask for transposed kernels, which is all where everything is square. */
static mnistcnn_status check_square(const filler *f) {
  mnistcnn_layer_info info = MNISTCNN_LAYER_INFO_INIT;
  mnistcnn_status status = MNISTCNN_OK;
  int square = f->network->height == f->network->width;
  for (uint32_t i = 0; i < mnistcnn_model_num_layers(f->model) && status == MNISTCNN_OK; i++) {
    status = mnistcnn_model_layer_info(f->model, i, &info);
    square = square && info.output_height == info.output_width &&
             info.stride_height == info.stride_width &&
             info.dilation_height == info.dilation_width && info.pad_top == info.pad_left &&
             info.pad_bottom == info.pad_right &&
             (info.stride_height == 0 || info.kernel_shape[0] == info.kernel_shape[1]);
  }
  if (status != MNISTCNN_OK || square)
    return status;
  return mcnn_fail(MNISTCNN_UNSUPPORTED,
                   "%s: transposed images for weights without a network need square images and "
                   "windows",
                   f->request->label);
}

static mnistcnn_status create_model(filler *f, const mcnn_encoding *encoding) {
  const mcnn_torch_network *const n = f->network;
  mnistcnn_preparation preparation = MNISTCNN_PREPARATION_INIT;
  mnistcnn_model_options options = MNISTCNN_MODEL_OPTIONS_INIT;
  mcnn_encoding_prepare(encoding, &preparation);
  preparation.prepare = f->request->prepare;
  if (n->channels == 1) {
    preparation.mean[1] = preparation.mean[2] = preparation.mean[0];
    preparation.deviation[1] = preparation.deviation[2] = preparation.deviation[0];
  }
  options.input_height = n->height;
  options.input_width = n->width;
  options.input_channels = n->channels;
  options.num_classes = n->classes;
  options.architecture = n->text;
  options.preparation = &preparation;
  options.allocator = f->request->allocator;
  const mnistcnn_status status = mnistcnn_model_create(&options, &f->model);
  return status == MNISTCNN_OK
             ? status
             : mcnn_fail(status, "%s: %s", f->request->label, mnistcnn_last_error());
}

mnistcnn_status mcnn_torch_fill(const mcnn_import_request *request,
                                const mcnn_torch_network *network, const mcnn_encoding *encoding,
                                mcnn_torch_layers *layers, mcnn_strings *notes,
                                mnistcnn_model **model) {
  filler f = {.request = request,
              .network = network,
              .layers = layers,
              .notes = notes,
              .transposed = encoding->transposed,
              .image = {network->height, network->width, network->channels}};
  for (size_t i = 0; i < layers->count; i++)
    layers->layers[i].is_used = 0;
  mnistcnn_status status = create_model(&f, encoding);
  if (status == MNISTCNN_OK && f.transposed)
    status = check_square(&f);
  if (status == MNISTCNN_OK)
    status = fill_layers(&f);
  if (status == MNISTCNN_OK)
    *model = f.model;
  else
    mnistcnn_model_free(f.model);
  return status;
}
