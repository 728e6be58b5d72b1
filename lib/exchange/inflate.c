#include "exchange/inflate.h"

#include "base/sizes.h"
#include "base/status.h"

#define ZLIB_CONST /* next_in points to const */
#include <zlib.h>

/* zlib counts in uInt. */
static const size_t max_step = (size_t)1 << 30;

static voidpf allocate_for_zlib(voidpf user, uInt count, uInt size) {
  return mcnn_alloc_array(user, count, size);
}

static void free_for_zlib(voidpf user, voidpf pointer) {
  mcnn_free(user, pointer);
}

/* Runs inflate() until nothing moves any more. One byte more of room than expected shows where
 * there is more data. */
static int run(z_stream *stream, size_t left, unsigned char *to, size_t expected, size_t *made) {
  unsigned char extra = 0;
  int result = Z_OK;

  while (result == Z_OK) {
    const size_t room = expected - mcnn_min(expected, *made);
    if (stream->avail_in == 0) {
      stream->avail_in = (uInt)mcnn_min(left, max_step);
      left -= stream->avail_in;
    }
    const uInt step = room > 0 ? (uInt)mcnn_min(room, max_step) : 1;
    stream->next_out = room > 0 ? to + *made : &extra;
    stream->avail_out = step;
    result = inflate(stream, Z_NO_FLUSH);
    *made += step - stream->avail_out;
    if (*made > expected)
      break;
  }
  return result == Z_STREAM_END && (left > 0 || stream->avail_in > 0) ? Z_DATA_ERROR : result;
}

const char *mcnn_inflate(const unsigned char *data, size_t size, enum mcnn_inflate_form form,
                         unsigned char *to, size_t expected, const mcnn_alloc *alloc,
                         mnistcnn_status *status) {
  mcnn_alloc memory = *alloc;
  z_stream stream = {.zalloc = allocate_for_zlib, .zfree = free_for_zlib, .opaque = &memory};
  size_t made = 0;

  *status = MNISTCNN_OK;
  if (inflateInit2(&stream, form == MCNN_INFLATE_RAW ? -MAX_WBITS : MAX_WBITS) != Z_OK) {
    *status = MNISTCNN_OUT_OF_MEMORY;
    return NULL;
  }
  stream.next_in = data;
  const int result = run(&stream, size, to, expected, &made);
  inflateEnd(&stream);
  if (result == Z_MEM_ERROR) {
    *status = MNISTCNN_OUT_OF_MEMORY;
    return NULL;
  }
  if (made > expected)
    return "compressed data is longer than it should be";
  if (result != Z_STREAM_END || made < expected)
    return "compressed data cannot be decompressed";
  return NULL;
}

uint32_t mcnn_crc32(const unsigned char *data, size_t size) {
  uLong sum = crc32(0, NULL, 0);

  while (size > 0) {
    const uInt step = (uInt)mcnn_min(size, max_step);
    sum = crc32(sum, data, step);
    data += step;
    size -= step;
  }
  return (uint32_t)sum;
}
