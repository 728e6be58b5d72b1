/* Poolings, padding and cropping. */
#include "exchange/build/image.h"
#include "exchange/build/layers.h"
#include "exchange/build/window.h"

#include <string.h>

/* Elements of a pooling window that architectures take. */
enum { MAX_WINDOW = 256 };

mnistcnn_status mcnn_build_pool(mcnn_builder *builder, mcnn_tensor *tensor, const char *word,
                                const mcnn_window *window) {
  mcnn_placed_window placed;
  char size[32], options[96];
  mnistcnn_status status = mcnn_window_place(builder, tensor, window, 0, &placed);
  if (status != MNISTCNN_OK)
    return status;
  mcnn_window_size(&placed, size, sizeof size);
  mcnn_window_options(&placed, 0, options, sizeof options);
  /* Of a vector there is one position, which is its own largest and its own mean. */
  if (!tensor->is_flat)
    status = mcnn_builder_layer(builder, tensor, "%s %s%s", word, size, options);
  if (status == MNISTCNN_OK)
    mcnn_window_output(tensor, &placed);
  return status;
}

/* The pooling as a window as large as the image, so that its result is an image of 1 x 1. */
static mnistcnn_status whole_pool(mcnn_builder *builder, mcnn_tensor *tensor, const char *word) {
  static const char prefix[] = "global";
  const uint32_t height = tensor->size[MCNN_AXIS_HEIGHT], width = tensor->size[MCNN_AXIS_WIDTH];
  return height * width == 1 ? MNISTCNN_OK
                             : mcnn_builder_layer(builder, tensor, "%s %ux%u",
                                                  word + sizeof prefix - 1, height, width);
}

mnistcnn_status mcnn_build_global_pool(mcnn_builder *builder, mcnn_tensor *tensor, const char *word,
                                       int channels_first, int keep_dims) {
  enum mcnn_axis spatial[2];
  mnistcnn_status status = mcnn_image_axes(builder, tensor, channels_first, spatial);
  const int as_image = mcnn_builder_has_image_vectors(builder) && !tensor->is_flat &&
                       tensor->size[MCNN_AXIS_HEIGHT] * tensor->size[MCNN_AXIS_WIDTH] <= MAX_WINDOW;
  if (status == MNISTCNN_OK && as_image)
    status = whole_pool(builder, tensor, word);
  if (status == MNISTCNN_OK && !as_image && !tensor->is_flat)
    status = mcnn_builder_layer(builder, tensor, "%s", word);
  if (status != MNISTCNN_OK)
    return status;
  tensor->is_flat = !as_image;
  mcnn_vector_set(tensor, tensor->size[MCNN_AXIS_CHANNELS]);
  if (keep_dims)
    mcnn_image_set(tensor, spatial, channels_first);
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_build_zero_pad(mcnn_builder *builder, mcnn_tensor *tensor,
                                    const uint32_t sides[4], int channels_first) {
  enum mcnn_axis spatial[2];
  mnistcnn_status status = mcnn_image_axes(builder, tensor, channels_first, spatial);
  if (status != MNISTCNN_OK)
    return status;
  if (sides[0] + sides[1] + sides[2] + sides[3] == 0)
    return MNISTCNN_OK;
  if (tensor->is_flat)
    return mcnn_builder_fail(builder, MNISTCNN_UNSUPPORTED,
                             "pads what is a vector for this library");
  const uint32_t *const rows = spatial[0] == MCNN_AXIS_HEIGHT ? sides : sides + 2;
  const uint32_t *const columns = spatial[0] == MCNN_AXIS_HEIGHT ? sides + 2 : sides;
  status = mcnn_builder_layer(builder, tensor, "zeropad %u %u %u %u", rows[0], rows[1], columns[0],
                              columns[1]);
  tensor->size[MCNN_AXIS_HEIGHT] += rows[0] + rows[1];
  tensor->size[MCNN_AXIS_WIDTH] += columns[0] + columns[1];
  mcnn_image_set(tensor, spatial, channels_first);
  return status;
}

/* A depthwise convolution whose one tap of 1 is where the upper left corner goes. */
static mnistcnn_status copy_window(mcnn_builder *builder, mcnn_tensor *tensor, uint32_t top,
                                   uint32_t left, uint32_t height, uint32_t width) {
  const size_t channels = tensor->size[MCNN_AXIS_CHANNELS];
  const size_t count = (size_t)height * width * channels;
  const mnistcnn_status status =
      mcnn_builder_layer(builder, tensor, "depthwise %ux%u nobias", height, width);
  if (status != MNISTCNN_OK)
    return status;
  float *const kernel = mcnn_builder_floats(builder, count);
  if (!kernel)
    return MNISTCNN_OUT_OF_MEMORY;
  memset(kernel, 0, count * sizeof *kernel);
  for (size_t c = 0; c < channels; c++)
    kernel[((size_t)top * width + left) * channels + c] = 1;
  mcnn_builder_array(builder, MNISTCNN_WEIGHTS_KERNEL, kernel, count);
  return mcnn_builder_note(builder,
                           "becomes a convolution that cuts the image, which further training "
                           "changes");
}

mnistcnn_status mcnn_build_crop(mcnn_builder *builder, mcnn_tensor *tensor, const uint32_t sides[4],
                                int channels_first) {
  enum mcnn_axis spatial[2];
  mnistcnn_status status = mcnn_image_axes(builder, tensor, channels_first, spatial);
  if (status != MNISTCNN_OK)
    return status;
  const uint32_t *const rows = spatial[0] == MCNN_AXIS_HEIGHT ? sides : sides + 2;
  const uint32_t *const columns = spatial[0] == MCNN_AXIS_HEIGHT ? sides + 2 : sides;
  const uint32_t height = rows[0] + rows[1], width = columns[0] + columns[1];
  if (height >= tensor->size[MCNN_AXIS_HEIGHT] || width >= tensor->size[MCNN_AXIS_WIDTH])
    return mcnn_builder_fail(builder, MNISTCNN_SHAPE_MISMATCH,
                             "leaves nothing of its input of %ux%u", tensor->size[MCNN_AXIS_HEIGHT],
                             tensor->size[MCNN_AXIS_WIDTH]);
  if (height + width > 0)
    status = copy_window(builder, tensor, rows[0], columns[0], height + 1, width + 1);
  tensor->size[MCNN_AXIS_HEIGHT] -= height;
  tensor->size[MCNN_AXIS_WIDTH] -= width;
  mcnn_image_set(tensor, spatial, channels_first);
  return status;
}
