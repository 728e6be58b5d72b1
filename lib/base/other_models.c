#include "base/other_models.h"

#include <stdint.h>
#include <string.h>

/* An archive's first file name lies in its first bytes. */
enum { ZIP_NAME_AT = 30, ZIP_NAME_BYTES = 64 };

static int contains(const unsigned char *bytes, size_t size, const char *text) {
  const size_t length = strlen(text);

  for (size_t i = 0; i + length <= size; i++)
    if (memcmp(bytes + i, text, length) == 0)
      return 1;
  return 0;
}

static const char *kind_of_zip(const unsigned char *bytes, size_t size) {
  const size_t left = size > ZIP_NAME_AT ? size - ZIP_NAME_AT : 0;
  const size_t looked_at = left < ZIP_NAME_BYTES ? left : ZIP_NAME_BYTES;
  const unsigned char *const name = bytes + (size - left);

  if (contains(name, looked_at, "metadata.json") || contains(name, looked_at, "config.json"))
    return "a Keras 3 model (.keras)";
  if (contains(name, looked_at, "/data.pkl") || contains(name, looked_at, "/.format_version"))
    return "a PyTorch file (.pt, .pth)";
  return contains(name, looked_at, ".npy") ? "a NumPy archive (.npz)" : "a ZIP archive";
}

/* A model of ONNX begins with the number of its format and the name of what wrote it. */
static int is_onnx(const unsigned char *bytes, size_t size) {
  return size > 16 && bytes[0] == 0x08 && bytes[1] >= 1 && bytes[1] < 32 && bytes[2] == 0x12 &&
         bytes[3] > 0 && bytes[3] < 64;
}

const char *mcnn_other_model(const void *data, size_t size_bytes) {
  static const struct {
    uint8_t at, bytes;
    char signature[12];
    const char *name;
  } rows[] = {
      {0, 8, "\x89HDF\r\n\x1A\n", "an HDF5 file, as Keras writes (.h5)"},
      {4, 4, "TFL3", "a TensorFlow Lite model (.tflite)"},
      {0, 2, "\x80\2", "a Python pickle, as PyTorch writes (.pt, .pth)"},
      {0, 6, "\x93NUMPY", "a NumPy array (.npy)"},
      {0, 4, "GGUF", "a GGUF model"},
      {0, 4, "\x89PNG", "a PNG"},
      {0, 2, "\x1F\x8B", "a gzip file"},
      {0, 11, "version htt", "a pointer of Git LFS; \"git lfs pull\" gets the file"},
      {0, 5, "<html", "an HTML page"},
      {0, 9, "<!DOCTYPE", "an HTML page"},
      {0, 9, "<!doctype", "an HTML page"},
  };
  const unsigned char *const bytes = data;

  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    if (size_bytes >= (size_t)rows[i].at + rows[i].bytes &&
        memcmp(bytes + rows[i].at, rows[i].signature, rows[i].bytes) == 0)
      return rows[i].name;
  if (size_bytes >= 4 && memcmp(bytes, "PK\3\4", 4) == 0)
    return kind_of_zip(bytes, size_bytes);
  return is_onnx(bytes, size_bytes) ? "an ONNX model (.onnx)" : NULL;
}
