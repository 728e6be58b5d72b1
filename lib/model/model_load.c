/* Files to models. The file is untrusted: everything is checked before memory is asked for, and
 * what the model's own functions refuse becomes MNISTCNN_FORMAT with the file's name. */
#include "model/model_file.h"

#include "base/cost.h"
#include "base/decimal.h"
#include "base/status.h"
#include "kernels/optim/squares.h"
#include "model/predictor.h"
#include "nn/arch_text.h"

#include <math.h>
#include <string.h>

/* The largest network, its header and the length in front of it. */
static const size_t file_limit =
    MCNN_MAX_PARAMETERS * sizeof(float) + MCNN_ST_MAX_HEADER + sizeof(uint64_t);

typedef struct loader {
  const mcnn_st *st;
  const mcnn_load_request *request;
  const char *label;
  const mcnn_alloc *alloc;
  mcnn_shape input;
  uint32_t num_classes;
  uint32_t version;
  mnistcnn_preparation preparation;
  float temperature;
  float rejection_threshold;
} loader;

/* --- messages --------------------------------------------------------------------------------- */

static mnistcnn_status fail_key(const loader *l, const char *key, const char *reason) {
  return mcnn_fail(MNISTCNN_FORMAT, "%s: metadata \"%.80s\" %s", l->label, key, reason);
}

static mnistcnn_status fail_tensor(const loader *l, const char *name, const char *reason) {
  return mcnn_fail(MNISTCNN_FORMAT, "%s: tensor \"%.80s\" %s", l->label, name, reason);
}

/* The status of a check of the model's own, whose message says what is wrong with the file. */
static mnistcnn_status as_format(const loader *l, mnistcnn_status status) {
  if (status == MNISTCNN_OK || status == MNISTCNN_OUT_OF_MEMORY)
    return status;
  return mcnn_fail(MNISTCNN_FORMAT, "%s: %s", l->label, mcnn_last_error());
}

/* --- metadata --------------------------------------------------------------------------------- */

static mnistcnn_status required(const loader *l, const char *key, const char **value) {
  *value = mcnn_st_metadata(l->st, key);
  return *value ? MNISTCNN_OK : fail_key(l, key, "is missing");
}

/* 1 to nine digits without a leading zero. */
static int parse_count(const char *text, uint32_t *count) {
  enum { MAX_DIGITS = 9 };
  const size_t length = strlen(text);
  if (length < 1 || length > MAX_DIGITS || text[0] == '0' || strspn(text, "0123456789") != length)
    return 0;
  *count = 0;
  for (size_t i = 0; i < length; i++)
    *count = *count * 10 + (uint32_t)(text[i] - '0');
  return 1;
}

static mnistcnn_status read_count(const loader *l, const char *key, uint32_t *count) {
  const char *text;
  const mnistcnn_status status = required(l, key, &text);
  if (status != MNISTCNN_OK)
    return status;
  return parse_count(text, count) ? MNISTCNN_OK : fail_key(l, key, "is not a positive number");
}

static mnistcnn_status read_float(const loader *l, const char *key, float *value) {
  const char *text;
  const mnistcnn_status status = required(l, key, &text);
  if (status != MNISTCNN_OK)
    return status;
  return mcnn_decimal_read(text, strlen(text), value) ? MNISTCNN_OK
                                                      : fail_key(l, key, "is not a decimal number");
}

static mnistcnn_status check_format(loader *l) {
  const char *format = mcnn_st_metadata(l->st, MCNN_FILE_FORMAT);
  if (!format || strcmp(format, MCNN_FILE_FORMAT_NAME) != 0) {
    return mcnn_fail(MNISTCNN_FORMAT,
                     "%s: a safetensors file, but not a model of this library's (its metadata "
                     "\"format\" is not \"" MCNN_FILE_FORMAT_NAME "\")",
                     l->label);
  }
  const mnistcnn_status status = read_count(l, MCNN_FILE_VERSION, &l->version);
  if (status == MNISTCNN_OK && l->version > MCNN_FILE_VERSION_NUMBER) {
    return mcnn_fail(MNISTCNN_UNSUPPORTED,
                     "%s: format version %u; this library reads up to version %u", l->label,
                     l->version, MCNN_FILE_VERSION_NUMBER);
  }
  return status;
}

