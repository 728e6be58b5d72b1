/* Images as bytes: PNG in and out, colours, fitting to a shape. */
#ifndef MCNN_IMAGE_IMAGE_H
#define MCNN_IMAGE_IMAGE_H

#include "base/alloc.h"
#include "base/shape.h"

/* Bytes of an image of this shape; 0 where that does not fit in size_t. */
size_t mcnn_shape_bytes(const mcnn_shape *shape);

/* Decodes PNG after PNG, keeping its memory from one to the next. Belongs to one thread. */
typedef struct mcnn_png_decoder mcnn_png_decoder;

mnistcnn_status mcnn_png_decoder_create(const mcnn_alloc *alloc, mcnn_png_decoder **out);
void mcnn_png_decoder_free(mcnn_png_decoder *decoder);

/* From now on every image has alpha as its last channel, 255 where the file says nothing. */
void mcnn_png_decoder_keep_alpha(mcnn_png_decoder *decoder);

/* What the file says it holds (gray: 1 channel, colour and palette: 3), from its first bytes.
 * `label` (a path or "PNG data") opens each message. */
mnistcnn_status mcnn_png_shape(const void *data, size_t size_bytes, const char *label,
                               mcnn_shape *shape);

/* Decodes to the file's own shape, without alpha. *pixels belongs to the decoder, is the caller's
 * to change, and is valid until its next use. */
mnistcnn_status mcnn_png_decode(mcnn_png_decoder *decoder, const void *data, size_t size_bytes,
                                const char *label, uint8_t **pixels, mcnn_shape *shape);

/* The file `path`, read and decoded as above. */
mnistcnn_status mcnn_png_decode_file(mcnn_png_decoder *decoder, const char *path, uint8_t **pixels,
                                     mcnn_shape *shape);

/* An 8-bit PNG; the caller frees *data with mcnn_free. */
mnistcnn_status mcnn_png_encode(const uint8_t *pixels, const mcnn_shape *shape,
                                const mcnn_alloc *alloc, unsigned char **data, size_t *size_bytes);

/* In place, `count` pixels. Luma as ITU-R 601 in Pillow's fixed point; for the other direction the
 * buffer has room for 3 * count. */
void mcnn_rgb_to_gray(uint8_t *pixels, size_t count);
void mcnn_gray_to_rgb(uint8_t *pixels, size_t count);

/* `count` pixels with alpha, of 2 or 4 channels each, to 2 or 4. */
void mcnn_convert_with_alpha(const uint8_t *pixels, uint32_t channels, size_t count,
                             uint8_t *target, uint32_t target_channels);

/* Brings `pixels` of shape `from` to shape `to` (channels first or last, whichever works on less).
 * `pixels` is used as scratch. resize: MNISTCNN_RESIZE_... */
void mcnn_image_fit(uint8_t *pixels, const mcnn_shape *from, int32_t resize, uint8_t *target,
                    const mcnn_shape *to);

/* Of libpng as it runs, "1.6.39". */
const char *mcnn_png_library_version(void);

#endif
