#include "exchange/c/export.h"

#include "base/status.h"
#include "exchange/c/helpers.h"
#include "exchange/c/memory.h"
#include "exchange/c/values.h"
#include "mnistcnn.h"
#include "mnistcnn_exchange.h"

#include <stdio.h>
#include <string.h>

enum { PLACE = 32, PREFIX = 64, A_LINE_OF_NAMES = 10 };

typedef struct exporter {
  const mcnn_network *network;
  mcnn_json_writer out;
  mcnn_c_memory *memory;
  char prefix[PREFIX];
  int unit, is_int8;
  size_t most_inputs;    /* of a layer with 8 bits */
  size_t constant_bytes; /* of the weights */
} exporter;

/* Where the output of an operation is, as C. */
static const char *place_of(const exporter *e, uint32_t index, char place[PLACE]) {
  if (index + 1 == e->network->count)
    (void)snprintf(place, PLACE, "probabilities");
  else if (index < e->memory->first)
    (void)snprintf(place, PLACE, "image");
  else
    (void)snprintf(place, PLACE, "work + %zu", e->memory->offsets[index]);
  return place;
}

/* --- weights ---------------------------------------------------------------------------------- */

static void write_floats(exporter *e, const mcnn_network_op *op, const char *what,
                         const float *values, size_t count) {
  mcnn_c_write_floats(&e->out, e->prefix, op->name, what, values, count);
  e->constant_bytes += 4 * count;
}

static mnistcnn_status write_kernel(exporter *e, const mcnn_network_op *op) {
  const size_t size = mcnn_network_kernel_size(e->network, op);
  mnistcnn_status status = MNISTCNN_OK;
  if (e->is_int8) {
    const size_t inputs = mcnn_network_op_size(mcnn_network_input(e->network, op));
    e->most_inputs = inputs > e->most_inputs ? inputs : e->most_inputs;
    status = mcnn_c_write_int8_kernel(&e->out, e->prefix, e->network, op);
    e->constant_bytes += size + 4 * (size_t)op->channels;
  } else
    write_floats(e, op, "kernel", op->kernel, size);
  if (op->bias)
    write_floats(e, op, "bias", op->bias, op->channels);
  return status;
}

static mnistcnn_status write_norm(exporter *e, const mcnn_network_op *op) {
  float *const scale =
      mcnn_alloc_array(&e->network->alloc, 2 * (size_t)op->channels, sizeof *scale);
  if (!scale)
    return MNISTCNN_OUT_OF_MEMORY;
  for (uint32_t c = 0; c < op->channels; c++)
    mcnn_batch_norm_affine(op, c, &scale[c], &scale[op->channels + c]);
  write_floats(e, op, "scale", scale, op->channels);
  write_floats(e, op, "offset", scale + op->channels, op->channels);
  mcnn_free(&e->network->alloc, scale);
  return MNISTCNN_OK;
}

static mnistcnn_status write_weights(exporter *e, const mcnn_network_op *op) {
  if (op->kind == MCNN_OP_CONV || op->kind == MCNN_OP_DENSE)
    return write_kernel(e, op);
  if (op->kind == MCNN_OP_BATCH_NORM)
    return write_norm(e, op);
  if (op->kind == MCNN_OP_AFFINE) {
    write_floats(e, op, "scale", op->scale, op->num_scales);
    write_floats(e, op, "offset", op->offset, op->num_scales);
  }
  return MNISTCNN_OK;
}

/* --- calls ------------------------------------------------------------------------------------ */

static void write_window(exporter *e, const mcnn_network_op *op) {
  const mcnn_network_op *const x = mcnn_network_input(e->network, op);
  mcnn_json_format(&e->out,
                   "  {\n    static const %s_window w = {%u, %u, %u, %u, %u, %u,\n"
                   "                               %u, %u, %u, %u, %u, %u, %u, %u};\n",
                   e->prefix, x->height, x->width, x->channels, op->height, op->width, op->channels,
                   op->window_height, op->window_width, op->stride_height, op->stride_width,
                   op->dilation_height, op->dilation_width, op->pad_top, op->pad_left);
}

