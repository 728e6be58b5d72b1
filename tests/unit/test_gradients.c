/* The network's predictions and gradients against an independent double-precision network and its
 * central finite differences: every layer, both losses, every instruction set, gray input, and the
 * same bytes at any number of threads. */
#include "base/rng.h"
#include "base/threads.h"
#include "mnistcnn.h"
#include "nn/arch_text.h"
#include "nn/executor.h"
#include "nn/layer_kind.h"
#include "nn/predict.h"
#include "reference_net.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { IMAGES = 11, CLASSES = 4, SEED = 7, STEP = 3 };

typedef struct net_case {
  const char *text;
  mcnn_shape input;
  int gray;
} net_case;

static const net_case cases[] = {
    {"conv 3 3x3 relu, maxpool 2, flatten, dense 4 softmax", {9, 8, 1}, 0},
    {"conv 16 5x5 relu, maxpool 2, conv 32 5x5 relu, maxpool 2, flatten, dense 20 relu, "
     "dense 4 softmax",
     {28, 28, 1},
     0},
    {"conv 5 3x3 relu, maxpool 2, flatten, dense 4 softmax", {8, 8, 3}, 0},
    {"conv 5 3x3 relu, maxpool 2, flatten, dense 4 softmax", {8, 8, 3}, 1},
    {"conv 5 4x2 same, maxpool 3x2, conv 3 2x3 same relu, flatten, dense 4 softmax", {10, 7, 3}, 0},
    {"conv 4 3x3, conv 6 3x3 relu, flatten, dense 4 softmax", {8, 9, 1}, 0},
    {"maxpool 2, conv 4 3x3 relu, maxpool 3, relu, flatten, dense 4 softmax", {18, 15, 3}, 0},
    {"maxpool 2, relu, flatten, dense 9 relu, dense 4 softmax", {6, 6, 3}, 1},
    {"conv 17 1x1 relu, maxpool 2x3, flatten, dense 4 softmax", {5, 7, 1}, 0},
    {"conv 4 3x3 relu, maxpool 2, flatten, dropout 0.5, dense 4 softmax", {8, 8, 1}, 0},
    {"conv 4 3x3, dropout 0.25, maxpool 2, flatten, dense 4 softmax", {8, 8, 1}, 0},
    {"flatten, dense 12 relu, dropout 0.5, dense 4 softmax", {5, 4, 1}, 0},
    {"conv 5 3x3 stride 2 same relu, conv 4 3x3 stride 2x3 relu, flatten, dense 4 softmax",
     {15, 16, 3},
     1},
    {"conv 5 3x3 stride 2 same nobias, maxpool 2, conv 4 2x3 dilation 2x1 same relu, flatten, "
     "dense 4 softmax",
     {16, 15, 1},
     0},
    {"conv 9 1x1 relu, conv 17 3x3 dilation 2 nobias relu, conv 4 1x1 stride 2 nobias, flatten, "
     "dense 4 softmax",
     {9, 8, 3},
     0},
    {"conv 3 5x3 dilation 2x3, conv 18 1x1 stride 3x2 same relu, flatten, dense 4 softmax",
     {12, 11, 1},
     0},
    {"flatten, dense 4 softmax", {3, 3, 1}, 0},
    {"flatten, dense 270 relu, dense 4 softmax", {5, 4, 1}, 0},
    {"flatten, dense 270, dense 4 softmax", {5, 4, 1}, 0},
    {"flatten, dense 270 relu, dense 33 relu, dense 4 softmax", {4, 4, 1}, 0},
    {"flatten, dense 9 relu, dense 270 relu, dense 5 relu, dense 4 softmax", {3, 3, 1}, 0},
    {"conv 4 3x3 relu, flatten, dense 260 relu, dense 261 relu, dense 4 softmax", {5, 4, 1}, 0},
    {"flatten, dense 270 relu, dropout 0.5, dense 4 softmax", {5, 4, 1}, 0},
    {"flatten, dense 270, relu, dense 4 softmax", {3, 4, 1}, 0},
    {"conv 5 3x3 relu, maxpool 3 stride 2 same, flatten, dense 4 softmax", {9, 8, 1}, 0},
    {"conv 9 3x3 same, maxpool 2x3 stride 2x1, conv 3 2x2, flatten, dense 4 softmax", {7, 8, 3}, 1},
    {"conv 5 3x3 relu, avgpool 2, conv 9 2x2 relu, avgpool 2 same, flatten, dense 4 softmax",
     {11, 10, 1},
     0},
    {"conv 17 2x2, avgpool 3x2 stride 2x1 same, relu, flatten, dense 4 softmax", {7, 6, 3}, 1},
    {"conv 3 2x2 relu, avgpool 2 stride 1, flatten, dense 270 relu, dense 4 softmax", {6, 7, 1}, 0},
    {"conv 9 3x3 relu, globalavgpool, dense 4 softmax", {8, 7, 1}, 0},
    {"conv 9 3x3 relu, globalmaxpool, flatten, dense 4 softmax", {8, 7, 3}, 1},
    {"conv 5 3x3, maxpool 2, globalavgpool, dropout 0.3, dense 270 relu, dense 4 softmax",
     {11, 12, 1},
     0},
    {"globalmaxpool, dense 4 softmax", {5, 4, 3}, 0},
    {"zeropad 1, maxpool 2, conv 3 3x3 same relu, conv 3 1x1, add 3, add 3 relu, flatten, dense 4 "
     "softmax",
     {6, 5, 3},
     1},
    {"zeropad 1, conv 5 3x3 relu, zeropad 2x1, conv 4 3x3, flatten, dense 4 softmax", {6, 5, 3}, 1},
    {"conv 3 2x2 relu, zeropad 1x3, flatten, dense 270 relu, dense 4 softmax", {4, 4, 1}, 0},
    {"rescale 2 -1, conv 5 3x3 relu, rescale -0.5 0.25, maxpool 2, flatten, dense 4 softmax",
     {8, 7, 3},
     1},
    {"conv 5 3x3 relu, flatten, rescale 0.7 0.1, dense 270 relu, rescale -1.5 0, dense 9 relu, "
     "dense 4 softmax",
     {5, 4, 1},
     0},
    {"flatten, rescale 3 1, dense 4 softmax", {3, 3, 1}, 0},
    {"conv 9 3x3 relu, spatialdropout 0.4, conv 4 3x3 relu, flatten, dense 4 softmax",
     {8, 7, 1},
     0},
    {"conv 17 3x3, spatialdropout 0.5, globalavgpool, dense 4 softmax", {6, 7, 3}, 1},
    {"maxpool 2 stride 3 same, conv 4 2x2 relu, maxpool 2 same, flatten, dense 4 softmax",
     {13, 11, 1},
     0},
    {"conv 3 3x3 tanh, maxpool 2, flatten, dense 4 softmax", {9, 8, 1}, 0},
    {"conv 5 3x3 elu 0.5, conv 3 3x3 same softplus, flatten, dense 4 softmax", {8, 8, 3}, 1},
    {"leaky_relu 0.1, conv 5 3x3 relu, gelu, maxpool 2, flatten, dense 4 softmax", {8, 8, 3}, 0},
    {"conv 4 3x3 same elu 0.5, maxpool 2, conv 5 3x3 gelu, maxpool 2, flatten, dense 4 softmax",
     {14, 12, 3},
     1},
    {"conv 4 3x3 leaky_relu, maxpool 2x3, conv 5 2x2 hard_swish, maxpool 2, flatten, "
     "dense 4 softmax",
     {14, 18, 1},
     0},
    {"conv 4 3x3 sigmoid, dropout 0.25, maxpool 2, flatten, dense 4 softmax", {8, 8, 1}, 0},
    {"maxpool 2, hard_swish, flatten, dense 9 swish, dense 4 softmax", {6, 6, 3}, 0},
    {"linear, conv 3 3x3 relu6, flatten, tanh, dense 9 linear, dense 4 softmax", {6, 6, 1}, 0},
    {"flatten, dense 270 gelu_tanh, dense 4 softmax", {5, 4, 1}, 0},
    {"flatten, dense 270, dense 20 gelu, dense 4 softmax", {5, 4, 1}, 0},
    {"flatten, dense 270 leaky_relu, dense 33 elu, dense 4 softmax", {4, 4, 1}, 0},
    {"flatten, dense 9 selu, dense 270 hard_sigmoid, dense 5 hard_swish, dense 4 softmax",
     {3, 3, 1},
     0},
    {"flatten, dense 270 softplus, dropout 0.5, dense 12 swish, dense 4 softmax", {5, 4, 1}, 0},
    {"flatten, relu6, dense 40 sigmoid, tanh, dense 4 softmax", {5, 4, 1}, 0},
    {"conv 5 3x3, batchnorm relu, maxpool 2, flatten, dense 4 softmax", {8, 7, 1}, 0},
    {"conv 5 3x3 relu, batchnorm, maxpool 2x3, conv 3 2x2, batchnorm tanh, maxpool 2, flatten, "
     "dense 4 softmax",
     {13, 15, 3},
     1},
    {"conv 18 3x3 relu, batchnorm, conv 3 2x2, batchnorm noscale, flatten, dense 4 softmax",
     {6, 7, 3},
     1},
    {"conv 70 2x2, batchnorm nocenter gelu, globalavgpool, batchnorm, dense 4 softmax",
     {5, 4, 1},
     0},
    {"batchnorm epsilon 0.01, conv 4 3x3 relu, flatten, dense 9, batchnorm relu, dense 4 softmax",
     {6, 5, 3},
     0},
    {"batchnorm relu, flatten, dense 4 softmax", {3, 4, 2}, 0},
    {"flatten, batchnorm noscale nocenter, dense 270, batchnorm tanh, dropout 0.5, "
     "dense 4 softmax",
     {3, 4, 1},
     0},
    {"conv 6 3x3, batchnorm relu, dropout 0.25, conv 7 2x2, batchnorm, maxpool 2, batchnorm, "
     "flatten, dense 4 softmax",
     {9, 8, 1},
     0},
    {"conv 5 3x3 relu, conv 5 3x3 same, add 2 relu, flatten, dense 4 softmax", {6, 6, 1}, 0},
    {"conv 5 3x3 same, batchnorm relu, conv 5 3x3 same, batchnorm, add 3 relu, conv 4 3x3 same, "
     "batchnorm, conv 4 1x1 from 3, add 2, batchnorm gelu, globalavgpool, dense 4 softmax",
     {6, 7, 3},
     1},
    {"conv 3 2x2, conv 3 1x1, add 2, add 3 swish, add 1, add 3, flatten, dense 4 softmax",
     {4, 4, 1},
     0},
    {"conv 4 2x2 relu, maxpool 2, conv 4 3x3 same from 2, maxpool 2, add 3 relu, batchnorm, "
     "add batch_normalization_1 elu, zeropad 1, flatten, dense 4 softmax",
     {7, 9, 1},
     0},
    {"depthwise 3x3 relu, flatten, dense 4 softmax", {7, 6, 3}, 0},
    {"conv 15 3x3 stride 2 same nobias, batchnorm relu, depthwise 3x3 same, batchnorm swish, "
     "conv 20 1x1 nobias, batchnorm gelu, separable 8 3x3, batchnorm, maxpool 2, "
     "globalavgpool, dense 4 softmax",
     {12, 11, 3},
     1},
    {"conv 6 5x5 nobias, batchnorm swish, maxpool 2, conv 17 3x3 same, batchnorm tanh, maxpool 2, "
     "flatten, dense 4 softmax",
     {16, 15, 1},
     0},
    {"conv 17 1x1, depthwise 3x3 same relu, depthwise 2x3 stride 2 same nobias, globalavgpool, "
     "dense 4 softmax",
     {6, 7, 1},
     0},
    {"depthwise 2 multiplier 3 stride 1x2 same tanh, depthwise 3 dilation 2 relu, maxpool 2x1, "
     "flatten, dense 4 softmax",
     {8, 9, 3},
     1},
    {"separable 5 3x3 l2 0.1 relu, depthwise 2 l2 0.01, flatten, dense 4 softmax", {7, 6, 3}, 0},
    {"conv 3 2x2 relu, separable 9 3x3 stride 2 same multiplier 2 nobias, relu, "
     "separable 4 2x2 dilation 2x1 elu, dropout 0.3, flatten, dense 4 softmax",
     {10, 9, 1},
     0},
    {"conv 3 3x3 relu, maxpool 2, flatten, dense 4 sigmoid", {9, 8, 1}, 0},
    {"flatten, dense 270 relu, dense 4, sigmoid", {5, 4, 1}, 0},
    {"flatten, dense 9 sigmoid, dense 4 sigmoid, sigmoid", {5, 4, 1}, 0},
    {"flatten, dense 270 relu, dense 4", {5, 4, 1}, 0},
    {"flatten, dense 9 relu, dense 4 relu", {5, 4, 1}, 0},
    {"flatten, dense 270 relu, dense 4 tanh, softmax", {5, 4, 1}, 0},
    {"conv 4 3x3, globalavgpool, sigmoid", {6, 5, 1}, 0},
    {"conv 4 3x3, globalmaxpool softmax", {6, 5, 3}, 1},
    {"conv 4 3x3 relu, conv 4 2x2 tanh, globalavgpool", {6, 5, 3}, 0},
    {"conv 4 5x6, flatten, softmax", {5, 6, 3}, 0},
    {"conv 4 5x6 sigmoid, flatten", {5, 6, 1}, 0},
    {"flatten, dense 9 relu, dense 4, dropout 0.25", {5, 4, 1}, 0},
    {"flatten, dense 4, rescale 2 -1, sigmoid", {5, 4, 1}, 0},
    {"zeropad 1 2 0 3, conv 5 3x3 relu, zeropad 0 0 2 0, flatten, dense 4 softmax", {6, 5, 3}, 1},
    {"conv 3 2x2 relu, zeropad 0 1 0 0, conv 4 3x3, flatten, dense 4 softmax", {6, 5, 1}, 0},
    {"normalize 0.5 -0.25 0.125 / 0.25 2 0.5, conv 5 3x3 relu, normalize 0.5 / 2, maxpool 2, "
     "flatten, dense 4 softmax",
     {7, 6, 3},
     1},
    {"conv 2 3x3, normalize 0.1 0.2 / 0.5 3, globalavgpool, normalize 1 2 / 3 0.5, dense 4 softmax",
     {6, 5, 1},
     0},
    {"flatten, dense 12 nobias relu, dense 4 nobias softmax", {5, 4, 1}, 0},
    {"flatten, dense 270 nobias relu, dense 4 softmax", {5, 4, 1}, 0},
    {"flatten, dense 270 relu, dense 4 nobias softmax", {5, 4, 1}, 0},
    {"flatten, dense 270 nobias tanh, dense 4 nobias", {5, 4, 1}, 0},
    {"flatten, relu, dense 270 nobias relu, dense 33 nobias relu, dense 4 softmax", {4, 4, 1}, 0},
    {"flatten, dense 270 nobias, dropout 0.5, dense 4 softmax", {5, 4, 1}, 0},
};
enum { NUM_CASES = sizeof cases / sizeof cases[0], LARGE_CASE = 1 };

