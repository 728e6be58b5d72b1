#include "model/predictor.h"

#include "base/arena.h"
#include "base/sizes.h"
#include "base/status.h"
#include "kernels/softmax.h"
#include "nn/int8.h"
#include "nn/predict.h"

#include <string.h>

struct mnistcnn_workspace {
  mcnn_alloc alloc;
  char *architecture; /* of the models it serves, with input and classes */
  mcnn_shape input;
  uint32_t num_classes;
  size_t max_batch;
  size_t chunk; /* images the spatial part works on at once */
  mcnn_pool *pool;

  mcnn_arena arena; /* of each worker: input, features, scratch */
  size_t worker_floats;
  size_t input_floats, feature_floats, scratch_floats;

  mcnn_arena reduced_arena;        /* empty where all is float32: */
  size_t reduced_scratch;          /* words of each worker, before */
  size_t reduced_weights;          /* ... where the weights in reduced precision begin */
  mcnn_model_id *reduced_identity; /* whose weights they are; NULL: nobody's yet */
  uint64_t reduced_generation;

  /* The work in hand, for the pieces. */
  const mnistcnn_model *model;
  const mcnn_net *net;
  const float *packed;
  const uint32_t *reduced; /* NULL: in float32 */
  const mcnn_images *images;
  size_t count, piece_images;
  float *outputs;
  int as_logits; /* else as probabilities */
};

static size_t net_scratch_floats(const mcnn_net *net, size_t chunk, size_t max_batch) {
  return mcnn_round_up_cache_line(mcnn_max(mcnn_net_spatial_scratch_floats(net, chunk),
                                           mcnn_net_dense_scratch_floats(net, max_batch)));
}

static size_t model_scratch_floats(const mnistcnn_model *model, size_t chunk, size_t max_batch) {
  const size_t own = net_scratch_floats(model->net, chunk, max_batch);
  return model->gray_net ? mcnn_max(own, net_scratch_floats(model->gray_net, chunk, max_batch))
                         : own;
}

/* Two of a chunk's inputs: one as it comes, one with its channels spread. */
static mnistcnn_status allocate_scratch(mnistcnn_workspace *workspace,
                                        const mnistcnn_model *model) {
  const uint32_t workers = mcnn_pool_threads(workspace->pool);
  workspace->chunk = mcnn_net_image_block(model->net);
  if (workspace->chunk > workspace->max_batch)
    workspace->chunk = workspace->max_batch;
  workspace->input_floats =
      2 * mcnn_round_up_cache_line(workspace->chunk * mcnn_shape_count(model->arch->input));
  workspace->feature_floats =
      mcnn_round_up_cache_line(workspace->max_batch * mcnn_net_feature_floats(model->net));
  workspace->scratch_floats = model_scratch_floats(model, workspace->chunk, workspace->max_batch);
  workspace->worker_floats =
      workspace->input_floats + workspace->feature_floats + workspace->scratch_floats;
  size_t floats;
  if (!mcnn_checked_mul(workspace->worker_floats, workers, &floats))
    return mcnn_fail_memory(SIZE_MAX);
  mcnn_arena_reserve(&workspace->arena, floats, sizeof(float));
  return mcnn_arena_allocate(&workspace->arena, &workspace->alloc);
}

