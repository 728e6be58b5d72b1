/* The public functions: a file of any kind to a model, and which encoding of the input it wants. */
#include "mnistcnn_exchange.h"

#include "api/import.h"
#include "base/platform.h"
#include "base/status.h"
#include "base/stream.h"
#include "exchange/keras/keras.h"
#include "exchange/onnx/onnx.h"
#include "exchange/sniff.h"
#include "exchange/tfjs/tfjs.h"
#include "exchange/tflite/tflite.h"
#include "exchange/torch/torch.h"

#include <math.h>
#include <string.h>

static const char options_type[] = "mnistcnn_import_options";
enum { FIRST_SIZE = MCNN_SIZE_THROUGH(mnistcnn_import_options, error) };
static const mnistcnn_import_options defaults = MNISTCNN_IMPORT_OPTIONS_INIT;

const char *mnistcnn_exchange_last_error(void) {
  return mcnn_last_error();
}

mnistcnn_status mnistcnn_import_options_init(mnistcnn_import_options *options, size_t size) {
  return mcnn_export_options(options_type, &defaults, FIRST_SIZE, sizeof defaults, options, size);
}

/* --- options ---------------------------------------------------------------------------------- */

static mnistcnn_status check_options(const mnistcnn_import_options *options) {
  const int sources = (options->path ? 1 : 0) + (options->data ? 1 : 0) + (options->reader ? 1 : 0);
  if (sources != 1)
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "options: give one of path, data and reader");
  if (options->prepare != MNISTCNN_PREPARE_NONE && options->prepare != MNISTCNN_PREPARE_DIGIT)
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "invalid value for prepare: %d", options->prepare);
  if (options->input_height > MNISTCNN_MAX_IMAGE_SIDE ||
      options->input_width > MNISTCNN_MAX_IMAGE_SIDE ||
      (options->input_height == 0) != (options->input_width == 0))
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT,
                     "input_height and input_width: both 0, or both from 1 to %d",
                     MNISTCNN_MAX_IMAGE_SIDE);
  return MNISTCNN_OK;
}

static mnistcnn_status read_options(const mnistcnn_import_options *given,
                                    mnistcnn_import_options *options) {
  *options = defaults;
  if (!given)
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "options is NULL");
  const mnistcnn_status status =
      mcnn_import_options(options_type, given, FIRST_SIZE, options, sizeof *options);
  return status == MNISTCNN_OK ? mcnn_check_error(options->error) : status;
}

/* --- files ------------------------------------------------------------------------------------ */

typedef struct loaded_file {
  mcnn_alloc alloc;
  const char *label;
  const void *data;
  size_t size_bytes;
  mcnn_bytes owned; /* what was read, to be freed */
} loaded_file;

/* TensorFlow saves models as folders, too. */
static mnistcnn_status check_path(const char *path) {
  mcnn_file_info info;
  if (!path || mcnn_path_info(path, &info) != 0 || info.kind != MCNN_FILE_FOLDER)
    return MNISTCNN_OK;
  return mcnn_fail(MNISTCNN_FORMAT,
                   "%s: a folder, such as a SavedModel of TensorFlow, is not imported: load it "
                   "there and save it as one .keras or .h5 file",
                   path);
}

static mnistcnn_status load_file(const mnistcnn_import_options *options, loaded_file *file) {
  static const uint64_t most = UINT64_C(1) << 32;
  const mcnn_read_limits limits = {most < SIZE_MAX ? (size_t)most : SIZE_MAX, SIZE_MAX};
  mnistcnn_reader reader;
  *file = (loaded_file){.label = options->path ? options->path : "the model",
                        .data = options->data,
                        .size_bytes = options->size_bytes};
  mnistcnn_status status = mcnn_import_allocator(options->allocator, &file->alloc);
  if (status == MNISTCNN_OK)
    status = mcnn_import_reader(options->reader, &reader);
  if (status == MNISTCNN_OK)
    status = check_path(options->path);
  if (status != MNISTCNN_OK || options->data)
    return status;
  const mcnn_source source = {options->path, options->reader ? &reader : NULL};
  status = mcnn_source_read(&source, file->label, &limits, &file->alloc, &file->owned);
  file->data = file->owned.data;
  file->size_bytes = file->owned.size;
  return status;
}

