#include "image/bmp_header.h"

#include "base/status.h"

#include <string.h>

enum {
  FILE_HEADER_BYTES = 14,
  CORE_HEADER_BYTES = 12, /* BITMAPCOREHEADER */
  INFO_HEADER_BYTES = 40, /* BITMAPINFOHEADER; the later ones begin with it */
  MAX_HEADER_BYTES = 124  /* BITMAPV5HEADER */
};

enum { UNPACKED = 0, RLE8 = 1, RLE4 = 2, BITFIELDS = 3, ALPHA_BITFIELDS = 6 };

typedef struct parser {
  const mcnn_image_file *file;
  mcnn_bmp_header *header;
  size_t header_bytes; /* of the second header */
  size_t at;           /* behind what has been read */
  uint32_t compression;
} parser;

/* --- numbers ---------------------------------------------------------------------------------- */

static uint32_t little_endian(const unsigned char *bytes, size_t count) {
  uint32_t value = 0;

  while (count-- > 0)
    value = value << 8 | bytes[count];
  return value;
}

static uint32_t number(const parser *p, size_t at, size_t bytes) {
  return little_endian(p->file->data + at, bytes);
}

static mnistcnn_status fail(const parser *p, const char *reason) {
  return mcnn_fail(MNISTCNN_FORMAT, "%s: is not a valid BMP: %s", p->file->label, reason);
}

static mnistcnn_status require(const parser *p, size_t bytes) {
  return bytes <= p->file->size_bytes ? MNISTCNN_OK : fail(p, "it ends too early");
}

/* --- headers ---------------------------------------------------------------------------------- */

static void read_core_header(parser *p) {
  mcnn_bmp_header *const h = p->header;

  h->width = number(p, FILE_HEADER_BYTES + 4, 2);
  h->height = number(p, FILE_HEADER_BYTES + 6, 2);
  h->bits = number(p, FILE_HEADER_BYTES + 10, 2);
}

/* A negative height says that the rows come from the top. */
static void read_info_header(parser *p) {
  mcnn_bmp_header *const h = p->header;

  h->width = number(p, FILE_HEADER_BYTES + 4, 4);
  h->height = number(p, FILE_HEADER_BYTES + 8, 4);
  h->top_down = h->height >> 31 != 0;
  if (h->top_down)
    h->height = 0u - h->height;
  h->bits = number(p, FILE_HEADER_BYTES + 14, 2);
  p->compression = number(p, FILE_HEADER_BYTES + 16, 4);
  h->num_colours = number(p, FILE_HEADER_BYTES + 32, 4);
}

static int is_known_header(size_t bytes) {
  static const uint8_t known[] = {CORE_HEADER_BYTES, INFO_HEADER_BYTES, 52, 56, 64, 108,
                                  MAX_HEADER_BYTES};

  for (size_t i = 0; i < sizeof known; i++)
    if (bytes == known[i])
      return 1;
  return 0;
}

static mnistcnn_status read_headers(parser *p) {
  mnistcnn_status status = require(p, FILE_HEADER_BYTES + 4);

  if (status != MNISTCNN_OK)
    return status;
  p->header_bytes = number(p, FILE_HEADER_BYTES, 4);
  if (!is_known_header(p->header_bytes)) {
    return mcnn_fail(MNISTCNN_UNSUPPORTED,
                     "%s: has no BMP header that is known (its size would be %zu bytes)",
                     p->file->label, p->header_bytes);
  }
  p->at = FILE_HEADER_BYTES + p->header_bytes;
  status = require(p, p->at);
  if (status != MNISTCNN_OK)
    return status;
  if (p->header_bytes == CORE_HEADER_BYTES)
    read_core_header(p);
  else
    read_info_header(p);
  return mcnn_image_check_sides(p->file, p->header->height, p->header->width);
}

/* --- packing ---------------------------------------------------------------------------------- */

static mnistcnn_status fail_packing(const parser *p) {
  return mcnn_fail(MNISTCNN_UNSUPPORTED,
                   "%s: is a BMP of %lu bits with compression %lu, which cannot be read; save it "
                   "as a plain BMP or as PNG",
                   p->file->label, (unsigned long)p->header->bits, (unsigned long)p->compression);
}

/* Behind a header of 40 bytes, in the longer ones; those of 52 have no alpha. Without any mask the
 * bytes are blue, green, red and alpha. */
