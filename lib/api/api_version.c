/* What this library is: version, build, features, and the names of its status codes. */
#include "api/check.h"
#include "base/strbuf.h"
#include "image/png.h"
#include "kernels/dense/int8.h"
#include "kernels/gemm/gemm.h"

#include <string.h>

enum { GEMM_CAPACITY = 128 };

#define TEXT_OF(number)             #number
#define DOTTED(major, minor, patch) TEXT_OF(major) "." TEXT_OF(minor) "." TEXT_OF(patch)

static const char version_text[] =
    DOTTED(MNISTCNN_VERSION_MAJOR, MNISTCNN_VERSION_MINOR, MNISTCNN_VERSION_PATCH);

#if defined(__clang__)
static const char compiler[] = "clang " __clang_version__;
#elif defined(__GNUC__)
static const char compiler[] = "gcc " __VERSION__;
#else
static const char compiler[] = "an unknown compiler";
#endif

uint32_t mnistcnn_version(void) {
  return MNISTCNN_VERSION_MAJOR * 10000u + MNISTCNN_VERSION_MINOR * 100u + MNISTCNN_VERSION_PATCH;
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
  mcnn_strbuf_text(text, "; libpng ");
  mcnn_strbuf_text(text, mcnn_png_library_version());
}

int32_t mnistcnn_build_info(char *text, size_t capacity, size_t *length) {
  return mcnn_strbuf_copy_out(put_build_info, NULL, text, capacity, length);
}

/* OpenBLAS may be built in and still not be used: see gemm.h. */
static int32_t uses_openblas(void) {
  char gemm[GEMM_CAPACITY] = "";
  (void)mcnn_gemm_describe(gemm, sizeof gemm);
  return strncmp(gemm, "OpenBLAS", strlen("OpenBLAS")) == 0 && !strstr(gemm, "not used");
}

int32_t mnistcnn_has_feature(const char *name) {
  mcnn_isa isa;
  if (!name)
    return 0;
  if (strcmp(name, "openblas") == 0)
    return uses_openblas();
  if (strcmp(name, "int8") == 0)
    return mcnn_int8_kernels_for(MCNN_ISA_AVX512) ? 1 : 0;
  return mcnn_isa_from_name(name, &isa) && mcnn_isa_available(isa);
}

/* --- status ----------------------------------------------------------------------------------- */

const char *mnistcnn_status_name(mnistcnn_status status) {
  switch (status) {
#define STATUS_NAME(name, number, description)                                                     \
  case number:                                                                                     \
    return "MNISTCNN_" #name;
    MNISTCNN_STATUS_TABLE(STATUS_NAME)
#undef STATUS_NAME
  default:
    return "MNISTCNN_UNKNOWN";
  }
}

const char *mnistcnn_status_description(mnistcnn_status status) {
  switch (status) {
#define STATUS_DESCRIPTION(name, number, description)                                              \
  case number:                                                                                     \
    return description;
    MNISTCNN_STATUS_TABLE(STATUS_DESCRIPTION)
#undef STATUS_DESCRIPTION
  default:
    return "unknown status";
  }
}

const char *mnistcnn_last_error(void) {
  return mcnn_last_error();
}
