/* Batch normalisation (Ioffe and Szegedy 2015) over all positions of each channel.
 *   training    y = gamma (x - mean) / sqrt(variance + epsilon) + beta, of the batch and its biased
 *               variance; moving = momentum moving + (1 - momentum) batch
 *   prediction  the same with the moving mean and variance
 *   dx = gamma / s (dz - sum(dz) / n - (x - mean) / s^2 sum(dz (x - mean)) / n), s = sqrt(variance
 * + epsilon), over n positions of the batch; dgamma = sum(dz (x - mean)) / s, dbeta = sum(dz) What
 * the moving variance averages is the biased variance, as in Keras 3, or with `unbiased` that of n
 * - 1, as in PyTorch and, for images, in Keras 2. */
#include "nn/layers/layers.h"

#include "base/decimal.h"
#include "base/sizes.h"
#include "kernels/norm/norm.h"
#include "nn/layers/pool.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Keras' defaults. */
static const float default_momentum = 0.99f, default_epsilon = 0.001f;

/* --- the architecture ------------------------------------------------------------------------- */

/* Reads one option; returns 0 where the next word is none. */
static int read_option(mcnn_layer_text *text, mcnn_layer *layer, mnistcnn_status *status) {
  if (mcnn_layer_text_take(text, "momentum")) {
    if (!mcnn_layer_text_rate(text, &layer->momentum))
      *status = mcnn_layer_text_fail(text, "a momentum is a number from 0 to below 1");
  } else if (mcnn_layer_text_take(text, "epsilon")) {
    if (!mcnn_layer_text_positive(text, &layer->epsilon))
      *status = mcnn_layer_text_fail(text, "an epsilon is a number above 0, as in 0.001");
  } else if (mcnn_layer_text_take(text, "noscale")) {
    layer->no_scale = 1;
  } else if (mcnn_layer_text_take(text, "nocenter")) {
    layer->no_center = 1;
  } else if (mcnn_layer_text_take(text, "unbiased")) {
    layer->unbiased = 1;
  } else {
    return 0;
  }
  return *status == MNISTCNN_OK;
}

static const char arguments[] =
    "[momentum M] [epsilon E] [noscale] [nocenter] [unbiased] [ACTIVATION|softmax]";

static mnistcnn_status read_text(mcnn_layer_reader *reader, mcnn_layer *layer) {
  mnistcnn_status status = MNISTCNN_OK;
  layer->momentum = default_momentum;
  layer->epsilon = default_epsilon;
  while (read_option(&reader->text, layer, &status))
    continue;
  return status;
}

static int differs(float a, float b) {
  return a < b || a > b;
}

/* " momentum 0.9", or nothing where that is the default. */
static void write_number(const char *name, float value, float usual, char text[32]) {
  char decimal[MCNN_DECIMAL_CAPACITY] = "";
  text[0] = '\0';
  if (!differs(value, usual))
    return;
  (void)mcnn_decimal_write(value, decimal); /* it was read from a decimal */
  (void)snprintf(text, 32, " %s %.16s", name, decimal);
}

static void write_text(const mcnn_layer *layer, char text[MCNN_LAYER_TEXT_CAPACITY]) {
  char momentum[32], epsilon[32];
  write_number("momentum", layer->momentum, default_momentum, momentum);
  write_number("epsilon", layer->epsilon, default_epsilon, epsilon);
  (void)snprintf(text, MCNN_LAYER_TEXT_CAPACITY, "batchnorm%s%s%s%s%s", momentum, epsilon,
                 layer->no_scale ? " noscale" : "", layer->no_center ? " nocenter" : "",
                 layer->unbiased ? " unbiased" : "");
}

static mcnn_parameter *add_statistic(mcnn_layer *layer, const char *name, float initial) {
  mcnn_parameter *parameter = mcnn_layer_add_vector(layer, name, layer->in.channels, initial);
  parameter->is_statistic = 1;
  parameter->momentum = layer->momentum;
  return parameter;
}