typedef struct fixture {
  mcnn_alloc alloc;
  mcnn_arch *arch;
  mcnn_net *net;
  float *weights, *gradient;
  double *parameters, *images, *kept;
  float *inputs;
  uint32_t labels[IMAGES];
  size_t batch; /* of the images, the first so many are worked on */
} fixture;

static float *random_floats(size_t count, float scale, uint64_t stream) {
  mcnn_rng rng = mcnn_rng_stream(SEED, MCNN_RNG_TEST, stream, 0);
  float *values = malloc(count * sizeof *values);
  for (size_t i = 0; i < count; i++)
    values[i] = scale * mcnn_rng_range(&rng, -1, 1);
  return values;
}

static double *to_doubles(const float *values, size_t count) {
  double *doubles = malloc(count * sizeof *doubles);
  for (size_t i = 0; i < count; i++)
    doubles[i] = (double)values[i];
  return doubles;
}

static size_t channels_fed(const fixture *f) {
  return mcnn_net_gray_input(f->net) ? 1 : f->arch->input.channels;
}

/* Images as the reference sees them: gray ones three times. */
static double *spread_images(const fixture *f) {
  const size_t pixels = (size_t)f->arch->input.height * f->arch->input.width;
  const size_t fed = channels_fed(f), channels = f->arch->input.channels;
  double *images = malloc(IMAGES * pixels * channels * sizeof *images);
  for (size_t i = 0; i < IMAGES * pixels; i++)
    for (size_t c = 0; c < channels; c++)
      images[i * channels + c] = (double)f->inputs[fed == 1 ? i : i * channels + c];
  return images;
}

