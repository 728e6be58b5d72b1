/* Images: files in and out, resizing. */
#include "api/check.h"
#include "base/io.h"
#include "image/decoder.h"
#include "image/fit.h"
#include "image/pixels.h"
#include "image/png.h"
#include "image/resize.h"

#include <string.h>

/* --- what a file holds ------------------------------------------------------------------------ */

static const char info_type[] = "mnistcnn_image_info";
enum { INFO_FIRST_SIZE = sizeof(mnistcnn_image_info) };

static mcnn_image_need need_for(uint32_t min_side) {
  const mcnn_image_need need = {0, min_side};

  return need;
}

static mnistcnn_status check_info(const mnistcnn_image_info *info) {
  return info ? mcnn_check_output(info_type, info, INFO_FIRST_SIZE) : mcnn_fail_null("info");
}

static mnistcnn_status copy_out_info(const mcnn_image_file *file, uint32_t min_side,
                                     mnistcnn_image_info *info) {
  const mcnn_image_need need = need_for(min_side);
  mcnn_image_info own;
  const mnistcnn_status status = mcnn_image_read_info(file, &need, &own);

  if (status != MNISTCNN_OK)
    return status;
  const mnistcnn_image_info known = {.struct_size = sizeof known,
                                     .format = own.format,
                                     .height = own.shape.height,
                                     .width = own.shape.width,
                                     .channels = own.shape.channels,
                                     .file_height = own.file_height,
                                     .file_width = own.file_width,
                                     .factor = own.factor,
                                     .orientation = own.orientation,
                                     .has_alpha = own.has_alpha != 0};
  return mcnn_export_options(info_type, &known, INFO_FIRST_SIZE, sizeof known, info,
                             info->struct_size);
}

mnistcnn_status mnistcnn_image_read_info_memory(const void *data, size_t size_bytes,
                                                uint32_t min_side, mnistcnn_image_info *info) {
  const mcnn_image_file file = {data, size_bytes, "image data"};

  MCNN_REQUIRE(data);
  const mnistcnn_status status = check_info(info);
  return status == MNISTCNN_OK ? copy_out_info(&file, min_side, info) : status;
}

mnistcnn_status mnistcnn_image_read_info_file(const char *path, uint32_t min_side,
                                              mnistcnn_image_info *info) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  mcnn_image_file file = {NULL, 0, path};
  unsigned char *data = NULL;

  MCNN_REQUIRE(path);
  mnistcnn_status status = check_info(info);
  if (status == MNISTCNN_OK)
    status = mcnn_read_file(path, MNISTCNN_MAX_IMAGE_BYTES, &alloc, &data, &file.size_bytes);
  if (status == MNISTCNN_OK) {
    file.data = data;
    status = copy_out_info(&file, min_side, info);
  }
  mcnn_free(&alloc, data);
  return status;
}

/* --- decoding --------------------------------------------------------------------------------- */

/* What the caller asks for and where it goes. */
typedef struct request {
  uint32_t channels;
  uint32_t min_side;
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

static void copy_out_pixels(const request *r, uint8_t *pixels, const mcnn_shape *from,
                            const mcnn_shape *shape) {
  if (shape->channels % 2 == 0) {
    mcnn_convert_with_alpha(pixels, from->channels, (size_t)from->height * from->width, r->pixels,
                            shape->channels);
  } else {
    mcnn_image_fit(pixels, from, MNISTCNN_RESIZE_AREA_BILINEAR, r->pixels, shape);
  }
  copy_out_shape(r, shape);
}

static mnistcnn_status decode_into(const request *r, const mcnn_image_file *file,
                                   const mcnn_shape *shape) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  const mcnn_image_need need = need_for(r->min_side);
  mcnn_image_decoder *decoder = NULL;
  uint8_t *pixels = NULL;
  mcnn_shape from = {0};
  const mcnn_alpha alpha = shape->channels % 2 == 0 ? MCNN_ALPHA_KEEP : MCNN_ALPHA_COMPOSITE;
  mnistcnn_status status = mcnn_image_decoder_create(&alloc, alpha, &decoder);

  if (status == MNISTCNN_OK) {
    mcnn_image_decoder_set_need(decoder, &need);
    status = mcnn_image_decode(decoder, file, &pixels, &from);
  }
  if (status == MNISTCNN_OK)
    copy_out_pixels(r, pixels, &from, shape);
  mcnn_image_decoder_free(decoder);
  return status;
}

