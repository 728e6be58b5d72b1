/* PNG to bytes with libpng's low-level interface. What the simplified interface and png_read_end()
 * would do with untrusted files has been the source of most of libpng's security faults. */
#include "image/image.h"

#include "base/io.h"
#include "base/status.h"

#include <png.h>
#include <setjmp.h>
#include <string.h>

/* libpng and zlib ask for about 50 KB in a dozen blocks for each file. They get them from one
 * region that starts anew with each file; what does not fit comes from the allocator. */
enum { REGION_BYTES = 96 * 1024, REGION_ALIGNMENT = 16, MAX_ANCILLARY_CHUNKS = 16 };

static const png_alloc_size_t max_ancillary_bytes = 1000000;
static const size_t signature_bytes = 8;
static const size_t chunk_overhead = 12; /* length, type, CRC */
static const size_t header_bytes = 33;   /* signature and the IHDR chunk */

typedef struct input {
  const unsigned char *data;
  size_t size, position;
  const char *label;
} input;

struct mcnn_png_decoder {
  mcnn_alloc alloc;
  unsigned char *region;
  size_t region_used;

  unsigned char *file; /* of mcnn_png_decode_file() */
  size_t file_capacity;
  uint8_t *pixels;
  size_t pixels_capacity;

  uint32_t alpha; /* 1: images have it as their last channel */

  input in; /* the file being decoded */
  mcnn_shape shape;
  png_structp png;
  png_infop info;
  mnistcnn_status status; /* set by what failed, before libpng unwinds */
};

/* ------------------------------------------------------------------------ memory for libpng -- */

static png_voidp allocate_for_png(png_structp png, png_alloc_size_t size) {
  mcnn_png_decoder *const decoder = png_get_mem_ptr(png);
  const size_t left = (size_t)REGION_BYTES - decoder->region_used;

  if (size <= left) {
    void *const block = decoder->region + decoder->region_used;
    const size_t used = (size + REGION_ALIGNMENT - 1) / REGION_ALIGNMENT * REGION_ALIGNMENT;
    decoder->region_used += used < left ? used : left;
    return block;
  }
  void *const block = mcnn_alloc_array(&decoder->alloc, size, 1);
  if (!block)
    decoder->status = MNISTCNN_OUT_OF_MEMORY;
  return block;
}

static void free_for_png(png_structp png, png_voidp pointer) {
  const mcnn_png_decoder *const decoder = png_get_mem_ptr(png);
  const uintptr_t address = (uintptr_t)pointer, region = (uintptr_t)decoder->region;

  if (address < region || address >= region + REGION_BYTES)
    mcnn_free(&decoder->alloc, pointer);
}

/* ------------------------------------------------------------------------- errors and input -- */

static void raise_error(png_structp png, png_const_charp message) {
  mcnn_png_decoder *const decoder = png_get_error_ptr(png);

  if (decoder->status == MNISTCNN_OK) {
    decoder->status =
        mcnn_fail(MNISTCNN_FORMAT, "%s: is not a valid PNG: %s", decoder->in.label, message);
  }
  png_longjmp(png, 1);
}

static void ignore_warning(png_structp png, png_const_charp message) {
  (void)png;
  (void)message;
}

static void read_input(png_structp png, png_bytep bytes, size_t count) {
  input *const in = png_get_io_ptr(png);

  if (count > in->size - in->position)
    png_error(png, "it ends too early");
  memcpy(bytes, in->data + in->position, count);
  in->position += count;
}

/* ----------------------------------------------------------------------------- first checks -- */

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

