#include "exchange/torch/safetensors.h"

#include "base/status.h"
#include "exchange/json/tree.h"
#include "exchange/torch/state_dict.h"
#include "exchange/torch/torch.h"

#include <math.h>
#include <string.h>

enum { LENGTH_BYTES = 8 };
static const char metadata[] = "__metadata__";

static uint64_t header_length(const unsigned char *data) {
  uint64_t length = 0;
  for (int i = LENGTH_BYTES; i > 0; i--)
    length = length << 8 | data[i - 1];
  return length;
}

/* The member is written so in the files of this library alone. */
int mcnn_torch_is_safetensors(const void *data, size_t size_bytes) {
  static const char own[] = "\"architecture\"";
  const unsigned char *const bytes = data;
  if (size_bytes <= LENGTH_BYTES || bytes[LENGTH_BYTES] != '{')
    return 0;
  const uint64_t length = header_length(bytes);
  if (length > size_bytes - LENGTH_BYTES)
    return 0;
  const unsigned char *at = bytes + LENGTH_BYTES, *const end = at + length;
  while ((size_t)(end - at) >= sizeof own - 1) {
    if (memcmp(at, own, sizeof own - 1) == 0)
      return 0;
    const unsigned char *const next = memchr(at + 1, '"', (size_t)(end - at - 1));
    if (!next)
      break;
    at = next;
  }
  return 1;
}

static mnistcnn_status fail_header(const mcnn_torch_list *list, const char *name,
                                   const char *reason) {
  return mcnn_fail(MNISTCNN_FORMAT, "%s: tensor %.120s of the safetensors header %s", list->label,
                   name, reason);
}

/* A whole number of a list. */
static int count_of(const mcnn_json_value *value, uint64_t *count) {
  const double limit = 9007199254740992.0;
  if (!mcnn_json_is(value, MCNN_JSON_NUMBER) || !(value->number >= 0 && value->number < limit) ||
      value->number != floor(value->number))
    return 0;
  *count = (uint64_t)value->number;
  return 1;
}

static int read_shape(const mcnn_json_value *shape, mcnn_torch_tensor *tensor) {
  if (!mcnn_json_is(shape, MCNN_JSON_ARRAY) || shape->count > MCNN_TORCH_MAX_RANK)
    return 0;
  for (const mcnn_json_value *side = shape->first; side; side = side->next)
    if (!count_of(side, &tensor->shape[tensor->rank++]))
      return 0;
  return 1;
}

typedef struct byte_range {
  uint64_t begin, end;
} byte_range;

static mnistcnn_status read_entry(const mcnn_json_value *entry, const unsigned char *bytes,
                                  size_t size_bytes, mcnn_torch_list *list, byte_range *range) {
  const char *const dtype = mcnn_json_text(mcnn_json_member(entry, "dtype"));
  const mcnn_json_value *const offsets = mcnn_json_member(entry, "data_offsets");
  const size_t length = strlen(entry->key);
  mcnn_torch_tensor tensor = {.rank = 0};
  if (!dtype ||
      !mcnn_torch_dtype_named(dtype, &tensor.storage.dtype, &tensor.storage.element_bytes))
    return mcnn_fail(MNISTCNN_UNSUPPORTED,
                     "%s: tensor %.120s has the dtype \"%.20s\"; read are F32, "
                     "F16, BF16 and F64",
                     list->label, entry->key, dtype ? dtype : "");
  if (!read_shape(mcnn_json_member(entry, "shape"), &tensor))
    return fail_header(list, entry->key, "has no sound shape");
  if (!count_of(mcnn_json_element(offsets, 0), &range->begin) ||
      !count_of(mcnn_json_element(offsets, 1), &range->end) || range->begin > range->end ||
      range->end > size_bytes)
    return fail_header(list, entry->key, "lies outside of the file");
  mcnn_torch_set_contiguous(&tensor);
  tensor.storage.data = bytes + range->begin;
  tensor.storage.count = (range->end - range->begin) / tensor.storage.element_bytes;
  const mnistcnn_status status = mcnn_torch_check_tensor(&tensor, list->label, entry->key, length);
  if (status != MNISTCNN_OK)
    return status;
  if (tensor.count * tensor.storage.element_bytes != range->end - range->begin)
    return fail_header(list, entry->key, "has more bytes than its shape");
  return mcnn_torch_is_counter(entry->key, length)
             ? MNISTCNN_OK
             : mcnn_torch_list_add(list, entry->key, length, &tensor);
}

