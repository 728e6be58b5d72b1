/* Prediction by one thread, first the spatial part of a few images at a time, then the dense part
 * of all; or of one image by several threads. */
#ifndef MCNN_NN_PREDICT_H
#define MCNN_NN_PREDICT_H

#include "nn/net.h"
#include "nn/parts.h"

/* Spatial part: inputs [images][input floats], normalised, images <= mcnn_net_image_block();
 * features [images][feature floats]. packed: from mcnn_net_pack(). */
size_t mcnn_net_spatial_scratch_floats(const mcnn_net *net, size_t max_images);
void mcnn_net_spatial(const mcnn_net *net, const float *weights, const float *packed,
                      const float *inputs, size_t images, float *features, float *scratch);

/* Dense part: logits [images][classes], any number of images. */
size_t mcnn_net_dense_scratch_floats(const mcnn_net *net, size_t max_images);
void mcnn_net_dense(const mcnn_net *net, const float *weights, const float *packed,
                    const float *features, size_t images, float *logits, float *scratch);

/* The same bytes of one image, by several threads. Each has the scratch of one image. */
void mcnn_net_spatial_shared(const mcnn_net *net, const float *weights, const float *packed,
                             const float *input, float *features, float *scratch,
                             const mcnn_workers *workers);
void mcnn_net_dense_shared(const mcnn_net *net, const float *weights, const float *packed,
                           const float *features, float *logits, float *scratch,
                           const mcnn_workers *workers);

/* mcnn_net_dense() with the weights from mcnn_net_int8_pack(), where mcnn_net_has_int8(). Images
 * whose two best classes come close to each other are computed in float32 all the same. */
void mcnn_net_dense_int8(const mcnn_net *net, const float *weights, const float *packed,
                         const uint32_t *int8_packed, const float *features, size_t images,
                         float *logits, float *scratch, uint32_t *int8_scratch);

#endif
