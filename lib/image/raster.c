#include "image/raster.h"

#include "image/pixels.h"

#include <assert.h>
#include <string.h>

/* --- memory ----------------------------------------------------------------------------------- */

mnistcnn_status mcnn_pixel_buffer_reserve(mcnn_pixel_buffer *buffer, size_t bytes) {
  if (buffer->capacity >= bytes)
    return MNISTCNN_OK;
  mcnn_pixel_buffer_free(buffer);
  buffer->pixels = mcnn_alloc_array(&buffer->alloc, bytes, 1);
  if (!buffer->pixels)
    return MNISTCNN_OUT_OF_MEMORY;
  buffer->capacity = bytes;
  return MNISTCNN_OK;
}

void mcnn_pixel_buffer_free(mcnn_pixel_buffer *buffer) {
  mcnn_free(&buffer->alloc, buffer->pixels);
  buffer->pixels = NULL;
  buffer->capacity = 0;
}

void mcnn_raster_init(mcnn_raster *raster, const mcnn_alloc *alloc) {
  *raster = (mcnn_raster){.alloc = *alloc, .image.alloc = *alloc, .row.alloc = *alloc};
}

static void free_sums(mcnn_raster *r) {
  mcnn_free(&r->alloc, r->sums);
  r->sums = NULL;
}

void mcnn_raster_free(mcnn_raster *raster) {
  free_sums(raster);
  mcnn_pixel_buffer_free(&raster->row);
  mcnn_pixel_buffer_free(&raster->image);
}

/* --- size and orientation --------------------------------------------------------------------- */

static uint32_t reduced(uint32_t side, uint32_t factor) {
  return (side + factor - 1) / factor;
}

static int swaps_sides(uint32_t orientation) {
  return orientation >= 5;
}

mcnn_shape mcnn_raster_shape(const mcnn_raster_options *options) {
  const uint32_t rows = reduced(options->stored.height, options->factor);
  const uint32_t columns = reduced(options->stored.width, options->factor);
  const int swapped = swaps_sides(options->orientation);
  const mcnn_shape shape = {swapped ? columns : rows, swapped ? rows : columns,
                            options->stored.channels};

  return shape;
}

/* Where the stored rows and columns lie in the upright image. */
static void set_strides(mcnn_raster *r, const mcnn_shape *shape) {
  const uint32_t orientation = r->options.orientation;
  const int mirrored_columns =
      orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const int mirrored_rows =
      orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  const ptrdiff_t pixel = (ptrdiff_t)shape->channels, line = pixel * (ptrdiff_t)shape->width;
  const int swapped = swaps_sides(orientation);

  r->on = swapped ? line : pixel;
  r->down = swapped ? pixel : line;
  r->start = (mirrored_columns ? (ptrdiff_t)(r->columns - 1) * r->on : 0) +
             (mirrored_rows ? (ptrdiff_t)(r->rows - 1) * r->down : 0);
  r->on = mirrored_columns ? -r->on : r->on;
  r->down = mirrored_rows ? -r->down : r->down;
}

static int is_in_place(const mcnn_raster *r) {
  return r->options.factor == 1 && r->options.orientation == 1 && !r->options.scattered;
}

static uint8_t *pixel_at(const mcnn_raster *r, uint32_t row, uint32_t column) {
  return r->image.pixels + r->start + (ptrdiff_t)row * r->down + (ptrdiff_t)column * r->on;
}

static mnistcnn_status reserve(mcnn_raster *r, const mcnn_shape *shape) {
  const mcnn_shape *const stored = &r->options.stored;
  const size_t rows_of_sums = r->options.scattered ? r->rows : 1;
  mnistcnn_status status = mcnn_pixel_buffer_reserve(&r->image, mcnn_shape_bytes(shape));

  if (status == MNISTCNN_OK && !is_in_place(r))
    status = mcnn_pixel_buffer_reserve(&r->row, (size_t)stored->width * stored->channels);
  if (status == MNISTCNN_OK && r->options.factor > 1) {
    r->sums =
        mcnn_alloc_zeroed(&r->alloc, rows_of_sums * r->columns * stored->channels, sizeof *r->sums);
    status = r->sums ? MNISTCNN_OK : MNISTCNN_OUT_OF_MEMORY;
  }
  return status;
}

