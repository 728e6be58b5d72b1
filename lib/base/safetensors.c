/* Reading: the header's JSON into entries, then the checks on the entries together. */
#include "base/safetensors.h"

#include "base/byte_order.h"
#include "base/json.h"
#include "base/other_models.h"
#include "base/sizes.h"
#include "base/status.h"

#include <string.h>

enum { PREFIX_BYTES = 8, HEADER_ALIGNMENT = 8, NAME_SHOWN = 80 };

/* No entry is shorter than these, which bounds their number by the header's length:
 * "":{"dtype":"F32","shape":[1],"data_offsets":[0,4]} and "":"" */
enum { MIN_TENSOR_BYTES = 40, MIN_METADATA_BYTES = 5 };

typedef struct extent {
  uint64_t begin, end; /* bytes, from the start of the data */
} extent;

typedef struct reader {
  mcnn_json json;
  mcnn_st *st;
  const unsigned char *data; /* after the header */
  size_t data_bytes;
  size_t max_tensors, max_metadata;
  extent *extents; /* of st->tensors */
  int has_metadata;
  /* Of the tensor being read. */
  int has_dtype, has_shape, has_offsets;
} reader;

static mnistcnn_status fail_tensor(const reader *r, const char *name, const char *reason) {
  return mcnn_fail(MNISTCNN_FORMAT, "%s: tensor \"%.*s\": %s", r->json.label, NAME_SHOWN, name,
                   reason);
}

/* --- entries ---------------------------------------------------------------------------------- */

static mnistcnn_status read_metadata_entry(void *context, const char *key) {
  reader *r = context;
  mcnn_st *st = r->st;
  if (mcnn_st_metadata(st, key))
    return mcnn_json_fail(&r->json, "duplicate metadata key");
  if (st->num_metadata == r->max_metadata)
    return mcnn_json_fail(&r->json, "too many metadata entries");
  mcnn_st_entry *entry = &st->metadata[st->num_metadata];
  const mnistcnn_status status = mcnn_json_string(&r->json, &entry->value);
  if (status != MNISTCNN_OK)
    return status;
  entry->key = key;
  st->num_metadata++;
  return MNISTCNN_OK;
}

static mnistcnn_status read_metadata(reader *r) {
  if (r->has_metadata)
    return mcnn_json_fail(&r->json, "duplicate __metadata__");
  r->has_metadata = 1;
  return mcnn_json_object(&r->json, read_metadata_entry, r);
}

static mnistcnn_status read_dtype(reader *r) {
  const char *dtype;
  const mnistcnn_status status = mcnn_json_string(&r->json, &dtype);
  if (status == MNISTCNN_OK && strcmp(dtype, "F32") != 0)
    return mcnn_json_fail(&r->json, "dtype is not F32");
  return status;
}

static mnistcnn_status read_shape(reader *r) {
  mcnn_st_tensor *tensor = &r->st->tensors[r->st->num_tensors];
  size_t rank;
  const mnistcnn_status status =
      mcnn_json_integers(&r->json, tensor->shape, MCNN_ST_MAX_RANK, &rank);
  tensor->rank = (uint32_t)rank;
  if (status == MNISTCNN_OK && rank == 0)
    return mcnn_json_fail(&r->json, "shape without dimensions");
  return status;
}

static mnistcnn_status read_offsets(reader *r) {
  uint64_t offsets[2];
  size_t count;
  const mnistcnn_status status = mcnn_json_integers(&r->json, offsets, 2, &count);
  if (status != MNISTCNN_OK)
    return status;
  if (count != 2)
    return mcnn_json_fail(&r->json, "data_offsets must be two integers");
  r->extents[r->st->num_tensors] = (extent){offsets[0], offsets[1]};
  return MNISTCNN_OK;
}

static mnistcnn_status read_tensor_member(void *context, const char *key) {
  reader *r = context;
  const struct {
    const char *key;
    int *seen;
    mnistcnn_status (*read)(reader *r);
  } members[] = {{"dtype", &r->has_dtype, read_dtype},
                 {"shape", &r->has_shape, read_shape},
                 {"data_offsets", &r->has_offsets, read_offsets}};
  for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
    if (strcmp(key, members[i].key) != 0)
      continue;
    if (*members[i].seen)
      return mcnn_json_fail(&r->json, "duplicate key");
    *members[i].seen = 1;
    return members[i].read(r);
  }
  return mcnn_json_fail(&r->json, "unknown key");
}

/* count = product of the shape, which must be what lies between the offsets. */
static mnistcnn_status check_size(const reader *r, mcnn_st_tensor *tensor, extent place) {
  size_t count = 1, bytes;
  for (uint32_t i = 0; i < tensor->rank; i++)
    if (tensor->shape[i] == 0 || tensor->shape[i] > SIZE_MAX ||
        !mcnn_checked_mul(count, (size_t)tensor->shape[i], &count))
      return fail_tensor(r, tensor->name, "dimension is 0 or too large");
  if (place.begin > place.end || place.end > r->data_bytes)
    return fail_tensor(r, tensor->name, "data_offsets are outside the file");
  if (!mcnn_checked_mul(count, sizeof(float), &bytes) || bytes != place.end - place.begin)
    return fail_tensor(r, tensor->name, "shape does not match data_offsets");
  tensor->count = count;
  return MNISTCNN_OK;
}