static mnistcnn_status read_masks(parser *p) {
  mcnn_bmp_header *const h = p->header;
  const size_t first = FILE_HEADER_BYTES + INFO_HEADER_BYTES;
  const int is_info = p->header_bytes == INFO_HEADER_BYTES;
  const size_t count =
      is_info ? (p->compression == ALPHA_BITFIELDS ? 4 : 3) : (p->header_bytes >= 56 ? 4 : 3);
  const mnistcnn_status status = require(p, first + 4 * count);

  if (status != MNISTCNN_OK)
    return status;
  for (size_t i = 0; i < count; i++)
    h->masks[i] = number(p, first + 4 * i, 4);
  if (is_info)
    p->at += 4 * count;
  if (h->bits == 32 && (h->masks[0] | h->masks[1] | h->masks[2] | h->masks[3]) == 0)
    memcpy(h->masks, (const uint32_t[4]){0xFF0000, 0xFF00, 0xFF, 0xFF000000}, sizeof h->masks);
  return MNISTCNN_OK;
}

/* Without masks the fourth byte of 32 bits means nothing. */
static mnistcnn_status set_direct_colours(parser *p) {
  mcnn_bmp_header *const h = p->header;

  h->packing = MCNN_BMP_MASKS;
  h->channels = 3;
  if (p->compression == BITFIELDS || p->compression == ALPHA_BITFIELDS)
    return read_masks(p);
  if (p->compression != UNPACKED)
    return fail_packing(p);
  if (h->bits == 16)
    memcpy(h->masks, (const uint32_t[4]){0x7C00, 0x3E0, 0x1F, 0}, sizeof h->masks);
  else
    memcpy(h->masks, (const uint32_t[4]){0xFF0000, 0xFF00, 0xFF, 0}, sizeof h->masks);
  return MNISTCNN_OK;
}

static mnistcnn_status set_indices(parser *p) {
  mcnn_bmp_header *const h = p->header;

  if (p->compression == UNPACKED)
    h->packing = MCNN_BMP_INDICES;
  else if (p->compression == RLE8 && h->bits == 8)
    h->packing = MCNN_BMP_RLE8;
  else if (p->compression == RLE4 && h->bits == 4)
    h->packing = MCNN_BMP_RLE4;
  else
    return fail_packing(p);
  return MNISTCNN_OK;
}

static mnistcnn_status read_packing(parser *p) {
  const uint32_t bits = p->header->bits;

  if (bits == 1 || bits == 4 || bits == 8)
    return set_indices(p);
  return bits == 16 || bits == 24 || bits == 32 ? set_direct_colours(p) : fail_packing(p);
}

/* --- palette ---------------------------------------------------------------------------------- */

static mnistcnn_status read_palette(parser *p) {
  mcnn_bmp_header *const h = p->header;
  const size_t entry_bytes = p->header_bytes == CORE_HEADER_BYTES ? 3 : 4;
  const uint32_t most = 1u << h->bits;

  h->num_colours = h->num_colours == 0 || h->num_colours > most ? most : h->num_colours;
  const mnistcnn_status status = require(p, p->at + entry_bytes * h->num_colours);
  if (status != MNISTCNN_OK)
    return status;
  h->channels = 1;
  for (uint32_t i = 0; i < h->num_colours; i++, p->at += entry_bytes) {
    const unsigned char *const entry = p->file->data + p->at;
    const uint8_t rgb[3] = {entry[2], entry[1], entry[0]};
    memcpy(h->palette[i], rgb, sizeof rgb);
    if (rgb[0] != rgb[1] || rgb[1] != rgb[2])
      h->channels = 3;
  }
  return MNISTCNN_OK;
}

/* --- whole ------------------------------------------------------------------------------------ */

/* Some writers leave the place of the pixels open, or name that of the palette. */
static mnistcnn_status find_pixels(parser *p) {
  mcnn_bmp_header *const h = p->header;

  h->pixels_at = number(p, 10, 4);
  if (h->pixels_at == 0 ||
      (h->pixels_at == FILE_HEADER_BYTES + p->header_bytes && h->packing != MCNN_BMP_MASKS))
    h->pixels_at = p->at;
  return require(p, h->pixels_at);
}

mnistcnn_status mcnn_bmp_read_header(const mcnn_image_file *file, mcnn_bmp_header *header) {
  parser p = {.file = file, .header = header};

  *header = (mcnn_bmp_header){.channels = 3};
  mnistcnn_status status = read_headers(&p);
  if (status == MNISTCNN_OK)
    status = read_packing(&p);
  if (status == MNISTCNN_OK && header->packing != MCNN_BMP_MASKS)
    status = read_palette(&p);
  return status == MNISTCNN_OK ? find_pixels(&p) : status;
}
