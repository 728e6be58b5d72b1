/* From the layers that were put together to an architecture text and a model. */
#include "exchange/build/builder_work.h"

#include "base/status.h"

#include <stdio.h>
#include <string.h>

/* A layer that passes on what it is given, with one scale and offset. */
static const char copy_text[] = "rescale 1 0";

/* The order of the layers in the text: what one layer alone reads stands directly before it. */
typedef struct sequence {
  const mcnn_builder *builder;
  uint32_t readers[MCNN_BUILD_MAX_OPS + 1];
  uint32_t first_reader[MCNN_BUILD_MAX_OPS + 1];
  uint32_t order[MCNN_BUILD_MAX_OPS];
  uint32_t position[MCNN_BUILD_MAX_OPS + 1]; /* in the text, from 1; 0: not there yet */
  uint32_t length, layers;
  char *text; /* NULL: the length is measured */
  size_t used;
} sequence;

static void count_reader(sequence *s, uint32_t read, uint32_t reader) {
  if (read == MCNN_BUILD_NO_OP)
    return;
  if (s->readers[read]++ == 0)
    s->first_reader[read] = reader;
}

static int is_placed(const sequence *s, uint32_t op) {
  return op == 0 || op == MCNN_BUILD_NO_OP || s->position[op] > 0;
}

static int is_ready(const sequence *s, uint32_t op) {
  const mcnn_build_op *const o = &s->builder->ops[op - 1];
  return is_placed(s, o->input) && is_placed(s, o->other);
}

static void place(sequence *s, uint32_t op) {
  while (s->position[op] == 0 && is_ready(s, op)) {
    s->order[s->length++] = op;
    s->position[op] = s->length;
    if (s->readers[op] != 1)
      return;
    op = s->first_reader[op];
  }
}

static void find_order(sequence *s) {
  const mcnn_builder *const builder = s->builder;
  for (uint32_t i = 0; i < builder->num_ops; i++) {
    count_reader(s, builder->ops[i].input, i + 1);
    count_reader(s, builder->ops[i].other, i + 1);
  }
  for (uint32_t op = 1; op <= builder->num_ops; op++)
    place(s, op);
}

/* --- the text --------------------------------------------------------------------------------- */

static void append_text(sequence *s, const char *text) {
  const size_t length = strlen(text);
  if (s->text)
    memcpy(s->text + s->used, text, length + 1);
  s->used += length;
}

static void append_layer(sequence *s, const char *text) {
  if (s->layers++ > 0)
    append_text(s, ", ");
  append_text(s, text);
}

static void append_reference(sequence *s, const char *before, uint32_t position) {
  char text[32];
  (void)snprintf(text, sizeof text, "%s%u", before, s->layers - position);
  append_text(s, text);
}

/* An activation directly behind the layer that it reads becomes part of it, and then what others
 * read would be the output of both: a copy between them keeps them apart. */
static int would_merge(const sequence *s, const mcnn_build_op *op) {
  static const char own_layers[] = "conv depthwise separable dense maxpool avgpool globalavgpool "
                                   "globalmaxpool zeropad normalize rescale batchnorm add dropout "
                                   "spatialdropout flatten softmax";
  char word[MCNN_BUILD_TEXT];
  const size_t length = strcspn(op->text, " ");
  memcpy(word, op->text, length);
  word[length] = '\0';
  const char *const found = strstr(own_layers, word);
  const int is_own = found && (found[length] == ' ' || found[length] == '\0') &&
                     (found == own_layers || found[-1] == ' ');
  return !is_own && op->input > 0 && s->readers[op->input] > 1 &&
         s->position[op->input] == s->layers;
}

/* Which of the two that an addition reads stands directly before it is of no account. */
static void choose_inputs(const sequence *s, const mcnn_build_op *op, uint32_t *input,
                          uint32_t *other) {
  const int swap = op->other != MCNN_BUILD_NO_OP && s->position[op->other] == s->layers;
  *input = swap ? op->other : op->input;
  *other = swap ? op->input : op->other;
}

static void append_op(sequence *s, uint32_t number) {
  const mcnn_build_op *const op = &s->builder->ops[number - 1];
  const int copied = would_merge(s, op);
  uint32_t input, other;
  if (copied)
    append_layer(s, copy_text);
  choose_inputs(s, op, &input, &other);
  const int directly = copied || s->position[input] == s->layers;
  append_layer(s, op->text);
  if (other != MCNN_BUILD_NO_OP)
    append_reference(s, " ", s->position[other]);
  if (!directly)
    append_reference(s, " from ", s->position[input]);
  s->position[number] = s->layers;
}

