/* Tensors of PyTorch: views of storages that stay where they are in the file. */
#ifndef MCNN_EXCHANGE_TORCH_TENSOR_H
#define MCNN_EXCHANGE_TORCH_TENSOR_H

#include "base/alloc.h"

enum mcnn_torch_dtype {
  MCNN_TORCH_FLOAT32,
  MCNN_TORCH_FLOAT64,
  MCNN_TORCH_FLOAT16,
  MCNN_TORCH_BFLOAT16,
  MCNN_TORCH_INTEGER /* of any size: read over, but no weights */
};

enum { MCNN_TORCH_MAX_RANK = 8, MCNN_TORCH_MAX_TENSORS = 4096, MCNN_TORCH_MAX_NAME = 256 };

typedef struct mcnn_torch_storage {
  enum mcnn_torch_dtype dtype;
  uint32_t element_bytes;
  const unsigned char *data;
  uint64_t count; /* of elements */
} mcnn_torch_storage;

typedef struct mcnn_torch_tensor {
  char *name; /* belongs to the list */
  mcnn_torch_storage storage;
  uint32_t rank;
  uint64_t shape[MCNN_TORCH_MAX_RANK];
  uint64_t stride[MCNN_TORCH_MAX_RANK]; /* in elements */
  uint64_t offset;                      /* of the first one in the storage */
  uint64_t count;                       /* the product of the shape */
} mcnn_torch_tensor;

typedef struct mcnn_torch_list {
  const mcnn_alloc *alloc;
  const char *label;
  mcnn_torch_tensor *tensors;
  size_t count, capacity;
  int is_sorted; /* by name, and not in the order in which the layers were made */
} mcnn_torch_list;

void mcnn_torch_list_free(mcnn_torch_list *list);

/* Appends a copy of *tensor with this name. Fails where the name is no text or is there already. */
mnistcnn_status mcnn_torch_list_add(mcnn_torch_list *list, const char *name, size_t name_length,
                                    const mcnn_torch_tensor *tensor);

/* By name, with numbers in names by their value: "conv2" before "conv10". */
void mcnn_torch_list_sort(mcnn_torch_list *list);

/* The bytes of an element, and the dtype, by a name such as "FloatStorage", "float32" or, of
 * safetensors, "F32". Returns 0 for one that is not known. */
int mcnn_torch_dtype_named(const char *name, enum mcnn_torch_dtype *dtype, uint32_t *bytes);

/* Sets the strides of a tensor whose elements follow one another. */
void mcnn_torch_set_contiguous(mcnn_torch_tensor *tensor);

/* Sets count, and checks that every element lies in the storage. */
mnistcnn_status mcnn_torch_check_tensor(mcnn_torch_tensor *tensor, const char *label,
                                        const char *name, size_t name_length);

/* All elements, row-major. Fails where one is no finite float. */
mnistcnn_status mcnn_torch_read(const mcnn_torch_tensor *tensor, const char *label, float *values);

/* "16x1x5x5"; "one number" for a rank of 0. */
void mcnn_torch_shape_text(const mcnn_torch_tensor *tensor, char *text, size_t size);

#endif
