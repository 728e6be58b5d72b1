#include "exchange/graph/array.h"

#include <math.h>
#include <string.h>

/* What arithmetic on constants may make of a file: bytes beyond any weights of small networks. */
enum { MAX_RESULT = 1 << 26 };

double mcnn_array_number(const mcnn_array *array, size_t index) {
  return array->floats ? (double)array->floats[index] : (double)array->integers[index];
}

/* What is too large stops at the limits, and what is no number is 0. */
static int64_t to_integer(double number) {
  const double limit = 9.2e18;
  if (isnan(number))
    return 0;
  return number >= limit ? INT64_MAX : number <= -limit ? INT64_MIN : (int64_t)number;
}

int64_t mcnn_array_integer(const mcnn_array *array, size_t index) {
  return array->integers ? array->integers[index] : to_integer((double)array->floats[index]);
}

int64_t *mcnn_array_integers(mcnn_builder *builder, size_t count) {
  if (count > SIZE_MAX / 2)
    count = SIZE_MAX / 2; /* which fails */
  return (int64_t *)(void *)mcnn_builder_floats(builder, 2 * count);
}

mnistcnn_status mcnn_array_of_integers(mcnn_builder *builder, const int64_t *values, size_t count,
                                       mcnn_array *array) {
  int64_t *const copy = mcnn_array_integers(builder, count);
  if (!copy)
    return MNISTCNN_OUT_OF_MEMORY;
  if (count > 0)
    memcpy(copy, values, count * sizeof *copy);
  *array = (mcnn_array){.rank = 1, .dims = {count}, .count = count, .integers = copy};
  return MNISTCNN_OK;
}

static mnistcnn_status make_array(mcnn_builder *builder, int is_integer, size_t count,
                                  float **floats, int64_t **integers) {
  *floats = NULL;
  *integers = NULL;
  if (count > MAX_RESULT)
    return mcnn_builder_fail(builder, MNISTCNN_LIMIT, "a constant of more than %d numbers",
                             MAX_RESULT);
  if (is_integer)
    *integers = mcnn_array_integers(builder, count);
  else
    *floats = mcnn_builder_floats(builder, count);
  return *floats || *integers ? MNISTCNN_OK : MNISTCNN_OUT_OF_MEMORY;
}

static void copy_element(const mcnn_array *from, size_t index, float *floats, int64_t *integers,
                         size_t to) {
  if (floats)
    floats[to] = from->floats[index];
  else if (integers)
    integers[to] = from->integers[index];
}

static void set_values(mcnn_array *array, const float *floats, const int64_t *integers) {
  array->floats = floats;
  array->integers = integers;
}

mnistcnn_status mcnn_array_cast(mcnn_builder *builder, mcnn_array *array, int to_integers) {
  float *floats = NULL;
  int64_t *integers = NULL;
  if (to_integers ? !array->floats : !array->integers)
    return MNISTCNN_OK;
  const mnistcnn_status status = make_array(builder, to_integers, array->count, &floats, &integers);
  for (size_t i = 0; status == MNISTCNN_OK && i < array->count; i++)
    if (integers)
      integers[i] = mcnn_array_integer(array, i);
    else if (floats)
      floats[i] = (float)array->integers[i];
  if (status == MNISTCNN_OK)
    set_values(array, floats, integers);
  return status;
}

mnistcnn_status mcnn_array_floats(mcnn_builder *builder, const mcnn_array *array,
                                  const float **floats) {
  mcnn_array copy = *array;
  const mnistcnn_status status = mcnn_array_cast(builder, &copy, 0);
  *floats = copy.floats;
  return status;
}

/* --- dimensions ------------------------------------------------------------------------------- */

int mcnn_array_reshape(mcnn_array *array, const size_t *dims, uint32_t rank) {
  size_t count = 1;
  if (rank > MCNN_ARRAY_MAX_RANK)
    return 0;
  for (uint32_t i = 0; i < rank; i++)
    if (!mcnn_checked_mul(count, dims[i], &count))
      return 0;
  if (count != array->count)
    return 0;
  memcpy(array->dims, dims, rank * sizeof dims[0]);
  array->rank = rank;
  return 1;
}

