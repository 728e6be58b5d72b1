#include "train/checkpoint.h"

#include "base/io.h"
#include "base/status.h"
#include "train/options.h"
#include "train/weights.h"

#include <stdio.h>
#include <string.h>

/* A checkpoint is a model file with more in it. Numbers are kept as the hexadecimal digits of their
 * bits: exact, and the same in every locale. Arrays as tensors:
 *   checkpoint.slot0, checkpoint.slot1   the optimiser's state, as the flat parameter array
 *   checkpoint.weights, .average         where the model holds the average of the weights
 *   checkpoint.history                   [epochs][16]: mcnn_epoch_record, its doubles as two words
 */

static const char VERSION_KEY[] = "checkpoint.version";
static const char VERSION[] = "1";

enum { MAX_TENSORS = MCNN_MAX_SLOTS + 3, CHECKPOINT_LIMIT = 0x7FFFFFFF };
enum { RECORD_FLOATS = sizeof(mcnn_epoch_record) / sizeof(float) };

/* --- the fields ---------------------------------------------------------------------------------
 */

/* Listed once for the names and once for the places in memory, which keeps both free of pointers: a
 * pointer in a table costs a relocation. */
#define FIELDS(OPTION, STATE)                                                                      \
  OPTION(epochs)                                                                                   \
  OPTION(batch_size)                                                                               \
  OPTION(seed)                                                                                     \
  OPTION(loss)                                                                                     \
  OPTION(optimizer)                                                                                \
  OPTION(schedule)                                                                                 \
  OPTION(augment)                                                                                  \
  OPTION(shuffle)                                                                                  \
  OPTION(horizontal_flip)                                                                          \
  OPTION(nesterov)                                                                                 \
  OPTION(label_smoothing)                                                                          \
  OPTION(learning_rate)                                                                            \
  OPTION(rho)                                                                                      \
  OPTION(momentum)                                                                                 \
  OPTION(beta1)                                                                                    \
  OPTION(beta2)                                                                                    \
  OPTION(epsilon)                                                                                  \
  OPTION(weight_decay)                                                                             \
  OPTION(warmup_fraction)                                                                          \
  OPTION(warmup_start)                                                                             \
  OPTION(schedule_end)                                                                             \
  OPTION(average_decay)                                                                            \
  OPTION(plain_fraction)                                                                           \
  OPTION(rotation)                                                                                 \
  OPTION(shear)                                                                                    \
  OPTION(zoom)                                                                                     \
  OPTION(shift)                                                                                    \
  OPTION(elastic_pixels)                                                                           \
  OPTION(stroke)                                                                                   \
  OPTION(calibration_fraction)                                                                     \
  STATE(state.epoch)                                                                               \
  STATE(state.step)                                                                                \
  STATE(state.sums.loss)                                                                           \
  STATE(state.sums.images)                                                                         \
  STATE(state.sums.correct)                                                                        \
  STATE(state.sums.binary_correct)                                                                 \
  STATE(state.seconds)                                                                             \
  STATE(train_checksum)                                                                            \
  STATE(validation_checksum)

#define OPTION_NAME(name) "option." #name "\0"
#define STATE_NAME(name)  #name "\0"
/* One behind the other, which is half of what they would take as an array. */
static const char names[] = FIELDS(OPTION_NAME, STATE_NAME);

typedef struct field {
  uint16_t offset; /* into mcnn_checkpoint */
  uint16_t size;   /* 4 or 8 */
} field;

#define PLACE(member)      {offsetof(mcnn_checkpoint, member), sizeof(((mcnn_checkpoint *)0)->member)},
#define OPTION_PLACE(name) PLACE(options.name)
static const field fields[] = {FIELDS(OPTION_PLACE, PLACE)};

enum { NUM_FIELDS = sizeof fields / sizeof fields[0], KEY_CAPACITY = 44, HEX_CAPACITY = 17 };

/* Makes a field's key in the metadata of its name; the result is the next field's name. */
static const char *make_key(const char *name, char key[KEY_CAPACITY]) {
  (void)snprintf(key, KEY_CAPACITY, "checkpoint.%s", name);
  return name + strlen(name) + 1;
}

static uint64_t field_bits(const mcnn_checkpoint *checkpoint, const field *f) {
  const unsigned char *at = (const unsigned char *)checkpoint + f->offset;
  uint64_t wide;
  uint32_t narrow;
  if (f->size == sizeof wide) {
    memcpy(&wide, at, sizeof wide);
    return wide;
  }
  memcpy(&narrow, at, sizeof narrow);
  return narrow;
}

static void set_field_bits(mcnn_checkpoint *checkpoint, const field *f, uint64_t bits) {
  unsigned char *at = (unsigned char *)checkpoint + f->offset;
  const uint32_t narrow = (uint32_t)bits;
  if (f->size == sizeof bits)
    memcpy(at, &bits, sizeof bits);
  else
    memcpy(at, &narrow, sizeof narrow);
}

static void to_hex(uint64_t bits, size_t digits, char *text) {
  for (size_t i = digits; i-- > 0; bits >>= 4)
    text[i] = "0123456789abcdef"[bits & 15];
  text[digits] = '\0';
}

