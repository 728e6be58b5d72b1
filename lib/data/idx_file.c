#include "data/idx_file.h"

#include "base/io.h"
#include "base/status.h"
#include "data/gzip.h"

enum { UNSIGNED_BYTE = 8, MAX_HEADER_BYTES = 4 + 4 * MCNN_IDX_MAX_DIMENSIONS };

/* Deflate never packs more than this into one byte. */
static const size_t max_deflate_ratio = 1032;

static uint32_t big_endian_32(const unsigned char *bytes) {
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* --- header ----------------------------------------------------------------------------------- */

mnistcnn_status mcnn_idx_fail(const char *path, const char *reason) {
  return mcnn_fail(MNISTCNN_FORMAT, "%s: is not a valid IDX file: %s", path, reason);
}

static mnistcnn_status parse_magic(const unsigned char magic[4], const char *path,
                                   mcnn_idx_file *idx) {
  if (magic[0] != 0 || magic[1] != 0 || magic[3] < 1)
    return mcnn_idx_fail(path, "it has no IDX header");
  if (magic[2] != UNSIGNED_BYTE || magic[3] > MCNN_IDX_MAX_DIMENSIONS) {
    return mcnn_fail(MNISTCNN_UNSUPPORTED,
                     "%s: only unsigned bytes of 1 to %d dimensions can be read", path,
                     (int)MCNN_IDX_MAX_DIMENSIONS);
  }
  idx->num_dimensions = magic[3];
  return MNISTCNN_OK;
}

static mnistcnn_status parse_dimensions(const unsigned char *bytes, const char *path,
                                        mcnn_idx_file *idx) {
  idx->count = 1;
  for (uint32_t i = 0; i < idx->num_dimensions; i++) {
    idx->dimensions[i] = big_endian_32(bytes + (size_t)4 * i);
    if (!mcnn_checked_mul(idx->count, idx->dimensions[i], &idx->count))
      return mcnn_idx_fail(path, "its dimensions are too large");
  }
  return MNISTCNN_OK;
}

/* --- reading ---------------------------------------------------------------------------------- */

/* The header of a plain file, of whose `size` bytes the first `available` are at hand. *header:
 * its bytes. */
static mnistcnn_status parse_header(const unsigned char *data, size_t available, size_t size,
                                    const char *path, mcnn_idx_file *idx, size_t *header) {
  mnistcnn_status status =
      available < 4 ? mcnn_idx_fail(path, "it is too short") : parse_magic(data, path, idx);

  *header = 4 + (size_t)4 * idx->num_dimensions;
  if (status == MNISTCNN_OK) {
    status = available < *header ? mcnn_idx_fail(path, "it is too short")
                                 : parse_dimensions(data + 4, path, idx);
  }
  if (status == MNISTCNN_OK && size - *header != idx->count) {
    status = mcnn_idx_fail(path, size - *header < idx->count ? "it is shorter than its header says"
                                                             : "it is longer than its header says");
  }
  return status;
}

/* The values stay where they are, in the file's bytes, which *idx takes over on success. */
static mnistcnn_status parse_plain(unsigned char *data, size_t size, const char *path,
                                   mcnn_idx_file *idx) {
  size_t header;
  const mnistcnn_status status = parse_header(data, size, size, path, idx, &header);

  if (status == MNISTCNN_OK) {
    idx->memory = data;
    idx->values = data + header;
  }
  return status;
}

/* Before a file of any size is read whole. *idx is filled unless it *is_compressed. */
static mnistcnn_status check_start(const char *path, mcnn_idx_file *idx, int *is_compressed) {
  unsigned char start[MAX_HEADER_BYTES];
  size_t available = 0, size = 0, header;
  const mnistcnn_status status = mcnn_read_file_start(path, start, sizeof start, &available, &size);

  if (status != MNISTCNN_OK)
    return status;
  *is_compressed = mcnn_is_gzip(start, available);
  return *is_compressed ? MNISTCNN_OK : parse_header(start, available, size, path, idx, &header);
}

static mnistcnn_status read_gzip_header(mcnn_gzip *gzip, const char *path, mcnn_idx_file *idx) {
  unsigned char header[MAX_HEADER_BYTES];
  mnistcnn_status status = mcnn_gzip_read(gzip, header, 4);

  if (status == MNISTCNN_OK)
    status = parse_magic(header, path, idx);
  if (status == MNISTCNN_OK)
    status = mcnn_gzip_read(gzip, header + 4, (size_t)4 * idx->num_dimensions);
  return status == MNISTCNN_OK ? parse_dimensions(header + 4, path, idx) : status;
}

static mnistcnn_status read_gzip_values(mcnn_gzip *gzip, const mcnn_alloc *alloc,
                                        mcnn_idx_file *idx) {
  idx->memory = mcnn_alloc_array(alloc, idx->count, 1);
  if (!idx->memory)
    return MNISTCNN_OUT_OF_MEMORY;
  idx->values = idx->memory;
  const mnistcnn_status status = mcnn_gzip_read(gzip, idx->memory, idx->count);
  return status == MNISTCNN_OK ? mcnn_gzip_expect_end(gzip) : status;
}

static mnistcnn_status parse_gzip(const unsigned char *data, size_t size, const char *path,
                                  const mcnn_alloc *alloc, mcnn_idx_file *idx) {
  mcnn_gzip *gzip = NULL;
  mnistcnn_status status = mcnn_gzip_open(data, size, path, alloc, &gzip);

  if (status == MNISTCNN_OK)
    status = read_gzip_header(gzip, path, idx);
  /* Before that much memory is allocated because a header says so. */
  if (status == MNISTCNN_OK && idx->count / max_deflate_ratio > size)
    status = mcnn_idx_fail(path, "it is shorter than its header says");
  if (status == MNISTCNN_OK)
    status = read_gzip_values(gzip, alloc, idx);
  mcnn_gzip_close(gzip);
  return status;
}

mnistcnn_status mcnn_idx_read(const char *path, const mcnn_alloc *alloc, mcnn_idx_file *idx) {
  unsigned char *data = NULL;
  size_t size = 0;
  int is_compressed;
  mnistcnn_status status = check_start(path, idx, &is_compressed);

  if (status == MNISTCNN_OK)
    status = mcnn_read_file(path, SIZE_MAX / 2, alloc, &data, &size);
  if (status != MNISTCNN_OK)
    return status;
  if (mcnn_is_gzip(data, size))
    status = parse_gzip(data, size, path, alloc, idx);
  else
    status = parse_plain(data, size, path, idx);
  if (idx->memory != data)
    mcnn_free(alloc, data);
  return status;
}

mnistcnn_status mcnn_idx_read_header(const char *path, const mcnn_alloc *alloc,
                                     mcnn_idx_file *idx) {
  unsigned char *data = NULL;
  size_t size = 0;
  mcnn_gzip *gzip = NULL;
  int is_compressed;
  mnistcnn_status status = check_start(path, idx, &is_compressed);

  if (status != MNISTCNN_OK || !is_compressed)
    return status;
  status = mcnn_read_file(path, SIZE_MAX / 2, alloc, &data, &size);
  if (status == MNISTCNN_OK)
    status = mcnn_gzip_open(data, size, path, alloc, &gzip);
  if (status == MNISTCNN_OK)
    status = read_gzip_header(gzip, path, idx);
  mcnn_gzip_close(gzip);
  mcnn_free(alloc, data);
  return status;
}
