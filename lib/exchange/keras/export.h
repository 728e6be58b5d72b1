/* Models to Keras files. */
#ifndef MCNN_EXCHANGE_KERAS_EXPORT_H
#define MCNN_EXCHANGE_KERAS_EXPORT_H

#include "base/stream.h"

/* format: MNISTCNN_EXPORT_...; the caller frees the bytes. */
mnistcnn_status mcnn_keras_export(const mnistcnn_model *model, int32_t format,
                                  const mcnn_alloc *alloc, mcnn_bytes *bytes);

#endif
