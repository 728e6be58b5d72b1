/* An image file of a stranger as pixels. */
#ifndef SERVER_WORKER_PICTURE_H
#define SERVER_WORKER_PICTURE_H

#include <mnistcnn.h>

#include "worker/loaded.h"

typedef struct picture {
  mnistcnn_image image;
  mnistcnn_image_info info;
  uint8_t *pixels;
} picture;

/* MNISTCNN_LIMIT where the file has more pixels than allowed, before anything is allocated for
 * them. */
mnistcnn_status picture_check(const loaded *l, const uint8_t *file, size_t size,
                              mnistcnn_image_info *info);
mnistcnn_status picture_decode(const loaded *l, const uint8_t *file, size_t size, picture *p);
void picture_free(picture *p);

typedef struct picture_box {
  uint32_t top;
  uint32_t left;
  uint32_t height;
  uint32_t width;
} picture_box;

/* From pixels of the picture as decoded to those of the file. */
picture_box picture_to_file(const mnistcnn_image_info *info, picture_box box);

/* What the failure of the last call was: the library's message. */
const char *picture_error(mnistcnn_status status);

#endif
