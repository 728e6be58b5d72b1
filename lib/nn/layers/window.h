/* Windows that move over an image, for the layers that have one: convolutions and poolings. */
#ifndef MCNN_NN_LAYERS_WINDOW_H
#define MCNN_NN_LAYERS_WINDOW_H

#include "nn/layer_kind.h"

/* MNISTCNN_ARCHITECTURE where the window (`what`: "kernel", "window") is larger than the input, or,
 * with padding "same", so large that some of it never meets the input. */
mnistcnn_status mcnn_window_check(const mcnn_layer_reader *reader, const mcnn_layer *layer,
                                  const char *what);

/* layer->out for its window, strides, dilation and padding; the channels stay. */
void mcnn_window_infer(mcnn_layer *layer);

/* The zeros around the input of a layer with padding "same"; none for "valid". */
typedef struct mcnn_window_zeros {
  uint32_t top, bottom, left, right;
} mcnn_window_zeros;

mcnn_window_zeros mcnn_window_padding(const mcnn_layer *layer);

/* "2", or "2x3" where the two differ. */
void mcnn_window_write_size(uint32_t height, uint32_t width, char text[24]);

#endif
