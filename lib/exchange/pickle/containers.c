/* Opcodes of tuples, lists, sets and dictionaries. */
#include "exchange/pickle/machine.h"

static mnistcnn_status push_empty(mcnn_pickle *p, enum mcnn_pickle_kind kind) {
  mcnn_pickle_value *value = NULL;
  const mnistcnn_status status = mcnn_pickle_new(p, kind, &value);
  return status == MNISTCNN_OK ? mcnn_pickle_push(p, value) : status;
}

static mnistcnn_status empty_tuple(mcnn_pickle *p) {
  return push_empty(p, MCNN_PICKLE_TUPLE);
}

static mnistcnn_status empty_list(mcnn_pickle *p) {
  return push_empty(p, MCNN_PICKLE_LIST);
}

static mnistcnn_status empty_dict(mcnn_pickle *p) {
  return push_empty(p, MCNN_PICKLE_DICT);
}

static mnistcnn_status empty_set(mcnn_pickle *p) {
  return push_empty(p, MCNN_PICKLE_SET);
}

/* Of all values above the last mark. */
static mnistcnn_status marked(mcnn_pickle *p, enum mcnn_pickle_kind kind) {
  mcnn_pickle_value *value = NULL, **items = NULL;
  size_t count = 0;
  mnistcnn_status status = mcnn_pickle_pop_mark(p, &items, &count);
  if (status == MNISTCNN_OK)
    status = mcnn_pickle_new(p, kind, &value);
  if (status == MNISTCNN_OK)
    status = mcnn_pickle_append(p, value, items, count);
  return status == MNISTCNN_OK ? mcnn_pickle_push(p, value) : status;
}

static mnistcnn_status marked_tuple(mcnn_pickle *p) {
  return marked(p, MCNN_PICKLE_TUPLE);
}

static mnistcnn_status frozen_set(mcnn_pickle *p) {
  return marked(p, MCNN_PICKLE_SET);
}

static mnistcnn_status short_tuple(mcnn_pickle *p, size_t count) {
  mcnn_pickle_value *items[3] = {NULL}, *value = NULL;
  mnistcnn_status status = MNISTCNN_OK;
  for (size_t i = count; i-- > 0 && status == MNISTCNN_OK;)
    status = mcnn_pickle_pop(p, &items[i]);
  if (status == MNISTCNN_OK)
    status = mcnn_pickle_new(p, MCNN_PICKLE_TUPLE, &value);
  if (status == MNISTCNN_OK)
    status = mcnn_pickle_append(p, value, items, count);
  return status == MNISTCNN_OK ? mcnn_pickle_push(p, value) : status;
}

static mnistcnn_status tuple_of_1(mcnn_pickle *p) {
  return short_tuple(p, 1);
}

static mnistcnn_status tuple_of_2(mcnn_pickle *p) {
  return short_tuple(p, 2);
}

static mnistcnn_status tuple_of_3(mcnn_pickle *p) {
  return short_tuple(p, 3);
}

/* --- filling ---------------------------------------------------------------------------------- */

static mnistcnn_status fill(mcnn_pickle *p, enum mcnn_pickle_kind kind,
                            mcnn_pickle_value *const *items, size_t count) {
  mcnn_pickle_value *value = NULL;
  const mnistcnn_status status = mcnn_pickle_top(p, &value);
  if (status != MNISTCNN_OK)
    return status;
  if (value->kind != kind)
    return mcnn_pickle_fail(p, MNISTCNN_FORMAT, "what it fills is no %s",
                            kind == MCNN_PICKLE_LIST  ? "list"
                            : kind == MCNN_PICKLE_SET ? "set"
                                                      : "dictionary");
  if (kind == MCNN_PICKLE_DICT && count % 2 != 0)
    return mcnn_pickle_fail(p, MNISTCNN_FORMAT, "a key without a value");
  return mcnn_pickle_append(p, value, items, count);
}

static mnistcnn_status fill_marked(mcnn_pickle *p, enum mcnn_pickle_kind kind) {
  mcnn_pickle_value **items = NULL;
  size_t count = 0;
  const mnistcnn_status status = mcnn_pickle_pop_mark(p, &items, &count);
  return status == MNISTCNN_OK ? fill(p, kind, items, count) : status;
}

static mnistcnn_status append_one(mcnn_pickle *p) {
  mcnn_pickle_value *item = NULL;
  const mnistcnn_status status = mcnn_pickle_pop(p, &item);
  return status == MNISTCNN_OK ? fill(p, MCNN_PICKLE_LIST, &item, 1) : status;
}

static mnistcnn_status append_marked(mcnn_pickle *p) {
  return fill_marked(p, MCNN_PICKLE_LIST);
}

static mnistcnn_status add_marked(mcnn_pickle *p) {
  return fill_marked(p, MCNN_PICKLE_SET);
}

static mnistcnn_status set_one(mcnn_pickle *p) {
  mcnn_pickle_value *pair[2] = {NULL, NULL};
  mnistcnn_status status = mcnn_pickle_pop(p, &pair[1]);
  if (status == MNISTCNN_OK)
    status = mcnn_pickle_pop(p, &pair[0]);
  return status == MNISTCNN_OK ? fill(p, MCNN_PICKLE_DICT, pair, 2) : status;
}

static mnistcnn_status set_marked(mcnn_pickle *p) {
  return fill_marked(p, MCNN_PICKLE_DICT);
}

mcnn_pickle_fn mcnn_pickle_container(unsigned char opcode) {
  switch (opcode) {
  case '(':
    return mcnn_pickle_set_mark;
  case ')':
    return empty_tuple;
  case ']':
    return empty_list;
  case '}':
    return empty_dict;
  case 0x8F:
    return empty_set;
  case 't':
    return marked_tuple;
  case 0x91:
    return frozen_set;
  case 0x85:
    return tuple_of_1;
  case 0x86:
    return tuple_of_2;
  case 0x87:
    return tuple_of_3;
  case 'a':
    return append_one;
  case 'e':
    return append_marked;
  case 0x90:
    return add_marked;
  case 's':
    return set_one;
  case 'u':
    return set_marked;
  default:
    return NULL;
  }
}