static mnistcnn_status infer(const mcnn_layer_reader *reader, mcnn_layer *layer) {
  if (layer->epsilon < MCNN_MIN_SCALE || layer->epsilon > 1)
    return mcnn_layer_text_fail(&reader->text, "an epsilon is from 0.000001 to 1");
  if (!layer->no_scale)
    (void)mcnn_layer_add_vector(layer, "gamma", layer->in.channels, 1);
  if (!layer->no_center)
    (void)mcnn_layer_add_vector(layer, "beta", layer->in.channels, 0);
  (void)add_statistic(layer, "moving_mean", 0);
  add_statistic(layer, "moving_variance", 1)->is_variance = 1;
  return MNISTCNN_OK;
}

/* --- its parameters --------------------------------------------------------------------------- */

/* NULL where the layer has none. */
static const mcnn_parameter *gamma_of(const mcnn_layer *layer) {
  return mcnn_layer_parameter_named(layer, "gamma");
}

static const mcnn_parameter *beta_of(const mcnn_layer *layer) {
  return mcnn_layer_parameter_named(layer, "beta");
}

/* The last two. */
static const mcnn_parameter *mean_of(const mcnn_layer *layer) {
  return &layer->parameters[layer->num_parameters - 2];
}

static const mcnn_parameter *variance_of(const mcnn_layer *layer) {
  return &layer->parameters[layer->num_parameters - 1];
}

static float value_of(const mcnn_parameter *parameter, const float *weights, size_t channel,
                      float otherwise) {
  return parameter ? weights[parameter->offset + channel] : otherwise;
}

void mcnn_batch_norm_factors(const mcnn_layer *layer, const float *weights, size_t channel,
                             float *mean, float *scale, float *shift) {
  const double variance = (double)weights[variance_of(layer)->offset + channel];
  const double gamma = (double)value_of(gamma_of(layer), weights, channel, 1);
  *mean = weights[mean_of(layer)->offset + channel];
  *scale = (float)(gamma / sqrt(variance + (double)layer->epsilon));
  *shift = value_of(beta_of(layer), weights, channel, 0);
}

/* --- arrays of the channels --------------------------------------------------------------------
 */

/* Arrays that lie one behind the other, each on cache lines of its own. The first are those of the
 * kernels, a period long; prediction has the first three. */
enum {
  MEAN,
  SCALE,
  SHIFT,
  CONSTANT,
  SLOPE,
  INVERSE,
  BETA_GRADIENT,
  BATCH_MEAN,
  BATCH_VARIANCE,
  NUM_ARRAYS
};
enum { PACKED_ARRAYS = SHIFT + 1 };

static size_t array_floats(const mcnn_net *net, const mcnn_op *op) {
  return mcnn_round_up_cache_line(mcnn_norm_period(net->kernels, op->layer->in.channels));
}

static mcnn_norm norm_of(const mcnn_net *net, const mcnn_op *op, const float *arrays) {
  const size_t step = array_floats(net, op);
  return (mcnn_norm){.period = mcnn_norm_period(net->kernels, op->layer->in.channels),
                     .mean = arrays + MEAN * step,
                     .scale = arrays + SCALE * step,
                     .shift = arrays + SHIFT * step,
                     .constant = arrays + CONSTANT * step,
                     .slope = arrays + SLOPE * step,
                     .relu = op->activation == MCNN_ACTIVATION_RELU};
}

/* The channels' values, repeated up to the period. */
static void repeat_array(const mcnn_net *net, const mcnn_op *op, float *arrays, size_t array) {
  float *values = arrays + array * array_floats(net, op);
  const size_t channels = op->layer->in.channels;
  const size_t period = mcnn_norm_period(net->kernels, channels);
  for (size_t i = channels; i < period; i++)
    values[i] = values[i - channels];
}