/* The arguments that are weights: NAME_kernel, of 8 bits with NAME_scales, NAME_bias. */
static void write_arrays(exporter *e, const mcnn_network_op *op) {
  mcnn_json_format(&e->out, "%s_%s_kernel, ", e->prefix, op->name);
  if (e->is_int8)
    mcnn_json_format(&e->out, "%s_%s_scales, ", e->prefix, op->name);
  if (op->bias)
    mcnn_json_format(&e->out, "%s_%s_bias, ", e->prefix, op->name);
  else
    mcnn_json_format(&e->out, "NULL, ");
  if (e->is_int8)
    mcnn_json_format(&e->out, "(int8_t *)(work + %zu), ", e->memory->floats);
}

static void call_conv(exporter *e, const mcnn_network_op *op, const char *x, const char *y) {
  write_window(e, op);
  mcnn_json_format(&e->out, "    %s_%s(&w, %s, ", e->prefix,
                   op->is_depthwise ? "depthwise" : "conv", x);
  write_arrays(e, op);
  mcnn_json_format(&e->out, "%s);\n  }\n", y);
}

static void call_dense(exporter *e, const mcnn_network_op *op, const char *x, const char *y) {
  mcnn_json_format(&e->out, "  %s_dense(%s, %u, %u, ", e->prefix, x,
                   mcnn_network_input(e->network, op)->channels, op->channels);
  write_arrays(e, op);
  mcnn_json_format(&e->out, "%s);\n", y);
}

static void call_pool(exporter *e, const mcnn_network_op *op, const char *x, const char *y) {
  write_window(e, op);
  if (op->kind == MCNN_OP_ZERO_PAD)
    mcnn_json_format(&e->out, "    %s_pad(&w, %s, %s);\n  }\n", e->prefix, x, y);
  else
    mcnn_json_format(&e->out, "    %s_pool(&w, %d, %s, %s);\n  }\n", e->prefix,
                     op->kind == MCNN_OP_MAX_POOL, x, y);
}

static void call_affine(exporter *e, const mcnn_network_op *op, const char *x, const char *y) {
  mcnn_json_format(&e->out, "  %s_affine(%s, %zu, %s_%s_scale, %s_%s_offset, %u, %s);\n", e->prefix,
                   x, mcnn_network_op_size(op), e->prefix, op->name, e->prefix, op->name,
                   op->kind == MCNN_OP_BATCH_NORM ? op->channels : op->num_scales, y);
}

static void call_global_pool(exporter *e, const mcnn_network_op *op, const char *x, const char *y) {
  const mcnn_network_op *const input = mcnn_network_input(e->network, op);
  mcnn_json_format(&e->out, "  %s_global_pool(%s, %u, %u, %d, %s);\n", e->prefix, x,
                   input->height * input->width, input->channels,
                   op->kind == MCNN_OP_GLOBAL_MAX_POOL, y);
}

static mnistcnn_status write_activation(exporter *e, const mcnn_network_op *op, const char *from,
                                        const char *to) {
  const char *const expression = mcnn_c_activation(op->activation);
  if (!expression)
    return mcnn_fail(MNISTCNN_UNSUPPORTED, "%s: its activation cannot be exported", op->name);
  mcnn_json_format(&e->out, "  for (i = 0; i < %zu; i++) {\n    const float x = (%s)[i];\n",
                   mcnn_network_op_size(op), from);
  if (op->activation == MNISTCNN_ACTIVATION_LEAKY_RELU ||
      op->activation == MNISTCNN_ACTIVATION_ELU) {
    mcnn_json_format(&e->out, "    const float a = ");
    mcnn_c_write_float(&e->out, op->parameter);
    mcnn_json_format(&e->out, ";\n");
  }
  mcnn_json_format(&e->out, "    (%s)[i] = %s;\n  }\n", to, expression);
  return MNISTCNN_OK;
}