/* The factors the executor will draw, asked of the layer itself with ones. */
static double *dropout_factors(const fixture *f) {
  const mcnn_plan *plan = &f->net->plans[MCNN_FOR_TRAINING];
  for (size_t i = 0; i < plan->num_ops; i++) {
    const mcnn_op *op = &plan->ops[i];
    if (!op->kind->only_in_training)
      continue;
    double *kept = malloc(IMAGES * op->out_floats * sizeof *kept);
    float *ones = malloc(op->out_floats * sizeof *ones);
    uint8_t *bytes = malloc(op->out_floats);
    for (size_t image = 0; image < IMAGES; image++) {
      for (size_t j = 0; j < op->out_floats; j++)
        ones[j] = 1;
      const mcnn_forward call = {.net = f->net,
                                 .op = op,
                                 .training = MCNN_FOR_TRAINING,
                                 .seed = SEED,
                                 .step = STEP,
                                 .first_image = image,
                                 .images = 1,
                                 .x = ones,
                                 .y = ones,
                                 .saved = bytes};
      op->kind->forward(&call);
      for (size_t j = 0; j < op->out_floats; j++)
        kept[image * op->out_floats + j] = (double)ones[j];
    }
    free(ones);
    free(bytes);
    return kept;
  }
  return NULL;
}

