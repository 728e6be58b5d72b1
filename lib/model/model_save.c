/* Models to files and memory. */
#include "model/model_file.h"

#include "base/byte_order.h"
#include "base/status.h"

#include <string.h>

static mnistcnn_status write_header(const mcnn_model_record *record, unsigned char **header,
                                    size_t *header_bytes) {
  return mcnn_st_write_header(record->tensors, record->num_tensors, record->metadata,
                              record->num_metadata, &record->alloc, header, header_bytes);
}

static size_t values_bytes(const mcnn_model_record *record) {
  size_t bytes = 0;
  for (size_t i = 0; i < record->num_tensors; i++)
    bytes += record->tensors[i].count * sizeof(float);
  return bytes;
}

static void put_values(const mcnn_model_record *record, unsigned char *target) {
  for (size_t i = 0; i < record->num_tensors; i++) {
    mcnn_st_put_values(&record->tensors[i], target);
    target += record->tensors[i].count * sizeof(float);
  }
}

/* Where the values are not in memory as in the file. */
static mnistcnn_status write_copy(const mcnn_model_record *record, const unsigned char *header,
                                  size_t header_bytes, const mcnn_target *target) {
  const size_t bytes = values_bytes(record);
  unsigned char *const values = mcnn_alloc_array(&record->alloc, bytes + 1, 1);
  if (!values)
    return MNISTCNN_OUT_OF_MEMORY;
  put_values(record, values);
  const mcnn_span spans[] = {{header, header_bytes}, {values, bytes}};
  const mnistcnn_status status = mcnn_target_write(target, spans, 2, &record->alloc);
  mcnn_free(&record->alloc, values);
  return status;
}

static mnistcnn_status write_spans(const mcnn_model_record *record, const unsigned char *header,
                                   size_t header_bytes, const mcnn_target *target) {
  mcnn_span *spans = mcnn_alloc_array(&record->alloc, record->num_tensors + 1, sizeof *spans);
  if (!spans)
    return MNISTCNN_OUT_OF_MEMORY;
  spans[0] = (mcnn_span){header, header_bytes};
  for (size_t i = 0; i < record->num_tensors; i++)
    spans[i + 1] = (mcnn_span){record->tensors[i].values, record->tensors[i].count * sizeof(float)};
  const mnistcnn_status status =
      mcnn_target_write(target, spans, record->num_tensors + 1, &record->alloc);
  mcnn_free(&record->alloc, spans);
  return status;
}

mnistcnn_status mcnn_model_record_write(const mcnn_model_record *record,
                                        const mcnn_target *target) {
  unsigned char *header;
  size_t header_bytes;
  mnistcnn_status status = write_header(record, &header, &header_bytes);
  if (status != MNISTCNN_OK)
    return status;
  status = (MCNN_BIG_ENDIAN ? write_copy : write_spans)(record, header, header_bytes, target);
  mcnn_free(&record->alloc, header);
  return status;
}

mnistcnn_status mcnn_model_save(const mnistcnn_model *model, const mcnn_target *target) {
  mcnn_model_record record;
  mnistcnn_status status = mcnn_model_record_create(model, 0, 0, &record);
  if (status != MNISTCNN_OK)
    return status;
  status = mcnn_model_record_write(&record, target);
  mcnn_model_record_free(&record);
  return status;
}

static void copy_bytes(const mcnn_model_record *record, const unsigned char *header,
                       size_t header_bytes, unsigned char *target) {
  memcpy(target, header, header_bytes);
  put_values(record, target + header_bytes);
}

/* What a caller's buffer of capacity_bytes receives; NULL with 0 asks for the size. */
static mnistcnn_status copy_out_bytes(const mcnn_model_record *record, void *buffer,
                                      size_t capacity_bytes, size_t *size_bytes) {
  unsigned char *header;
  size_t header_bytes;
  mnistcnn_status status = write_header(record, &header, &header_bytes);
  if (status != MNISTCNN_OK)
    return status;
  const size_t needed = header_bytes + values_bytes(record);
  if (buffer && capacity_bytes < needed) {
    status = mcnn_fail(MNISTCNN_BUFFER_TOO_SMALL, "buffer: %zu bytes do not fit in %zu", needed,
                       capacity_bytes);
  } else if (buffer) {
    copy_bytes(record, header, header_bytes, buffer);
  }
  if (status == MNISTCNN_OK)
    *size_bytes = needed;
  mcnn_free(&record->alloc, header);
  return status;
}

mnistcnn_status mcnn_model_save_memory(const mnistcnn_model *model, void *buffer,
                                       size_t capacity_bytes, size_t *size_bytes) {
  mcnn_model_record record;
  mnistcnn_status status = mcnn_model_record_create(model, 0, 0, &record);
  if (status != MNISTCNN_OK)
    return status;
  status = copy_out_bytes(&record, buffer, capacity_bytes, size_bytes);
  mcnn_model_record_free(&record);
  return status;
}
