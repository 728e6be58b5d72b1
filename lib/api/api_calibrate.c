#include "api/check.h"
#include "model/check_dataset.h"
#include "train/calibrate.h"

mnistcnn_status mnistcnn_model_calibrate(mnistcnn_model *model, const mnistcnn_dataset *dataset,
                                         float accepted) {
  MCNN_REQUIRE(model);
  MCNN_REQUIRE(dataset);
  if (!(accepted >= 0 && accepted <= 1))
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "accepted must be 0 to 1");
  const mnistcnn_status status = mcnn_check_dataset(model, dataset, "calibration");
  return status == MNISTCNN_OK ? mcnn_model_calibrate(model, dataset, accepted) : status;
}
