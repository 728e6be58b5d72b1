#include "api/check.h"

#include "image/pixels.h"

mnistcnn_status mcnn_fail_null(const char *argument) {
  return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "%s is NULL", argument);
}

mnistcnn_status mcnn_check_sides(uint32_t height, uint32_t width) {
  if (height - 1 < MNISTCNN_MAX_IMAGE_SIDE && width - 1 < MNISTCNN_MAX_IMAGE_SIDE)
    return MNISTCNN_OK;
  return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "height and width: must be 1 to %d, not %lu and %lu",
                   MNISTCNN_MAX_IMAGE_SIDE, (unsigned long)height, (unsigned long)width);
}

static mnistcnn_status check_channels(uint32_t channels, int with_alpha) {
  if (channels == 1 || channels == 3 || (with_alpha && (channels == 2 || channels == 4)))
    return MNISTCNN_OK;
  return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "channels: must be %s, not %lu",
                   with_alpha ? "1 to 4" : "1 or 3", (unsigned long)channels);
}

mnistcnn_status mcnn_check_image(const mnistcnn_image *image, int with_alpha) {
  MCNN_REQUIRE(image);
  if (!image->pixels)
    return mcnn_fail_null("image: pixels");
  mnistcnn_status status = mcnn_check_sides(image->shape.height, image->shape.width);
  if (status == MNISTCNN_OK)
    status = check_channels(image->shape.channels, with_alpha);
  if (status != MNISTCNN_OK)
    return status;
  if (image->reserved != 0)
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "image: reserved is not 0");
  if (image->size_bytes != mcnn_shape_bytes(&image->shape)) {
    return mcnn_fail(
        MNISTCNN_SHAPE_MISMATCH, "image: has %zu bytes; %lu x %lu pixels of %lu channels have %zu",
        image->size_bytes, (unsigned long)image->shape.height, (unsigned long)image->shape.width,
        (unsigned long)image->shape.channels, mcnn_shape_bytes(&image->shape));
  }
  return MNISTCNN_OK;
}
