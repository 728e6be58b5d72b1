/* PNG to bytes with libpng's low-level interface. What the simplified interface and png_read_end()
 * would do with untrusted files has been the source of most of libpng's security faults. */
#include "image/png.h"

#include "base/status.h"
#include "image/exif.h"

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

/* In the IHDR chunk's data. */
enum { COLOUR_TYPE = 9, INTERLACING = 12 };

typedef struct decoder {
  mcnn_alloc alloc;
  unsigned char *region;
  size_t region_used;

  /* Of the file being decoded. */
  const mcnn_image_task *task;
  size_t position;
  mcnn_shape shape; /* as stored, with alpha where it is wanted */
  mcnn_raster *raster;
  mcnn_image_warning *warning;
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
    d->status =
        mcnn_fail(MNISTCNN_FORMAT, "%s: is not a valid PNG: %s", d->task->file->label, message);
  png_longjmp(png, 1);
}

static void take_warning(png_structp png, png_const_charp message) {
  const decoder *const d = png_get_error_ptr(png);

  mcnn_image_warn(d->warning, d->task->file, message);
}

static void read_input(png_structp png, png_bytep bytes, size_t count) {
  decoder *const d = png_get_io_ptr(png);

  if (count > d->task->file->size_bytes - d->position)
    png_error(png, "it ends too early");
  memcpy(bytes, d->task->file->data + d->position, count);
  d->position += count;
}

/* --- first checks ----------------------------------------------------------------------------- */

static uint32_t big_endian_32(const unsigned char *bytes) {
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Whether a whole chunk lies at `at`; *next: behind it. */
static int has_chunk(const mcnn_image_file *file, size_t at, size_t *next) {
  if (at > file->size_bytes || file->size_bytes - at < chunk_overhead)
    return 0;
  const uint32_t length = big_endian_32(file->data + at);
  *next = at + chunk_overhead + length;
  return length <= file->size_bytes - at - chunk_overhead;
}

static int is_chunk(const unsigned char *chunk, const char *type) {
  return memcmp(chunk + 4, type, 4) == 0;
}

/* The IHDR chunk, which should be the first; libpng passes over others before it. */
static const unsigned char *find_header(const mcnn_image_file *file) {
  size_t next = 0;

  for (size_t at = sizeof signature; has_chunk(file, at, &next); at = next)
    if (is_chunk(file->data + at, "IHDR"))
      return big_endian_32(file->data + at) == 13 ? file->data + at : NULL;
  return NULL;
}

static mnistcnn_status check_header(const mcnn_image_file *file) {
  if (file->size_bytes >= 16 && is_chunk(file->data + 8, "CgBI")) {
    return mcnn_fail(MNISTCNN_UNSUPPORTED,
                     "%s: is in Apple's own variant of PNG (CgBI), as in an iPhone app; convert it "
                     "to PNG first, as with \"sips -s format png\"",
                     file->label);
  }
  if (!find_header(file))
    return mcnn_fail(MNISTCNN_FORMAT, "%s: is not a valid PNG: it has no header", file->label);
  return MNISTCNN_OK;
}

/* What the chunks tell beyond the pixels; 1 where the last one is there. */
static int walk_chunks(const mcnn_image_file *file, mcnn_image_header *header) {
  size_t next = 0;

  for (size_t at = sizeof signature; has_chunk(file, at, &next); at = next) {
    const unsigned char *const chunk = file->data + at;
    if (is_chunk(chunk, "IEND"))
      return 1;
    if (is_chunk(chunk, "tRNS"))
      header->has_alpha = 1;
    if (is_chunk(chunk, "eXIf"))
      header->orientation = mcnn_exif_orientation(chunk + 8, big_endian_32(chunk));
  }
  return 0;
}

static mnistcnn_status read_header(const mcnn_image_file *file, mcnn_image_header *header) {
  mnistcnn_status status = check_header(file);

  if (status != MNISTCNN_OK)
    return status;
  const unsigned char *const bytes = find_header(file) + 8;
  const uint32_t width = big_endian_32(bytes), height = big_endian_32(bytes + 4);
  const unsigned colour_type = bytes[COLOUR_TYPE];
  status = mcnn_image_check_sides(file, height, width);
  if (status == MNISTCNN_OK) {
    header->shape =
        (mcnn_shape){height, width, (colour_type & PNG_COLOR_MASK_COLOR) != 0 ? 3u : 1u};
    header->orientation = 1;
    header->has_alpha = (colour_type & PNG_COLOR_MASK_ALPHA) != 0;
    (void)walk_chunks(file, header);
  }
  return status;
}

/* --- decoding --------------------------------------------------------------------------------- */

static void limit_libpng(png_structp png) {
  png_set_user_limits(png, MNISTCNN_MAX_FILE_SIDE, MNISTCNN_MAX_FILE_SIDE);
  png_set_chunk_malloc_max(png, max_ancillary_bytes);
  png_set_chunk_cache_max(png, MAX_ANCILLARY_CHUNKS);
  /* Text and profiles are skipped, not inflated: a small file may hold gigabytes of them. */
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
  png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_WARN_DISCARD);
  /* As libpng's simplified interface and other readers do: what does not concern the pixels is a
   * warning. */
  png_set_benign_errors(png, 1);
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
  if (!d->task->with_alpha) {
    png_set_strip_alpha(png);
    return;
  }
  if (png_get_valid(png, d->info, PNG_INFO_tRNS) != 0)
    png_set_tRNS_to_alpha(png);
  png_set_add_alpha(png, 255, PNG_FILLER_AFTER);
}

