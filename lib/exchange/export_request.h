/* What a writer of another framework's files is asked for. */
#ifndef MCNN_EXCHANGE_EXPORT_REQUEST_H
#define MCNN_EXCHANGE_EXPORT_REQUEST_H

#include "base/stream.h"

typedef struct mcnn_export_request {
  const mnistcnn_model *model;
  int32_t format;   /* MNISTCNN_EXPORT_... */
  int unit;         /* the input is 0..1 instead of 0..255 */
  const char *stem; /* the name of the file without folder and ending; NULL: there is no file */
  mcnn_alloc alloc;
} mcnn_export_request;

/* The caller frees the data of both. */
typedef struct mcnn_export_result {
  mcnn_bytes file;
  mcnn_bytes beside; /* a second file in the same folder, of that name with `ending` */
  const char *ending;
} mcnn_export_result;

#endif
