/* What the readers of pickles ask of values. */
#include "exchange/pickle/pickle.h"

#include <string.h>

static int is_kind_of_text(const mcnn_pickle_value *value, enum mcnn_pickle_kind kind,
                           const char *text) {
  return value && value->kind == kind && value->length == strlen(text) &&
         memcmp(value->text, text, value->length) == 0;
}

int mcnn_pickle_is_text(const mcnn_pickle_value *value, const char *text) {
  return is_kind_of_text(value, MCNN_PICKLE_TEXT, text);
}

int mcnn_pickle_is_name(const mcnn_pickle_value *value, const char *name) {
  return is_kind_of_text(value, MCNN_PICKLE_NAME, name);
}

int mcnn_pickle_is_call(const mcnn_pickle_value *value, const char *name, uint32_t count,
                        const mcnn_pickle_value **arguments) {
  if (!value || value->kind != MCNN_PICKLE_CALL || !mcnn_pickle_is_name(value->items[0], name) ||
      value->items[1]->count < count)
    return 0;
  *arguments = value->items[1];
  return 1;
}

const mcnn_pickle_value *mcnn_pickle_member(const mcnn_pickle_value *dict, const char *key) {
  if (!dict || dict->kind != MCNN_PICKLE_DICT || dict->count > 2 * MCNN_PICKLE_MAX_MEMBERS)
    return NULL;
  for (uint32_t i = dict->count; i >= 2; i -= 2)
    if (mcnn_pickle_is_text(dict->items[i - 2], key))
      return dict->items[i - 1];
  return NULL;
}

const mcnn_pickle_value *mcnn_pickle_item(const mcnn_pickle_value *value, uint32_t index) {
  return value && (value->kind == MCNN_PICKLE_TUPLE || value->kind == MCNN_PICKLE_LIST) &&
                 index < value->count
             ? value->items[index]
             : NULL;
}

int mcnn_pickle_count(const mcnn_pickle_value *value, uint64_t *count) {
  if (!value || value->kind != MCNN_PICKLE_INT || value->integer < 0)
    return 0;
  *count = (uint64_t)value->integer;
  return 1;
}
