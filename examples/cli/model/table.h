/* A model as text: the table Keras' summary() prints, and the operations it runs as. */
#ifndef CLI_MODEL_TABLE_H
#define CLI_MODEL_TABLE_H

#include <mnistcnn.h>

/* Both print to standard output. An exit status; a failure is reported. */
int model_table_print(const mnistcnn_model *model);
int model_plan_print(const mnistcnn_model *model);

#endif
