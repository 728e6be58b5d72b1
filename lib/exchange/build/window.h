/* Windows of convolutions and poolings on an image. */
#ifndef MCNN_EXCHANGE_BUILD_WINDOW_H
#define MCNN_EXCHANGE_BUILD_WINDOW_H

#include "exchange/build/layers.h"

/* A window on our axes. All pairs are in the order of the framework's spatial dimensions. */
typedef struct mcnn_placed_window {
  enum mcnn_axis spatial[2];
  int channels_first, same;
  int swapped;    /* the first spatial dimension is our width */
  int is_cropped; /* of a convolution: taps that only ever meet padding are left out */
  uint32_t full[2], first_tap[2];
  uint32_t size[2], stride[2], dilation[2];
  uint32_t output[2];
} mcnn_placed_window;

/* is_conv: taps that only meet padding may be left out, and must be where the limits of the
 * architecture ask for it. Fails where the window is larger than its input. */
mnistcnn_status mcnn_window_place(mcnn_builder *builder, const mcnn_tensor *tensor,
                                  const mcnn_window *window, int is_conv,
                                  mcnn_placed_window *placed);

/* "5x3", and " stride 2 same"; with_dilation: of a convolution, whose stride is 1 by default, that
 * of a pooling the window's size. */
void mcnn_window_size(const mcnn_placed_window *placed, char *text, size_t size);
void mcnn_window_options(const mcnn_placed_window *placed, int is_conv, char *text, size_t size);

/* The height and width that are left, and the dimensions. */
void mcnn_window_output(mcnn_tensor *tensor, const mcnn_placed_window *placed);

#endif