/* Where the processor has no reduced precision all sizes are 0, and predictions are float32. */
static mnistcnn_status allocate_reduced(mnistcnn_workspace *workspace,
                                        const mnistcnn_model *model) {
  const size_t words = mcnn_net_int8_words(model->net);
  size_t scratch;
  if (words == 0)
    return MNISTCNN_OK;
  workspace->reduced_scratch = mcnn_round_up_cache_line(mcnn_net_int8_scratch_words(model->net));
  if (!mcnn_checked_mul(workspace->reduced_scratch, mcnn_pool_threads(workspace->pool), &scratch))
    return mcnn_fail_memory(SIZE_MAX);
  mcnn_arena_reserve(&workspace->reduced_arena, scratch, sizeof(uint32_t));
  workspace->reduced_weights =
      mcnn_arena_reserve(&workspace->reduced_arena, words, sizeof(uint32_t));
  return mcnn_arena_allocate(&workspace->reduced_arena, &workspace->alloc);
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
  workspace->input = model->arch->input;
  workspace->num_classes = model->arch->num_classes;
  workspace->max_batch = options->max_batch;
  workspace->architecture = mcnn_alloc_string(&model->alloc, model->arch->text);
  if (workspace->architecture)
    status = mcnn_pool_create(&model->alloc, options->num_threads, &workspace->pool);
  if (status == MNISTCNN_OK)
    status = allocate_scratch(workspace, model);
  if (status == MNISTCNN_OK && options->precision == MNISTCNN_PRECISION_REDUCED)
    status = allocate_reduced(workspace, model);
  if (status != MNISTCNN_OK) {
    mcnn_predictor_free(workspace);
    return status;
  }
  *out = workspace;
  return MNISTCNN_OK;
}

void mcnn_predictor_free(mnistcnn_workspace *workspace) {
  if (!workspace)
    return;
  const mcnn_alloc alloc = workspace->alloc;
  mcnn_model_id_release(workspace->reduced_identity);
  mcnn_arena_free(&workspace->reduced_arena, &alloc);
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
  if (model_scratch_floats(model, workspace->chunk, workspace->max_batch) >
      workspace->scratch_floats) {
    return mcnn_fail(MNISTCNN_STATE,
                     "the workspace was made before the model's instruction set was changed");
  }
  return MNISTCNN_OK;
}

void mcnn_model_byte_scale(const mnistcnn_model *model, float *scale, float *offset) {
  *scale = 1.0f / (255.0f * model->input_deviation);
  *offset = -model->input_mean / model->input_deviation;
}

void mcnn_broadcast_gray(size_t pixels, const float *src, float *dst) {
  for (size_t i = 0; i < pixels; i++)
    dst[3 * i] = dst[3 * i + 1] = dst[3 * i + 2] = src[i];
}

/* --- running ------------------------------------------------------------------------------------
 */

static int is_identity(const mnistcnn_model *model) {
  return model->input_mean == 0.0f && model->input_deviation == 1.0f;
}

static const uint8_t *bytes_of(const mcnn_images *images, size_t index, size_t image_bytes) {
  return images->dataset ? mcnn_dataset_image(images->dataset, images->first + index)
                         : images->bytes + index * image_bytes;
}

static const mcnn_kernels *kernels_of(const mnistcnn_workspace *workspace) {
  return mcnn_kernels_for(mcnn_net_isa(workspace->net));
}

/* The images [begin, begin + count) as the net wants them: NHWC, normalised, one channel or three.
 * Points into the caller's images where nothing has to be done. */
static const float *prepare(const mnistcnn_workspace *workspace, size_t begin, size_t count,
                            float *buffer) {
  const mcnn_images *images = workspace->images;
  const mnistcnn_model *model = workspace->model;
  const size_t net_floats = mcnn_net_input_floats(workspace->net);
  const size_t pixels = (size_t)model->arch->input.height * model->arch->input.width;
  const int spread = images->channels == 1 && net_floats != pixels;
  const size_t image_floats = pixels * images->channels;
  float *prepared = spread ? buffer + workspace->input_floats / 2 : buffer;
  float scale, offset;

  if (images->floats) {
    const float *floats = images->floats + begin * image_floats;
    if (is_identity(model))
      return floats;
    kernels_of(workspace)->scale_f32(count * image_floats, floats, 1.0f / model->input_deviation,
                                     -model->input_mean / model->input_deviation, prepared);
    return prepared;
  }
  mcnn_model_byte_scale(model, &scale, &offset);
  for (size_t i = 0; i < count; i++) {
    kernels_of(workspace)->scale_u8(image_floats, bytes_of(images, begin + i, image_floats), scale,
                                    offset, prepared + i * image_floats);
  }
  if (spread)
    mcnn_broadcast_gray(count * pixels, prepared, buffer);
  return buffer;
}

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
  if (!workspace->reduced) {
    mcnn_net_dense(workspace->net, weights, features, images, logits, scratch);
    return;
  }
  uint32_t *rounded =
      (uint32_t *)mcnn_arena_at(&workspace->reduced_arena, 0) + worker * workspace->reduced_scratch;
  mcnn_net_dense_int8(workspace->net, weights, workspace->reduced, features, images, logits,
                      scratch, rounded);
}

