#include "data/gzip.h"

#include "base/status.h"

#define ZLIB_CONST /* next_in points to const */
#include <zlib.h>

enum { GZIP_WINDOW_BITS = 15 + 16 }; /* the largest window, and gzip's header instead of zlib's */

/* zlib counts in uInt. */
static const size_t max_step = (size_t)1 << 30;

struct mcnn_gzip {
  mcnn_alloc alloc;
  const char *label;
  const unsigned char *next;
  size_t left; /* input bytes zlib has not been shown */
  int member_ended;
  z_stream stream;
};

int mcnn_is_gzip(const unsigned char *data, size_t size_bytes) {
  return size_bytes >= 2 && data[0] == 0x1Fu && data[1] == 0x8Bu;
}

static voidpf allocate_for_zlib(voidpf user, uInt count, uInt size) {
  return mcnn_alloc_array(user, count, size);
}

static void free_for_zlib(voidpf user, voidpf pointer) {
  mcnn_free(user, pointer);
}

mnistcnn_status mcnn_gzip_open(const unsigned char *data, size_t size_bytes, const char *label,
                               const mcnn_alloc *alloc, mcnn_gzip **out) {
  mcnn_gzip *const gzip = mcnn_alloc_zeroed(alloc, 1, sizeof *gzip);

  if (!gzip)
    return MNISTCNN_OUT_OF_MEMORY;
  gzip->alloc = *alloc;
  gzip->label = label;
  gzip->next = data;
  gzip->left = size_bytes;
  gzip->stream.zalloc = allocate_for_zlib;
  gzip->stream.zfree = free_for_zlib;
  gzip->stream.opaque = &gzip->alloc;
  if (inflateInit2(&gzip->stream, GZIP_WINDOW_BITS) != Z_OK) {
    mcnn_free(alloc, gzip);
    return MNISTCNN_OUT_OF_MEMORY;
  }
  *out = gzip;
  return MNISTCNN_OK;
}

void mcnn_gzip_close(mcnn_gzip *gzip) {
  if (gzip) {
    const mcnn_alloc alloc = gzip->alloc;
    inflateEnd(&gzip->stream);
    mcnn_free(&alloc, gzip);
  }
}

static mnistcnn_status fail_format(const mcnn_gzip *gzip, const char *reason) {
  return mcnn_fail(MNISTCNN_FORMAT, "%s: is not a valid gzip file: %s", gzip->label, reason);
}

static void refill(mcnn_gzip *gzip) {
  if (gzip->stream.avail_in == 0) {
    const size_t step = gzip->left < max_step ? gzip->left : max_step;
    gzip->stream.next_in = gzip->next;
    gzip->stream.avail_in = (uInt)step;
    gzip->next += step;
    gzip->left -= step;
  }
}

/* One call of inflate(). A gzip file may be several members one after the other. */
static mnistcnn_status inflate_step(mcnn_gzip *gzip) {
  refill(gzip);
  if (gzip->stream.avail_in == 0)
    return fail_format(gzip, "it ends too early");
  if (gzip->member_ended) {
    inflateReset(&gzip->stream);
    gzip->member_ended = 0;
  }
  const int result = inflate(&gzip->stream, Z_NO_FLUSH);
  gzip->member_ended = result == Z_STREAM_END;
  if (result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR)
    return MNISTCNN_OK;
  return result == Z_MEM_ERROR
             ? MNISTCNN_OUT_OF_MEMORY
             : fail_format(gzip, gzip->stream.msg ? gzip->stream.msg : "it is damaged");
}

mnistcnn_status mcnn_gzip_read(mcnn_gzip *gzip, unsigned char *bytes, size_t count) {
  mnistcnn_status status = MNISTCNN_OK;

  while (count > 0 && status == MNISTCNN_OK) {
    const uInt step = (uInt)(count < max_step ? count : max_step);
    gzip->stream.next_out = bytes;
    gzip->stream.avail_out = step;
    status = inflate_step(gzip);
    const size_t got = step - gzip->stream.avail_out;
    bytes += got;
    count -= got;
  }
  return status;
}

/* Asks for one byte more until the last member has ended without giving any. */
mnistcnn_status mcnn_gzip_expect_end(mcnn_gzip *gzip) {
  while (!gzip->member_ended || gzip->left > 0 || gzip->stream.avail_in > 0) {
    unsigned char extra;
    gzip->stream.next_out = &extra;
    gzip->stream.avail_out = 1;
    const mnistcnn_status status = inflate_step(gzip);
    if (status != MNISTCNN_OK)
      return status;
    if (gzip->stream.avail_out == 0)
      return mcnn_fail(MNISTCNN_FORMAT, "%s: is longer than its header says", gzip->label);
  }
  return MNISTCNN_OK;
}
