/* The training images that are held out of training, to fit the temperature to. */
#ifndef MCNN_TRAIN_HOLDOUT_H
#define MCNN_TRAIN_HOLDOUT_H

#include "model/predictor.h"

/* All zero: nothing is held out. */
typedef struct mcnn_holdout {
  mnistcnn_dataset *kept, *images;
  uint32_t *labels; /* of images */
  float *logits;    /* [images][classes] */
} mcnn_holdout;

/* Splits off `fraction` of every class by seed; all zero where that is less than
 * MCNN_MIN_HOLDOUT. */
mnistcnn_status mcnn_holdout_create(const mnistcnn_dataset *dataset, double fraction, uint64_t seed,
                                    const mcnn_alloc *alloc, mcnn_holdout *holdout);
/* How many of `images` images it holds out, but for the rounding in each class, and what it asks
 * the allocator for. */
size_t mcnn_holdout_count(size_t images, double fraction);
uint64_t mcnn_holdout_bytes(size_t images, double fraction, uint32_t classes);
void mcnn_holdout_free(mcnn_holdout *holdout, const mcnn_alloc *alloc);

/* The temperature that suits the model, by its predictions for the images held out. */
float mcnn_holdout_temperature(const mcnn_holdout *holdout, const mnistcnn_model *model,
                               mnistcnn_workspace *workspace);

#endif