static mnistcnn_status read_numbers(loader *l) {
  const char *library;
  mnistcnn_status status = required(l, MCNN_FILE_LIBRARY, &library);
  if (status == MNISTCNN_OK)
    status = read_count(l, MCNN_FILE_HEIGHT, &l->input.height);
  if (status == MNISTCNN_OK)
    status = read_count(l, MCNN_FILE_WIDTH, &l->input.width);
  if (status == MNISTCNN_OK)
    status = read_count(l, MCNN_FILE_CHANNELS, &l->input.channels);
  if (status == MNISTCNN_OK)
    status = read_count(l, MCNN_FILE_CLASSES, &l->num_classes);
  if (status == MNISTCNN_OK && mcnn_st_metadata(l->st, MCNN_FILE_TEMPERATURE))
    status = read_float(l, MCNN_FILE_TEMPERATURE, &l->temperature);
  if (status != MNISTCNN_OK)
    return status;
  return as_format(l, mcnn_model_check_input(l->input, l->num_classes));
}

/* --- preparation ------------------------------------------------------------------------------ */

/* One decimal number for all channels, or one for each, separated by single spaces. */
static int parse_per_channel(const char *text, uint32_t channels, float values[3]) {
  uint32_t count = 0;
  for (;;) {
    const size_t length = strcspn(text, " ");
    if (count == channels || !mcnn_decimal_read(text, length, &values[count++]))
      return 0;
    if (text[length] == '\0')
      break;
    text += length + 1;
  }
  for (uint32_t c = count; count == 1 && c < 3; c++)
    values[c] = values[0];
  return count == 1 || count == channels;
}

static mnistcnn_status read_per_channel(const loader *l, const char *key, float values[3]) {
  const char *text;
  const mnistcnn_status status = required(l, key, &text);
  if (status != MNISTCNN_OK)
    return status;
  return parse_per_channel(text, l->version == 1 ? 1 : l->input.channels, values)
             ? MNISTCNN_OK
             : fail_key(l, key, "is not a decimal number, nor one for each channel");
}

static mnistcnn_status read_optional_float(const loader *l, const char *key, float *value) {
  return mcnn_st_metadata(l->st, key) ? read_float(l, key, value) : MNISTCNN_OK;
}

static mnistcnn_status read_choice(loader *l, const mcnn_file_choice *choice) {
  const char *const word = mcnn_st_metadata(l->st, choice->key);
  int32_t number = 0;
  if (!word)
    return MNISTCNN_OK;
  while (choice->words[number] && strcmp(choice->words[number], word) != 0)
    number++;
  if (!choice->words[number])
    return fail_key(l, choice->key, "has a value that this library does not know");
  memcpy((char *)&l->preparation + choice->offset, &number, sizeof number);
  return MNISTCNN_OK;
}

static mnistcnn_status check_preparation(const loader *l) {
  const mnistcnn_status status = mcnn_preparation_check(&l->preparation);
  return as_format(l, status == MNISTCNN_OK ? mcnn_preparation_check_sides(
                                                  &l->preparation, l->input.height, l->input.width)
                                            : status);
}

static mnistcnn_status read_preparation(loader *l) {
  mnistcnn_preparation *const how = &l->preparation;
  *how = l->version == 1 ? mcnn_file_preparation_v1() : mcnn_preparation_defaults;
  mnistcnn_status status = read_per_channel(l, MCNN_FILE_MEAN, how->mean);
  if (status == MNISTCNN_OK)
    status = read_per_channel(l, MCNN_FILE_DEVIATION, how->deviation);
  for (size_t i = 0; i < MCNN_FILE_CHOICES && status == MNISTCNN_OK; i++)
    status = read_choice(l, &mcnn_file_choices[i]);
  if (status == MNISTCNN_OK)
    status = read_optional_float(l, MCNN_FILE_SCALE, &how->scale);
  if (status == MNISTCNN_OK)
    status = read_optional_float(l, MCNN_FILE_OFFSET, &how->offset);
  if (status == MNISTCNN_OK)
    status = read_optional_float(l, MCNN_FILE_REJECTION, &l->rejection_threshold);
  return status == MNISTCNN_OK ? check_preparation(l) : status;
}

