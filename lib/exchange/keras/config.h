/* Settings of a layer, by the names that Keras 2 and 3 and Keras 1 have for them. */
#ifndef MCNN_EXCHANGE_KERAS_CONFIG_H
#define MCNN_EXCHANGE_KERAS_CONFIG_H

#include "exchange/json/tree.h"

/* The member of either name; old may be NULL. What Keras wraps (tuples, arrays, tensors) is given
 * without its wrapping. NULL: neither is there, or it is null. */
const mcnn_json_value *mcnn_keras_setting(const mcnn_json_value *config, const char *key,
                                          const char *old);
/* A value without its wrapping; NULL for NULL. */
const mcnn_json_value *mcnn_keras_unwrap(const mcnn_json_value *value);

/* These return 0 where there is something else than they read; what is not there is `otherwise`. */
int mcnn_keras_number(const mcnn_json_value *config, const char *key, const char *old,
                      double otherwise, double *number);
int mcnn_keras_count(const mcnn_json_value *config, const char *key, const char *old,
                     uint32_t otherwise, uint32_t *count);
/* One number for both, or two. */
int mcnn_keras_pair(const mcnn_json_value *config, const char *key, const char *old,
                    uint32_t otherwise, uint32_t pair[2]);
int mcnn_keras_flag(const mcnn_json_value *config, const char *key, const char *old, int otherwise,
                    int *flag);

/* Whether its channels come first. */
int mcnn_keras_channels_first(const mcnn_json_value *config);

/* An integer that is one, also a negative one; 0 for anything else. */
int mcnn_keras_integer(const mcnn_json_value *value, int64_t *integer);

#endif