static int from_hex(const char *text, size_t digits, uint64_t *bits) {
  *bits = 0;
  if (strlen(text) != digits)
    return 0;
  for (size_t i = 0; i < digits; i++) {
    const char c = text[i];
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
      return 0;
    *bits = *bits << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
  }
  return 1;
}

/* --- writing ------------------------------------------------------------------------------------
 */

static void add_tensor(mcnn_model_record *record, const char *name, const void *values, size_t rows,
                       size_t columns) {
  if (!values || rows == 0)
    return;
  record->tensors[record->num_tensors++] = (mcnn_st_tensor){
      .name = name, .rank = 2, .shape = {rows, columns}, .values = values, .count = rows * columns};
}

/* The trainer's arrays, which are in the order of training, and their names. */
typedef struct array {
  const char *name;
  float *values; /* NULL where this training has none */
} array;

enum { MAX_ARRAYS = MCNN_MAX_SLOTS + 2 };

static void list_arrays(const mnistcnn_trainer *trainer, array arrays[MAX_ARRAYS]) {
  static const char array_names[MAX_ARRAYS][19] = {"checkpoint.slot0", "checkpoint.slot1",
                                                   "checkpoint.weights", "checkpoint.average"};
  float *ema = trainer->optimizer.ema;
  float *values[MAX_ARRAYS] = {trainer->optimizer.slots[0], trainer->optimizer.slots[1],
                               ema ? trainer->weights : NULL, ema};
  for (size_t i = 0; i < MAX_ARRAYS; i++)
    arrays[i] = (array){array_names[i], values[i]};
}

/* copies: of the arrays in the order of the model, to be freed by the caller also on failure. */
static mnistcnn_status add_tensors(mcnn_model_record *record, const mnistcnn_trainer *trainer,
                                   float *copies[MAX_ARRAYS]) {
  array arrays[MAX_ARRAYS];
  const size_t floats = trainer->optimizer.floats;
  list_arrays(trainer, arrays);
  for (size_t i = 0; i < MAX_ARRAYS; i++) {
    if (!arrays[i].values)
      continue;
    copies[i] = mcnn_alloc_array(&trainer->alloc, floats, sizeof(float));
    if (!copies[i])
      return MNISTCNN_OUT_OF_MEMORY;
    mcnn_net_from_training(trainer->net, arrays[i].values, copies[i]);
    add_tensor(record, arrays[i].name, copies[i], 1, floats);
  }
  add_tensor(record, "checkpoint.history", trainer->history, trainer->state.epoch, RECORD_FLOATS);
  return MNISTCNN_OK;
}

/* A field as it is written. */
typedef struct field_text {
  char key[KEY_CAPACITY];
  char value[HEX_CAPACITY];
} field_text;

static void add_fields(mcnn_model_record *record, const mcnn_checkpoint *checkpoint,
                       field_text texts[NUM_FIELDS]) {
  const char *name = names;
  record->metadata[record->num_metadata++] = (mcnn_st_entry){VERSION_KEY, VERSION};
  for (size_t i = 0; i < NUM_FIELDS; i++) {
    name = make_key(name, texts[i].key);
    to_hex(field_bits(checkpoint, &fields[i]), (size_t)2 * fields[i].size, texts[i].value);
    record->metadata[record->num_metadata++] = (mcnn_st_entry){texts[i].key, texts[i].value};
  }
}

static mcnn_checkpoint describe(const mnistcnn_trainer *trainer) {
  mcnn_checkpoint checkpoint = {.options = trainer->options,
                                .state = trainer->state,
                                .train_checksum = trainer->train_checksum,
                                .validation_checksum = trainer->validation_checksum};
  if (!trainer->checkpoint_path) { /* otherwise they were taken at the start */
    checkpoint.train_checksum = mcnn_dataset_checksum(trainer->train_full);
    if (trainer->validation)
      checkpoint.validation_checksum = mcnn_dataset_checksum(trainer->validation);
  }
  return checkpoint;
}

mnistcnn_status mcnn_checkpoint_write(const mnistcnn_trainer *trainer, const char *path) {
  field_text texts[NUM_FIELDS];
  float *copies[MAX_ARRAYS] = {NULL};
  const mcnn_checkpoint checkpoint = describe(trainer);
  mcnn_model_record record;
  mcnn_weights_publish(trainer);
  mnistcnn_status status =
      mcnn_model_record_create(trainer->model, MAX_TENSORS, NUM_FIELDS + 1, &record);
  if (status != MNISTCNN_OK)
    return status;
  status = add_tensors(&record, trainer, copies);
  if (status == MNISTCNN_OK) {
    add_fields(&record, &checkpoint, texts);
    status = mcnn_model_record_write(&record, path);
  }
  mcnn_model_record_free(&record);
  for (size_t i = 0; i < MAX_ARRAYS; i++)
    mcnn_free(&trainer->alloc, copies[i]);
  return status;
}

/* --- reading ------------------------------------------------------------------------------------
 */

