/* The public functions that write models of other frameworks. */
#include "exchange/c/export.h"
#include "api/import.h"
#include "base/platform.h"
#include "base/status.h"
#include "base/stream.h"
#include "exchange/keras/export.h"
#include "exchange/onnx/export.h"
#include "exchange/tfjs/export.h"
#include "exchange/torch/export.h"
#include "mnistcnn_exchange.h"

#include <string.h>

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

/* One for each format, by its number. */
typedef struct format {
  mnistcnn_status (*write)(const mcnn_export_request *request, mcnn_export_result *result);
  int needs_path; /* it is two files */
  int has_input;  /* bytes or 0..1 can be chosen */
} format;

static const format formats[] = {[MNISTCNN_EXPORT_KERAS] = {mcnn_keras_export, 0, 1},
                                 [MNISTCNN_EXPORT_KERAS_H5] = {mcnn_keras_export, 0, 1},
                                 [MNISTCNN_EXPORT_KERAS_WEIGHTS] = {mcnn_keras_export, 0, 0},
                                 [MNISTCNN_EXPORT_ONNX] = {mcnn_onnx_export, 0, 1},
                                 [MNISTCNN_EXPORT_TFJS] = {mcnn_tfjs_export, 1, 1},
                                 [MNISTCNN_EXPORT_C] = {mcnn_c_export, 0, 1},
                                 [MNISTCNN_EXPORT_C_INT8] = {mcnn_c_export, 0, 1},
                                 [MNISTCNN_EXPORT_PYTORCH] = {mcnn_torch_export, 0, 1}};
enum { NUM_FORMATS = sizeof formats / sizeof formats[0] };

static mnistcnn_status check_options(const mnistcnn_model *model,
                                     const mnistcnn_export_options *options) {
  if (!model)
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "model is NULL");
  if ((options->path ? 1 : 0) + (options->writer ? 1 : 0) != 1)
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "options: give either path or writer");
  if (options->format < 0 || options->format >= NUM_FORMATS)
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "invalid value for format: %d", options->format);
  if (options->writer && formats[options->format].needs_path)
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT,
                     "a model of TensorFlow.js is two files: give a path, not a writer");
  if (options->unit_input > 1)
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "unit_input is %u, not 0 or 1",
                     options->unit_input);
  if (options->unit_input && !formats[options->format].has_input)
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT,
                     "unit_input: weights alone do not say what their input is");
  return MNISTCNN_OK;
}

/* --- files ------------------------------------------------------------------------------------ */

/* Where the name begins, and how long it is without its ending. */
static const char *stem_of(const char *path, size_t *length) {
  const char *const name = path + mcnn_path_folder_bytes(path);
  const char *const dot = strrchr(name, '.');
  *length = dot && dot != name ? (size_t)(dot - name) : strlen(name);
  return name;
}

static mnistcnn_status write_both(const mnistcnn_export_options *options,
                                  const mcnn_export_result *result, const mcnn_alloc *alloc) {
  const size_t ending = strlen(result->ending) + 1;
  size_t stem;
  const char *const name = stem_of(options->path, &stem);
  const size_t before = (size_t)(name - options->path) + stem;
  char *const path = mcnn_alloc_array(alloc, before + ending, 1);
  if (!path)
    return MNISTCNN_OUT_OF_MEMORY;
  memcpy(path, options->path, before);
  memcpy(path + before, result->ending, ending);
  const char *const paths[2] = {path, options->path};
  const mcnn_span spans[2] = {{result->beside.data, result->beside.size},
                              {result->file.data, result->file.size}};
  mnistcnn_status status;
  if (strcmp(path, options->path) == 0)
    status = mcnn_fail(MNISTCNN_INVALID_ARGUMENT,
                       "%s: a second file with this name is written, so "
                       "give the first another ending",
                       path);
  else
    status = mcnn_write_files_atomic(paths, spans, alloc);
  mcnn_free(alloc, path);
  return status;
}

static mnistcnn_status write_result(const mnistcnn_export_options *options,
                                    const mnistcnn_writer *writer, const mcnn_export_result *result,
                                    const mcnn_alloc *alloc) {
  const mcnn_target target = {options->path, options->writer ? writer : NULL};
  const mcnn_span span = {result->file.data, result->file.size};
  return result->ending && options->path ? write_both(options, result, alloc)
                                         : mcnn_target_write(&target, &span, 1, alloc);
}

static mnistcnn_status export_with(const mnistcnn_export_options *options,
                                   const mnistcnn_writer *writer, mcnn_export_request *request) {
  mcnn_export_result result = {{NULL, 0, 0}, {NULL, 0, 0}, NULL};
  char *stem = NULL;
  if (options->path) {
    size_t length;
    const char *const name = stem_of(options->path, &length);
    stem = mcnn_alloc_zeroed(&request->alloc, length + 1, 1);
    if (!stem)
      return MNISTCNN_OUT_OF_MEMORY;
    memcpy(stem, name, length);
  }
  request->stem = stem;
  mnistcnn_status status = formats[request->format].write(request, &result);
  if (status == MNISTCNN_OK)
    status = write_result(options, writer, &result, &request->alloc);
  mcnn_free(&request->alloc, result.beside.data);
  mcnn_free(&request->alloc, result.file.data);
  mcnn_free(&request->alloc, stem);
  return status;
}

static mnistcnn_status export_model(const mnistcnn_model *model,
                                    const mnistcnn_export_options *options) {
  mcnn_export_request request = {
      .model = model, .format = options->format, .unit = options->unit_input == 1};
  mnistcnn_writer writer;
  mnistcnn_status status = check_options(model, options);
  if (status == MNISTCNN_OK)
    status = mcnn_import_writer(options->writer, &writer);
  if (status == MNISTCNN_OK)
    status = mcnn_import_allocator(options->allocator, &request.alloc);
  return status == MNISTCNN_OK ? export_with(options, &writer, &request) : status;
}

mnistcnn_status mnistcnn_export(const mnistcnn_model *model,
                                const mnistcnn_export_options *options) {
  mnistcnn_export_options complete;
  const mnistcnn_status status = read_options(options, &complete);
  return status == MNISTCNN_OK ? mcnn_report(complete.error, export_model(model, &complete))
                               : status;
}
