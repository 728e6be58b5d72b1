/* Images for calls of the public interface, written down in the call. */
#ifndef TESTS_SUPPORT_IMAGE_ARGS_H
#define TESTS_SUPPORT_IMAGE_ARGS_H

#include "mnistcnn.h"

/* [height][width][channels] bytes. */
#define IMAGE(bytes, h, w, c)                                                                      \
  (&(const mnistcnn_image){                                                                        \
      .pixels = (bytes), .size_bytes = (size_t)(h) * (w) * (c), .shape = {(h), (w), (c)}})

/* n images of [height][width][channels] bytes with a class each. */
#define LABELLED(bytes, classes_of, n, h, w, c, classes, names)                                    \
  (&(const mnistcnn_labelled_images){.struct_size = sizeof(mnistcnn_labelled_images),              \
                                     .num_classes = (classes),                                     \
                                     .pixels = (bytes),                                            \
                                     .size_bytes = (size_t)(n) * (h) * (w) * (c),                  \
                                     .labels = (classes_of),                                       \
                                     .count = (n),                                                 \
                                     .class_names = (names),                                       \
                                     .shape = {(h), (w), (c)}})

#endif
