#include "exchange/zip/directory.h"

#include "base/status.h"

#include <stdlib.h>
#include <string.h>

enum {
  MAX_ENTRIES = 4096,
  MAX_NAME_BYTES = 1024,
  MAX_COMMENT_BYTES = 0xFFFF,
  LOCATOR_BYTES = 20,
  END64_BYTES = 56,
  SATURATED_16 = 0xFFFF,
  EXTRA_ZIP64 = 1
};
enum {
  FLAG_ENCRYPTED = 1 << 0,
  FLAG_DESCRIPTOR = 1 << 3, /* sizes and CRC stand behind the data */
  FLAG_PATCH = 1 << 5,
  FLAG_STRONG = 1 << 6,
  FLAG_MASKED = 1 << 13
};
#define SATURATED_32 0xFFFFFFFFu
#define DESCRIPTOR   0x08074B50u
#define LOCATOR64    0x07064B50u
#define END64        0x06064B50u

typedef struct archive {
  const unsigned char *data;
  size_t size;
  const char *label;
  const mcnn_alloc *alloc;
  uint64_t start, bytes, count; /* of the central directory */
  uint64_t end;                 /* where the records behind it begin */
} archive;

mnistcnn_status mcnn_zip_damaged(const char *label, const char *name, const char *reason) {
  if (name)
    return mcnn_fail(MNISTCNN_FORMAT, "%s: entry %s of the ZIP archive: %s", label, name, reason);
  return mcnn_fail(MNISTCNN_FORMAT, "%s: the ZIP archive is damaged or cut off: %s", label, reason);
}

static uint64_t number(const unsigned char *at, unsigned bytes) {
  uint64_t value = 0;

  for (unsigned i = bytes; i > 0; i--)
    value = value << 8 | at[i - 1];
  return value;
}

/* 1 if `bytes` bytes are there at `offset`. */
static int is_inside(const archive *a, uint64_t offset, uint64_t bytes) {
  return offset <= a->size && bytes <= a->size - offset;
}

/* --- the end record --------------------------------------------------------------------------- */

/* An end record is where its comment ends with the file. A second such place is no accident. */
static mnistcnn_status find_end(const archive *a, size_t *found) {
  size_t matches = 0;

  for (size_t back = MCNN_ZIP_END_BYTES;
       back <= a->size && back <= MCNN_ZIP_END_BYTES + (size_t)MAX_COMMENT_BYTES; back++) {
    const unsigned char *const at = a->data + a->size - back;
    /* The first byte settles nearly all. */
    if (at[0] != (MCNN_ZIP_END & 0xFF) || number(at, 4) != MCNN_ZIP_END ||
        number(at + 20, 2) != back - MCNN_ZIP_END_BYTES)
      continue;
    *found = a->size - back;
    matches++;
  }
  if (matches == 0)
    return mcnn_zip_damaged(a->label, NULL, "it has no end record; copy or download it again");
  return matches == 1 ? MNISTCNN_OK
                      : mcnn_zip_damaged(a->label, NULL, "it has more than one end record");
}

/* A number of the end record, and the one of 64 bits that replaces it where it is saturated. */
static int agree(uint64_t small, uint64_t saturated, uint64_t large) {
  return small == saturated || small == large;
}

static mnistcnn_status read_end64(archive *a, const unsigned char *locator,
                                  const unsigned char *end) {
  const uint64_t at = number(locator + 8, 8);

  if (number(locator + 4, 4) != 0 || number(locator + 16, 4) > 1 ||
      !is_inside(a, at, END64_BYTES) || number(a->data + at, 4) != END64)
    return mcnn_zip_damaged(a->label, NULL, "its ZIP64 end record is not where it should be");
  const unsigned char *const record = a->data + at;
  a->count = number(record + 32, 8);
  a->bytes = number(record + 40, 8);
  a->start = number(record + 48, 8);
  a->end = at;
  if (number(record + 16, 4) != 0 || number(record + 20, 4) != 0 ||
      number(record + 24, 8) != a->count || !agree(number(end + 10, 2), SATURATED_16, a->count) ||
      !agree(number(end + 12, 4), SATURATED_32, a->bytes) ||
      !agree(number(end + 16, 4), SATURATED_32, a->start))
    return mcnn_zip_damaged(a->label, NULL, "its two end records do not agree");
  return MNISTCNN_OK;
}

