/* PNG in and out: values known by construction, and files that are broken in every way. */
#include "base/status.h"
#include "image/decoder.h"
#include "image/pixels.h"
#include "image/png.h"
#include "image_args.h"
#include "png_support.h"
#include "support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

enum { max_pixels = 20 * 20 };

static const uint8_t palette[256][3] = {{10, 20, 30}, {255, 0, 0}, {0, 255, 0},
                                        {0, 0, 255},  {1, 2, 3},   {200, 100, 50}};

static mcnn_image_decoder *create_decoder(const mcnn_alloc *alloc, mcnn_alpha alpha) {
  mcnn_image_decoder *decoder = NULL;
  assert_int_equal(mcnn_image_decoder_create(alloc, alpha, &decoder), MNISTCNN_OK);
  return decoder;
}

static mnistcnn_status decode_as(mcnn_image_decoder *decoder, const void *data, size_t size,
                                 const char *label, uint8_t **pixels, mcnn_shape *shape) {
  const mcnn_image_file file = {data, size, label};
  return mcnn_image_decode(decoder, &file, pixels, shape);
}

/* --- every kind ------------------------------------------------------------------------------- */

static uint8_t expected_byte(const test_png *png, const uint16_t *pixel, size_t channel) {
  if (png->colour_type == 3)
    return palette[pixel[0]][channel];
  const uint32_t largest = (1u << png->depth) - 1, value = pixel[channel];
  return (uint8_t)(png->depth == 16 ? value >> 8 : value * 255u / largest);
}

static void check_alpha(const test_png *png) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  const size_t samples = test_png_samples(png->colour_type);
  const uint32_t channels = (png->colour_type & 2) != 0 ? 4 : 2;
  mcnn_image_decoder *const decoder = create_decoder(&alloc, MCNN_ALPHA_KEEP);
  uint8_t *pixels = NULL;
  mcnn_shape shape = {0};
  size_t size;
  unsigned char *const data = test_png_make(png, &size);

  assert_int_equal(decode_as(decoder, data, size, "x", &pixels, &shape), MNISTCNN_OK);
  assert_int_equal(shape.channels, channels);
  for (size_t i = 0; i < (size_t)png->height * png->width; i++) {
    const uint16_t *const sample = png->samples + i * samples;
    for (size_t channel = 0; channel + 1 < channels; channel++)
      assert_int_equal(pixels[i * channels + channel], expected_byte(png, sample, channel));
    assert_int_equal(pixels[i * channels + channels - 1],
                     samples % 2 == 0 ? expected_byte(png, sample, samples - 1) : 255);
  }
  free(data);
  mcnn_image_decoder_free(decoder);
}

static void check_kind(mcnn_image_decoder *decoder, const test_png *png) {
  const size_t samples = test_png_samples(png->colour_type);
  const uint32_t channels = (png->colour_type & 2) != 0 ? 3 : 1;
  uint8_t *pixels = NULL;
  mcnn_shape shape = {0};
  size_t size;
  unsigned char *const data = test_png_make(png, &size);

  const mcnn_image_file file = {data, size, "x"};
  assert_int_equal(mcnn_image_read_shape(&file, &shape), MNISTCNN_OK);
  assert_int_equal(shape.channels, channels);
  memset(&shape, 0, sizeof shape);
  assert_int_equal(decode_as(decoder, data, size, "x", &pixels, &shape), MNISTCNN_OK);
  assert_int_equal(shape.height, png->height);
  assert_int_equal(shape.width, png->width);
  assert_int_equal(shape.channels, channels);
  for (size_t i = 0; i < (size_t)png->height * png->width; i++) {
    for (size_t channel = 0; channel < channels; channel++) {
      assert_int_equal(pixels[i * channels + channel],
                       expected_byte(png, png->samples + i * samples, channel));
    }
  }
  free(data);
}

