/* JPEG to bytes with libjpeg. */
#include "image/jpeg.h"

#include "base/status.h"

/* jpeglib.h needs size_t and FILE. */
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jerror.h>
#include <jpeglib.h>

/* A file of a few bytes may ask for its whole image to be gone through once per scan. */
enum { MAX_SCANS = 100 };

/* What the coefficients of a progressive file may take, 2 bytes for each sample of the image. */
static const uint64_t max_coefficient_bytes = (uint64_t)384 << 20;

static const unsigned char signature[3] = {0xFF, 0xD8, 0xFF};
static const JOCTET end_of_image[2] = {0xFF, JPEG_EOI};

typedef struct decoder {
  mcnn_pixel_buffer row; /* as libjpeg delivers it */

  /* Of the file being decoded. */
  const mcnn_image_task *task;
  mcnn_raster *raster;
  mcnn_image_warning *warning;
  int ended; /* libjpeg has read all there is, and wanted more */
  mnistcnn_status status;
  struct jpeg_decompress_struct jpeg;
  struct jpeg_error_mgr errors;
  struct jpeg_source_mgr source;
  struct jpeg_progress_mgr progress;
  jmp_buf on_error;
} decoder;

/* --- errors ----------------------------------------------------------------------------------- */

static void fail_decoding(decoder *d, mnistcnn_status status) {
  d->status = status;
  longjmp(d->on_error, 1);
}

static void fail_format(decoder *d, const char *reason) {
  fail_decoding(
      d, mcnn_fail(MNISTCNN_FORMAT, "%s: is not a valid JPEG: %s", d->task->file->label, reason));
}

static void raise_error(j_common_ptr jpeg) {
  decoder *const d = jpeg->client_data;
  char message[JMSG_LENGTH_MAX];

  if (jpeg->err->msg_code == JERR_OUT_OF_MEMORY)
    fail_decoding(d, mcnn_fail(MNISTCNN_OUT_OF_MEMORY, "%s: libjpeg cannot allocate memory",
                               d->task->file->label));
  jpeg->err->format_message(jpeg, message);
  fail_format(d, message);
}

/* level: below 0 for a warning, else for what nobody wants to know. */
static void take_message(j_common_ptr jpeg, int level) {
  decoder *const d = jpeg->client_data;
  char message[JMSG_LENGTH_MAX];

  if (level >= 0)
    return;
  if (d->ended && jpeg->err->msg_code == JWRN_HIT_MARKER)
    fail_format(d, "it ends too early");
  jpeg->err->format_message(jpeg, message);
  mcnn_image_warn(d->warning, d->task->file, message);
}

static void print_nothing(j_common_ptr jpeg) {
  (void)jpeg;
}

static void count_scans(j_common_ptr jpeg) {
  decoder *const d = jpeg->client_data;

  if (d->jpeg.input_scan_number > MAX_SCANS)
    fail_decoding(d, mcnn_fail(MNISTCNN_LIMIT, "%s: has more than %d scans", d->task->file->label,
                               MAX_SCANS));
}

/* --- input ------------------------------------------------------------------------------------ */

static void start_input(j_decompress_ptr jpeg) {
  (void)jpeg;
}

/* Behind the end there is another end: the last pixels are often there without it. A file of
 * several scans would be taken without the scans that are missing. */
static boolean read_beyond_end(j_decompress_ptr jpeg) {
  decoder *const d = jpeg->client_data;

  if (jpeg->input_scan_number > 0 && jpeg_has_multiple_scans(jpeg))
    fail_format(d, "it ends too early");
  mcnn_image_warn(d->warning, d->task->file, "its end is missing");
  d->ended = 1;
  jpeg->src->next_input_byte = end_of_image;
  jpeg->src->bytes_in_buffer = sizeof end_of_image;
  return TRUE;
}