static mnistcnn_status read_end(archive *a) {
  size_t at = 0;
  mnistcnn_status status = find_end(a, &at);

  if (status != MNISTCNN_OK)
    return status;
  const unsigned char *const end = a->data + at;
  a->count = number(end + 10, 2);
  a->bytes = number(end + 12, 4);
  a->start = number(end + 16, 4);
  a->end = at;
  if (number(end + 4, 2) != 0 || number(end + 6, 2) != 0 || number(end + 8, 2) != a->count)
    return mcnn_fail(MNISTCNN_UNSUPPORTED, "%s: a ZIP archive of several parts is not supported",
                     a->label);
  if (at >= LOCATOR_BYTES && number(end - LOCATOR_BYTES, 4) == LOCATOR64)
    status = read_end64(a, end - LOCATOR_BYTES, end);
  if (status != MNISTCNN_OK)
    return status;
  if (!is_inside(a, a->start, a->bytes) || a->start + a->bytes != a->end)
    return mcnn_zip_damaged(a->label, NULL, "its directory is not where it should be");
  if (a->count > MAX_ENTRIES)
    return mcnn_fail(MNISTCNN_LIMIT, "%s: the ZIP archive has %llu entries, more than %d", a->label,
                     (unsigned long long)a->count, MAX_ENTRIES);
  return MNISTCNN_OK;
}

/* --- an entry --------------------------------------------------------------------------------- */

/* No archive that a program makes of a model has names that lead elsewhere. */
static int is_safe_name(const char *name, size_t length) {
  size_t start = 0;

  if (length == 0 || name[0] == '/' || name[0] == '\\' || memchr(name, '\0', length))
    return 0;
  for (size_t i = 0; i <= length; i++) {
    if (i < length && name[i] != '/' && name[i] != '\\')
      continue;
    if (i - start == 2 && name[start] == '.' && name[start + 1] == '.')
      return 0;
    start = i + 1;
  }
  return 1;
}

static mnistcnn_status read_name(const archive *a, const unsigned char *text, size_t length,
                                 mcnn_zip_entry *entry) {
  if (length > MAX_NAME_BYTES || !is_safe_name((const char *)text, length))
    return mcnn_zip_damaged(a->label, NULL, "the name of an entry is empty, too long or not safe");
  entry->name = mcnn_alloc_zeroed(a->alloc, length + 1, 1);
  if (!entry->name)
    return MNISTCNN_OUT_OF_MEMORY;
  memcpy(entry->name, text, length);
  return MNISTCNN_OK;
}

/* The extra field of ZIP64 holds those of the numbers that are saturated, in this order. */
static int read_zip64(const unsigned char *extra, size_t bytes, uint64_t *const numbers[],
                      size_t count) {
  size_t at = 0;

  while (bytes - at >= 4) {
    const size_t id = (size_t)number(extra + at, 2), size = (size_t)number(extra + at + 2, 2);
    const unsigned char *next = extra + at + 4;
    if (size > bytes - at - 4)
      return 0;
    at += 4 + size;
    for (size_t i = 0; id == EXTRA_ZIP64 && i < count; i++) {
      if (*numbers[i] != SATURATED_32)
        continue;
      if (extra + at - next < 8)
        return 0;
      *numbers[i] = number(next, 8);
      next += 8;
    }
  }
  return 1;
}

static mnistcnn_status check_kind(const archive *a, const mcnn_zip_entry *entry) {
  const char *reason = NULL;

  if (entry->flags & (FLAG_ENCRYPTED | FLAG_STRONG | FLAG_MASKED))
    reason = "it is encrypted";
  else if (entry->flags & FLAG_PATCH)
    reason = "it is a patch";
  else if (entry->method != MCNN_ZIP_STORED && entry->method != MCNN_ZIP_DEFLATED)
    reason = "it is compressed by another method than deflate";
  if (reason)
    return mcnn_fail(MNISTCNN_UNSUPPORTED,
                     "%s: entry %s of the ZIP archive: %s, which is not supported; save the model "
                     "again with Keras",
                     a->label, entry->name, reason);
  if (entry->method == MCNN_ZIP_STORED && entry->bytes != entry->stored_bytes)
    return mcnn_zip_damaged(a->label, entry->name, "it is stored, but its two sizes differ");
  return MNISTCNN_OK;
}

