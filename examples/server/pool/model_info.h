/* What a worker says about its model. Never changed once it is read, and freed by the last user. */
#ifndef SERVER_POOL_MODEL_INFO_H
#define SERVER_POOL_MODEL_INFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sandbox/sandbox.h"
#include "wire/pack.h"

typedef struct model_info {
  _Atomic uint32_t users;
  sandbox_state sandbox;
  uint32_t height;
  uint32_t width;
  uint32_t channels;
  uint32_t classes;
  char **class_names; /* [classes] */
  uint64_t parameters;
  float temperature;
  float rejection_threshold;
  bool prepares_digits;
  char *architecture;
  char *instruction_set;
  char *build;
} model_info;

/* NULL where the message is malformed. */
model_info *model_info_read(cursor *in);
model_info *model_info_hold(model_info *info); /* NULL stays NULL */
void model_info_release(model_info *info);

/* Values of one image. */
size_t model_info_inputs(const model_info *info);

#endif