static mnistcnn_status write_call(exporter *e, uint32_t index) {
  const mcnn_network_op *const op = &e->network->ops[index];
  char from[PLACE], to[PLACE], other[PLACE];
  const char *const x = place_of(e, op->inputs[0], from), *const y = place_of(e, index, to);
  mcnn_json_format(&e->out, "  /* %s */\n", op->name);
  switch (op->kind) {
  case MCNN_OP_CONV:
    call_conv(e, op, x, y);
    break;
  case MCNN_OP_DENSE:
    call_dense(e, op, x, y);
    break;
  case MCNN_OP_MAX_POOL:
  case MCNN_OP_AVERAGE_POOL:
  case MCNN_OP_ZERO_PAD:
    call_pool(e, op, x, y);
    break;
  case MCNN_OP_AFFINE:
  case MCNN_OP_BATCH_NORM:
    call_affine(e, op, x, y);
    break;
  case MCNN_OP_GLOBAL_MAX_POOL:
  case MCNN_OP_GLOBAL_AVERAGE_POOL:
    call_global_pool(e, op, x, y);
    break;
  case MCNN_OP_FLATTEN:
    if (strcmp(x, y) != 0)
      mcnn_json_format(&e->out, "  for (i = 0; i < %zu; i++)\n    (%s)[i] = (%s)[i];\n",
                       mcnn_network_op_size(op), y, x);
    break;
  case MCNN_OP_ADD:
    mcnn_json_format(&e->out, "  for (i = 0; i < %zu; i++)\n    (%s)[i] = (%s)[i] + (%s)[i];\n",
                     mcnn_network_op_size(op), y, x, place_of(e, op->inputs[1], other));
    break;
  case MCNN_OP_SOFTMAX:
    mcnn_json_format(&e->out, "  %s_softmax(%s, %u, %s);\n", e->prefix, x, op->channels, y);
    break;
  case MCNN_OP_ACTIVATION:
    return write_activation(e, op, x, y);
  case MCNN_OP_INPUT:
    break;
  }
  return MNISTCNN_OK;
}

/* --- all -------------------------------------------------------------------------------------- */

/* What a string may not hold, and what could begin a trigraph, by its number. */
static void write_names(exporter *e) {
  const mnistcnn_model *const model = e->network->model;
  mcnn_json_format(&e->out, "\nstatic const char *const %s_class_names[%u] = {", e->prefix,
                   mnistcnn_model_num_classes(model));
  for (uint32_t c = 0; c < mnistcnn_model_num_classes(model); c++) {
    const char *name = mnistcnn_model_class_name(model, c);
    mcnn_json_format(&e->out, "%s\"", c % A_LINE_OF_NAMES == 0 ? "\n    " : " ");
    for (; *name != '\0'; name++) {
      const int is_plain =
          *name >= ' ' && *name <= '~' && *name != '"' && *name != '\\' && *name != '?';
      mcnn_json_format(&e->out, is_plain ? "%c" : "\\%03o", (unsigned char)*name);
    }
    mcnn_json_format(&e->out, "\",");
  }
  mcnn_json_format(&e->out, "\n};\n");
}

static const char usage[] =
    "/* A network for images, exported by libmnistcnn: C99, or C++17, and no library but C's.\n"
    " *\n"
    " *   static float work[@_WORK];\n"
    " *   float probabilities[@_CLASSES];\n"
    " *   @_predict(image, probabilities, work);\n"
    " *\n"
    " * image: [@_HEIGHT][@_WIDTH][@_CHANNELS], ";

