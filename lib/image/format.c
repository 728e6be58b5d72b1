#include "image/format.h"

#include "base/status.h"

#include <stdio.h>

void mcnn_image_warn(mcnn_image_warning *warning, const mcnn_image_file *file, const char *reason) {
  if (warning->text[0] == '\0')
    (void)snprintf(warning->text, sizeof warning->text, "%s: is damaged, but was read: %s",
                   file->label, reason);
}

static mnistcnn_status check_side(const mcnn_image_file *file, const char *side, uint32_t value) {
  if (value == 0)
    return mcnn_fail(MNISTCNN_FORMAT, "%s: is not a valid image: its %s is 0", file->label, side);
  if (value > MNISTCNN_MAX_FILE_SIDE) {
    return mcnn_fail(MNISTCNN_LIMIT, "%s: its %s of %lu pixels is above the limit of %d",
                     file->label, side, (unsigned long)value, MNISTCNN_MAX_FILE_SIDE);
  }
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_image_check_sides(const mcnn_image_file *file, uint32_t height,
                                       uint32_t width) {
  mnistcnn_status status = check_side(file, "width", width);

  if (status == MNISTCNN_OK)
    status = check_side(file, "height", height);
  if (status == MNISTCNN_OK && (uint64_t)height * width > MNISTCNN_MAX_FILE_PIXELS) {
    status =
        mcnn_fail(MNISTCNN_LIMIT, "%s: its %lu x %lu pixels are above the limit of %d", file->label,
                  (unsigned long)width, (unsigned long)height, MNISTCNN_MAX_FILE_PIXELS);
  }
  return status;
}
