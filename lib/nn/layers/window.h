/* Windows that move over an image, for the layers that have one: convolutions and poolings. */
#ifndef MCNN_NN_LAYERS_WINDOW_H
#define MCNN_NN_LAYERS_WINDOW_H

#include "nn/layer_kind.h"

/* MNISTCNN_ARCHITECTURE where the window (`what`: "kernel", "window") is larger than the input, or,
 * with padding "same", so large that some of it never meets the input. */
mnistcnn_status mcnn_window_check(const mcnn_layer_reader *reader, const mcnn_layer *layer,
                                  const char *what);

/* layer->out for its window, strides and padding; the channels stay. */
void mcnn_window_infer(mcnn_layer *layer);

/* The zeros before and behind one axis of a layer with padding "same"; 0, 0 for "valid". */
void mcnn_window_padding(mcnn_padding padding, uint32_t in, uint32_t out, uint32_t kernel,
                         uint32_t stride, uint32_t *before, uint32_t *behind);

#endif