static void write_start(exporter *e) {
  const mcnn_network *const n = e->network;
  mcnn_c_write_template(&e->out, e->prefix, usage);
  mcnn_json_format(&e->out, "%s.\n", e->unit ? "0..1" : "bytes, 0..255");
  mcnn_c_write_template(
      &e->out, e->prefix,
      " * Include it in one source file; nothing in it is visible from others. No "
      "state: with a work\n * memory each, any number of calls may run at a time. "
      "*/\n#ifndef @_H\n#define @_H\n\n#include <math.h>\n#include <stddef.h>\n"
      "#include <stdint.h>\n\n");
  const mcnn_network_op *const image = &n->ops[0];
  mcnn_c_write_template(&e->out, e->prefix, "enum { @_HEIGHT = ");
  mcnn_json_format(&e->out, "%u, %s_WIDTH = %u, %s_CHANNELS = %u, ", image->height, e->prefix,
                   image->width, e->prefix, image->channels);
  mcnn_json_format(&e->out, "%s_CLASSES = %u };\n", e->prefix, n->ops[n->count - 1].channels);
  write_names(e);
}

static mnistcnn_status write_predict(exporter *e) {
  const mcnn_network *const n = e->network;
  const size_t work = e->memory->floats + (e->most_inputs + 3) / 4;
  mnistcnn_status status = MNISTCNN_OK;
  mcnn_json_format(&e->out, "\n/* floats; the weights have %zu bytes */\nenum { %s_WORK = %zu };\n",
                   e->constant_bytes, e->prefix, work > 0 ? work : 1);
  mcnn_json_format(&e->out,
                   "\nstatic void %s_predict(const %s *image, float *probabilities, float *work) "
                   "{\n  int i;\n  (void)i;\n  (void)work;\n",
                   e->prefix, e->unit ? "float" : "uint8_t");
  if (!e->unit)
    mcnn_json_format(&e->out, "  for (i = 0; i < %zu; i++)\n    work[%zu + i] = image[i];\n",
                     mcnn_network_op_size(&n->ops[0]), e->memory->offsets[0]);
  for (uint32_t i = 1; i < n->count && status == MNISTCNN_OK; i++)
    status = write_call(e, i);
  mcnn_json_format(&e->out, "}\n\n#endif\n");
  return status;
}

static mnistcnn_status write_all(exporter *e) {
  mnistcnn_status status = MNISTCNN_OK;
  mcnn_c_plan_memory(e->network, !e->unit, e->memory);
  write_start(e);
  for (uint32_t i = 1; i < e->network->count && status == MNISTCNN_OK; i++)
    status = write_weights(e, &e->network->ops[i]);
  if (status != MNISTCNN_OK)
    return status;
  mcnn_c_write_helpers(&e->out, e->prefix, e->network, e->is_int8);
  status = write_predict(e);
  return status == MNISTCNN_OK ? mcnn_json_written(&e->out) : status;
}

/* The name of the file as an identifier. */
static void set_prefix(exporter *e, const char *stem) {
  static const char start[] = "net";
  size_t length = 0;
  for (; stem && *stem != '\0' && length + 1 < PREFIX / 2; stem++) {
    const char c = *stem;
    const int is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const int is_digit = c >= '0' && c <= '9';
    if (length == 0 && !is_letter)
      continue;
    e->prefix[length++] = is_letter || is_digit ? c : '_';
  }
  e->prefix[length] = '\0';
  if (length == 0)
    memcpy(e->prefix, start, sizeof start);
}

mnistcnn_status mcnn_c_export(const mcnn_export_request *request, mcnn_export_result *result) {
  mcnn_network *network = NULL;
  mnistcnn_status status =
      mcnn_network_create(request->model, request->unit, &request->alloc, &network);
  if (status != MNISTCNN_OK)
    return status;
  exporter e = {.network = network,
                .out = {.alloc = request->alloc},
                .unit = request->unit,
                .is_int8 = request->format == MNISTCNN_EXPORT_C_INT8};
  set_prefix(&e, request->stem);
  e.memory = mcnn_alloc_zeroed(&request->alloc, 1, sizeof *e.memory);
  status = e.memory ? write_all(&e) : MNISTCNN_OUT_OF_MEMORY;
  mcnn_free(&request->alloc, e.memory);
  mcnn_network_free(network);
  result->file = (mcnn_bytes){(unsigned char *)e.out.text, e.out.length, e.out.capacity};
  return status;
}
