/* How bytes and intensities become the network's input: the model's numbers, and gray for three
 * channels. */
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

/* What the network sees is byte * scale[c] + offset[c]. */
typedef struct mcnn_input_scale {
  float scale[3], offset[3];
  int per_channel; /* 0: all three are the same */
} mcnn_input_scale;

mcnn_input_scale mcnn_model_byte_scale(const mnistcnn_model *model);

/* The network for images of so many channels: gray ones for a model of three are no longer gray
 * once each channel has been scaled by its own numbers. */
const mcnn_net *mcnn_model_net_for(const mnistcnn_model *model, uint32_t channels);
int mcnn_model_scales_channels(const mnistcnn_model *model);

/* dst[pixels][3] = src[pixels] three times; src may be the last third of dst. */
void mcnn_broadcast_gray(size_t pixels, const float *src, float *dst);
/* dst[pixels][3] = src[pixels][3] * scale + offset; src may be dst. */
void mcnn_scale_channels(size_t pixels, const float *src, const mcnn_input_scale *s, float *dst);

/* The images [begin, begin + count) as the net wants them: NHWC, normalised, one channel or three.
 * In the buffer, or the caller's own images where nothing has to be done. */
const float *mcnn_input_prepare(const mnistcnn_model *model, const mcnn_net *net,
                                const mcnn_images *images, size_t begin, size_t count,
                                float *buffer);

#endif
