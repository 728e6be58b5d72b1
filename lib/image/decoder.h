/* Image files to bytes, whatever their format: the first bytes tell which decoder to take. */
#ifndef MCNN_IMAGE_DECODER_H
#define MCNN_IMAGE_DECODER_H

#include "image/format.h"

/* The formats of the table in decoder.c, for messages. */
#if !MCNN_WITH_PNG && MCNN_WITH_JPEG
#define MCNN_IMAGE_FORMATS  "JPEG or BMP"
#define MCNN_IMAGE_PATTERNS "*.jpg, *.jpeg or *.bmp"
#elif !MCNN_WITH_PNG
#define MCNN_IMAGE_FORMATS  "BMP"
#define MCNN_IMAGE_PATTERNS "*.bmp"
#elif MCNN_WITH_JPEG && MCNN_WITH_BMP
#define MCNN_IMAGE_FORMATS  "PNG, JPEG or BMP"
#define MCNN_IMAGE_PATTERNS "*.png, *.jpg, *.jpeg or *.bmp"
#elif MCNN_WITH_JPEG
#define MCNN_IMAGE_FORMATS  "PNG or JPEG"
#define MCNN_IMAGE_PATTERNS "*.png, *.jpg or *.jpeg"
#elif MCNN_WITH_BMP
#define MCNN_IMAGE_FORMATS  "PNG or BMP"
#define MCNN_IMAGE_PATTERNS "*.png or *.bmp"
#else
#define MCNN_IMAGE_FORMATS  "PNG"
#define MCNN_IMAGE_PATTERNS "*.png"
#endif

/* How many pixels are enough: where a format can be decoded to fewer with less work (JPEG), it may
 * be as long as both sides keep `shorter` and one keeps `longer`. Zeros: nothing but the limit of
 * MNISTCNN_MAX_IMAGE_SIDE reduces an image. */
typedef struct mcnn_image_need {
  uint32_t shorter, longer;
} mcnn_image_need;

/* What is enough for mcnn_resize() by area averaging to `height` x `width`: four pixels of the file
 * along each side of a pixel of the result. */
mcnn_image_need mcnn_image_need_for(uint32_t height, uint32_t width);

/* What a file holds, and what it is decoded to. */
typedef struct mcnn_image_info {
  int32_t format;                   /* MNISTCNN_IMAGE_FORMAT_... */
  uint32_t file_height, file_width; /* upright */
  mcnn_shape shape;                 /* as decoded, upright, without alpha: 1 or 3 channels */
  uint32_t factor;                  /* pixels of the file per pixel decoded, along each axis */
  uint32_t orientation;             /* that was undone: EXIF's, 1 to 8 */
  int has_alpha;                    /* 0: all is opaque */
} mcnn_image_info;

mnistcnn_status mcnn_image_read_info(const mcnn_image_file *file, const mcnn_image_need *need,
                                     mcnn_image_info *info);

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

/* Of all files that follow; zeros at first. */
void mcnn_image_decoder_set_need(mcnn_image_decoder *decoder, const mcnn_image_need *need);

/* Decodes to the shape that mcnn_image_read_info() tells, with alpha as one channel more where it
 * is kept. *pixels belongs to the decoder, is the caller's to change, and is valid until its next
 * use.
 */
mnistcnn_status mcnn_image_decode(mcnn_image_decoder *decoder, const mcnn_image_file *file,
                                  uint8_t **pixels, mcnn_shape *shape);

/* The file `path`, read and decoded as above. */
mnistcnn_status mcnn_image_decode_path(mcnn_image_decoder *decoder, const char *path,
                                       uint8_t **pixels, mcnn_shape *shape);

/* 1 where a pixel of the last image was not opaque, or may not have been where alpha was dropped.
 */
int mcnn_image_was_transparent(const mcnn_image_decoder *decoder);

/* Of the last file that was decoded: what is wrong with it, one line with its name; else "". */
const char *mcnn_image_decoder_warning(const mcnn_image_decoder *decoder);

/* 1 where a file of this name should be an image that can be decoded. */
int mcnn_image_has_extension(const char *name);

#endif