/* Factors and variances near 1, and variances that are positive. */
static void make_statistics(fixture *f) {
  for (uint32_t i = 0; i < f->arch->num_layers; i++) {
    const mcnn_layer *layer = &f->arch->layers[i];
    for (uint32_t j = 0; j < layer->num_parameters; j++)
      for (size_t k = 0; layer->parameters[j].initial > 0 && k < layer->parameters[j].count; k++)
        f->weights[layer->parameters[j].offset + k] += layer->parameters[j].initial;
  }
}

static void set_up(fixture *f, const net_case *c, mcnn_isa isa) {
  memset(f, 0, sizeof *f);
  f->alloc = mcnn_alloc_default();
  assert_int_equal(mcnn_arch_parse(c->text, c->input, CLASSES, &f->alloc, &f->arch), MNISTCNN_OK);
  assert_int_equal(mcnn_net_create(f->arch, isa, c->gray, &f->alloc, &f->net), MNISTCNN_OK);
  f->weights = random_floats(f->arch->parameter_floats, 0.3f, 1);
  make_statistics(f);
  f->gradient = calloc(f->arch->parameter_floats, sizeof(float));
  f->inputs = random_floats(IMAGES * mcnn_net_input_floats(f->net), 1.0f, 2);
  f->parameters = to_doubles(f->weights, f->arch->parameter_floats);
  f->images = spread_images(f);
  f->kept = dropout_factors(f);
  for (uint32_t i = 0; i < IMAGES; i++)
    f->labels[i] = i % 6 == 2 ? MCNN_NO_CLASS : (i * 7) % CLASSES;
  f->batch = IMAGES;
}

