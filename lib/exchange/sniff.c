#include "exchange/sniff.h"

#include "exchange/hdf5/hdf5.h"
#include "exchange/zip/zip.h"

#include <string.h>

static int begins_with(const void *data, size_t size_bytes, const char *text) {
  const size_t length = strlen(text);
  return size_bytes >= length && memcmp(data, text, length) == 0;
}

/* safetensors: eight bytes of length, then an object. */
static int is_safetensors(const unsigned char *data, size_t size_bytes) {
  return size_bytes > 8 && data[8] == '{' && data[7] == 0 && data[6] == 0 && data[5] == 0;
}

/* The HDF5 file in a .keras archive may lie where an HDF5 file with a user block begins, so
 * archives come first. */
enum mcnn_sniffed mcnn_sniff(const void *data, size_t size_bytes) {
  if (mcnn_zip_is_zip(data, size_bytes))
    return MCNN_SNIFFED_ZIP;
  if (mcnn_h5_is_hdf5(data, size_bytes))
    return MCNN_SNIFFED_HDF5;
  return is_safetensors(data, size_bytes) ? MCNN_SNIFFED_OWN : MCNN_SNIFFED_OTHER;
}

const char *mcnn_sniff_reason(const void *data, size_t size_bytes) {
  static const struct {
    const char *start, *reason;
  } kinds[] = {
      {"version https://git-lfs",
       "a pointer of Git LFS, not the file itself: fetch it with git lfs "
       "pull"},
      {"<!DOCTYPE", "an HTML page, not a model: the download went wrong"},
      {"<!doctype", "an HTML page, not a model: the download went wrong"},
      {"<html", "an HTML page, not a model: the download went wrong"},
      {"\x80\x02", "a pickle of Python, which is not imported"},
      {"\x80\x03", "a pickle of Python, which is not imported"},
      {"\x80\x04", "a pickle of Python, which is not imported"},
      {"\x1f\x8b", "compressed with gzip: decompress it first"},
      {"{",
       "a JSON text: the weights are in another file; save the model as one .h5 or .keras file"},
      {"\x93NUMPY", "an array of NumPy, not a model"},
  };
  if (size_bytes == 0)
    return "empty";
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
    if (begins_with(data, size_bytes, kinds[i].start))
      return kinds[i].reason;
  return "neither a model of this library nor one of Keras (.h5, .weights.h5, .keras)";
}
