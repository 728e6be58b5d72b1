#include "image/decoder.h"

#include "base/io.h"
#include "base/status.h"
#include "image/alpha.h"
#include "image/bmp.h"
#include "image/jpeg.h"
#include "image/other_formats.h"
#include "image/png.h"

#include <string.h>

/* The formats that can be decoded, by how often they are met. */
static const mcnn_image_format *const formats[] = {
#if MCNN_WITH_PNG
    &mcnn_png_format,
#endif
#if MCNN_WITH_JPEG
    &mcnn_jpeg_format,
#endif
#if MCNN_WITH_BMP
    &mcnn_bmp_format,
#endif
};

/* What their files are called. */
static const char *const extensions[] = {
#if MCNN_WITH_PNG
    ".png",
#endif
#if MCNN_WITH_JPEG
    ".jpg",
    ".jpeg",
#endif
#if MCNN_WITH_BMP
    ".bmp",
#endif
};

enum {
  NUM_FORMATS = sizeof formats / sizeof formats[0],
  NUM_EXTENSIONS = sizeof extensions / sizeof extensions[0]
};

struct mcnn_image_decoder {
  mcnn_alloc alloc;
  mcnn_alpha alpha;
  int transparent; /* the last image */
  mcnn_image_need need;
  void *states[NUM_FORMATS]; /* NULL until the first file of that format */
  mcnn_raster raster;
  mcnn_image_warning warning;
  unsigned char *file; /* of mcnn_image_decode_path() */
  size_t file_capacity;
};

/* --- formats ---------------------------------------------------------------------------------- */

static int starts_with(const mcnn_image_file *file, const mcnn_image_format *format) {
  return file->size_bytes >= format->signature_bytes &&
         memcmp(file->data, format->signature, format->signature_bytes) == 0;
}

static mnistcnn_status fail_unknown(const mcnn_image_file *file) {
  const char *const other = mcnn_other_format(file->data, file->size_bytes);

  return mcnn_fail(MNISTCNN_FORMAT, "%s: is not a " MCNN_IMAGE_FORMATS "%s%s", file->label,
                   other ? " but " : "", other ? other : "");
}

/* *index: the row of the format that the file's first bytes tell. */
static mnistcnn_status find_format(const mcnn_image_file *file, size_t *index) {
  if (file->size_bytes > MNISTCNN_MAX_IMAGE_BYTES) {
    return mcnn_fail(MNISTCNN_LIMIT, "%s: is larger than the limit of %d bytes", file->label,
                     MNISTCNN_MAX_IMAGE_BYTES);
  }
  for (size_t i = 0; i < NUM_FORMATS; i++) {
    if (starts_with(file, formats[i])) {
      *index = i;
      return MNISTCNN_OK;
    }
  }
  return fail_unknown(file);
}

/* --- size ------------------------------------------------------------------------------------- */

/* Chosen by comparing with the result from all pixels, from which it differs by at most 2 of 255
 * for photos. */
enum { PIXELS_PER_PIXEL = 4 };

mcnn_image_need mcnn_image_need_for(uint32_t height, uint32_t width) {
  const uint32_t longest = height > width ? height : width;
  const mcnn_image_need need = {PIXELS_PER_PIXEL * longest, 0};

  return need;
}

/* 1, 2, 4 or 8. */
static uint32_t scale_for(const mcnn_image_need *need, uint32_t shorter, uint32_t longer) {
  uint32_t scale = need->shorter == 0 && need->longer == 0 ? 1 : 8;

  while (scale > 1 && (shorter / scale < need->shorter || longer / scale < need->longer))
    scale /= 2;
  return scale;
}

static uint32_t factor_for(const mcnn_image_format *format, const mcnn_shape *stored,
                           const mcnn_image_need *need) {
  const uint32_t height = stored->height, width = stored->width;
  const uint32_t longer = height > width ? height : width;
  const uint32_t shorter = height > width ? width : height;
  const uint32_t least = (longer + MNISTCNN_MAX_IMAGE_SIDE - 1) / MNISTCNN_MAX_IMAGE_SIDE;
  const uint32_t scale = format->can_scale ? scale_for(need, shorter, longer) : 1;

  return scale > least ? scale : least;
}

static mnistcnn_status plan(const mcnn_image_format *format, const mcnn_image_need *need,
                            mcnn_image_task *task) {
  const mnistcnn_status status = format->read_header(task->file, &task->header);

  if (status == MNISTCNN_OK)
    task->factor = factor_for(format, &task->header.shape, need);
  return status;
}

static mcnn_shape decoded_shape(const mcnn_image_task *task, uint32_t factor) {
  const mcnn_raster_options options = {task->header.shape, factor, task->header.orientation, 0};

  return mcnn_raster_shape(&options);
}

