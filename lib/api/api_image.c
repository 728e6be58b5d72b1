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
  mnistcnn_shape *shape; /* or NULL */
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
  if (r->shape)
    *r->shape = *shape;
}

static mnistcnn_status decode_into(const request *r, const mcnn_image_file *file,
                                   const mcnn_shape *shape) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  mcnn_image_decoder *decoder = NULL;
  uint8_t *pixels = NULL;
  mcnn_shape from = {0};
  const int with_alpha = shape->channels % 2 == 0;
  mnistcnn_status status = mcnn_image_decoder_create(
      &alloc, with_alpha ? MCNN_ALPHA_KEEP : MCNN_ALPHA_COMPOSITE, &decoder);

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
                                             uint8_t *pixels, size_t capacity,
                                             mnistcnn_shape *shape) {
  const request r = {channels, pixels, capacity, shape};
  const mnistcnn_status status = check_request(&r);

  if (status != MNISTCNN_OK)
    return status;
  MCNN_REQUIRE(data);
  const mcnn_image_file file = {data, size_bytes, "image data"};
  return answer_request(&r, &file);
}

mnistcnn_status mnistcnn_image_decode_file(const char *path, uint32_t channels, uint8_t *pixels,
                                           size_t capacity, mnistcnn_shape *shape) {
  const request r = {channels, pixels, capacity, shape};
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

mnistcnn_status mnistcnn_image_save_png(const mnistcnn_image *image, const char *path) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  unsigned char *data = NULL;
  size_t size_bytes = 0;

  MCNN_REQUIRE(path);
  mnistcnn_status status = mcnn_check_image(image, 0);
  if (status == MNISTCNN_OK)
    status = mcnn_png_encode(image->pixels, &image->shape, &alloc, &data, &size_bytes);
  if (status == MNISTCNN_OK) {
    const mcnn_span span = {data, size_bytes};
    status = mcnn_write_file_nosync(path, &span, 1, &alloc);
  }
  mcnn_free(&alloc, data);
  return status;
}

mnistcnn_status mnistcnn_image_resize(const mnistcnn_image *image, int32_t resize, uint32_t height,
                                      uint32_t width, uint8_t *pixels, size_t capacity) {
  MCNN_REQUIRE(pixels);
  if (resize != MNISTCNN_RESIZE_AREA_BILINEAR && resize != MNISTCNN_RESIZE_NEAREST)
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "invalid value for resize: %ld", (long)resize);
  mnistcnn_status status = mcnn_check_image(image, 0);
  if (status == MNISTCNN_OK)
    status = mcnn_check_sides(height, width);
  if (status != MNISTCNN_OK)
    return status;
  const mcnn_shape to = {height, width, image->shape.channels};
  if (capacity < mcnn_shape_bytes(&to)) {
    return mcnn_fail(MNISTCNN_BUFFER_TOO_SMALL, "capacity: %zu bytes are needed, not %zu",
                     mcnn_shape_bytes(&to), capacity);
  }
  mcnn_resize(image->pixels, &image->shape, resize, pixels, &to);
  return MNISTCNN_OK;
}
