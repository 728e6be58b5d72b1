/* The attributes of an operation. */
#ifndef MCNN_EXCHANGE_ONNX_ATTRIBUTE_H
#define MCNN_EXCHANGE_ONNX_ATTRIBUTE_H

#include "exchange/onnx/graph.h"

typedef struct mcnn_onnx_attribute {
  mcnn_span message;
  double number;    /* f */
  int64_t integer;  /* i */
  mcnn_span text;   /* s */
  mcnn_span tensor; /* t */
  int has_number, has_integer;
} mcnn_onnx_attribute;

/* 0 where the operation has none of this name. */
int mcnn_onnx_find(const mcnn_onnx_node *node, const char *name, mcnn_onnx_attribute *attribute);

int64_t mcnn_onnx_integer(const mcnn_onnx_node *node, const char *name, int64_t otherwise);
double mcnn_onnx_number(const mcnn_onnx_node *node, const char *name, double otherwise);
/* 1 where the attribute is there and is this text. */
int mcnn_onnx_text_is(const mcnn_onnx_node *node, const char *name, const char *text);

/* A list of integers; *count is 0 where there is none. 0 where it is malformed or longer than
 * `capacity`. */
int mcnn_onnx_integers(const mcnn_onnx_node *node, const char *name, int64_t *list, size_t capacity,
                       size_t *count);
int mcnn_onnx_numbers(const mcnn_onnx_node *node, const char *name, double *list, size_t capacity,
                      size_t *count);

#endif