mnistcnn_status mcnn_image_read_info(const mcnn_image_file *file, const mcnn_image_need *need,
                                     mcnn_image_info *info) {
  mcnn_image_task task = {.file = file};
  size_t index = 0;
  mnistcnn_status status = find_format(file, &index);

  if (status == MNISTCNN_OK)
    status = plan(formats[index], need, &task);
  if (status != MNISTCNN_OK)
    return status;
  const mcnn_shape whole = decoded_shape(&task, 1);
  *info = (mcnn_image_info){formats[index]->id,   whole.height,
                            whole.width,          decoded_shape(&task, task.factor),
                            task.factor,          task.header.orientation,
                            task.header.has_alpha};
  return MNISTCNN_OK;
}

/* --- names ------------------------------------------------------------------------------------ */

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

  for (size_t i = 0; i < NUM_EXTENSIONS; i++) {
    const size_t bytes = strlen(extensions[i]);
    if (length > bytes && equals_in_any_case(name + length - bytes, extensions[i]))
      return 1;
  }
  return 0;
}

/* --- decoding --------------------------------------------------------------------------------- */

/* The decoded image has alpha. */
static void treat_alpha(mcnn_image_decoder *decoder, mcnn_shape *shape) {
  uint8_t *const pixels = decoder->raster.image.pixels;

  decoder->transparent = mcnn_is_transparent(pixels, shape);
  if (decoder->alpha == MCNN_ALPHA_COMPOSITE ||
      (decoder->alpha == MCNN_ALPHA_KEEP_SEEN && !decoder->transparent))
    mcnn_composite(pixels, shape, MCNN_GROUND_AUTO, pixels);
}

static mnistcnn_status decode_as(mcnn_image_decoder *decoder, size_t index,
                                 const mcnn_image_file *file, mcnn_shape *shape) {
  const mcnn_image_format *const format = formats[index];
  void **const state = &decoder->states[index];
  mcnn_image_task task = {.file = file};
  mnistcnn_status status = plan(format, &decoder->need, &task);

  if (status == MNISTCNN_OK && !*state)
    status = format->create(&decoder->alloc, state);
  if (status != MNISTCNN_OK)
    return status;
  const int has_alpha = task.header.has_alpha;
  task.with_alpha =
      decoder->alpha == MCNN_ALPHA_KEEP || (decoder->alpha != MCNN_ALPHA_DROP && has_alpha);
  *shape = decoded_shape(&task, task.factor);
  shape->channels += task.with_alpha ? 1 : 0;
  decoder->transparent = has_alpha;
  status = format->decode(*state, &task, &decoder->raster, &decoder->warning);
  if (status == MNISTCNN_OK && task.with_alpha)
    treat_alpha(decoder, shape);
  return status;
}

mnistcnn_status mcnn_image_decode(mcnn_image_decoder *decoder, const mcnn_image_file *file,
                                  uint8_t **pixels, mcnn_shape *shape) {
  mcnn_shape own;
  size_t index = 0;
  mnistcnn_status status = find_format(file, &index);

  decoder->warning.text[0] = '\0';
  if (status == MNISTCNN_OK)
    status = decode_as(decoder, index, file, &own);
  if (status == MNISTCNN_OK) {
    *pixels = decoder->raster.image.pixels;
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

const char *mcnn_image_decoder_warning(const mcnn_image_decoder *decoder) {
  return decoder->warning.text;
}

/* --- life time -------------------------------------------------------------------------------- */

mnistcnn_status mcnn_image_decoder_create(const mcnn_alloc *alloc, mcnn_alpha alpha,
                                          mcnn_image_decoder **out) {
  mcnn_image_decoder *const decoder = mcnn_alloc_zeroed(alloc, 1, sizeof *decoder);

  if (!decoder)
    return MNISTCNN_OUT_OF_MEMORY;
  decoder->alloc = *alloc;
  decoder->alpha = alpha;
  mcnn_raster_init(&decoder->raster, alloc);
  *out = decoder;
  return MNISTCNN_OK;
}

void mcnn_image_decoder_set_need(mcnn_image_decoder *decoder, const mcnn_image_need *need) {
  decoder->need = *need;
}

void mcnn_image_decoder_free(mcnn_image_decoder *decoder) {
  if (!decoder)
    return;
  const mcnn_alloc alloc = decoder->alloc;
  for (size_t i = 0; i < NUM_FORMATS; i++)
    if (decoder->states[i])
      formats[i]->destroy(decoder->states[i]);
  mcnn_raster_free(&decoder->raster);
  mcnn_free(&alloc, decoder->file);
  mcnn_free(&alloc, decoder);
}
