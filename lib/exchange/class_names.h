/* The names of a model's classes in other formats. */
#ifndef MCNN_EXCHANGE_CLASS_NAMES_H
#define MCNN_EXCHANGE_CLASS_NAMES_H

#include "exchange/json/writer.h"

/* As a list of texts. */
mnistcnn_status mcnn_json_class_names(mcnn_json_writer *writer, const mnistcnn_model *model);

#endif