mnistcnn_status mcnn_png_shape(const void *data, size_t size_bytes, const char *label,
                               mcnn_shape *shape) {
  const unsigned char *const bytes = data;

  if (size_bytes > MNISTCNN_MAX_PNG_BYTES) {
    return mcnn_fail(MNISTCNN_LIMIT, "%s: is larger than the limit of %zu bytes", label,
                     MNISTCNN_MAX_PNG_BYTES);
  }
  if (size_bytes < signature_bytes || png_sig_cmp(bytes, 0, signature_bytes) != 0)
    return mcnn_fail(MNISTCNN_FORMAT, "%s: is not a PNG", label);
  if (size_bytes < header_bytes || memcmp(bytes + 8, "\0\0\0\rIHDR", 8) != 0)
    return mcnn_fail(MNISTCNN_FORMAT, "%s: is not a valid PNG: it has no header", label);
  const uint32_t width = big_endian_32(bytes + 16), height = big_endian_32(bytes + 20);
  const unsigned colour_type = bytes[25];
  mnistcnn_status status = check_side(label, "width", width);
  if (status == MNISTCNN_OK)
    status = check_side(label, "height", height);
  if (status == MNISTCNN_OK) {
    shape->height = height;
    shape->width = width;
    shape->channels = (colour_type & PNG_COLOR_MASK_COLOR) != 0 ? 3 : 1;
  }
  return status;
}

/* libpng stops at the last row; that the file goes on to its end is seen here. */
static mnistcnn_status check_chunks(const input *in) {
  size_t at = signature_bytes;

  while (in->size - at >= chunk_overhead) {
    const uint32_t length = big_endian_32(in->data + at);
    if (length > in->size - at - chunk_overhead)
      break;
    if (memcmp(in->data + at + 4, "IEND", 4) == 0)
      return MNISTCNN_OK;
    at += chunk_overhead + length;
  }
  return mcnn_fail(MNISTCNN_FORMAT, "%s: is not a valid PNG: it ends too early", in->label);
}

/* --------------------------------------------------------------------------------- decoding -- */

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
static void set_transforms(const mcnn_png_decoder *decoder, int is_palette) {
  png_structp png = decoder->png;

  if (is_palette) {
    png_set_packing(png);
    return;
  }
  png_set_expand_gray_1_2_4_to_8(png);
  png_set_strip_16(png);
  if (decoder->alpha == 0) {
    png_set_strip_alpha(png);
    return;
  }
  if (png_get_valid(png, decoder->info, PNG_INFO_tRNS) != 0)
    png_set_tRNS_to_alpha(png);
  png_set_add_alpha(png, 255, PNG_FILLER_AFTER);
}

static mnistcnn_status reserve_pixels(mcnn_png_decoder *decoder) {
  const size_t bytes = mcnn_shape_bytes(&decoder->shape);

  if (decoder->pixels_capacity >= bytes)
    return MNISTCNN_OK;
  mcnn_free(&decoder->alloc, decoder->pixels);
  decoder->pixels_capacity = 0;
  decoder->pixels = mcnn_alloc_array(&decoder->alloc, bytes, 1);
  if (!decoder->pixels)
    return MNISTCNN_OUT_OF_MEMORY;
  decoder->pixels_capacity = bytes;
  return MNISTCNN_OK;
}

static void read_rows(mcnn_png_decoder *decoder, size_t row_bytes) {
  const int passes = png_set_interlace_handling(decoder->png);

  png_read_update_info(decoder->png, decoder->info);
  if (png_get_rowbytes(decoder->png, decoder->info) != row_bytes)
    png_error(decoder->png, "its rows have an unexpected size");
  for (int pass = 0; pass < passes; pass++)
    for (size_t row = 0; row < decoder->shape.height; row++)
      png_read_row(decoder->png, decoder->pixels + row * row_bytes, NULL);
}

/* From the last pixel to the first, since three or four bytes take the place of one. */
static void look_up_palette(mcnn_png_decoder *decoder) {
  const size_t count = (size_t)decoder->shape.height * decoder->shape.width;
  const size_t channels = decoder->shape.channels;
  png_colorp palette = NULL;
  png_bytep alphas = NULL;
  int size = 0, num_alphas = 0;

  if (png_get_PLTE(decoder->png, decoder->info, &palette, &size) == 0)
    png_error(decoder->png, "it has no palette");
  (void)png_get_tRNS(decoder->png, decoder->info, &alphas, &num_alphas, NULL);
  for (size_t i = count; i-- > 0;) {
    const int index = decoder->pixels[i];
    if (index >= size)
      png_error(decoder->png, "a pixel lies outside the palette");
    const uint8_t rgba[4] = {palette[index].red, palette[index].green, palette[index].blue,
                             index < num_alphas ? alphas[index] : 255};
    memcpy(decoder->pixels + channels * i, rgba, channels);
  }
}