static void run_piece(void *context, size_t piece, size_t worker) {
  const mnistcnn_workspace *workspace = context;
  float *input = (float *)mcnn_arena_at(&workspace->arena, 0) + worker * workspace->worker_floats;
  float *features = input + workspace->input_floats;
  float *scratch = features + workspace->feature_floats;
  const size_t feature_floats = mcnn_net_feature_floats(workspace->net);
  const float *weights = workspace->model->weights;
  const size_t begin = piece * workspace->piece_images;
  const size_t left = workspace->count - begin;
  const size_t images = left < workspace->piece_images ? left : workspace->piece_images;
  float *outputs = workspace->outputs + begin * workspace->num_classes;

  for (size_t at = 0; at < images; at += workspace->chunk) {
    const size_t count = images - at < workspace->chunk ? images - at : workspace->chunk;
    mcnn_net_spatial(workspace->net, weights, workspace->packed,
                     prepare(workspace, begin + at, count, input), count,
                     features + at * feature_floats, scratch);
  }
  run_dense(workspace, worker, features, images, outputs, scratch);
  if (!workspace->as_logits)
    finish(workspace->model, images, outputs);
}

/* The model's weights in reduced precision, NULL where it is to predict in float32. They are packed
 * when the workspace meets the model and whenever its weights have changed since. */
static const uint32_t *reduced_weights_of(mnistcnn_workspace *workspace,
                                          const mnistcnn_model *model) {
  if (!workspace->reduced_arena.base || !mcnn_net_has_int8(model->net))
    return NULL;
  uint32_t *reduced = mcnn_arena_at(&workspace->reduced_arena, workspace->reduced_weights);
  if (workspace->reduced_identity == model->identity &&
      workspace->reduced_generation == model->generation)
    return reduced;
  mcnn_net_int8_pack(model->net, model->weights, reduced);
  mcnn_model_id *before = workspace->reduced_identity;
  workspace->reduced_identity = mcnn_model_id_hold(model->identity);
  workspace->reduced_generation = model->generation;
  mcnn_model_id_release(before);
  return reduced;
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
  workspace->reduced = reduced_weights_of(workspace, model);
  workspace->images = images;
  workspace->count = count;
  workspace->outputs = outputs;
  workspace->as_logits = as_logits;
  /* The kernels give the same bytes however the images are cut, so the cut may follow the threads.
   */
  workspace->piece_images = (count + threads - 1) / threads;
  if (workspace->piece_images > workspace->max_batch)
    workspace->piece_images = workspace->max_batch;
  mcnn_pool_run(workspace->pool, run_piece, workspace,
                (count + workspace->piece_images - 1) / workspace->piece_images);
}

void mcnn_predictor_run(mnistcnn_workspace *workspace, const mnistcnn_model *model,
                        const mcnn_images *images, size_t count, float *probabilities) {
  run(workspace, model, images, count, 0, probabilities);
}

void mcnn_predictor_logits(mnistcnn_workspace *workspace, const mnistcnn_model *model,
                           const mcnn_images *images, size_t count, float *logits) {
  run(workspace, model, images, count, 1, logits);
}
