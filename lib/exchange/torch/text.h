/* Architecture texts that are put together. */
#ifndef MCNN_EXCHANGE_TORCH_TEXT_H
#define MCNN_EXCHANGE_TORCH_TEXT_H

#include "base/alloc.h"

enum { MCNN_TORCH_TEXT = 8192 };

typedef struct mcnn_torch_text {
  char text[MCNN_TORCH_TEXT];
  size_t length;
  int is_cut; /* there was no room */
} mcnn_torch_text;

/* Appends a layer, behind ", " where others stand before it. */
void mcnn_torch_text_layer(mcnn_torch_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Appends to the last layer. */
void mcnn_torch_text_append(mcnn_torch_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The same with PyTorch's defaults in the place of those of architecture texts: of batch
 * normalisations epsilon 0.00001, momentum 0.9 and unbiased, and a slope of 0.01 for leaky_relu. */
void mcnn_torch_defaults(const char *architecture, mcnn_torch_text *text);

/* The outputs of the last layer with weights; 0 where the text does not say. */
uint32_t mcnn_torch_text_classes(const char *architecture);

#endif
