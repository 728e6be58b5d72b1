#include "model/predictor.h"

#include "base/arena.h"
#include "base/sizes.h"
#include "base/status.h"
#include "kernels/elementwise/softmax.h"
#include "nn/int8.h"
#include "nn/predict.h"

#include <string.h>

struct mnistcnn_workspace {
  mcnn_alloc alloc;
  mnistcnn_error *error; /* the caller's */
  char *architecture;    /* of the models it serves, with input and classes */
  mcnn_shape input;
  uint32_t num_classes;
  size_t max_batch;
  size_t image_block; /* images the spatial part works on at once */
  mcnn_pool *pool;

  mcnn_arena arena; /* of each worker: input, features, scratch */
  size_t worker_floats;
  size_t input_floats, feature_floats, scratch_floats;

  mcnn_arena int8_arena;     /* empty where all is float32: */
  size_t int8_scratch;       /* words of each worker, in front of ... */
  size_t int8_weights;       /* ... the weights in 8 bits */
  mcnn_model_id *int8_model; /* whose weights they are; NULL: nobody's yet */
  uint64_t int8_generation;

  /* The current call, for its tasks. */
  const mnistcnn_model *model;
  const mcnn_net *net;
  const float *packed;
  const uint32_t *int8; /* the weights in 8 bits; NULL: predicts in float32 */
  const mcnn_images *images;
  size_t count, task_images;
  float *outputs;
  int as_logits; /* else as probabilities */
};

static size_t net_scratch_floats(const mcnn_net *net, size_t image_block, size_t max_batch) {
  return mcnn_round_up_cache_line(mcnn_max(mcnn_net_spatial_scratch_floats(net, image_block),
                                           mcnn_net_dense_scratch_floats(net, max_batch)));
}

static size_t model_scratch_floats(const mnistcnn_model *model, size_t image_block,
                                   size_t max_batch) {
  const size_t own = net_scratch_floats(model->net, image_block, max_batch);
  return model->gray_net
             ? mcnn_max(own, net_scratch_floats(model->gray_net, image_block, max_batch))
             : own;
}

static mnistcnn_status allocate_scratch(mnistcnn_workspace *workspace,
                                        const mnistcnn_model *model) {
  const uint32_t workers = mcnn_pool_threads(workspace->pool);
  workspace->image_block = mcnn_net_image_block(model->net);
  if (workspace->image_block > workspace->max_batch)
    workspace->image_block = workspace->max_batch;
  workspace->input_floats =
      mcnn_round_up_cache_line(workspace->image_block * mcnn_shape_count(model->arch->input));
  workspace->feature_floats =
      mcnn_round_up_cache_line(workspace->max_batch * mcnn_net_feature_floats(model->net));
  workspace->scratch_floats =
      model_scratch_floats(model, workspace->image_block, workspace->max_batch);
  workspace->worker_floats =
      workspace->input_floats + workspace->feature_floats + workspace->scratch_floats;
  size_t floats;
  if (!mcnn_checked_mul(workspace->worker_floats, workers, &floats))
    return mcnn_fail_memory(SIZE_MAX);
  mcnn_arena_reserve(&workspace->arena, floats, sizeof(float));
  return mcnn_arena_allocate(&workspace->arena, &workspace->alloc);
}

/* Where the processor has no int8 kernels all sizes are 0, and predictions are float32. */
static mnistcnn_status allocate_int8(mnistcnn_workspace *workspace, const mnistcnn_model *model) {
  const size_t words = mcnn_net_int8_words(model->net);
  size_t scratch;
  if (words == 0)
    return MNISTCNN_OK;
  workspace->int8_scratch = mcnn_round_up_cache_line(mcnn_net_int8_scratch_words(model->net));
  if (!mcnn_checked_mul(workspace->int8_scratch, mcnn_pool_threads(workspace->pool), &scratch))
    return mcnn_fail_memory(SIZE_MAX);
  mcnn_arena_reserve(&workspace->int8_arena, scratch, sizeof(uint32_t));
  workspace->int8_weights = mcnn_arena_reserve(&workspace->int8_arena, words, sizeof(uint32_t));
  return mcnn_arena_allocate(&workspace->int8_arena, &workspace->alloc);
}

