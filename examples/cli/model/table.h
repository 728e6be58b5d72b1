/* A model as text: the table of Keras' summary(), and the operations it is executed as. */
#ifndef CLI_MODEL_TABLE_H
#define CLI_MODEL_TABLE_H

#include <mnistcnn.h>

/* Both print to standard output and return an exit status; a failure is reported. */
int model_table_print(const mnistcnn_model *model);
int model_plan_print(const mnistcnn_model *model);

#endif