static mnistcnn_status read_tensor(reader *r, const char *name) {
  mcnn_st *st = r->st;
  if (mcnn_st_tensor_named(st, name))
    return fail_tensor(r, name, "duplicate name");
  if (st->num_tensors == r->max_tensors)
    return mcnn_json_fail(&r->json, "too many tensors");
  mcnn_st_tensor *tensor = &st->tensors[st->num_tensors];
  tensor->name = name;
  r->has_dtype = r->has_shape = r->has_offsets = 0;
  mnistcnn_status status = mcnn_json_object(&r->json, read_tensor_member, r);
  if (status == MNISTCNN_OK && !(r->has_dtype && r->has_shape && r->has_offsets))
    status = fail_tensor(r, name, "missing dtype, shape or data_offsets");
  if (status == MNISTCNN_OK)
    status = check_size(r, tensor, r->extents[st->num_tensors]);
  if (status == MNISTCNN_OK)
    st->num_tensors++;
  return status;
}

static mnistcnn_status read_entry(void *context, const char *key) {
  reader *r = context;
  return strcmp(key, "__metadata__") == 0 ? read_metadata(r) : read_tensor(r, key);
}

/* --- the entries together --------------------------------------------------------------------- */

/* By insertion: writers mostly list tensors in the order of their bytes already. */
static void sort_by_place(reader *r) {
  mcnn_st_tensor *tensors = r->st->tensors;
  for (size_t i = 1; i < r->st->num_tensors; i++) {
    const mcnn_st_tensor tensor = tensors[i];
    const extent place = r->extents[i];
    size_t at = i;
    for (; at > 0 && r->extents[at - 1].begin > place.begin; at--) {
      tensors[at] = tensors[at - 1];
      r->extents[at] = r->extents[at - 1];
    }
    tensors[at] = tensor;
    r->extents[at] = place;
  }
}

/* The tensors must cover the data exactly: no gap, no overlap, nothing after the last. Offsets are
 * then multiples of 4, as each size is. */
static mnistcnn_status place_tensors(reader *r) {
  uint64_t covered = 0;
  sort_by_place(r);
  for (size_t i = 0; i < r->st->num_tensors; i++) {
    mcnn_st_tensor *tensor = &r->st->tensors[i];
    if (r->extents[i].begin != covered) {
      return fail_tensor(r, tensor->name,
                         r->extents[i].begin < covered ? "overlaps another tensor"
                                                       : "gap before this tensor");
    }
    tensor->values = (const float *)(const void *)(r->data + covered);
    covered = r->extents[i].end;
  }
  if (covered != r->data_bytes) {
    return mcnn_fail(MNISTCNN_FORMAT, "%s: %zu bytes after the last tensor", r->json.label,
                     r->data_bytes - (size_t)covered);
  }
  return MNISTCNN_OK;
}

/* Tensors are used in place where they are what the machine computes with; else all of them are
 * copied. */
static mnistcnn_status own_values(reader *r, const mcnn_alloc *alloc) {
  if (!MCNN_BIG_ENDIAN || r->data_bytes == 0)
    return MNISTCNN_OK;
  r->st->values = mcnn_alloc_array(alloc, r->data_bytes, 1);
  if (!r->st->values)
    return MNISTCNN_OUT_OF_MEMORY;
  mcnn_swap_words(r->data_bytes / sizeof(float), r->data, r->st->values);
  for (size_t i = 0; i < r->st->num_tensors; i++)
    r->st->tensors[i].values = r->st->values + r->extents[i].begin / sizeof(float);
  return MNISTCNN_OK;
}

/* --- the file --------------------------------------------------------------------------------- */

static uint64_t header_length(const unsigned char *data) {
  uint64_t length = 0;
  for (size_t i = PREFIX_BYTES; i-- > 0;)
    length = length << 8 | data[i];
  return length;
}

static mnistcnn_status find_header(reader *r, const unsigned char *data, size_t size_bytes) {
  if (size_bytes < PREFIX_BYTES) {
    return mcnn_fail(MNISTCNN_FORMAT, "%s: is not a safetensors file: only %zu bytes",
                     r->json.label, size_bytes);
  }
  const uint64_t length = header_length(data);
  if (length > MCNN_ST_MAX_HEADER || length > size_bytes - PREFIX_BYTES) {
    const char *const other = mcnn_other_model(data, size_bytes);
    if (other)
      return mcnn_fail(MNISTCNN_FORMAT, "%s: is not a safetensors file but %s", r->json.label,
                       other);
    return mcnn_fail(MNISTCNN_FORMAT,
                     "%s: is not a safetensors file, or truncated: header of %llu bytes",
                     r->json.label, (unsigned long long)length);
  }
  if (length % HEADER_ALIGNMENT != 0) {
    return mcnn_fail(MNISTCNN_FORMAT, "%s: header of %zu bytes: must be a multiple of %d",
                     r->json.label, (size_t)length, HEADER_ALIGNMENT);
  }
  r->json.start = r->json.at = (const char *)data + PREFIX_BYTES;
  r->json.end = r->json.start + length;
  r->data = data + PREFIX_BYTES + length;
  r->data_bytes = size_bytes - PREFIX_BYTES - (size_t)length;
  return MNISTCNN_OK;
}