static void tear_down(fixture *f) {
  mcnn_net_free(f->net);
  mcnn_arch_free(f->arch);
  free(f->weights);
  free(f->gradient);
  free(f->inputs);
  free(f->parameters);
  free(f->images);
  free(f->kept);
}

static void fill(void *context, size_t index, size_t worker, float *input) {
  const fixture *f = context;
  const size_t floats = mcnn_net_input_floats(f->net);
  (void)worker;
  memcpy(input, f->inputs + index * floats, floats * sizeof(float));
}

/* Every run must come once, and be of the parameters it says. */
static void collect(void *context, const mcnn_parameter *parameter, size_t offset,
                    const float *gradient, size_t count) {
  fixture *f = context;
  assert_true(offset >= parameter->offset);
  assert_true(offset + count <= parameter->offset + parameter->count);
  for (size_t i = 0; i < count; i++)
    f->gradient[offset + i] += gradient[i];
}

/* The gradient, like the weights, in the order of the model. */
static mcnn_loss_sums run_batch(fixture *f, uint32_t threads, const mcnn_loss *loss) {
  const size_t bytes = f->arch->parameter_floats * sizeof(float);
  float *weights = malloc(bytes), *gradient = malloc(bytes);
  mcnn_loss_sums sums = {0};
  mcnn_pool *pool;
  mcnn_executor *executor;
  const mcnn_batch batch = {f->batch, f->labels, fill, f, SEED, STEP};
  memset(f->gradient, 0, bytes);
  mcnn_net_to_training(f->net, f->weights, weights);
  assert_int_equal(mcnn_pool_create(&f->alloc, threads, &pool), MNISTCNN_OK);
  assert_int_equal(mcnn_executor_create(f->net, IMAGES, threads, &f->alloc, &executor),
                   MNISTCNN_OK);
  mcnn_executor_forward(executor, pool, weights, &batch, loss, &sums);
  mcnn_executor_backward(executor, pool, weights, collect, f);
  memcpy(gradient, f->gradient, bytes);
  mcnn_net_from_training(f->net, gradient, f->gradient);
  mcnn_executor_free(executor);
  mcnn_pool_free(pool);
  free(gradient);
  free(weights);
  return sums;
}

