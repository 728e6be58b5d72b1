#include "image/png.h"

#include <png.h>

const char *mcnn_png_library_version(void) {
  return png_get_libpng_ver(NULL);
}
