/* Many image files: prepared by all threads of a predictor, predicted in batches. */
#ifndef MCNN_MODEL_PREDICT_FILES_H
#define MCNN_MODEL_PREDICT_FILES_H

#include "model/predictor.h"

/* Where the results go; the members are checked, and `results` has all its members. The predictor
 * has passed mcnn_predictor_check(). Returns a failure of the call itself or, without statuses, of
 * the first file that failed. */
typedef struct mcnn_files_request {
  const char *const *paths;
  size_t count;
  mnistcnn_file_results results;
} mcnn_files_request;

mnistcnn_status mcnn_predict_files(mnistcnn_workspace *workspace, const mnistcnn_model *model,
                                   const mcnn_files_request *request);

#endif