mnistcnn_status mcnn_raster_start(mcnn_raster *raster, const mcnn_raster_options *options) {
  const mcnn_shape shape = mcnn_raster_shape(options);

  assert(options->factor >= 1 && options->factor <= 16);
  free_sums(raster);
  raster->options = *options;
  raster->rows = reduced(options->stored.height, options->factor);
  raster->columns = reduced(options->stored.width, options->factor);
  set_strides(raster, &shape);
  return reserve(raster, &shape);
}

/* --- averaging -------------------------------------------------------------------------------- */

/* Colours count as much as they are visible. At most 16 x 16 pixels of 255 x 255. */
static void add_pixel(uint32_t *sums, const uint8_t *pixel, uint32_t channels) {
  const uint32_t alpha = channels % 2 == 0 ? pixel[channels - 1] : 1;

  for (uint32_t c = 0; c < channels; c++)
    sums[c] += c + 1 == channels && channels % 2 == 0 ? alpha : pixel[c] * alpha;
}

static uint8_t rounded_mean(uint32_t sum, uint32_t count) {
  return (uint8_t)(count > 0 ? (sum + count / 2) / count : 0);
}

static void write_mean(const uint32_t *sums, uint32_t count, uint32_t channels, uint8_t *pixel) {
  const int has_alpha = channels % 2 == 0;
  const uint32_t weight = has_alpha ? sums[channels - 1] : count;

  for (uint32_t c = 0; c < channels; c++)
    pixel[c] = rounded_mean(sums[c], has_alpha && c + 1 == channels ? count : weight);
}

/* Pixels of the file in one of the result: fewer at the end of an axis. */
static uint32_t covered(uint32_t side, uint32_t factor, uint32_t index) {
  const uint32_t left = side - index * factor;

  return left < factor ? left : factor;
}

static void write_means(mcnn_raster *r, const uint32_t *sums, uint32_t row) {
  const mcnn_shape *const stored = &r->options.stored;
  const uint32_t height = covered(stored->height, r->options.factor, row);

  for (uint32_t column = 0; column < r->columns; column++, sums += stored->channels) {
    const uint32_t count = height * covered(stored->width, r->options.factor, column);
    write_mean(sums, count, stored->channels, pixel_at(r, row, column));
  }
}

/* --- pixels ----------------------------------------------------------------------------------- */

uint8_t *mcnn_raster_row(mcnn_raster *raster, uint32_t y) {
  return is_in_place(raster) ? pixel_at(raster, y, 0) : raster->row.pixels;
}

static void add_to_sums(mcnn_raster *r, const uint8_t *pixels, uint32_t y, uint32_t x,
                        uint32_t step, uint32_t count) {
  const uint32_t channels = r->options.stored.channels, factor = r->options.factor;
  const size_t row = r->options.scattered ? y / factor : 0;
  uint32_t *const sums = r->sums + row * r->columns * channels;

  for (uint32_t i = 0; i < count; i++, pixels += channels)
    add_pixel(sums + (size_t)((x + i * step) / factor) * channels, pixels, channels);
}

void mcnn_raster_put(mcnn_raster *raster, const uint8_t *pixels, uint32_t y, uint32_t x,
                     uint32_t step, uint32_t count) {
  const uint32_t channels = raster->options.stored.channels;

  if (raster->options.factor > 1) {
    add_to_sums(raster, pixels, y, x, step, count);
    return;
  }
  for (uint32_t i = 0; i < count; i++)
    memcpy(pixel_at(raster, y, x + i * step), pixels + (size_t)i * channels, channels);
}

void mcnn_raster_put_row(mcnn_raster *raster, uint32_t y) {
  const mcnn_raster_options *const options = &raster->options;
  const uint32_t factor = options->factor;

  if (is_in_place(raster))
    return;
  mcnn_raster_put(raster, raster->row.pixels, y, 0, 1, options->stored.width);
  if (factor > 1 && !options->scattered &&
      (y % factor == factor - 1 || y + 1 == options->stored.height)) {
    write_means(raster, raster->sums, y / factor);
    memset(raster->sums, 0, (size_t)raster->columns * options->stored.channels * sizeof(uint32_t));
  }
}

void mcnn_raster_finish(mcnn_raster *raster) {
  const size_t row_sums = (size_t)raster->columns * raster->options.stored.channels;

  if (raster->sums && raster->options.scattered)
    for (uint32_t row = 0; row < raster->rows; row++)
      write_means(raster, raster->sums + row * row_sums, row);
  free_sums(raster);
}
