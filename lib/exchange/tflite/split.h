/* Images that are cut into parts for a convolution with dilation: SPACE_TO_BATCH_ND makes a batch
 * of the images of every second pixel, say, and BATCH_TO_SPACE_ND joins them. Here the image stays
 * whole, and the convolution between the two is dilated. */
#ifndef MCNN_EXCHANGE_TFLITE_SPLIT_H
#define MCNN_EXCHANGE_TFLITE_SPLIT_H

#include "exchange/tflite/context.h"

struct mcnn_tflite_split {
  uint32_t join; /* the number of the operator that joins the parts */
  uint32_t block[2];
  int64_t sides[4]; /* zeros around the image, less what is cut off where it is joined */
  int has_conv;     /* the convolution is behind it */
};

/* Refuses what is done to parts and cannot be done to the whole image, and marks what `op` makes.
 */
mnistcnn_status mcnn_tflite_check_parts(mcnn_tflite_context *context,
                                        const mcnn_tflite_operator *op);

/* Turns the window of a convolution on parts into that on the whole image, *in. Changes nothing
 * where there are no parts. */
mnistcnn_status mcnn_tflite_whole_window(mcnn_tflite_context *context,
                                         const mcnn_tflite_operator *op, mcnn_flow_window *window,
                                         uint32_t *in);

#endif