mnistcnn_status mcnn_predictor_create(const mnistcnn_model *model,
                                      const mnistcnn_workspace_options *options,
                                      mnistcnn_workspace **out) {
  mnistcnn_status status = MNISTCNN_OUT_OF_MEMORY;
  mnistcnn_workspace *workspace = mcnn_alloc_zeroed(&model->alloc, 1, sizeof *workspace);
  *out = NULL;
  if (!workspace)
    return status;
  workspace->alloc = model->alloc;
  workspace->error = options->error;
  workspace->input = model->arch->input;
  workspace->num_classes = model->arch->num_classes;
  workspace->max_batch = options->max_batch;
  workspace->architecture = mcnn_alloc_string(&model->alloc, model->arch->text);
  if (workspace->architecture)
    status = mcnn_pool_create(&model->alloc, options->num_threads, &workspace->pool);
  if (status == MNISTCNN_OK)
    status = allocate_scratch(workspace, model);
  if (status == MNISTCNN_OK && options->precision == MNISTCNN_PRECISION_INT8)
    status = allocate_int8(workspace, model);
  if (status != MNISTCNN_OK) {
    mcnn_predictor_free(workspace);
    return status;
  }
  *out = workspace;
  return MNISTCNN_OK;
}

mnistcnn_error *mcnn_predictor_error(const mnistcnn_workspace *workspace) {
  return workspace->error;
}

void mcnn_predictor_free(mnistcnn_workspace *workspace) {
  if (!workspace)
    return;
  const mcnn_alloc alloc = workspace->alloc;
  mcnn_model_id_release(workspace->int8_model);
  mcnn_arena_free(&workspace->int8_arena, &alloc);
  mcnn_arena_free(&workspace->arena, &alloc);
  mcnn_pool_free(workspace->pool);
  mcnn_free(&alloc, workspace->architecture);
  mcnn_free(&alloc, workspace);
}

mnistcnn_status mcnn_predictor_check(const mnistcnn_workspace *workspace,
                                     const mnistcnn_model *model) {
  const mcnn_arch *arch = model->arch;
  if (memcmp(&workspace->input, &arch->input, sizeof arch->input) != 0 ||
      workspace->num_classes != arch->num_classes ||
      strcmp(workspace->architecture, arch->text) != 0) {
    return mcnn_fail(MNISTCNN_SHAPE_MISMATCH,
                     "the workspace was made for another architecture than the model's (%s)",
                     arch->text);
  }
  if (model_scratch_floats(model, workspace->image_block, workspace->max_batch) >
      workspace->scratch_floats) {
    return mcnn_fail(MNISTCNN_STATE,
                     "the workspace was made before the model's instruction set was changed");
  }
  return MNISTCNN_OK;
}

/* --- running ---------------------------------------------------------------------------------- */

/* Logits to probabilities, in place. */
static void finish(const mnistcnn_model *model, size_t rows, float *outputs) {
  const uint32_t classes = model->arch->num_classes;
  if (model->temperature != 1.0f)
    for (size_t i = 0; i < rows * classes; i++)
      outputs[i] /= model->temperature;
  mcnn_softmax_rows(rows, classes, outputs, outputs);
}

static void run_dense(const mnistcnn_workspace *workspace, size_t worker, const float *features,
                      size_t images, float *logits, float *scratch) {
  const float *weights = workspace->model->weights;
  if (!workspace->int8) {
    mcnn_net_dense(workspace->net, weights, features, images, logits, scratch);
    return;
  }
  uint32_t *int8_scratch =
      (uint32_t *)mcnn_arena_at(&workspace->int8_arena, 0) + worker * workspace->int8_scratch;
  mcnn_net_dense_int8(workspace->net, weights, workspace->int8, features, images, logits, scratch,
                      int8_scratch);
}

