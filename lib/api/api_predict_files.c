#include "api/check.h"
#include "api/workspace.h"
#include "model/predict_files.h"

static const char TYPE[] = "mnistcnn_file_results";
enum { FIRST_SIZE = sizeof(mnistcnn_file_results) };

static mnistcnn_status check_paths(const mcnn_files_request *request) {
  MCNN_REQUIRE(request->count == 0 || request->paths);
  for (size_t i = 0; i < request->count; i++)
    if (!request->paths[i])
      return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "paths: number %zu is NULL", i);
  return MNISTCNN_OK;
}

static mnistcnn_status check_results(const mnistcnn_model *model,
                                     const mcnn_files_request *request) {
  const mnistcnn_file_results *const results = &request->results;
  MCNN_REQUIRE(request->count == 0 || results->probabilities);
  if (results->messages && results->message_capacity == 0)
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "message_capacity is 0");
  return mcnn_check_capacity(model, request->count, results->probabilities_capacity);
}

/* With a workspace of the caller's, or one for this call. */
static mnistcnn_status run(const mnistcnn_model *model, mnistcnn_workspace *workspace,
                           const mcnn_files_request *request) {
  mnistcnn_workspace *own = NULL;
  mnistcnn_status status = workspace ? mcnn_predictor_check(workspace, model)
                                     : mnistcnn_workspace_create(model, NULL, &own);
  if (status == MNISTCNN_OK)
    status = mcnn_predict_files(workspace ? workspace : own, model, request);
  mnistcnn_workspace_free(own);
  return status;
}

static mnistcnn_status predict_files(const mnistcnn_model *model, mnistcnn_workspace *workspace,
                                     mcnn_files_request *request,
                                     const mnistcnn_file_results *results) {
  MCNN_REQUIRE(model);
  MCNN_REQUIRE(results);
  request->results = (mnistcnn_file_results){.struct_size = sizeof request->results};
  mnistcnn_status status =
      mcnn_import_options(TYPE, results, FIRST_SIZE, &request->results, sizeof request->results);
  if (status == MNISTCNN_OK)
    status = check_paths(request);
  if (status == MNISTCNN_OK)
    status = check_results(model, request);
  return status == MNISTCNN_OK && request->count > 0 ? run(model, workspace, request) : status;
}

mnistcnn_status mnistcnn_predict_image_files(const mnistcnn_model *model,
                                             mnistcnn_workspace *workspace,
                                             const char *const *paths, size_t count,
                                             const mnistcnn_file_results *results) {
  mcnn_files_request request = {.paths = paths, .count = count};
  return mcnn_report(workspace ? mcnn_predictor_error(workspace) : NULL,
                     predict_files(model, workspace, &request, results));
}
