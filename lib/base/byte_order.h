/* Files are little-endian; what is memory of such a machine is written and read as it is. */
#ifndef MCNN_BASE_BYTE_ORDER_H
#define MCNN_BASE_BYTE_ORDER_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define MCNN_BIG_ENDIAN 1
#else
#define MCNN_BIG_ENDIAN 0
#endif

/* Turns around the bytes of `count` words of 4 bytes each; to may be from. */
static inline void mcnn_swap_words(size_t count, const void *from, void *to) {
  const unsigned char *a = from;
  unsigned char *b = to;
  for (size_t i = 0; i < count; i++, a += 4, b += 4) {
    const unsigned char word[4] = {a[3], a[2], a[1], a[0]};
    memcpy(b, word, sizeof word);
  }
}

/* The two words of each of `count` doubles in the other order; to may be from. */
static inline void mcnn_swap_halves(size_t count, const void *from, void *to) {
  const unsigned char *a = from;
  unsigned char *b = to;
  for (size_t i = 0; i < count; i++, a += 8, b += 8) {
    uint32_t halves[2];
    memcpy(halves, a, sizeof halves);
    const uint32_t swapped[2] = {halves[1], halves[0]};
    memcpy(b, swapped, sizeof swapped);
  }
}

#endif