/* The reference's loss; the layers before `first` as they were at its last one. */
static double loss_from(const fixture *f, uint32_t first, const mcnn_loss *loss, double **outputs) {
  return reference_loss(f->arch, first, f->parameters, f->images, f->labels, f->batch, f->kept,
                        loss, outputs);
}

/* Of a parameter of layer `layer`. */
static double slope(fixture *f, uint32_t layer, size_t i, const mcnn_loss *loss, double **outputs) {
  const double h = 1e-5, at = f->parameters[i];
  f->parameters[i] = at + h;
  const double up = loss_from(f, layer, loss, outputs);
  f->parameters[i] = at - h;
  const double down = loss_from(f, layer, loss, outputs);
  f->parameters[i] = at;
  return (up - down) / (2 * h);
}

static double largest(const float *values, size_t count) {
  double most = 0;
  for (size_t i = 0; i < count; i++)
    most = fmax(most, fabs((double)values[i]));
  return most;
}

/* Which parameters of a tensor are tried: every so many. The reference takes a second for 1,000
 * losses of the large network. */
static size_t stride_of(const fixture *f, size_t count) {
  const size_t samples = f->arch->num_parameters > 10000 ? 6 : 24;
  return count / samples + 1;
}

/* What the reference says: the loss, and its slope at each parameter that is tried. The same for
 * every instruction set. */
typedef struct expectation {
  double loss;
  double *slopes;
} expectation;

static void expect_slopes(fixture *f, uint32_t layer, const mcnn_parameter *parameter,
                          const mcnn_loss *loss, double **outputs, double *slopes) {
  const size_t offset = parameter->offset;
  for (size_t i = 0; i < parameter->count; i += stride_of(f, parameter->count))
    slopes[offset + i] = slope(f, layer, offset + i, loss, outputs);
}

/* From the last layer to the first: what a layer was when one of its parameters was tried, no later
 * trial starts with. */
static expectation expect(fixture *f, const mcnn_loss *loss) {
  double **outputs = reference_outputs(f->arch);
  expectation want = {loss_from(f, 0, loss, outputs),
                      calloc(f->arch->parameter_floats, sizeof(double))};
  for (uint32_t i = f->arch->num_layers; i-- > 0;) {
    const mcnn_layer *layer = &f->arch->layers[i];
    for (uint32_t j = 0; j < layer->num_parameters; j++)
      if (!layer->parameters[j].is_statistic)
        expect_slopes(f, i, &layer->parameters[j], loss, outputs, want.slopes);
  }
  reference_free_outputs(f->arch, outputs);
  return want;
}

/* scale: the largest gradient of the layer. That of a bias in front of a batch normalisation is
 * rounding alone. */
static void check_tensor(const fixture *f, size_t offset, size_t count, double scale,
                         const double *slopes) {
  for (size_t i = 0; i < count; i += stride_of(f, count))
    assert_true(fabs((double)f->gradient[offset + i] - slopes[offset + i]) <= 2e-4 * scale + 1e-7);
}

