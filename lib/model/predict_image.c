#include "model/predict_image.h"

#include "base/io.h"
#include "base/status.h"
#include "image/decoder.h"
#include "image/fit.h"

static mnistcnn_status fit(const mnistcnn_model *model, uint8_t *decoded, const mcnn_shape *from,
                           uint8_t **pixels, uint32_t *channels) {
  mcnn_shape to = model->arch->input;
  if (from->channels < to.channels)
    to.channels = from->channels;
  uint8_t *fitted = mcnn_alloc_array(&model->alloc, mcnn_shape_count(to), 1);
  if (!fitted)
    return MNISTCNN_OUT_OF_MEMORY;
  mcnn_image_fit(decoded, from, MNISTCNN_RESIZE_AREA_BILINEAR, fitted, &to);
  *pixels = fitted;
  *channels = to.channels;
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_model_decode_image(const mnistcnn_model *model, const void *data,
                                        size_t size_bytes, const char *label, uint8_t **pixels,
                                        uint32_t *channels) {
  const mcnn_image_file file = {data, size_bytes, label};
  mcnn_image_decoder *decoder = NULL;
  uint8_t *decoded;
  mcnn_shape shape;
  const mcnn_image_need need =
      mcnn_image_need_for(model->arch->input.height, model->arch->input.width);
  mnistcnn_status status = mcnn_image_decoder_create(&model->alloc, 0, &decoder);
  if (status == MNISTCNN_OK) {
    mcnn_image_decoder_set_need(decoder, &need);
    status = mcnn_image_decode(decoder, &file, &decoded, &shape);
  }
  if (status == MNISTCNN_OK)
    status = fit(model, decoded, &shape, pixels, channels);
  mcnn_image_decoder_free(decoder);
  return status;
}

mnistcnn_status mcnn_model_decode_image_path(const mnistcnn_model *model, const char *path,
                                             uint8_t **pixels, uint32_t *channels) {
  unsigned char *data = NULL;
  size_t size;
  mnistcnn_status status =
      mcnn_read_file(path, MNISTCNN_MAX_IMAGE_BYTES, &model->alloc, &data, &size);
  if (status != MNISTCNN_OK)
    return status;
  status = mcnn_model_decode_image(model, data, size, path, pixels, channels);
  mcnn_free(&model->alloc, data);
  return status;
}