static void skip_input(j_decompress_ptr jpeg, long count) {
  struct jpeg_source_mgr *const source = jpeg->src;

  if (count <= 0)
    return;
  const size_t skipped =
      (size_t)count < source->bytes_in_buffer ? (size_t)count : source->bytes_in_buffer;
  source->next_input_byte += skipped;
  source->bytes_in_buffer -= skipped;
}

static void end_input(j_decompress_ptr jpeg) {
  (void)jpeg;
}

/* --- rows ------------------------------------------------------------------------------------- */

/* a * b / 255, rounded. */
static unsigned scaled(unsigned a, unsigned b) {
  const unsigned product = a * b + 128;

  return (product + (product >> 8)) >> 8;
}

/* Inks as Adobe writes them, 255 for none, and as Pillow reads them whoever wrote them. */
static void inks_to_rgb(const uint8_t cmyk[4], uint8_t rgb[3]) {
  for (int c = 0; c < 3; c++)
    rgb[c] = (uint8_t)(cmyk[3] - scaled(255u - cmyk[c], cmyk[3]));
}

static void convert_row(const decoder *d, const uint8_t *from, uint8_t *to, uint32_t width,
                        uint32_t channels) {
  const uint32_t components = (uint32_t)d->jpeg.output_components;

  if (components == channels && components != 4) {
    memcpy(to, from, (size_t)width * channels);
    return;
  }
  for (uint32_t x = 0; x < width; x++, from += components, to += channels) {
    if (components == 4)
      inks_to_rgb(from, to);
    else
      memcpy(to, from, components);
    if (channels % 2 == 0)
      to[channels - 1] = 255;
  }
}

static void read_rows(decoder *d) {
  const uint32_t width = d->jpeg.output_width, height = d->jpeg.output_height;
  const uint32_t channels = d->raster->options.stored.channels;
  JSAMPROW rows[1] = {d->row.pixels};

  for (uint32_t y = 0; y < height; y++) {
    if (jpeg_read_scanlines(&d->jpeg, rows, 1) != 1)
      fail_format(d, "it ends too early");
    convert_row(d, d->row.pixels, mcnn_raster_row(d->raster, y), width, channels);
    mcnn_raster_put_row(d->raster, y);
  }
}

/* --- one file --------------------------------------------------------------------------------- */

static void limit_memory(decoder *d) {
  uint64_t bytes = 0;

  for (int i = 0; i < d->jpeg.num_components; i++) {
    const jpeg_component_info *const component = &d->jpeg.comp_info[i];
    bytes += (uint64_t)component->width_in_blocks * component->height_in_blocks * sizeof(JBLOCK);
  }
  if (jpeg_has_multiple_scans(&d->jpeg) && bytes > max_coefficient_bytes) {
    fail_decoding(d, mcnn_fail(MNISTCNN_LIMIT,
                               "%s: is a progressive JPEG whose coefficients would take %llu "
                               "bytes, above the limit of %llu; save it as a baseline JPEG",
                               d->task->file->label, (unsigned long long)bytes,
                               (unsigned long long)max_coefficient_bytes));
  }
}

static void read_header_again(decoder *d) {
  const mcnn_shape *const shape = &d->task->header.shape;

  if (jpeg_read_header(&d->jpeg, TRUE) != JPEG_HEADER_OK)
    fail_format(d, "it has no image");
  const int components = d->jpeg.num_components;
  if (d->jpeg.image_height != shape->height || d->jpeg.image_width != shape->width ||
      (components == 1 ? 1 : 3) != (int)shape->channels)
    fail_format(d, "it has several frame headers");
  d->jpeg.out_color_space = components == 1 ? JCS_GRAYSCALE : components == 3 ? JCS_RGB : JCS_CMYK;
}

/* libjpeg's part of the factor. */
static unsigned scale_for(uint32_t factor) {
  unsigned scale = 8;

  while (factor % scale != 0)
    scale /= 2;
  return scale;
}

