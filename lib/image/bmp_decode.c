/* BMP to bytes. */
#include "image/bmp.h"

#include "base/status.h"
#include "image/bmp_header.h"
#include "image/bmp_rle.h"

#include <string.h>

static const unsigned char signature[2] = {'B', 'M'};

/* A channel's bits in a pixel. */
typedef struct channel {
  uint32_t shift, largest; /* largest 0: the channel is not there */
} channel;

typedef struct decoder {
  mcnn_alloc alloc;
  mcnn_pixel_buffer indices; /* of one row, a byte each */

  /* Of the file being decoded. */
  const mcnn_image_task *task;
  mcnn_raster *raster;
  mcnn_image_warning *warning;
  mcnn_bmp_header header;
  channel channels[4];
} decoder;

/* --- one row ---------------------------------------------------------------------------------- */

static size_t row_bytes(const mcnn_bmp_header *h) {
  return ((size_t)h->width * h->bits + 31) / 32 * 4;
}

static void unpack_indices(const mcnn_bmp_header *h, const unsigned char *from, uint8_t *indices) {
  const uint32_t per_byte = 8 / h->bits, mask = (1u << h->bits) - 1;

  for (uint32_t x = 0; x < h->width; x++) {
    const uint32_t shift = 8 - h->bits * (x % per_byte + 1);
    indices[x] = (uint8_t)((uint32_t)from[x / per_byte] >> shift & mask);
  }
}

static void look_up_palette(const decoder *d, const uint8_t *indices, uint8_t *to) {
  const mcnn_bmp_header *const h = &d->header;
  const uint32_t channels = d->raster->options.stored.channels;

  for (uint32_t x = 0; x < h->width; x++, to += channels) {
    if (indices[x] >= h->num_colours)
      mcnn_image_warn(d->warning, d->task->file, "a pixel lies outside the palette");
    memcpy(to, h->palette[indices[x]], h->channels);
    if (channels > h->channels)
      to[h->channels] = 255;
  }
}

/* The lowest bit and the width of the field that a mask has from its lowest bit on. */
static channel channel_of(uint32_t mask) {
  channel c = {0, mask};

  while (c.largest != 0 && (c.largest & 1) == 0) {
    c.largest >>= 1;
    c.shift++;
  }
  return c;
}

static uint8_t value_of(uint32_t pixel, uint32_t mask, const channel *c) {
  return (uint8_t)((uint64_t)((pixel & mask) >> c->shift) * 255 / c->largest);
}

static void unpack_colours(const decoder *d, const unsigned char *from, uint8_t *to) {
  const mcnn_bmp_header *const h = &d->header;
  const uint32_t bytes = h->bits / 8, channels = d->raster->options.stored.channels;

  for (uint32_t x = 0; x < h->width; x++, from += bytes, to += channels) {
    uint32_t pixel = 0;
    for (uint32_t i = 0; i < bytes; i++)
      pixel |= (uint32_t)from[i] << (8 * i);
    for (uint32_t c = 0; c < channels; c++) {
      to[c] = d->channels[c].largest != 0 ? value_of(pixel, h->masks[c], &d->channels[c])
              : c == 3                    ? 255
                                          : 0;
    }
  }
}

/* --- all rows --------------------------------------------------------------------------------- */

static mnistcnn_status fail_early(const decoder *d) {
  return mcnn_fail(MNISTCNN_FORMAT, "%s: is not a valid BMP: it ends too early",
                   d->task->file->label);
}

/* Row i of those in the file. */
static uint32_t place_of(const mcnn_bmp_header *h, uint32_t i) {
  return h->top_down ? i : h->height - 1 - i;
}

static int is_rle(const mcnn_bmp_header *h) {
  return h->packing == MCNN_BMP_RLE4 || h->packing == MCNN_BMP_RLE8;
}

/* Before memory is asked for. Of the last row the filling may be missing; how long run lengths are
 * is seen when they are read. */
static mnistcnn_status check_length(const decoder *d) {
  const mcnn_bmp_header *const h = &d->header;
  const size_t used = ((size_t)h->width * h->bits + 7) / 8;
  const int is_short =
      row_bytes(h) * (h->height - 1) + used > d->task->file->size_bytes - h->pixels_at;

  return is_short && !is_rle(h) ? fail_early(d) : MNISTCNN_OK;
}

