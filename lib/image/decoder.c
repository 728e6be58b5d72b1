#include "image/decoder.h"

#include "base/io.h"
#include "base/status.h"
#include "image/alpha.h"
#include "image/png.h"

#include <assert.h>
#include <string.h>

/* The formats that can be decoded, and what their files are called. */
static const struct row {
  const mcnn_image_format *format;
  const char *extension;
} formats[] = {
    {&mcnn_png_format, ".png"},
};

enum { NUM_FORMATS = sizeof formats / sizeof formats[0] };

/* Formats that cannot be decoded, but are often met: the message names them. */
static const struct other_format {
  const char *name, *signature;
} other_formats[] = {
    {"a JPEG", "\xFF\xD8\xFF"},       {"a GIF", "GIF8"}, {"a BMP", "BM"}, {"a TIFF", "II*"},
    {"a WebP or other RIFF", "RIFF"},
};

struct mcnn_image_decoder {
  mcnn_alloc alloc;
  mcnn_alpha alpha;
  int transparent;           /* the last image */
  void *states[NUM_FORMATS]; /* NULL until the first file of that format */
  mcnn_pixel_buffer buffer;
  unsigned char *file; /* of mcnn_image_decode_path() */
  size_t file_capacity;
};

/* --- formats ---------------------------------------------------------------------------------- */

static int starts_with(const mcnn_image_file *file, const void *signature, size_t bytes) {
  return file->size_bytes >= bytes && memcmp(file->data, signature, bytes) == 0;
}

static mnistcnn_status fail_unknown(const mcnn_image_file *file) {
  for (size_t i = 0; i < sizeof other_formats / sizeof other_formats[0]; i++) {
    const struct other_format *const other = &other_formats[i];
    if (starts_with(file, other->signature, strlen(other->signature))) {
      return mcnn_fail(MNISTCNN_FORMAT, "%s: is not a " MCNN_IMAGE_FORMATS " but %s", file->label,
                       other->name);
    }
  }
  return mcnn_fail(MNISTCNN_FORMAT, "%s: is not a " MCNN_IMAGE_FORMATS, file->label);
}

/* *index: the row of the format that the file's first bytes tell. */
static mnistcnn_status find_format(const mcnn_image_file *file, size_t *index) {
  if (file->size_bytes > MNISTCNN_MAX_IMAGE_BYTES) {
    return mcnn_fail(MNISTCNN_LIMIT, "%s: is larger than the limit of %d bytes", file->label,
                     MNISTCNN_MAX_IMAGE_BYTES);
  }
  for (size_t i = 0; i < NUM_FORMATS; i++) {
    if (starts_with(file, formats[i].format->signature, formats[i].format->signature_bytes)) {
      *index = i;
      return MNISTCNN_OK;
    }
  }
  return fail_unknown(file);
}

mnistcnn_status mcnn_image_read_shape(const mcnn_image_file *file, mcnn_shape *shape) {
  size_t index = 0;
  const mnistcnn_status status = find_format(file, &index);

  return status == MNISTCNN_OK ? formats[index].format->read_shape(file, shape) : status;
}

/* ASCII letters in either case; `lower` has none in upper case. */
static int equals_in_any_case(const char *text, const char *lower) {
  for (; *lower; text++, lower++) {
    const char c = *text >= 'A' && *text <= 'Z' ? (char)(*text - 'A' + 'a') : *text;
    if (c != *lower)
      return 0;
  }
  return *text == '\0';
}

int mcnn_image_has_extension(const char *name) {
  const size_t length = strlen(name);

  for (size_t i = 0; i < NUM_FORMATS; i++) {
    const size_t bytes = strlen(formats[i].extension);
    if (length > bytes && equals_in_any_case(name + length - bytes, formats[i].extension))
      return 1;
  }
  return 0;
}

/* --- decoding --------------------------------------------------------------------------------- */

