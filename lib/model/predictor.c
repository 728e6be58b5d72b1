#include "model/predictor.h"

#include "base/arena.h"
#include "base/sizes.h"
#include "base/status.h"
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

static size_t nets_scratch_floats(const mcnn_nets *nets, size_t image_block, size_t max_batch) {
  const size_t own = net_scratch_floats(nets->net, image_block, max_batch);
  return nets->gray_net ? mcnn_max(own, net_scratch_floats(nets->gray_net, image_block, max_batch))
                        : own;
}

/* What each worker has, and of that what all have. */
static void reserve_scratch(mnistcnn_workspace *workspace, const mcnn_nets *nets,
                            uint32_t workers) {
  workspace->image_block = mcnn_min(mcnn_net_image_block(nets->net), workspace->max_batch);
  workspace->input_floats =
      mcnn_round_up_cache_line(workspace->image_block * mcnn_shape_count(workspace->input));
  workspace->feature_floats =
      mcnn_round_up_cache_line(workspace->max_batch * mcnn_net_feature_floats(nets->net));
  workspace->scratch_floats =
      nets_scratch_floats(nets, workspace->image_block, workspace->max_batch);
  workspace->worker_floats =
      workspace->input_floats + workspace->feature_floats + workspace->scratch_floats;
  mcnn_placer placer = {&workspace->arena, 0};
  (void)mcnn_place(&placer, workspace->worker_floats, workers, sizeof(float));
}

/* Where the processor has no int8 kernels all sizes are 0, and predictions are float32. */
static void reserve_int8(mnistcnn_workspace *workspace, const mcnn_net *net, uint32_t workers) {
  const size_t words = mcnn_net_int8_words(net);
  if (words == 0)
    return;
  workspace->int8_scratch = mcnn_round_up_cache_line(mcnn_net_int8_scratch_words(net));
  mcnn_placer placer = {&workspace->int8_arena, 0};
  (void)mcnn_place(&placer, workspace->int8_scratch, workers, sizeof(uint32_t));
  workspace->int8_weights = mcnn_arena_reserve(&workspace->int8_arena, words, sizeof(uint32_t));
}

/* All sizes, and the reservations in both arenas. */
static void lay_out(mnistcnn_workspace *workspace, const mcnn_arch *arch, const mcnn_nets *nets,
                    const mnistcnn_workspace_options *options) {
  workspace->input = arch->input;
  workspace->num_classes = arch->num_classes;
  workspace->max_batch = options->max_batch;
  reserve_scratch(workspace, nets, options->num_threads);
  if (options->precision == MNISTCNN_PRECISION_INT8)
    reserve_int8(workspace, nets->net, options->num_threads);
}

static int has_int8(const mnistcnn_workspace *workspace) {
  return workspace->int8_arena.size > 0 || workspace->int8_arena.overflow;
}

static mnistcnn_status allocate(mnistcnn_workspace *workspace, const char *architecture,
                                uint32_t threads) {
  const mcnn_alloc *alloc = &workspace->alloc;
  workspace->architecture = mcnn_alloc_string(alloc, architecture);
  if (!workspace->architecture)
    return MNISTCNN_OUT_OF_MEMORY;
  mnistcnn_status status = mcnn_pool_create(alloc, threads, &workspace->pool);
  if (status == MNISTCNN_OK)
    status = mcnn_arena_allocate(&workspace->arena, alloc);
  if (status == MNISTCNN_OK && has_int8(workspace))
    status = mcnn_arena_allocate(&workspace->int8_arena, alloc);
  return status;
}

