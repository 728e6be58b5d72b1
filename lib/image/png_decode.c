/* PNG to bytes with libpng's low-level interface. What the simplified interface and png_read_end()
 * would do with untrusted files has been the source of most of libpng's security faults. */
#include "image/png.h"

#include "base/status.h"
#include "image/pixels.h"

#include <assert.h>
#include <png.h>
#include <setjmp.h>
#include <string.h>

/* libpng and zlib ask for about 50 KB in a dozen blocks for each file. They get them from one
 * region that starts anew with each file; what does not fit comes from the allocator. */
enum { REGION_BYTES = 96 * 1024, REGION_ALIGNMENT = 16, MAX_ANCILLARY_CHUNKS = 16 };

static const png_alloc_size_t max_ancillary_bytes = 1000000;
static const unsigned char signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
static const size_t chunk_overhead = 12; /* length, type, CRC */
static const size_t header_bytes = 33;   /* signature and the IHDR chunk */

typedef struct decoder {
  mcnn_alloc alloc;
  unsigned char *region;
  size_t region_used;

  /* Of the file being decoded. */
  const mcnn_image_file *file;
  size_t position;
  mcnn_shape shape;
  int with_alpha;
  uint8_t *pixels;
  png_structp png;
  png_infop info;
  mnistcnn_status status; /* set by what failed, before libpng unwinds */
} decoder;

/* --- memory for libpng ------------------------------------------------------------------------ */

static png_voidp allocate_for_png(png_structp png, png_alloc_size_t size) {
  decoder *const d = png_get_mem_ptr(png);
  const size_t left = (size_t)REGION_BYTES - d->region_used;

  if (size <= left) {
    void *const block = d->region + d->region_used;
    const size_t used = (size + REGION_ALIGNMENT - 1) / REGION_ALIGNMENT * REGION_ALIGNMENT;
    d->region_used += used < left ? used : left;
    return block;
  }
  void *const block = mcnn_alloc_array(&d->alloc, size, 1);
  if (!block)
    d->status = MNISTCNN_OUT_OF_MEMORY;
  return block;
}

static void free_for_png(png_structp png, png_voidp pointer) {
  const decoder *const d = png_get_mem_ptr(png);
  const uintptr_t address = (uintptr_t)pointer, region = (uintptr_t)d->region;

  if (address < region || address >= region + REGION_BYTES)
    mcnn_free(&d->alloc, pointer);
}

/* --- errors and input ------------------------------------------------------------------------- */

static void raise_error(png_structp png, png_const_charp message) {
  decoder *const d = png_get_error_ptr(png);

  if (d->status == MNISTCNN_OK)
    d->status = mcnn_fail(MNISTCNN_FORMAT, "%s: is not a valid PNG: %s", d->file->label, message);
  png_longjmp(png, 1);
}

static void ignore_warning(png_structp png, png_const_charp message) {
  (void)png;
  (void)message;
}

static void read_input(png_structp png, png_bytep bytes, size_t count) {
  decoder *const d = png_get_io_ptr(png);

  if (count > d->file->size_bytes - d->position)
    png_error(png, "it ends too early");
  memcpy(bytes, d->file->data + d->position, count);
  d->position += count;
}

/* --- first checks ----------------------------------------------------------------------------- */