/* The image in the buffer has alpha. */
static void treat_alpha(mcnn_image_decoder *decoder, mcnn_shape *shape) {
  uint8_t *const pixels = decoder->buffer.pixels;

  decoder->transparent = mcnn_is_transparent(pixels, shape);
  if (decoder->alpha == MCNN_ALPHA_COMPOSITE ||
      (decoder->alpha == MCNN_ALPHA_KEEP_SEEN && !decoder->transparent))
    mcnn_composite(pixels, shape, MCNN_GROUND_AUTO, pixels);
}

static mnistcnn_status decode_as(mcnn_image_decoder *decoder, size_t index,
                                 const mcnn_image_file *file, mcnn_shape *shape) {
  const mcnn_image_format *const format = formats[index].format;
  void **const state = &decoder->states[index];
  mnistcnn_status status = format->read_shape(file, shape);

  if (status == MNISTCNN_OK && !*state)
    status = format->create(&decoder->alloc, state);
  if (status != MNISTCNN_OK)
    return status;
  assert(shape->channels == 1 || shape->channels == 3);
  const int has_alpha = format->has_alpha && format->has_alpha(file);
  const int with_alpha =
      decoder->alpha == MCNN_ALPHA_KEEP || (decoder->alpha != MCNN_ALPHA_DROP && has_alpha);
  shape->channels += with_alpha ? 1 : 0;
  decoder->transparent = has_alpha;
  status = format->decode(*state, file, shape, with_alpha, &decoder->buffer);
  if (status == MNISTCNN_OK && with_alpha)
    treat_alpha(decoder, shape);
  return status;
}

mnistcnn_status mcnn_image_decode(mcnn_image_decoder *decoder, const mcnn_image_file *file,
                                  uint8_t **pixels, mcnn_shape *shape) {
  mcnn_shape own;
  size_t index = 0;
  mnistcnn_status status = find_format(file, &index);

  if (status == MNISTCNN_OK)
    status = decode_as(decoder, index, file, &own);
  if (status == MNISTCNN_OK) {
    *pixels = decoder->buffer.pixels;
    *shape = own;
  }
  return status;
}

mnistcnn_status mcnn_image_decode_path(mcnn_image_decoder *decoder, const char *path,
                                       uint8_t **pixels, mcnn_shape *shape) {
  size_t size_bytes = 0;
  const mnistcnn_status status =
      mcnn_read_file_into(path, MNISTCNN_MAX_IMAGE_BYTES, &decoder->alloc, &decoder->file,
                          &decoder->file_capacity, &size_bytes);

  if (status != MNISTCNN_OK)
    return status;
  const mcnn_image_file file = {decoder->file, size_bytes, path};
  return mcnn_image_decode(decoder, &file, pixels, shape);
}

int mcnn_image_was_transparent(const mcnn_image_decoder *decoder) {
  return decoder->transparent;
}

/* --- life time -------------------------------------------------------------------------------- */

mnistcnn_status mcnn_image_decoder_create(const mcnn_alloc *alloc, mcnn_alpha alpha,
                                          mcnn_image_decoder **out) {
  mcnn_image_decoder *const decoder = mcnn_alloc_zeroed(alloc, 1, sizeof *decoder);

  if (!decoder)
    return MNISTCNN_OUT_OF_MEMORY;
  decoder->alloc = *alloc;
  decoder->alpha = alpha;
  decoder->buffer.alloc = *alloc;
  *out = decoder;
  return MNISTCNN_OK;
}

void mcnn_image_decoder_free(mcnn_image_decoder *decoder) {
  if (!decoder)
    return;
  const mcnn_alloc alloc = decoder->alloc;
  for (size_t i = 0; i < NUM_FORMATS; i++)
    if (decoder->states[i])
      formats[i].format->destroy(decoder->states[i]);
  mcnn_free(&alloc, decoder->buffer.pixels);
  mcnn_free(&alloc, decoder->file);
  mcnn_free(&alloc, decoder);
}
