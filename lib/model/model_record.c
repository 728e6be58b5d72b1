/* What a model is in a file, as tensors and metadata. */
#include "model/model_file.h"

#include "base/decimal.h"
#include "base/status.h"

#include <stdio.h>
#include <string.h>

/* Room for each of a record's own texts but the class names: the longest is a note's key. */
enum { TEXT_BYTES = 96, FIXED_ENTRIES = 20 };

/* --- tensors ---------------------------------------------------------------------------------- */

mcnn_st_tensor mcnn_parameter_tensor(const mcnn_parameter *parameter) {
  mcnn_st_tensor tensor = {.rank = parameter->rank, .count = parameter->count};
  for (uint32_t i = 0; i < parameter->rank; i++)
    tensor.shape[i] = parameter->shape[i];
  return tensor;
}

void mcnn_parameter_tensor_name(const mcnn_layer *layer, const mcnn_parameter *parameter,
                                char name[MCNN_TENSOR_NAME_CAPACITY]) {
  (void)snprintf(name, MCNN_TENSOR_NAME_CAPACITY, "%s/%s", layer->name, parameter->name);
}

/* --- filling a record ------------------------------------------------------------------------- */

typedef struct filler {
  mcnn_model_record *record;
  char *next; /* where record->strings has room */
} filler;

/* The text that was just put at f->next. */
static const char *keep(filler *f) {
  const char *const text = f->next;
  f->next += strlen(text) + 1;
  return text;
}

static void add_entry(filler *f, const char *key, const char *value) {
  f->record->metadata[f->record->num_metadata++] = (mcnn_st_entry){key, value};
}

static void add_count(filler *f, const char *key, uint32_t count) {
  (void)snprintf(f->next, TEXT_BYTES, "%u", count);
  add_entry(f, key, keep(f));
}

static void add_float(filler *f, const char *key, float value) {
  (void)mcnn_decimal_write(value, f->next); /* possible: its range was checked */
  add_entry(f, key, keep(f));
}

static void add_library_version(filler *f) {
  (void)snprintf(f->next, TEXT_BYTES, "%d.%d.%d", MNISTCNN_VERSION_MAJOR, MNISTCNN_VERSION_MINOR,
                 MNISTCNN_VERSION_PATCH);
  add_entry(f, MCNN_FILE_LIBRARY, keep(f));
}

static void add_class_names(filler *f, const mnistcnn_model *model) {
  char *at = f->next;
  if (!model->class_names)
    return;
  for (uint32_t i = 0; i < model->arch->num_classes; i++) {
    const size_t length = strlen(model->class_names[i]);
    memcpy(at, model->class_names[i], length);
    at[length] = '\n';
    at += length + 1;
  }
  at[-1] = '\0';
  add_entry(f, MCNN_FILE_CLASS_NAMES, keep(f));
}

static void add_notes(filler *f, const mnistcnn_model *model) {
  for (size_t i = 0; i < model->num_notes; i++) {
    (void)snprintf(f->next, TEXT_BYTES, MCNN_FILE_NOTE_PREFIX "%s", model->notes[i].key);
    add_entry(f, keep(f), model->notes[i].value);
  }
}

static int32_t choice_of(const mnistcnn_preparation *how, const mcnn_file_choice *choice) {
  int32_t number;
  memcpy(&number, (const char *)how + choice->offset, sizeof number);
  return number;
}

static int is_per_channel(const float values[3]) {
  return values[1] != values[0] || values[2] != values[0];
}

/* A model that version 1 can express is written so: older libraries can read it, and files of
 * theirs are reproduced. */
static int is_version_1(const mnistcnn_model *model) {
  const mnistcnn_preparation *const how = &model->preparation;
  const mnistcnn_preparation v1 = mcnn_file_preparation_v1();
  if (model->rejection_threshold != 0)
    return 0;
  for (size_t i = 0; i < MCNN_FILE_CHOICES; i++)
    if (choice_of(how, &mcnn_file_choices[i]) != choice_of(&v1, &mcnn_file_choices[i]))
      return 0;
  return how->scale == v1.scale && how->offset == v1.offset && !is_per_channel(how->mean) &&
         !is_per_channel(how->deviation);
}

/* One number, or of three that differ all. */
static void add_per_channel(filler *f, const char *key, const float values[3]) {
  char *at = f->next;
  for (int c = 0; c < (is_per_channel(values) ? 3 : 1); c++) {
    if (c > 0)
      *at++ = ' ';
    (void)mcnn_decimal_write(values[c], at);
    at += strlen(at);
  }
  add_entry(f, key, keep(f));
}

