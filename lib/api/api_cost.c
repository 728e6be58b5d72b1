/* What predictions and trainings of a model cost. */
#include "api/check.h"
#include "api/cost.h"
#include "api/train_options.h"
#include "api/workspace.h"
#include "model/check_dataset.h"
#include "model/predictor.h"
#include "train/cost.h"
#include "train/options.h"

/* Adds the model's own. */
static mnistcnn_status copy_out(const mnistcnn_model *model, const mcnn_cost *use,
                                mnistcnn_cost *cost) {
  mcnn_cost own;
  const mnistcnn_status status =
      mcnn_model_cost(model->arch, mcnn_net_isa(model->net), mcnn_model_text_bytes(model), &own);
  if (status != MNISTCNN_OK)
    return status;
  const mnistcnn_cost complete = {.model_bytes = own.bytes,
                                  .memory_bytes = use->bytes,
                                  .peak_bytes = mcnn_saturating_add(own.bytes, use->bytes),
                                  .multiply_adds = use->macs};
  mcnn_copy_out_cost(&complete, cost);
  return MNISTCNN_OK;
}

mnistcnn_status mnistcnn_model_predict_cost(const mnistcnn_model *model,
                                            const mnistcnn_workspace_options *options,
                                            mnistcnn_cost *cost) {
  mnistcnn_workspace_options complete;
  mcnn_cost use;
  MCNN_REQUIRE(model);
  MCNN_REQUIRE(cost);
  mnistcnn_status status = mcnn_check_cost(cost);
  if (status == MNISTCNN_OK)
    status = mcnn_import_workspace_options(options, &complete);
  if (status == MNISTCNN_OK)
    status = mcnn_check_workspace_options(&complete);
  if (status == MNISTCNN_OK)
    status = mcnn_predict_cost(model->arch, mcnn_net_isa(model->net), &complete, &use);
  return status == MNISTCNN_OK ? copy_out(model, &use, cost) : status;
}

mnistcnn_status mnistcnn_model_train_cost(const mnistcnn_model *model,
                                          const mnistcnn_dataset *train,
                                          const mnistcnn_dataset *validation,
                                          const mnistcnn_train_options *options,
                                          mnistcnn_cost *cost) {
  mnistcnn_train_options complete;
  mcnn_cost use;
  MCNN_REQUIRE(model);
  MCNN_REQUIRE(train);
  MCNN_REQUIRE(cost);
  mnistcnn_status status = mcnn_check_cost(cost);
  if (status == MNISTCNN_OK)
    status = mcnn_import_train_options(options, &complete);
  if (status == MNISTCNN_OK)
    status = mcnn_check_train_options(&complete);
  if (status == MNISTCNN_OK)
    status = mcnn_train_options_check_output(&complete, model->arch->output);
  if (status == MNISTCNN_OK)
    status = mcnn_check_training_datasets(model, train, validation);
  if (status != MNISTCNN_OK)
    return status;
  const mcnn_train_data data = {.images = mcnn_dataset_count(train),
                                .channels = train->store->shape.channels,
                                .scales_channels = mcnn_model_scales_channels(model),
                                .validates = validation ? 1 : 0};
  status = mcnn_train_cost(model->arch, mcnn_net_isa(model->net), &complete, &data, &use);
  return status == MNISTCNN_OK ? copy_out(model, &use, cost) : status;
}
