#include "api/import.h"

#include "base/status.h"

#include <string.h>

/* No struct of this API will ever be this large: a larger size is an uninitialised one. */
static const size_t absurd_size = 4096;

static mnistcnn_status check_size(const char *type, size_t size, size_t first_size) {
  if (size < first_size || size > absurd_size) {
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT,
                     "%s: struct_size is %zu; set it to sizeof(%s), or use its _init function",
                     type, size, type);
  }
  return MNISTCNN_OK;
}

static int is_zero(const unsigned char *bytes, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (bytes[i] != 0)
      return 0;
  return 1;
}

static uint32_t struct_size_of(const void *given) {
  uint32_t size;

  memcpy(&size, given, sizeof size);
  return size;
}

static void set_struct_size(void *options, size_t size) {
  const uint32_t value = (uint32_t)size;

  memcpy(options, &value, sizeof value);
}

mnistcnn_status mcnn_import_options(const char *type, const void *given, size_t first_size,
                                    void *options, size_t known_size) {
  if (!given)
    return MNISTCNN_OK;
  const size_t size = struct_size_of(given);
  const mnistcnn_status status = check_size(type, size, first_size);
  if (status != MNISTCNN_OK)
    return status;
  if (size > known_size && !is_zero((const unsigned char *)given + known_size, size - known_size)) {
    return mcnn_fail(MNISTCNN_UNSUPPORTED, "%s: sets a field that this version does not know",
                     type);
  }
  memcpy(options, given, size < known_size ? size : known_size);
  set_struct_size(options, known_size);
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_export_options(const char *type, const void *defaults, size_t first_size,
                                    size_t known_size, void *options, size_t size) {
  if (!options)
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "options is NULL");
  const mnistcnn_status status = check_size(type, size, first_size);
  if (status != MNISTCNN_OK)
    return status;
  memset(options, 0, size);
  memcpy(options, defaults, size < known_size ? size : known_size);
  set_struct_size(options, size);
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_check_output(const char *type, const void *output, size_t first_size) {
  return output ? check_size(type, struct_size_of(output), first_size) : MNISTCNN_OK;
}

mnistcnn_status mcnn_import_allocator(const mnistcnn_allocator *given, mcnn_alloc *alloc) {
  const size_t first_size = MCNN_SIZE_THROUGH(mnistcnn_allocator, user);
  mnistcnn_allocator known = {.struct_size = sizeof known};

  *alloc = mcnn_alloc_default();
  if (!given)
    return MNISTCNN_OK;
  const mnistcnn_status status =
      mcnn_import_options("mnistcnn_allocator", given, first_size, &known, sizeof known);
  if (status != MNISTCNN_OK)
    return status;
  if (!known.allocate || !known.deallocate || known.reserved != 0) {
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "mnistcnn_allocator: %s",
                     known.reserved != 0 ? "reserved is not 0" : "a function is NULL");
  }
  alloc->allocate = known.allocate;
  alloc->deallocate = known.deallocate;
  alloc->user = known.user;
  return MNISTCNN_OK;
}
