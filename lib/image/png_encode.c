/* Bytes to PNG with libpng's low-level interface, into memory. */
#include "image/png.h"

#include "base/status.h"

#include <png.h>
#include <setjmp.h>
#include <string.h>

enum { FIRST_CAPACITY = 4096 };

typedef struct encoder {
  const mcnn_alloc *alloc;
  const uint8_t *pixels;
  mcnn_shape shape;

  unsigned char *data; /* what has been written so far */
  size_t size, capacity;

  png_structp png;
  png_infop info;
  mnistcnn_status status; /* set by what failed, before libpng unwinds */
} encoder;

static png_voidp allocate_for_png(png_structp png, png_alloc_size_t size) {
  encoder *const e = png_get_mem_ptr(png);
  void *const block = mcnn_alloc_array(e->alloc, size, 1);

  if (!block)
    e->status = MNISTCNN_OUT_OF_MEMORY;
  return block;
}

static void free_for_png(png_structp png, png_voidp pointer) {
  const encoder *const e = png_get_mem_ptr(png);

  mcnn_free(e->alloc, pointer);
}

static void raise_error(png_structp png, png_const_charp message) {
  encoder *const e = png_get_error_ptr(png);

  if (e->status == MNISTCNN_OK)
    e->status = mcnn_fail(MNISTCNN_UNSUPPORTED, "cannot write the PNG: %s", message);
  png_longjmp(png, 1);
}

static void ignore_warning(png_structp png, png_const_charp message) {
  (void)png;
  (void)message;
}

static void grow(encoder *e, size_t needed) {
  const size_t doubled = e->capacity == 0 ? FIRST_CAPACITY : 2 * e->capacity;
  const size_t capacity = doubled > needed ? doubled : needed;
  unsigned char *const data = mcnn_alloc_array(e->alloc, capacity, 1);

  if (!data) {
    e->status = MNISTCNN_OUT_OF_MEMORY;
    png_error(e->png, "out of memory");
  }
  if (e->size > 0)
    memcpy(data, e->data, e->size);
  mcnn_free(e->alloc, e->data);
  e->data = data;
  e->capacity = capacity;
}

static void append_output(png_structp png, png_bytep bytes, size_t count) {
  encoder *const e = png_get_io_ptr(png);

  if (count > e->capacity - e->size)
    grow(e, e->size + count);
  memcpy(e->data + e->size, bytes, count);
  e->size += count;
}

static void flush_nothing(png_structp png) {
  (void)png;
}

static void write_image(encoder *e) {
  const int colour_type = e->shape.channels == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY;
  const size_t row_bytes = (size_t)e->shape.width * e->shape.channels;

  png_set_IHDR(e->png, e->info, e->shape.width, e->shape.height, 8, colour_type, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(e->png, e->info);
  for (size_t row = 0; row < e->shape.height; row++)
    png_write_row(e->png, e->pixels + row * row_bytes);
  png_write_end(e->png, NULL);
}

/* As in png_decode.c, nothing that longjmp would lose is kept in locals. */
static void run_libpng(encoder *e) {
  e->png = png_create_write_struct_2(PNG_LIBPNG_VER_STRING, e, raise_error, ignore_warning, e,
                                     allocate_for_png, free_for_png);
  if (!e->png) {
    if (e->status == MNISTCNN_OK)
      e->status = mcnn_fail(MNISTCNN_UNSUPPORTED, "cannot start libpng");
    return;
  }
  if (setjmp(png_jmpbuf(e->png)) == 0) {
    e->info = png_create_info_struct(e->png);
    if (!e->info)
      png_error(e->png, "out of memory");
    png_set_write_fn(e->png, e, append_output, flush_nothing);
    write_image(e);
  }
  png_destroy_write_struct(&e->png, &e->info);
}

mnistcnn_status mcnn_png_encode(const uint8_t *pixels, const mcnn_shape *shape,
                                const mcnn_alloc *alloc, unsigned char **data, size_t *size_bytes) {
  encoder e = {.alloc = alloc, .pixels = pixels, .shape = *shape};

  run_libpng(&e);
  if (e.status != MNISTCNN_OK) {
    mcnn_free(alloc, e.data);
    return e.status;
  }
  *data = e.data;
  *size_bytes = e.size;
  return MNISTCNN_OK;
}
