/* Layers that leave the shape as it is, and those that change the shape alone. */
#include "exchange/build/image.h"
#include "exchange/build/layers.h"

#include <string.h>

mnistcnn_status mcnn_build_activation(mcnn_builder *builder, mcnn_tensor *tensor,
                                      const char *text) {
  return mcnn_builder_layer(builder, tensor, "%s", text);
}

mnistcnn_status mcnn_build_classes(mcnn_builder *builder, mcnn_tensor *tensor) {
  static const char sigmoid[] = "sigmoid";
  const uint32_t *order = NULL;
  /* One in front of a flatten would not be what the network ends in. */
  const int ends_in_sigmoid = mcnn_builder_take_back(builder, tensor, sigmoid);
  mnistcnn_status status = mcnn_build_flatten(builder, tensor, 0);
  if (status == MNISTCNN_OK)
    status = mcnn_vector_order(builder, tensor, &order);
  if (status == MNISTCNN_OK && order)
    status = mcnn_builder_fail(builder, MNISTCNN_UNSUPPORTED,
                               "its outputs are pixels in another order than this library's");
  if (status == MNISTCNN_OK)
    status = mcnn_vector_flatten(builder, tensor);
  if (status == MNISTCNN_OK)
    mcnn_vector_set(tensor, (uint32_t)mcnn_tensor_count(tensor));
  return status == MNISTCNN_OK && ends_in_sigmoid ? mcnn_builder_layer(builder, tensor, sigmoid)
                                                  : status;
}

mnistcnn_status mcnn_build_softmax(mcnn_builder *builder, mcnn_tensor *tensor) {
  if (mcnn_tensor_dim(tensor, tensor->rank - 1) != mcnn_tensor_count(tensor))
    return mcnn_builder_fail(builder, MNISTCNN_UNSUPPORTED,
                             "softmax of each position of an image; this library has it for the "
                             "classes at the end only");
  if (strcmp(mcnn_builder_layer_text(builder, tensor), "softmax") == 0)
    return mcnn_builder_note(builder, "left out: a softmax of probabilities, which brings them "
                                      "closer together; the classes keep their order");
  const mnistcnn_status status = mcnn_build_classes(builder, tensor);
  return status == MNISTCNN_OK ? mcnn_builder_layer(builder, tensor, "softmax") : status;
}

mnistcnn_status mcnn_build_dropout(mcnn_builder *builder, mcnn_tensor *tensor, const char *word,
                                   double rate) {
  char text[32];
  /* Nothing follows a softmax here, and what would be dropped there is the answer. */
  if (rate < 1e-6 || strcmp(mcnn_builder_layer_text(builder, tensor), "softmax") == 0)
    return MNISTCNN_OK;
  if (!(rate < 1))
    return mcnn_builder_fail(builder, MNISTCNN_UNSUPPORTED, "its rate is not below 1");
  const mnistcnn_status status = mcnn_number_text(builder, rate, text);
  return status == MNISTCNN_OK
             ? mcnn_builder_layer(builder, tensor, "%s %s",
                                  tensor->is_flat || tensor->is_vector ? "dropout" : word, text)
             : status;
}

static int have_same_shape(const mcnn_tensor *a, const mcnn_tensor *b) {
  return memcmp(a->size, b->size, sizeof a->size) == 0 && a->rank == b->rank &&
         a->is_vector == b->is_vector && memcmp(a->axes, b->axes, a->rank * sizeof a->axes[0]) == 0;
}

mnistcnn_status mcnn_build_sum(mcnn_builder *builder, mcnn_tensor *tensor,
                               const mcnn_tensor *other) {
  if (!have_same_shape(tensor, other))
    return mcnn_builder_fail(builder, MNISTCNN_UNSUPPORTED,
                             "adds what has different shapes, %ux%ux%u and %ux%ux%u",
                             tensor->size[0], tensor->size[1], tensor->size[2], other->size[0],
                             other->size[1], other->size[2]);
  if (tensor->is_flat || other->is_flat)
    return mcnn_builder_fail(builder, MNISTCNN_UNSUPPORTED,
                             "adds behind a global pooling, which this library cannot");
  return mcnn_builder_sum(builder, tensor, other);
}