static void add_preparation(filler *f, const mnistcnn_preparation *how) {
  const mnistcnn_preparation defaults = mcnn_preparation_defaults;
  for (size_t i = 0; i < MCNN_FILE_CHOICES; i++) {
    const mcnn_file_choice *const choice = &mcnn_file_choices[i];
    if (choice_of(how, choice) != 0)
      add_entry(f, choice->key, choice->words[choice_of(how, choice)]);
  }
  if (how->scale != defaults.scale)
    add_float(f, MCNN_FILE_SCALE, how->scale);
  if (how->offset != defaults.offset)
    add_float(f, MCNN_FILE_OFFSET, how->offset);
}

static void add_metadata(filler *f, const mnistcnn_model *model) {
  const mcnn_arch *arch = model->arch;
  const int version_1 = is_version_1(model);
  add_entry(f, MCNN_FILE_FORMAT, MCNN_FILE_FORMAT_NAME);
  add_count(f, MCNN_FILE_VERSION, version_1 ? 1 : MCNN_FILE_VERSION_NUMBER);
  add_library_version(f);
  add_entry(f, MCNN_FILE_ARCHITECTURE, arch->text);
  add_count(f, MCNN_FILE_HEIGHT, arch->input.height);
  add_count(f, MCNN_FILE_WIDTH, arch->input.width);
  add_count(f, MCNN_FILE_CHANNELS, arch->input.channels);
  add_count(f, MCNN_FILE_CLASSES, arch->num_classes);
  add_per_channel(f, MCNN_FILE_MEAN, model->preparation.mean);
  add_per_channel(f, MCNN_FILE_DEVIATION, model->preparation.deviation);
  if (!version_1)
    add_preparation(f, &model->preparation);
  if (model->temperature != 1.0f)
    add_float(f, MCNN_FILE_TEMPERATURE, model->temperature);
  if (model->rejection_threshold != 0)
    add_float(f, MCNN_FILE_REJECTION, model->rejection_threshold);
  add_class_names(f, model);
  add_notes(f, model);
}

static void add_tensor(filler *f, const mnistcnn_model *model, const mcnn_layer *layer,
                       const mcnn_parameter *parameter) {
  mcnn_st_tensor *tensor = &f->record->tensors[f->record->num_tensors++];
  *tensor = mcnn_parameter_tensor(parameter);
  mcnn_parameter_tensor_name(layer, parameter, f->next);
  tensor->name = keep(f);
  tensor->values = model->weights + parameter->offset;
}

static void add_tensors(filler *f, const mnistcnn_model *model) {
  for (uint32_t i = 0; i < model->arch->num_layers; i++) {
    const mcnn_layer *layer = &model->arch->layers[i];
    for (uint32_t j = 0; j < layer->num_parameters; j++)
      add_tensor(f, model, layer, &layer->parameters[j]);
  }
}

/* --- the record ------------------------------------------------------------------------------- */

static size_t class_names_bytes(const mnistcnn_model *model) {
  size_t bytes = 0;
  for (uint32_t i = 0; model->class_names && i < model->arch->num_classes; i++)
    bytes += strlen(model->class_names[i]) + 1;
  return bytes;
}

/* Layers, notes, names and the extras are few by their limits: nothing overflows here. */
mnistcnn_status mcnn_model_record_create(const mnistcnn_model *model, size_t extra_tensors,
                                         size_t extra_metadata, mcnn_model_record *record) {
  const mcnn_alloc *alloc = &model->alloc;
  const size_t tensors = (size_t)MCNN_MAX_LAYER_PARAMETERS * model->arch->num_layers;
  const size_t entries = FIXED_ENTRIES + model->num_notes;
  *record = (mcnn_model_record){.alloc = *alloc};
  record->tensors = mcnn_alloc_zeroed(alloc, tensors + extra_tensors, sizeof *record->tensors);
  record->metadata = mcnn_alloc_zeroed(alloc, entries + extra_metadata, sizeof *record->metadata);
  record->strings =
      mcnn_alloc_array(alloc, (tensors + entries) * TEXT_BYTES + class_names_bytes(model), 1);
  if (!record->tensors || !record->metadata || !record->strings) {
    mcnn_model_record_free(record);
    return MNISTCNN_OUT_OF_MEMORY;
  }
  filler f = {record, record->strings};
  add_metadata(&f, model);
  add_tensors(&f, model);
  return MNISTCNN_OK;
}

void mcnn_model_record_free(mcnn_model_record *record) {
  mcnn_free(&record->alloc, record->tensors);
  mcnn_free(&record->alloc, record->metadata);
  mcnn_free(&record->alloc, record->strings);
  record->tensors = NULL;
  record->metadata = NULL;
  record->strings = NULL;
}
