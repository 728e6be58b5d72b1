/* `predict` on many files at a time. */
#ifndef CLI_PREDICT_BATCH_H
#define CLI_PREDICT_BATCH_H

#include "files/input_list.h"
#include "predict/predictor.h"

/* Room for the results of up to `capacity` files. */
typedef struct predict_batch {
  size_t capacity;
  const char **paths;
  mnistcnn_file_results results;
} predict_batch;

/* False, with a message, if memory is lacking. Call batch_free() in any case. */
bool batch_create(predict_batch *batch, const predictor *p, size_t capacity);
void batch_free(predict_batch *batch);

/* Predicts the files and prints the answers in their order. Returns the exit status: a failure if
 * any file cannot be read. */
int batch_predict(predict_batch *batch, predictor *p, const input_file *inputs, size_t count);

/* The status of two parts of the work. */
int worse_status(int status, int other);

#endif
