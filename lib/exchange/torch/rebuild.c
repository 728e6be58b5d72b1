/* Tensors from what their pickles say: a storage, an offset, a shape and strides. */
#include "base/status.h"
#include "exchange/torch/file.h"

#include <string.h>

#define UTILS "torch._utils."

static const char *const rebuilders[] = {UTILS "_rebuild_tensor", UTILS "_rebuild_tensor_v2",
                                         UTILS "_rebuild_tensor_v3"};
enum { NUM_REBUILDERS = 3, V3 = 2, DTYPE_OF_V3 = 6 };

/* A call by its parts. */
typedef struct rebuild_call {
  const mcnn_pickle_value *name, *arguments;
} rebuild_call;

static int is_named(const rebuild_call *call, const char *name, uint32_t count) {
  return mcnn_pickle_is_name(call->name, name) && call->arguments->count >= count;
}

/* From a parameter, or a subclass of a tensor, to the tensor. Returns 0 where this is neither. */
static int unwrap(rebuild_call *call) {
  enum { DEEPEST = 4 };
  for (int i = 0; i < DEEPEST; i++) {
    const mcnn_pickle_value *inner = NULL;
    if (is_named(call, UTILS "_rebuild_parameter", 1) ||
        is_named(call, UTILS "_rebuild_parameter_with_state", 1) ||
        is_named(call, "torch.nn.parameter.Parameter", 1)) {
      inner = call->arguments->items[0];
      if (inner->kind != MCNN_PICKLE_CALL)
        return 0;
      *call = (rebuild_call){inner->items[0], inner->items[1]};
    } else if (is_named(call, "torch._tensor._rebuild_from_type_v2", 3)) {
      inner = call->arguments;
      if (inner->items[0]->kind != MCNN_PICKLE_NAME || inner->items[2]->kind != MCNN_PICKLE_TUPLE)
        return 0;
      *call = (rebuild_call){inner->items[0], inner->items[2]};
    } else
      return 1;
  }
  return 0;
}

static int rebuilder_of(const rebuild_call *call) {
  for (int i = 0; i < NUM_REBUILDERS; i++)
    if (is_named(call, rebuilders[i], i == V3 ? DTYPE_OF_V3 + 1 : 4))
      return i;
  return NUM_REBUILDERS;
}

int mcnn_torch_is_tensor(const mcnn_pickle_value *value) {
  if (!value || value->kind != MCNN_PICKLE_CALL)
    return 0;
  return strstr(value->items[0]->text, "_rebuild_") ||
         mcnn_pickle_is_name(value->items[0], "torch.nn.parameter.Parameter");
}

/* A tuple of numbers, or torch.Size() of one. */
static int read_numbers(const mcnn_pickle_value *value, uint64_t *numbers, uint32_t *count) {
  const mcnn_pickle_value *arguments = NULL;
  if (mcnn_pickle_is_call(value, "torch.Size", 1, &arguments))
    value = arguments->items[0];
  if ((value->kind != MCNN_PICKLE_TUPLE && value->kind != MCNN_PICKLE_LIST) ||
      value->count > MCNN_TORCH_MAX_RANK)
    return 0;
  *count = value->count;
  for (uint32_t i = 0; i < value->count; i++)
    if (!mcnn_pickle_count(value->items[i], &numbers[i]))
      return 0;
  return 1;
}

/* The type that version 3 gives to a storage of bytes. */
static int set_type(const mcnn_pickle_value *dtype, mcnn_torch_storage *storage) {
  static const char torch[] = "torch.";
  const uint64_t bytes = storage->count * storage->element_bytes;
  if (dtype->kind != MCNN_PICKLE_NAME || strncmp(dtype->text, torch, sizeof torch - 1) != 0 ||
      !mcnn_torch_dtype_named(dtype->text + sizeof torch - 1, &storage->dtype,
                              &storage->element_bytes))
    return 0;
  storage->count = bytes / storage->element_bytes;
  return 1;
}

static mnistcnn_status fail_tensor(const mcnn_torch_file *file, const char *name, size_t length,
                                   const char *reason) {
  return mcnn_fail(MNISTCNN_UNSUPPORTED, "%s: tensor %.*s %s", file->label,
                   (int)(length < 120 ? length : 120), name, reason);
}

mnistcnn_status mcnn_torch_rebuild(mcnn_torch_file *file, const mcnn_pickle_value *value,
                                   const char *name, size_t name_length,
                                   mcnn_torch_tensor *tensor) {
  rebuild_call call = {value->items[0], value->items[1]};
  uint32_t rank = 0;
  memset(tensor, 0, sizeof *tensor);
  const int version = unwrap(&call) ? rebuilder_of(&call) : NUM_REBUILDERS;
  if (version == NUM_REBUILDERS)
    return fail_tensor(file, name, name_length,
                       "is of a kind that is not read (quantised, sparse or a subclass); save it "
                       "as a dense float32 tensor");
  mcnn_pickle_value *const *const items = call.arguments->items;
  mnistcnn_status status = mcnn_torch_find_storage(file, items[0], &tensor->storage);
  if (status != MNISTCNN_OK)
    return status;
  if (version == V3 && !set_type(items[DTYPE_OF_V3], &tensor->storage))
    return fail_tensor(file, name, name_length, "has a dtype that is not read");
  if (!mcnn_pickle_count(items[1], &tensor->offset) ||
      !read_numbers(items[2], tensor->shape, &tensor->rank) ||
      !read_numbers(items[3], tensor->stride, &rank) || rank != tensor->rank)
    return fail_tensor(file, name, name_length, "has no sound shape and strides");
  return mcnn_torch_check_tensor(tensor, file->label, name, name_length);
}