/* --- prediction ------------------------------------------------------------------------------- */

static size_t packed_floats(const mcnn_net *net, const mcnn_op *op, int training) {
  return training ? 0 : PACKED_ARRAYS * array_floats(net, op);
}

static void pack(const mcnn_net *net, const mcnn_op *op, const float *weights, int training,
                 float *packed) {
  const size_t step = array_floats(net, op);
  float *arrays = packed + op->packed_offset[training];
  if (training)
    return;
  for (size_t c = 0; c < op->layer->in.channels; c++) {
    mcnn_batch_norm_factors(op->layer, weights, c, arrays + MEAN * step + c,
                            arrays + SCALE * step + c, arrays + SHIFT * step + c);
  }
  for (size_t array = 0; array < PACKED_ARRAYS; array++)
    repeat_array(net, op, arrays, array);
}

/* With the max-pooling that is fused in, if any. */
static void prepare(const mcnn_net *net, mcnn_op *op) {
  if (op->pool)
    op->window = mcnn_pool_geometry_of(op->pool);
  (void)net;
}

/* The index of each window's largest. */
static size_t saved_bytes(const mcnn_op *op) {
  return op->pool ? op->out_floats : 0;
}

static void forward(const mcnn_forward *call) {
  const mcnn_kernels *kernels = call->net->kernels;
  const mcnn_op *op = call->op;
  const float *arrays =
      call->training ? call->state : call->packed + op->packed_offset[MCNN_FOR_PREDICTION];
  const mcnn_norm norm = norm_of(call->net, op, arrays);
  if (!op->pool) {
    kernels->norm_forward(&norm, call->images * op->in_floats, call->x, call->y);
    return;
  }
  for (size_t image = 0; image < call->images; image++) {
    const size_t to = image * op->out_floats;
    kernels->norm_pool_forward(&norm, &op->window, call->x + image * op->in_floats, call->y + to,
                               call->saved ? call->saved + to : NULL);
  }
}

/* Whole repetitions of the channels; with pooling it is one part. */
static size_t part_floats(const mcnn_net *net, const mcnn_op *op) {
  return op->pool ? 0 : mcnn_norm_period(net->kernels, op->layer->in.channels);
}

/* --- statistics ------------------------------------------------------------------------------- */

static size_t positions_of(const mcnn_op *op) {
  return (size_t)op->layer->in.height * op->layer->in.width;
}

static size_t state_floats(const mcnn_net *net, const mcnn_op *op) {
  return NUM_ARRAYS * array_floats(net, op);
}

/* Of each channel the mean and the squares, or the two sums of the gradients. */
static size_t image_doubles(const mcnn_op *op) {
  return 2 * (size_t)op->layer->in.channels;
}

static void measure(const mcnn_forward *call, double *sums, size_t step) {
  const mcnn_op *op = call->op;
  const size_t channels = op->layer->in.channels;
  for (size_t image = 0; image < call->images; image++, sums += step) {
    const float *x = call->x + image * op->in_floats;
    if (positions_of(op) > 1) {
      mcnn_norm_moments(call->net->kernels, channels, positions_of(op), x, sums, sums + channels,
                        call->scratch);
      continue;
    }
    for (size_t c = 0; c < channels; c++) {
      sums[c] = (double)x[c];
      sums[channels + c] = 0;
    }
  }
}

/* Some channels over all images, which are walked through as they lie in memory. */
enum { CHANNELS_AT_ONCE = 64 };

typedef struct channel_sums {
  size_t first, count;
  double values[CHANNELS_AT_ONCE], others[CHANNELS_AT_ONCE];
} channel_sums;

/* The next ones, with zeros; from an empty one on; 0 behind the last. */
static int next_channels(const mcnn_reduce *call, channel_sums *c) {
  *c = (channel_sums){.first = c->first + c->count};
  c->count = mcnn_min(call->op->layer->in.channels - c->first, CHANNELS_AT_ONCE);
  return c->count > 0;
}

