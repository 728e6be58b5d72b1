/* Zeros around an image.
 *   x [images][H][W][C] -> y [images][top + H + bottom][left + W + right][C]; dx is the inside of
 * dy A frame of zeros keeps what a ReLU promises of its output. */
#include "nn/layers/layers.h"

#include "base/sizes.h"

#include <stdio.h>
#include <string.h>

static int read_sides(mcnn_layer_text *text, mcnn_layer *layer) {
  return mcnn_layer_text_count_or_0(text, &layer->pad_top) &&
         mcnn_layer_text_count_or_0(text, &layer->pad_bottom) &&
         mcnn_layer_text_count_or_0(text, &layer->pad_left) &&
         mcnn_layer_text_count_or_0(text, &layer->pad_right);
}

static int read_size(mcnn_layer_text *text, mcnn_layer *layer) {
  if (!mcnn_layer_text_size(text, &layer->pad_top, &layer->pad_left))
    return 0;
  layer->pad_bottom = layer->pad_top;
  layer->pad_right = layer->pad_left;
  return 1;
}

static mnistcnn_status read_text(mcnn_layer_reader *reader, mcnn_layer *layer) {
  mcnn_layer_text *text = &reader->text;
  const int is_size = text->num_words - text->next == 1;
  if (is_size ? read_size(text, layer) : read_sides(text, layer))
    return MNISTCNN_OK;
  return mcnn_layer_text_fail(text,
                              "expected \"zeropad HxW\" or \"zeropad TOP BOTTOM LEFT RIGHT\"");
}

static void write_text(const mcnn_layer *layer, char text[MCNN_LAYER_TEXT_CAPACITY]) {
  const uint32_t top = layer->pad_top, left = layer->pad_left;
  const int is_size = top > 0 && left > 0 && layer->pad_bottom == top && layer->pad_right == left;
  if (!is_size) {
    (void)snprintf(text, MCNN_LAYER_TEXT_CAPACITY, "zeropad %u %u %u %u", top, layer->pad_bottom,
                   left, layer->pad_right);
  } else if (top == left) {
    (void)snprintf(text, MCNN_LAYER_TEXT_CAPACITY, "zeropad %u", top);
  } else {
    (void)snprintf(text, MCNN_LAYER_TEXT_CAPACITY, "zeropad %ux%u", top, left);
  }
}

static mnistcnn_status infer(const mcnn_layer_reader *reader, mcnn_layer *layer) {
  const uint32_t sides[4] = {layer->pad_top, layer->pad_bottom, layer->pad_left, layer->pad_right};
  uint32_t most = 0;
  for (size_t i = 0; i < 4; i++)
    most = sides[i] > most ? sides[i] : most;
  if (most == 0)
    return mcnn_layer_text_fail(&reader->text, "there must be a row or column of zeros");
  if (most > MCNN_MAX_PAD) {
    return mcnn_layer_text_fail(&reader->text, "there are at most %u rows or columns on each side",
                                MCNN_MAX_PAD);
  }
  layer->out.height += layer->pad_top + layer->pad_bottom;
  layer->out.width += layer->pad_left + layer->pad_right;
  return MNISTCNN_OK;
}

/* --- running it ------------------------------------------------------------------------------- */

static size_t row_floats(mcnn_shape shape) {
  return (size_t)shape.width * shape.channels;
}

/* Where the first row of the inside begins in an image with its frame. */
static size_t inside(const mcnn_layer *layer) {
  return layer->pad_top * row_floats(layer->out) + (size_t)layer->pad_left * layer->in.channels;
}

/* The rows [begin, end) of one image's y. */
static void pad_rows(const mcnn_layer *layer, const float *x, size_t begin, size_t end, float *y) {
  const size_t row = row_floats(layer->out);
  const size_t top = layer->pad_top, bottom = top + layer->in.height;
  memset(y + begin * row, 0, (end - begin) * row * sizeof *y);
  for (size_t i = mcnn_max(begin, top); i < mcnn_min(end, bottom); i++) {
    memcpy(y + i * row + (size_t)layer->pad_left * layer->in.channels,
           x + (i - top) * row_floats(layer->in), row_floats(layer->in) * sizeof *y);
  }
}

static void forward(const mcnn_forward *call) {
  const mcnn_op *op = call->op;
  for (size_t image = 0; image < call->images; image++) {
    pad_rows(op->layer, call->x + image * op->in_floats, 0, op->layer->out.height,
             call->y + image * op->out_floats);
  }
}

static size_t part_floats(const mcnn_net *net, const mcnn_op *op) {
  (void)net;
  return row_floats(op->layer->out);
}

static void forward_part(const mcnn_forward *call, size_t begin, size_t end) {
  const mcnn_layer *layer = call->op->layer;
  const size_t row = row_floats(layer->out);
  pad_rows(layer, call->x, begin / row, end / row, call->y);
}

static void backward(const mcnn_backward *call) {
  const mcnn_op *op = call->op;
  const mcnn_layer *layer = op->layer;
  for (size_t image = 0; call->dx && image < call->images; image++) {
    const float *dy = call->dy + image * op->out_floats + inside(layer);
    float *dx = call->dx + image * op->in_floats;
    for (uint32_t row = 0; row < layer->in.height; row++)
      memcpy(dx + row * row_floats(layer->in), dy + row * row_floats(layer->out),
             row_floats(layer->in) * sizeof *dx);
  }
}

const mcnn_layer_kind mcnn_layer_zeropad2d = {.id = MNISTCNN_LAYER_ZEROPAD2D,
                                              .word = "zeropad",
                                              .keras_name = "zero_padding2d",
                                              .keras_type = "ZeroPadding2D",
                                              .input = MCNN_INPUT_SPATIAL,
                                              .keeps_relu = 1,
                                              .read = read_text,
                                              .write = write_text,
                                              .infer = infer,
                                              .forward = forward,
                                              .backward = backward,
                                              .part_floats = part_floats,
                                              .forward_part = forward_part};
