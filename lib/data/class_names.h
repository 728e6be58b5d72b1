/* What the names of classes may be. */
#ifndef MCNN_DATA_CLASS_NAMES_H
#define MCNN_DATA_CLASS_NAMES_H

#include "mnistcnn.h"

/* MNISTCNN_INVALID_ARGUMENT unless the names keep the rules of mnistcnn_model_options. */
mnistcnn_status mcnn_check_class_names(const char *const *names, uint32_t count);

#endif