static void every_colour_type_depth_and_interlacing(void **state) {
  static const uint32_t kinds[][2] = {{0, 1}, {0, 2},  {0, 4},  {0, 8}, {0, 16},
                                      {2, 8}, {2, 16}, {3, 1},  {3, 2}, {3, 4},
                                      {3, 8}, {4, 8},  {4, 16}, {6, 8}, {6, 16}};
  static const uint32_t sizes[][2] = {{1, 1}, {1, 9}, {9, 1}, {3, 5}, {8, 8}, {13, 20}, {20, 17}};
  const mcnn_alloc alloc = mcnn_alloc_default();
  mcnn_image_decoder *const decoder = create_decoder(&alloc, MCNN_ALPHA_DROP);
  uint16_t samples[4 * max_pixels];
  uint32_t seed = 1;
  (void)state;

  for (size_t kind = 0; kind < sizeof kinds / sizeof kinds[0]; kind++) {
    const uint32_t depth = kinds[kind][1], is_palette = kinds[kind][0] == 3;
    for (size_t size = 0; size < 2 * sizeof sizes / sizeof sizes[0]; size++) {
      test_png png = {.height = sizes[size / 2][0],
                      .width = sizes[size / 2][1],
                      .depth = depth,
                      .colour_type = kinds[kind][0],
                      .interlaced = size % 2,
                      .samples = samples};
      png.palette = is_palette ? palette[0] : NULL;
      png.palette_size = is_palette ? (size_t)1 << depth : 0;
      for (size_t i = 0; i < 4 * max_pixels; i++) {
        const uint32_t high = test_byte(&seed), low = test_byte(&seed);
        samples[i] = (uint16_t)((high << 8 | low) & ((1u << depth) - 1));
      }
      check_kind(decoder, &png);
      check_alpha(&png);
    }
  }
  mcnn_image_decoder_free(decoder);
}

/* --- broken files ----------------------------------------------------------------------------- */

typedef struct sample_file {
  unsigned char *data;
  size_t size;
  mcnn_alloc alloc;
  mcnn_image_decoder *decoder;
} sample_file;

static int set_up(void **state) {
  sample_file *const f = calloc(1, sizeof *f);
  uint16_t samples[16 * 12 * 3];
  uint32_t seed = 7;
  const test_png png = {
      .height = 16, .width = 12, .depth = 8, .colour_type = 2, .samples = samples};
  for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++)
    samples[i] = test_byte(&seed);
  f->data = test_png_make(&png, &f->size);
  f->alloc = mcnn_alloc_default();
  f->decoder = create_decoder(&f->alloc, MCNN_ALPHA_DROP);
  *state = f;
  return 0;
}

static int tear_down(void **state) {
  sample_file *const f = *state;
  mcnn_image_decoder_free(f->decoder);
  free(f->data);
  free(f);
  return 0;
}

static mnistcnn_status decode(sample_file *f, const void *data, size_t size) {
  uint8_t *pixels = NULL;
  mcnn_shape shape = {0};
  const mnistcnn_status status = decode_as(f->decoder, data, size, "the label", &pixels, &shape);
  if (status != MNISTCNN_OK) {
    assert_null(pixels);
    assert_int_equal(shape.height, 0);
    assert_memory_equal(mcnn_last_error(), "the label: ", 11);
  }
  return status;
}

static void truncated_at_every_length(void **state) {
  sample_file *const f = *state;
  for (size_t size = 0; size < f->size; size++) {
    unsigned char *const cut = malloc(size + 1); /* so that ASan sees a read beyond it */
    memcpy(cut, f->data, size);
    assert_int_equal(decode(f, cut, size), MNISTCNN_FORMAT);
    free(cut);
  }
  assert_int_equal(decode(f, f->data, f->size), MNISTCNN_OK);
}

/* Whatever byte is damaged, a check sum or a limit finds it; but for the IEND chunk's CRC. */
static void damaged_at_every_byte(void **state) {
  sample_file *const f = *state;
  for (size_t at = 0; at < f->size - 4; at++) {
    f->data[at] ^= 0x10;
    const mnistcnn_status status = decode(f, f->data, f->size);
    assert_true(status == MNISTCNN_FORMAT || status == MNISTCNN_LIMIT);
    f->data[at] ^= 0x10;
  }
  assert_int_equal(decode(f, f->data, f->size), MNISTCNN_OK);
}

static void not_a_png(void **state) {
  sample_file *const f = *state;
  assert_int_equal(decode(f, "GIF89a and more", 15), MNISTCNN_FORMAT);
  assert_int_equal(decode(f, "", 0), MNISTCNN_FORMAT);
  assert_non_null(strstr(mcnn_last_error(), "not a PNG"));
}

