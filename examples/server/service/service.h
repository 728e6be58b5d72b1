/* What all requests have in common. */
#ifndef SERVER_SERVICE_SERVICE_H
#define SERVER_SERVICE_SERVICE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "pool/pool.h"

typedef struct service {
  pool *pool;
  const char *model_name;
  const char *model_version;
  uint32_t max_images; /* of a request */
  atomic_bool drains;  /* the server is about to stop */
} service;

/* Whether requests can be answered, and will be for some time. */
bool service_ready(const service *s);

#endif