static void start_rows(decoder *d) {
  const mcnn_image_task *const task = d->task;
  const unsigned scale = scale_for(task->factor);

  d->jpeg.scale_num = 1;
  d->jpeg.scale_denom = scale;
  if (!jpeg_start_decompress(&d->jpeg))
    fail_format(d, "it ends too early");
  const mcnn_raster_options options = {{d->jpeg.output_height, d->jpeg.output_width,
                                        task->header.shape.channels + (task->with_alpha ? 1u : 0u)},
                                       task->factor / scale,
                                       task->header.orientation,
                                       0};
  mnistcnn_status status = mcnn_raster_start(d->raster, &options);
  if (status == MNISTCNN_OK)
    status = mcnn_pixel_buffer_reserve(&d->row, (size_t)d->jpeg.output_width *
                                                    (size_t)d->jpeg.output_components);
  if (status != MNISTCNN_OK)
    fail_decoding(d, status);
}

static void start_libjpeg(decoder *d) {
  d->jpeg.err = jpeg_std_error(&d->errors);
  d->errors.error_exit = raise_error;
  d->errors.emit_message = take_message;
  d->errors.output_message = print_nothing;
  d->jpeg.client_data = d;
  d->source = (struct jpeg_source_mgr){.next_input_byte = d->task->file->data,
                                       .bytes_in_buffer = d->task->file->size_bytes,
                                       .init_source = start_input,
                                       .fill_input_buffer = read_beyond_end,
                                       .skip_input_data = skip_input,
                                       .resync_to_restart = jpeg_resync_to_restart,
                                       .term_source = end_input};
  d->progress = (struct jpeg_progress_mgr){.progress_monitor = count_scans};
}

/* libjpeg leaves its calls by longjmp. No local of this function is changed after setjmp, and
 * everything to be freed hangs on the decoder. */
static void run_libjpeg(decoder *d) {
  memset(&d->jpeg, 0, sizeof d->jpeg);
  start_libjpeg(d);
  if (setjmp(d->on_error) == 0) {
    jpeg_create_decompress(&d->jpeg);
    d->jpeg.src = &d->source;
    d->jpeg.progress = &d->progress;
    read_header_again(d);
    limit_memory(d);
    start_rows(d);
    read_rows(d);
  }
  jpeg_destroy_decompress(&d->jpeg);
}

static mnistcnn_status decode(void *state, const mcnn_image_task *task, mcnn_raster *raster,
                              mcnn_image_warning *warning) {
  decoder *const d = state;

  d->task = task;
  d->raster = raster;
  d->warning = warning;
  d->ended = 0;
  d->status = MNISTCNN_OK;
  run_libjpeg(d);
  mcnn_raster_finish(raster);
  return d->status;
}

/* --- the format ------------------------------------------------------------------------------- */

static mnistcnn_status create(const mcnn_alloc *alloc, void **state) {
  decoder *const d = mcnn_alloc_zeroed(alloc, 1, sizeof *d);

  if (!d)
    return MNISTCNN_OUT_OF_MEMORY;
  d->row.alloc = *alloc;
  *state = d;
  return MNISTCNN_OK;
}

static void destroy(void *state) {
  decoder *const d = state;
  const mcnn_alloc alloc = d->row.alloc;

  mcnn_pixel_buffer_free(&d->row);
  mcnn_free(&alloc, d);
}

const mcnn_image_format mcnn_jpeg_format = {.id = MNISTCNN_IMAGE_FORMAT_JPEG,
                                            .signature = signature,
                                            .signature_bytes = sizeof signature,
                                            .can_scale = 1,
                                            .read_header = mcnn_jpeg_read_header,
                                            .create = create,
                                            .destroy = destroy,
                                            .decode = decode};

#define TEXT_OF_VALUE(value) #value
#define TEXT_OF(value)       TEXT_OF_VALUE(value)

const char *mcnn_jpeg_library_version(void) {
#ifdef LIBJPEG_TURBO_VERSION
  return "libjpeg-turbo " TEXT_OF(LIBJPEG_TURBO_VERSION);
#else
  return "libjpeg " TEXT_OF(JPEG_LIB_VERSION);
#endif
}
