#include "exchange/build/builder_work.h"

#include "base/status.h"
#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

mnistcnn_status mcnn_builder_create(const mcnn_alloc *alloc, const char *label,
                                    mcnn_builder **out) {
  mcnn_builder *const builder = mcnn_alloc_zeroed(alloc, 1, sizeof *builder);
  *out = builder;
  if (!builder)
    return MNISTCNN_OUT_OF_MEMORY;
  builder->alloc = *alloc;
  builder->label = label;
  return MNISTCNN_OK;
}

void mcnn_builder_free(mcnn_builder *builder) {
  if (!builder)
    return;
  const mcnn_alloc alloc = builder->alloc;
  for (size_t i = 0; i < builder->num_blocks; i++)
    mcnn_free(&alloc, builder->blocks[i]);
  mcnn_free(&alloc, builder->blocks);
  mcnn_strings_free(&builder->notes, &alloc);
  mcnn_free(&alloc, builder);
}

const char *mcnn_builder_label(const mcnn_builder *builder) {
  return builder->label;
}

const mcnn_alloc *mcnn_builder_alloc(const mcnn_builder *builder) {
  return &builder->alloc;
}

void mcnn_builder_set_input(mcnn_builder *builder, const mcnn_tensor *input) {
  builder->input = *input;
}

const mcnn_tensor *mcnn_builder_input(const mcnn_builder *builder) {
  return &builder->input;
}

/* --- messages --------------------------------------------------------------------------------- */

void mcnn_builder_set_place(mcnn_builder *builder, uint32_t number, const char *name,
                            const char *kind) {
  builder->place[0] = '\0';
  if (!name)
    return;
  (void)snprintf(builder->place, sizeof builder->place, "layer %u \"%.60s\" (%.60s): ", number,
                 name, kind);
  mcnn_utf8_clean(builder->place);
}

const char *mcnn_builder_keep_place(mcnn_builder *builder) {
  const size_t size = strlen(builder->place) + 1;
  char *const kept = (char *)(void *)mcnn_builder_floats(builder, size / sizeof(float) + 1);
  if (kept)
    memcpy(kept, builder->place, size);
  return kept;
}

void mcnn_builder_return_to(mcnn_builder *builder, const char *place) {
  (void)snprintf(builder->place, sizeof builder->place, "%s", place);
}

mnistcnn_status mcnn_builder_fail(mcnn_builder *builder, mnistcnn_status status, const char *format,
                                  ...) {
  char reason[MCNN_ERROR_CAPACITY];
  va_list values;
  va_start(values, format);
  (void)vsnprintf(reason, sizeof reason, format, values);
  va_end(values);
  return mcnn_fail(status, "%s: %s%s", builder->label, builder->place, reason);
}

mnistcnn_status mcnn_builder_note(mcnn_builder *builder, const char *format, ...) {
  char note[MCNN_ERROR_CAPACITY];
  va_list values;
  va_start(values, format);
  (void)vsnprintf(note, sizeof note, format, values);
  va_end(values);
  mcnn_utf8_clean(note);
  return mcnn_strings_add(&builder->notes, &builder->alloc, builder->place, note);
}

size_t mcnn_builder_num_notes(const mcnn_builder *builder) {
  return builder->notes.count;
}

const char *mcnn_builder_note_at(const mcnn_builder *builder, size_t index) {
  return mcnn_strings_at(&builder->notes, index);
}

/* --- layers ----------------------------------------------------------------------------------- */

static int grow_blocks(mcnn_builder *builder) {
  const size_t capacity = builder->blocks_capacity * 2 + 16;
  if (builder->num_blocks < builder->blocks_capacity)
    return 1;
  void **const blocks = mcnn_alloc_array(&builder->alloc, capacity, sizeof *blocks);
  if (!blocks)
    return 0;
  if (builder->num_blocks > 0)
    memcpy(blocks, builder->blocks, builder->num_blocks * sizeof *blocks);
  mcnn_free(&builder->alloc, builder->blocks);
  builder->blocks = blocks;
  builder->blocks_capacity = capacity;
  return 1;
}

float *mcnn_builder_floats(mcnn_builder *builder, size_t count) {
  if (!grow_blocks(builder))
    return NULL;
  float *const floats = mcnn_alloc_array(&builder->alloc, count, sizeof *floats);
  if (floats)
    builder->blocks[builder->num_blocks++] = floats;
  return floats;
}

const char *mcnn_builder_layer_text(const mcnn_builder *builder, const mcnn_tensor *tensor) {
  return tensor->op > 0 ? builder->ops[tensor->op - 1].text : "";
}