static void find_strides(const mcnn_array *array, size_t strides[MCNN_ARRAY_MAX_RANK]) {
  size_t next = 1;
  for (uint32_t i = array->rank; i-- > 0;) {
    strides[i] = next;
    next *= array->dims[i];
  }
}

/* The next position in row-major order, and the offset that belongs to it. */
static void advance(const size_t *dims, const size_t *strides, uint32_t rank, size_t *position,
                    size_t *offset) {
  for (uint32_t i = rank; i-- > 0;) {
    *offset += strides[i];
    if (++position[i] < dims[i])
      return;
    *offset -= dims[i] * strides[i];
    position[i] = 0;
  }
}

mnistcnn_status mcnn_array_transpose(mcnn_builder *builder, mcnn_array *array,
                                     const uint32_t *order) {
  size_t strides[MCNN_ARRAY_MAX_RANK], moved[MCNN_ARRAY_MAX_RANK], dims[MCNN_ARRAY_MAX_RANK];
  size_t position[MCNN_ARRAY_MAX_RANK] = {0}, offset = 0;
  float *floats;
  int64_t *integers;
  const mnistcnn_status status =
      make_array(builder, !array->floats, array->count, &floats, &integers);
  if (status != MNISTCNN_OK)
    return status;
  find_strides(array, strides);
  for (uint32_t i = 0; i < array->rank; i++) {
    dims[i] = array->dims[order[i]];
    moved[i] = strides[order[i]];
  }
  for (size_t i = 0; i < array->count; i++) {
    copy_element(array, offset, floats, integers, i);
    advance(dims, moved, array->rank, position, &offset);
  }
  memcpy(array->dims, dims, array->rank * sizeof dims[0]);
  set_values(array, floats, integers);
  return MNISTCNN_OK;
}

/* --- arithmetic ------------------------------------------------------------------------------- */

/* Dimension `i` of `rank`, counted from the last; the missing ones are 1. */
static size_t dim_of(const mcnn_array *array, uint32_t rank, uint32_t i) {
  const uint32_t missing = rank - array->rank;
  return i < missing ? 1 : array->dims[i - missing];
}

static mnistcnn_status broadcast_shape(mcnn_builder *builder, const mcnn_array *a,
                                       const mcnn_array *b, mcnn_array *result) {
  result->rank = a->rank > b->rank ? a->rank : b->rank;
  result->count = 1;
  for (uint32_t i = 0; i < result->rank; i++) {
    const size_t m = dim_of(a, result->rank, i), n = dim_of(b, result->rank, i);
    if ((m != n && m != 1 && n != 1) ||
        !mcnn_checked_mul(result->count, m == 1 ? n : m, &result->count))
      return mcnn_builder_fail(builder, MNISTCNN_SHAPE_MISMATCH,
                               "combines constants whose shapes do not go together");
    result->dims[i] = m == 1 ? n : m;
  }
  return MNISTCNN_OK;
}

/* A dimension of 1 is read again and again. */
static void broadcast_strides(const mcnn_array *array, const mcnn_array *result,
                              size_t strides[MCNN_ARRAY_MAX_RANK]) {
  size_t own[MCNN_ARRAY_MAX_RANK];
  const uint32_t missing = result->rank - array->rank;
  find_strides(array, own);
  for (uint32_t i = 0; i < result->rank; i++)
    strides[i] = i < missing || array->dims[i - missing] == 1 ? 0 : own[i - missing];
}

static void combine_all(const mcnn_array *a, const mcnn_array *b, mcnn_binary_fn fn,
                        const mcnn_array *result, float *floats, int64_t *integers) {
  size_t a_strides[MCNN_ARRAY_MAX_RANK], b_strides[MCNN_ARRAY_MAX_RANK];
  size_t a_position[MCNN_ARRAY_MAX_RANK] = {0}, b_position[MCNN_ARRAY_MAX_RANK] = {0};
  size_t a_at = 0, b_at = 0;
  broadcast_strides(a, result, a_strides);
  broadcast_strides(b, result, b_strides);
  for (size_t i = 0; i < result->count; i++) {
    const double value = fn(mcnn_array_number(a, a_at), mcnn_array_number(b, b_at));
    if (floats)
      floats[i] = (float)value;
    else if (integers)
      integers[i] = to_integer(value);
    advance(result->dims, a_strides, result->rank, a_position, &a_at);
    advance(result->dims, b_strides, result->rank, b_position, &b_at);
  }
}