static void check_layer(const fixture *f, const mcnn_layer *layer, const double *slopes) {
  double scale = 0;
  for (uint32_t j = 0; j < layer->num_parameters; j++) {
    const mcnn_parameter *parameter = &layer->parameters[j];
    if (!parameter->is_statistic)
      scale = fmax(scale, largest(f->gradient + parameter->offset, parameter->count));
  }
  for (uint32_t j = 0; j < layer->num_parameters; j++) {
    const mcnn_parameter *parameter = &layer->parameters[j];
    if (!parameter->is_statistic)
      check_tensor(f, parameter->offset, parameter->count, scale, slopes);
  }
}

static void check_gradients(fixture *f, const mcnn_loss *loss, const expectation *want) {
  const mcnn_loss_sums sums = run_batch(f, 1, loss);
  assert_int_equal(sums.images, f->batch);
  assert_true(fabs(sums.loss / (double)f->batch - want->loss) <= 1e-5 * (1 + fabs(want->loss)));
  for (uint32_t i = 0; i < f->arch->num_layers; i++)
    check_layer(f, &f->arch->layers[i], want->slopes);
}

/* The losses that go with an output, one at a time; 0 behind the last. */
static int loss_of(const mcnn_arch *arch, size_t index, mcnn_loss *loss) {
  static const float weights[CLASSES] = {2, 0, 0.5f, 1};
  static const struct {
    int32_t kind;
    float smoothing;
    const float *weights;
  } losses[2][3] = {{{MNISTCNN_LOSS_BINARY_CROSS_ENTROPY, 0, weights},
                     {MNISTCNN_LOSS_CATEGORICAL_CROSS_ENTROPY, 0, NULL},
                     {MNISTCNN_LOSS_CATEGORICAL_CROSS_ENTROPY, 0.1f, weights}},
                    {{MNISTCNN_LOSS_BINARY_CROSS_ENTROPY, 0, NULL},
                     {MNISTCNN_LOSS_BINARY_CROSS_ENTROPY, 0.1f, weights}}};
  const int is_sigmoid = arch->output == MCNN_OUTPUT_SIGMOID;
  if (index == (is_sigmoid ? 2 : 3))
    return 0;
  *loss = (mcnn_loss){losses[is_sigmoid][index].kind, losses[is_sigmoid][index].smoothing, CLASSES,
                      arch->output, losses[is_sigmoid][index].weights};
  return 1;
}

static mcnn_loss first_loss(const fixture *f) {
  mcnn_loss loss;
  (void)loss_of(f->arch, 0, &loss);
  return loss;
}

/* 0 where the network's output has no such loss. */
static int check_on_every_instruction_set(const net_case *c, size_t index) {
  fixture f;
  mcnn_loss loss;
  set_up(&f, c, mcnn_isa_best());
  if (!loss_of(f.arch, index, &loss)) {
    tear_down(&f);
    return 0;
  }
  const expectation want = expect(&f, &loss);
  tear_down(&f);
  for (int isa = 0; isa < MCNN_ISA_COUNT; isa++) {
    if (!mcnn_isa_available((mcnn_isa)isa))
      continue;
    set_up(&f, c, (mcnn_isa)isa);
    check_gradients(&f, &loss, &want);
    tear_down(&f);
  }
  free(want.slopes);
  return 1;
}

static void gradients_match_finite_differences(void **state) {
  (void)state;
  for (size_t i = 0; i < NUM_CASES; i++)
    /* The large network takes the reference a while: one loss is enough for it. */
    for (size_t l = 0; (l == 0 || i != LARGE_CASE) && check_on_every_instruction_set(&cases[i], l);)
      l++;
}

/* Fewer images than blocks a batch is cut into, and numbers of them that leave some over. */
static void gradients_of_small_batches_match(void **state) {
  (void)state;
  for (size_t i = 0; i < NUM_CASES; i++) {
    fixture f;
    set_up(&f, &cases[i], mcnn_isa_best());
    for (f.batch = 1; f.batch < IMAGES && i != LARGE_CASE; f.batch += 2) {
      const mcnn_loss loss = first_loss(&f);
      const expectation want = expect(&f, &loss);
      check_gradients(&f, &loss, &want);
      free(want.slopes);
    }
    tear_down(&f);
  }
}

