/* What a file format of images brings along. A new one is a file that defines its
 * mcnn_image_format, and a row in the table of decoder.c. */
#ifndef MCNN_IMAGE_FORMAT_H
#define MCNN_IMAGE_FORMAT_H

#include "base/status.h"
#include "image/raster.h"

/* A file in memory. `label` (a path or "PNG data") opens each message. */
typedef struct mcnn_image_file {
  const unsigned char *data;
  size_t size_bytes;
  const char *label;
} mcnn_image_file;

/* What the first part of a file tells. */
typedef struct mcnn_image_header {
  mcnn_shape shape;     /* as stored, without alpha: gray has 1 channel, colour 3 */
  uint32_t orientation; /* as EXIF counts them, 1 to 8; 1 is upright */
  int has_alpha;        /* 0: all is opaque */
} mcnn_image_header;

/* How a file is to be decoded. */
typedef struct mcnn_image_task {
  const mcnn_image_file *file;
  mcnn_image_header header;
  uint32_t factor; /* pixels of the file per pixel decoded, along each axis */
  int with_alpha;  /* 1: alpha is the last channel, 255 where the file has none */
} mcnn_image_task;

/* What was wrong with a file that could be decoded all the same; "" at first. */
typedef struct mcnn_image_warning {
  char text[MCNN_ERROR_CAPACITY];
} mcnn_image_warning;

/* Keeps the first of a file: "LABEL: is damaged, but was read: REASON". */
void mcnn_image_warn(mcnn_image_warning *warning, const mcnn_image_file *file, const char *reason);

/* MNISTCNN_FORMAT where a side is 0, MNISTCNN_LIMIT where the image is larger than is read. */
mnistcnn_status mcnn_image_check_sides(const mcnn_image_file *file, uint32_t height,
                                       uint32_t width);

typedef struct mcnn_image_format {
  int32_t id; /* MNISTCNN_IMAGE_FORMAT_... */
  /* The first bytes of every such file. */
  const unsigned char *signature;
  size_t signature_bytes;
  int can_scale; /* 1: by 2, 4 and 8 it is reduced with less work than it is decoded */

  mnistcnn_status (*read_header)(const mcnn_image_file *file, mcnn_image_header *header);

  /* 1 where the file may have pixels that are not opaque; NULL: files of this format have none. The
   * file may be anything that begins with the signature. */
  int (*has_alpha)(const mcnn_image_file *file);

  /* What a decoder of this format keeps from one file to the next. */
  mnistcnn_status (*create)(const mcnn_alloc *alloc, void **state);
  void (*destroy)(void *state);

  /* Decodes into the raster, which it starts and finishes. */
  mnistcnn_status (*decode)(void *state, const mcnn_image_task *task, mcnn_raster *raster,
                            mcnn_image_warning *warning);
} mcnn_image_format;

#endif
