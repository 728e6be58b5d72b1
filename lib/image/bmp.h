/* BMP, of Windows and OS/2. */
#ifndef MCNN_IMAGE_BMP_H
#define MCNN_IMAGE_BMP_H

#include "image/format.h"

/* In bmp_decode.c; used by way of decoder.h. */
extern const mcnn_image_format mcnn_bmp_format;

#endif
