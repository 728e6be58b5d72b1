/* Initial weights: limits and moments against the formulas, and independence of the streams. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nn/arch_text.h"
#include "nn/init.h"

enum { NUM_KERNELS = 4 };

static mcnn_arch *tutorial(void) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  const mcnn_shape input = {28, 28, 3};
  mcnn_arch *arch;
  assert_int_equal(mcnn_arch_parse(MNISTCNN_DEFAULT_ARCHITECTURE, input, 10, &alloc, &arch),
                   MNISTCNN_OK);
  return arch;
}

static float *weights_of(const mcnn_arch *arch, int32_t initializer, uint64_t seed) {
  float *weights = malloc(arch->parameter_floats * sizeof *weights);
  assert_non_null(weights);
  memset(weights, 0x7F, arch->parameter_floats * sizeof *weights);
  mcnn_init_weights(arch, initializer, seed, weights);
  return weights;
}

typedef struct moments {
  double least, most, mean, deviation;
} moments;

static moments measure(const float *values, size_t count) {
  moments m = {HUGE_VAL, -HUGE_VAL, 0, 0};
  double squares = 0;
  for (size_t i = 0; i < count; i++) {
    const double value = (double)values[i];
    m.least = fmin(m.least, value);
    m.most = fmax(m.most, value);
    m.mean += value;
    squares += value * value;
  }
  m.mean /= (double)count;
  m.deviation = sqrt(squares / (double)count - m.mean * m.mean);
  return m;
}

/* Of the four kernels in order: sqrt(6 / (fan_in + fan_out)), sqrt(2 / fan_in). */
static const double glorot[NUM_KERNELS] = {0.112390, 0.0707107, 0.0629941, 0.0770752};
static const double he[NUM_KERNELS] = {0.163299, 0.0707107, 0.0625, 0.0447214};

static void glorot_fills_its_limits(void **state) {
  mcnn_arch *arch = tutorial();
  float *weights = weights_of(arch, MNISTCNN_INIT_GLOROT_UNIFORM, 1);
  int kernel = 0;
  (void)state;
  for (uint32_t i = 0; i < arch->num_layers; i++) {
    const mcnn_parameter *weight = &arch->layers[i].parameters[MCNN_KERNEL];
    if (arch->layers[i].num_parameters == 0)
      continue;
    const double limit = glorot[kernel++];
    const double n = (double)weight->count;
    const moments m = measure(weights + weight->offset, weight->count);
    assert_true(fabs((double)mcnn_init_spread(weight, MNISTCNN_INIT_GLOROT_UNIFORM) - limit) <
                1e-6);
    assert_true(m.least >= -limit * 1.00001 && m.most <= limit * 1.00001);
    /* The chance that none of n numbers comes as near to the limit as this is e^-20. */
    assert_true(m.least < -limit * (1 - 40 / n) && m.most > limit * (1 - 40 / n));
    assert_true(fabs(m.mean) < 5 * limit / sqrt(3 * n));
    assert_true(fabs(m.deviation * sqrt(3.0) / limit - 1) < 5 / sqrt(n));
  }
  assert_int_equal(kernel, NUM_KERNELS);
  free(weights);
  mcnn_arch_free(arch);
}

static void kaiming_has_its_deviation(void **state) {
  mcnn_arch *arch = tutorial();
  float *weights = weights_of(arch, MNISTCNN_INIT_KAIMING_NORMAL, 1);
  int kernel = 0;
  (void)state;
  for (uint32_t i = 0; i < arch->num_layers; i++) {
    const mcnn_parameter *weight = &arch->layers[i].parameters[MCNN_KERNEL];
    if (arch->layers[i].num_parameters == 0)
      continue;
    const double deviation = he[kernel++];
    const double n = (double)weight->count;
    const moments m = measure(weights + weight->offset, weight->count);
    assert_true(fabs((double)mcnn_init_spread(weight, MNISTCNN_INIT_KAIMING_NORMAL) - deviation) <
                1e-6);
    assert_true(fabs(m.mean) < 5 * deviation / sqrt(n));
    assert_true(fabs(m.deviation / deviation - 1) < 5 / sqrt(2 * n));
    assert_true(m.most > 2.5 * deviation && m.least < -2.5 * deviation);
  }
  assert_int_equal(kernel, NUM_KERNELS);
  free(weights);
  mcnn_arch_free(arch);
}

