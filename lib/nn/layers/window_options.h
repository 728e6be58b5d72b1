/* What convolutions have in common: the options of their window, in texts and in shapes. */
#ifndef MCNN_NN_LAYERS_WINDOW_OPTIONS_H
#define MCNN_NN_LAYERS_WINDOW_OPTIONS_H

#include "nn/layer_kind.h"

/* Bytes of the longest kernel with its options that is written, with the NUL. */
#define MCNN_WINDOW_OPTIONS_CAPACITY 96

/* "HxW [stride HxW] [dilation HxW] [same|valid] [nobias]", and with takes_multiplier
 * "[multiplier N]": options in any order, each once. Returns 0 where a number is missing. */
int mcnn_window_read_options(mcnn_layer_text *text, int takes_multiplier, mcnn_layer *layer);
/* The kernel, and the options that are not the default. */
void mcnn_window_write_options(const mcnn_layer *layer, char text[MCNN_WINDOW_OPTIONS_CAPACITY]);

/* Checks kernel, strides and dilations, and sets height and width of layer->out. */
mnistcnn_status mcnn_window_infer_options(const mcnn_layer_reader *reader, mcnn_layer *layer);

#endif
