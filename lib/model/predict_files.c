#include "model/predict_files.h"

#include "base/sizes.h"
#include "base/status.h"
#include "model/prepare_image.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Files are worked on in blocks, of this many and of about this many bytes of pixels. */
enum { MAX_BLOCK = 256, BLOCK_BYTES = 8 << 20 };

typedef struct file_state {
  mnistcnn_status status;
  mcnn_prepared_image image;
  char message[MCNN_ERROR_CAPACITY]; /* if it failed */
} file_state;

typedef struct files_job {
  const mnistcnn_model *model;
  mnistcnn_workspace *workspace;
  const mcnn_files_request *request;
  uint32_t threads;
  mcnn_preparer **preparers; /* [threads] */
  size_t slot_bytes;         /* of one image in `pixels`, whatever its channels */
  uint8_t *pixels;           /* [capacity][slot_bytes] */
  file_state *states;        /* [capacity] */
  size_t *sources;           /* [capacity] which file each predicted image is of */
  size_t capacity;
  size_t first, count;     /* the block */
  mnistcnn_status failure; /* of the first file that failed */
  char failure_message[MCNN_ERROR_CAPACITY];
} files_job;

/* --- memory ----------------------------------------------------------------------------------- */

static size_t block_capacity(const files_job *job) {
  const size_t fitting = mcnn_max(BLOCK_BYTES / job->slot_bytes, job->threads);
  return mcnn_min(mcnn_min(fitting, MAX_BLOCK), job->request->count);
}

static mnistcnn_status allocate(files_job *job) {
  const mcnn_alloc *alloc = &job->model->alloc;
  mnistcnn_status status = MNISTCNN_OK;
  job->pixels = mcnn_alloc_array(alloc, job->capacity, job->slot_bytes);
  job->states = mcnn_alloc_array(alloc, job->capacity, sizeof *job->states);
  job->sources = mcnn_alloc_array(alloc, job->capacity, sizeof *job->sources);
  job->preparers = mcnn_alloc_zeroed(alloc, job->threads, sizeof(mcnn_preparer *));
  if (!job->pixels || !job->states || !job->sources || !job->preparers)
    return MNISTCNN_OUT_OF_MEMORY;
  for (uint32_t i = 0; i < job->threads && status == MNISTCNN_OK; i++)
    status = mcnn_preparer_create(job->model, &job->preparers[i]);
  return status;
}

static void release(files_job *job) {
  const mcnn_alloc *alloc = &job->model->alloc;
  for (uint32_t i = 0; job->preparers && i < job->threads; i++)
    mcnn_preparer_free(job->preparers[i]);
  mcnn_free(alloc, (void *)job->preparers);
  mcnn_free(alloc, job->sources);
  mcnn_free(alloc, job->states);
  mcnn_free(alloc, job->pixels);
}

/* --- one block -------------------------------------------------------------------------------- */

static void prepare_file(void *context, size_t task, size_t worker) {
  files_job *const job = context;
  file_state *const state = &job->states[task];
  state->status =
      mcnn_prepare_image_path(job->preparers[worker], job->request->paths[job->first + task],
                              job->pixels + task * job->slot_bytes, &state->image);
  if (state->status != MNISTCNN_OK)
    (void)snprintf(state->message, sizeof state->message, "%s", mcnn_last_error());
}

/* The images that are to be predicted, moved together: `sources` says which file each is of.
 * Returns their number. Images of one channel take less than their slot. */
static size_t gather_images(files_job *job) {
  const size_t plane = job->slot_bytes / job->model->arch->input.channels;
  uint8_t *end = job->pixels;
  size_t images = 0;
  for (size_t i = 0; i < job->count; i++) {
    if (job->states[i].status != MNISTCNN_OK)
      continue;
    const size_t bytes = plane * job->states[i].image.channels;
    memmove(end, job->pixels + i * job->slot_bytes, bytes);
    end += bytes;
    job->sources[images++] = i;
  }
  return images;
}

