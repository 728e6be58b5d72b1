#include "exchange/keras/config.h"

#include <math.h>
#include <string.h>

const mcnn_json_value *mcnn_keras_unwrap(const mcnn_json_value *value) {
  enum { MAX_WRAPPINGS = 3 };
  for (int i = 0; i < MAX_WRAPPINGS && mcnn_json_is(value, MCNN_JSON_OBJECT); i++) {
    /* {"class_name": "__tuple__", "items": [2, 2]}; {"type": "ndarray", "value": 0.3};
     * {"class_name": "__numpy__", "config": {"value": 0.3}} */
    const mcnn_json_value *inner = mcnn_json_member(value, "items");
    if (!inner)
      inner = mcnn_json_member(value, "value");
    if (!inner)
      inner = mcnn_json_member(mcnn_json_member(value, "config"), "value");
    if (!inner)
      return value;
    value = inner;
  }
  return value;
}

const mcnn_json_value *mcnn_keras_setting(const mcnn_json_value *config, const char *key,
                                          const char *old) {
  const mcnn_json_value *const value = mcnn_json_member(config, key);
  return mcnn_keras_unwrap(value || !old ? value : mcnn_json_member(config, old));
}

int mcnn_keras_number(const mcnn_json_value *config, const char *key, const char *old,
                      double otherwise, double *number) {
  const mcnn_json_value *value = mcnn_keras_setting(config, key, old);
  *number = otherwise;
  if (!value)
    return 1;
  if (value->kind == MCNN_JSON_ARRAY && value->count == 1)
    value = mcnn_keras_unwrap(value->first);
  if (value->kind != MCNN_JSON_NUMBER || !isfinite(value->number))
    return 0;
  *number = value->number;
  return 1;
}

int mcnn_keras_integer(const mcnn_json_value *value, int64_t *integer) {
  static const double limit = 1e15;
  if (!mcnn_json_is(value, MCNN_JSON_NUMBER) || !(fabs(value->number) < limit) ||
      floor(value->number) != value->number)
    return 0;
  *integer = (int64_t)value->number;
  return 1;
}

static int read_count(const mcnn_json_value *value, uint32_t *count) {
  enum { LIMIT = 1000000000 };
  int64_t integer;
  if (!mcnn_keras_integer(value, &integer) || integer < 0 || integer > LIMIT)
    return 0;
  *count = (uint32_t)integer;
  return 1;
}

int mcnn_keras_count(const mcnn_json_value *config, const char *key, const char *old,
                     uint32_t otherwise, uint32_t *count) {
  const mcnn_json_value *const value = mcnn_keras_setting(config, key, old);
  *count = otherwise;
  return !value || read_count(value, count);
}

int mcnn_keras_pair(const mcnn_json_value *config, const char *key, const char *old,
                    uint32_t otherwise, uint32_t pair[2]) {
  const mcnn_json_value *const value = mcnn_keras_setting(config, key, old);
  pair[0] = pair[1] = otherwise;
  if (!value)
    return 1;
  if (value->kind != MCNN_JSON_ARRAY) {
    const int read = read_count(value, &pair[0]);
    pair[1] = pair[0];
    return read;
  }
  return value->count == 2 && read_count(value->first, &pair[0]) &&
         read_count(value->first->next, &pair[1]);
}

int mcnn_keras_flag(const mcnn_json_value *config, const char *key, const char *old, int otherwise,
                    int *flag) {
  const mcnn_json_value *const value = mcnn_keras_setting(config, key, old);
  *flag = otherwise;
  if (!value)
    return 1;
  if (value->kind != MCNN_JSON_BOOL && value->kind != MCNN_JSON_NUMBER)
    return 0;
  *flag = value->number != 0;
  return 1;
}

int mcnn_keras_channels_first(const mcnn_json_value *config) {
  return mcnn_json_equals(mcnn_json_member(config, "data_format"), "channels_first") ||
         mcnn_json_equals(mcnn_json_member(config, "dim_ordering"), "th");
}
