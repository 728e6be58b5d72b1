/* Tensors as images: which dimension is the height, the width and the channels. */
#ifndef MCNN_EXCHANGE_BUILD_IMAGE_H
#define MCNN_EXCHANGE_BUILD_IMAGE_H

#include "exchange/build/builder.h"

/* The spatial dimensions of a tensor of three, as our axes; fails where the channels of the layer
 * are not those of the tensor. */
mnistcnn_status mcnn_image_axes(mcnn_builder *builder, const mcnn_tensor *tensor,
                                int channels_first, enum mcnn_axis spatial[2]);

/* The dimensions of an image again, after its sizes have changed. */
void mcnn_image_set(mcnn_tensor *tensor, const enum mcnn_axis spatial[2], int channels_first);

/* What is a vector for us alone. */
void mcnn_vector_set(mcnn_tensor *tensor, uint32_t length);

/* Makes it a vector for us too, if it is none. */
mnistcnn_status mcnn_vector_flatten(mcnn_builder *builder, mcnn_tensor *tensor);

/* For each of our positions in a vector that was flattened, that of the other framework; NULL
 * where they agree. Belongs to the builder. */
mnistcnn_status mcnn_vector_order(mcnn_builder *builder, const mcnn_tensor *tensor,
                                  const uint32_t **order);

/* [rows][columns] with the rows in our order. */
mnistcnn_status mcnn_vector_rows(mcnn_builder *builder, const mcnn_tensor *tensor,
                                 const float *values, size_t columns, const float **rows);

/* A number as text without an exponent; fails beyond what architecture texts take. */
mnistcnn_status mcnn_number_text(mcnn_builder *builder, double number, char text[32]);

#endif