/* Sides are written into the header and its CRC is made to fit. */
static mnistcnn_status decode_with_sides(sample_file *f, uint32_t width, uint32_t height) {
  for (int i = 0; i < 4; i++) {
    f->data[16 + i] = (unsigned char)(width >> (24 - 8 * i));
    f->data[20 + i] = (unsigned char)(height >> (24 - 8 * i));
  }
  test_png_fix_crc(f->data + 8);
  return decode(f, f->data, f->size);
}

static void sides_out_of_range(void **state) {
  sample_file *const f = *state;
  assert_int_equal(decode_with_sides(f, 4097, 16), MNISTCNN_LIMIT);
  assert_int_equal(decode_with_sides(f, 12, 4097), MNISTCNN_LIMIT);
  assert_int_equal(decode_with_sides(f, 0xFFFFFFFFu, 0xFFFFFFFFu), MNISTCNN_LIMIT);
  assert_int_equal(decode_with_sides(f, 0, 16), MNISTCNN_FORMAT);
  assert_int_equal(decode_with_sides(f, 12, 0), MNISTCNN_FORMAT);
  assert_int_equal(decode_with_sides(f, 4096, 4096), MNISTCNN_FORMAT); /* too few pixels */
  assert_int_equal(decode_with_sides(f, 12, 17), MNISTCNN_FORMAT);
  assert_int_equal(decode_with_sides(f, 12, 16), MNISTCNN_OK);
}

static void the_largest_sides_are_read(void **state) {
  static const uint32_t sizes[2][2] = {{1, 4096}, {4096, 1}};
  sample_file *const f = *state;
  for (size_t i = 0; i < 2; i++) {
    size_t size;
    unsigned char *const data = test_png_plain(sizes[i][0], sizes[i][1], 1, 77, &size);
    assert_int_equal(decode(f, data, size), MNISTCNN_OK);
    free(data);
  }
}

static void files_above_64_megabytes(void **state) {
  sample_file *const f = *state;
  const size_t size = MNISTCNN_MAX_IMAGE_BYTES + 1;
  unsigned char *const data = calloc(size, 1);
  assert_non_null(data);
  memcpy(data, f->data, f->size);
  assert_int_equal(decode(f, data, size), MNISTCNN_LIMIT);
  assert_int_equal(decode(f, data, size - 1), MNISTCNN_OK); /* what follows IEND is ignored */
  free(data);
}

static void palette_index_out_of_range(void **state) {
  sample_file *const f = *state;
  uint16_t samples[9] = {0, 1, 2, 3, 0, 1, 2, 3, 2};
  for (uint32_t depth = 2; depth <= 8; depth *= 2) {
    for (size_t colours = 1; colours <= 4; colours++) {
      size_t size;
      const test_png png = {.height = 3,
                            .width = 3,
                            .depth = depth,
                            .colour_type = 3,
                            .samples = samples,
                            .palette = palette[0],
                            .palette_size = colours};
      unsigned char *const data = test_png_make(&png, &size);
      assert_int_equal(decode(f, data, size), colours == 4 ? MNISTCNN_OK : MNISTCNN_FORMAT);
      free(data);
    }
  }
}

static void no_palette(void **state) {
  sample_file *const f = *state;
  const uint16_t samples[1] = {0};
  const test_png png = {.height = 1, .width = 1, .depth = 8, .colour_type = 3, .samples = samples};
  size_t size;
  unsigned char *const data = test_png_make(&png, &size);
  assert_int_equal(decode(f, data, size), MNISTCNN_FORMAT);
  free(data);
}

/* Transparency is dropped, not composited, also where it comes as a chunk. */
static void transparency_chunks_change_nothing(void **state) {
  sample_file *const f = *state;
  const uint16_t samples[2] = {1, 2};
  const unsigned char alpha[3] = {0, 0, 128}, gray_key[2] = {0, 1};
  test_png png = {.height = 1,
                  .width = 2,
                  .depth = 8,
                  .colour_type = 3,
                  .samples = samples,
                  .palette = palette[0],
                  .palette_size = 4,
                  .extra_type = "tRNS",
                  .extra = alpha,
                  .extra_size = 3};
  uint8_t *pixels;
  mcnn_shape shape;
  size_t size;
  unsigned char *data = test_png_make(&png, &size);
  assert_int_equal(decode_as(f->decoder, data, size, "x", &pixels, &shape), MNISTCNN_OK);
  assert_memory_equal(pixels, palette[1], 6);
  free(data);
  png.colour_type = 0;
  png.palette = NULL;
  png.extra = gray_key;
  png.extra_size = 2;
  data = test_png_make(&png, &size);
  assert_int_equal(decode_as(f->decoder, data, size, "x", &pixels, &shape), MNISTCNN_OK);
  assert_int_equal(shape.channels, 1);
  assert_memory_equal(pixels, "\1\2", 2);
  free(data);
}

