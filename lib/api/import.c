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

/* --- callbacks -------------------------------------------------------------------------------- */

static mnistcnn_status check_callback(const char *type, int is_set, uint32_t reserved) {
  if (is_set && reserved == 0)
    return MNISTCNN_OK;
  return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "%s: %s", type,
                   reserved != 0 ? "reserved is not 0" : "a function is NULL");
}

mnistcnn_status mcnn_import_reader(const mnistcnn_reader *given, mnistcnn_reader *known) {
  static const char type[] = "mnistcnn_reader";
  const size_t first_size = MCNN_SIZE_THROUGH(mnistcnn_reader, user);
  *known = (mnistcnn_reader){0};
  if (!given)
    return MNISTCNN_OK;
  const mnistcnn_status status = mcnn_import_options(type, given, first_size, known, sizeof *known);
  return status == MNISTCNN_OK ? check_callback(type, known->read ? 1 : 0, known->reserved)
                               : status;
}

mnistcnn_status mcnn_import_writer(const mnistcnn_writer *given, mnistcnn_writer *known) {
  static const char type[] = "mnistcnn_writer";
  const size_t first_size = MCNN_SIZE_THROUGH(mnistcnn_writer, user);
  *known = (mnistcnn_writer){0};
  if (!given)
    return MNISTCNN_OK;
  const mnistcnn_status status = mcnn_import_options(type, given, first_size, known, sizeof *known);
  return status == MNISTCNN_OK ? check_callback(type, known->write ? 1 : 0, known->reserved)
                               : status;
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
  const mnistcnn_status valid =
      check_callback("mnistcnn_allocator", known.allocate && known.deallocate, known.reserved);
  if (valid != MNISTCNN_OK)
    return valid;
  alloc->allocate = known.allocate;
  alloc->deallocate = known.deallocate;
  alloc->user = known.user;
  return MNISTCNN_OK;
}

/* --- errors ----------------------------------------------------------------------------------- */

static const char error_type[] = "mnistcnn_error";
enum { FIRST_ERROR_SIZE = MCNN_SIZE_THROUGH(mnistcnn_error, message) };

mnistcnn_status mcnn_check_error(const mnistcnn_error *error) {
  return mcnn_check_output(error_type, error, FIRST_ERROR_SIZE);
}

mnistcnn_status mcnn_report(mnistcnn_error *error, mnistcnn_status status) {
  mnistcnn_error complete = {.struct_size = sizeof complete, .status = status};
  if (status == MNISTCNN_OK || !error)
    return status;
  const char *const message = mcnn_last_error();
  memcpy(complete.message, message, strlen(message) + 1);
  (void)mcnn_export_options(error_type, &complete, FIRST_ERROR_SIZE, sizeof complete, error,
                            error->struct_size);
  return status;
}
