#include "exchange/network/preparation.h"

#include "base/status.h"
#include "mnistcnn.h"

mnistcnn_status mcnn_input_affine(const mnistcnn_model *model, int unit, float scale[3],
                                  float offset[3]) {
  mnistcnn_preparation p = MNISTCNN_PREPARATION_INIT;
  const mnistcnn_status status = mnistcnn_model_preparation(model, &p);
  if (status != MNISTCNN_OK)
    return mcnn_fail(status, "%s", mnistcnn_last_error());
  for (int c = 0; c < 3; c++) {
    const float sign = p.invert ? -1.0f : 1.0f, start = p.invert ? 255.0f * p.scale : 0.0f;
    scale[c] = sign * p.scale / p.deviation[c] * (unit ? 255.0f : 1.0f);
    offset[c] = (start + p.offset - p.mean[c]) / p.deviation[c];
  }
  return MNISTCNN_OK;
}
