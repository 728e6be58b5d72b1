/* What a file is, by its content. */
#ifndef MCNN_EXCHANGE_SNIFF_H
#define MCNN_EXCHANGE_SNIFF_H

#include <stddef.h>

enum mcnn_file_kind {
  MCNN_FILE_OWN,
  MCNN_FILE_HDF5,
  MCNN_FILE_ZIP,
  MCNN_FILE_ONNX,
  MCNN_FILE_TFLITE,
  MCNN_FILE_PICKLE,
  MCNN_FILE_SAFETENSORS, /* of others than this library */
  MCNN_FILE_TFJS,
  MCNN_FILE_OTHER
};

enum mcnn_file_kind mcnn_sniff(const void *data, size_t size_bytes);

/* Why an MCNN_FILE_OTHER cannot be imported: "an HTML page, ..."; never NULL. */
const char *mcnn_sniff_reason(const void *data, size_t size_bytes);

#endif
