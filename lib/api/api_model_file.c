/* Models from and to files, memory and the caller's callbacks. */
#include "api/check.h"
#include "api/cost.h"
#include "api/save_options.h"
#include "api/workspace.h"
#include "base/cost.h"
#include "model/model_file.h"

/* --- loading ---------------------------------------------------------------------------------- */

static const char load_type[] = "mnistcnn_load_options";
enum { LOAD_FIRST_SIZE = MCNN_SIZE_THROUGH(mnistcnn_load_options, error) };
static const mnistcnn_load_options load_defaults = MNISTCNN_LOAD_OPTIONS_INIT;

mnistcnn_status mnistcnn_load_options_init(mnistcnn_load_options *options, size_t size) {
  return mcnn_export_options(load_type, &load_defaults, LOAD_FIRST_SIZE, sizeof load_defaults,
                             options, size);
}

static mnistcnn_status check_load_options(const mnistcnn_load_options *options) {
  const int sources = (options->path ? 1 : 0) + (options->data ? 1 : 0) + (options->reader ? 1 : 0);
  if (sources != 1)
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "options: give one of path, data and reader");
  if (options->reserved != 0)
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "options: reserved is not 0");
  return MNISTCNN_OK;
}

/* request->workspace and request->cost are set. */
static mnistcnn_status load(const mnistcnn_load_options *options, mcnn_load_request *request,
                            mnistcnn_model **model) {
  mnistcnn_reader reader;
  mnistcnn_status status = check_load_options(options);
  if (status == MNISTCNN_OK)
    status = mcnn_import_reader(options->reader, &reader);
  if (status == MNISTCNN_OK)
    status = mcnn_import_allocator(options->allocator, &request->alloc);
  if (status != MNISTCNN_OK)
    return status;
  request->limits = (mcnn_load_limits){options->max_memory_bytes, options->max_multiply_adds};
  const mcnn_source source = {options->path, options->reader ? &reader : NULL};
  return options->data ? mcnn_model_load_memory(options->data, options->size_bytes, request, model)
                       : mcnn_model_load(&source, request, model);
}

static mnistcnn_status load_model(const mnistcnn_load_options *options, mnistcnn_model **model) {
  mcnn_load_request request = {.workspace = MNISTCNN_WORKSPACE_OPTIONS_INIT};
  MCNN_REQUIRE(model);
  return load(options, &request, model);
}

static mnistcnn_status import_load_options(const mnistcnn_load_options *given,
                                           mnistcnn_load_options *options) {
  *options = load_defaults;
  MCNN_REQUIRE(given);
  const mnistcnn_status status =
      mcnn_import_options(load_type, given, LOAD_FIRST_SIZE, options, sizeof *options);
  return status == MNISTCNN_OK ? mcnn_check_error(options->error) : status;
}

mnistcnn_status mnistcnn_model_load(const mnistcnn_load_options *options, mnistcnn_model **model) {
  mnistcnn_load_options complete;
  if (model)
    *model = NULL;
  const mnistcnn_status status = import_load_options(options, &complete);
  return status == MNISTCNN_OK ? mcnn_report(complete.error, load_model(&complete, model)) : status;
}

static mnistcnn_status measure(const mnistcnn_load_options *options,
                               const mnistcnn_workspace_options *workspace, mnistcnn_cost *cost) {
  mcnn_load_request request = {0};
  mcnn_load_cost found;
  mnistcnn_model *none;
  MCNN_REQUIRE(cost);
  mnistcnn_status status = mcnn_check_cost(cost);
  if (status == MNISTCNN_OK)
    status = mcnn_import_workspace_options(workspace, &request.workspace);
  if (status == MNISTCNN_OK)
    status = mcnn_check_workspace_options(&request.workspace);
  if (status != MNISTCNN_OK)
    return status;
  request.cost = &found;
  status = load(options, &request, &none);
  if (status != MNISTCNN_OK)
    return status;
  const uint64_t together = mcnn_saturating_add(found.model_bytes, found.workspace_bytes);
  const mnistcnn_cost complete = {.model_bytes = found.model_bytes,
                                  .memory_bytes = found.workspace_bytes,
                                  .peak_bytes =
                                      found.load_bytes > together ? found.load_bytes : together,
                                  .multiply_adds = found.multiply_adds};
  mcnn_copy_out_cost(&complete, cost);
  return MNISTCNN_OK;
}

