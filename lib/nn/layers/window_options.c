#include "nn/layers/window_options.h"

#include "base/sizes.h"
#include "nn/layers/window.h"

#include <stdio.h>

/* --- reading ---------------------------------------------------------------------------------- */

/* Which options have been read: each is taken once. */
typedef struct options {
  int stride, dilation, padding, multiplier, bias;
  int is_incomplete; /* the last one lacks its number */
} options;

/* The word, unless it was read before. */
static int take_once(mcnn_layer_text *text, const char *word, int *was_read) {
  const int took = !*was_read && mcnn_layer_text_take(text, word);
  *was_read |= took;
  return took;
}

/* Reads one option; 0 where the next word is none. */
static int read_option(mcnn_layer_text *text, mcnn_layer *layer, options *o) {
  if (take_once(text, "stride", &o->stride))
    o->is_incomplete = !mcnn_layer_text_size(text, &layer->stride_height, &layer->stride_width);
  else if (take_once(text, "dilation", &o->dilation))
    o->is_incomplete = !mcnn_layer_text_size(text, &layer->dilation_height, &layer->dilation_width);
  else if (take_once(text, "multiplier", &o->multiplier))
    o->is_incomplete = !mcnn_layer_text_count(text, &layer->multiplier);
  else if (take_once(text, "same", &o->padding))
    layer->padding = MCNN_PADDING_SAME;
  else if (take_once(text, "nobias", &o->bias))
    layer->no_bias = 1;
  else
    return take_once(text, "valid", &o->padding);
  return 1;
}

int mcnn_window_read_options(mcnn_layer_text *text, int takes_multiplier, mcnn_layer *layer) {
  options o = {.multiplier = !takes_multiplier};
  layer->stride_height = layer->stride_width = 1;
  layer->dilation_height = layer->dilation_width = 1;
  layer->multiplier = takes_multiplier ? 1 : 0;
  if (!mcnn_layer_text_size(text, &layer->kernel_height, &layer->kernel_width))
    return 0;
  while (!o.is_incomplete && read_option(text, layer, &o)) {
  }
  return !o.is_incomplete;
}

/* --- writing ---------------------------------------------------------------------------------- */

/* " stride 2", or nothing where it is 1. */
static void write_steps(const char *word, uint32_t height, uint32_t width, char text[40]) {
  char size[24];
  mcnn_window_write_size(height, width, size);
  text[0] = 0;
  if (height > 1 || width > 1)
    (void)snprintf(text, 40, " %s %s", word, size);
}

void mcnn_window_write_options(const mcnn_layer *layer, char text[MCNN_WINDOW_OPTIONS_CAPACITY]) {
  char stride[40], dilation[40], multiplier[24] = "";
  write_steps("stride", layer->stride_height, layer->stride_width, stride);
  write_steps("dilation", layer->dilation_height, layer->dilation_width, dilation);
  if (layer->multiplier > 1)
    (void)snprintf(multiplier, sizeof multiplier, " multiplier %u", layer->multiplier);
  (void)snprintf(text, MCNN_WINDOW_OPTIONS_CAPACITY, "%ux%u%.13s%.15s%s%s%s", layer->kernel_height,
                 layer->kernel_width, stride, dilation,
                 layer->padding == MCNN_PADDING_SAME ? " same" : "", multiplier,
                 layer->no_bias ? " nobias" : "");
}

/* --- shapes ----------------------------------------------------------------------------------- */

static mnistcnn_status check_steps(const mcnn_layer_reader *reader, const mcnn_layer *layer) {
  const size_t stride = mcnn_max(layer->stride_height, layer->stride_width);
  const size_t dilation = mcnn_max(layer->dilation_height, layer->dilation_width);
  if (stride > MCNN_MAX_STRIDE)
    return mcnn_layer_text_fail(&reader->text, "a stride is at most %u", MCNN_MAX_STRIDE);
  if (dilation > MCNN_MAX_DILATION)
    return mcnn_layer_text_fail(&reader->text, "a dilation is at most %u", MCNN_MAX_DILATION);
  if (stride > 1 && dilation > 1) {
    return mcnn_layer_text_fail(&reader->text,
                                "a stride above 1 and a dilation above 1 exclude each other");
  }
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_window_infer_options(const mcnn_layer_reader *reader, mcnn_layer *layer) {
  mnistcnn_status status = check_steps(reader, layer);
  if (status == MNISTCNN_OK)
    status = mcnn_window_check(reader, layer, "kernel");
  if (status == MNISTCNN_OK)
    mcnn_window_infer(layer);
  return status;
}
