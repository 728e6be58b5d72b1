#include "v2/datatype.h"

#include <stdint.h>
#include <string.h>

static const char *const known[] = {"BOOL",  "UINT16", "UINT32", "UINT64", "INT8", "INT16",
                                    "INT32", "INT64",  "FP16",   "BF16",   "FP64"};

datatype datatype_read(const char *name, problem *p) {
  enum { SHOWN = 32 };

  if (strcmp(name, "FP32") == 0)
    return DATATYPE_FP32;
  if (strcmp(name, "UINT8") == 0)
    return DATATYPE_UINT8;
  if (strcmp(name, "BYTES") == 0)
    return DATATYPE_BYTES;
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    if (strcmp(name, known[i]) == 0) {
      problem_set(p, 400,
                  "the datatype is %s; this model takes FP32 (intensities 0 to 1), UINT8 (bytes) "
                  "and BYTES (encoded images)",
                  name);
      return DATATYPE_NONE;
    }
  }
  problem_set(p, 400, "%.*s is no datatype; this model takes FP32, UINT8 and BYTES", SHOWN, name);
  return DATATYPE_NONE;
}

size_t datatype_size(datatype type) {
  switch (type) {
  case DATATYPE_FP32:
    return sizeof(float);
  case DATATYPE_UINT8:
    return 1;
  default:
    return 0;
  }
}