mnistcnn_status mcnn_array_combine(mcnn_builder *builder, const mcnn_array *a, const mcnn_array *b,
                                   mcnn_binary_fn fn, mcnn_array *result) {
  float *floats = NULL;
  int64_t *integers = NULL;
  mcnn_array made = {0};
  mnistcnn_status status = broadcast_shape(builder, a, b, &made);
  if (status == MNISTCNN_OK)
    status = make_array(builder, !a->floats && !b->floats, made.count, &floats, &integers);
  if (status != MNISTCNN_OK)
    return status;
  combine_all(a, b, fn, &made, floats, integers);
  set_values(&made, floats, integers);
  *result = made;
  return MNISTCNN_OK;
}

/* --- parts ------------------------------------------------------------------------------------ */

static int resolve_index(const mcnn_array *indices, size_t i, size_t size, size_t *index) {
  const int64_t given = mcnn_array_integer(indices, i);
  const uint64_t count = size;
  const int64_t resolved = given < 0 && count < INT64_MAX ? given + (int64_t)count : given;
  *index = (size_t)resolved;
  return resolved >= 0 && (uint64_t)resolved < size;
}

/* An index that is a single number takes the dimension away. */
static void replace_dim(mcnn_array *array, uint32_t axis, const mcnn_array *indices) {
  if (indices->rank > 0) {
    array->dims[axis] = indices->count;
    return;
  }
  array->rank--;
  memmove(array->dims + axis, array->dims + axis + 1, (array->rank - axis) * sizeof array->dims[0]);
}

mnistcnn_status mcnn_array_take(mcnn_builder *builder, mcnn_array *array, uint32_t axis,
                                const mcnn_array *indices) {
  size_t outer = 1, inner = 1, count, at = 0;
  float *floats;
  int64_t *integers;
  if (array->count == 0 || indices->count == 0)
    return mcnn_builder_fail(builder, MNISTCNN_UNSUPPORTED, "takes parts of an empty constant");
  for (uint32_t i = 0; i < axis; i++)
    outer *= array->dims[i];
  for (uint32_t i = axis + 1; i < array->rank; i++)
    inner *= array->dims[i];
  if (!mcnn_checked_mul(outer * inner, indices->count, &count))
    count = SIZE_MAX;
  const mnistcnn_status status = make_array(builder, !array->floats, count, &floats, &integers);
  if (status != MNISTCNN_OK)
    return status;
  for (size_t o = 0; o < outer; o++) {
    for (size_t i = 0; i < indices->count; i++) {
      size_t index;
      if (!resolve_index(indices, i, array->dims[axis], &index))
        return mcnn_builder_fail(builder, MNISTCNN_FORMAT,
                                 "an index of a constant is outside of it");
      for (size_t k = 0; k < inner; k++)
        copy_element(array, (o * array->dims[axis] + index) * inner + k, floats, integers, at++);
    }
  }
  replace_dim(array, axis, indices);
  array->count = count;
  set_values(array, floats, integers);
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_array_join(mcnn_builder *builder, mcnn_array *first,
                                const mcnn_array *second) {
  const size_t count = first->count + second->count;
  float *floats;
  int64_t *integers;
  if (first->rank > 1 || second->rank > 1 || !first->floats != !second->floats)
    return mcnn_builder_fail(builder, MNISTCNN_UNSUPPORTED, "joins constants that are no vectors");
  const mnistcnn_status status = make_array(builder, !first->floats, count, &floats, &integers);
  if (status != MNISTCNN_OK)
    return status;
  for (size_t i = 0; i < first->count; i++)
    copy_element(first, i, floats, integers, i);
  for (size_t i = 0; i < second->count; i++)
    copy_element(second, i, floats, integers, first->count + i);
  *first = (mcnn_array){.rank = 1, .dims = {count}, .count = count};
  set_values(first, floats, integers);
  return MNISTCNN_OK;
}