/* Their mean and squares over all images (Chan, Golub and LeVeque 1979). */
static void combine(const mcnn_reduce *call, channel_sums *c) {
  const size_t channels = call->op->layer->in.channels;
  const double positions = (double)positions_of(call->op);
  const double *means = call->sums + c->first;
  for (size_t image = 0; image < call->images; image++, means += call->step)
    for (size_t i = 0; i < c->count; i++)
      c->values[i] += means[i];
  for (size_t i = 0; i < c->count; i++)
    c->values[i] /= (double)call->images;
  means = call->sums + c->first;
  for (size_t image = 0; image < call->images; image++, means += call->step) {
    for (size_t i = 0; i < c->count; i++) {
      const double off = means[i] - c->values[i];
      c->others[i] += means[channels + i] + positions * off * off;
    }
  }
}

static void reduce_channels(const mcnn_reduce *call, const channel_sums *c) {
  const mcnn_layer *layer = call->op->layer;
  const mcnn_parameter *gamma = gamma_of(layer), *beta = beta_of(layer);
  const size_t step = array_floats(call->net, call->op);
  const double n = (double)call->images * (double)positions_of(call->op);
  for (size_t i = 0; i < c->count; i++) {
    float *state = call->state + c->first + i;
    const double inverse = 1 / sqrt(c->others[i] / n + (double)layer->epsilon);
    const double scale = (double)value_of(gamma, call->weights, c->first + i, 1);
    state[MEAN * step] = state[BATCH_MEAN * step] = (float)c->values[i];
    state[SCALE * step] = (float)(scale * inverse);
    state[SHIFT * step] = value_of(beta, call->weights, c->first + i, 0);
    state[INVERSE * step] = (float)inverse;
    state[BATCH_VARIANCE * step] = (float)(c->others[i] / (layer->unbiased && n > 1 ? n - 1 : n));
  }
}

static void reduce(const mcnn_reduce *call) {
  for (channel_sums some = {.count = 0}; next_channels(call, &some);) {
    combine(call, &some);
    reduce_channels(call, &some);
  }
  for (size_t array = MEAN; array <= SHIFT; array++)
    repeat_array(call->net, call->op, call->state, array);
}

/* --- backward --------------------------------------------------------------------------------- */

static void measure_gradient(const mcnn_backward *call, double *sums, size_t step) {
  const mcnn_op *op = call->op;
  const mcnn_norm norm = norm_of(call->net, op, call->state);
  const size_t channels = op->layer->in.channels;
  for (size_t image = 0; image < call->images; image++, sums += step) {
    const size_t to = image * op->out_floats;
    const float *x = call->x + image * op->in_floats, *y = call->y + to, *dy = call->dy + to;
    if (op->pool) {
      mcnn_norm_pool_gradient_sums(call->net->kernels, &norm, &op->window, x, y, call->saved + to,
                                   dy, sums, sums + channels, call->scratch);
      continue;
    }
    if (positions_of(op) > 1) {
      mcnn_norm_gradient_sums(call->net->kernels, &norm, channels, positions_of(op), x, dy, sums,
                              sums + channels, call->scratch);
      continue;
    }
    for (size_t c = 0; c < channels; c++) {
      const double dz = norm.relu && !(y[c] > 0) ? 0 : (double)dy[c];
      sums[c] = dz;
      sums[channels + c] = dz * ((double)x[c] - (double)norm.mean[c]);
    }
  }
}

static void hand_on(const mcnn_reduce *call, const mcnn_parameter *parameter, const float *values) {
  if (parameter)
    call->receive(call->context, parameter, parameter->offset, values, parameter->count);
}

