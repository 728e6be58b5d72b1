/* What this library is: version, build, features, and the names of its status codes. */
#include "api/check.h"
#include "base/strbuf.h"
#include "image/jpeg.h"
#include "image/png.h"
#include "kernels/dense/int8.h"
#include "kernels/gemm/gemm.h"

#include <string.h>

enum { GEMM_CAPACITY = 128 };

static const char version_text[] = MNISTCNN_VERSION_STRING;

#if defined(__clang__)
static const char compiler[] = "clang " __clang_version__;
#elif defined(__GNUC__)
static const char compiler[] = "gcc " __VERSION__;
#else
static const char compiler[] = "an unknown compiler";
#endif

uint32_t mnistcnn_version(void) {
  return MNISTCNN_VERSION_NUMBER;
}

const char *mnistcnn_version_string(void) {
  return version_text;
}

static void put_build_info(mcnn_strbuf *text, const void *context) {
  char gemm[GEMM_CAPACITY] = "";
  (void)context;
  (void)mcnn_gemm_describe(gemm, sizeof gemm);
  mcnn_strbuf_text(text, "libmnistcnn ");
  mcnn_strbuf_text(text, version_text);
  mcnn_strbuf_text(text, "; ");
  mcnn_strbuf_text(text, compiler);
  mcnn_strbuf_text(text, "; matrix products: ");
  mcnn_strbuf_text(text, gemm);
  mcnn_strbuf_text(text, "; instruction set: ");
  mcnn_strbuf_text(text, mcnn_isa_name(mcnn_isa_best()));
#if MCNN_WITH_PNG
  mcnn_strbuf_text(text, "; libpng ");
  mcnn_strbuf_text(text, mcnn_png_library_version());
#endif
#if MCNN_WITH_JPEG
  mcnn_strbuf_text(text, "; ");
  mcnn_strbuf_text(text, mcnn_jpeg_library_version());
#endif
}

mnistcnn_status mnistcnn_build_info(char *text, size_t capacity, size_t *length) {
  return mcnn_strbuf_copy_out(put_build_info, NULL, text, capacity, length);
}

int32_t mnistcnn_has_feature(const char *name) {
  mcnn_isa isa;
  if (!name)
    return 0;
  if (strcmp(name, "openblas") == 0)
    return mcnn_gemm_uses_openblas();
  if (strcmp(name, "int8") == 0)
    return mcnn_int8_kernels_for(mcnn_isa_best()) ? 1 : 0;
  if (strcmp(name, "png") == 0)
    return MCNN_WITH_PNG;
  if (strcmp(name, "jpeg") == 0)
    return MCNN_WITH_JPEG;
  if (strcmp(name, "bmp") == 0)
    return MCNN_WITH_BMP;
  return mcnn_isa_from_name(name, &isa) && mcnn_isa_available(isa);
}

/* --- status ----------------------------------------------------------------------------------- */

/* X(name, description), as in the header; a test looks for numbers that are missing here. */
#define STATUS_TABLE(X)                                                                            \
  X(OK, "success")                                                                                 \
  X(INVALID_ARGUMENT, "an argument is missing, out of range, or contradicts another")              \
  X(OUT_OF_MEMORY, "memory could not be allocated")                                                \
  X(IO, "a file or folder could not be opened, read or written")                                   \
  X(FORMAT, "the content of a file or buffer is malformed")                                        \
  X(UNSUPPORTED, "well-formed, but this build or version cannot do it")                            \
  X(ARCHITECTURE, "the architecture is malformed or its shapes do not fit")                        \
  X(SHAPE_MISMATCH, "sizes, channels, classes or counts do not agree")                             \
  X(BUFFER_TOO_SMALL, "the caller's buffer is smaller than the result")                            \
  X(CANCELLED, "cancelled by the caller")                                                          \
  X(NOT_FINITE, "training produced a NaN or an infinity")                                          \
  X(STATE, "the object is not in a state in which this can be done")                               \
  X(NOT_FOUND, "there is no such file, name or index")                                             \
  X(LIMIT, "a limit, documented or the caller's, would be exceeded")                               \
  X(THREADS, "the system has no locks for threads")                                                \
  X(NO_DIGIT, "the image shows no digit, or nothing that the model is sure enough of")

const char *mnistcnn_status_name(mnistcnn_status status) {
  switch (status) {
#define STATUS_NAME(name, description)                                                             \
  case MNISTCNN_##name:                                                                            \
    return "MNISTCNN_" #name;
    STATUS_TABLE(STATUS_NAME)
#undef STATUS_NAME
  default:
    return "MNISTCNN_UNKNOWN";
  }
}

const char *mnistcnn_status_description(mnistcnn_status status) {
  switch (status) {
#define STATUS_DESCRIPTION(name, description)                                                      \
  case MNISTCNN_##name:                                                                            \
    return description;
    STATUS_TABLE(STATUS_DESCRIPTION)
#undef STATUS_DESCRIPTION
  default:
    return "unknown status";
  }
}

const char *mnistcnn_last_error(void) {
  return mcnn_last_error();
}
