#include "image/jpeg.h"

#include "base/status.h"
#include "image/exif.h"

#include <string.h>

enum { END_OF_IMAGE = 0xD9, START_OF_SCAN = 0xDA, APPLICATION_1 = 0xE1, FRAME_BYTES = 6 };

static uint32_t big_endian_16(const unsigned char *bytes) {
  return (uint32_t)bytes[0] << 8 | bytes[1];
}

static mnistcnn_status fail(const mcnn_image_file *file, const char *reason) {
  return mcnn_fail(MNISTCNN_FORMAT, "%s: is not a valid JPEG: %s", file->label, reason);
}

/* The code behind the next 0xFF; END_OF_IMAGE where there is none. */
static unsigned next_marker(const mcnn_image_file *file, size_t *at) {
  size_t i = *at;

  while (i < file->size_bytes && file->data[i] != 0xFF)
    i++;
  while (i < file->size_bytes && file->data[i] == 0xFF)
    i++;
  *at = i + 1;
  return i < file->size_bytes ? file->data[i] : END_OF_IMAGE;
}

static int is_frame(unsigned marker) {
  return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

static int has_segment(unsigned marker) {
  return marker >= 0xC0 && !(marker >= 0xD0 && marker <= 0xD7);
}

static mnistcnn_status read_frame(const mcnn_image_file *file, const unsigned char *segment,
                                  size_t bytes, mcnn_image_header *header) {
  if (bytes < FRAME_BYTES)
    return fail(file, "its frame header is too short");
  const uint32_t height = big_endian_16(segment + 1), width = big_endian_16(segment + 3);
  const unsigned components = segment[5];
  if (components != 1 && components != 3 && components != 4) {
    return mcnn_fail(MNISTCNN_UNSUPPORTED,
                     "%s: has %u colour components; JPEG files of 1, 3 and 4 can be read",
                     file->label, components);
  }
  header->shape = (mcnn_shape){height, width, components == 1 ? 1u : 3u};
  return mcnn_image_check_sides(file, height, width);
}

static mnistcnn_status read_segment(const mcnn_image_file *file, unsigned marker, size_t at,
                                    size_t bytes, mcnn_image_header *header) {
  static const char exif[6] = {'E', 'x', 'i', 'f', 0, 0};
  const unsigned char *const segment = file->data + at;

  if (marker == APPLICATION_1 && bytes > sizeof exif && memcmp(segment, exif, sizeof exif) == 0)
    header->orientation = mcnn_exif_orientation(segment + sizeof exif, bytes - sizeof exif);
  return is_frame(marker) ? read_frame(file, segment, bytes, header) : MNISTCNN_OK;
}

mnistcnn_status mcnn_jpeg_read_header(const mcnn_image_file *file, mcnn_image_header *header) {
  size_t at = 2;
  mnistcnn_status status = MNISTCNN_OK;

  *header = (mcnn_image_header){.orientation = 1};
  while (status == MNISTCNN_OK) {
    const unsigned marker = next_marker(file, &at);
    if (marker == END_OF_IMAGE || marker == START_OF_SCAN)
      break;
    if (!has_segment(marker))
      continue;
    const size_t length = at + 2 <= file->size_bytes ? big_endian_16(file->data + at) : 0;
    if (length < 2 || length > file->size_bytes - at)
      return fail(file, "it ends too early");
    status = read_segment(file, marker, at + 2, length - 2, header);
    at += length;
  }
  if (status == MNISTCNN_OK && header->shape.channels == 0)
    status = fail(file, "it has no frame header");
  return status;
}
