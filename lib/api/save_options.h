/* Where models and checkpoints are written to. */
#ifndef MCNN_API_SAVE_OPTIONS_H
#define MCNN_API_SAVE_OPTIONS_H

#include "api/import.h"
#include "base/stream.h"

/* given: not NULL. Only `error` is checked. */
mnistcnn_status mcnn_import_save_options(const mnistcnn_save_options *given,
                                         mnistcnn_save_options *options);

/* Checks the rest; *target points to options->path or to *writer. */
mnistcnn_status mcnn_read_save_target(const mnistcnn_save_options *options, mnistcnn_writer *writer,
                                      mcnn_target *target);

#endif