static void read_image(mcnn_png_decoder *decoder) {
  const mcnn_shape *const shape = &decoder->shape;

  png_read_info(decoder->png, decoder->info);
  const int is_palette = png_get_color_type(decoder->png, decoder->info) == PNG_COLOR_TYPE_PALETTE;
  set_transforms(decoder, is_palette);
  read_rows(decoder, (size_t)shape->width * (is_palette ? 1 : shape->channels));
  if (is_palette)
    look_up_palette(decoder);
}

/* libpng leaves its calls by longjmp. No local of this function is changed after setjmp, and
 * everything to be freed hangs on the decoder. */
static void run_libpng(mcnn_png_decoder *decoder) {
  decoder->png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, decoder, raise_error,
                                          ignore_warning, decoder, allocate_for_png, free_for_png);
  if (!decoder->png) {
    if (decoder->status == MNISTCNN_OK)
      decoder->status = mcnn_fail(MNISTCNN_UNSUPPORTED, "libpng could not be started");
    return;
  }
  if (setjmp(png_jmpbuf(decoder->png)) == 0) {
    decoder->info = png_create_info_struct(decoder->png);
    if (!decoder->info)
      png_error(decoder->png, "it could not be read");
    limit_libpng(decoder->png);
    png_set_read_fn(decoder->png, &decoder->in, read_input);
    read_image(decoder);
  }
  png_destroy_read_struct(&decoder->png, &decoder->info, NULL);
}

static mnistcnn_status decode_input(mcnn_png_decoder *decoder) {
  mnistcnn_status status = check_chunks(&decoder->in);

  if (status == MNISTCNN_OK)
    status = reserve_pixels(decoder);
  if (status != MNISTCNN_OK)
    return status;
  decoder->region_used = 0;
  decoder->status = MNISTCNN_OK;
  decoder->info = NULL;
  run_libpng(decoder);
  return decoder->status;
}

mnistcnn_status mcnn_png_decode(mcnn_png_decoder *decoder, const void *data, size_t size_bytes,
                                const char *label, uint8_t **pixels, mcnn_shape *shape) {
  mnistcnn_status status = mcnn_png_shape(data, size_bytes, label, &decoder->shape);

  if (status == MNISTCNN_OK) {
    decoder->shape.channels += decoder->alpha;
    decoder->in = (input){.data = data, .size = size_bytes, .label = label};
    status = decode_input(decoder);
  }
  if (status == MNISTCNN_OK) {
    *pixels = decoder->pixels;
    *shape = decoder->shape;
  }
  return status;
}

mnistcnn_status mcnn_png_decode_file(mcnn_png_decoder *decoder, const char *path, uint8_t **pixels,
                                     mcnn_shape *shape) {
  size_t size_bytes = 0;
  const mnistcnn_status status =
      mcnn_read_file_into(path, MNISTCNN_MAX_PNG_BYTES, &decoder->alloc, &decoder->file,
                          &decoder->file_capacity, &size_bytes);

  if (status != MNISTCNN_OK)
    return status;
  return mcnn_png_decode(decoder, decoder->file, size_bytes, path, pixels, shape);
}

mnistcnn_status mcnn_png_decoder_create(const mcnn_alloc *alloc, mcnn_png_decoder **out) {
  mcnn_png_decoder *const decoder = mcnn_alloc_zeroed(alloc, 1, sizeof *decoder);

  if (!decoder)
    return MNISTCNN_OUT_OF_MEMORY;
  decoder->alloc = *alloc;
  decoder->region = mcnn_alloc_array(alloc, REGION_BYTES, 1);
  if (!decoder->region) {
    mcnn_png_decoder_free(decoder);
    return MNISTCNN_OUT_OF_MEMORY;
  }
  *out = decoder;
  return MNISTCNN_OK;
}

void mcnn_png_decoder_keep_alpha(mcnn_png_decoder *decoder) {
  decoder->alpha = 1;
}

void mcnn_png_decoder_free(mcnn_png_decoder *decoder) {
  if (!decoder)
    return;
  const mcnn_alloc alloc = decoder->alloc;
  mcnn_free(&alloc, decoder->region);
  mcnn_free(&alloc, decoder->file);
  mcnn_free(&alloc, decoder->pixels);
  mcnn_free(&alloc, decoder);
}