static mnistcnn_status decode_plain(decoder *d) {
  const mcnn_bmp_header *const h = &d->header;
  const unsigned char *const pixels = d->task->file->data + h->pixels_at;
  const size_t bytes = row_bytes(h);

  for (uint32_t y = 0; y < h->height; y++) {
    const unsigned char *const from = pixels + bytes * place_of(h, y);
    uint8_t *const to = mcnn_raster_row(d->raster, y);
    if (h->packing == MCNN_BMP_MASKS) {
      unpack_colours(d, from, to);
    } else {
      unpack_indices(h, from, d->indices.pixels);
      look_up_palette(d, d->indices.pixels, to);
    }
    mcnn_raster_put_row(d->raster, y);
  }
  return MNISTCNN_OK;
}

/* The rows come in the file's order: mostly from the bottom, which turns the image over. */
static mnistcnn_status decode_rle(decoder *d) {
  const mcnn_bmp_header *const h = &d->header;
  const mcnn_image_file *const file = d->task->file;
  mcnn_bmp_rle rle = {.data = file->data + h->pixels_at,
                      .end = file->data + file->size_bytes,
                      .is_rle4 = h->packing == MCNN_BMP_RLE4};

  for (uint32_t y = 0; y < h->height; y++) {
    if (!mcnn_bmp_rle_read_row(&rle, d->indices.pixels, h->width))
      return fail_early(d);
    look_up_palette(d, d->indices.pixels, mcnn_raster_row(d->raster, y));
    mcnn_raster_put_row(d->raster, y);
  }
  return MNISTCNN_OK;
}

static mnistcnn_status decode(void *state, const mcnn_image_task *task, mcnn_raster *raster,
                              mcnn_image_warning *warning) {
  decoder *const d = state;
  mcnn_raster_options options = {task->header.shape, task->factor, 1, 0};
  mnistcnn_status status = mcnn_bmp_read_header(task->file, &d->header);

  options.stored.channels += task->with_alpha ? 1 : 0;
  options.orientation = is_rle(&d->header) && !d->header.top_down ? 4 : 1;
  d->task = task;
  d->raster = raster;
  d->warning = warning;
  for (int i = 0; i < 4; i++)
    d->channels[i] = channel_of(d->header.masks[i]);
  if (status == MNISTCNN_OK)
    status = check_length(d);
  if (status == MNISTCNN_OK)
    status = mcnn_raster_start(raster, &options);
  if (status == MNISTCNN_OK)
    status = mcnn_pixel_buffer_reserve(&d->indices, d->header.width);
  if (status == MNISTCNN_OK)
    status = is_rle(&d->header) ? decode_rle(d) : decode_plain(d);
  mcnn_raster_finish(raster);
  return status;
}

/* --- the format ------------------------------------------------------------------------------- */

static mnistcnn_status read_header(const mcnn_image_file *file, mcnn_image_header *header) {
  mcnn_bmp_header own;
  const mnistcnn_status status = mcnn_bmp_read_header(file, &own);

  if (status == MNISTCNN_OK)
    *header = (mcnn_image_header){{own.height, own.width, own.channels}, 1, own.masks[3] != 0};
  return status;
}

static mnistcnn_status create(const mcnn_alloc *alloc, void **state) {
  decoder *const d = mcnn_alloc_zeroed(alloc, 1, sizeof *d);

  if (!d)
    return MNISTCNN_OUT_OF_MEMORY;
  d->alloc = *alloc;
  d->indices.alloc = *alloc;
  *state = d;
  return MNISTCNN_OK;
}

static void destroy(void *state) {
  decoder *const d = state;
  const mcnn_alloc alloc = d->alloc;

  mcnn_pixel_buffer_free(&d->indices);
  mcnn_free(&alloc, d);
}

const mcnn_image_format mcnn_bmp_format = {.id = MNISTCNN_IMAGE_FORMAT_BMP,
                                           .signature = signature,
                                           .signature_bytes = sizeof signature,
                                           .read_header = read_header,
                                           .create = create,
                                           .destroy = destroy,
                                           .decode = decode};