static mnistcnn_status load_own(const mnistcnn_import_options *options, const loaded_file *file,
                                mnistcnn_model **model) {
  const mnistcnn_status status =
      mnistcnn_model_load_memory(file->data, file->size_bytes, options->allocator, model);
  return status == MNISTCNN_OK ? MNISTCNN_OK
                               : mcnn_fail(status, "%s: %s", file->label, mnistcnn_last_error());
}

/* ZIP archives are written by Keras and by PyTorch. */
static mnistcnn_status import_archive(const loaded_file *file, const mcnn_import_request *request,
                                      mnistcnn_model **model) {
  int is_torch = 0;
  const mnistcnn_status status =
      mcnn_torch_is_archive(file->data, file->size_bytes, file->label, &file->alloc, &is_torch);
  if (status != MNISTCNN_OK)
    return status;
  return is_torch ? mcnn_import_torch_zip(file->data, file->size_bytes, request, model)
                  : mcnn_import_keras_zip(file->data, file->size_bytes, request, model);
}

static mnistcnn_status import_bytes(const mnistcnn_import_options *options, const loaded_file *file,
                                    const mcnn_encoding *encoding, mnistcnn_model **model) {
  const mcnn_import_request request = {.label = file->label,
                                       .path = options->path,
                                       .alloc = file->alloc,
                                       .encoding = encoding,
                                       .architecture = options->architecture,
                                       .height = options->input_height,
                                       .width = options->input_width,
                                       .prepare = options->prepare,
                                       .log = options->log,
                                       .user = options->user,
                                       .allocator = options->allocator};
  switch (mcnn_sniff(file->data, file->size_bytes)) {
  case MCNN_SNIFFED_OWN:
    return load_own(options, file, model);
  case MCNN_SNIFFED_HDF5:
    return mcnn_import_hdf5(file->data, file->size_bytes, &request, model);
  case MCNN_SNIFFED_ZIP:
    return import_archive(file, &request, model);
  case MCNN_SNIFFED_ONNX:
    return mcnn_import_onnx(file->data, file->size_bytes, &request, model);
  case MCNN_SNIFFED_PICKLE:
    return mcnn_import_torch_pickle(file->data, file->size_bytes, &request, model);
  case MCNN_SNIFFED_TFJS:
    return mcnn_import_tfjs(file->data, file->size_bytes, options->path, &request, model);
  case MCNN_SNIFFED_SAFETENSORS:
    return mcnn_import_torch_safetensors(file->data, file->size_bytes, &request, model);
  case MCNN_SNIFFED_TFLITE:
    return mcnn_import_tflite(file->data, file->size_bytes, &request, model);
  default:
    return mcnn_fail(MNISTCNN_FORMAT, "%s: %s", file->label,
                     mcnn_sniff_reason(file->data, file->size_bytes));
  }
}

static mnistcnn_status import_model(const mnistcnn_import_options *options,
                                    mnistcnn_model **model) {
  mcnn_encoding encoding;
  loaded_file file;
  if (!model)
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "model is NULL");
  mnistcnn_status status = check_options(options);
  if (status == MNISTCNN_OK && options->encoding)
    status = mcnn_encoding_read(options->encoding, &encoding);
  if (status != MNISTCNN_OK)
    return status;
  status = load_file(options, &file);
  if (status == MNISTCNN_OK)
    status = import_bytes(options, &file, options->encoding ? &encoding : NULL, model);
  mcnn_free(&file.alloc, file.owned.data);
  return status;
}

mnistcnn_status mnistcnn_import(const mnistcnn_import_options *options, mnistcnn_model **model) {
  mnistcnn_import_options complete;
  if (model)
    *model = NULL;
  const mnistcnn_status status = read_options(options, &complete);
  return status == MNISTCNN_OK ? mcnn_report(complete.error, import_model(&complete, model))
                               : status;
}

/* --- encodings -------------------------------------------------------------------------------- */

static const char result_type[] = "mnistcnn_encoding_result";
enum { FIRST_RESULT_SIZE = MCNN_SIZE_THROUGH(mnistcnn_encoding_result, encoding) };
enum { NUM_BASES = 5, NUM_VARIANTS = 4, MAX_IMAGES = 1000 };