static void predictions_match_reference(void **state) {
  (void)state;
  for (int isa = 0; isa < MCNN_ISA_COUNT; isa++) {
    for (size_t i = 0; i < NUM_CASES; i++) {
      fixture f;
      double want[CLASSES];
      if (!mcnn_isa_available((mcnn_isa)isa))
        continue;
      set_up(&f, &cases[i], (mcnn_isa)isa);
      const size_t floats = mcnn_net_input_floats(f.net);
      float *packed = aligned_alloc(64, (mcnn_net_packed_floats(f.net) + 16) / 16 * 64);
      float *scratch = aligned_alloc(64, (mcnn_net_spatial_scratch_floats(f.net, 1) +
                                          mcnn_net_dense_scratch_floats(f.net, 1) + 16) /
                                                 16 * 64 +
                                             64);
      float *features = malloc(mcnn_net_feature_floats(f.net) * sizeof(float));
      float got[CLASSES];
      mcnn_net_pack(f.net, f.weights, packed);
      for (size_t image = 0; image < IMAGES; image++) {
        mcnn_net_spatial(f.net, f.weights, packed, f.inputs + image * floats, 1, features, scratch);
        mcnn_net_dense(f.net, f.weights, packed, features, 1, got, scratch);
        mcnn_output_probabilities(f.arch->output, mcnn_kernels_for((mcnn_isa)isa), 1, CLASSES, got,
                                  got);
        reference_forward(f.arch, f.parameters, f.images + image * mcnn_shape_count(f.arch->input),
                          NULL, want);
        for (size_t j = 0; j < CLASSES; j++)
          assert_true(fabs((double)got[j] - want[j]) <= 2e-5);
      }
      free(packed);
      free(scratch);
      free(features);
      tear_down(&f);
    }
  }
}

static void same_bytes_at_any_thread_count(void **state) {
  static const uint32_t threads[] = {2, 3, 8};
  (void)state;
  for (size_t i = 0; i < NUM_CASES; i++) {
    fixture f;
    set_up(&f, &cases[i], mcnn_isa_best());
    const size_t bytes = f.arch->parameter_floats * sizeof(float);
    float *alone = malloc(bytes);
    const mcnn_loss loss = first_loss(&f);
    const mcnn_loss_sums want = run_batch(&f, 1, &loss);
    memcpy(alone, f.gradient, bytes);
    for (size_t t = 0; t < sizeof threads / sizeof threads[0]; t++) {
      const mcnn_loss_sums got = run_batch(&f, threads[t], &loss);
      assert_memory_equal(&want.loss, &got.loss, sizeof got.loss);
      assert_memory_equal(alone, f.gradient, bytes);
    }
    free(alone);
    tear_down(&f);
  }
}

/* The order of training is another order of the same floats, and leads back. */
static void orders_lead_back(void **state) {
  (void)state;
  for (size_t i = 0; i < NUM_CASES; i++) {
    fixture f;
    set_up(&f, &cases[i], mcnn_isa_best());
    const size_t floats = f.arch->parameter_floats;
    float *training = malloc(floats * sizeof(float)), *back = malloc(floats * sizeof(float));
    double sum = 0, training_sum = 0;
    for (size_t j = 0; j < floats; j++)
      f.weights[j] = (float)j;
    mcnn_net_to_training(f.net, f.weights, training);
    mcnn_net_from_training(f.net, training, back);
    assert_memory_equal(back, f.weights, floats * sizeof(float));
    for (size_t j = 0; j < floats; j++) {
      sum += (double)j * (double)j;
      training_sum += (double)training[j] * (double)training[j];
    }
    assert_true(sum == training_sum);
    free(training);
    free(back);
    tear_down(&f);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(orders_lead_back),
      cmocka_unit_test(predictions_match_reference),
      cmocka_unit_test(gradients_match_finite_differences),
      cmocka_unit_test(gradients_of_small_batches_match),
      cmocka_unit_test(same_bytes_at_any_thread_count),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