/* Of some channels, the sums over all images of dz and of dz (x - mean). */
static void combine_gradient(const mcnn_reduce *call, channel_sums *c) {
  const size_t channels = call->op->layer->in.channels;
  const double *sums = call->sums + c->first;
  for (size_t image = 0; image < call->images; image++, sums += call->step) {
    for (size_t i = 0; i < c->count; i++) {
      c->values[i] += sums[i];
      c->others[i] += sums[channels + i];
    }
  }
}

/* The gradient of gamma takes the place of what nobody reads any more. */
static void reduce_channel_gradients(const mcnn_reduce *call, const channel_sums *c) {
  const size_t step = array_floats(call->net, call->op);
  const double n = (double)call->images * (double)positions_of(call->op);
  for (size_t i = 0; i < c->count; i++) {
    float *state = call->state + c->first + i;
    const double dz = c->values[i], dzx = c->others[i];
    const double inverse = (double)state[INVERSE * step], scale = (double)state[SCALE * step];
    state[CONSTANT * step] = (float)(scale * dz / n);
    state[SLOPE * step] = (float)(scale * inverse * inverse * dzx / n);
    state[BETA_GRADIENT * step] = (float)dz;
    state[INVERSE * step] = (float)(inverse * dzx);
  }
}

static void reduce_gradient(const mcnn_reduce *call) {
  const mcnn_layer *layer = call->op->layer;
  const size_t step = array_floats(call->net, call->op);
  float *state = call->state;
  for (channel_sums some = {.count = 0}; next_channels(call, &some);) {
    combine_gradient(call, &some);
    reduce_channel_gradients(call, &some);
  }
  repeat_array(call->net, call->op, state, CONSTANT);
  repeat_array(call->net, call->op, state, SLOPE);
  hand_on(call, gamma_of(layer), state + INVERSE * step);
  hand_on(call, beta_of(layer), state + BETA_GRADIENT * step);
  hand_on(call, mean_of(layer), state + BATCH_MEAN * step);
  hand_on(call, variance_of(layer), state + BATCH_VARIANCE * step);
}

static void backward(const mcnn_backward *call) {
  const mcnn_op *op = call->op;
  if (!call->dx)
    return;
  const mcnn_norm norm = norm_of(call->net, op, call->state);
  if (!op->pool) {
    call->net->kernels->norm_backward(&norm, call->images * op->in_floats, call->x, call->dy,
                                      call->dx);
    return;
  }
  for (size_t image = 0; image < call->images; image++) {
    const size_t at = image * op->in_floats, to = image * op->out_floats;
    mcnn_norm_pool_backward(call->net->kernels, &norm, &op->window, call->x + at, call->y + to,
                            call->saved + to, call->dy + to, call->dx + at);
  }
}

static size_t scratch_floats(const mcnn_net *net, const mcnn_op *op, size_t images, int training) {
  (void)images;
  return training ? mcnn_norm_scratch_floats(net->kernels, op->layer->in.channels) : 0;
}

static const mcnn_statistics_functions statistics = {.state_floats = state_floats,
                                                     .image_doubles = image_doubles,
                                                     .measure = measure,
                                                     .reduce = reduce,
                                                     .measure_gradient = measure_gradient,
                                                     .reduce_gradient = reduce_gradient};

const mcnn_layer_kind mcnn_layer_batch_norm = {.id = MNISTCNN_LAYER_BATCH_NORM,
                                               .word = "batchnorm",
                                               .arguments = arguments,
                                               .keras_name = "batch_normalization",
                                               .keras_type = "BatchNormalization",
                                               .takes_activation = 1,
                                               .takes_output = 1,
                                               .read = read_text,
                                               .write = write_text,
                                               .infer = infer,
                                               .prepare = prepare,
                                               .saved_bytes = saved_bytes,
                                               .forward = forward,
                                               .backward = backward,
                                               .scratch_floats = scratch_floats,
                                               .part_floats = part_floats,
                                               .forward_part = mcnn_elementwise_forward_part,
                                               .packed_floats = packed_floats,
                                               .pack = pack,
                                               .statistics = &statistics};
