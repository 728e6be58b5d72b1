/* Image files to bytes, whatever their format: the first bytes tell which decoder to take. */
#ifndef MCNN_IMAGE_DECODER_H
#define MCNN_IMAGE_DECODER_H

#include "image/format.h"

/* The formats of the table in decoder.c, for messages. */
#define MCNN_IMAGE_FORMATS  "PNG"
#define MCNN_IMAGE_PATTERNS "*.png"

/* Decodes file after file, keeping its memory from one to the next. Belongs to one thread. */
typedef struct mcnn_image_decoder mcnn_image_decoder;

/* What becomes of transparency. */
typedef enum mcnn_alpha {
  MCNN_ALPHA_DROP = 0, /* alpha is left out, as if all pixels were opaque */
  MCNN_ALPHA_KEEP = 1, /* is the last channel of every image, 255 where the file says nothing */
  MCNN_ALPHA_COMPOSITE = 2, /* images are composited over an opaque ground (image/alpha.h) */
  MCNN_ALPHA_KEEP_SEEN = 3  /* is the last channel of images with a pixel that is not opaque */
} mcnn_alpha;

mnistcnn_status mcnn_image_decoder_create(const mcnn_alloc *alloc, mcnn_alpha alpha,
                                          mcnn_image_decoder **out);
void mcnn_image_decoder_free(mcnn_image_decoder *decoder);

/* The shape that the header tells, without alpha: gray has 1 channel, colour and palettes 3. */
mnistcnn_status mcnn_image_read_shape(const mcnn_image_file *file, mcnn_shape *shape);

/* Decodes to the file's own shape, with alpha as one channel more where it is kept. *pixels belongs
 * to the decoder, is the caller's to change, and is valid until its next use. */
mnistcnn_status mcnn_image_decode(mcnn_image_decoder *decoder, const mcnn_image_file *file,
                                  uint8_t **pixels, mcnn_shape *shape);

/* The file `path`, read and decoded as above. */
mnistcnn_status mcnn_image_decode_path(mcnn_image_decoder *decoder, const char *path,
                                       uint8_t **pixels, mcnn_shape *shape);

/* 1 where a pixel of the last image was not opaque, or may not have been where alpha was dropped.
 */
int mcnn_image_was_transparent(const mcnn_image_decoder *decoder);

/* 1 where a file of this name should be an image that can be decoded. */
int mcnn_image_has_extension(const char *name);

#endif