static void sort_ranges(byte_range *ranges, size_t count) {
  for (size_t i = 1; i < count; i++) {
    const byte_range moving = ranges[i];
    size_t at = i;
    for (; at > 0 && ranges[at - 1].begin > moving.begin; at--)
      ranges[at] = ranges[at - 1];
    ranges[at] = moving;
  }
}

/* Without gaps, in which something could be hidden, and without overlaps. */
static mnistcnn_status check_ranges(const mcnn_torch_list *list, byte_range *ranges, size_t count,
                                    size_t size_bytes) {
  uint64_t at = 0;
  sort_ranges(ranges, count);
  for (size_t i = 0; i < count; i++) {
    if (ranges[i].begin != at)
      return mcnn_fail(MNISTCNN_FORMAT,
                       "%s: the tensors of the safetensors file overlap, or have a "
                       "gap between them",
                       list->label);
    at = ranges[i].end;
  }
  return at == size_bytes ? MNISTCNN_OK
                          : mcnn_fail(MNISTCNN_FORMAT,
                                      "%s: something follows the last tensor of the "
                                      "safetensors file",
                                      list->label);
}

static mnistcnn_status read_entries(const mcnn_json_value *root, const unsigned char *bytes,
                                    size_t size_bytes, mcnn_torch_list *list) {
  if (!mcnn_json_is(root, MCNN_JSON_OBJECT) || root->count > MCNN_TORCH_MAX_TENSORS)
    return mcnn_fail(MNISTCNN_FORMAT, "%s: the safetensors header has no tensors, or more than %d",
                     list->label, MCNN_TORCH_MAX_TENSORS);
  byte_range *const ranges = mcnn_alloc_zeroed(list->alloc, root->count + 1u, sizeof *ranges);
  mnistcnn_status status = ranges ? MNISTCNN_OK : MNISTCNN_OUT_OF_MEMORY;
  size_t count = 0;
  for (const mcnn_json_value *entry = root->first; entry && status == MNISTCNN_OK;
       entry = entry->next)
    if (strcmp(entry->key, metadata) != 0)
      status = read_entry(entry, bytes, size_bytes, list, &ranges[count++]);
  if (status == MNISTCNN_OK)
    status = check_ranges(list, ranges, count, size_bytes);
  mcnn_free(list->alloc, ranges);
  return status;
}

mnistcnn_status mcnn_torch_read_safetensors(const unsigned char *data, size_t size_bytes,
                                            mcnn_torch_list *list) {
  mcnn_json_tree *tree = NULL;
  const uint64_t length = size_bytes > LENGTH_BYTES ? header_length(data) : 0;
  if (length == 0 || length > size_bytes - LENGTH_BYTES || length > MCNN_JSON_MAX_BYTES)
    return mcnn_fail(MNISTCNN_FORMAT, "%s: the safetensors header is cut off or too long",
                     list->label);
  const size_t start = LENGTH_BYTES + (size_t)length;
  mnistcnn_status status =
      mcnn_json_tree_read((const char *)data + LENGTH_BYTES, (size_t)length, list->label,
                          "the safetensors header", list->alloc, &tree);
  if (status == MNISTCNN_OK)
    status = read_entries(mcnn_json_root(tree), data + start, size_bytes - start, list);
  mcnn_json_tree_free(tree);
  if (status == MNISTCNN_OK) {
    mcnn_torch_strip_prefixes(list);
    mcnn_torch_list_sort(list);
  }
  return status;
}