static uint32_t big_endian_32(const unsigned char *bytes) {
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static mnistcnn_status check_side(const char *label, const char *side, uint32_t value) {
  if (value == 0)
    return mcnn_fail(MNISTCNN_FORMAT, "%s: is not a valid PNG: its %s is 0", label, side);
  if (value > MNISTCNN_MAX_IMAGE_SIDE) {
    return mcnn_fail(MNISTCNN_LIMIT, "%s: its %s of %lu pixels is above the limit of %u", label,
                     side, (unsigned long)value, MNISTCNN_MAX_IMAGE_SIDE);
  }
  return MNISTCNN_OK;
}

static mnistcnn_status read_shape(const mcnn_image_file *file, mcnn_shape *shape) {
  const unsigned char *const bytes = file->data;

  if (file->size_bytes < header_bytes || memcmp(bytes + 8, "\0\0\0\rIHDR", 8) != 0)
    return mcnn_fail(MNISTCNN_FORMAT, "%s: is not a valid PNG: it has no header", file->label);
  const uint32_t width = big_endian_32(bytes + 16), height = big_endian_32(bytes + 20);
  const unsigned colour_type = bytes[25];
  mnistcnn_status status = check_side(file->label, "width", width);
  if (status == MNISTCNN_OK)
    status = check_side(file->label, "height", height);
  if (status == MNISTCNN_OK) {
    shape->height = height;
    shape->width = width;
    shape->channels = (colour_type & PNG_COLOR_MASK_COLOR) != 0 ? 3 : 1;
  }
  return status;
}

/* By its colour type, or by a tRNS chunk before the pixels. */
static int has_alpha(const mcnn_image_file *file) {
  size_t at = header_bytes;

  if (file->size_bytes < header_bytes)
    return 0;
  if ((file->data[25] & PNG_COLOR_MASK_ALPHA) != 0)
    return 1;
  while (file->size_bytes - at >= chunk_overhead && memcmp(file->data + at + 4, "IDAT", 4) != 0) {
    const uint32_t length = big_endian_32(file->data + at);
    if (memcmp(file->data + at + 4, "tRNS", 4) == 0)
      return 1;
    if (length > file->size_bytes - at - chunk_overhead)
      return 0;
    at += chunk_overhead + length;
  }
  return 0;
}

/* libpng stops at the last row; that the file goes on to its end is seen here. */
static mnistcnn_status check_chunks(const mcnn_image_file *file) {
  size_t at = sizeof signature;

  while (file->size_bytes - at >= chunk_overhead) {
    const uint32_t length = big_endian_32(file->data + at);
    if (length > file->size_bytes - at - chunk_overhead)
      break;
    if (memcmp(file->data + at + 4, "IEND", 4) == 0)
      return MNISTCNN_OK;
    at += chunk_overhead + length;
  }
  return mcnn_fail(MNISTCNN_FORMAT, "%s: is not a valid PNG: it ends too early", file->label);
}

/* --- decoding --------------------------------------------------------------------------------- */

static void limit_libpng(png_structp png) {
  png_set_user_limits(png, MNISTCNN_MAX_IMAGE_SIDE, MNISTCNN_MAX_IMAGE_SIDE);
  png_set_chunk_malloc_max(png, max_ancillary_bytes);
  png_set_chunk_cache_max(png, MAX_ANCILLARY_CHUNKS);
  /* Text and profiles are skipped, not inflated: a small file may hold gigabytes of them. */
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
  png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_WARN_DISCARD);
  png_set_benign_errors(png, 0);
}

/* To one byte a sample. Palette indices stay as they are, to be looked up where they are checked.
 */
static void set_transforms(const decoder *d, int is_palette) {
  png_structp png = d->png;

  if (is_palette) {
    png_set_packing(png);
    return;
  }
  png_set_expand_gray_1_2_4_to_8(png);
  png_set_strip_16(png);
  if (!d->with_alpha) {
    png_set_strip_alpha(png);
    return;
  }
  if (png_get_valid(png, d->info, PNG_INFO_tRNS) != 0)
    png_set_tRNS_to_alpha(png);
  png_set_add_alpha(png, 255, PNG_FILLER_AFTER);
}

static void read_rows(decoder *d, size_t row_bytes) {
  const int passes = png_set_interlace_handling(d->png);

  png_read_update_info(d->png, d->info);
  if (png_get_rowbytes(d->png, d->info) != row_bytes)
    png_error(d->png, "its rows have an unexpected size");
  for (int pass = 0; pass < passes; pass++)
    for (size_t row = 0; row < d->shape.height; row++)
      png_read_row(d->png, d->pixels + row * row_bytes, NULL);
}

