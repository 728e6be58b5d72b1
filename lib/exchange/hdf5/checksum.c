#include "exchange/hdf5/checksum.h"

enum { BLOCK = 12 };

static uint32_t rotate(uint32_t x, unsigned bits) {
  return x << bits | x >> (32 - bits);
}

static void mix(uint32_t s[3]) {
  static const unsigned char rotations[] = {4, 6, 8, 16, 19, 4};

  for (unsigned i = 0; i < 6; i++) {
    uint32_t *const a = &s[i % 3], *const b = &s[(i + 1) % 3], *const c = &s[(i + 2) % 3];
    *a -= *c;
    *a ^= rotate(*c, rotations[i]);
    *c += *b;
  }
}

static void finish(uint32_t s[3]) {
  static const unsigned char rotations[] = {14, 11, 25, 16, 4, 14, 24};

  for (unsigned i = 0; i < 7; i++) {
    uint32_t *const to = &s[(i + 2) % 3];
    const uint32_t from = s[(i + 1) % 3];
    *to ^= from;
    *to -= rotate(from, rotations[i]);
  }
}

/* Adds up to 12 bytes as three little-endian words. */
static void add_block(uint32_t s[3], const unsigned char *bytes, size_t from, size_t to,
                      size_t hole) {
  for (size_t i = from; i < to; i++) {
    const size_t in_block = i - from;
    const uint32_t byte = i >= hole && i - hole < 4 ? 0u : bytes[i];
    s[in_block / 4] += byte << (8 * (in_block % 4));
  }
}

uint32_t mcnn_h5_lookup3_around(const unsigned char *bytes, size_t size, size_t hole) {
  const uint32_t start = 0xDEADBEEFu + (uint32_t)size;
  uint32_t s[3] = {start, start, start};
  size_t at = 0;

  if (size == 0)
    return s[2];
  for (; size - at > BLOCK; at += BLOCK) {
    add_block(s, bytes, at, at + BLOCK, hole);
    mix(s);
  }
  add_block(s, bytes, at, size, hole);
  finish(s);
  return s[2];
}

uint32_t mcnn_h5_lookup3(const unsigned char *bytes, size_t size) {
  return mcnn_h5_lookup3_around(bytes, size, SIZE_MAX);
}

static uint32_t fold(uint32_t sum) {
  return (sum & 0xFFFFu) + (sum >> 16);
}

uint32_t mcnn_h5_fletcher32(const unsigned char *bytes, size_t size) {
  enum { WORDS_BEFORE_OVERFLOW = 360 };
  uint32_t first = 0, second = 0;

  for (size_t at = 0; at < size;) {
    for (unsigned i = 0; i < WORDS_BEFORE_OVERFLOW && at < size; i++, at += 2) {
      first += (uint32_t)bytes[at] << 8 | (at + 1 < size ? bytes[at + 1] : 0u);
      second += first;
    }
    first = fold(first);
    second = fold(second);
  }
  return fold(second) << 16 | fold(first);
}
