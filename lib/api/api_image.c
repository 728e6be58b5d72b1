/* Images: PNG in and out, resizing. */
#include "api/check.h"
#include "base/io.h"
#include "image/decoder.h"
#include "image/fit.h"
#include "image/pixels.h"
#include "image/png.h"
#include "image/resize.h"

#include <string.h>

/* --- decoding --------------------------------------------------------------------------------- */

/* What the caller asks for and where it goes. */
typedef struct request {
  uint32_t channels;
  uint8_t *pixels;
  size_t capacity;
  uint32_t *height, *width, *got_channels;
} request;

static mnistcnn_status check_request(const request *r) {
  if (r->channels > 4) {
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "channels: must be 0 to 4, not %lu",
                     (unsigned long)r->channels);
  }
  if (!r->pixels && r->capacity > 0)
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "pixels is NULL, but capacity is not 0");
  return MNISTCNN_OK;
}

static void copy_out_shape(const request *r, const mcnn_shape *shape) {
  if (r->height)
    *r->height = shape->height;
  if (r->width)
    *r->width = shape->width;
  if (r->got_channels)
    *r->got_channels = shape->channels;
}

static mnistcnn_status decode_into(const request *r, const mcnn_image_file *file,
                                   const mcnn_shape *shape) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  mcnn_image_decoder *decoder = NULL;
  uint8_t *pixels = NULL;
  mcnn_shape from = {0};
  const int with_alpha = shape->channels % 2 == 0;
  mnistcnn_status status = mcnn_image_decoder_create(&alloc, with_alpha, &decoder);

  if (status == MNISTCNN_OK)
    status = mcnn_image_decode(decoder, file, &pixels, &from);
  if (status == MNISTCNN_OK) {
    if (with_alpha) {
      mcnn_convert_with_alpha(pixels, from.channels, (size_t)from.height * from.width, r->pixels,
                              shape->channels);
    } else {
      mcnn_image_fit(pixels, &from, MNISTCNN_RESIZE_AREA_BILINEAR, r->pixels, shape);
    }
    copy_out_shape(r, shape);
  }
  mcnn_image_decoder_free(decoder);
  return status;
}

static mnistcnn_status answer_request(const request *r, const mcnn_image_file *file) {
  mcnn_shape shape = {0};
  const mnistcnn_status status = mcnn_image_read_shape(file, &shape);

  if (status != MNISTCNN_OK)
    return status;
  shape.channels = r->channels == 0 ? shape.channels : r->channels;
  const size_t needed = mcnn_shape_bytes(&shape);
  if (r->pixels && r->capacity >= needed)
    return decode_into(r, file, &shape);
  copy_out_shape(r, &shape);
  return !r->pixels ? MNISTCNN_OK
                    : mcnn_fail(MNISTCNN_BUFFER_TOO_SMALL,
                                "capacity: %zu bytes are needed, not %zu", needed, r->capacity);
}

mnistcnn_status mnistcnn_image_decode_memory(const void *data, size_t size_bytes, uint32_t channels,
                                             uint8_t *pixels, size_t capacity, uint32_t *height,
                                             uint32_t *width, uint32_t *got_channels) {
  const request r = {channels, pixels, capacity, height, width, got_channels};
  const mnistcnn_status status = check_request(&r);

  if (status != MNISTCNN_OK)
    return status;
  MCNN_REQUIRE(data);
  const mcnn_image_file file = {data, size_bytes, "PNG data"};
  return answer_request(&r, &file);
}

mnistcnn_status mnistcnn_image_decode_file(const char *path, uint32_t channels, uint8_t *pixels,
                                           size_t capacity, uint32_t *height, uint32_t *width,
                                           uint32_t *got_channels) {
  const request r = {channels, pixels, capacity, height, width, got_channels};
  const mcnn_alloc alloc = mcnn_alloc_default();
  unsigned char *data = NULL;
  size_t size_bytes = 0;
  mnistcnn_status status = check_request(&r);

  if (status != MNISTCNN_OK)
    return status;
  MCNN_REQUIRE(path);
  status = mcnn_read_file(path, MNISTCNN_MAX_IMAGE_BYTES, &alloc, &data, &size_bytes);
  if (status == MNISTCNN_OK) {
    const mcnn_image_file file = {data, size_bytes, path};
    status = answer_request(&r, &file);
  }
  mcnn_free(&alloc, data);
  return status;
}

/* --- writing, resizing ------------------------------------------------------------------------ */

static mnistcnn_status check_shape(const char *height, const char *width, const mcnn_shape *shape) {
  if (shape->height - 1 >= MNISTCNN_MAX_IMAGE_SIDE || shape->width - 1 >= MNISTCNN_MAX_IMAGE_SIDE) {
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "%s and %s: must be 1 to %u, not %lu and %lu",
                     height, width, MNISTCNN_MAX_IMAGE_SIDE, (unsigned long)shape->height,
                     (unsigned long)shape->width);
  }
  if (shape->channels != 1 && shape->channels != 3) {
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "channels: must be 1 or 3, not %lu",
                     (unsigned long)shape->channels);
  }
  return MNISTCNN_OK;
}

mnistcnn_status mnistcnn_image_save_png(const char *path, const uint8_t *pixels, uint32_t height,
                                        uint32_t width, uint32_t channels) {
  const mcnn_shape shape = {height, width, channels};
  const mcnn_alloc alloc = mcnn_alloc_default();
  unsigned char *data = NULL;
  size_t size_bytes = 0;

  MCNN_REQUIRE(path);
  MCNN_REQUIRE(pixels);
  mnistcnn_status status = check_shape("height", "width", &shape);
  if (status == MNISTCNN_OK)
    status = mcnn_png_encode(pixels, &shape, &alloc, &data, &size_bytes);
  if (status == MNISTCNN_OK) {
    const mcnn_span span = {data, size_bytes};
    status = mcnn_write_file_nosync(path, &span, 1, &alloc);
  }
  mcnn_free(&alloc, data);
  return status;
}

mnistcnn_status mnistcnn_image_resize(const uint8_t *source, uint32_t source_height,
                                      uint32_t source_width, uint32_t channels, int32_t resize,
                                      uint8_t *target, uint32_t target_height,
                                      uint32_t target_width) {
  const mcnn_shape from = {source_height, source_width, channels};
  const mcnn_shape to = {target_height, target_width, channels};

  MCNN_REQUIRE(source);
  MCNN_REQUIRE(target);
  if (resize != MNISTCNN_RESIZE_AREA_BILINEAR && resize != MNISTCNN_RESIZE_NEAREST)
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "invalid value for resize: %ld", (long)resize);
  mnistcnn_status status = check_shape("source_height", "source_width", &from);
  if (status == MNISTCNN_OK)
    status = check_shape("target_height", "target_width", &to);
  if (status == MNISTCNN_OK)
    mcnn_resize(source, &from, resize, target, &to);
  return status;
}