static mnistcnn_status read_fields(mcnn_checkpoint *checkpoint, const char *path) {
  const char *name = names;
  const char *version = mcnn_st_metadata(checkpoint->st, VERSION_KEY);
  if (!version)
    return mcnn_fail(MNISTCNN_FORMAT, "%s: a model file, not a checkpoint", path);
  if (strcmp(version, VERSION) != 0) {
    return mcnn_fail(MNISTCNN_UNSUPPORTED, "%s: checkpoint version \"%.20s\" is not known", path,
                     version);
  }
  mcnn_train_defaults(&checkpoint->options);
  checkpoint->options.struct_size = sizeof checkpoint->options;
  for (size_t i = 0; i < NUM_FIELDS; i++) {
    char key[KEY_CAPACITY];
    name = make_key(name, key);
    const char *text = mcnn_st_metadata(checkpoint->st, key);
    uint64_t bits;
    if (!text || !from_hex(text, (size_t)2 * fields[i].size, &bits))
      return mcnn_fail(MNISTCNN_FORMAT, "%s: %s is missing or malformed", path, key);
    set_field_bits(checkpoint, &fields[i], bits);
  }
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_checkpoint_open(const char *path, const mcnn_alloc *alloc,
                                     mcnn_checkpoint *checkpoint) {
  size_t size;
  *checkpoint = (mcnn_checkpoint){.alloc = *alloc};
  mnistcnn_status status = mcnn_read_file(path, CHECKPOINT_LIMIT, alloc, &checkpoint->data, &size);
  if (status == MNISTCNN_OK)
    status = mcnn_st_parse(checkpoint->data, size, path, alloc, &checkpoint->st);
  if (status == MNISTCNN_OK)
    status = read_fields(checkpoint, path);
  if (status == MNISTCNN_OK)
    status = mcnn_model_from_st(checkpoint->st, 0, path, alloc, &checkpoint->model);
  if (status != MNISTCNN_OK)
    mcnn_checkpoint_close(checkpoint);
  return status;
}

void mcnn_checkpoint_close(mcnn_checkpoint *checkpoint) {
  if (!checkpoint->alloc.deallocate)
    return;
  mcnn_model_free(checkpoint->model);
  mcnn_st_free(checkpoint->st);
  mcnn_free(&checkpoint->alloc, checkpoint->data);
  *checkpoint = (mcnn_checkpoint){0};
}

/* --- restoring ----------------------------------------------------------------------------------
 */

/* NULL, and the error says so, where there is no such array. */
static const void *find_array(const mcnn_checkpoint *checkpoint, const char *path, const char *name,
                              size_t floats) {
  const mcnn_st_tensor *tensor = mcnn_st_tensor_named(checkpoint->st, name);
  if (tensor && tensor->count == floats)
    return tensor->values;
  mcnn_fail(MNISTCNN_FORMAT, "%s: %s is missing or of the wrong size", path, name);
  return NULL;
}

static mnistcnn_status restore_arrays(const mcnn_checkpoint *checkpoint, const char *path,
                                      const mnistcnn_trainer *trainer) {
  array arrays[MAX_ARRAYS];
  list_arrays(trainer, arrays);
  for (size_t i = 0; i < MAX_ARRAYS; i++) {
    if (!arrays[i].values)
      continue;
    const void *values = find_array(checkpoint, path, arrays[i].name, trainer->optimizer.floats);
    if (!values)
      return MNISTCNN_FORMAT;
    mcnn_net_to_training(trainer->net, values, arrays[i].values);
  }
  return MNISTCNN_OK;
}

static mnistcnn_status restore_history(const mcnn_checkpoint *checkpoint, const char *path,
                                       const mnistcnn_trainer *trainer) {
  const size_t floats = checkpoint->state.epoch * (size_t)RECORD_FLOATS;
  if (floats == 0)
    return MNISTCNN_OK;
  const void *values = find_array(checkpoint, path, "checkpoint.history", floats);
  if (!values)
    return MNISTCNN_FORMAT;
  memcpy(trainer->history, values, floats * sizeof(float));
  return MNISTCNN_OK;
}

static mnistcnn_status check_position(const mcnn_checkpoint *checkpoint, const char *path,
                                      const mnistcnn_trainer *trainer) {
  const mcnn_train_state *state = &checkpoint->state;
  const uint64_t most_images = state->step * checkpoint->options.batch_size;
  if (state->epoch > checkpoint->options.epochs || state->step > mcnn_steps_per_epoch(trainer) ||
      state->sums.images > most_images || state->sums.correct > state->sums.images ||
      !(state->seconds >= 0) || (state->epoch == checkpoint->options.epochs && state->step > 0))
    return mcnn_fail(MNISTCNN_FORMAT, "%s: its position in the training is impossible", path);
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_checkpoint_restore(const mcnn_checkpoint *checkpoint, const char *path,
                                        mnistcnn_trainer *trainer) {
  mnistcnn_status status = check_position(checkpoint, path, trainer);
  if (status == MNISTCNN_OK)
    status = restore_arrays(checkpoint, path, trainer);
  if (status == MNISTCNN_OK)
    status = restore_history(checkpoint, path, trainer);
  if (status == MNISTCNN_OK)
    trainer->state = checkpoint->state;
  return status;
}
