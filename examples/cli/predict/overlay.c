#include "predict/overlay.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct colour {
  uint8_t rgb[3];
} colour;

static const colour digit_colour = {{0, 150, 0}}, cut_colour = {{0, 90, 255}},
                    unclear_colour = {{230, 130, 0}};
static const colour other_colour = {{220, 0, 0}}, empty_colour = {{150, 150, 150}};

typedef struct drawing {
  uint8_t *pixels; /* [height][width][3] */
  uint32_t height, width;
} drawing;

/* --- shapes ----------------------------------------------------------------------------------- */

static void set_pixel(drawing *d, int64_t y, int64_t x, colour c) {
  if (y >= 0 && x >= 0 && y < d->height && x < d->width)
    memcpy(d->pixels + 3 * ((size_t)y * d->width + (size_t)x), c.rgb, 3);
}

static void fill(drawing *d, int64_t top, int64_t left, uint32_t height, uint32_t width, colour c) {
  for (uint32_t y = 0; y < height; y++)
    for (uint32_t x = 0; x < width; x++)
      set_pixel(d, top + y, left + x, c);
}

/* Around the box, so that its ink can be seen. */
static void outline(drawing *d, const mnistcnn_page_digit *box, uint32_t thickness, colour c) {
  const int64_t top = (int64_t)box->top - thickness, left = (int64_t)box->left - thickness;
  const uint32_t height = box->height + 2 * thickness, width = box->width + 2 * thickness;

  fill(d, top, left, thickness, width, c);
  fill(d, (int64_t)box->top + box->height, left, thickness, width, c);
  fill(d, top, left, height, thickness, c);
  fill(d, top, (int64_t)box->left + box->width, height, thickness, c);
}

/* Five rows of three pixels, the topmost in the lowest bits and the left one the lowest of its row.
 */
static uint16_t bits_of(char character) {
  static const uint16_t digits[10] = {075557, 026227, 071747, 071717, 055711,
                                      074717, 074757, 071111, 075757, 075717};

  return character >= '0' && character <= '9' ? digits[character - '0']
         : character == '?'                   ? 071202
                                              : 0;
}

static void write_character(drawing *d, int64_t top, int64_t left, uint32_t scale, char character,
                            colour c) {
  const uint16_t glyph = bits_of(character);

  for (unsigned row = 0; row < 5; row++)
    for (unsigned column = 0; column < 3; column++)
      if (glyph >> (3 * (4 - row) + 2 - column) & 1)
        fill(d, top + row * scale, left + column * scale, scale, scale, c);
}

/* --- what was read ---------------------------------------------------------------------------- */

static colour colour_of(const mnistcnn_page_digit *digit) {
  if (digit->class_index >= 0)
    return digit->is_cut ? cut_colour : digit_colour;
  return digit->verdict == MNISTCNN_DIGIT_BLANK ? empty_colour
         : digit->verdict == MNISTCNN_DIGIT_UNCLEAR || digit->verdict == MNISTCNN_DIGIT_TOUCHING
             ? unclear_colour
             : other_colour;
}

static void draw_found(drawing *d, const mnistcnn_model *model, const mnistcnn_page_digit *digit,
                       uint32_t thickness) {
  const char *const name = digit->class_index >= 0
                               ? mnistcnn_model_class_name(model, (uint32_t)digit->class_index)
                               : "?";
  const uint32_t scale = 2 * thickness;
  const colour c = colour_of(digit);

  outline(d, digit, thickness, c);
  for (size_t i = 0; digit->verdict != MNISTCNN_DIGIT_BLANK && name[i] != 0; i++)
    write_character(d, (int64_t)digit->top - 7 * (int64_t)scale,
                    (int64_t)digit->left + (int64_t)(4 * scale * i), scale, name[i], c);
}

static bool draw_page(drawing *d, const mnistcnn_model *model, const mnistcnn_page *page) {
  const uint32_t longest = d->height > d->width ? d->height : d->width;

  for (size_t i = 0; i < mnistcnn_page_num_digits(page); i++) {
    mnistcnn_page_digit digit = MNISTCNN_PAGE_DIGIT_INIT;
    if (mnistcnn_page_get_digit(page, i, &digit) != MNISTCNN_OK)
      return false;
    draw_found(d, model, &digit, 1 + longest / 1000);
  }
  return true;
}

/* --- whole ------------------------------------------------------------------------------------ */

/* Transparent pictures on white. */
static void copy_pixels(const mnistcnn_image *image, uint8_t *pixels) {
  const uint32_t channels = image->shape.channels;
  const size_t count = (size_t)image->shape.height * image->shape.width;
  const int has_alpha = channels % 2 == 0;

  for (size_t i = 0; i < count; i++) {
    const uint8_t *const from = image->pixels + i * channels;
    const unsigned alpha = has_alpha ? from[channels - 1] : 255;
    for (size_t c = 0; c < 3; c++) {
      const unsigned value = from[channels > 2 ? c : 0];
      pixels[3 * i + c] = (uint8_t)((value * alpha + 255 * (255 - alpha)) / 255);
    }
  }
}

bool overlay_write(const char *path, const mnistcnn_image *image, const mnistcnn_model *model,
                   const mnistcnn_page *page, bool *out_of_memory) {
  const mnistcnn_shape shape = {image->shape.height, image->shape.width, 3};
  const size_t bytes = (size_t)shape.height * shape.width * 3;
  drawing d = {malloc(bytes), shape.height, shape.width};

  *out_of_memory = !d.pixels;
  if (!d.pixels)
    return false;
  copy_pixels(image, d.pixels);
  const mnistcnn_image drawn = {d.pixels, bytes, shape, 0};
  const bool done =
      draw_page(&d, model, page) && mnistcnn_image_save_png(&drawn, path) == MNISTCNN_OK;
  free(d.pixels);
  return done;
}
