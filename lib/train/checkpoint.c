#include "train/checkpoint.h"

#include "base/byte_order.h"
#include "base/cost.h"
#include "base/status.h"
#include "train/improvement.h"
#include "train/progress.h"
#include "train/weights.h"

#include <string.h>

/* A checkpoint is a model file with more in it: numbers as metadata (checkpoint_fields.h), arrays
 * as tensors: checkpoint.slot0, checkpoint.slot1   the optimiser's state, as the flat parameter
 * array checkpoint.weights, .average         where the model holds the average of the weights
 *   checkpoint.best                      weights after the best epoch, where they are kept
 *   checkpoint.class_weights             [classes], where they were given
 *   checkpoint.history                   [epochs][16]: mcnn_epoch_record, its doubles as two words,
 *                                        the lower first
 */

enum { MAX_TENSORS = MCNN_MAX_SLOTS + 5 };
enum { RECORD_FLOATS = sizeof(mcnn_epoch_record) / sizeof(float) };

/* --- writing ---------------------------------------------------------------------------------- */

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

enum { MAX_ARRAYS = MCNN_MAX_SLOTS + 3 };

static void list_arrays(const mnistcnn_trainer *trainer, array arrays[MAX_ARRAYS]) {
  static const char array_names[MAX_ARRAYS][19] = {"checkpoint.slot0", "checkpoint.slot1",
                                                   "checkpoint.weights", "checkpoint.average",
                                                   "checkpoint.best"};
  float *ema = trainer->optimizer.ema;
  float *values[MAX_ARRAYS] = {trainer->optimizer.slots[0], trainer->optimizer.slots[1],
                               ema ? trainer->weights : NULL, ema,
                               trainer->improvement.best_epoch > 0 ? trainer->best : NULL};
  for (size_t i = 0; i < MAX_ARRAYS; i++)
    arrays[i] = (array){array_names[i], values[i]};
}

/* copy: its halves the other way round, where they are so in memory. */
static mnistcnn_status add_history(mcnn_model_record *record, const mnistcnn_trainer *trainer,
                                   float **copy) {
  const void *history = trainer->history;
  if (MCNN_BIG_ENDIAN && trainer->state.epoch > 0) {
    *copy = mcnn_alloc_array(&trainer->alloc, trainer->state.epoch, sizeof *trainer->history);
    if (!*copy)
      return MNISTCNN_OUT_OF_MEMORY;
    mcnn_swap_halves(trainer->state.epoch * (size_t)RECORD_FLOATS / 2, history, *copy);
    history = *copy;
  }
  add_tensor(record, "checkpoint.history", history, trainer->state.epoch, RECORD_FLOATS);
  return MNISTCNN_OK;
}

/* copies: of the arrays in the order of the model, and one of the history, to be freed by the
 * caller also on failure. */
static mnistcnn_status add_tensors(mcnn_model_record *record, const mnistcnn_trainer *trainer,
                                   float *copies[MAX_ARRAYS + 1]) {
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
  add_tensor(record, "checkpoint.class_weights", trainer->class_weights,
             trainer->options.num_class_weights > 0, trainer->options.num_class_weights);
  return add_history(record, trainer, &copies[MAX_ARRAYS]);
}

static mcnn_checkpoint describe(const mnistcnn_trainer *trainer) {
  mcnn_checkpoint checkpoint = {.options = trainer->options,
                                .state = trainer->state,
                                .improvement = trainer->improvement,
                                .train_checksum = trainer->train_checksum,
                                .validation_checksum = trainer->validation_checksum};
  if (trainer->state.step > 0)
    checkpoint.state.seconds = mcnn_epoch_seconds(trainer);
  if (!mcnn_target_is_set(&trainer->checkpoint)) { /* otherwise they were taken at the start */
    checkpoint.train_checksum = mcnn_dataset_checksum(trainer->train_full);
    if (trainer->validation)
      checkpoint.validation_checksum = mcnn_dataset_checksum(trainer->validation);
  }
  return checkpoint;
}

uint64_t mcnn_checkpoint_bytes(const mnistcnn_train_options *options, size_t floats) {
  enum { TEXTS_BYTES = 16 * 1024 }; /* the header of a usual file, and what it is made of */
  /* With an average, which the model holds, the weights themselves are one more. */
  const size_t arrays = mcnn_optimizer_arrays(options) + (options->ema_decay > 0 ? 1 : 0) +
                        (options->keep_best ? 1 : 0);
  return mcnn_saturating_add(mcnn_saturating_mul(arrays, mcnn_alloc_bytes(floats, sizeof(float))),
                             TEXTS_BYTES);
}

mnistcnn_status mcnn_checkpoint_write(const mnistcnn_trainer *trainer, const mcnn_target *target) {
  mcnn_checkpoint_hex texts[MCNN_CHECKPOINT_FIELDS];
  float *copies[MAX_ARRAYS + 1] = {NULL};
  const mcnn_checkpoint checkpoint = describe(trainer);
  mcnn_model_record record;
  mcnn_weights_publish_current(trainer); /* to go on from, also where the best ones are kept */
  mnistcnn_status status =
      mcnn_model_record_create(trainer->model, MAX_TENSORS, MCNN_CHECKPOINT_ENTRIES, &record);
  if (status == MNISTCNN_OK) {
    status = add_tensors(&record, trainer, copies);
    if (status == MNISTCNN_OK) {
      mcnn_checkpoint_add_fields(&checkpoint, &record, texts);
      status = mcnn_model_record_write(&record, target);
    }
    mcnn_model_record_free(&record);
  }
  mcnn_weights_publish(trainer);
  for (size_t i = 0; i <= MAX_ARRAYS; i++)
    mcnn_free(&trainer->alloc, copies[i]);
  return status;
}