/* --- shapes ----------------------------------------------------------------------------------- */

/* The dimensions of 1 are of no account in a vector. */
static void make_vector(mcnn_tensor *tensor) {
  uint32_t rank = 0;
  for (uint32_t i = 0; i < tensor->rank; i++)
    if (tensor->axes[i] != MCNN_AXIS_ONE)
      tensor->axes[rank++] = tensor->axes[i];
  if (rank == 0)
    tensor->axes[rank++] = MCNN_AXIS_CHANNELS;
  tensor->rank = rank;
  tensor->is_vector = 1;
}

mnistcnn_status mcnn_build_flatten(mcnn_builder *builder, mcnn_tensor *tensor, int channels_first) {
  (void)builder;
  if (tensor->is_vector)
    return MNISTCNN_OK;
  if (channels_first && tensor->rank > 1) {
    const enum mcnn_axis first = tensor->axes[0];
    memmove(tensor->axes, tensor->axes + 1, (tensor->rank - 1) * sizeof first);
    tensor->axes[tensor->rank - 1] = first;
  }
  make_vector(tensor);
  return MNISTCNN_OK;
}

static mnistcnn_status fail_reshape(mcnn_builder *builder) {
  return mcnn_builder_fail(builder, MNISTCNN_UNSUPPORTED,
                           "gives the image another shape; this library takes what only adds or "
                           "removes dimensions of 1, or makes a vector");
}

/* A dimension of -1 is what is left. */
static int resolve_dims(const int64_t *dims, size_t rank, uint64_t count, uint64_t *resolved) {
  uint64_t product = 1;
  size_t open = rank;
  for (size_t i = 0; i < rank; i++) {
    if (dims[i] == -1 && open == rank) {
      open = i;
      continue;
    }
    if (dims[i] < 1 || (uint64_t)dims[i] > count)
      return 0;
    resolved[i] = (uint64_t)dims[i];
    product *= resolved[i];
    if (product > count)
      return 0;
  }
  if (open < rank)
    product *= resolved[open] = count / product;
  return product == count;
}

/* The axes that are longer than 1, in the order of the dimensions. */
static size_t long_axes(const mcnn_tensor *tensor, enum mcnn_axis axes[MCNN_TENSOR_MAX_RANK]) {
  size_t count = 0;
  for (uint32_t i = 0; i < tensor->rank; i++)
    if (tensor->axes[i] != MCNN_AXIS_ONE && tensor->size[tensor->axes[i]] > 1)
      axes[count++] = tensor->axes[i];
  return count;
}

/* Gives the dimensions above 1 to these axes, if they fit one by one. */
static int match_axes(mcnn_tensor *tensor, const uint64_t *dims, size_t rank,
                      const enum mcnn_axis *axes, size_t count) {
  enum mcnn_axis matched[MCNN_TENSOR_MAX_RANK];
  size_t at = 0;
  for (size_t i = 0; i < rank; i++) {
    matched[i] = MCNN_AXIS_ONE;
    if (dims[i] == 1)
      continue;
    if (at == count || tensor->size[axes[at]] != dims[i])
      return 0;
    matched[i] = axes[at++];
  }
  if (at != count)
    return 0;
  memcpy(tensor->axes, matched, rank * sizeof matched[0]);
  tensor->rank = (uint32_t)rank;
  tensor->is_vector = 0;
  return 1;
}

/* A vector with dimensions of 1 around it, which is one for us too from here on. */
static mnistcnn_status reshape_vector(mcnn_builder *builder, mcnn_tensor *tensor,
                                      const uint64_t *dims, size_t rank) {
  const uint32_t *order = NULL;
  const enum mcnn_axis channels = MCNN_AXIS_CHANNELS;
  mnistcnn_status status = mcnn_build_flatten(builder, tensor, 0);
  if (status == MNISTCNN_OK && rank == 1)
    return MNISTCNN_OK;
  status = mcnn_vector_order(builder, tensor, &order);
  if (status == MNISTCNN_OK && order)
    return fail_reshape(builder);
  if (status == MNISTCNN_OK)
    status = mcnn_vector_flatten(builder, tensor);
  if (status != MNISTCNN_OK)
    return status;
  mcnn_vector_set(tensor, (uint32_t)mcnn_tensor_count(tensor));
  return match_axes(tensor, dims, rank, &channels, 1) ? MNISTCNN_OK : fail_reshape(builder);
}

