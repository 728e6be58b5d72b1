/* data/gzip.h where the library is built without zlib. */
#include "data/gzip.h"

#include "base/status.h"

int mcnn_is_gzip(const unsigned char *data, size_t size_bytes) {
  return size_bytes >= 2 && data[0] == 0x1Fu && data[1] == 0x8Bu;
}

mnistcnn_status mcnn_gzip_open(const unsigned char *data, size_t size_bytes, const char *label,
                               const mcnn_alloc *alloc, mcnn_gzip **out) {
  (void)data, (void)size_bytes, (void)alloc;
  *out = NULL;
  return mcnn_fail(MNISTCNN_UNSUPPORTED, "%s: is a gzip file, which this library was built without",
                   label);
}

mnistcnn_status mcnn_gzip_read(mcnn_gzip *gzip, unsigned char *bytes, size_t count) {
  (void)gzip, (void)bytes, (void)count;
  return MNISTCNN_UNSUPPORTED;
}

mnistcnn_status mcnn_gzip_expect_end(mcnn_gzip *gzip) {
  (void)gzip;
  return MNISTCNN_UNSUPPORTED;
}

void mcnn_gzip_close(mcnn_gzip *gzip) {
  (void)gzip;
}
