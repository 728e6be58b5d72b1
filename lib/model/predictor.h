/* Predictions: the memory for them and how images reach the network. A workspace of the public API
 * is a predictor. */
#ifndef MCNN_MODEL_PREDICTOR_H
#define MCNN_MODEL_PREDICTOR_H

#include "base/threads.h"
#include "data/dataset.h"
#include "model/model.h"

/* options are imported and complete. */
mnistcnn_status mcnn_predictor_create(const mnistcnn_model *model,
                                      const mnistcnn_workspace_options *options,
                                      mnistcnn_workspace **out);
void mcnn_predictor_free(mnistcnn_workspace *workspace);

/* MNISTCNN_SHAPE_MISMATCH where the workspace was made for another architecture, MNISTCNN_STATE
 * where the model's instruction set needs more memory than the one it was made for. */
mnistcnn_status mcnn_predictor_check(const mnistcnn_workspace *workspace,
                                     const mnistcnn_model *model);

/* Images, in exactly one of three forms. Those with one channel for a model of three stand for
 * three equal ones. */
typedef struct mcnn_images {
  const float *floats;             /* intensities 0..1, of the model's channels */
  const uint8_t *bytes;            /* of `channels` channels */
  const mnistcnn_dataset *dataset; /* images [first, first + count) */
  size_t first;
  uint32_t channels;
} mcnn_images;

/* probabilities: [count][classes]. The predictor has passed the check above. Cannot fail. */
void mcnn_predictor_run(mnistcnn_workspace *workspace, const mnistcnn_model *model,
                        const mcnn_images *images, size_t count, float *probabilities);

/* The same before temperature and softmax. */
void mcnn_predictor_logits(mnistcnn_workspace *workspace, const mnistcnn_model *model,
                           const mcnn_images *images, size_t count, float *logits);

/* What the network sees is byte * scale + offset. */
void mcnn_model_byte_scale(const mnistcnn_model *model, float *scale, float *offset);

/* dst[pixels][3] = src[pixels] three times. */
void mcnn_broadcast_gray(size_t pixels, const float *src, float *dst);

#endif
