#include "exchange/zip/zip_write.h"

#include "exchange/inflate.h"
#include "exchange/zip/directory.h"

#include "base/status.h"

#include <string.h>

enum { VERSION = 20, FLAG_UTF8 = 1 << 11, MAX_MEMBERS = 4096, MAX_NAME_BYTES = 1024 };

/* The first of January 1980: where dates of this format begin. */
enum { DATE = 1 << 5 | 1 };

static void put(unsigned char **at, uint64_t value, unsigned bytes) {
  for (unsigned i = 0; i < bytes; i++)
    *(*at)++ = (unsigned char)(i < 8 ? value >> (8 * i) & 0xFFu : 0);
}

static void put_bytes(unsigned char **at, const void *bytes, size_t size) {
  if (size > 0)
    memcpy(*at, bytes, size);
  *at += size;
}

static unsigned flags_of(const char *name) {
  for (; *name != '\0'; name++)
    if ((unsigned char)*name >= 0x80)
      return FLAG_UTF8;
  return 0;
}

/* What a local header and one of the directory have in common: from the version to the lengths. */
static void put_facts(unsigned char **at, const mcnn_zip_member *member) {
  const size_t size = member->content.size_bytes;

  put(at, VERSION, 2);
  put(at, flags_of(member->name), 2);
  put(at, MCNN_ZIP_STORED, 2);
  put(at, 0, 2); /* midnight */
  put(at, DATE, 2);
  put(at, mcnn_crc32(member->content.data, size), 4);
  put(at, size, 4);
  put(at, size, 4);
  put(at, strlen(member->name), 2);
  put(at, 0, 2); /* extra field */
}

static mnistcnn_status count_bytes(const mcnn_zip_member *members, size_t count, uint64_t *bytes) {
  *bytes = MCNN_ZIP_END_BYTES;
  for (size_t i = 0; i < count; i++) {
    const size_t name = strlen(members[i].name);
    if (members[i].content.size_bytes > UINT32_MAX)
      *bytes = UINT32_MAX;
    *bytes +=
        members[i].content.size_bytes + MCNN_ZIP_LOCAL_BYTES + MCNN_ZIP_CENTRAL_BYTES + 2 * name;
    if (name == 0 || name > MAX_NAME_BYTES)
      return mcnn_fail(MNISTCNN_LIMIT, "the name of an entry of a ZIP archive has %zu bytes", name);
    if (*bytes >= UINT32_MAX || count > MAX_MEMBERS)
      return mcnn_fail(MNISTCNN_LIMIT,
                       "the ZIP archive would be larger than 4 GB, or have more than "
                       "%d entries",
                       MAX_MEMBERS);
  }
  return MNISTCNN_OK;
}

static void put_central(unsigned char **at, const mcnn_zip_member *member, uint64_t offset) {
  put(at, MCNN_ZIP_CENTRAL, 4);
  put(at, VERSION, 2); /* made by */
  put_facts(at, member);
  put(at, 0, 2 + 2 + 2 + 4); /* comment, part, attributes */
  put(at, offset, 4);
  put_bytes(at, member->name, strlen(member->name));
}

static void put_end(unsigned char **at, size_t count, uint64_t start, uint64_t bytes) {
  put(at, MCNN_ZIP_END, 4);
  put(at, 0, 2 + 2); /* parts */
  put(at, count, 2);
  put(at, count, 2);
  put(at, bytes, 4);
  put(at, start, 4);
  put(at, 0, 2); /* comment */
}

mnistcnn_status mcnn_zip_write(const mcnn_zip_member *members, size_t count,
                               const mcnn_alloc *alloc, mcnn_bytes *bytes) {
  uint64_t size;

  *bytes = (mcnn_bytes){0};
  const mnistcnn_status status = count_bytes(members, count, &size);
  if (status != MNISTCNN_OK)
    return status;
  bytes->data = mcnn_alloc_array(alloc, (size_t)size, 1);
  if (!bytes->data)
    return MNISTCNN_OUT_OF_MEMORY;
  bytes->size = bytes->capacity = (size_t)size;
  unsigned char *at = bytes->data;
  for (size_t i = 0; i < count; i++) {
    put(&at, MCNN_ZIP_LOCAL, 4);
    put_facts(&at, &members[i]);
    put_bytes(&at, members[i].name, strlen(members[i].name));
    put_bytes(&at, members[i].content.data, members[i].content.size_bytes);
  }
  const uint64_t start = (uint64_t)(at - bytes->data);
  uint64_t offset = 0;
  for (size_t i = 0; i < count; i++) {
    put_central(&at, &members[i], offset);
    offset += MCNN_ZIP_LOCAL_BYTES + strlen(members[i].name) + members[i].content.size_bytes;
  }
  put_end(&at, count, start, (uint64_t)(at - bytes->data) - start);
  return MNISTCNN_OK;
}
