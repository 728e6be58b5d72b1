/* PNG, with libpng. */
#ifndef MCNN_IMAGE_PNG_H
#define MCNN_IMAGE_PNG_H

#include "image/format.h"

/* In png_decode.c; used by way of decoder.h. */
extern const mcnn_image_format mcnn_png_format;

/* An 8-bit PNG; the caller frees *data with mcnn_free. */
mnistcnn_status mcnn_png_encode(const uint8_t *pixels, const mcnn_shape *shape,
                                const mcnn_alloc *alloc, unsigned char **data, size_t *size_bytes);

/* Of libpng as it runs, "1.6.39". */
const char *mcnn_png_library_version(void);

#endif
