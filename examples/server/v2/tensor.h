/* The data of an input: as JSON, flat or nested, or in binary. */
#ifndef SERVER_V2_TENSOR_H
#define SERVER_V2_TENSOR_H

#include "pool/job.h"
#include "v2/datatype.h"
#include "v2/shape.h"

struct json_t;

typedef struct tensor {
  datatype type;
  shape shape;
  uint32_t images;
  uint64_t elements; /* the product of the shape */
} tensor;

/* A job for these images. What it points to is in `data` (elements of JSON) or in the bytes. NULL
 * with a problem. */
job *tensor_from_json(const tensor *t, const struct json_t *values, buffer *data, problem *p);
job *tensor_from_bytes(const tensor *t, const uint8_t *bytes, size_t size, problem *p);

#endif