mnistcnn_status mnistcnn_load_cost(const mnistcnn_load_options *load,
                                   const mnistcnn_workspace_options *workspace,
                                   mnistcnn_cost *cost) {
  mnistcnn_load_options complete;
  const mnistcnn_status status = import_load_options(load, &complete);
  return status == MNISTCNN_OK ? mcnn_report(complete.error, measure(&complete, workspace, cost))
                               : status;
}

mnistcnn_status mnistcnn_model_load_file(const char *path, const mnistcnn_allocator *allocator,
                                         mnistcnn_model **model) {
  mnistcnn_load_options options = load_defaults;
  MCNN_REQUIRE(model);
  *model = NULL;
  MCNN_REQUIRE(path);
  options.path = path;
  options.allocator = allocator;
  return load_model(&options, model);
}

mnistcnn_status mnistcnn_model_load_memory(const void *data, size_t size_bytes,
                                           const mnistcnn_allocator *allocator,
                                           mnistcnn_model **model) {
  mnistcnn_load_options options = load_defaults;
  MCNN_REQUIRE(model);
  *model = NULL;
  MCNN_REQUIRE(data);
  options.data = data;
  options.size_bytes = size_bytes;
  options.allocator = allocator;
  return load_model(&options, model);
}

/* --- saving ----------------------------------------------------------------------------------- */

static const char save_type[] = "mnistcnn_save_options";
enum { SAVE_FIRST_SIZE = MCNN_SIZE_THROUGH(mnistcnn_save_options, error) };
static const mnistcnn_save_options save_defaults = MNISTCNN_SAVE_OPTIONS_INIT;

mnistcnn_status mnistcnn_save_options_init(mnistcnn_save_options *options, size_t size) {
  return mcnn_export_options(save_type, &save_defaults, SAVE_FIRST_SIZE, sizeof save_defaults,
                             options, size);
}

mnistcnn_status mcnn_import_save_options(const mnistcnn_save_options *given,
                                         mnistcnn_save_options *options) {
  *options = save_defaults;
  MCNN_REQUIRE(given);
  const mnistcnn_status status =
      mcnn_import_options(save_type, given, SAVE_FIRST_SIZE, options, sizeof *options);
  return status == MNISTCNN_OK ? mcnn_check_error(options->error) : status;
}

mnistcnn_status mcnn_read_save_target(const mnistcnn_save_options *options, mnistcnn_writer *writer,
                                      mcnn_target *target) {
  if ((options->path ? 1 : 0) + (options->writer ? 1 : 0) != 1)
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "options: give either path or writer");
  if (options->reserved != 0)
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "options: reserved is not 0");
  *target = (mcnn_target){options->path, options->writer ? writer : NULL};
  return mcnn_import_writer(options->writer, writer);
}

static mnistcnn_status save(const mnistcnn_model *model, const mnistcnn_save_options *options) {
  mnistcnn_writer writer;
  mcnn_target target;
  MCNN_REQUIRE(model);
  const mnistcnn_status status = mcnn_read_save_target(options, &writer, &target);
  return status == MNISTCNN_OK ? mcnn_model_save(model, &target) : status;
}

mnistcnn_status mnistcnn_model_save(const mnistcnn_model *model,
                                    const mnistcnn_save_options *options) {
  mnistcnn_save_options complete;
  const mnistcnn_status status = mcnn_import_save_options(options, &complete);
  return status == MNISTCNN_OK ? mcnn_report(complete.error, save(model, &complete)) : status;
}

mnistcnn_status mnistcnn_model_save_file(const mnistcnn_model *model, const char *path) {
  const mcnn_target target = {.path = path};
  MCNN_REQUIRE(model);
  MCNN_REQUIRE(path);
  return mcnn_model_save(model, &target);
}

mnistcnn_status mnistcnn_model_save_memory(const mnistcnn_model *model, void *buffer,
                                           size_t capacity_bytes, size_t *size_bytes) {
  MCNN_REQUIRE(model);
  MCNN_REQUIRE(size_bytes);
  if (capacity_bytes > 0)
    MCNN_REQUIRE(buffer);
  return mcnn_model_save_memory(model, buffer, capacity_bytes, size_bytes);
}