/* --- reading ---------------------------------------------------------------------------------- */

size_t mcnn_checkpoint_max_bytes(void) {
  const uint64_t arrays = (uint64_t)(1 + MAX_ARRAYS) * MCNN_MAX_PARAMETERS * sizeof(float);
  const uint64_t history = (uint64_t)MCNN_MAX_EPOCHS * sizeof(mcnn_epoch_record);
  const uint64_t bytes = arrays + history + MCNN_ST_MAX_HEADER + sizeof(uint64_t);
  return bytes < SIZE_MAX ? (size_t)bytes : SIZE_MAX;
}

/* NULL, and the error says so, where there is no such array. */
static const void *find_array(const mcnn_checkpoint *checkpoint, const char *path, const char *name,
                              size_t floats) {
  const mcnn_st_tensor *tensor = mcnn_st_tensor_named(checkpoint->st, name);
  if (tensor && tensor->count == floats)
    return tensor->values;
  mcnn_fail(MNISTCNN_FORMAT, "%s: %s is missing or of the wrong size", path, name);
  return NULL;
}

/* The options point into the file's bytes. */
static mnistcnn_status find_class_weights(mcnn_checkpoint *checkpoint, const char *path) {
  const size_t count = checkpoint->options.num_class_weights;
  if (count == 0)
    return MNISTCNN_OK;
  checkpoint->options.class_weights =
      find_array(checkpoint, path, "checkpoint.class_weights", count);
  return checkpoint->options.class_weights ? MNISTCNN_OK : MNISTCNN_FORMAT;
}

mnistcnn_status mcnn_checkpoint_open(const mcnn_source *source, const char *path,
                                     const mcnn_alloc *alloc, mcnn_checkpoint *checkpoint) {
  const mcnn_read_limits limits = {mcnn_checkpoint_max_bytes(), SIZE_MAX};
  const mcnn_load_request request = {.label = path, .is_checkpoint = 1, .alloc = *alloc};
  mcnn_bytes file;
  *checkpoint = (mcnn_checkpoint){.alloc = *alloc};
  mnistcnn_status status = mcnn_source_read(source, path, &limits, alloc, &file);
  checkpoint->data = file.data;
  if (status == MNISTCNN_OK)
    status = mcnn_st_parse(checkpoint->data, file.size, path, alloc, &checkpoint->st);
  if (status == MNISTCNN_OK)
    status = mcnn_checkpoint_read_fields(checkpoint, path);
  if (status == MNISTCNN_OK)
    status = find_class_weights(checkpoint, path);
  if (status == MNISTCNN_OK)
    status = mcnn_model_from_st(checkpoint->st, &request, &checkpoint->model);
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

/* --- restoring -------------------------------------------------------------------------------- */

/* Of the arrays, those that become a model's weights are checked: the others in
 * mcnn_weights_check().
 */
static mnistcnn_status check_best(const mnistcnn_trainer *trainer, const char *path) {
  if (trainer->improvement.best_epoch == 0 || !trainer->best ||
      mcnn_all_finite(trainer->best, trainer->optimizer.floats))
    return MNISTCNN_OK;
  return mcnn_fail(MNISTCNN_FORMAT, "%s: checkpoint.best is not finite", path);
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
  return check_best(trainer, path);
}

static mnistcnn_status restore_history(const mcnn_checkpoint *checkpoint, const char *path,
                                       const mnistcnn_trainer *trainer) {
  const size_t floats = checkpoint->state.epoch * (size_t)RECORD_FLOATS;
  if (floats == 0)
    return MNISTCNN_OK;
  const void *values = find_array(checkpoint, path, "checkpoint.history", floats);
  if (!values)
    return MNISTCNN_FORMAT;
  if (MCNN_BIG_ENDIAN)
    mcnn_swap_halves(floats / 2, values, trainer->history);
  else
    memcpy(trainer->history, values, floats * sizeof(float));
  return MNISTCNN_OK;
}

static mnistcnn_status check_position(const mcnn_checkpoint *checkpoint, const char *path,
                                      const mnistcnn_trainer *trainer) {
  const mcnn_train_state *state = &checkpoint->state;
  const uint64_t most_images = state->step * checkpoint->options.batch_size;
  const int is_over = state->epoch == checkpoint->options.epochs || checkpoint->improvement.stopped;
  if (state->epoch > checkpoint->options.epochs || state->step > mcnn_steps_per_epoch(trainer) ||
      state->sums.images > most_images || state->sums.correct > state->sums.images ||
      !(state->seconds >= 0) || (is_over && state->step > 0) ||
      !mcnn_improvement_is_possible(&checkpoint->improvement, state->epoch))
    return mcnn_fail(MNISTCNN_FORMAT, "%s: its position in the training is impossible", path);
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_checkpoint_restore(const mcnn_checkpoint *checkpoint, const char *path,
                                        mnistcnn_trainer *trainer) {
  mnistcnn_status status = check_position(checkpoint, path, trainer);
  if (status != MNISTCNN_OK)
    return status;
  trainer->improvement = checkpoint->improvement;
  status = restore_arrays(checkpoint, path, trainer);
  if (status == MNISTCNN_OK)
    status = restore_history(checkpoint, path, trainer);
  if (status == MNISTCNN_OK)
    trainer->state = checkpoint->state;
  return status;
}