mnistcnn_status mcnn_predict_cost(const mcnn_arch *arch, mcnn_isa isa,
                                  const mnistcnn_workspace_options *options, mcnn_cost *cost) {
  mnistcnn_workspace workspace = {0};
  mcnn_nets nets;
  const mnistcnn_status status = mcnn_nets_create(arch, isa, &arch->alloc, &nets);
  if (status != MNISTCNN_OK)
    return status;
  lay_out(&workspace, arch, &nets, options);
  const uint64_t arenas =
      mcnn_saturating_add(mcnn_arena_bytes(&workspace.arena),
                          has_int8(&workspace) ? mcnn_arena_bytes(&workspace.int8_arena) : 0);
  const uint64_t rest = mcnn_alloc_bytes(1, sizeof workspace) +
                        mcnn_alloc_bytes(strlen(arch->text) + 1, 1) +
                        mcnn_pool_bytes(options->num_threads);
  *cost = (mcnn_cost){.bytes = mcnn_saturating_add(arenas, rest), .macs = mcnn_net_macs(nets.net)};
  mcnn_nets_free(&nets);
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_predictor_create(const mnistcnn_model *model,
                                      const mnistcnn_workspace_options *options,
                                      mnistcnn_workspace **out) {
  mnistcnn_workspace *workspace = mcnn_alloc_zeroed(&model->alloc, 1, sizeof *workspace);
  *out = NULL;
  if (!workspace)
    return MNISTCNN_OUT_OF_MEMORY;
  workspace->alloc = model->alloc;
  workspace->error = options->error;
  const mcnn_nets nets = mcnn_model_nets(model);
  lay_out(workspace, model->arch, &nets, options);
  const mnistcnn_status status = allocate(workspace, model->arch->text, options->num_threads);
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

mcnn_pool *mcnn_predictor_pool(const mnistcnn_workspace *workspace) {
  return workspace->pool;
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
  const mcnn_nets nets = mcnn_model_nets(model);
  if (nets_scratch_floats(&nets, workspace->image_block, workspace->max_batch) >
      workspace->scratch_floats) {
    return mcnn_fail(MNISTCNN_STATE,
                     "the workspace was made before the model's instruction set was changed");
  }
  return MNISTCNN_OK;
}

/* --- running ---------------------------------------------------------------------------------- */

/* Logits to probabilities, in place. */
static void finish(const mnistcnn_workspace *workspace, size_t rows, float *outputs) {
  const mnistcnn_model *model = workspace->model;
  const uint32_t classes = model->arch->num_classes;
  if (model->temperature != 1.0f)
    for (size_t i = 0; i < rows * classes; i++)
      outputs[i] /= model->temperature;
  mcnn_output_probabilities(model->arch->output, mcnn_kernels_for(mcnn_net_isa(workspace->net)),
                            rows, classes, outputs, outputs);
}

static void run_dense(const mnistcnn_workspace *workspace, size_t worker, const float *features,
                      size_t images, float *logits, float *scratch) {
  const float *weights = workspace->model->weights;
  if (!workspace->int8) {
    mcnn_net_dense(workspace->net, weights, workspace->packed, features, images, logits, scratch);
    return;
  }
  uint32_t *int8_scratch =
      (uint32_t *)mcnn_arena_at(&workspace->int8_arena, 0) + worker * workspace->int8_scratch;
  mcnn_net_dense_int8(workspace->net, weights, workspace->packed, workspace->int8, features, images,
                      logits, scratch, int8_scratch);
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
    finish(workspace, images, outputs);
}

/* --- one image by all threads ----------------------------------------------------------------- */

/* Where there are so few images that more threads would have nothing to do than have. */
static int is_shared(const mnistcnn_workspace *workspace, size_t threads) {
  return threads > 1 && 2 * workspace->count <= threads &&
         mcnn_net_is_worth_sharing(workspace->net);
}

static void run_shared(mnistcnn_workspace *workspace) {
  float *input = (float *)mcnn_arena_at(&workspace->arena, 0);
  float *features = input + workspace->input_floats;
  float *scratch = features + workspace->feature_floats;
  const mcnn_workers workers = {workspace->pool, workspace->worker_floats};
  const float *weights = workspace->model->weights;
  for (size_t image = 0; image < workspace->count; image++) {
    float *outputs = workspace->outputs + image * workspace->num_classes;
    mcnn_net_spatial_shared(
        workspace->net, weights, workspace->packed,
        mcnn_input_prepare(workspace->model, workspace->net, workspace->images, image, 1, input),
        features, scratch, &workers);
    if (workspace->int8)
      run_dense(workspace, 0, features, 1, outputs, scratch);
    else
      mcnn_net_dense_shared(workspace->net, weights, workspace->packed, features, outputs, scratch,
                            &workers);
    if (!workspace->as_logits)
      finish(workspace, 1, outputs);
  }
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
  const size_t threads = mcnn_pool_threads(workspace->pool);
  if (count == 0)
    return;
  workspace->model = model;
  workspace->net = mcnn_model_net_for(model, images->channels);
  workspace->packed = workspace->net == model->net ? model->packed : model->gray_packed;
  workspace->int8 = int8_weights_of(workspace, model);
  workspace->images = images;
  workspace->count = count;
  workspace->outputs = outputs;
  workspace->as_logits = as_logits;
  if (is_shared(workspace, threads)) {
    run_shared(workspace);
    return;
  }
  /* The kernels give the same bytes whatever the blocks of images, so these may follow the number
   * of threads: as many for each of them, all of nearly one size, for few images take longer each.
   */
  const size_t rounds = mcnn_ceil_div(count, threads * workspace->max_batch);
  workspace->task_images = mcnn_ceil_div(count, threads * rounds);
  mcnn_pool_run(workspace->pool, run_task, workspace, mcnn_ceil_div(count, workspace->task_images));
}

void mcnn_predictor_run(mnistcnn_workspace *workspace, const mnistcnn_model *model,
                        const mcnn_images *images, size_t count, float *probabilities) {
  run(workspace, model, images, count, 0, probabilities);
}

void mcnn_predictor_logits(mnistcnn_workspace *workspace, const mnistcnn_model *model,
                           const mcnn_images *images, size_t count, float *logits) {
  run(workspace, model, images, count, 1, logits);
}
