/* Numbers as model files have them, little-endian, on machines of either order. Header only. */
#ifndef TEST_FILE_ORDER_H
#define TEST_FILE_ORDER_H

#include <stddef.h>
#include <stdint.h>

/* `count` floats of memory to those of a file, or back; the two do not overlap. */
static inline void copy_file_floats(void *to, const void *from, size_t count) {
  const uint16_t one = 1;
  const int is_little = *(const unsigned char *)&one == 1;
  const unsigned char *a = from;
  unsigned char *b = to;
  for (size_t i = 0; i < count * 4; i++)
    b[i] = a[is_little ? i : i ^ 3];
}

/* The length of the header, which is what a file begins with. */
static inline size_t file_header_bytes(const void *file) {
  const unsigned char *bytes = file;
  size_t length = 0;
  for (size_t i = 8; i-- > 0;)
    length = length << 8 | bytes[i];
  return length;
}

#endif