/* From the last pixel to the first, since three or four bytes take the place of one. */
static void look_up_palette(decoder *d) {
  const size_t count = (size_t)d->shape.height * d->shape.width;
  const size_t channels = d->shape.channels;
  png_colorp palette = NULL;
  png_bytep alphas = NULL;
  int size = 0, num_alphas = 0;

  if (png_get_PLTE(d->png, d->info, &palette, &size) == 0)
    png_error(d->png, "it has no palette");
  (void)png_get_tRNS(d->png, d->info, &alphas, &num_alphas, NULL);
  for (size_t i = count; i-- > 0;) {
    const int index = d->pixels[i];
    if (index >= size)
      png_error(d->png, "a pixel lies outside the palette");
    const uint8_t rgba[4] = {palette[index].red, palette[index].green, palette[index].blue,
                             index < num_alphas ? alphas[index] : 255};
    memcpy(d->pixels + channels * i, rgba, channels);
  }
}

static void read_image(decoder *d) {
  const mcnn_shape *const shape = &d->shape;

  png_read_info(d->png, d->info);
  const int is_palette = png_get_color_type(d->png, d->info) == PNG_COLOR_TYPE_PALETTE;
  set_transforms(d, is_palette);
  read_rows(d, (size_t)shape->width * (is_palette ? 1 : shape->channels));
  if (is_palette)
    look_up_palette(d);
}

/* libpng leaves its calls by longjmp. No local of this function is changed after setjmp, and
 * everything to be freed hangs on the decoder. */
static void run_libpng(decoder *d) {
  d->png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, d, raise_error, ignore_warning, d,
                                    allocate_for_png, free_for_png);
  if (!d->png) {
    if (d->status == MNISTCNN_OK)
      d->status = mcnn_fail(MNISTCNN_UNSUPPORTED, "cannot start libpng");
    return;
  }
  if (setjmp(png_jmpbuf(d->png)) == 0) {
    d->info = png_create_info_struct(d->png);
    if (!d->info)
      png_error(d->png, "it could not be read");
    limit_libpng(d->png);
    png_set_read_fn(d->png, d, read_input);
    read_image(d);
  }
  png_destroy_read_struct(&d->png, &d->info, NULL);
}

static mnistcnn_status decode(void *state, const mcnn_image_file *file, const mcnn_shape *shape,
                              int with_alpha, mcnn_pixel_buffer *buffer) {
  decoder *const d = state;
  mnistcnn_status status = check_chunks(file);

  assert(shape->channels % 2 == (with_alpha ? 0 : 1));
  if (status == MNISTCNN_OK)
    status = mcnn_pixel_buffer_reserve(buffer, mcnn_shape_bytes(shape));
  if (status != MNISTCNN_OK)
    return status;
  d->region_used = 0;
  d->file = file;
  d->position = 0;
  d->shape = *shape;
  d->with_alpha = with_alpha;
  d->pixels = buffer->pixels;
  d->info = NULL;
  d->status = MNISTCNN_OK;
  run_libpng(d);
  return d->status;
}

/* --- the format ------------------------------------------------------------------------------- */

static void destroy(void *state) {
  decoder *const d = state;
  const mcnn_alloc alloc = d->alloc;

  mcnn_free(&alloc, d->region);
  mcnn_free(&alloc, d);
}

static mnistcnn_status create(const mcnn_alloc *alloc, void **state) {
  decoder *const d = mcnn_alloc_zeroed(alloc, 1, sizeof *d);

  if (!d)
    return MNISTCNN_OUT_OF_MEMORY;
  d->alloc = *alloc;
  d->region = mcnn_alloc_array(alloc, REGION_BYTES, 1);
  if (!d->region) {
    destroy(d);
    return MNISTCNN_OUT_OF_MEMORY;
  }
  *state = d;
  return MNISTCNN_OK;
}

const mcnn_image_format mcnn_png_format = {.signature = signature,
                                           .signature_bytes = sizeof signature,
                                           .read_shape = read_shape,
                                           .has_alpha = has_alpha,
                                           .create = create,
                                           .destroy = destroy,
                                           .decode = decode};
