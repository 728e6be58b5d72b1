#include "exchange/torch/export.h"

#include "base/safetensors.h"
#include "base/status.h"
#include "exchange/class_names.h"
#include "exchange/floats.h"
#include "exchange/network/network.h"
#include "exchange/network/rearrange.h"
#include "exchange/torch/python_out.h"
#include "mnistcnn.h"

#include <stdio.h>
#include <string.h>

static const char ending[] = ".py";

enum { NAME = MCNN_NETWORK_NAME + 16 };

typedef struct exporter {
  const mcnn_network *network;
  size_t count;
  mcnn_st_tensor tensors[MCNN_ST_MAX_TENSORS];
  char names[MCNN_ST_MAX_TENSORS][NAME];
  float *own[MCNN_ST_MAX_TENSORS]; /* values to free; NULL: they belong to the network */
} exporter;

/* --- tensors ---------------------------------------------------------------------------------- */

/* values: NULL where there was no memory. own: they are freed with the exporter. */
static mnistcnn_status add(exporter *e, const mcnn_network_op *op, const char *what, float *own,
                           const float *values, const int64_t *shape, uint32_t rank) {
  if (!values)
    return MNISTCNN_OUT_OF_MEMORY;
  if (e->count == MCNN_ST_MAX_TENSORS) {
    mcnn_free(&e->network->alloc, own);
    return mcnn_fail(MNISTCNN_LIMIT, "more than %u tensors", MCNN_ST_MAX_TENSORS);
  }
  mcnn_st_tensor *const t = &e->tensors[e->count];
  (void)snprintf(e->names[e->count], NAME, "%s.%s", op->name, what);
  *t = (mcnn_st_tensor){.name = e->names[e->count], .rank = rank, .values = values, .count = 1};
  for (uint32_t d = 0; d < rank; d++) {
    t->shape[d] = (uint64_t)shape[d];
    t->count *= (size_t)shape[d];
  }
  e->own[e->count++] = own;
  return MNISTCNN_OK;
}

static mnistcnn_status add_vector(exporter *e, const mcnn_network_op *op, const char *what,
                                  const float *values) {
  const int64_t count = op->channels;
  return add(e, op, what, NULL, values, &count, 1);
}

/* One number for each channel, where the layer has none of its own. */
static mnistcnn_status add_filled(exporter *e, const mcnn_network_op *op, const char *what,
                                  float value) {
  const int64_t count = op->channels;
  float *const own = mcnn_alloc_array(&e->network->alloc, op->channels, sizeof *own);
  for (uint32_t c = 0; own && c < op->channels; c++)
    own[c] = value;
  return add(e, op, what, own, own, &count, 1);
}

static mnistcnn_status add_kernel(exporter *e, const mcnn_network_op *op) {
  int64_t shape[4];
  const int is_dense = op->kind == MCNN_OP_DENSE;
  float *const own = is_dense ? mcnn_dense_kernel_oi(e->network, op, shape)
                              : mcnn_conv_kernel_oihw(e->network, op, shape);
  const mnistcnn_status status = add(e, op, "weight", own, own, shape, is_dense ? 2 : 4);
  return status == MNISTCNN_OK && op->bias ? add_vector(e, op, "bias", op->bias) : status;
}

static mnistcnn_status add_norm(exporter *e, const mcnn_network_op *op) {
  mnistcnn_status status =
      op->gamma ? add_vector(e, op, "weight", op->gamma) : add_filled(e, op, "weight", 1);
  if (status == MNISTCNN_OK)
    status = op->beta ? add_vector(e, op, "bias", op->beta) : add_filled(e, op, "bias", 0);
  if (status == MNISTCNN_OK)
    status = add_vector(e, op, "running_mean", op->mean);
  return status == MNISTCNN_OK ? add_vector(e, op, "running_var", op->variance) : status;
}

static mnistcnn_status add_all(exporter *e) {
  mnistcnn_status status = MNISTCNN_OK;
  for (uint32_t i = 1; i < e->network->count && status == MNISTCNN_OK; i++) {
    const mcnn_network_op *const op = &e->network->ops[i];
    if (op->kind == MCNN_OP_CONV || op->kind == MCNN_OP_DENSE)
      status = add_kernel(e, op);
    else if (op->kind == MCNN_OP_BATCH_NORM)
      status = add_norm(e, op);
  }
  return status;
}

/* --- the file --------------------------------------------------------------------------------- */

static mnistcnn_status join(const exporter *e, const unsigned char *header, size_t header_bytes,
                            mcnn_bytes *bytes) {
  size_t size = header_bytes;
  for (size_t i = 0; i < e->count; i++)
    size += 4 * e->tensors[i].count;
  unsigned char *at = mcnn_alloc_array(&e->network->alloc, size, 1);
  if (!at)
    return MNISTCNN_OUT_OF_MEMORY;
  *bytes = (mcnn_bytes){at, size, size};
  memcpy(at, header, header_bytes);
  at += header_bytes;
  for (size_t i = 0; i < e->count; i++)
    for (size_t k = 0; k < e->tensors[i].count; k++) {
      const uint32_t bits = mcnn_bits_of_float(e->tensors[i].values[k]);
      for (unsigned byte = 0; byte < 4; byte++)
        *at++ = (unsigned char)(bits >> (8 * byte));
    }
  return MNISTCNN_OK;
}

static mnistcnn_status write_tensors(const exporter *e, const char *class_names,
                                     mcnn_bytes *bytes) {
  const mcnn_st_entry metadata[] = {{"format", "pt"}, {"class_names", class_names}};
  unsigned char *header = NULL;
  size_t header_bytes;
  mnistcnn_status status = mcnn_st_write_header(e->tensors, e->count, metadata, 2,
                                                &e->network->alloc, &header, &header_bytes);
  if (status == MNISTCNN_OK)
    status = join(e, header, header_bytes, bytes);
  mcnn_free(&e->network->alloc, header);
  return status;
}

static mnistcnn_status export_with(exporter *e, const mcnn_export_request *request,
                                   mcnn_export_result *result) {
  mcnn_json_writer python = {.alloc = request->alloc}, names = {.alloc = request->alloc};
  mnistcnn_status status = mcnn_json_class_names(&names, request->model);
  if (status == MNISTCNN_OK)
    status = add_all(e);
  if (status == MNISTCNN_OK)
    status = write_tensors(e, names.text, &result->file);
  if (status == MNISTCNN_OK)
    status = mcnn_torch_write_module(&python, e->network, request->stem, request->unit);
  mcnn_json_writer_free(&names);
  result->beside = (mcnn_bytes){(unsigned char *)python.text, python.length, python.capacity};
  result->ending = ending;
  return status;
}

mnistcnn_status mcnn_torch_export(const mcnn_export_request *request, mcnn_export_result *result) {
  const mcnn_alloc *const alloc = &request->alloc;
  mcnn_network *network = NULL;
  mnistcnn_status status = mcnn_network_create(request->model, request->unit, alloc, &network);
  if (status != MNISTCNN_OK)
    return status;
  exporter *const e = mcnn_alloc_zeroed(alloc, 1, sizeof *e);
  status = MNISTCNN_OUT_OF_MEMORY;
  if (e) {
    e->network = network;
    status = export_with(e, request, result);
    for (size_t i = 0; i < e->count; i++)
      mcnn_free(alloc, e->own[i]);
  }
  mcnn_free(alloc, e);
  mcnn_network_free(network);
  return status;
}
