#include "worker/picture.h"

#include <stdio.h>
#include <stdlib.h>

static _Thread_local char limit_text[128];

mnistcnn_status picture_check(const loaded *l, const uint8_t *file, size_t size,
                              mnistcnn_image_info *info) {
  *info = (mnistcnn_image_info)MNISTCNN_IMAGE_INFO_INIT;
  const mnistcnn_status status =
      mnistcnn_image_read_info_memory(file, size, MNISTCNN_DIGIT_ENOUGH, info);
  limit_text[0] = '\0';
  if (status == MNISTCNN_OK && (uint64_t)info->file_height * info->file_width > l->max_pixels) {
    (void)snprintf(limit_text, sizeof limit_text,
                   "the image has %u x %u pixels; %llu in all are allowed", info->file_width,
                   info->file_height, (unsigned long long)l->max_pixels);
    return MNISTCNN_LIMIT;
  }
  return status;
}

mnistcnn_status picture_decode(const loaded *l, const uint8_t *file, size_t size, picture *p) {
  *p = (picture){.pixels = NULL};
  const mnistcnn_status status = picture_check(l, file, size, &p->info);
  if (status != MNISTCNN_OK)
    return status;
  const mnistcnn_shape shape = {p->info.height, p->info.width,
                                p->info.channels + p->info.has_alpha};
  p->image.shape = shape;
  p->image.size_bytes = (size_t)shape.height * shape.width * shape.channels;
  p->image.pixels = p->pixels = malloc(p->image.size_bytes);
  if (!p->pixels) {
    (void)snprintf(limit_text, sizeof limit_text, "out of memory");
    return MNISTCNN_OUT_OF_MEMORY;
  }
  return mnistcnn_image_decode_reduced_memory(file, size, shape.channels, MNISTCNN_DIGIT_ENOUGH,
                                              p->pixels, p->image.size_bytes);
}

void picture_free(picture *p) {
  free(p->pixels);
  p->pixels = NULL;
}

/* Of an interval [*begin, *begin + *length). The last pixel may stand for fewer of the file. */
static void to_file(uint32_t factor, uint32_t file_side, uint32_t *begin, uint32_t *length) {
  const uint32_t end = (*begin + *length) * factor;

  *begin *= factor;
  *length = (end < file_side ? end : file_side) - *begin;
}

picture_box picture_to_file(const mnistcnn_image_info *info, picture_box box) {
  to_file(info->factor, info->file_height, &box.top, &box.height);
  to_file(info->factor, info->file_width, &box.left, &box.width);
  return box;
}

const char *picture_error(mnistcnn_status status) {
  if (limit_text[0] && (status == MNISTCNN_LIMIT || status == MNISTCNN_OUT_OF_MEMORY))
    return limit_text;
  return mnistcnn_last_error();
}