static void run_task(void *context, size_t task, size_t worker) {
  const mnistcnn_workspace *workspace = context;
  float *input = (float *)mcnn_arena_at(&workspace->arena, 0) + worker * workspace->worker_floats;
  float *features = input + workspace->input_floats;
  float *scratch = features + workspace->feature_floats;
  const size_t feature_floats = mcnn_net_feature_floats(workspace->net);
  const float *weights = workspace->model->weights;
  const size_t begin = task * workspace->task_images;
  const size_t left = workspace->count - begin;
  const size_t images = left < workspace->task_images ? left : workspace->task_images;
  float *outputs = workspace->outputs + begin * workspace->num_classes;

  for (size_t at = 0; at < images; at += workspace->image_block) {
    const size_t count =
        images - at < workspace->image_block ? images - at : workspace->image_block;
    mcnn_net_spatial(workspace->net, weights, workspace->packed,
                     mcnn_input_prepare(workspace->model, workspace->net, workspace->images,
                                        begin + at, count, input),
                     count, features + at * feature_floats, scratch);
  }
  run_dense(workspace, worker, features, images, outputs, scratch);
  if (!workspace->as_logits)
    finish(workspace->model, images, outputs);
}

/* The model's weights in 8 bits, NULL where it is to predict in float32. They are packed
 * when the workspace meets the model and whenever its weights have changed since. */
static const uint32_t *int8_weights_of(mnistcnn_workspace *workspace, const mnistcnn_model *model) {
  if (!workspace->int8_arena.base || !mcnn_net_has_int8(model->net))
    return NULL;
  uint32_t *int8 = mcnn_arena_at(&workspace->int8_arena, workspace->int8_weights);
  if (workspace->int8_model == model->id && workspace->int8_generation == model->generation)
    return int8;
  mcnn_net_int8_pack(model->net, model->weights, int8);
  mcnn_model_id *before = workspace->int8_model;
  workspace->int8_model = mcnn_model_id_hold(model->id);
  workspace->int8_generation = model->generation;
  mcnn_model_id_release(before);
  return int8;
}

static void run(mnistcnn_workspace *workspace, const mnistcnn_model *model,
                const mcnn_images *images, size_t count, int as_logits, float *outputs) {
  const int gray = images->channels == 1 && model->arch->input.channels == 3 && model->gray_net &&
                   mcnn_net_gray_input(model->gray_net);
  const size_t threads = mcnn_pool_threads(workspace->pool);
  if (count == 0)
    return;
  workspace->model = model;
  workspace->net = gray ? model->gray_net : model->net;
  workspace->packed = gray ? model->gray_packed : model->packed;
  workspace->int8 = int8_weights_of(workspace, model);
  workspace->images = images;
  workspace->count = count;
  workspace->outputs = outputs;
  workspace->as_logits = as_logits;
  /* The kernels give the same bytes whatever the blocks of images, so these may follow the number
   * of threads. */
  workspace->task_images = (count + threads - 1) / threads;
  if (workspace->task_images > workspace->max_batch)
    workspace->task_images = workspace->max_batch;
  mcnn_pool_run(workspace->pool, run_task, workspace,
                (count + workspace->task_images - 1) / workspace->task_images);
}

void mcnn_predictor_run(mnistcnn_workspace *workspace, const mnistcnn_model *model,
                        const mcnn_images *images, size_t count, float *probabilities) {
  run(workspace, model, images, count, 0, probabilities);
}

void mcnn_predictor_logits(mnistcnn_workspace *workspace, const mnistcnn_model *model,
                           const mcnn_images *images, size_t count, float *logits) {
  run(workspace, model, images, count, 1, logits);
}
