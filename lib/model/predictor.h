/* Predictions and the memory for them. A workspace of the public API is a predictor. */
#ifndef MCNN_MODEL_PREDICTOR_H
#define MCNN_MODEL_PREDICTOR_H

#include "base/threads.h"
#include "model/input.h"

/* options are imported and complete. */
mnistcnn_status mcnn_predictor_create(const mnistcnn_model *model,
                                      const mnistcnn_workspace_options *options,
                                      mnistcnn_workspace **out);
void mcnn_predictor_free(mnistcnn_workspace *workspace);
/* Where its options want errors to be left; may be NULL. */
mnistcnn_error *mcnn_predictor_error(const mnistcnn_workspace *workspace);

/* Its threads, idle between predictions. */
mcnn_pool *mcnn_predictor_pool(const mnistcnn_workspace *workspace);

/* MNISTCNN_SHAPE_MISMATCH where the workspace was made for another architecture, MNISTCNN_STATE
 * where the model's instruction set needs more memory than the one it was made for. */
mnistcnn_status mcnn_predictor_check(const mnistcnn_workspace *workspace,
                                     const mnistcnn_model *model);

/* What a workspace with these options takes, of any model of this architecture that computes with
 * this instruction set: bytes, and multiply-adds of one image. Predicting with it allocates
 * nothing. */
mnistcnn_status mcnn_predict_cost(const mcnn_arch *arch, mcnn_isa isa,
                                  const mnistcnn_workspace_options *options, mcnn_cost *cost);

/* probabilities: [count][classes]. The predictor has passed the check above. Cannot fail. */
void mcnn_predictor_run(mnistcnn_workspace *workspace, const mnistcnn_model *model,
                        const mcnn_images *images, size_t count, float *probabilities);

/* The same before the temperature, and softmax or sigmoid. */
void mcnn_predictor_logits(mnistcnn_workspace *workspace, const mnistcnn_model *model,
                           const mcnn_images *images, size_t count, float *logits);

#endif