/* The alpha of two pixels, the first of which `chunk` makes transparent. */
static void check_transparency(const test_png *png, const void *chunk, size_t chunk_size,
                               uint8_t first, uint8_t second) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  mcnn_image_decoder *const decoder = create_decoder(&alloc, MCNN_ALPHA_KEEP);
  test_png with_chunk = *png;
  uint8_t *pixels;
  mcnn_shape shape;
  size_t size;

  with_chunk.height = 1;
  with_chunk.width = 2;
  with_chunk.extra_type = "tRNS";
  with_chunk.extra = chunk;
  with_chunk.extra_size = chunk_size;
  unsigned char *const data = test_png_make(&with_chunk, &size);
  assert_int_equal(decode_as(decoder, data, size, "x", &pixels, &shape), MNISTCNN_OK);
  assert_int_equal(pixels[shape.channels - 1], first);
  assert_int_equal(pixels[2 * shape.channels - 1], second);
  free(data);
  mcnn_image_decoder_free(decoder);
}

/* Of 16 bits the lower 8 count, too, when pixels are compared with the transparent one. */
static void transparency_chunks_become_alpha(void **state) {
  const uint16_t gray[2] = {1, 0}, gray16[2] = {0x1234, 0x1235}, rgb[6] = {1, 2, 3, 1, 2, 4};
  const uint16_t rgb16[6] = {0x101, 0x202, 0x303, 0x101, 0x202, 0x304}, indices[2] = {1, 3};
  (void)state;

  for (uint32_t depth = 1; depth <= 8; depth *= 2) {
    const test_png png = {.depth = depth, .samples = gray};
    check_transparency(&png, "\0\1", 2, 0, 255);
  }
  check_transparency(&(test_png){.depth = 16, .samples = gray16}, "\x12\x34", 2, 0, 255);
  check_transparency(&(test_png){.depth = 8, .colour_type = 2, .samples = rgb}, "\0\1\0\2\0\3", 6,
                     0, 255);
  check_transparency(&(test_png){.depth = 16, .colour_type = 2, .samples = rgb16}, "\1\1\2\2\3\3",
                     6, 0, 255);
  const test_png coloured = {
      .depth = 8, .colour_type = 3, .samples = indices, .palette = palette[0], .palette_size = 4};
  check_transparency(&coloured, "\0\x80", 2, 0x80, 255);
}

/* 100 MB of zeros in a text chunk: skipped, so next to nothing is allocated. */
static void text_bombs_are_not_inflated(void **state) {
  enum { bomb_bytes = 100000000 };
  test_memory memory = {0};
  const mcnn_alloc alloc = test_alloc(&memory);
  mcnn_image_decoder *const decoder = create_decoder(&alloc, MCNN_ALPHA_DROP);
  const uint16_t samples[1] = {9};
  unsigned char *const zeros = calloc(bomb_bytes, 1);
  uLongf packed_size = compressBound(bomb_bytes);
  unsigned char *const chunk = malloc(packed_size + 5);
  uint8_t *pixels;
  mcnn_shape shape;
  size_t size;
  (void)state;

  memcpy(chunk, "key\0\0", 5);
  assert_int_equal(compress2(chunk + 5, &packed_size, zeros, bomb_bytes, 1), Z_OK);
  const test_png png = {.height = 1,
                        .width = 1,
                        .depth = 8,
                        .samples = samples,
                        .extra_type = "zTXt",
                        .extra = chunk,
                        .extra_size = packed_size + 5};
  unsigned char *const data = test_png_make(&png, &size);
  const size_t calls = memory.calls;
  assert_int_equal(decode_as(decoder, data, size, "x", &pixels, &shape), MNISTCNN_OK);
  assert_int_equal(pixels[0], 9);
  assert_int_equal(memory.calls - calls, 3); /* two of the decoder, and the pixel */
  free(data);
  free(chunk);
  free(zeros);
  mcnn_image_decoder_free(decoder);
  assert_int_equal(memory.live, 0);
}

