#include "model/input.h"

/* Intensities 0..1 are normalised as (x - mean) / deviation. */
void mcnn_model_byte_scale(const mnistcnn_model *model, float *scale, float *offset) {
  *scale = 1.0f / (255.0f * model->input_std);
  *offset = -model->input_mean / model->input_std;
}

void mcnn_broadcast_gray(size_t pixels, const float *src, float *dst) {
  for (size_t i = 0; i < pixels; i++)
    dst[3 * i] = dst[3 * i + 1] = dst[3 * i + 2] = src[i];
}

static int is_identity(const mnistcnn_model *model) {
  return model->input_mean == 0.0f && model->input_std == 1.0f;
}

static const uint8_t *bytes_of(const mcnn_images *images, size_t index, size_t image_bytes) {
  return images->dataset ? mcnn_dataset_image(images->dataset, images->first + index)
                         : images->bytes + index * image_bytes;
}

static const float *normalise_floats(const mnistcnn_model *model, const mcnn_kernels *kernels,
                                     const float *floats, size_t count, float *buffer) {
  if (is_identity(model))
    return floats;
  kernels->scale_f32(count, floats, 1.0f / model->input_std, -model->input_mean / model->input_std,
                     buffer);
  return buffer;
}

const float *mcnn_input_prepare(const mnistcnn_model *model, const mcnn_net *net,
                                const mcnn_images *images, size_t begin, size_t count,
                                float *buffer) {
  const mcnn_kernels *kernels = mcnn_kernels_for(mcnn_net_isa(net));
  const size_t pixels = (size_t)model->arch->input.height * model->arch->input.width;
  const size_t image_floats = pixels * images->channels;
  const int broadcast = images->channels == 1 && mcnn_net_input_floats(net) != pixels;
  float *scaled = broadcast ? buffer + 2 * count * pixels : buffer;
  float scale, offset;

  if (images->floats) {
    return normalise_floats(model, kernels, images->floats + begin * image_floats,
                            count * image_floats, scaled);
  }
  mcnn_model_byte_scale(model, &scale, &offset);
  for (size_t i = 0; i < count; i++) {
    kernels->scale_u8(image_floats, bytes_of(images, begin + i, image_floats), scale, offset,
                      scaled + i * image_floats);
  }
  if (broadcast)
    mcnn_broadcast_gray(count * pixels, scaled, buffer);
  return buffer;
}