/* The input as a vector has no shape of its own yet: the image that a reshape makes is its. */
static int reshape_input(mcnn_builder *builder, mcnn_tensor *tensor, const uint64_t *dims,
                         size_t rank) {
  uint32_t size[MCNN_NUM_AXES] = {1, 1, 1}, found = 0;
  const mcnn_tensor *const input = mcnn_builder_input(builder);
  if (tensor->op != 0 || !input->is_vector || !tensor->is_vector)
    return 0;
  const int channels_first = rank == 3 && dims[0] <= 3 && dims[2] > 3;
  for (size_t i = 0; i < rank; i++) {
    const int is_channels = rank == 3 && i == (channels_first ? 0u : 2u);
    tensor->axes[i] = is_channels ? MCNN_AXIS_CHANNELS : (enum mcnn_axis)found;
    if (!is_channels && found++ >= 2)
      return 0;
    size[tensor->axes[i]] = (uint32_t)dims[i];
  }
  memcpy(tensor->size, size, sizeof size);
  tensor->rank = (uint32_t)rank;
  tensor->is_vector = 0;
  return 1;
}

/* What the framework's vector was is now a vector of these axes. */
static void remember_input(mcnn_builder *builder, const mcnn_tensor *tensor) {
  mcnn_tensor input = *tensor;
  input.is_vector = 1;
  mcnn_builder_set_input(builder, &input);
}

mnistcnn_status mcnn_build_reshape(mcnn_builder *builder, mcnn_tensor *tensor, const int64_t *dims,
                                   size_t rank) {
  uint64_t resolved[MCNN_TENSOR_MAX_RANK], longest = 0;
  enum mcnn_axis axes[MCNN_TENSOR_MAX_RANK];
  if (rank < 1 || rank > MCNN_TENSOR_MAX_RANK ||
      !resolve_dims(dims, rank, mcnn_tensor_count(tensor), resolved))
    return mcnn_builder_fail(builder, MNISTCNN_SHAPE_MISMATCH,
                             "its shape has another number of elements than its input, %llu",
                             (unsigned long long)mcnn_tensor_count(tensor));
  for (size_t i = 0; i < rank; i++)
    longest = resolved[i] > longest ? resolved[i] : longest;
  if (longest == mcnn_tensor_count(tensor))
    return reshape_vector(builder, tensor, resolved, rank);
  if (reshape_input(builder, tensor, resolved, rank)) {
    remember_input(builder, tensor);
    return MNISTCNN_OK;
  }
  if (tensor->is_flat)
    return fail_reshape(builder);
  const size_t count = long_axes(tensor, axes);
  return match_axes(tensor, resolved, rank, axes, count) ? MNISTCNN_OK : fail_reshape(builder);
}

mnistcnn_status mcnn_build_permute(mcnn_builder *builder, mcnn_tensor *tensor, const int64_t *order,
                                   size_t rank) {
  const mcnn_tensor before = *tensor;
  uint32_t seen = 0;
  if (tensor->is_vector || rank != tensor->rank)
    return mcnn_builder_fail(builder, MNISTCNN_FORMAT, "permutes another number of dimensions");
  for (size_t i = 0; i < rank; i++) {
    if (order[i] < 1 || (uint64_t)order[i] > rank || (seen & (1u << order[i])))
      return mcnn_builder_fail(builder, MNISTCNN_FORMAT, "its dimensions are no permutation");
    seen |= 1u << order[i];
    tensor->axes[i] = before.axes[order[i] - 1];
  }
  return MNISTCNN_OK;
}
