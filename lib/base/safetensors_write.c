/* Writing the header: measured first, then written to memory of that size. */
#include "base/safetensors.h"

#include "base/byte_order.h"
#include "base/json.h"
#include "base/status.h"
#include "base/strbuf.h"

enum { PREFIX_BYTES = 8, HEADER_ALIGNMENT = 8 };

static void put_string(mcnn_strbuf *s, const char *text) {
  s->length += mcnn_json_quote(text, s->target ? s->target + s->length : NULL);
}

static void put_metadata(mcnn_strbuf *s, const mcnn_st_entry *metadata, size_t count) {
  mcnn_strbuf_text(s, "\"__metadata__\":{");
  for (size_t i = 0; i < count; i++) {
    mcnn_strbuf_text(s, i > 0 ? "," : "");
    put_string(s, metadata[i].key);
    mcnn_strbuf_text(s, ":");
    put_string(s, metadata[i].value);
  }
  mcnn_strbuf_text(s, "}");
}

static void put_tensor(mcnn_strbuf *s, const mcnn_st_tensor *tensor, uint64_t begin) {
  put_string(s, tensor->name);
  mcnn_strbuf_text(s, ":{\"dtype\":\"F32\",\"shape\":[");
  for (uint32_t i = 0; i < tensor->rank; i++) {
    mcnn_strbuf_text(s, i > 0 ? "," : "");
    mcnn_strbuf_number(s, tensor->shape[i]);
  }
  mcnn_strbuf_text(s, "],\"data_offsets\":[");
  mcnn_strbuf_number(s, begin);
  mcnn_strbuf_text(s, ",");
  mcnn_strbuf_number(s, begin + tensor->count * sizeof(float));
  mcnn_strbuf_text(s, "]}");
}

static void put_header(mcnn_strbuf *s, const mcnn_st_tensor *tensors, size_t num_tensors,
                       const mcnn_st_entry *metadata, size_t num_metadata) {
  uint64_t begin = 0;
  mcnn_strbuf_text(s, "{");
  put_metadata(s, metadata, num_metadata);
  for (size_t i = 0; i < num_tensors; i++) {
    mcnn_strbuf_text(s, ",");
    put_tensor(s, &tensors[i], begin);
    begin += tensors[i].count * sizeof(float);
  }
  mcnn_strbuf_text(s, "}");
  while (s->length % HEADER_ALIGNMENT != 0)
    mcnn_strbuf_text(s, " ");
}

static void put_prefix(unsigned char *prefix, uint64_t length) {
  for (size_t i = 0; i < PREFIX_BYTES; i++)
    prefix[i] = (unsigned char)(length >> (8 * i));
}

mnistcnn_status mcnn_st_write_header(const mcnn_st_tensor *tensors, size_t num_tensors,
                                     const mcnn_st_entry *metadata, size_t num_metadata,
                                     const mcnn_alloc *alloc, unsigned char **header,
                                     size_t *header_bytes) {
  mcnn_strbuf s = {0};
  *header = NULL;
  put_header(&s, tensors, num_tensors, metadata, num_metadata);
  if (num_tensors > MCNN_ST_MAX_TENSORS || num_metadata > MCNN_ST_MAX_METADATA ||
      s.length > MCNN_ST_MAX_HEADER) {
    return mcnn_fail(MNISTCNN_LIMIT,
                     "file header of %zu bytes, %zu tensors, %zu metadata entries: too large",
                     s.length, num_tensors, num_metadata);
  }
  unsigned char *const bytes = mcnn_alloc_array(alloc, PREFIX_BYTES + s.length, 1);
  if (!bytes)
    return MNISTCNN_OUT_OF_MEMORY;
  put_prefix(bytes, s.length);
  s = (mcnn_strbuf){.target = (char *)bytes + PREFIX_BYTES};
  put_header(&s, tensors, num_tensors, metadata, num_metadata);
  *header = bytes;
  *header_bytes = PREFIX_BYTES + s.length;
  return MNISTCNN_OK;
}

void mcnn_st_put_values(const mcnn_st_tensor *tensor, unsigned char *bytes) {
  if (MCNN_BIG_ENDIAN)
    mcnn_swap_words(tensor->count, tensor->values, bytes);
  else
    memcpy(bytes, tensor->values, tensor->count * sizeof(float));
}
