/* Opcodes of names, calls and objects, none of which does what Python would do. */
#include "base/status.h"
#include "base/utf8.h"
#include "exchange/pickle/machine.h"

#include <stdio.h>
#include <string.h>

/* --- names ------------------------------------------------------------------------------------ */

static mnistcnn_status push_name(mcnn_pickle *p, const char *module, size_t module_length,
                                 const char *name, size_t name_length) {
  mcnn_pickle_value *value = NULL;
  const size_t length = module_length + 1 + name_length;
  if (module_length == 0 || name_length == 0 || length >= MCNN_PICKLE_MAX_NAME ||
      !mcnn_utf8_is_text(module, module_length) || !mcnn_utf8_is_text(name, name_length))
    return mcnn_pickle_fail(p, MNISTCNN_FORMAT,
                            "the name of a class is empty, too long or no text");
  mnistcnn_status status = mcnn_pickle_new(p, MCNN_PICKLE_NAME, &value);
  char *const text = status == MNISTCNN_OK ? mcnn_pickle_memory(p, length + 1) : NULL;
  if (!text)
    return MNISTCNN_OUT_OF_MEMORY;
  memcpy(text, module, module_length);
  text[module_length] = '.';
  memcpy(text + module_length + 1, name, name_length);
  text[length] = '\0';
  value->text = text;
  value->length = length;
  value->next = p->names;
  p->names = value;
  return mcnn_pickle_push(p, value);
}

static mnistcnn_status take_line(mcnn_pickle *p, const char **line, size_t *length) {
  const unsigned char *const start = p->data + p->at;
  const unsigned char *const end = memchr(start, '\n', p->size - p->at);
  if (!end)
    return mcnn_pickle_fail(p, MNISTCNN_FORMAT, "it is cut off");
  *line = (const char *)start;
  *length = (size_t)(end - start);
  p->at += *length + 1;
  return MNISTCNN_OK;
}

static mnistcnn_status name_by_lines(mcnn_pickle *p) {
  const char *module = NULL, *name = NULL;
  size_t module_length = 0, name_length = 0;
  mnistcnn_status status = take_line(p, &module, &module_length);
  if (status == MNISTCNN_OK)
    status = take_line(p, &name, &name_length);
  return status == MNISTCNN_OK ? push_name(p, module, module_length, name, name_length) : status;
}

static mnistcnn_status name_by_stack(mcnn_pickle *p) {
  mcnn_pickle_value *module = NULL, *name = NULL;
  mnistcnn_status status = mcnn_pickle_pop(p, &name);
  if (status == MNISTCNN_OK)
    status = mcnn_pickle_pop(p, &module);
  if (status != MNISTCNN_OK)
    return status;
  if (module->kind != MCNN_PICKLE_TEXT || name->kind != MCNN_PICKLE_TEXT)
    return mcnn_pickle_fail(p, MNISTCNN_FORMAT, "the name of a class is no text");
  return push_name(p, module->text, module->length, name->text, name->length);
}

/* --- calls ------------------------------------------------------------------------------------ */

static mnistcnn_status add_pair(mcnn_pickle *p, mcnn_pickle_value *dict,
                                const mcnn_pickle_value *pair) {
  if ((pair->kind != MCNN_PICKLE_LIST && pair->kind != MCNN_PICKLE_TUPLE) || pair->count != 2)
    return mcnn_pickle_fail(p, MNISTCNN_FORMAT, "a dictionary is made of what is no pair");
  return mcnn_pickle_append(p, dict, pair->items, 2);
}

/* OrderedDict() and, of Python 2, OrderedDict([[key, value], ...]); defaultdict(factory). */
static mnistcnn_status make_dict(mcnn_pickle *p, const mcnn_pickle_value *arguments, int has_pairs,
                                 mcnn_pickle_value **value) {
  const mcnn_pickle_value *const pairs =
      has_pairs && arguments->count > 0 ? arguments->items[0] : NULL;
  mnistcnn_status status = mcnn_pickle_new(p, MCNN_PICKLE_DICT, value);
  if (status == MNISTCNN_OK && pairs && pairs->kind != MCNN_PICKLE_LIST)
    status = mcnn_pickle_fail(p, MNISTCNN_FORMAT, "a dictionary is made of what is no list");
  for (uint32_t i = 0; pairs && i < pairs->count && status == MNISTCNN_OK; i++)
    status = add_pair(p, *value, pairs->items[i]);
  return status;
}

static mnistcnn_status make_set(mcnn_pickle *p, const mcnn_pickle_value *arguments,
                                mcnn_pickle_value **value) {
  const mcnn_pickle_value *const list = arguments->count > 0 ? arguments->items[0] : NULL;
  mnistcnn_status status = mcnn_pickle_new(p, MCNN_PICKLE_SET, value);
  if (status == MNISTCNN_OK && list && list->kind != MCNN_PICKLE_LIST)
    status = mcnn_pickle_fail(p, MNISTCNN_FORMAT, "a set is made of what is no list");
  return status == MNISTCNN_OK && list ? mcnn_pickle_append(p, *value, list->items, list->count)
                                       : status;
}

static int may_be_called(const mcnn_pickle *p, const char *name) {
  for (size_t i = 0; p->callables[i]; i++)
    if (strcmp(p->callables[i], name) == 0)
      return 1;
  return 0;
}

