/* How a model wants its images. */
#include "api/check.h"
#include "api/preparation.h"
#include "model/model.h"

#define FIRST_SIZE MCNN_SIZE_THROUGH(mnistcnn_preparation, deviation)
static const char TYPE[] = "mnistcnn_preparation";

mnistcnn_status mnistcnn_preparation_init(mnistcnn_preparation *preparation, size_t size) {
  MCNN_REQUIRE(preparation);
  return mcnn_export_options(TYPE, &mcnn_preparation_defaults, FIRST_SIZE, sizeof *preparation,
                             preparation, size);
}

mnistcnn_status mcnn_import_preparation(const mnistcnn_preparation *given,
                                        mnistcnn_preparation *how) {
  *how = mcnn_preparation_defaults;
  const mnistcnn_status status = mcnn_import_options(TYPE, given, FIRST_SIZE, how, sizeof *how);
  return status == MNISTCNN_OK ? mcnn_preparation_check(how) : status;
}

mnistcnn_status mnistcnn_model_preparation(const mnistcnn_model *model,
                                           mnistcnn_preparation *preparation) {
  MCNN_REQUIRE(model);
  MCNN_REQUIRE(preparation);
  return mcnn_export_options(TYPE, &model->preparation, FIRST_SIZE, sizeof *preparation,
                             preparation, preparation->struct_size);
}

mnistcnn_status mnistcnn_model_set_preparation(mnistcnn_model *model,
                                               const mnistcnn_preparation *preparation) {
  mnistcnn_preparation how;
  MCNN_REQUIRE(model);
  MCNN_REQUIRE(preparation);
  const mnistcnn_status status = mcnn_import_preparation(preparation, &how);
  return status == MNISTCNN_OK ? mcnn_model_set_preparation(model, &how) : status;
}