static const char *const bases[NUM_BASES] = {"unit", "raw", "signed", "centred", "standard"};
static const char *const variants[NUM_VARIANTS] = {"", "+inverted", "+transposed",
                                                   "+inverted+transposed"};

static mnistcnn_status core_failure(mnistcnn_status status) {
  return status == MNISTCNN_OK ? status : mcnn_fail(status, "%s", mnistcnn_last_error());
}

/* Spread over the whole dataset, since images are often in order of their classes. */
static mnistcnn_status take_images(const mnistcnn_dataset *dataset, mnistcnn_dataset **subset) {
  size_t indices[MAX_IMAGES];
  const size_t all = mnistcnn_dataset_num_images(dataset);
  const size_t count = all < MAX_IMAGES ? all : MAX_IMAGES;
  for (size_t i = 0; i < count; i++)
    indices[i] = i * all / count;
  return core_failure(mnistcnn_dataset_subset(dataset, indices, count, subset));
}

/* Such a network has one loss only. */
static int ends_in_sigmoid(const mnistcnn_model *model) {
  static const char word[] = "sigmoid";
  const char *const text = mnistcnn_model_architecture(model);
  const size_t length = strlen(text), end = sizeof word - 1;
  return length > end && strcmp(text + length - end, word) == 0 && text[length - end - 1] == ' ';
}

static mnistcnn_status try_encoding(mnistcnn_model *model, const mnistcnn_dataset *images,
                                    const char *text, mnistcnn_encoding_result *result) {
  mnistcnn_preparation preparation = MNISTCNN_PREPARATION_INIT;
  mnistcnn_metrics metrics = MNISTCNN_METRICS_INIT;
  mnistcnn_evaluate_options how = MNISTCNN_EVALUATE_OPTIONS_INIT;
  mcnn_encoding encoding;
  mnistcnn_status status = core_failure(mnistcnn_model_preparation(model, &preparation));
  if (status == MNISTCNN_OK)
    status = mcnn_encoding_read(text, &encoding);
  if (status != MNISTCNN_OK)
    return status;
  mcnn_encoding_prepare(&encoding, &preparation);
  for (int c = 1; c < 3; c++) {
    preparation.mean[c] = preparation.mean[0];
    preparation.deviation[c] = preparation.deviation[0];
  }
  how.loss = ends_in_sigmoid(model) ? MNISTCNN_LOSS_BINARY_CROSS_ENTROPY
                                    : MNISTCNN_LOSS_CATEGORICAL_CROSS_ENTROPY;
  status = core_failure(mnistcnn_model_set_preparation(model, &preparation));
  if (status == MNISTCNN_OK)
    status = core_failure(mnistcnn_evaluate(model, images, &how, &metrics));
  result->accuracy = metrics.accuracy;
  result->loss = metrics.loss;
  result->count = metrics.count;
  return status;
}

/* Transposed, a model of images that are not square asks for others: they are not tried. */
static int fits_images(const mnistcnn_model *model, const mnistcnn_dataset *images) {
  mnistcnn_shape input = {0, 0, 0}, image = {0, 0, 0};
  return mnistcnn_model_input_shape(model, &input) == MNISTCNN_OK &&
         mnistcnn_dataset_shape(images, &image) == MNISTCNN_OK &&
         (input.height == input.width ||
          (input.height == image.height && input.width == image.width));
}

/* All bases of one variant, for which the file is imported once. */
static mnistcnn_status try_variant(const mnistcnn_import_options *options, const loaded_file *file,
                                   const mnistcnn_dataset *images, const char *variant,
                                   mnistcnn_encoding_result *results) {
  mnistcnn_model *model = NULL;
  mcnn_encoding encoding;
  char text[64];
  mnistcnn_status status = MNISTCNN_OK;
  for (size_t i = 0; i < NUM_BASES && status == MNISTCNN_OK; i++) {
    memcpy(text, bases[i], strlen(bases[i]));
    memcpy(text + strlen(bases[i]), variant, strlen(variant) + 1);
    status = mcnn_encoding_read(text, &encoding);
    if (status == MNISTCNN_OK && !model)
      status = import_bytes(options, file, &encoding, &model);
    if (status == MNISTCNN_OK && fits_images(model, images))
      status = try_encoding(model, images, text, &results[i]);
    memcpy(results[i].encoding, text, strlen(text) + 1);
  }
  mnistcnn_model_free(model);
  return status;
}