/* What is not a PNG is refused by its first bytes, whatever its name; the message says what it is.
 */
static void other_formats_are_named(void **state) {
  static const struct {
    const char *bytes, *message;
  } files[] = {
      {"\xFF\xD8\xFF\xE0 and so on", "the label: is not a PNG but a JPEG"},
      {"GIF89a and so on", "the label: is not a PNG but a GIF"},
      {"BM and so on", "the label: is not a PNG but a BMP"},
      {"text", "the label: is not a PNG"},
      {"\x89PNG\r\n\x1A", "the label: is not a PNG"}, /* a byte short */
      {"", "the label: is not a PNG"},
  };
  sample_file *const f = *state;

  for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
    assert_int_equal(decode(f, files[i].bytes, strlen(files[i].bytes)), MNISTCNN_FORMAT);
    assert_string_equal(mcnn_last_error(), files[i].message);
  }
}

static void extensions_in_any_case(void **state) {
  (void)state;
  assert_true(mcnn_image_has_extension("a.png") && mcnn_image_has_extension("a.b.PnG"));
  assert_false(mcnn_image_has_extension(".png"));
  assert_false(mcnn_image_has_extension("png"));
  assert_false(mcnn_image_has_extension("a.png.bak"));
  assert_false(mcnn_image_has_extension(""));
}

/* Ancillary chunks may be damaged: they are not looked at. */
static void damaged_ancillary_chunks_are_ignored(void **state) {
  sample_file *const f = *state;
  const uint16_t samples[1] = {9};
  const test_png png = {.height = 1,
                        .width = 1,
                        .depth = 8,
                        .samples = samples,
                        .extra_type = "tEXt",
                        .extra = "a comment",
                        .extra_size = 9};
  size_t size;
  unsigned char *const data = test_png_make(&png, &size);
  data[33 + 8] ^= 1;
  assert_int_equal(decode(f, data, size), MNISTCNN_OK);
  free(data);
}

/* --- memory ----------------------------------------------------------------------------------- */

static mnistcnn_status decode_all(const mcnn_alloc *alloc, void *context) {
  const sample_file *const f = context;
  mcnn_image_decoder *decoder = NULL;
  uint8_t *pixels;
  mcnn_shape shape;
  mnistcnn_status status = mcnn_image_decoder_create(alloc, MCNN_ALPHA_DROP, &decoder);
  if (status == MNISTCNN_OK)
    status = decode_as(decoder, f->data, f->size, "x", &pixels, &shape);
  mcnn_image_decoder_free(decoder);
  return status;
}

static mnistcnn_status encode(const mcnn_alloc *alloc, void *context) {
  const mcnn_shape shape = {60, 60, 3};
  unsigned char *data = NULL;
  size_t size;
  const mnistcnn_status status = mcnn_png_encode(context, &shape, alloc, &data, &size);
  mcnn_free(alloc, data);
  return status;
}

static void every_failing_allocation_is_survived(void **state) {
  uint8_t noise[60 * 60 * 3];
  uint32_t seed = 3;
  for (size_t i = 0; i < sizeof noise; i++)
    noise[i] = test_byte(&seed);
  assert_int_equal(test_every_allocation(decode_all, *state), 4);
  assert_true(test_every_allocation(encode, noise) > 3);
}

/* A wide image needs more than the region set aside for libpng. */
static void wide_images_survive_failing_allocations(void **state) {
  sample_file wide = {0};
  (void)state;
  wide.data = test_png_plain(2, 4096, 3, 5, &wide.size);
  assert_true(test_every_allocation(decode_all, &wide) >= 3);
  free(wide.data);
}

/* --- writing ---------------------------------------------------------------------------------- */

