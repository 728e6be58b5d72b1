#include "image_args.h"
#include "ours.h"

#include <stdlib.h>

enum { DATASET_BYTES = 16 << 20, FEWEST_IMAGES = 256, MOST_IMAGES = 10000, DIGITS = 10 };

typedef struct image_form {
  size_t height, width, channels, classes;
} image_form;

/* One pixel of a gray image, as one gray value or as its three colours. */
static void put_pixel(const uint8_t *row, size_t side, size_t column, size_t channels,
                      uint8_t *pixel) {
  pixel[0] = row[column];
  if (channels == 3) {
    pixel[1] = row[side - 1 - column];
    pixel[2] = (uint8_t)(255 - row[column]);
  }
}

/* Nearest pixel. */
static void scale_image(const uint8_t *gray, size_t rows, size_t columns, const image_form *form,
                        uint8_t *image) {
  for (size_t y = 0; y < form->height; y++)
    for (size_t x = 0; x < form->width; x++)
      put_pixel(gray + y * rows / form->height * columns, columns, x * columns / form->width,
                form->channels, image + (y * form->width + x) * form->channels);
}

static mnistcnn_dataset *make_dataset(const mnistcnn_dataset *gray, size_t count,
                                      const image_form *form) {
  const size_t bytes = form->height * form->width * form->channels;
  mnistcnn_shape shape;
  mnistcnn_dataset *made = NULL;
  if (mnistcnn_dataset_shape(gray, &shape))
    return NULL;
  uint8_t *const pixels = malloc(count * bytes);
  int32_t *const labels = malloc(count * sizeof *labels);
  for (size_t i = 0; pixels && labels && i < count; i++) {
    labels[i] = mnistcnn_dataset_label(gray, i) % (int32_t)form->classes;
    scale_image(mnistcnn_dataset_image(gray, i), shape.height, shape.width, form,
                pixels + i * bytes);
  }
  if (pixels && labels)
    mnistcnn_dataset_create_copy(LABELLED(pixels, labels, count, (uint32_t)form->height,
                                          (uint32_t)form->width, (uint32_t)form->channels,
                                          (uint32_t)form->classes, NULL),
                                 NULL, &made);
  free(pixels);
  free(labels);
  return made;
}

mnistcnn_dataset *ours_coloured_dataset(const mnistcnn_dataset *gray, size_t side) {
  const image_form form = {.height = side, .width = side, .channels = 3, .classes = DIGITS};
  return make_dataset(gray, mnistcnn_dataset_num_images(gray), &form);
}

mnistcnn_dataset *ours_scaled_dataset(const mnistcnn_dataset *gray, size_t height, size_t width,
                                      size_t channels, size_t classes) {
  const image_form form = {
      .height = height, .width = width, .channels = channels, .classes = classes};
  const size_t bytes = height * width * channels;
  size_t count = bytes > 0 ? DATASET_BYTES / bytes : 0;
  count = count < FEWEST_IMAGES ? FEWEST_IMAGES : count > MOST_IMAGES ? MOST_IMAGES : count;
  const size_t present = mnistcnn_dataset_num_images(gray);
  return bytes > 0 && classes > 0 && (channels == 1 || channels == 3)
             ? make_dataset(gray, count < present ? count : present, &form)
             : NULL;
}
