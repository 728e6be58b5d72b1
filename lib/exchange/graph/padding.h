/* Zeros around an image, as files spell them, and as this library has them: those of Keras, none,
 * or a layer of their own. */
#ifndef MCNN_EXCHANGE_GRAPH_PADDING_H
#define MCNN_EXCHANGE_GRAPH_PADDING_H

#include "exchange/graph/flow.h"

typedef struct mcnn_padding {
  mcnn_window window;
  uint32_t zeros[4]; /* a layer of zeros before the window, which then has none */
  int has_zeros;     /* some of these are not 0 */
  int pads;          /* windows meet positions outside of the image, */
  uint32_t met[4];   /* these: before and behind in both dimensions */
  int beyond;        /* a window reaches beyond the zeros that the file asks for */
} mcnn_padding;

/* Of a window on `value`, a tensor whose own pads are counted in. */
mnistcnn_status mcnn_padding_find(mcnn_flow *flow, const mcnn_flow_value *value,
                                  const mcnn_flow_window *window, mcnn_padding *padding);

/* Zeros as a layer of their own instead of padding. */
void mcnn_padding_use_zeros(mcnn_padding *padding);

#endif
