/* Augmentation, one image at a time, from the counter-based generator: what happens to a sample is a
 * function of (seed, epoch, sample) alone. */
#ifndef MCNN_DATA_AUGMENT_H
#define MCNN_DATA_AUGMENT_H

#include "mnistcnn.h"

typedef struct mcnn_augment {
  int32_t kind; /* MNISTCNN_AUGMENT_... */
  uint32_t horizontal_flip;
  float rotation, shear, zoom, shift, elastic_pixels; /* units: mnistcnn.h */
} mcnn_augment;

/* Scratch for one call, in floats. */
size_t mcnn_augment_scratch_floats(uint32_t height, uint32_t width, uint32_t channels);

/* intensities[height][width][channels] = the augmented image times scale plus offset; scale 1/255
 * and offset 0 give 0..1, others fold the network's normalisation in. Zeros filled in from outside
 * are byte 0 before scaling. With kind NONE a plain conversion. */
void mcnn_augment_image(const mcnn_augment *augment, uint64_t seed, uint32_t epoch, uint64_t sample,
                        const uint8_t *pixels, uint32_t height, uint32_t width, uint32_t channels,
                        float scale, float offset, float *intensities, float *scratch);

#endif
