#include "image/other_formats.h"

#include <stdint.h>
#include <string.h>

#define BUILT_WITHOUT(format) format ", which this library was built without"

static const struct row {
  uint8_t at, bytes;
  char signature[12];
  const char *name;
} rows[] = {
    {0, 8, "\x89PNG\r\n\x1A\n", BUILT_WITHOUT("a PNG")},
    {0, 3, "\xFF\xD8\xFF", BUILT_WITHOUT("a JPEG")},
    {0, 2, "BM", BUILT_WITHOUT("a BMP")},
    {0, 4, "GIF8", "a GIF"},
    {0, 4, "II*\0", "a TIFF"},
    {0, 4, "MM\0*", "a TIFF"},
    {8, 4, "WEBP", "a WebP"},
    {4, 7, "ftypavi", "an AVIF"},
    {4, 7, "ftyphei", "a HEIC, as iPhones write"},
    {4, 8, "ftypmif1", "a HEIC, as iPhones write"},
    {0, 2, "\xFF\x0A", "a JPEG XL"},
    {4, 4, "JXL ", "a JPEG XL"},
    {4, 4, "jP  ", "a JPEG 2000"},
    {0, 4, "8BPS", "a Photoshop file"},
    {0, 4, "%PDF", "a PDF"},
    {0, 2, "P5", "a PGM"},
    {0, 2, "P6", "a PPM"},
    {0, 5, "<?xml", "an XML file"},
    {0, 4, "<svg", "an SVG"},
    {0, 9, "<!DOCTYPE", "an HTML page"},
    {0, 9, "<!doctype", "an HTML page"},
    {0, 5, "<html", "an HTML page"},
    {0, 4, "PK\3\4", "a ZIP archive"},
    {0, 2, "\x1F\x8B", "a gzip file"},
    {0, 11, "version htt", "a pointer of Git LFS; \"git lfs pull\" gets the image"},
};

const char *mcnn_other_format(const void *data, size_t size_bytes) {
  const char *const bytes = data;

  if (size_bytes == 0)
    return "an empty file";
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    const struct row *const row = &rows[i];
    if (size_bytes >= (size_t)row->at + row->bytes &&
        memcmp(bytes + row->at, row->signature, row->bytes) == 0)
      return row->name;
  }
  return NULL;
}