/* --- keys ------------------------------------------------------------------------------------- */

static int starts_with(const char *text, const char *prefix) {
  return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* Those that came with version 2. */
static int is_newer_key(const char *key) {
  for (size_t i = 0; i < MCNN_FILE_CHOICES; i++)
    if (strcmp(key, mcnn_file_choices[i].key) == 0)
      return 1;
  return strcmp(key, MCNN_FILE_SCALE) == 0 || strcmp(key, MCNN_FILE_OFFSET) == 0 ||
         strcmp(key, MCNN_FILE_REJECTION) == 0;
}

static int is_known_key(const char *key, uint32_t version) {
  static const char keys[][16] = {
      MCNN_FILE_FORMAT, MCNN_FILE_VERSION,   MCNN_FILE_LIBRARY,     MCNN_FILE_ARCHITECTURE,
      MCNN_FILE_HEIGHT, MCNN_FILE_WIDTH,     MCNN_FILE_CHANNELS,    MCNN_FILE_CLASSES,
      MCNN_FILE_MEAN,   MCNN_FILE_DEVIATION, MCNN_FILE_CLASS_NAMES, MCNN_FILE_TEMPERATURE};
  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
    if (strcmp(key, keys[i]) == 0)
      return 1;
  return starts_with(key, MCNN_FILE_NOTE_PREFIX) || (version > 1 && is_newer_key(key));
}

static mnistcnn_status check_keys(const loader *l) {
  for (size_t i = 0; i < l->st->num_metadata; i++) {
    const char *const key = l->st->metadata[i].key;
    const int of_checkpoint = starts_with(key, MCNN_FILE_CHECKPOINT);
    if (is_known_key(key, l->version) || (of_checkpoint && l->request->is_checkpoint))
      continue;
    return fail_key(l, key,
                    of_checkpoint ? "belongs to a checkpoint: finish its training first"
                                  : "does not belong in a model");
  }
  return MNISTCNN_OK;
}

/* --- tensors ---------------------------------------------------------------------------------- */

/* The tensor of a layer's parameters; NULL with the message set. */
static const mcnn_st_tensor *find_tensor(const loader *l, const mcnn_layer *layer,
                                         const mcnn_parameter *parameter) {
  const mcnn_st_tensor expected = mcnn_parameter_tensor(parameter);
  char name[MCNN_TENSOR_NAME_CAPACITY];
  mcnn_parameter_tensor_name(layer, parameter, name);
  const mcnn_st_tensor *const tensor = mcnn_st_tensor_named(l->st, name);
  if (!tensor) {
    fail_tensor(l, name, "is missing");
    return NULL;
  }
  if (tensor->rank != expected.rank ||
      memcmp(tensor->shape, expected.shape, expected.rank * sizeof expected.shape[0]) != 0) {
    fail_tensor(l, name, "has another shape than the architecture");
    return NULL;
  }
  return tensor;
}

static mnistcnn_status check_values(const loader *l, const mcnn_parameter *parameter,
                                    const mcnn_st_tensor *tensor) {
  /* The squares of floats cannot exceed a double; this is faster than to look at each value. */
  if (!isfinite(mcnn_sum_of_squares(tensor->count, tensor->values)))
    return fail_tensor(l, tensor->name, "holds a NaN or an infinity");
  for (size_t i = 0; parameter->is_variance && i < tensor->count; i++)
    if (tensor->values[i] < 0)
      return fail_tensor(l, tensor->name, "holds a negative variance");
  return MNISTCNN_OK;
}

static mnistcnn_status check_layer(const loader *l, const mcnn_layer *layer) {
  for (uint32_t i = 0; i < layer->num_parameters; i++) {
    const mcnn_st_tensor *tensor = find_tensor(l, layer, &layer->parameters[i]);
    const mnistcnn_status status =
        tensor ? check_values(l, &layer->parameters[i], tensor) : MNISTCNN_FORMAT;
    if (status != MNISTCNN_OK)
      return status;
  }
  return MNISTCNN_OK;
}

static mnistcnn_status check_tensors(const loader *l, const mcnn_arch *arch) {
  size_t expected = 0;
  for (uint32_t i = 0; i < arch->num_layers; i++) {
    const mnistcnn_status status = check_layer(l, &arch->layers[i]);
    if (status != MNISTCNN_OK)
      return status;
    expected += arch->layers[i].num_parameters;
  }
  for (size_t i = 0; i < l->st->num_tensors; i++)
    expected +=
        l->request->is_checkpoint && starts_with(l->st->tensors[i].name, MCNN_FILE_CHECKPOINT);
  if (expected != l->st->num_tensors) {
    return mcnn_fail(MNISTCNN_FORMAT, "%s: %zu tensors where the architecture has %zu", l->label,
                     l->st->num_tensors, expected);
  }
  return MNISTCNN_OK;
}

static void copy_weights(const loader *l, mnistcnn_model *model) {
  for (uint32_t i = 0; i < model->arch->num_layers; i++) {
    const mcnn_layer *layer = &model->arch->layers[i];
    for (uint32_t j = 0; j < layer->num_parameters; j++) {
      const mcnn_st_tensor *tensor = find_tensor(l, layer, &layer->parameters[j]);
      memcpy(model->weights + layer->parameters[j].offset, tensor->values,
             tensor->count * sizeof(float));
    }
  }
  mcnn_model_weights_changed(model);
}

/* --- the model -------------------------------------------------------------------------------- */

/* Cuts `text` at its line feeds in place. Returns how many names there are, at most max + 1. */
static uint32_t split_names(char *text, const char **names, uint32_t max) {
  uint32_t count = 0;
  while (text) {
    char *const end = strchr(text, '\n');
    if (count == max)
      return max + 1;
    names[count++] = text;
    if (end)
      *end = '\0';
    text = end ? end + 1 : NULL;
  }
  return count;
}

static mnistcnn_status load_class_names(const loader *l, mnistcnn_model *model) {
  const char *const joined = mcnn_st_metadata(l->st, MCNN_FILE_CLASS_NAMES);
  mnistcnn_status status = MNISTCNN_OUT_OF_MEMORY;
  if (!joined)
    return MNISTCNN_OK;
  char *text = mcnn_alloc_string(l->alloc, joined);
  const char **names = mcnn_alloc_array(l->alloc, l->num_classes, sizeof *names);
  if (text && names) {
    status = as_format(
        l, mcnn_model_set_class_names(model, names, split_names(text, names, l->num_classes)));
  }
  mcnn_free(l->alloc, names);
  mcnn_free(l->alloc, text);
  return status;
}

static mnistcnn_status load_notes(const loader *l, mnistcnn_model *model) {
  mnistcnn_status status = MNISTCNN_OK;
  for (size_t i = 0; i < l->st->num_metadata && status == MNISTCNN_OK; i++) {
    const mcnn_st_entry *entry = &l->st->metadata[i];
    if (starts_with(entry->key, MCNN_FILE_NOTE_PREFIX)) {
      status = as_format(
          l, mcnn_model_set_note(model, entry->key + strlen(MCNN_FILE_NOTE_PREFIX), entry->value));
    }
  }
  return status;
}

static uint64_t string_bytes(const char *text) {
  return mcnn_alloc_bytes(strlen(text) + 1, 1);
}

static uint64_t text_bytes(const mcnn_st *st, uint32_t num_classes) {
  const char *const names = mcnn_st_metadata(st, MCNN_FILE_CLASS_NAMES);
  uint64_t bytes = names ? mcnn_names_bytes(num_classes, strlen(names) + 1) : 0;
  for (size_t i = 0; i < st->num_metadata; i++) {
    const mcnn_st_entry *entry = &st->metadata[i];
    if (starts_with(entry->key, MCNN_FILE_NOTE_PREFIX)) {
      bytes +=
          string_bytes(entry->key + strlen(MCNN_FILE_NOTE_PREFIX)) + string_bytes(entry->value);
    }
  }
  return bytes;
}

static mnistcnn_status fill_model(const loader *l, mnistcnn_model *model) {
  copy_weights(l, model);
  mnistcnn_status status = as_format(l, mcnn_model_set_preparation(model, &l->preparation));
  if (status == MNISTCNN_OK)
    status = as_format(l, mcnn_model_set_temperature(model, l->temperature));
  if (status == MNISTCNN_OK)
    status = as_format(l, mcnn_model_set_rejection_threshold(model, l->rejection_threshold));
  if (status == MNISTCNN_OK)
    status = load_class_names(l, model);
  return status == MNISTCNN_OK ? load_notes(l, model) : status;
}

/* Parses the architecture and checks the tensors against it: only then is the file known to be as
 * large as the weights it asks memory for. */
static mnistcnn_status load_arch(const loader *l, mcnn_arch **arch) {
  const char *text;
  mnistcnn_status status = required(l, MCNN_FILE_ARCHITECTURE, &text);
  if (status == MNISTCNN_OK)
    status = as_format(l, mcnn_arch_parse(text, l->input, l->num_classes, l->alloc, arch));
  if (status != MNISTCNN_OK)
    return status;
  status = check_tensors(l, *arch);
  if (status != MNISTCNN_OK)
    mcnn_arch_free(*arch);
  return status;
}

/* --- what it costs ---------------------------------------------------------------------------- */

/* An architecture and the networks that its cost is read from take less, whatever the file says. */
enum { START_BYTES = 128 * 1024 };

static mnistcnn_status check_memory(const mcnn_load_request *request, uint64_t bytes) {
  const uint64_t limit = request->limits.memory_bytes;
  if (limit == 0 || bytes <= limit)
    return MNISTCNN_OK;
  return mcnn_fail(MNISTCNN_LIMIT, "%s: needs %llu bytes of memory, more than the limit of %llu",
                   request->label, (unsigned long long)bytes, (unsigned long long)limit);
}

/* Loading holds the names once more. */
static uint64_t names_copy_bytes(const loader *l) {
  const char *const joined = mcnn_st_metadata(l->st, MCNN_FILE_CLASS_NAMES);
  return joined ? string_bytes(joined) + mcnn_alloc_bytes(l->num_classes, sizeof(char *)) : 0;
}

static mnistcnn_status measure(const loader *l, const mcnn_arch *arch, mcnn_load_cost *cost) {
  const mcnn_isa isa = mcnn_isa_best();
  mcnn_cost model = {0}, workspace = {0};
  mnistcnn_status status = mcnn_model_cost(arch, isa, text_bytes(l->st, l->num_classes), &model);
  if (status == MNISTCNN_OK)
    status = mcnn_predict_cost(arch, isa, &l->request->workspace, &workspace);
  cost->model_bytes = model.bytes;
  cost->load_bytes = mcnn_saturating_add(mcnn_saturating_add(l->request->held_bytes, model.bytes),
                                         names_copy_bytes(l));
  cost->workspace_bytes = workspace.bytes;
  cost->multiply_adds = workspace.macs;
  return status;
}

static mnistcnn_status check_cost(const mcnn_load_request *request, const mcnn_load_cost *cost) {
  const uint64_t limit = request->limits.multiply_adds;
  mnistcnn_status status = check_memory(request, cost->load_bytes);
  if (status == MNISTCNN_OK)
    status = check_memory(request, mcnn_saturating_add(cost->model_bytes, cost->workspace_bytes));
  if (status == MNISTCNN_OK && limit != 0 && cost->multiply_adds > limit) {
    return mcnn_fail(
        MNISTCNN_LIMIT, "%s: needs %llu multiply-adds an image, more than the limit of %llu",
        request->label, (unsigned long long)cost->multiply_adds, (unsigned long long)limit);
  }
  return status;
}

/* Nothing to do where nobody wants to know. */
static mnistcnn_status apply_limits(const loader *l, const mcnn_arch *arch) {
  const mcnn_load_request *const request = l->request;
  mcnn_load_cost cost = {0};
  if (!request->cost && request->limits.memory_bytes == 0 && request->limits.multiply_adds == 0)
    return MNISTCNN_OK;
  mnistcnn_status status = measure(l, arch, &cost);
  if (status == MNISTCNN_OK)
    status = check_cost(request, &cost);
  if (status == MNISTCNN_OK && request->cost)
    *request->cost = cost;
  return status;
}

/* --- the model -------------------------------------------------------------------------------- */

static mnistcnn_status read_description(loader *l, mcnn_arch **arch) {
  mnistcnn_status status = check_format(l);
  if (status == MNISTCNN_OK)
    status = check_keys(l);
  if (status == MNISTCNN_OK)
    status = read_numbers(l);
  if (status == MNISTCNN_OK)
    status = read_preparation(l);
  if (status == MNISTCNN_OK)
    status = check_memory(l->request, l->request->held_bytes + START_BYTES);
  return status == MNISTCNN_OK ? load_arch(l, arch) : status;
}

mnistcnn_status mcnn_model_from_st(const mcnn_st *st, const mcnn_load_request *request,
                                   mnistcnn_model **out) {
  loader l = {.st = st,
              .request = request,
              .label = request->label,
              .alloc = &request->alloc,
              .temperature = 1};
  mcnn_arch *arch = NULL;
  mnistcnn_model *model = NULL;
  *out = NULL;
  mnistcnn_status status = read_description(&l, &arch);
  if (status != MNISTCNN_OK)
    return status;
  status = apply_limits(&l, arch);
  if (status != MNISTCNN_OK || request->cost) {
    mcnn_arch_free(arch);
    return status;
  }
  status = mcnn_model_create_blank(arch, l.alloc, &model);
  if (status == MNISTCNN_OK)
    status = fill_model(&l, model);
  if (status == MNISTCNN_OK && l.version == 1 && request->is_checkpoint)
    model->preparation_origin = MCNN_PREPARATION_OLD;
  if (status != MNISTCNN_OK) {
    mcnn_model_free(model);
    return status;
  }
  *out = model;
  return MNISTCNN_OK;
}

/* --- files and memory ------------------------------------------------------------------------- */

static mnistcnn_status load_aligned(const void *data, size_t size_bytes, mcnn_load_request *request,
                                    mnistcnn_model **out) {
  mcnn_st *st;
  request->held_bytes =
      mcnn_saturating_add(request->held_bytes, mcnn_st_parse_bytes(data, size_bytes));
  mnistcnn_status status = check_memory(request, request->held_bytes);
  if (status == MNISTCNN_OK)
    status = mcnn_st_parse(data, size_bytes, request->label, &request->alloc, &st);
  if (status != MNISTCNN_OK)
    return status;
  status = mcnn_model_from_st(st, request, out);
  mcnn_st_free(st);
  return status;
}

static size_t memory_limit(const mcnn_load_request *request) {
  const uint64_t limit = request->limits.memory_bytes;
  return limit == 0 || limit > SIZE_MAX ? SIZE_MAX : (size_t)limit;
}

mnistcnn_status mcnn_model_load(const mcnn_source *source, mcnn_load_request *request,
                                mnistcnn_model **out) {
  const mcnn_read_limits limits = {file_limit, memory_limit(request)};
  mcnn_bytes file;
  *out = NULL;
  request->label = mcnn_source_label(source, "model data");
  mnistcnn_status status =
      mcnn_source_read(source, request->label, &limits, &request->alloc, &file);
  if (status != MNISTCNN_OK)
    return status;
  request->held_bytes = mcnn_alloc_bytes(file.capacity, 1);
  status = load_aligned(file.data, file.size, request, out);
  mcnn_free(&request->alloc, file.data);
  return status;
}

mnistcnn_status mcnn_model_load_memory(const void *data, size_t size_bytes,
                                       mcnn_load_request *request, mnistcnn_model **out) {
  *out = NULL;
  request->label = "model data";
  request->held_bytes = 0;
  if ((uintptr_t)data % sizeof(uint64_t) == 0)
    return load_aligned(data, size_bytes, request, out);
  if (size_bytes > file_limit) {
    return mcnn_fail(MNISTCNN_LIMIT, "%s: %zu bytes are more than a model can have", request->label,
                     size_bytes);
  }
  request->held_bytes = mcnn_alloc_bytes(size_bytes, 1);
  mnistcnn_status status = check_memory(request, request->held_bytes);
  if (status != MNISTCNN_OK)
    return status;
  unsigned char *const copy = mcnn_alloc_array(&request->alloc, size_bytes, 1);
  if (!copy)
    return MNISTCNN_OUT_OF_MEMORY;
  memcpy(copy, data, size_bytes);
  status = load_aligned(copy, size_bytes, request, out);
  mcnn_free(&request->alloc, copy);
  return status;
}
