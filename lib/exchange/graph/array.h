/* The constants of a graph: arrays of numbers, and the operations with which graphs compute shapes
 * and rearrange weights. All memory belongs to the builder. */
#ifndef MCNN_EXCHANGE_GRAPH_ARRAY_H
#define MCNN_EXCHANGE_GRAPH_ARRAY_H

#include "exchange/build/builder.h"

enum { MCNN_ARRAY_MAX_RANK = 8 };

typedef struct mcnn_array {
  uint32_t rank;
  size_t dims[MCNN_ARRAY_MAX_RANK];
  size_t count;            /* the product of the dimensions: 1 for a rank of 0 */
  const float *floats;     /* NULL: integers */
  const int64_t *integers; /* NULL: floats */
} mcnn_array;

/* How to combine two. */
typedef double (*mcnn_binary_fn)(double a, double b);

double mcnn_array_number(const mcnn_array *array, size_t index);
int64_t mcnn_array_integer(const mcnn_array *array, size_t index);

/* Memory for integers; NULL with the message set. */
int64_t *mcnn_array_integers(mcnn_builder *builder, size_t count);
/* A vector of integers. */
mnistcnn_status mcnn_array_of_integers(mcnn_builder *builder, const int64_t *values, size_t count,
                                       mcnn_array *array);

/* Its values as floats, where they lie or copied. */
mnistcnn_status mcnn_array_floats(mcnn_builder *builder, const mcnn_array *array,
                                  const float **floats);

/* Between floats and integers, which are rounded towards 0. */
mnistcnn_status mcnn_array_cast(mcnn_builder *builder, mcnn_array *array, int to_integer);

/* The same values with other dimensions; 0 where these are too many or not as many values. */
int mcnn_array_reshape(mcnn_array *array, const size_t *dims, uint32_t rank);

/* order: for each new dimension the old one. */
mnistcnn_status mcnn_array_transpose(mcnn_builder *builder, mcnn_array *array,
                                     const uint32_t *order);

/* As NumPy broadcasts. */
mnistcnn_status mcnn_array_combine(mcnn_builder *builder, const mcnn_array *a, const mcnn_array *b,
                                   mcnn_binary_fn fn, mcnn_array *result);

/* Elements of `axis`, in the order of `indices`; negative ones count from the end. */
mnistcnn_status mcnn_array_take(mcnn_builder *builder, mcnn_array *array, uint32_t axis,
                                const mcnn_array *indices);

/* Vectors one behind the other. */
mnistcnn_status mcnn_array_join(mcnn_builder *builder, mcnn_array *first, const mcnn_array *second);

#endif
