/* Writing the header: once to measure it, once into memory of that size. */
#include "base/safetensors.h"

#include "base/json.h"
#include "base/status.h"

#include <stdio.h>
#include <string.h>

enum { PREFIX_BYTES = 8, HEADER_ALIGNMENT = 8, NUMBER_CAPACITY = 24 };

typedef struct sink {
  char *target; /* NULL while measuring */
  size_t length;
} sink;

static void put(sink *s, const char *text) {
  const size_t length = strlen(text);
  if (s->target)
    memcpy(s->target + s->length, text, length);
  s->length += length;
}

static void put_string(sink *s, const char *text) {
  s->length += mcnn_json_quote(text, s->target ? s->target + s->length : NULL);
}

static void put_number(sink *s, uint64_t value) {
  char digits[NUMBER_CAPACITY];
  (void)snprintf(digits, sizeof digits, "%llu", (unsigned long long)value);
  put(s, digits);
}

static void put_metadata(sink *s, const mcnn_st_entry *metadata, size_t count) {
  put(s, "\"__metadata__\":{");
  for (size_t i = 0; i < count; i++) {
    put(s, i > 0 ? "," : "");
    put_string(s, metadata[i].key);
    put(s, ":");
    put_string(s, metadata[i].value);
  }
  put(s, "}");
}

static void put_tensor(sink *s, const mcnn_st_tensor *tensor, uint64_t begin) {
  put_string(s, tensor->name);
  put(s, ":{\"dtype\":\"F32\",\"shape\":[");
  for (uint32_t i = 0; i < tensor->rank; i++) {
    put(s, i > 0 ? "," : "");
    put_number(s, tensor->shape[i]);
  }
  put(s, "],\"data_offsets\":[");
  put_number(s, begin);
  put(s, ",");
  put_number(s, begin + tensor->count * sizeof(float));
  put(s, "]}");
}

static void put_header(sink *s, const mcnn_st_tensor *tensors, size_t num_tensors,
                       const mcnn_st_entry *metadata, size_t num_metadata) {
  uint64_t begin = 0;
  put(s, "{");
  put_metadata(s, metadata, num_metadata);
  for (size_t i = 0; i < num_tensors; i++) {
    put(s, ",");
    put_tensor(s, &tensors[i], begin);
    begin += tensors[i].count * sizeof(float);
  }
  put(s, "}");
  while (s->length % HEADER_ALIGNMENT != 0)
    put(s, " ");
}

static void put_prefix(unsigned char *prefix, uint64_t length) {
  for (size_t i = 0; i < PREFIX_BYTES; i++)
    prefix[i] = (unsigned char)(length >> (8 * i));
}

mnistcnn_status mcnn_st_write_header(const mcnn_st_tensor *tensors, size_t num_tensors,
                                     const mcnn_st_entry *metadata, size_t num_metadata,
                                     const mcnn_alloc *alloc, unsigned char **header,
                                     size_t *header_bytes) {
  sink s = {0};
  *header = NULL;
  put_header(&s, tensors, num_tensors, metadata, num_metadata);
  if (num_tensors > MCNN_ST_MAX_TENSORS || num_metadata > MCNN_ST_MAX_METADATA ||
      s.length > MCNN_ST_MAX_HEADER)
    return mcnn_fail(
        MNISTCNN_LIMIT,
        "a file header of %zu bytes, %zu tensors and %zu metadata entries is too large", s.length,
        num_tensors, num_metadata);
  unsigned char *const bytes = mcnn_alloc_array(alloc, PREFIX_BYTES + s.length, 1);
  if (!bytes)
    return MNISTCNN_OUT_OF_MEMORY;
  put_prefix(bytes, s.length);
  s = (sink){.target = (char *)bytes + PREFIX_BYTES};
  put_header(&s, tensors, num_tensors, metadata, num_metadata);
  *header = bytes;
  *header_bytes = PREFIX_BYTES + s.length;
  return MNISTCNN_OK;
}
