#ifndef SERVER_V2_DATATYPE_H
#define SERVER_V2_DATATYPE_H

#include <stddef.h>

#include "text/problem.h"

typedef enum datatype {
  DATATYPE_NONE,
  DATATYPE_FP32,  /* intensities 0..1 */
  DATATYPE_UINT8, /* bytes 0..255 */
  DATATYPE_BYTES  /* encoded images */
} datatype;

/* DATATYPE_NONE, with a problem, for what is not taken here, or nowhere. */
datatype datatype_read(const char *name, problem *p);

/* Bytes of an element; 0 where they vary. */
size_t datatype_size(datatype type);

#endif