static void write_text(sequence *s) {
  s->used = s->layers = 0;
  s->position[0] = 0;
  if (s->readers[0] > 1) {
    append_layer(s, copy_text);
    s->position[0] = 1;
  }
  for (uint32_t i = 0; i < s->length; i++)
    append_op(s, s->order[i]);
}

static mnistcnn_status make_text(sequence *s, const mcnn_alloc *alloc, char **text) {
  find_order(s);
  write_text(s);
  s->text = mcnn_alloc_array(alloc, s->used + 1, 1);
  if (!s->text)
    return MNISTCNN_OUT_OF_MEMORY;
  s->text[0] = '\0';
  write_text(s);
  *text = s->text;
  return MNISTCNN_OK;
}

/* --- the model -------------------------------------------------------------------------------- */

static mnistcnn_status core_error(const mcnn_builder *builder, mnistcnn_status status) {
  return mcnn_fail(status, "%s: %s", builder->label, mnistcnn_last_error());
}

static mnistcnn_status next_with_arrays(const mnistcnn_model *model, uint32_t *layer) {
  mnistcnn_layer_info info = MNISTCNN_LAYER_INFO_INIT;
  for (;; ++*layer) {
    const mnistcnn_status status = mnistcnn_model_layer_info(model, *layer, &info);
    if (status != MNISTCNN_OK || info.num_parameters > 0)
      return status;
  }
}

static mnistcnn_status set_arrays(mnistcnn_model *model, uint32_t layer, const mcnn_build_op *op) {
  mnistcnn_status status = MNISTCNN_OK;
  for (uint32_t i = 0; i < op->num_arrays && status == MNISTCNN_OK; i++)
    status = mnistcnn_model_set_weights(model, layer, op->arrays[i].which, op->arrays[i].values,
                                        op->arrays[i].count);
  return status;
}

/* Layers with arrays come in the same order in the model as in the text. */
static mnistcnn_status set_weights(const mcnn_builder *builder, const sequence *s,
                                   mnistcnn_model *model) {
  uint32_t layer = 0;
  mnistcnn_status status = MNISTCNN_OK;
  for (uint32_t i = 0; i < s->length && status == MNISTCNN_OK; i++) {
    const mcnn_build_op *const op = &builder->ops[s->order[i] - 1];
    if (op->num_arrays == 0)
      continue;
    status = next_with_arrays(model, &layer);
    if (status == MNISTCNN_OK)
      status = set_arrays(model, layer++, op);
  }
  return status;
}

static mnistcnn_status make_model(mcnn_builder *builder, sequence *s, const mcnn_tensor *output,
                                  mnistcnn_model_options *options, mnistcnn_model **model) {
  char *text = NULL;
  mnistcnn_status status = make_text(s, &builder->alloc, &text);
  if (status != MNISTCNN_OK)
    return status;
  options->architecture = text;
  options->input_height = builder->input.size[MCNN_AXIS_HEIGHT];
  options->input_width = builder->input.size[MCNN_AXIS_WIDTH];
  options->input_channels = builder->input.size[MCNN_AXIS_CHANNELS];
  options->num_classes = (uint32_t)mcnn_tensor_count(output);
  status = mnistcnn_model_create(options, model);
  if (status == MNISTCNN_OK)
    status = set_weights(builder, s, *model);
  mcnn_free(&builder->alloc, text);
  return status == MNISTCNN_OK ? MNISTCNN_OK : core_error(builder, status);
}

mnistcnn_status mcnn_builder_model(mcnn_builder *builder, const mcnn_tensor *output,
                                   mnistcnn_model_options *options, mnistcnn_model **model) {
  *model = NULL;
  sequence *const s = mcnn_alloc_zeroed(&builder->alloc, 1, sizeof *s);
  if (!s)
    return MNISTCNN_OUT_OF_MEMORY;
  s->builder = builder;
  const mnistcnn_status status = make_model(builder, s, output, options, model);
  mcnn_free(&builder->alloc, s);
  if (status != MNISTCNN_OK) {
    mnistcnn_model_free(*model);
    *model = NULL;
  }
  return status;
}
