/* How images become the network's input: the model's scaling, and gray for three channels. */
#ifndef MCNN_MODEL_INPUT_H
#define MCNN_MODEL_INPUT_H

#include "data/dataset.h"
#include "model/model.h"

/* Images, in exactly one of three forms. Those with one channel for a model of three stand for
 * three equal ones. */
typedef struct mcnn_images {
  const float *floats;             /* intensities 0..1, of the model's channels */
  const uint8_t *bytes;            /* of `channels` channels */
  const mnistcnn_dataset *dataset; /* images [first, first + count) */
  size_t first;
  uint32_t channels;
} mcnn_images;

/* What the network sees is byte * scale + offset. */
void mcnn_model_byte_scale(const mnistcnn_model *model, float *scale, float *offset);

/* dst[pixels][3] = src[pixels] three times; src may be the last third of dst. */
void mcnn_broadcast_gray(size_t pixels, const float *src, float *dst);

/* The images [begin, begin + count) as the net wants them: NHWC, normalised, one channel or three.
 * In the buffer, or the caller's own images where nothing has to be done. */
const float *mcnn_input_prepare(const mnistcnn_model *model, const mcnn_net *net,
                                const mcnn_images *images, size_t begin, size_t count,
                                float *buffer);

#endif