/* One entry of the central directory, at *at, which moves on. */
static mnistcnn_status read_central(const archive *a, uint64_t *at, mcnn_zip_entry *entry) {
  const unsigned char *const header = a->data + *at;
  const uint64_t left = a->start + a->bytes - *at;

  if (left < MCNN_ZIP_CENTRAL_BYTES || number(header, 4) != MCNN_ZIP_CENTRAL)
    return mcnn_zip_damaged(a->label, NULL, "its directory has fewer entries than it says");
  const size_t name_bytes = (size_t)number(header + 28, 2);
  const size_t extra_bytes = (size_t)number(header + 30, 2);
  const uint64_t all = MCNN_ZIP_CENTRAL_BYTES + name_bytes + extra_bytes + number(header + 32, 2);
  if (all > left)
    return mcnn_zip_damaged(a->label, NULL, "an entry of its directory is cut off");
  *at += all;
  const mnistcnn_status status = read_name(a, header + MCNN_ZIP_CENTRAL_BYTES, name_bytes, entry);
  if (status != MNISTCNN_OK)
    return status;
  entry->flags = (unsigned)number(header + 8, 2);
  entry->method = (unsigned)number(header + 10, 2);
  entry->crc = (uint32_t)number(header + 16, 4);
  entry->stored_bytes = number(header + 20, 4);
  entry->bytes = number(header + 24, 4);
  entry->start = number(header + 42, 4);
  uint64_t *const numbers[] = {&entry->bytes, &entry->stored_bytes, &entry->start};
  if (!read_zip64(header + MCNN_ZIP_CENTRAL_BYTES + name_bytes, extra_bytes, numbers, 3))
    return mcnn_zip_damaged(a->label, entry->name, "its extra field is malformed");
  if (number(header + 34, 2) != 0)
    return mcnn_zip_damaged(a->label, entry->name, "it is in another part of the archive");
  return check_kind(a, entry);
}

/* The numbers behind the data: with or without a signature, of 32 or of 64 bits. */
static int skip_descriptor(const archive *a, const mcnn_zip_entry *entry, uint64_t *end) {
  for (unsigned form = 0; form < 4; form++) {
    const unsigned prefix = form & 1u ? 0 : 4, width = form & 2u ? 8 : 4;
    const unsigned bytes = prefix + 4 + 2 * width;
    const unsigned char *const at = a->data + *end;
    if (!is_inside(a, *end, bytes) || (prefix > 0 && number(at, 4) != DESCRIPTOR))
      continue;
    if (number(at + prefix, 4) == entry->crc &&
        number(at + prefix + 4, width) == entry->stored_bytes &&
        number(at + prefix + 4 + width, width) == entry->bytes) {
      *end += bytes;
      return 1;
    }
  }
  return 0;
}

/* Whether the numbers of the local header agree with those of the directory. Where a descriptor
 * follows the data, zeros mean that it is not yet known. */
static int local_agrees(const unsigned char *header, const mcnn_zip_entry *entry, uint64_t stored,
                        uint64_t bytes) {
  const uint32_t crc = (uint32_t)number(header + 14, 4);
  const int later = (entry->flags & FLAG_DESCRIPTOR) != 0;

  return number(header + 6, 2) == entry->flags && number(header + 8, 2) == entry->method &&
         (crc == entry->crc || (later && crc == 0)) &&
         (stored == entry->stored_bytes || (later && stored == 0)) &&
         (bytes == entry->bytes || (later && bytes == 0));
}

