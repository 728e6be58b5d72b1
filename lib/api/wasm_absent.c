/* What a module of WebAssembly is without, as nothing that crosses its border can ask for it:
 * files, streams and checkpoints, a second thread, a log, kernels of 8 bits, those for vectors
 * of eight floats, and one algorithm for training convolutions without pooling, which takes a third
 * longer by another. Most of it would be unreachable only if one knew what options the module
 * passes. Here are, in the place of those files, the functions that the rest of the library calls.
 */
#include "base/status.h"
#include "base/stream.h"
#include "base/threads.h"
#include "kernels/conv/algorithms.h"
#include "nn/int8.h"
#include "train/checkpoint.h"
#include "train/findings.h"

#include <assert.h>

/* --- files and streams ------------------------------------------------------------------------ */

static mnistcnn_status fail(const char *label) {
  return mcnn_fail(MNISTCNN_IO, "%s: there are no files in WebAssembly", label);
}

mnistcnn_status mcnn_fail_errno(const char *path, const char *action, int error) {
  (void)action, (void)error;
  return fail(path);
}

mnistcnn_status mcnn_read_file(const char *path, size_t limit_bytes, const mcnn_alloc *alloc,
                               unsigned char **data, size_t *size_bytes) {
  (void)limit_bytes, (void)alloc, (void)data, (void)size_bytes;
  return fail(path);
}

mnistcnn_status mcnn_read_file_start(const char *path, unsigned char *data, size_t capacity,
                                     size_t *read_bytes, size_t *size_bytes) {
  (void)data, (void)capacity, (void)read_bytes, (void)size_bytes;
  return fail(path);
}

mnistcnn_status mcnn_read_file_into(const char *path, size_t limit_bytes, const mcnn_alloc *alloc,
                                    unsigned char **buffer, size_t *capacity_bytes,
                                    size_t *size_bytes) {
  (void)limit_bytes, (void)alloc, (void)buffer, (void)capacity_bytes, (void)size_bytes;
  return fail(path);
}

mnistcnn_status mcnn_write_file_atomic(const char *path, const mcnn_span *spans, size_t span_count,
                                       const mcnn_alloc *alloc) {
  (void)spans, (void)span_count, (void)alloc;
  return fail(path);
}

mnistcnn_status mcnn_write_file_nosync(const char *path, const mcnn_span *spans, size_t span_count,
                                       const mcnn_alloc *alloc) {
  return mcnn_write_file_atomic(path, spans, span_count, alloc);
}

const char *mcnn_source_label(const mcnn_source *source, const char *otherwise) {
  return source->path ? source->path : otherwise;
}

mnistcnn_status mcnn_source_read(const mcnn_source *source, const char *label,
                                 const mcnn_read_limits *limits, const mcnn_alloc *alloc,
                                 mcnn_bytes *bytes) {
  (void)source, (void)limits, (void)alloc;
  *bytes = (mcnn_bytes){NULL, 0, 0};
  return fail(label);
}

int mcnn_target_is_set(const mcnn_target *target) {
  (void)target;
  return 0;
}

mnistcnn_status mcnn_target_write(const mcnn_target *target, const mcnn_span *spans,
                                  size_t span_count, const mcnn_alloc *alloc) {
  (void)target, (void)spans, (void)span_count, (void)alloc;
  return fail("the file");
}

/* --- one thread ------------------------------------------------------------------------------- */

mnistcnn_status mcnn_pool_create(const mcnn_alloc *alloc, uint32_t threads, mcnn_pool **out) {
  (void)alloc;
  *out = NULL; /* a pool of one */
  return threads == 1 ? MNISTCNN_OK
                      : mcnn_fail(MNISTCNN_THREADS, "there is one thread only in WebAssembly");
}

void mcnn_pool_free(mcnn_pool *pool) {
  (void)pool;
}

uint64_t mcnn_pool_bytes(uint32_t threads) {
  (void)threads;
  return 0;
}

uint32_t mcnn_pool_threads(const mcnn_pool *pool) {
  (void)pool;
  return 1;
}