static mnistcnn_status make_call(mcnn_pickle *p, mcnn_pickle_value *callee,
                                 mcnn_pickle_value *arguments, mcnn_pickle_value **value) {
  mcnn_pickle_value *const items[2] = {callee, arguments};
  mnistcnn_status status = mcnn_pickle_new(p, MCNN_PICKLE_CALL, value);
  return status == MNISTCNN_OK ? mcnn_pickle_append(p, *value, items, 2) : status;
}

static mnistcnn_status reduce(mcnn_pickle *p) {
  mcnn_pickle_value *arguments = NULL, *callee = NULL, *value = NULL;
  mnistcnn_status status = mcnn_pickle_pop(p, &arguments);
  if (status == MNISTCNN_OK)
    status = mcnn_pickle_pop(p, &callee);
  if (status != MNISTCNN_OK)
    return status;
  if (callee->kind != MCNN_PICKLE_NAME || arguments->kind != MCNN_PICKLE_TUPLE)
    return mcnn_pickle_fail(p, MNISTCNN_UNSUPPORTED,
                            "calls something that has no name; nothing was run");
  if (mcnn_pickle_is_name(callee, "collections.OrderedDict"))
    status = make_dict(p, arguments, 1, &value);
  else if (mcnn_pickle_is_name(callee, "collections.defaultdict"))
    status = make_dict(p, arguments, 0, &value);
  else if (mcnn_pickle_is_name(callee, "__builtin__.set") ||
           mcnn_pickle_is_name(callee, "builtins.set"))
    status = make_set(p, arguments, &value);
  else if (may_be_called(p, callee->text))
    status = make_call(p, callee, arguments, &value);
  else
    status = mcnn_pickle_fail(p, MNISTCNN_UNSUPPORTED,
                              "it would call %s, which no state_dict needs; nothing was run. Save "
                              "the weights alone: torch.save(model.state_dict(), \"weights.pt\")",
                              callee->text);
  return status == MNISTCNN_OK ? mcnn_pickle_push(p, value) : status;
}

/* --- objects ---------------------------------------------------------------------------------- */

/* The class's name, also where it stands outside of the pickle with its source text, as
 * torch.save() wrote it before 1.6. NULL: it is no class. */
static mcnn_pickle_value *class_name(mcnn_pickle_value *value) {
  if (value->kind == MCNN_PICKLE_PERSISTENT) {
    const mcnn_pickle_value *const id = value->items[0];
    if (!mcnn_pickle_is_text(mcnn_pickle_item(id, 0), "module") || id->count < 2)
      return NULL;
    value = id->items[1];
  }
  return value->kind == MCNN_PICKLE_NAME ? value : NULL;
}

static mnistcnn_status new_object(mcnn_pickle *p) {
  mcnn_pickle_value *items[2] = {NULL, NULL}, *value = NULL;
  mnistcnn_status status = mcnn_pickle_pop(p, &items[1]);
  if (status == MNISTCNN_OK)
    status = mcnn_pickle_pop(p, &items[0]);
  if (status != MNISTCNN_OK)
    return status;
  items[0] = class_name(items[0]);
  if (!items[0] || items[1]->kind != MCNN_PICKLE_TUPLE)
    return mcnn_pickle_fail(p, MNISTCNN_FORMAT, "an object without a class");
  status = mcnn_pickle_new(p, MCNN_PICKLE_OBJECT, &value);
  if (status == MNISTCNN_OK)
    status = mcnn_pickle_append(p, value, items, 2);
  return status == MNISTCNN_OK ? mcnn_pickle_push(p, value) : status;
}

/* Gives an object its state; that of a dictionary are attributes, which are of no account. */
static mnistcnn_status build_state(mcnn_pickle *p) {
  mcnn_pickle_value *state = NULL, *value = NULL;
  mnistcnn_status status = mcnn_pickle_pop(p, &state);
  if (status == MNISTCNN_OK)
    status = mcnn_pickle_top(p, &value);
  if (status != MNISTCNN_OK)
    return status;
  if (value->kind == MCNN_PICKLE_DICT && state->kind == MCNN_PICKLE_DICT)
    return MNISTCNN_OK;
  if (value->kind != MCNN_PICKLE_OBJECT || value->count > 2)
    return mcnn_pickle_fail(p, MNISTCNN_UNSUPPORTED,
                            "gives a state to what has none; nothing was run");
  if (mcnn_pickle_member(state, "_modules"))
    value->items[0]->is_module = 1;
  return mcnn_pickle_append(p, value, &state, 1);
}

static mnistcnn_status persistent(mcnn_pickle *p) {
  mcnn_pickle_value *id = NULL, *value = NULL;
  mnistcnn_status status = mcnn_pickle_pop(p, &id);
  if (status == MNISTCNN_OK)
    status = mcnn_pickle_new(p, MCNN_PICKLE_PERSISTENT, &value);
  if (status == MNISTCNN_OK)
    status = mcnn_pickle_append(p, value, &id, 1);
  if (status != MNISTCNN_OK)
    return status;
  value->next = p->persistents;
  p->persistents = value;
  return mcnn_pickle_push(p, value);
}

mcnn_pickle_fn mcnn_pickle_caller(unsigned char opcode) {
  switch (opcode) {
  case 'c':
    return name_by_lines;
  case 0x93:
    return name_by_stack;
  case 'R':
    return reduce;
  case 0x81:
    return new_object;
  case 'b':
    return build_state;
  case 'Q':
    return persistent;
  default:
    return NULL;
  }
}
