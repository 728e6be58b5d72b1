#include "exchange/build/window.h"

#include "exchange/build/image.h"

#include <stdio.h>
#include <string.h>

/* The outputs along one dimension of n, and the padding before it. */
static uint32_t count_outputs(uint32_t n, uint32_t size, uint32_t stride, uint32_t dilation,
                              int same, uint32_t *before) {
  const uint64_t span = (uint64_t)(size - 1) * dilation + 1;
  *before = 0;
  if (!same)
    return span > n ? 0 : (uint32_t)((n - span) / stride + 1);
  const uint32_t outputs = (n + stride - 1) / stride;
  const uint64_t covered = (uint64_t)(outputs - 1) * stride + span;
  *before = covered > n ? (uint32_t)((covered - n) / 2) : 0;
  return outputs;
}

static int meets_input(uint32_t tap, uint32_t n, uint32_t outputs, uint32_t stride,
                       uint32_t dilation, uint32_t before) {
  for (uint64_t o = 0; o < outputs; o++) {
    const uint64_t at = o * stride + (uint64_t)tap * dilation;
    if (at >= before && at - before < n)
      return 1;
  }
  return 0;
}

/* Leaves out the first and last taps that only meet padding, if then the padding of what is left
 * puts it where it was. */
static void crop_taps(mcnn_placed_window *w, int i, uint32_t n, uint32_t before) {
  uint32_t first = 0, last = w->size[i] - 1, new_before;
  while (first < last && !meets_input(first, n, w->output[i], w->stride[i], w->dilation[i], before))
    first++;
  while (last > first && !meets_input(last, n, w->output[i], w->stride[i], w->dilation[i], before))
    last--;
  const uint32_t size = last - first + 1;
  (void)count_outputs(n, size, w->stride[i], w->dilation[i], 1, &new_before);
  if (size == w->size[i] || new_before + first * w->dilation[i] != before)
    return;
  w->size[i] = size;
  w->first_tap[i] = first;
  w->is_cropped = 1;
}

/* Beyond it, taps would be needed that the architecture does not take. */
static int needs_crop(const mcnn_placed_window *w, int i, uint32_t n) {
  return w->same && (uint64_t)(w->size[i] - 1) * w->dilation[i] + 1 > 2 * (uint64_t)n - 1;
}

static mnistcnn_status place_dimension(mcnn_builder *builder, const mcnn_tensor *tensor,
                                       int is_conv, mcnn_placed_window *w, int i) {
  const uint32_t n = tensor->size[w->spatial[i]];
  uint32_t before;
  w->output[i] = count_outputs(n, w->size[i], w->stride[i], w->dilation[i], w->same, &before);
  if (w->output[i] == 0)
    return mcnn_builder_fail(builder, MNISTCNN_SHAPE_MISMATCH,
                             "its window of %ux%u is larger than its input of %ux%u", w->size[0],
                             w->size[1], tensor->size[w->spatial[0]], tensor->size[w->spatial[1]]);
  if (is_conv && needs_crop(w, i, n))
    crop_taps(w, i, n, before);
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_window_place(mcnn_builder *builder, const mcnn_tensor *tensor,
                                  const mcnn_window *window, int is_conv,
                                  mcnn_placed_window *placed) {
  memset(placed, 0, sizeof *placed);
  mnistcnn_status status =
      mcnn_image_axes(builder, tensor, window->channels_first, placed->spatial);
  placed->channels_first = window->channels_first;
  placed->same = window->same;
  placed->swapped = placed->spatial[0] == MCNN_AXIS_WIDTH;
  memcpy(placed->full, window->size, sizeof placed->full);
  memcpy(placed->size, window->size, sizeof placed->size);
  memcpy(placed->stride, window->stride, sizeof placed->stride);
  memcpy(placed->dilation, window->dilation, sizeof placed->dilation);
  for (int i = 0; i < 2 && status == MNISTCNN_OK; i++)
    status = place_dimension(builder, tensor, is_conv, placed, i);
  return status;
}

/* --- text ------------------------------------------------------------------------------------- */

static void write_pair(const mcnn_placed_window *placed, const char *before, const uint32_t pair[2],
                       char *text, size_t size) {
  (void)snprintf(text, size, "%s%ux%u", before, pair[placed->swapped], pair[!placed->swapped]);
}

void mcnn_window_size(const mcnn_placed_window *placed, char *text, size_t size) {
  write_pair(placed, "", placed->size, text, size);
}

void mcnn_window_options(const mcnn_placed_window *placed, int is_conv, char *text, size_t size) {
  static const uint32_t one[2] = {1, 1};
  const uint32_t *const default_stride = is_conv ? one : placed->size;
  char stride[32] = "", dilation[32] = "";
  if (memcmp(placed->stride, default_stride, sizeof one) != 0)
    write_pair(placed, " stride ", placed->stride, stride, sizeof stride);
  if (is_conv && memcmp(placed->dilation, one, sizeof one) != 0)
    write_pair(placed, " dilation ", placed->dilation, dilation, sizeof dilation);
  (void)snprintf(text, size, "%s%s%s", stride, dilation, placed->same ? " same" : "");
}

void mcnn_window_output(mcnn_tensor *tensor, const mcnn_placed_window *placed) {
  tensor->size[placed->spatial[0]] = placed->output[0];
  tensor->size[placed->spatial[1]] = placed->output[1];
  mcnn_image_set(tensor, placed->spatial, placed->channels_first);
}
