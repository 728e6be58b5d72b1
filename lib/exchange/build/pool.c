/* Poolings and zero padding. */
#include "exchange/build/image.h"
#include "exchange/build/layers.h"
#include "exchange/build/window.h"

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

mnistcnn_status mcnn_build_global_pool(mcnn_builder *builder, mcnn_tensor *tensor, const char *word,
                                       int channels_first, int keep_dims) {
  enum mcnn_axis spatial[2];
  mnistcnn_status status = mcnn_image_axes(builder, tensor, channels_first, spatial);
  if (status == MNISTCNN_OK && !tensor->is_flat)
    status = mcnn_builder_layer(builder, tensor, "%s", word);
  if (status != MNISTCNN_OK)
    return status;
  tensor->is_flat = 1;
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
