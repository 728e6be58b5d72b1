/* What the module for models of other frameworks offers beside memory.c and model.c. */
#ifndef WEB_EXCHANGE_H
#define WEB_EXCHANGE_H

#include "exports.h"

#include <mnistcnn_exchange.h>

/* encoding and architecture 0: as the file says. prepare: MNISTCNN_PREPARE_... */
EXPORT(import_model)
mnistcnn_model *web_import(const void *data, size_t bytes, const char *encoding,
                           const char *architecture, int32_t prepare);

#endif
