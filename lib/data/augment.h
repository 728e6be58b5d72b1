/* Augmentation, one image at a time, from the counter-based generator: what happens to a sample is
 * a function of (seed, epoch, sample) alone.
 *
 * What depends on the image's size only (tables of the elastic field, bytes as floats) is computed
 * once into a plan, which any number of threads may then use at once. */
#ifndef MCNN_DATA_AUGMENT_H
#define MCNN_DATA_AUGMENT_H

#include "base/alloc.h"
#include "base/rng.h"
#include "data/affine.h"
#include "kernels/kernels.h"

typedef struct mcnn_augment {
  int32_t kind; /* MNISTCNN_AUGMENT_... */
  uint32_t horizontal_flip;
  float rotation, shear, zoom, shift, elastic_pixels, dilation; /* units: mnistcnn.h */
} mcnn_augment;

typedef struct mcnn_augment_plan mcnn_augment_plan;

/* intensities = byte * scale + offset; scale 1/255 and offset 0 give 0..1, others fold the
 * network's normalisation in. */
mnistcnn_status mcnn_augment_plan_create(const mcnn_augment *augment, uint32_t height,
                                         uint32_t width, uint32_t channels, float scale,
                                         float offset, const mcnn_kernels *kernels,
                                         const mcnn_alloc *alloc, mcnn_augment_plan **out);
void mcnn_augment_plan_free(mcnn_augment_plan *plan);
/* What creating it asked the allocator for. */
uint64_t mcnn_augment_plan_bytes(const mcnn_augment_plan *plan);

/* Scratch for one call of mcnn_augment_image(), in floats of allocated memory; one
 * scratch a thread. May be 0. */
size_t mcnn_augment_scratch_floats(const mcnn_augment_plan *plan);

/* intensities[height][width][channels] = the augmented image, scaled. Zeros filled in from outside
 * are byte 0 before scaling. With kind NONE a plain conversion. */
void mcnn_augment_image(const mcnn_augment_plan *plan, uint64_t seed, uint32_t epoch,
                        uint64_t sample, const uint8_t *pixels, float *intensities, float *scratch);

/* The same with parameters given instead of drawn; the elastic field, if any, comes from *rng. Not
 * for kind NONE. */
void mcnn_augment_warp(const mcnn_augment_plan *plan, const mcnn_draw *draw, mcnn_rng *rng,
                       const uint8_t *pixels, float *intensities, float *scratch);

#endif