static mnistcnn_status check_local(const archive *a, mcnn_zip_entry *entry) {
  if (!is_inside(a, entry->start, MCNN_ZIP_LOCAL_BYTES) ||
      number(a->data + entry->start, 4) != MCNN_ZIP_LOCAL)
    return mcnn_zip_damaged(a->label, entry->name, "it is not where the directory says");
  const unsigned char *const header = a->data + entry->start;
  const size_t name_bytes = (size_t)number(header + 26, 2);
  const size_t extra_bytes = (size_t)number(header + 28, 2);
  uint64_t stored = number(header + 18, 4), bytes = number(header + 22, 4);
  uint64_t *const numbers[] = {&bytes, &stored};
  entry->data = entry->start + MCNN_ZIP_LOCAL_BYTES + name_bytes + extra_bytes;
  if (!is_inside(a, entry->data, entry->stored_bytes))
    return mcnn_zip_damaged(a->label, entry->name, "it is longer than the archive");
  if (name_bytes != strlen(entry->name) ||
      memcmp(header + MCNN_ZIP_LOCAL_BYTES, entry->name, name_bytes) != 0)
    return mcnn_zip_damaged(a->label, entry->name, "its own header calls it by another name");
  if (!read_zip64(header + MCNN_ZIP_LOCAL_BYTES + name_bytes, extra_bytes, numbers, 2) ||
      !local_agrees(header, entry, stored, bytes))
    return mcnn_zip_damaged(a->label, entry->name, "its own header disagrees with the directory");
  entry->end = entry->data + entry->stored_bytes;
  if ((entry->flags & FLAG_DESCRIPTOR) && !skip_descriptor(a, entry, &entry->end))
    return mcnn_zip_damaged(a->label, entry->name, "what follows it disagrees with the directory");
  return MNISTCNN_OK;
}

/* --- all entries ------------------------------------------------------------------------------ */

static int compare_names(const void *x, const void *y) {
  const mcnn_zip_entry *const *const a = x, *const *const b = y;

  return strcmp((*a)->name, (*b)->name);
}

static int compare_starts(const void *x, const void *y) {
  const mcnn_zip_entry *const *const a = x, *const *const b = y;

  return ((*a)->start > (*b)->start) - ((*a)->start < (*b)->start);
}

static mnistcnn_status compare_entries(const archive *a, const mcnn_zip_directory *directory) {
  const size_t count = directory->count;
  mnistcnn_status status = MNISTCNN_OK;
  mcnn_zip_entry **const sorted = mcnn_alloc_array(a->alloc, count, sizeof *sorted);

  if (!sorted)
    return MNISTCNN_OUT_OF_MEMORY;
  for (size_t i = 0; i < count; i++)
    sorted[i] = &directory->entries[i];
  if (count > 1)
    qsort(sorted, count, sizeof *sorted, compare_names);
  for (size_t i = 1; i < count && status == MNISTCNN_OK; i++)
    if (strcmp(sorted[i - 1]->name, sorted[i]->name) == 0)
      status = mcnn_zip_damaged(a->label, sorted[i]->name, "another one has the same name");
  if (count > 1)
    qsort(sorted, count, sizeof *sorted, compare_starts);
  for (size_t i = 0; i < count && status == MNISTCNN_OK; i++) {
    const uint64_t limit = i + 1 < count ? sorted[i + 1]->start : a->start;
    if (sorted[i]->end > limit)
      status = mcnn_zip_damaged(a->label, sorted[i]->name, "it overlaps what follows it");
  }
  mcnn_free(a->alloc, sorted);
  return status;
}

mnistcnn_status mcnn_zip_read_directory(const unsigned char *data, size_t size_bytes,
                                        const char *label, const mcnn_alloc *alloc,
                                        mcnn_zip_directory *directory) {
  archive a = {.data = data, .size = size_bytes, .label = label, .alloc = alloc};

  *directory = (mcnn_zip_directory){0};
  mnistcnn_status status = read_end(&a);
  if (status != MNISTCNN_OK)
    return status;
  directory->entries = mcnn_alloc_zeroed(alloc, (size_t)a.count, sizeof *directory->entries);
  if (!directory->entries)
    return MNISTCNN_OUT_OF_MEMORY;
  uint64_t at = a.start;
  for (size_t i = 0; i < a.count && status == MNISTCNN_OK; i++) {
    directory->count = i + 1;
    status = read_central(&a, &at, &directory->entries[i]);
    if (status == MNISTCNN_OK)
      status = check_local(&a, &directory->entries[i]);
  }
  if (status == MNISTCNN_OK && at != a.start + a.bytes)
    return mcnn_zip_damaged(label, NULL, "its directory has more entries than it says");
  return status == MNISTCNN_OK ? compare_entries(&a, directory) : status;
}

void mcnn_zip_free_directory(mcnn_zip_directory *directory, const mcnn_alloc *alloc) {
  for (size_t i = 0; i < directory->count; i++) {
    mcnn_free(alloc, directory->entries[i].name);
    mcnn_free(alloc, directory->entries[i].inflated);
  }
  mcnn_free(alloc, directory->entries);
}
