#include "nn/layers/depthwise.h"

#include "base/alloc.h"
#include "base/cost.h"
#include "base/sizes.h"
#include "kernels/depthwise/depthwise.h"
#include "nn/layers/window.h"
#include "nn/layers/window_options.h"

#include <string.h>

/* --- the architecture ------------------------------------------------------------------------- */

uint32_t mcnn_depthwise_layer_channels(const mcnn_layer *layer) {
  return layer->in.channels * layer->multiplier;
}

/* Kernel sides are below twice the largest side of an image, so that the first product fits, and
 * with the patches in range all sizes that the kernels compute do. */
static mnistcnn_status check_sizes(const mcnn_layer_reader *reader, const mcnn_layer *layer) {
  const size_t window = (size_t)layer->kernel_height * layer->kernel_width;
  const size_t positions = (size_t)layer->out.height * layer->out.width;
  size_t channels, patch, patches;
  if (!mcnn_checked_mul(layer->in.channels, layer->multiplier, &channels) ||
      !mcnn_checked_mul(window, channels, &patch) ||
      !mcnn_checked_mul(positions, patch, &patches) || patches > MCNN_MAX_PATCHES) {
    return mcnn_layer_text_fail(&reader->text, "its patches of one image are more than %zu numbers",
                                MCNN_MAX_PATCHES);
  }
  const mcnn_depthwise_geometry g = mcnn_depthwise_geometry_of(layer, MCNN_ACTIVATION_LINEAR);
  if (mcnn_depthwise_scratch_floats(&g, 1) > MCNN_MAX_PATCHES) {
    return mcnn_layer_text_fail(
        &reader->text, "one image with its padding takes more than %zu numbers", MCNN_MAX_PATCHES);
  }
  return MNISTCNN_OK;
}

/* Fans as Keras computes them of such a shape. */
mnistcnn_status mcnn_depthwise_infer(const mcnn_layer_reader *reader, mcnn_layer *layer,
                                     const char *kernel) {
  mnistcnn_status status = mcnn_window_infer_options(reader, layer);
  if (status == MNISTCNN_OK)
    status = check_sizes(reader, layer);
  if (status != MNISTCNN_OK)
    return status;
  const uint32_t shape[4] = {layer->kernel_height, layer->kernel_width, layer->in.channels,
                             layer->multiplier};
  const double window = (double)layer->kernel_height * layer->kernel_width;
  mcnn_layer_add_kernel(layer, kernel, 4, shape, window * layer->in.channels,
                        window * layer->multiplier);
  return MNISTCNN_OK;
}

/* --- geometry --------------------------------------------------------------------------------- */

mcnn_depthwise_geometry mcnn_depthwise_geometry_of(const mcnn_layer *layer,
                                                   mcnn_activation activation) {
  const mcnn_window_zeros zeros = mcnn_window_padding(layer);
  return (mcnn_depthwise_geometry){.in_height = layer->in.height,
                                   .in_width = layer->in.width,
                                   .channels = layer->in.channels,
                                   .kernel_height = layer->kernel_height,
                                   .kernel_width = layer->kernel_width,
                                   .stride_height = layer->stride_height,
                                   .stride_width = layer->stride_width,
                                   .dilation_height = layer->dilation_height,
                                   .dilation_width = layer->dilation_width,
                                   .pad_top = zeros.top,
                                   .pad_left = zeros.left,
                                   .pad_bottom = zeros.bottom,
                                   .pad_right = zeros.right,
                                   .multiplier = layer->multiplier,
                                   .out_height = layer->out.height,
                                   .out_width = layer->out.width,
                                   .activation = activation};
}

uint64_t mcnn_depthwise_macs(const mcnn_depthwise_geometry *g) {
  return mcnn_saturating_mul((uint64_t)g->out_height * g->out_width, mcnn_depthwise_weights(g));
}

/* --- packed biases ---------------------------------------------------------------------------- */
