/* What is computed with numbers of each channel: batch normalisation, scales and offsets. */
#include "exchange/build/image.h"
#include "exchange/build/layers.h"

#include <math.h>

/* What architecture texts take. */
static const double min_epsilon = 1e-6, max_epsilon = 1.0;
static const double max_momentum = 0.999999;

/* All of it are the channels of an image of 1 x 1. */
static int is_image_vector(const mcnn_builder *builder, const mcnn_tensor *tensor) {
  return mcnn_builder_has_image_vectors(builder) && tensor->size[MCNN_AXIS_HEIGHT] == 1 &&
         tensor->size[MCNN_AXIS_WIDTH] == 1;
}

/* The dimension must be our channels; of a vector the arrays are put in our order. */
static mnistcnn_status check_axis(mcnn_builder *builder, mcnn_tensor *tensor, uint32_t axis) {
  if (tensor->is_vector && axis == 0 && is_image_vector(builder, tensor))
    return MNISTCNN_OK;
  if (tensor->is_vector)
    return axis == 0 ? mcnn_vector_flatten(builder, tensor)
                     : mcnn_builder_fail(builder, MNISTCNN_FORMAT, "its axis is not there");
  if (axis >= tensor->rank)
    return mcnn_builder_fail(builder, MNISTCNN_FORMAT, "its axis is not there");
  if (tensor->axes[axis] == MCNN_AXIS_CHANNELS ||
      (tensor->axes[axis] == MCNN_AXIS_ONE && tensor->size[MCNN_AXIS_CHANNELS] == 1))
    return MNISTCNN_OK;
  return mcnn_builder_fail(builder, MNISTCNN_UNSUPPORTED,
                           "works along a dimension of the image instead of its channels; give it "
                           "the axis of the channels");
}

/* An array of one number for each channel, or of a vector each number, in our order. */
static mnistcnn_status add_array(mcnn_builder *builder, const mcnn_tensor *tensor, int32_t which,
                                 const float *values) {
  const float *ordered = values;
  mnistcnn_status status = MNISTCNN_OK;
  if (!values)
    return MNISTCNN_OK;
  if (tensor->is_vector)
    status = mcnn_vector_rows(builder, tensor, values, 1, &ordered);
  if (status == MNISTCNN_OK)
    mcnn_builder_array(builder, which, ordered,
                       tensor->is_vector ? (size_t)mcnn_tensor_count(tensor)
                                         : tensor->size[MCNN_AXIS_CHANNELS]);
  return status;
}

static size_t count_channels(const mcnn_tensor *tensor) {
  return tensor->is_vector ? (size_t)mcnn_tensor_count(tensor) : tensor->size[MCNN_AXIS_CHANNELS];
}

/* An epsilon below what architecture texts take becomes part of the variance. */
static mnistcnn_status raise_epsilon(mcnn_builder *builder, const mcnn_tensor *tensor,
                                     double *epsilon, const float **variance) {
  const size_t count = count_channels(tensor);
  if (*epsilon >= min_epsilon)
    return MNISTCNN_OK;
  float *const raised = mcnn_builder_floats(builder, count);
  if (!raised)
    return MNISTCNN_OUT_OF_MEMORY;
  for (size_t i = 0; i < count; i++) {
    const double value = (double)(*variance)[i] + *epsilon - min_epsilon;
    if (value < 0)
      return mcnn_builder_fail(builder, MNISTCNN_UNSUPPORTED,
                               "variance and epsilon together are below 0.000001");
    raised[i] = (float)value;
  }
  *epsilon = min_epsilon;
  *variance = raised;
  return MNISTCNN_OK;
}

static mnistcnn_status add_arrays(mcnn_builder *builder, mcnn_tensor *tensor,
                                  const mcnn_batch_norm *norm, const float *variance) {
  mnistcnn_status status = add_array(builder, tensor, MNISTCNN_WEIGHTS_GAMMA, norm->gamma);
  if (status == MNISTCNN_OK)
    status = add_array(builder, tensor, MNISTCNN_WEIGHTS_BETA, norm->beta);
  if (status == MNISTCNN_OK)
    status = add_array(builder, tensor, MNISTCNN_WEIGHTS_MOVING_MEAN, norm->mean);
  if (status == MNISTCNN_OK)
    status = add_array(builder, tensor, MNISTCNN_WEIGHTS_MOVING_VARIANCE, variance);
  return status;
}

mnistcnn_status mcnn_build_batch_norm(mcnn_builder *builder, mcnn_tensor *tensor,
                                      const mcnn_batch_norm *norm) {
  const double momentum = fmin(fmax(norm->momentum, 0), max_momentum);
  const float *variance = norm->variance;
  double epsilon = fmin(norm->epsilon, max_epsilon);
  char epsilon_text[32], momentum_text[32];
  mnistcnn_status status = check_axis(builder, tensor, norm->axis);
  if (status == MNISTCNN_OK && norm->epsilon > max_epsilon)
    status = mcnn_builder_fail(builder, MNISTCNN_UNSUPPORTED, "its epsilon is above 1");
  if (status == MNISTCNN_OK)
    status = raise_epsilon(builder, tensor, &epsilon, &variance);
  if (status == MNISTCNN_OK)
    status = mcnn_number_text(builder, epsilon, epsilon_text);
  if (status == MNISTCNN_OK)
    status = mcnn_number_text(builder, momentum, momentum_text);
  if (status == MNISTCNN_OK)
    status = mcnn_builder_layer(builder, tensor, "batchnorm momentum %s epsilon %s%s%s%s",
                                momentum_text, epsilon_text, norm->gamma ? "" : " noscale",
                                norm->beta ? "" : " nocenter", norm->unbiased ? " unbiased" : "");
  return status == MNISTCNN_OK ? add_arrays(builder, tensor, norm, variance) : status;
}