/* Keras' truncated normals are at most 2 / 0.87962566 nominal deviations from 0. */
static void check_distribution(int32_t initializer, const double spread[NUM_KERNELS],
                               int is_uniform) {
  mcnn_arch *arch = tutorial();
  float *weights = weights_of(arch, initializer, 3);
  int kernel = 0;
  for (uint32_t i = 0; i < arch->num_layers; i++) {
    const mcnn_parameter *weight = &arch->layers[i].parameters[MCNN_KERNEL];
    if (arch->layers[i].num_parameters == 0)
      continue;
    const double want = spread[kernel++], n = (double)weight->count;
    const double most = is_uniform ? want : 2 * want / 0.87962566;
    const double deviation = is_uniform ? want / sqrt(3) : want;
    const moments m = measure(weights + weight->offset, weight->count);
    assert_true(fabs((double)mcnn_init_spread(weight, initializer) - want) < 1e-6);
    assert_true(m.least >= -most * 1.00001 && m.most <= most * 1.00001);
    assert_true(m.least < -0.9 * most && m.most > 0.9 * most);
    assert_true(fabs(m.mean) < 5 * deviation / sqrt(n));
    assert_true(fabs(m.deviation / deviation - 1) < 5 / sqrt(2 * n));
  }
  free(weights);
  mcnn_arch_free(arch);
}

/* fan_in 75, 400, 512, 1000; fan_out 400, 800, 1000, 10 */
static void keras_initialisers_fill_theirs(void **state) {
  static const double glorot_normal[] = {0.0648886, 0.0408248, 0.0363696, 0.0444994};
  static const double he_uniform[] = {0.282843, 0.122474, 0.108253, 0.0774597};
  static const double lecun_uniform[] = {0.2, 0.0866025, 0.0765466, 0.0547723};
  static const double lecun_normal[] = {0.115470, 0.05, 0.0441942, 0.0316228};
  (void)state;
  check_distribution(MNISTCNN_INIT_GLOROT_NORMAL, glorot_normal, 0);
  check_distribution(MNISTCNN_INIT_HE_UNIFORM, he_uniform, 1);
  check_distribution(MNISTCNN_INIT_HE_NORMAL, he, 0);
  check_distribution(MNISTCNN_INIT_LECUN_UNIFORM, lecun_uniform, 1);
  check_distribution(MNISTCNN_INIT_LECUN_NORMAL, lecun_normal, 0);
  assert_true(mcnn_init_exists(0) && mcnn_init_exists(MNISTCNN_INIT_LECUN_NORMAL));
  assert_true(!mcnn_init_exists(-1) && !mcnn_init_exists(MNISTCNN_INIT_LECUN_NORMAL + 1));
}

static void all_else_is_zero(void **state) {
  mcnn_arch *arch = tutorial();
  float *weights = weights_of(arch, MNISTCNN_INIT_GLOROT_UNIFORM, 1);
  (void)state;
  for (uint32_t i = 0; i < arch->num_layers; i++) {
    const mcnn_parameter *weight = &arch->layers[i].parameters[MCNN_KERNEL];
    memset(weights + weight->offset, 0, weight->count * sizeof *weights);
  }
  for (size_t i = 0; i < arch->parameter_floats; i++)
    assert_true(weights[i] == 0.0f);
  free(weights);
  mcnn_arch_free(arch);
}

static void seeds_and_layers_differ(void **state) {
  mcnn_arch *arch = tutorial();
  float *first = weights_of(arch, MNISTCNN_INIT_GLOROT_UNIFORM, 1);
  float *again = weights_of(arch, MNISTCNN_INIT_GLOROT_UNIFORM, 1);
  float *other = weights_of(arch, MNISTCNN_INIT_GLOROT_UNIFORM, 2);
  const mcnn_parameter *conv1 = &arch->layers[0].parameters[MCNN_KERNEL];
  const mcnn_parameter *conv2 = &arch->layers[2].parameters[MCNN_KERNEL];
  size_t equal = 0, parallel = 0;
  (void)state;
  assert_memory_equal(first, again, arch->parameter_floats * sizeof *first);
  for (size_t i = 0; i < conv1->count; i++) {
    const float scaled = first[conv2->offset + i] * (0.112390f / 0.0707107f);
    equal += first[i] == other[i];
    parallel += fabsf(first[i] - scaled) < 1e-5f;
  }
  assert_true(equal < 3);
  assert_true(parallel < 10);
  free(first);
  free(again);
  free(other);
  mcnn_arch_free(arch);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(glorot_fills_its_limits),        cmocka_unit_test(kaiming_has_its_deviation),
      cmocka_unit_test(keras_initialisers_fill_theirs), cmocka_unit_test(all_else_is_zero),
      cmocka_unit_test(seeds_and_layers_differ),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