static void written_images_are_read_back(void **state) {
  sample_file *const f = *state;
  uint8_t pixels[17 * 31 * 3], *got;
  uint32_t seed = 5;
  for (size_t i = 0; i < sizeof pixels; i++)
    pixels[i] = test_byte(&seed);
  for (uint32_t channels = 1; channels <= 3; channels += 2) {
    const mcnn_shape shape = {17, 31, channels};
    mcnn_shape got_shape;
    unsigned char *data = NULL;
    size_t size = 0;
    assert_int_equal(mcnn_png_encode(pixels, &shape, &f->alloc, &data, &size), MNISTCNN_OK);
    assert_int_equal(decode_as(f->decoder, data, size, "x", &got, &got_shape), MNISTCNN_OK);
    assert_memory_equal(&got_shape, &shape, sizeof shape);
    assert_memory_equal(got, pixels, mcnn_shape_bytes(&shape));
    mcnn_free(&f->alloc, data);
  }
}

/* --- public functions ------------------------------------------------------------------------- */

static void decoding_through_the_public_functions(void **state) {
  const sample_file *const f = *state;
  uint8_t pixels[16 * 12 * 3] = {0}, gray[16 * 12] = {0};
  mnistcnn_shape shape = {0, 0, 0};
  assert_int_equal(mnistcnn_image_decode_memory(f->data, f->size, 0, NULL, 0, &shape), MNISTCNN_OK);
  assert_true(shape.height == 16 && shape.width == 12 && shape.channels == 3);
  shape = (mnistcnn_shape){0, 0, 0};
  assert_int_equal(
      mnistcnn_image_decode_memory(f->data, f->size, 0, pixels, sizeof pixels - 1, &shape),
      MNISTCNN_BUFFER_TOO_SMALL);
  assert_true(shape.height == 16 && shape.width == 12 && shape.channels == 3 && pixels[0] == 0);
  assert_int_equal(mnistcnn_image_decode_memory(f->data, f->size, 0, pixels, sizeof pixels, NULL),
                   MNISTCNN_OK);
  assert_int_equal(mnistcnn_image_decode_memory(f->data, f->size, 1, gray, sizeof gray, &shape),
                   MNISTCNN_OK);
  assert_int_equal(shape.channels, 1);
  for (size_t i = 0; i < sizeof gray; i++) { /* within rounding of ITU-R 601 */
    const double luma =
        0.299 * pixels[3 * i] + 0.587 * pixels[3 * i + 1] + 0.114 * pixels[3 * i + 2];
    assert_true(luma > gray[i] - 0.51 && luma < gray[i] + 0.51);
  }
}

/* Gray with alpha asked for as colour, the reverse, and opaque where a file has none. */
static void alpha_on_request(void **state) {
  const uint16_t gray[2] = {40, 50}, rgb[4] = {255, 0, 0, 60};
  test_png png = {.height = 1, .width = 1, .depth = 8, .colour_type = 4, .samples = gray};
  uint8_t pixels[4];
  mnistcnn_shape shape;
  size_t size;
  (void)state;
  unsigned char *data = test_png_make(&png, &size);
  assert_int_equal(mnistcnn_image_decode_memory(data, size, 4, pixels, 4, &shape), MNISTCNN_OK);
  assert_int_equal(shape.channels, 4);
  assert_memory_equal(pixels, "\50\50\50\62", 4);
  assert_int_equal(mnistcnn_image_decode_memory(data, size, 2, pixels, 2, &shape), MNISTCNN_OK);
  assert_memory_equal(pixels, "\50\62", 2);
  assert_int_equal(mnistcnn_image_decode_memory(data, size, 4, pixels, 3, &shape),
                   MNISTCNN_BUFFER_TOO_SMALL);
  free(data);
  png.colour_type = 6;
  png.samples = rgb;
  data = test_png_make(&png, &size);
  assert_int_equal(mnistcnn_image_decode_memory(data, size, 2, pixels, 2, NULL), MNISTCNN_OK);
  assert_memory_equal(pixels, "\114\74", 2); /* 0.299 of 255 */
  free(data);
  png.colour_type = 0;
  data = test_png_make(&png, &size);
  assert_int_equal(mnistcnn_image_decode_memory(data, size, 4, pixels, 4, NULL), MNISTCNN_OK);
  assert_memory_equal(pixels, "\377\377\377\377", 4);
  free(data);
}

