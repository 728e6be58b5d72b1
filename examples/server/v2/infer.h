/* An inference request. */
#ifndef SERVER_V2_INFER_H
#define SERVER_V2_INFER_H

#include "v2/v2.h"

struct json_t;

typedef struct infer {
  struct json_t *json; /* what the id points into */
  const char *id;      /* NULL: none */
  size_t id_length;
  bool wanted[V2_OUTPUTS];
  bool binary[V2_OUTPUTS];
} infer;

/* Reads the body of the call for a model: sets its job and `parsed`, or a problem. */
void infer_read(call *c, const model_info *model);

#endif