/* --- scales and offsets ----------------------------------------------------------------------- */

/* As a batch normalisation with the mean 0 and the variance 1. */
static mnistcnn_status affine_as_norm(mcnn_builder *builder, mcnn_tensor *tensor, uint32_t axis,
                                      const double *scale, const double *offset, size_t count) {
  float *const arrays = mcnn_builder_floats(builder, 4 * count);
  if (!arrays)
    return MNISTCNN_OUT_OF_MEMORY;
  for (size_t i = 0; i < count; i++) {
    arrays[i] = (float)(scale[i] * sqrt(1 + min_epsilon));
    arrays[count + i] = (float)offset[i];
    arrays[2 * count + i] = 0;
    arrays[3 * count + i] = 1;
  }
  const mcnn_batch_norm norm = {.axis = axis,
                                .epsilon = min_epsilon,
                                .momentum = max_momentum,
                                .gamma = arrays,
                                .beta = arrays + count,
                                .mean = arrays + 2 * count,
                                .variance = arrays + 3 * count};
  const mnistcnn_status status = mcnn_build_batch_norm(builder, tensor, &norm);
  if (status != MNISTCNN_OK)
    return status;
  return mcnn_builder_note(builder,
                           "becomes a batch normalisation, which further training changes");
}

static int are_equal(const double *values, size_t count) {
  for (size_t i = 1; i < count; i++)
    if (values[i] != values[0])
      return 0;
  return 1;
}

/* 0 and 1, which change nothing, included. */
static mnistcnn_status rescale(mcnn_builder *builder, mcnn_tensor *tensor, double scale,
                               double offset) {
  char scale_text[32], offset_text[32];
  if (scale == 1 && offset == 0)
    return MNISTCNN_OK;
  mnistcnn_status status = mcnn_number_text(builder, scale, scale_text);
  if (status == MNISTCNN_OK)
    status = mcnn_number_text(builder, offset, offset_text);
  if (status == MNISTCNN_OK)
    status = mcnn_builder_layer(builder, tensor, "rescale %s %s", scale_text, offset_text);
  return status;
}

mnistcnn_status mcnn_build_affine(mcnn_builder *builder, mcnn_tensor *tensor, uint32_t axis,
                                  const double *scale, const double *offset, size_t count) {
  if (are_equal(scale, count) && are_equal(offset, count))
    return rescale(builder, tensor, scale[0], offset[0]);
  return affine_as_norm(builder, tensor, axis, scale, offset, count);
}

/* --- slopes ----------------------------------------------------------------------------------- */

/* (1 - slope) max(0, x) + slope x */
static mnistcnn_status add_slopes(mcnn_builder *builder, mcnn_tensor *tensor, uint32_t axis,
                                  const float *slopes, size_t count) {
  mcnn_tensor other = *tensor;
  double *const numbers = (double *)(void *)mcnn_builder_floats(builder, 6 * count);
  if (!numbers)
    return MNISTCNN_OUT_OF_MEMORY;
  for (size_t i = 0; i < count; i++) {
    numbers[i] = 1 - (double)slopes[i];
    numbers[count + i] = (double)slopes[i];
    numbers[2 * count + i] = 0;
  }
  mnistcnn_status status = mcnn_build_activation(builder, tensor, "relu");
  if (status == MNISTCNN_OK)
    status = mcnn_build_affine(builder, tensor, axis, numbers, numbers + 2 * count, count);
  if (status == MNISTCNN_OK)
    status = mcnn_build_affine(builder, &other, axis, numbers + count, numbers + 2 * count, count);
  return status == MNISTCNN_OK ? mcnn_build_sum(builder, tensor, &other) : status;
}

mnistcnn_status mcnn_build_slopes(mcnn_builder *builder, mcnn_tensor *tensor, uint32_t axis,
                                  const float *slopes, size_t count) {
  char text[32];
  int equal = 1;
  for (size_t i = 1; i < count; i++)
    equal = equal && slopes[i] == slopes[0];
  if (!equal || slopes[0] < 0)
    return add_slopes(builder, tensor, axis, slopes, count);
  if (slopes[0] == 0)
    return mcnn_build_activation(builder, tensor, "relu");
  const mnistcnn_status status = mcnn_number_text(builder, (double)slopes[0], text);
  return status == MNISTCNN_OK ? mcnn_builder_layer(builder, tensor, "leaky_relu %s", text)
                               : status;
}
