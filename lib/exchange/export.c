/* The public functions that write models of other frameworks. */
#include "exchange/keras/export.h"
#include "api/import.h"
#include "base/status.h"
#include "base/stream.h"
#include "mnistcnn_exchange.h"

static const char options_type[] = "mnistcnn_export_options";
enum { FIRST_SIZE = MCNN_SIZE_THROUGH(mnistcnn_export_options, error) };
static const mnistcnn_export_options defaults = MNISTCNN_EXPORT_OPTIONS_INIT;

mnistcnn_status mnistcnn_export_options_init(mnistcnn_export_options *options, size_t size) {
  return mcnn_export_options(options_type, &defaults, FIRST_SIZE, sizeof defaults, options, size);
}

static mnistcnn_status read_options(const mnistcnn_export_options *given,
                                    mnistcnn_export_options *options) {
  *options = defaults;
  if (!given)
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "options is NULL");
  const mnistcnn_status status =
      mcnn_import_options(options_type, given, FIRST_SIZE, options, sizeof *options);
  return status == MNISTCNN_OK ? mcnn_check_error(options->error) : status;
}

static mnistcnn_status check_options(const mnistcnn_model *model,
                                     const mnistcnn_export_options *options) {
  if (!model)
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "model is NULL");
  if ((options->path ? 1 : 0) + (options->writer ? 1 : 0) != 1)
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "options: give either path or writer");
  if (options->format < MNISTCNN_EXPORT_KERAS || options->format > MNISTCNN_EXPORT_KERAS_WEIGHTS)
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "invalid value for format: %d", options->format);
  return MNISTCNN_OK;
}

static mnistcnn_status export_model(const mnistcnn_model *model,
                                    const mnistcnn_export_options *options) {
  mnistcnn_writer writer;
  mcnn_alloc alloc;
  mcnn_bytes bytes = {NULL, 0, 0};
  mnistcnn_status status = check_options(model, options);
  if (status == MNISTCNN_OK)
    status = mcnn_import_writer(options->writer, &writer);
  if (status == MNISTCNN_OK)
    status = mcnn_import_allocator(options->allocator, &alloc);
  if (status != MNISTCNN_OK)
    return status;
  status = mcnn_keras_export(model, options->format, &alloc, &bytes);
  if (status == MNISTCNN_OK) {
    const mcnn_target target = {options->path, options->writer ? &writer : NULL};
    const mcnn_span span = {bytes.data, bytes.size};
    status = mcnn_target_write(&target, &span, 1, &alloc);
  }
  mcnn_free(&alloc, bytes.data);
  return status;
}

mnistcnn_status mnistcnn_export(const mnistcnn_model *model,
                                const mnistcnn_export_options *options) {
  mnistcnn_export_options complete;
  const mnistcnn_status status = read_options(options, &complete);
  return status == MNISTCNN_OK ? mcnn_report(complete.error, export_model(model, &complete))
                               : status;
}
