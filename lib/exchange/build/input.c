#include "exchange/build/input.h"

static void set_size(mcnn_tensor *tensor, uint32_t at, enum mcnn_axis axis, uint32_t size) {
  tensor->axes[at] = axis;
  tensor->size[axis] = size;
}

static uint32_t first_spatial(const mcnn_input_shape *s) {
  return s->rank == 3 && s->channels_first ? 1 : 0;
}

static void image_input(const mcnn_input_shape *s, int transposed, mcnn_tensor *tensor) {
  const uint32_t first = first_spatial(s), channels = first == 1 ? 0 : 2;
  *tensor = (mcnn_tensor){.size = {1, 1, 1}, .rank = s->rank};
  set_size(tensor, first, transposed ? MCNN_AXIS_WIDTH : MCNN_AXIS_HEIGHT, s->dims[first]);
  set_size(tensor, first + 1, transposed ? MCNN_AXIS_HEIGHT : MCNN_AXIS_WIDTH, s->dims[first + 1]);
  if (s->rank == 3)
    set_size(tensor, channels, MCNN_AXIS_CHANNELS, s->dims[channels]);
}

static uint32_t square_root(uint32_t number) {
  uint32_t root = 0;
  while ((uint64_t)(root + 1) * (root + 1) <= number)
    root++;
  return root * root == number ? root : 0;
}

void mcnn_vector_input(uint32_t length, int transposed, mcnn_tensor *tensor) {
  enum { SMALLEST_COLOUR = 8 };
  const uint32_t gray = square_root(length);
  const uint32_t colour = length % 3 == 0 ? square_root(length / 3) : 0;
  mcnn_input_shape s = {.rank = 3, .dims = {1, length, 1}};
  if (gray > 0)
    s = (mcnn_input_shape){.rank = 3, .dims = {gray, gray, 1}};
  else if (colour >= SMALLEST_COLOUR)
    s = (mcnn_input_shape){.rank = 3, .dims = {colour, colour, 3}};
  image_input(&s, transposed && s.dims[0] > 1, tensor);
  tensor->is_vector = 1;
}

/* Sizes that the file leaves open. */
static mnistcnn_status fill_open(mcnn_builder *builder, mcnn_input_shape *s) {
  const uint32_t given[2] = {s->height, s->width}, first = first_spatial(s);
  for (uint32_t i = 0; i < 2 && s->rank > 1; i++) {
    uint32_t *const dim = &s->dims[first + i];
    if (*dim > 0 && given[i] > 0 && *dim != given[i])
      return mcnn_builder_fail(builder, MNISTCNN_SHAPE_MISMATCH, "its input is %ux%u, not %ux%u",
                               s->dims[first], s->dims[first + 1], given[0], given[1]);
    if (*dim == 0)
      *dim = given[i];
  }
  for (uint32_t i = 0; i < s->rank; i++)
    if (s->dims[i] == 0)
      return mcnn_builder_fail(builder, MNISTCNN_INVALID_ARGUMENT,
                               "the file leaves the size of the input open: give its height and "
                               "width (--size)");
  return MNISTCNN_OK;
}

static mnistcnn_status check_image(mcnn_builder *builder, const mcnn_tensor *tensor) {
  const uint32_t channels = tensor->size[MCNN_AXIS_CHANNELS];
  const uint32_t *const size = tensor->size;
  if (channels != 1 && channels != 3)
    return mcnn_builder_fail(
        builder, MNISTCNN_UNSUPPORTED,
        "its input has %u channels; this library reads images of one (gray) or "
        "three (colour)",
        channels);
  if (size[0] > MNISTCNN_MAX_IMAGE_SIDE || size[1] > MNISTCNN_MAX_IMAGE_SIDE)
    return mcnn_builder_fail(builder, MNISTCNN_LIMIT, "its input is %ux%u; sides are at most %d",
                             size[0], size[1], MNISTCNN_MAX_IMAGE_SIDE);
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_build_input(mcnn_builder *builder, const mcnn_input_shape *shape,
                                 int transposed, mcnn_tensor *tensor) {
  mcnn_input_shape s = *shape;
  const mnistcnn_status status = fill_open(builder, &s);
  if (status != MNISTCNN_OK)
    return status;
  if (s.rank == 1)
    mcnn_vector_input(s.dims[0], transposed, tensor);
  else
    image_input(&s, transposed, tensor);
  return check_image(builder, tensor);
}
