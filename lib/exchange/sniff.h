/* What a file is, by its content. */
#ifndef MCNN_EXCHANGE_SNIFF_H
#define MCNN_EXCHANGE_SNIFF_H

#include <stddef.h>

enum mcnn_sniffed {
  MCNN_SNIFFED_OWN,
  MCNN_SNIFFED_HDF5,
  MCNN_SNIFFED_ZIP,
  MCNN_SNIFFED_ONNX,
  MCNN_SNIFFED_TFLITE,
  MCNN_SNIFFED_PICKLE,
  MCNN_SNIFFED_SAFETENSORS, /* of others than this library */
  MCNN_SNIFFED_TFJS,
  MCNN_SNIFFED_OTHER
};

enum mcnn_sniffed mcnn_sniff(const void *data, size_t size_bytes);

/* Why an MCNN_SNIFFED_OTHER cannot be imported: "an HTML page, ..."; never NULL. */
const char *mcnn_sniff_reason(const void *data, size_t size_bytes);

#endif
