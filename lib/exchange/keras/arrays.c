/* The arrays of a layer: which is which, and whether they are as large as they must be. */
#include "exchange/keras/context.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SHAPE_TEXT = 64 };

/* "kernel" of "dense_1/kernel:0"; of Keras 1 "W" of "dense_1_W:0" */
static int is_named(const char *name, const char *word) {
  const char *const slash = strrchr(name, '/');
  const char *const last = slash ? slash + 1 : name;
  const size_t length = strcspn(last, ":"), size = strlen(word);
  return length >= size && memcmp(last + length - size, word, size) == 0 &&
         (length == size || last[length - size - 1] == '_');
}

static int has_role_name(const mcnn_keras_array *array, const mcnn_keras_role *role) {
  for (size_t i = 0; i < sizeof role->names / sizeof role->names[0]; i++)
    if (role->names[i] && is_named(array->name, role->names[i]))
      return 1;
  return 0;
}

/* Sorts the arrays by role if all of them tell by their names; otherwise their place decides. */
static void sort_by_name(const mcnn_keras_array **arrays, const mcnn_keras_role *roles,
                         size_t count) {
  const mcnn_keras_array *sorted[MCNN_KERAS_MAX_ARRAYS] = {NULL};
  for (size_t i = 0; i < count; i++) {
    size_t matches = 0;
    for (size_t j = 0; j < count; j++) {
      if (!has_role_name(arrays[j], &roles[i]))
        continue;
      sorted[i] = arrays[j];
      matches++;
    }
    if (matches != 1)
      return;
  }
  memcpy(arrays, sorted, count * sizeof *arrays);
}

static void shape_text(const uint64_t *shape, uint32_t rank, char text[SHAPE_TEXT]) {
  size_t used = 0;
  text[0] = '\0';
  for (uint32_t i = 0; i < rank && used + 24 < SHAPE_TEXT; i++)
    used += (size_t)snprintf(text + used, SHAPE_TEXT - used, "%s%llu", i > 0 ? "x" : "",
                             (unsigned long long)shape[i]);
  if (rank == 0)
    (void)snprintf(text, SHAPE_TEXT, "one number");
}

static mnistcnn_status fail_shape(mcnn_keras_context *context, const mcnn_keras_array *array,
                                  const mcnn_keras_role *role) {
  char found[SHAPE_TEXT], expected[SHAPE_TEXT];
  shape_text(array->value->shape, array->value->rank, found);
  shape_text(role->shape, role->rank, expected);
  return mcnn_builder_fail(context->builder, MNISTCNN_SHAPE_MISMATCH,
                           "its array %.80s is %s, but by its configuration and input it is %s",
                           array->path, found, expected);
}

static mnistcnn_status check_array(mcnn_keras_context *context, const mcnn_keras_array *array,
                                   const mcnn_keras_role *role) {
  const mcnn_h5_value *const value = array->value;
  if (!mcnn_keras_array_is_float(array))
    return mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                             "its array %.80s holds no floating-point numbers; a quantised model "
                             "must be saved in float32",
                             array->path);
  if (value->rank != role->rank ||
      memcmp(value->shape, role->shape, role->rank * sizeof role->shape[0]) != 0)
    return fail_shape(context, array, role);
  return MNISTCNN_OK;
}

static mnistcnn_status read_array(mcnn_keras_context *context, const mcnn_keras_array *array,
                                  const mcnn_keras_role *role) {
  mnistcnn_status status = check_array(context, array, role);
  if (status != MNISTCNN_OK)
    return status;
  const size_t count = array->value->count;
  float *const values = mcnn_builder_floats(context->builder, count);
  if (!values)
    return MNISTCNN_OUT_OF_MEMORY;
  status = mcnn_keras_array_read(array, values, count);
  for (size_t i = 0; i < count && status == MNISTCNN_OK; i++)
    if (!isfinite(values[i]))
      status = mcnn_builder_fail(context->builder, MNISTCNN_FORMAT,
                                 "its array %.80s holds a NaN or an infinity", array->path);
  *role->values = values;
  return status;
}

static mnistcnn_status fail_count(mcnn_keras_context *context, size_t found, size_t expected) {
  return mcnn_builder_fail(context->builder, MNISTCNN_FORMAT,
                           "the file has %zu array%s of it, but by its configuration there are %zu",
                           found, found == 1 ? "" : "s", expected);
}

mnistcnn_status mcnn_keras_read_arrays(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                                       const mcnn_keras_role *roles, size_t count) {
  const mcnn_keras_array *arrays[MCNN_KERAS_MAX_ARRAYS];
  size_t found = 0;
  mnistcnn_status status =
      mcnn_keras_weights_find(context->weights, context->graph, layer, arrays, &found);
  if (status != MNISTCNN_OK)
    return status;
  if (found != count)
    return fail_count(context, found, count);
  sort_by_name(arrays, roles, count);
  for (size_t i = 0; i < count && status == MNISTCNN_OK; i++)
    status = read_array(context, arrays[i], &roles[i]);
  if (status != MNISTCNN_OK || layer->use == 0)
    return status;
  return mcnn_builder_note(context->builder, "is used again: here it gets a copy of its weights, "
                                             "which further training changes separately");
}
