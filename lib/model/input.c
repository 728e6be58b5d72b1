#include "model/input.h"

/* What `unit` of a byte's 255 (1 for bytes, 255 for intensities) is scaled by. With the default
 * scale the quotients are taken as ever, so that results stay the same to the last bit. */
static mcnn_input_scale scale_of(const mnistcnn_model *model, float unit) {
  const mnistcnn_preparation *const how = &model->preparation;
  const int is_default = how->scale == 1.0f / 255.0f;
  const float white = is_default ? 1.0f : 255.0f * how->scale;
  const float sign = how->invert ? -1.0f : 1.0f;
  mcnn_input_scale s = {.per_channel = mcnn_model_scales_channels(model)};
  for (int c = 0; c < 3; c++) {
    const float deviation = how->deviation[c];
    const float start = how->offset + (how->invert ? white : 0.0f);
    s.scale[c] =
        sign * (is_default ? 1.0f / (255.0f / unit * deviation) : unit * how->scale / deviation);
    s.offset[c] = (start - how->mean[c]) / deviation;
  }
  return s;
}

mcnn_input_scale mcnn_model_byte_scale(const mnistcnn_model *model) {
  return scale_of(model, 1);
}

int mcnn_model_scales_channels(const mnistcnn_model *model) {
  const mnistcnn_preparation *const how = &model->preparation;
  for (int c = 1; c < 3; c++)
    if (how->mean[c] != how->mean[0] || how->deviation[c] != how->deviation[0])
      return 1;
  return 0;
}

const mcnn_net *mcnn_model_net_for(const mnistcnn_model *model, uint32_t channels) {
  const mcnn_nets nets = mcnn_model_nets(model);
  return mcnn_model_scales_channels(model) ? nets.net : mcnn_nets_for(&nets, channels);
}

void mcnn_broadcast_gray(size_t pixels, const float *src, float *dst) {
  for (size_t i = 0; i < pixels; i++)
    dst[3 * i] = dst[3 * i + 1] = dst[3 * i + 2] = src[i];
}

void mcnn_scale_channels(size_t pixels, const float *src, const mcnn_input_scale *s, float *dst) {
  for (size_t i = 0; i < 3 * pixels; i += 3)
    for (size_t c = 0; c < 3; c++)
      dst[i + c] = src[i + c] * s->scale[c] + s->offset[c];
}

static const uint8_t *bytes_of(const mcnn_images *images, size_t index, size_t image_bytes) {
  return images->dataset ? mcnn_dataset_image(images->dataset, images->first + index)
                         : images->bytes + index * image_bytes;
}

static const float *normalise_floats(const mnistcnn_model *model, const mcnn_kernels *kernels,
                                     const float *floats, size_t count, float *buffer) {
  const mcnn_input_scale s = scale_of(model, 255);
  if (s.per_channel)
    mcnn_scale_channels(count / 3, floats, &s, buffer);
  else if (s.scale[0] == 1.0f && s.offset[0] == 0.0f)
    return floats;
  else
    kernels->scale_f32(count, floats, s.scale[0], s.offset[0], buffer);
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

  if (images->floats) {
    return normalise_floats(model, kernels, images->floats + begin * image_floats,
                            count * image_floats, scaled);
  }
  const mcnn_input_scale s = mcnn_model_byte_scale(model);
  for (size_t i = 0; i < count; i++) {
    kernels->scale_u8(image_floats, bytes_of(images, begin + i, image_floats),
                      s.per_channel ? 1.0f : s.scale[0], s.per_channel ? 0.0f : s.offset[0],
                      scaled + i * image_floats);
  }
  if (broadcast)
    mcnn_broadcast_gray(count * pixels, scaled, buffer);
  if (s.per_channel)
    mcnn_scale_channels(count * pixels, buffer, &s, buffer);
  return buffer;
}