static void failing_decodes_change_nothing(void **state) {
  sample_file *const f = *state;
  uint8_t pixels[16 * 12 * 3];
  mnistcnn_shape shape = {7, 7, 7};
  memset(pixels, 0xAB, sizeof pixels);
  f->data[f->size - 30] ^= 1;
  assert_int_equal(mnistcnn_image_decode_memory(f->data, f->size, 3, pixels, sizeof pixels, &shape),
                   MNISTCNN_FORMAT);
  assert_true(shape.height == 7 && shape.width == 7 && shape.channels == 7);
  for (size_t i = 0; i < sizeof pixels; i++)
    assert_int_equal(pixels[i], 0xAB);
  assert_int_equal(mnistcnn_image_decode_memory(NULL, 5, 0, NULL, 0, NULL),
                   MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(mnistcnn_image_decode_memory(f->data, f->size, 5, NULL, 0, NULL),
                   MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(mnistcnn_image_decode_memory(f->data, f->size, 0, NULL, 5, NULL),
                   MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(mnistcnn_image_decode_file(NULL, 0, NULL, 0, NULL), MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(mnistcnn_image_decode_file("no such file", 0, NULL, 0, NULL),
                   MNISTCNN_NOT_FOUND);
}

static void files_are_written_and_read(void **state) {
  char folder[TEST_PATH], path[TEST_PATH];
  uint8_t pixels[5 * 4 * 3], got[5 * 4 * 3], gray[3] = {0, 128, 255}, rgb[9];
  uint32_t seed = 9;
  mnistcnn_shape shape;
  (void)state;
  test_folder_create(folder);
  test_join(path, folder, "a.png");
  for (size_t i = 0; i < sizeof pixels; i++)
    pixels[i] = test_byte(&seed);
  assert_int_equal(mnistcnn_image_save_png(IMAGE(pixels, 5, 4, 3), path), MNISTCNN_OK);
  assert_int_equal(mnistcnn_image_decode_file(path, 0, got, sizeof got, &shape), MNISTCNN_OK);
  assert_true(shape.height == 5 && shape.width == 4 && shape.channels == 3);
  assert_memory_equal(got, pixels, sizeof got);
  assert_int_equal(mnistcnn_image_save_png(IMAGE(gray, 1, 3, 1), path), MNISTCNN_OK);
  assert_int_equal(mnistcnn_image_decode_file(path, 3, rgb, sizeof rgb, NULL), MNISTCNN_OK);
  for (size_t i = 0; i < 9; i++)
    assert_int_equal(rgb[i], gray[i / 3]);
  assert_int_equal(mnistcnn_image_save_png(IMAGE(gray, 1, 3, 1), NULL), MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(mnistcnn_image_save_png(IMAGE(NULL, 1, 3, 1), path), MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(mnistcnn_image_save_png(IMAGE(gray, 0, 3, 1), path), MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(mnistcnn_image_save_png(IMAGE(gray, 1, 4097, 1), path),
                   MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(mnistcnn_image_save_png(IMAGE(gray, 1, 3, 2), path), MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(mnistcnn_image_save_png(IMAGE(gray, 1, 3, 1), "no/such/a.png"),
                   MNISTCNN_NOT_FOUND);
  assert_int_equal(test_count_files(folder), 1);
  test_folder_remove(folder);
}

#define WITH_FILE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_colour_type_depth_and_interlacing),
      WITH_FILE(truncated_at_every_length),
      WITH_FILE(damaged_at_every_byte),
      WITH_FILE(not_a_png),
      WITH_FILE(sides_out_of_range),
      WITH_FILE(the_largest_sides_are_read),
      WITH_FILE(files_above_64_megabytes),
      WITH_FILE(palette_index_out_of_range),
      WITH_FILE(no_palette),
      WITH_FILE(transparency_chunks_change_nothing),
      cmocka_unit_test(transparency_chunks_become_alpha),
      cmocka_unit_test(alpha_on_request),
      cmocka_unit_test(text_bombs_are_not_inflated),
      WITH_FILE(other_formats_are_named),
      cmocka_unit_test(extensions_in_any_case),
      WITH_FILE(damaged_ancillary_chunks_are_ignored),
      WITH_FILE(every_failing_allocation_is_survived),
      cmocka_unit_test(wide_images_survive_failing_allocations),
      WITH_FILE(written_images_are_read_back),
      WITH_FILE(decoding_through_the_public_functions),
      WITH_FILE(failing_decodes_change_nothing),
      cmocka_unit_test(files_are_written_and_read),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
