/* The table Keras' summary() prints. */
#ifndef CLI_MODEL_TABLE_H
#define CLI_MODEL_TABLE_H

#include <mnistcnn.h>

/* Prints it to standard output. An exit status; a failure is reported. */
int model_table_print(const mnistcnn_model *model);

#endif