static mnistcnn_status answer_request(const request *r, const mcnn_image_file *file) {
  const mcnn_image_need need = need_for(r->min_side);
  mcnn_image_info info;
  const mnistcnn_status status = mcnn_image_read_info(file, &need, &info);

  if (status != MNISTCNN_OK)
    return status;
  mcnn_shape shape = info.shape;
  shape.channels = r->channels == 0 ? shape.channels : r->channels;
  const size_t needed = mcnn_shape_bytes(&shape);
  if (r->pixels && r->capacity >= needed)
    return decode_into(r, file, &shape);
  copy_out_shape(r, &shape);
  return !r->pixels ? MNISTCNN_OK
                    : mcnn_fail(MNISTCNN_BUFFER_TOO_SMALL,
                                "capacity: %zu bytes are needed, not %zu", needed, r->capacity);
}

static mnistcnn_status decode_memory(const void *data, size_t size_bytes, const request *r) {
  const mnistcnn_status status = check_request(r);

  if (status != MNISTCNN_OK)
    return status;
  MCNN_REQUIRE(data);
  const mcnn_image_file file = {data, size_bytes, "image data"};
  return answer_request(r, &file);
}

static mnistcnn_status decode_file(const char *path, const request *r) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  unsigned char *data = NULL;
  size_t size_bytes = 0;
  mnistcnn_status status = check_request(r);

  if (status != MNISTCNN_OK)
    return status;
  MCNN_REQUIRE(path);
  status = mcnn_read_file(path, MNISTCNN_MAX_IMAGE_BYTES, &alloc, &data, &size_bytes);
  if (status == MNISTCNN_OK) {
    const mcnn_image_file file = {data, size_bytes, path};
    status = answer_request(r, &file);
  }
  mcnn_free(&alloc, data);
  return status;
}

mnistcnn_status mnistcnn_image_decode_memory(const void *data, size_t size_bytes, uint32_t channels,
                                             uint8_t *pixels, size_t capacity,
                                             mnistcnn_shape *shape) {
  return decode_memory(data, size_bytes, &(request){channels, 0, pixels, capacity, shape});
}

mnistcnn_status mnistcnn_image_decode_file(const char *path, uint32_t channels, uint8_t *pixels,
                                           size_t capacity, mnistcnn_shape *shape) {
  return decode_file(path, &(request){channels, 0, pixels, capacity, shape});
}

mnistcnn_status mnistcnn_image_decode_reduced_memory(const void *data, size_t size_bytes,
                                                     uint32_t channels, uint32_t min_side,
                                                     uint8_t *pixels, size_t capacity) {
  MCNN_REQUIRE(pixels);
  return decode_memory(data, size_bytes, &(request){channels, min_side, pixels, capacity, NULL});
}

mnistcnn_status mnistcnn_image_decode_reduced_file(const char *path, uint32_t channels,
                                                   uint32_t min_side, uint8_t *pixels,
                                                   size_t capacity) {
  MCNN_REQUIRE(pixels);
  return decode_file(path, &(request){channels, min_side, pixels, capacity, NULL});
}

/* --- writing, resizing ------------------------------------------------------------------------ */

#if MCNN_WITH_PNG
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
#else
mnistcnn_status mnistcnn_image_save_png(const mnistcnn_image *image, const char *path) {
  MCNN_REQUIRE(path);
  const mnistcnn_status status = mcnn_check_image(image, 0);
  return status == MNISTCNN_OK
             ? mcnn_fail(MNISTCNN_UNSUPPORTED, "%s: this library was built without PNG", path)
             : status;
}
#endif

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
