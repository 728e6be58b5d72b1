/* Options of trainings, which more than one file of lib/api looks at. */
#ifndef MCNN_API_TRAIN_OPTIONS_H
#define MCNN_API_TRAIN_OPTIONS_H

#include "api/import.h"

/* given NULL: the defaults. Only `error` is checked. */
mnistcnn_status mcnn_import_train_options(const mnistcnn_train_options *given,
                                          mnistcnn_train_options *options);

/* Ranges and contradictions; the message names the field. */
mnistcnn_status mcnn_check_train_options(const mnistcnn_train_options *options);

#endif
