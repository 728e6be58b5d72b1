/* The archive that callers see: its entries by name, and their content. */
#include "exchange/inflate.h"
#include "exchange/zip/directory.h"
#include "exchange/zip/zip.h"

#include "base/status.h"

#include <string.h>

/* What a model is made of is compressed to a fifth at best; long runs of zeros to less. */
enum { MAX_COMPRESSION = 200, SIGNATURE_BYTES = 4 };
static const uint64_t always_allowed = (uint64_t)1 << 20;

struct mcnn_zip {
  mcnn_alloc alloc;
  const char *label;
  const unsigned char *data;
  mcnn_zip_directory directory;
};

int mcnn_zip_is_zip(const void *data, size_t size_bytes) {
  const unsigned char *const bytes = data;

  return size_bytes >= SIGNATURE_BYTES && (memcmp(bytes, "PK\3\4", SIGNATURE_BYTES) == 0 ||
                                           memcmp(bytes, "PK\5\6", SIGNATURE_BYTES) == 0);
}

mnistcnn_status mcnn_zip_open(const void *data, size_t size_bytes, const char *label,
                              const mcnn_alloc *alloc, mcnn_zip **out) {
  mcnn_zip *const zip = mcnn_alloc_zeroed(alloc, 1, sizeof *zip);

  *out = NULL;
  if (!zip)
    return MNISTCNN_OUT_OF_MEMORY;
  zip->alloc = *alloc;
  zip->label = label;
  zip->data = data;
  const mnistcnn_status status =
      mcnn_zip_read_directory(data, size_bytes, label, &zip->alloc, &zip->directory);
  if (status == MNISTCNN_OK)
    *out = zip;
  else
    mcnn_zip_close(zip);
  return status;
}

void mcnn_zip_close(mcnn_zip *zip) {
  if (zip) {
    const mcnn_alloc alloc = zip->alloc;
    mcnn_zip_free_directory(&zip->directory, &alloc);
    mcnn_free(&alloc, zip);
  }
}

size_t mcnn_zip_num_entries(const mcnn_zip *zip) {
  return zip->directory.count;
}

const char *mcnn_zip_name(const mcnn_zip *zip, size_t index) {
  return zip->directory.entries[index].name;
}

uint64_t mcnn_zip_size(const mcnn_zip *zip, size_t index) {
  return zip->directory.entries[index].bytes;
}

size_t mcnn_zip_find(const mcnn_zip *zip, const char *name) {
  size_t i = 0;

  while (i < zip->directory.count && strcmp(zip->directory.entries[i].name, name) != 0)
    i++;
  return i;
}

static mnistcnn_status check_size(const mcnn_zip *zip, const mcnn_zip_entry *entry,
                                  size_t limit_bytes) {
  if (entry->bytes > limit_bytes)
    return mcnn_fail(MNISTCNN_LIMIT,
                     "%s: entry %s of the ZIP archive has %llu bytes, more than %zu", zip->label,
                     entry->name, (unsigned long long)entry->bytes, limit_bytes);
  if (entry->method == MCNN_ZIP_DEFLATED && entry->bytes > always_allowed &&
      entry->bytes / MAX_COMPRESSION > entry->stored_bytes)
    return mcnn_zip_damaged(zip->label, entry->name, "it is compressed more than any model can be");
  return MNISTCNN_OK;
}

static mnistcnn_status inflate_entry(const mcnn_zip *zip, mcnn_zip_entry *entry) {
  mnistcnn_status status;

  /* What zlib cannot make of the stored bytes need not be asked for. */
  if (entry->bytes / MCNN_MAX_INFLATE_RATIO > entry->stored_bytes)
    return mcnn_zip_damaged(zip->label, entry->name, "it is longer than its data can be");
  unsigned char *const bytes = mcnn_alloc_array(&zip->alloc, (size_t)entry->bytes, 1);
  if (!bytes)
    return MNISTCNN_OUT_OF_MEMORY;
  const char *const wrong =
      mcnn_inflate(zip->data + entry->data, (size_t)entry->stored_bytes, MCNN_INFLATE_RAW, bytes,
                   (size_t)entry->bytes, &zip->alloc, &status);
  if (wrong)
    status = mcnn_zip_damaged(zip->label, entry->name, wrong);
  if (status != MNISTCNN_OK) {
    mcnn_free(&zip->alloc, bytes);
    return status;
  }
  entry->inflated = bytes;
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_zip_read(mcnn_zip *zip, size_t index, size_t limit_bytes, mcnn_span *content) {
  mcnn_zip_entry *const entry = &zip->directory.entries[index];

  *content = (mcnn_span){0};
  mnistcnn_status status = check_size(zip, entry, limit_bytes);
  if (status == MNISTCNN_OK && entry->method == MCNN_ZIP_DEFLATED && !entry->inflated)
    status = inflate_entry(zip, entry);
  if (status != MNISTCNN_OK)
    return status;
  const unsigned char *const bytes =
      entry->method == MCNN_ZIP_DEFLATED ? entry->inflated : zip->data + entry->data;
  if (!entry->is_checked && mcnn_crc32(bytes, (size_t)entry->bytes) != entry->crc)
    return mcnn_zip_damaged(zip->label, entry->name, "its CRC is wrong; copy or download it again");
  entry->is_checked = 1;
  content->data = bytes;
  content->size_bytes = (size_t)entry->bytes;
  return MNISTCNN_OK;
}
