/* Opening and closing: what stands above all else of this folder. */
#include "exchange/hdf5/object.h"
#include "exchange/hdf5/superblock.h"

#include "base/cost.h"

/* Everything is looked at once, or a few times; a file that makes more of itself is not sound. */
static const uint64_t work_per_byte = 16, memory_per_byte = 8, always_allowed = (uint64_t)4 << 20;
/* Compressed weights are nearly as long as others, but may be read several times. */
static const uint64_t inflated_per_byte = 256, always_inflated = (uint64_t)64 << 20;

int mcnn_h5_is_hdf5(const void *data, size_t size_bytes) {
  return mcnn_h5_find_signature(data, size_bytes) < size_bytes;
}

static size_t budget(size_t size_bytes, uint64_t per_byte) {
  const uint64_t bytes =
      mcnn_saturating_add(mcnn_saturating_mul(size_bytes, per_byte), always_allowed);

  return bytes > SIZE_MAX ? SIZE_MAX : (size_t)bytes;
}

mnistcnn_status mcnn_h5_open(const void *data, size_t size_bytes, const char *label,
                             const mcnn_alloc *alloc, mcnn_h5 **out) {
  const size_t start = mcnn_h5_find_signature(data, size_bytes);
  uint64_t root = 0;

  *out = NULL;
  mcnn_h5 *const file = mcnn_alloc_zeroed(alloc, 1, sizeof *file);
  if (!file)
    return MNISTCNN_OUT_OF_MEMORY;
  const mcnn_h5_place place = {.file = file, .path = "/"};
  file->alloc = *alloc;
  file->label = label;
  file->work = budget(size_bytes, work_per_byte);
  file->memory = budget(size_bytes, memory_per_byte);
  file->inflated = budget(size_bytes, inflated_per_byte) + always_inflated;
  file->collection = UINT64_MAX;
  mnistcnn_status status =
      start == size_bytes ? mcnn_h5_fail(&place, MNISTCNN_FORMAT, "is not an HDF5 file")
                          : mcnn_h5_read_superblock(&place, (const unsigned char *)data + start,
                                                    size_bytes - start, &root);
  if (status == MNISTCNN_OK)
    status = mcnn_h5_read_object(file, "/", 0, root, &file->root);
  if (status == MNISTCNN_OK && !mcnn_h5_is_group(file->root))
    status = mcnn_h5_damaged(&place, "its root is not a group");
  if (status == MNISTCNN_OK)
    *out = file;
  else
    mcnn_h5_close(file);
  return status;
}

void mcnn_h5_close(mcnn_h5 *file) {
  if (file) {
    const mcnn_alloc alloc = file->alloc;
    mcnn_h5_forget_all(file);
    mcnn_free(&alloc, file);
  }
}
