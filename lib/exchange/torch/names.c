#include "exchange/torch/names.h"

#include "exchange/torch/tensor.h"

#include <string.h>

const char *const mcnn_torch_callables[] = {
    "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2",
    "torch._utils._rebuild_tensor_v3", "torch._utils._rebuild_parameter",
    "torch._utils._rebuild_parameter_with_state", "torch._tensor._rebuild_from_type_v2",
    "torch.nn.parameter.Parameter", "torch.storage._load_from_bytes", "torch.Size", "torch.device",
    /* In modules of 0.3 to 1.1: which library computed them. */
    "torch.nn.backends.thnn._get_thnn_function_backend", NULL};

static int is_listed(const char *const *list, const char *name) {
  for (size_t i = 0; list[i]; i++)
    if (strcmp(list[i], name) == 0)
      return 1;
  return 0;
}

int mcnn_torch_is_known_name(const char *name) {
  static const char *const values[] = {"collections.OrderedDict",
                                       "collections.defaultdict",
                                       "__builtin__.set",
                                       "__builtin__.dict",
                                       "__builtin__.list",
                                       "__builtin__.int",
                                       "__builtin__.float",
                                       "builtins.set",
                                       "builtins.dict",
                                       "builtins.list",
                                       "builtins.int",
                                       "builtins.float",
                                       "torch.Tensor",
                                       "torch._tensor.Tensor",
                                       "torch.storage.UntypedStorage",
                                       "torch.storage.TypedStorage",
                                       NULL};
  static const char torch[] = "torch.", modules[] = "torch.nn.", cuda[] = "torch.cuda.";
  enum mcnn_torch_dtype dtype;
  uint32_t bytes;
  if (is_listed(mcnn_torch_callables, name) || is_listed(values, name) ||
      strncmp(name, modules, sizeof modules - 1) == 0)
    return 1;
  if (strncmp(name, cuda, sizeof cuda - 1) == 0)
    return mcnn_torch_dtype_named(name + sizeof cuda - 1, &dtype, &bytes);
  return strncmp(name, torch, sizeof torch - 1) == 0 &&
         mcnn_torch_dtype_named(name + sizeof torch - 1, &dtype, &bytes);
}
