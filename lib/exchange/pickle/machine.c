/* The stack, the memo and the memory of the machine that opcodes work on. */
#include "exchange/pickle/machine.h"

#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { BLOCK_BYTES = 16 << 10, FIRST_ITEMS = 4, VALUE_ALIGNMENT = 8 };

mnistcnn_status mcnn_pickle_fail(const mcnn_pickle *p, mnistcnn_status status, const char *format,
                                 ...) {
  char reason[MCNN_ERROR_CAPACITY];
  va_list values;
  va_start(values, format);
  (void)vsnprintf(reason, sizeof reason, format, values);
  va_end(values);
  return mcnn_fail(status, "%s: the pickle at byte %zu: %s", p->label, p->opcode_at, reason);
}

/* --- bytes ------------------------------------------------------------------------------------ */

mnistcnn_status mcnn_pickle_take(mcnn_pickle *p, uint64_t count, const unsigned char **bytes) {
  if (count > p->size - p->at)
    return mcnn_pickle_fail(p, MNISTCNN_FORMAT, "it is cut off");
  *bytes = p->data + p->at;
  p->at += (size_t)count;
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_pickle_take_number(mcnn_pickle *p, unsigned bytes, uint64_t *number) {
  const unsigned char *data = NULL;
  const mnistcnn_status status = mcnn_pickle_take(p, bytes, &data);
  *number = 0;
  for (unsigned i = bytes; i > 0 && data; i--)
    *number = *number << 8 | data[i - 1];
  return status;
}

/* --- memory ----------------------------------------------------------------------------------- */

static mcnn_pickle_block *add_block(mcnn_pickle *p, size_t size_bytes) {
  const size_t size = size_bytes > BLOCK_BYTES ? size_bytes : BLOCK_BYTES;
  mcnn_pickle_block *const block = mcnn_alloc_array(&p->alloc, sizeof *block + size, 1);
  if (!block)
    return NULL;
  *block = (mcnn_pickle_block){.next = p->blocks, .size = size};
  p->blocks = block;
  return block;
}

void *mcnn_pickle_memory(mcnn_pickle *p, size_t size_bytes) {
  const size_t size = (size_bytes + VALUE_ALIGNMENT - 1) / VALUE_ALIGNMENT * VALUE_ALIGNMENT;
  mcnn_pickle_block *block = p->blocks;
  if (!block || size > block->size - block->used)
    block = add_block(p, size);
  if (!block)
    return NULL;
  block->used += size;
  return (unsigned char *)(block + 1) + block->used - size;
}

mnistcnn_status mcnn_pickle_new(mcnn_pickle *p, enum mcnn_pickle_kind kind,
                                mcnn_pickle_value **value) {
  if (p->num_values == MCNN_PICKLE_MAX_VALUES)
    return mcnn_pickle_fail(p, MNISTCNN_LIMIT, "more than %d values", MCNN_PICKLE_MAX_VALUES);
  *value = mcnn_pickle_memory(p, sizeof **value);
  if (!*value)
    return MNISTCNN_OUT_OF_MEMORY;
  memset(*value, 0, sizeof **value);
  (*value)->kind = kind;
  p->num_values++;
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_pickle_append(mcnn_pickle *p, mcnn_pickle_value *value,
                                   mcnn_pickle_value *const *items, size_t count) {
  const size_t needed = value->count + count;
  if (needed > 2 * (size_t)MCNN_PICKLE_MAX_VALUES)
    return mcnn_pickle_fail(p, MNISTCNN_LIMIT, "a container of more than %d values",
                            2 * MCNN_PICKLE_MAX_VALUES);
  if (needed > value->capacity) {
    size_t capacity = 2 * (size_t)value->capacity;
    capacity = capacity > needed ? capacity : needed > FIRST_ITEMS ? needed : FIRST_ITEMS;
    mcnn_pickle_value **const larger = mcnn_pickle_memory(p, capacity * sizeof *larger);
    if (!larger)
      return MNISTCNN_OUT_OF_MEMORY;
    if (value->count > 0)
      memcpy(larger, value->items, value->count * sizeof *larger);
    value->items = larger;
    value->capacity = (uint32_t)capacity;
  }
  if (count > 0)
    memcpy(value->items + value->count, items, count * sizeof *items);
  value->count = (uint32_t)needed;
  return MNISTCNN_OK;
}

/* --- the stack -------------------------------------------------------------------------------- */

/* Room for one more element; what is new is zero. */
static mnistcnn_status grow(const mcnn_pickle *p, void **array, size_t needed, size_t *capacity,
                            size_t element) {
  if (needed <= *capacity)
    return MNISTCNN_OK;
  const size_t larger = needed < 64 ? 64 : needed * 2;
  unsigned char *const grown = mcnn_alloc_zeroed(&p->alloc, larger, element);
  if (!grown)
    return MNISTCNN_OUT_OF_MEMORY;
  if (*array)
    memcpy(grown, *array, *capacity * element);
  mcnn_free(&p->alloc, *array);
  *array = grown;
  *capacity = larger;
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_pickle_push(mcnn_pickle *p, mcnn_pickle_value *value) {
  void *stack = p->stack;
  if (p->depth == MCNN_PICKLE_MAX_VALUES)
    return mcnn_pickle_fail(p, MNISTCNN_LIMIT, "more than %d values on its stack",
                            MCNN_PICKLE_MAX_VALUES);
  const mnistcnn_status status =
      grow(p, &stack, p->depth + 1, &p->stack_capacity, sizeof(mcnn_pickle_value *));
  p->stack = stack;
  if (status == MNISTCNN_OK)
    p->stack[p->depth++] = value;
  return status;
}

static size_t floor_of_stack(const mcnn_pickle *p) {
  return p->num_marks > 0 ? p->marks[p->num_marks - 1] : 0;
}

mnistcnn_status mcnn_pickle_top(mcnn_pickle *p, mcnn_pickle_value **value) {
  if (p->depth <= floor_of_stack(p))
    return mcnn_pickle_fail(p, MNISTCNN_FORMAT, "a value is missing");
  *value = p->stack[p->depth - 1];
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_pickle_pop(mcnn_pickle *p, mcnn_pickle_value **value) {
  const mnistcnn_status status = mcnn_pickle_top(p, value);
  if (status == MNISTCNN_OK)
    p->depth--;
  return status;
}

mnistcnn_status mcnn_pickle_set_mark(mcnn_pickle *p) {
  void *marks = p->marks;
  if (p->num_marks == MCNN_PICKLE_MAX_VALUES)
    return mcnn_pickle_fail(p, MNISTCNN_LIMIT, "more than %d marks", MCNN_PICKLE_MAX_VALUES);
  const mnistcnn_status status =
      grow(p, &marks, p->num_marks + 1, &p->marks_capacity, sizeof *p->marks);
  p->marks = marks;
  if (status == MNISTCNN_OK)
    p->marks[p->num_marks++] = p->depth;
  return status;
}

mnistcnn_status mcnn_pickle_pop_mark(mcnn_pickle *p, mcnn_pickle_value ***items, size_t *count) {
  if (p->num_marks == 0)
    return mcnn_pickle_fail(p, MNISTCNN_FORMAT, "a mark is missing");
  const size_t mark = p->marks[--p->num_marks];
  *count = p->depth - mark;
  *items = p->stack ? p->stack + mark : NULL;
  p->depth = mark;
  return MNISTCNN_OK;
}

/* --- the memo --------------------------------------------------------------------------------- */

mnistcnn_status mcnn_pickle_remember(mcnn_pickle *p, uint64_t index) {
  mcnn_pickle_value *value = NULL;
  void *memo = p->memo;
  mnistcnn_status status = mcnn_pickle_top(p, &value);
  if (status == MNISTCNN_OK && index >= MCNN_PICKLE_MAX_VALUES)
    status = mcnn_pickle_fail(p, MNISTCNN_LIMIT, "entry %llu of its memo is beyond %d",
                              (unsigned long long)index, MCNN_PICKLE_MAX_VALUES - 1);
  if (status != MNISTCNN_OK)
    return status;
  status = grow(p, &memo, (size_t)index + 1, &p->memo_capacity, sizeof(mcnn_pickle_value *));
  p->memo = memo;
  if (status != MNISTCNN_OK)
    return status;
  if (!p->memo[index])
    p->memo_count++;
  p->memo[index] = value;
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_pickle_recall(mcnn_pickle *p, uint64_t index) {
  if (index >= p->memo_capacity || !p->memo[index])
    return mcnn_pickle_fail(p, MNISTCNN_FORMAT, "entry %llu of its memo is not there",
                            (unsigned long long)index);
  return mcnn_pickle_push(p, p->memo[index]);
}