void mcnn_pool_run_ordered(mcnn_pool *pool, mcnn_task_order order, mcnn_task_fn fn, void *context,
                           size_t tasks) {
  (void)pool;
  for (size_t task = 0; task < tasks; task++)
    fn(context, order == MCNN_ORDER_DESCENDING ? tasks - 1 - task : task, 0);
}

void mcnn_pool_run(mcnn_pool *pool, mcnn_task_fn fn, void *context, size_t tasks) {
  mcnn_pool_run_ordered(pool, MCNN_ORDER_ASCENDING, fn, context, tasks);
}

void mcnn_task_range(size_t count, size_t tasks, size_t task, size_t *begin, size_t *end) {
  assert(tasks > 0 && task <= tasks);
  const size_t each = count / tasks, rest = count % tasks;
  *begin = task * each + (task < rest ? task : rest);
  *end = *begin + each + (task < rest ? 1 : 0);
}

/* --- a log and checkpoints -------------------------------------------------------------------- */

void mcnn_log_findings(const mnistcnn_trainer *trainer) {
  (void)trainer;
}

uint64_t mcnn_checkpoint_bytes(const mnistcnn_train_options *options, size_t floats) {
  (void)options, (void)floats;
  return 0;
}

mnistcnn_status mcnn_checkpoint_write(const mnistcnn_trainer *trainer, const mcnn_target *target) {
  (void)trainer, (void)target;
  return fail("the checkpoint");
}

/* --- kernels ---------------------------------------------------------------------------------- */

size_t mcnn_net_int8_words(const mcnn_net *net) {
  (void)net;
  return 0;
}

size_t mcnn_net_int8_scratch_words(const mcnn_net *net) {
  return mcnn_net_int8_words(net);
}

int mcnn_net_has_int8(const mcnn_net *net) {
  (void)net;
  return 0;
}

void mcnn_net_int8_pack(const mcnn_net *net, const float *weights, uint32_t *packed) {
  (void)net, (void)weights, (void)packed;
}

int mcnn_int8_forward(const mcnn_forward *call, const mcnn_int8_weights *weights) {
  (void)call, (void)weights;
  return 0;
}

size_t mcnn_int8_close_calls(const mcnn_net *net, const float *logits, size_t images) {
  (void)net, (void)logits, (void)images;
  return 0;
}

int mcnn_winograd_backward_supports(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  (void)kernels, (void)g;
  return 0;
}

size_t mcnn_winograd_backward_packed_floats(const mcnn_kernels *kernels,
                                            const mcnn_conv_geometry *g) {
  (void)kernels, (void)g;
  return 0;
}

void mcnn_winograd_backward_pack(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                                 const float *w, float *transposed, float *packed) {
  (void)kernels, (void)g, (void)w, (void)transposed, (void)packed;
}

size_t mcnn_winograd_backward_scratch_floats(const mcnn_kernels *kernels,
                                             const mcnn_conv_geometry *g) {
  return mcnn_winograd_backward_packed_floats(kernels, g);
}

void mcnn_winograd_backward(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                            const float *packed, const float *x, const float *y, const float *dy,
                            size_t images, int accumulate, float *grad, float *dx, float *scratch) {
  (void)kernels, (void)g, (void)packed, (void)x, (void)y, (void)dy, (void)images, (void)grad;
  (void)accumulate, (void)dx, (void)scratch;
}

int mcnn_gather_supports(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  (void)kernels, (void)g;
  return 0;
}

size_t mcnn_gather_grad_floats(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  (void)kernels, (void)g;
  return 0;
}

size_t mcnn_gather_scratch_floats(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  return mcnn_gather_grad_floats(kernels, g);
}

void mcnn_gather_dw(const mcnn_kernels *kernels, const mcnn_conv_geometry *g, const float *x,
                    mcnn_grad_source source, float *grad, float *scratch) {
  (void)kernels, (void)g, (void)x, (void)source, (void)grad, (void)scratch;
}

size_t mcnn_gather_finish(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                          const float *grads, size_t count, size_t stride, float *dw, size_t begin,
                          size_t end) {
  (void)kernels, (void)g, (void)grads, (void)count, (void)stride, (void)dw, (void)begin, (void)end;
  return 0;
}