/* How many entries the header has room for. */
static void count_entries(reader *r) {
  const size_t length = (size_t)(r->json.end - r->json.start);
  r->max_tensors = mcnn_min(length / MIN_TENSOR_BYTES + 1, MCNN_ST_MAX_TENSORS);
  r->max_metadata = mcnn_min(length / MIN_METADATA_BYTES + 1, MCNN_ST_MAX_METADATA);
}

static mnistcnn_status allocate_entries(reader *r, const mcnn_alloc *alloc) {
  mcnn_st *st = r->st;
  count_entries(r);
  st->strings = mcnn_alloc_array(alloc, (size_t)(r->json.end - r->json.start), 1);
  st->tensors = mcnn_alloc_zeroed(alloc, r->max_tensors, sizeof *st->tensors);
  st->metadata = mcnn_alloc_zeroed(alloc, r->max_metadata, sizeof *st->metadata);
  r->extents = mcnn_alloc_zeroed(alloc, r->max_tensors, sizeof *r->extents);
  r->json.strings = st->strings;
  const int ok = st->strings && st->tensors && st->metadata && r->extents;
  return ok ? MNISTCNN_OK : MNISTCNN_OUT_OF_MEMORY;
}

uint64_t mcnn_st_parse_bytes(const void *data, size_t size_bytes) {
  reader r = {.json = {.label = ""}};
  if (find_header(&r, data, size_bytes) != MNISTCNN_OK)
    return 0;
  count_entries(&r);
  return mcnn_alloc_bytes(1, sizeof *r.st) +
         mcnn_alloc_bytes((size_t)(r.json.end - r.json.start), 1) +
         mcnn_alloc_bytes(r.max_tensors, sizeof *r.st->tensors) +
         mcnn_alloc_bytes(r.max_metadata, sizeof *r.st->metadata) +
         mcnn_alloc_bytes(r.max_tensors, sizeof *r.extents) +
         (MCNN_BIG_ENDIAN ? mcnn_alloc_bytes(r.data_bytes, 1) : 0);
}

static mnistcnn_status read_header(reader *r, const mcnn_alloc *alloc) {
  mnistcnn_status status = allocate_entries(r, alloc);
  if (status == MNISTCNN_OK)
    status = mcnn_json_object(&r->json, read_entry, r);
  if (status == MNISTCNN_OK)
    status = mcnn_json_finish(&r->json);
  if (status == MNISTCNN_OK)
    status = place_tensors(r);
  if (status == MNISTCNN_OK)
    status = own_values(r, alloc);
  mcnn_free(alloc, r->extents);
  return status;
}

mnistcnn_status mcnn_st_parse(const void *data, size_t size_bytes, const char *label,
                              const mcnn_alloc *alloc, mcnn_st **out) {
  reader r = {.json = {.label = label, .what = "the header"}};
  *out = NULL;
  mnistcnn_status status = find_header(&r, data, size_bytes);
  if (status != MNISTCNN_OK)
    return status;
  r.st = mcnn_alloc_zeroed(alloc, 1, sizeof *r.st);
  if (!r.st)
    return MNISTCNN_OUT_OF_MEMORY;
  r.st->alloc = *alloc;
  status = read_header(&r, alloc);
  if (status != MNISTCNN_OK) {
    mcnn_st_free(r.st);
    return status;
  }
  *out = r.st;
  return MNISTCNN_OK;
}

void mcnn_st_free(mcnn_st *st) {
  if (!st)
    return;
  const mcnn_alloc alloc = st->alloc;
  mcnn_free(&alloc, st->tensors);
  mcnn_free(&alloc, st->metadata);
  mcnn_free(&alloc, st->strings);
  mcnn_free(&alloc, st->values);
  mcnn_free(&alloc, st);
}

const mcnn_st_tensor *mcnn_st_tensor_named(const mcnn_st *st, const char *name) {
  for (size_t i = 0; i < st->num_tensors; i++)
    if (strcmp(st->tensors[i].name, name) == 0)
      return &st->tensors[i];
  return NULL;
}

const char *mcnn_st_metadata(const mcnn_st *st, const char *key) {
  for (size_t i = 0; i < st->num_metadata; i++)
    if (strcmp(st->metadata[i].key, key) == 0)
      return st->metadata[i].value;
  return NULL;
}
