#include "exchange/sniff.h"

#include "exchange/hdf5/hdf5.h"
#include "exchange/onnx/onnx.h"
#include "exchange/tfjs/tfjs.h"
#include "exchange/tflite/tflite.h"
#include "exchange/torch/torch.h"
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

/* Of protocol 2 to 5, which begins with its number. */
static int is_pickle(const unsigned char *data, size_t size_bytes) {
  return size_bytes > 2 && data[0] == 0x80 && data[1] >= 2 && data[1] <= 5;
}

/* A tar archive has its mark behind the name and numbers of the first file. */
static int is_tar(const void *data, size_t size_bytes) {
  enum { MARK_AT = 257 };
  return size_bytes > MARK_AT &&
         begins_with((const char *)data + MARK_AT, size_bytes - MARK_AT, "ustar");
}

/* The HDF5 file in a .keras archive may lie where an HDF5 file with a user block begins, so
 * archives come first. */
enum mcnn_sniffed mcnn_sniff(const void *data, size_t size_bytes) {
  if (mcnn_zip_is_zip(data, size_bytes))
    return MCNN_SNIFFED_ZIP;
  if (mcnn_h5_is_hdf5(data, size_bytes))
    return MCNN_SNIFFED_HDF5;
  if (mcnn_tflite_is_model(data, size_bytes))
    return MCNN_SNIFFED_TFLITE;
  /* The length of a header may begin like a pickle, or as a model of ONNX does. */
  if (is_safetensors(data, size_bytes))
    return mcnn_torch_is_safetensors(data, size_bytes) ? MCNN_SNIFFED_SAFETENSORS
                                                       : MCNN_SNIFFED_OWN;
  if (mcnn_tfjs_is_model(data, size_bytes))
    return MCNN_SNIFFED_TFJS;
  if (is_pickle(data, size_bytes))
    return MCNN_SNIFFED_PICKLE;
  return mcnn_onnx_is_model(data, size_bytes) ? MCNN_SNIFFED_ONNX : MCNN_SNIFFED_OTHER;
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
      {"\x1f\x8b", "compressed with gzip: decompress it first"},
      {"{", "a JSON text, but no model of TensorFlow.js: if the weights are in another file, save "
            "the model "
            "as one .h5 or .keras file"},
      {"\x93NUMPY", "an array of NumPy, not a model"},
  };
  if (size_bytes == 0)
    return "empty";
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
    if (begins_with(data, size_bytes, kinds[i].start))
      return kinds[i].reason;
  if (is_tar(data, size_bytes))
    return "a tar archive, as the oldest PyTorch wrote it: save it anew with "
           "torch.save(torch.load(FILE), \"weights.pt\")";
  return "neither a model of this library, nor one of Keras (.h5, .weights.h5, .keras), PyTorch "
         "(.pt, .pth, .safetensors), ONNX, LiteRT (.tflite) or TensorFlow.js (model.json)";
}