/* The accuracy from which on encodings count as equally good: one standard error from the best. */
static double equal_accuracy(const mnistcnn_encoding_result *results, size_t count) {
  const mnistcnn_encoding_result *best = results;
  for (size_t i = 1; i < count; i++)
    if (results[i].accuracy > best->accuracy)
      best = &results[i];
  const double p = best->accuracy, n = (double)(best->count > 0 ? best->count : 1);
  return p - sqrt(p * (1 - p) / n);
}

static int is_better(const mnistcnn_encoding_result *a, const mnistcnn_encoding_result *b,
                     double equal) {
  if (a->accuracy >= equal && b->accuracy >= equal)
    return a->loss < b->loss;
  return a->accuracy > b->accuracy;
}

/* Of equal ones the one that was tried earlier comes first. */
static void sort_results(mnistcnn_encoding_result *results, size_t count) {
  const double equal = equal_accuracy(results, count);
  for (size_t i = 1; i < count; i++) {
    const mnistcnn_encoding_result moving = results[i];
    size_t at = i;
    for (; at > 0 && is_better(&moving, &results[at - 1], equal); at--)
      results[at] = results[at - 1];
    results[at] = moving;
  }
}

static mnistcnn_status try_all(const mnistcnn_import_options *options, const loaded_file *file,
                               const mnistcnn_dataset *images, mnistcnn_encoding_result *all) {
  mnistcnn_import_options quiet = *options;
  mnistcnn_status status = MNISTCNN_OK;
  for (size_t i = 0; i < NUM_VARIANTS && status == MNISTCNN_OK; i++) {
    status = try_variant(&quiet, file, images, variants[i], all + i * NUM_BASES);
    quiet.log = NULL;
  }
  return status;
}

static void copy_results(const mnistcnn_encoding_result *all, mnistcnn_encoding_result *results,
                         size_t capacity, size_t *count) {
  const size_t size = results->struct_size;
  *count = capacity < NUM_BASES * NUM_VARIANTS ? capacity : NUM_BASES * NUM_VARIANTS;
  for (size_t i = 0; i < *count; i++)
    (void)mcnn_export_options(result_type, &all[i], FIRST_RESULT_SIZE, sizeof all[i],
                              (char *)results + i * size, size);
}

static mnistcnn_status check_encodings(const mnistcnn_import_options *options,
                                       const mnistcnn_dataset *dataset,
                                       mnistcnn_encoding_result *results, size_t capacity,
                                       size_t *count) {
  mnistcnn_encoding_result all[NUM_BASES * NUM_VARIANTS];
  mnistcnn_dataset *images = NULL;
  loaded_file file;
  if (!dataset || !results || !count || capacity == 0)
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT,
                     "dataset, results or count is NULL, or no capacity");
  mnistcnn_status status = mcnn_check_output(result_type, results, FIRST_RESULT_SIZE);
  if (status == MNISTCNN_OK)
    status = check_options(options);
  if (status != MNISTCNN_OK)
    return status;
  memset(all, 0, sizeof all);
  status = load_file(options, &file);
  if (status == MNISTCNN_OK)
    status = take_images(dataset, &images);
  if (status == MNISTCNN_OK)
    status = try_all(options, &file, images, all);
  if (status == MNISTCNN_OK) {
    sort_results(all, NUM_BASES * NUM_VARIANTS);
    copy_results(all, results, capacity, count);
  }
  mnistcnn_dataset_free(images);
  mcnn_free(&file.alloc, file.owned.data);
  return status;
}

mnistcnn_status mnistcnn_import_check(const mnistcnn_import_options *options,
                                      const mnistcnn_dataset *dataset,
                                      mnistcnn_encoding_result *results, size_t capacity,
                                      size_t *count) {
  mnistcnn_import_options complete;
  const mnistcnn_status status = read_options(options, &complete);
  return status == MNISTCNN_OK
             ? mcnn_report(complete.error,
                           check_encodings(&complete, dataset, results, capacity, count))
             : status;
}