static mnistcnn_status add_op(mcnn_builder *builder, mcnn_tensor *tensor, uint32_t other,
                              mcnn_build_op **added) {
  if (builder->num_ops == MCNN_BUILD_MAX_OPS)
    return mcnn_builder_fail(builder, MNISTCNN_LIMIT, "more than %d layers", MCNN_BUILD_MAX_OPS);
  if (strcmp(mcnn_builder_layer_text(builder, tensor), "softmax") == 0)
    return mcnn_builder_fail(builder, MNISTCNN_UNSUPPORTED,
                             "follows a softmax, which must be the end here; trained anew with "
                             "another activation in its place, the network can be imported");
  mcnn_build_op *const op = &builder->ops[builder->num_ops++];
  op->input = tensor->op;
  op->other = other;
  tensor->op = builder->num_ops;
  *added = op;
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_builder_layer(mcnn_builder *builder, mcnn_tensor *tensor, const char *format,
                                   ...) {
  va_list values;
  mcnn_build_op *op = NULL;
  const mnistcnn_status status = add_op(builder, tensor, MCNN_BUILD_NO_OP, &op);
  if (status != MNISTCNN_OK)
    return status;
  va_start(values, format);
  (void)vsnprintf(op->text, sizeof op->text, format, values);
  va_end(values);
  return MNISTCNN_OK;
}

int mcnn_builder_take_back(mcnn_builder *builder, mcnn_tensor *tensor, const char *text) {
  if (tensor->op == 0 || tensor->op != builder->num_ops ||
      strcmp(mcnn_builder_layer_text(builder, tensor), text) != 0)
    return 0;
  tensor->op = builder->ops[--builder->num_ops].input;
  return 1;
}

mnistcnn_status mcnn_builder_sum(mcnn_builder *builder, mcnn_tensor *tensor,
                                 const mcnn_tensor *other) {
  mcnn_build_op *op = NULL;
  const mnistcnn_status status = add_op(builder, tensor, other->op, &op);
  if (status == MNISTCNN_OK)
    (void)snprintf(op->text, sizeof op->text, "add");
  return status;
}

/* What is computed of x, and what x times that is. */
typedef struct gate {
  const char *texts[3];
  const char *activation;
} gate;

/* 1 where these are the last layers, each of which reads the one before it and the first x. */
static int ends_with(const mcnn_builder *builder, const gate *g, uint32_t length, uint32_t x) {
  const uint32_t n = builder->num_ops;
  for (uint32_t i = 0; i < length && length <= n; i++) {
    const mcnn_build_op *const op = &builder->ops[n - length + i];
    if (strcmp(op->text, g->texts[i]) != 0 || op->other != MCNN_BUILD_NO_OP ||
        op->input != (i == 0 ? x : n - length + i))
      return 0;
  }
  return length <= n;
}

int mcnn_builder_gate(mcnn_builder *builder, const mcnn_tensor *x, mcnn_tensor *factor) {
  static const gate gates[] = {{{"sigmoid", NULL, NULL}, "swish"},
                               {{"hard_sigmoid", NULL, NULL}, "hard_swish"},
                               {{"rescale 1 3", "relu6", "rescale 0.16666667 0"}, "hard_swish"}};
  for (size_t i = 0; i < sizeof gates / sizeof gates[0]; i++) {
    const uint32_t length = gates[i].texts[1] ? 3 : 1;
    if (factor->op != builder->num_ops || !ends_with(builder, &gates[i], length, x->op))
      continue;
    builder->num_ops -= length - 1;
    (void)snprintf(builder->ops[builder->num_ops - 1].text, MCNN_BUILD_TEXT, "%s",
                   gates[i].activation);
    factor->op = builder->num_ops;
    return 1;
  }
  return 0;
}

void mcnn_builder_array(mcnn_builder *builder, int32_t which, const float *values, size_t count) {
  mcnn_build_op *const op = &builder->ops[builder->num_ops - 1];
  op->arrays[op->num_arrays++] = (mcnn_build_array){which, values, count};
}

int mcnn_builder_has_image_vectors(const mcnn_builder *builder) {
  return builder->has_image_vectors;
}

void mcnn_builder_use_image_vectors(mcnn_builder *builder) {
  builder->has_image_vectors = 1;
}

/* --- one output ------------------------------------------------------------------------------- */

/* [rows][1] as [rows][2], with 0 in front. */
static const float *with_zeros(mcnn_builder *builder, const mcnn_build_array *array) {
  float *const pairs = mcnn_builder_floats(builder, 2 * array->count);
  for (size_t i = 0; pairs && i < array->count; i++) {
    pairs[2 * i] = 0;
    pairs[2 * i + 1] = array->values[i];
  }
  return pairs;
}

static mnistcnn_status double_arrays(mcnn_builder *builder, mcnn_build_op *op) {
  for (uint32_t i = 0; i < op->num_arrays; i++) {
    mcnn_build_array *const array = &op->arrays[i];
    array->values = with_zeros(builder, array);
    array->count *= 2;
    if (!array->values)
      return MNISTCNN_OUT_OF_MEMORY;
  }
  return MNISTCNN_OK;
}

/* The layer of one output in front of a sigmoid, seen from the last layer; NULL where it is not. */
static mcnn_build_op *find_single(mcnn_builder *builder) {
  static const char dense[] = "dense 1";
  mcnn_build_op *const ops = builder->ops;
  const uint32_t n = builder->num_ops;
  if (n < 2 || strcmp(ops[n - 1].text, "sigmoid") != 0 || ops[n - 1].input != n - 1)
    return NULL;
  mcnn_build_op *const op = &ops[n - 2];
  const char after = op->text[sizeof dense - 1];
  return strncmp(op->text, dense, sizeof dense - 1) == 0 && (after == '\0' || after == ' ') ? op
                                                                                            : NULL;
}

mnistcnn_status mcnn_builder_two_classes(mcnn_builder *builder, mcnn_tensor *tensor, int *done) {
  mcnn_build_op *const op = find_single(builder);
  *done = op ? 1 : 0;
  if (!op)
    return MNISTCNN_OK;
  op->text[sizeof "dense 1" - 2] = '2';
  (void)snprintf(builder->ops[builder->num_ops - 1].text, MCNN_BUILD_TEXT, "softmax");
  tensor->size[MCNN_AXIS_CHANNELS] = 2;
  return double_arrays(builder, op);
}

/* --- tensors ---------------------------------------------------------------------------------- */

uint32_t mcnn_tensor_dim(const mcnn_tensor *tensor, uint32_t index) {
  if (tensor->is_vector)
    return (uint32_t)mcnn_tensor_count(tensor);
  return tensor->axes[index] == MCNN_AXIS_ONE ? 1 : tensor->size[tensor->axes[index]];
}

uint64_t mcnn_tensor_count(const mcnn_tensor *tensor) {
  return (uint64_t)tensor->size[0] * tensor->size[1] * tensor->size[2];
}
