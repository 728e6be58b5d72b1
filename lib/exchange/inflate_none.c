/* inflate.h where the library is built without zlib. */
#include "exchange/inflate.h"

const char *mcnn_inflate(const unsigned char *data, size_t size, enum mcnn_inflate_form form,
                         unsigned char *to, size_t expected, const mcnn_alloc *alloc,
                         mnistcnn_status *status) {
  (void)data, (void)size, (void)form, (void)to, (void)expected, (void)alloc;
  *status = MNISTCNN_OK;
  return "it is compressed, and this library was built without zlib";
}

/* As zlib's. */
uint32_t mcnn_crc32(const unsigned char *data, size_t size) {
  uint32_t sum = 0xFFFFFFFFu;

  for (size_t i = 0; i < size; i++) {
    sum ^= data[i];
    for (int bit = 0; bit < 8; bit++)
      sum = sum >> 1 ^ (0xEDB88320u & (0u - (sum & 1u)));
  }
  return ~sum;
}