/* Indices to colours, from the last pixel to the first, since three or four bytes take the place of
 * one. An index without a colour is black, as in libpng. */
static void look_up_palette(const decoder *d, uint8_t *row, uint32_t count) {
  const size_t channels = d->shape.channels;
  png_colorp palette = NULL;
  png_bytep alphas = NULL;
  int size = 0, num_alphas = 0;

  if (png_get_PLTE(d->png, d->info, &palette, &size) == 0)
    png_error(d->png, "it has no palette");
  (void)png_get_tRNS(d->png, d->info, &alphas, &num_alphas, NULL);
  for (size_t i = count; i-- > 0;) {
    const int index = row[i];
    uint8_t rgba[4] = {0, 0, 0, index < num_alphas ? alphas[index] : 255};
    if (index < size)
      memcpy(rgba, &palette[index], 3);
    else
      mcnn_image_warn(d->warning, d->task->file, "a pixel lies outside the palette");
    memcpy(row + channels * i, rgba, channels);
  }
}

static void read_row(const decoder *d, uint8_t *row, uint32_t count) {
  png_read_row(d->png, row, NULL);
  if (png_get_color_type(d->png, d->info) == PNG_COLOR_TYPE_PALETTE)
    look_up_palette(d, row, count);
}

static uint32_t count_from(uint32_t side, uint32_t first, uint32_t step) {
  return side > first ? (side - first + step - 1) / step : 0;
}

/* Each pass is an image of its own, whose pixels lie scattered in the whole. */
static void read_pass(const decoder *d, size_t pass) {
  static const struct {
    uint8_t row, row_step, column, column_step;
  } adam7[] = {{0, 8, 0, 8}, {0, 8, 4, 8}, {4, 8, 0, 4}, {0, 4, 2, 4},
               {2, 4, 0, 2}, {0, 2, 1, 2}, {1, 2, 0, 1}};
  const uint32_t rows = count_from(d->shape.height, adam7[pass].row, adam7[pass].row_step);
  const uint32_t columns = count_from(d->shape.width, adam7[pass].column, adam7[pass].column_step);

  for (uint32_t i = 0; i < rows && columns > 0; i++) {
    uint8_t *const row = mcnn_raster_row(d->raster, 0);
    read_row(d, row, columns);
    mcnn_raster_put(d->raster, row, adam7[pass].row + i * adam7[pass].row_step, adam7[pass].column,
                    adam7[pass].column_step, columns);
  }
}

static void read_rows(const decoder *d) {
  for (uint32_t y = 0; y < d->shape.height; y++) {
    read_row(d, mcnn_raster_row(d->raster, y), d->shape.width);
    mcnn_raster_put_row(d->raster, y);
  }
}

static void read_image(decoder *d) {
  png_read_info(d->png, d->info);
  const int is_palette = png_get_color_type(d->png, d->info) == PNG_COLOR_TYPE_PALETTE;
  const size_t samples = is_palette ? 1 : d->shape.channels;
  set_transforms(d, is_palette);
  png_read_update_info(d->png, d->info);
  if (png_get_rowbytes(d->png, d->info) != samples * d->shape.width)
    png_error(d->png, "its rows have an unexpected size");
  if (png_get_interlace_type(d->png, d->info) == PNG_INTERLACE_NONE)
    read_rows(d);
  else
    for (size_t pass = 0; pass < PNG_INTERLACE_ADAM7_PASSES; pass++)
      read_pass(d, pass);
}

/* libpng leaves its calls by longjmp. No local of this function is changed after setjmp, and
 * everything to be freed hangs on the decoder. */
static void run_libpng(decoder *d) {
  d->png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, d, raise_error, take_warning, d,
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

static mnistcnn_status decode(void *state, const mcnn_image_task *task, mcnn_raster *raster,
                              mcnn_image_warning *warning) {
  decoder *const d = state;
  const mcnn_image_header *const header = &task->header;
  mcnn_raster_options options = {header->shape, task->factor, header->orientation, 0};
  mcnn_image_header ignored;

  options.stored.channels += task->with_alpha ? 1 : 0;
  options.scattered = find_header(task->file)[8 + INTERLACING] != 0;
  const mnistcnn_status status = mcnn_raster_start(raster, &options);
  if (status != MNISTCNN_OK)
    return status;
  d->region_used = 0;
  d->task = task;
  d->position = 0;
  d->shape = options.stored;
  d->raster = raster;
  d->warning = warning;
  d->info = NULL;
  d->status = MNISTCNN_OK;
  run_libpng(d);
  mcnn_raster_finish(raster);
  if (d->status == MNISTCNN_OK && !walk_chunks(task->file, &ignored))
    mcnn_image_warn(warning, task->file, "its last chunk is missing");
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

const mcnn_image_format mcnn_png_format = {.id = MNISTCNN_IMAGE_FORMAT_PNG,
                                           .signature = signature,
                                           .signature_bytes = sizeof signature,
                                           .read_header = read_header,
                                           .create = create,
                                           .destroy = destroy,
                                           .decode = decode};
