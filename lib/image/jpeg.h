/* JPEG, with libjpeg-turbo or another libjpeg. */
#ifndef MCNN_IMAGE_JPEG_H
#define MCNN_IMAGE_JPEG_H

#include "image/format.h"

/* In jpeg_decode.c; used by way of decoder.h. */
extern const mcnn_image_format mcnn_jpeg_format;

/* The header of a JPEG file, read without libjpeg. */
mnistcnn_status mcnn_jpeg_read_header(const mcnn_image_file *file, mcnn_image_header *header);

/* Of libjpeg as it was built, "libjpeg-turbo 2.1.5". */
const char *mcnn_jpeg_library_version(void);

#endif