/* Neighbours with as many channels are predicted together, to the first rows of the block. */
static void predict_images(files_job *job, size_t images) {
  const size_t plane = job->slot_bytes / job->model->arch->input.channels;
  const uint32_t classes = job->model->arch->num_classes;
  float *const rows = job->request->results.probabilities + job->first * classes;
  const uint8_t *pixels = job->pixels;
  for (size_t begin = 0, end; begin < images; begin = end) {
    const uint32_t channels = job->states[job->sources[begin]].image.channels;
    const mcnn_images batch = {.bytes = pixels, .channels = channels};
    for (end = begin + 1; end < images; end++)
      if (job->states[job->sources[end]].image.channels != channels)
        break;
    mcnn_predictor_run(job->workspace, job->model, &batch, end - begin, rows + begin * classes);
    pixels += (end - begin) * plane * channels;
  }
}

/* The model may reject what it has predicted. */
static void check_row(files_job *job, size_t i, const float *row) {
  file_state *const state = &job->states[i];
  state->status = mcnn_check_rejection(job->model, job->request->paths[job->first + i], row,
                                       &state->image.digit);
  if (state->status != MNISTCNN_OK)
    (void)snprintf(state->message, sizeof state->message, "%s", mcnn_last_error());
}

/* From the first rows of the block, each to that of its file: none of them moves up. */
static void spread_rows(files_job *job, size_t images) {
  const uint32_t classes = job->model->arch->num_classes;
  float *const rows = job->request->results.probabilities + job->first * classes;
  for (size_t i = job->count; i-- > 0;) {
    float *const row = rows + i * classes;
    if (images > 0 && job->sources[images - 1] == i) {
      memmove(row, rows + --images * classes, classes * sizeof *row);
      check_row(job, i, row);
      mcnn_temper_digit(&job->states[i].image.digit, classes, row);
    } else {
      for (uint32_t c = 0; c < classes; c++)
        row[c] = NAN;
    }
  }
}

static void copy_out_results(files_job *job) {
  const mnistcnn_file_results *to = &job->request->results;
  for (size_t i = 0; i < job->count; i++) {
    const file_state *state = &job->states[i];
    const size_t file = job->first + i;
    if (to->statuses)
      to->statuses[file] = state->status;
    if (to->messages) {
      (void)snprintf(to->messages + file * to->message_capacity, to->message_capacity, "%s",
                     state->status == MNISTCNN_OK ? "" : state->message);
    }
    if (to->verdicts)
      to->verdicts[file] = state->image.digit.verdict;
    if (to->passed_through)
      to->passed_through[file] = state->image.digit.passed_through;
    if (state->status != MNISTCNN_OK && job->failure == MNISTCNN_OK) {
      job->failure = state->status;
      memcpy(job->failure_message, state->message, sizeof state->message);
    }
  }
}

static void predict_block(files_job *job) {
  mcnn_pool_run(mcnn_predictor_pool(job->workspace), prepare_file, job, job->count);
  const size_t images = gather_images(job);
  predict_images(job, images);
  spread_rows(job, images);
  copy_out_results(job);
}

/* --- whole ------------------------------------------------------------------------------------ */

static mnistcnn_status finish(const files_job *job) {
  if (job->failure == MNISTCNN_OK || job->request->results.statuses)
    return MNISTCNN_OK;
  mcnn_set_last_error(job->failure_message);
  return job->failure;
}

mnistcnn_status mcnn_predict_files(mnistcnn_workspace *workspace, const mnistcnn_model *model,
                                   const mcnn_files_request *request) {
  files_job job = {.model = model,
                   .workspace = workspace,
                   .request = request,
                   .threads = mcnn_pool_threads(mcnn_predictor_pool(workspace)),
                   .slot_bytes = mcnn_shape_count(model->arch->input)};
  if (request->count == 0)
    return MNISTCNN_OK;
  job.capacity = block_capacity(&job);
  const mnistcnn_status status = allocate(&job);
  for (; status == MNISTCNN_OK && job.first < request->count; job.first += job.count) {
    job.count = mcnn_min(job.capacity, request->count - job.first);
    predict_block(&job);
  }
  release(&job);
  return status == MNISTCNN_OK ? finish(&job) : status;
}
