/* The counter-based generator against the vectors published with it, and what is drawn from it. */
#include "base/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* kat_vectors of Random123, philox4x32 with 10 rounds. */
static void philox_gives_the_published_numbers(void **state) {
  static const struct {
    uint32_t counter[4], key[2], want[4];
  } vectors[] = {
      {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
      {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
       {0xffffffff, 0xffffffff},
       {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
      {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
       {0xa4093822, 0x299f31d0},
       {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
  };
  uint32_t got[4];
  (void)state;
  for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
    mcnn_philox(vectors[i].counter, vectors[i].key, got);
    assert_memory_equal(got, vectors[i].want, sizeof got);
  }
}

static void streams_are_blocks_of_their_counter(void **state) {
  const uint32_t key[2] = {0x89ABCDEFu, 0x01234567u};
  mcnn_rng rng = mcnn_rng_stream(0x0123456789ABCDEFu, MCNN_RNG_AUGMENT, 5, 7);
  (void)state;
  for (uint32_t block = 0; block < 3; block++) {
    const uint32_t counter[4] = {block, MCNN_RNG_AUGMENT, 5, 7};
    uint32_t want[4];
    mcnn_philox(counter, key, want);
    for (size_t i = 0; i < 4; i++)
      assert_int_equal(mcnn_rng_u32(&rng), want[i]);
  }
}

static void fill_gives_the_same_numbers(void **state) {
  (void)state;
  for (size_t before = 0; before < 5; before++) {
    for (size_t count = 0; count < 14; count++) {
      mcnn_rng one = mcnn_rng_stream(1, MCNN_RNG_TEST, 2, 3), other = one;
      uint32_t numbers[14];
      for (size_t i = 0; i < before; i++)
        assert_int_equal(mcnn_rng_u32(&one), mcnn_rng_u32(&other));
      mcnn_rng_fill(&one, mcnn_philox_blocks, numbers, count);
      for (size_t i = 0; i < count; i++)
        assert_int_equal(numbers[i], mcnn_rng_u32(&other));
      assert_int_equal(mcnn_rng_u32(&one), mcnn_rng_u32(&other));
    }
  }
}

static void ranges_keep_their_ends(void **state) {
  mcnn_rng rng = mcnn_rng_stream(1, MCNN_RNG_TEST, 0, 0);
  double sum = 0.0;
  (void)state;
  for (int i = 0; i < 100000; i++) {
    const float u = mcnn_rng_uniform(&rng), r = mcnn_rng_range(&rng, -3.0f, 5.0f);
    const float narrow = mcnn_rng_range(&rng, 1.0f, nextafterf(1.0f, 2.0f));
    assert_true(u >= 0.0f && u < 1.0f && u * 0x1p24f == floorf(u * 0x1p24f));
    assert_true(r >= -3.0f && r < 5.0f);
    assert_true(narrow == 1.0f);
    sum += (double)u;
  }
  assert_true(fabs(sum / 100000 - 0.5) < 0.005); /* five deviations */
  assert_true(mcnn_rng_range(&rng, -0.0f, 0.0f) == 0.0f);
}

static void below_is_even(void **state) {
  enum { BOUND = 7, DRAWS = 70000 };
  mcnn_rng rng = mcnn_rng_stream(2, MCNN_RNG_TEST, 0, 0);
  int counts[BOUND] = {0};
  double chi_square = 0.0;
  (void)state;
  for (int i = 0; i < DRAWS; i++)
    counts[mcnn_rng_below(&rng, BOUND)]++;
  for (int i = 0; i < BOUND; i++)
    chi_square += (counts[i] - DRAWS / BOUND) * (counts[i] - DRAWS / BOUND) / (DRAWS / 7.0);
  assert_true(chi_square < 22.5); /* 6 degrees of freedom: one in a thousand */
  assert_int_equal(mcnn_rng_below(&rng, 1), 0);
  for (int i = 0; i < 100; i++)
    assert_true(mcnn_rng_below(&rng, 0xFFFFFFFFu) < 0xFFFFFFFFu);
}

/* Of each four numbers, two would give a multiple of 3 without the rejection of the first. */
static void below_is_even_where_the_numbers_do_not_divide_evenly(void **state) {
  enum { DRAWS = 30000 };
  const uint32_t bound = 3u << 30;
  mcnn_rng rng = mcnn_rng_stream(6, MCNN_RNG_TEST, 0, 0);
  int counts[3] = {0};
  double chi_square = 0.0;
  (void)state;
  for (int i = 0; i < DRAWS; i++)
    counts[mcnn_rng_below(&rng, bound) % 3]++;
  for (int i = 0; i < 3; i++)
    chi_square += (counts[i] - DRAWS / 3) * (counts[i] - DRAWS / 3) / (DRAWS / 3.0);
  assert_true(chi_square < 13.8); /* 2 degrees of freedom: one in a thousand */
}

static void normal_has_its_moments(void **state) {
  enum { DRAWS = 200000 };
  mcnn_rng rng = mcnn_rng_stream(3, MCNN_RNG_TEST, 0, 0);
  double sums[5] = {0};
  (void)state;
  for (int i = 0; i < DRAWS; i++) {
    const double x = (double)mcnn_rng_normal(&rng);
    double power = 1.0;
    assert_true(isfinite(x));
    for (int k = 0; k < 5; k++, power *= x)
      sums[k] += power / DRAWS;
  }
  assert_true(fabs(sums[1]) < 0.012);
  assert_true(fabs(sums[2] - 1.0) < 0.016);
  assert_true(fabs(sums[3]) < 0.045);
  assert_true(fabs(sums[4] - 3.0) < 0.11);
}

static void permutations_hold_every_number_once(void **state) {
  enum { COUNT = 257 };
  uint32_t order[COUNT];
  (void)state;
  for (size_t size = 0; size <= COUNT; size += 64) {
    unsigned char seen[COUNT] = {0};
    mcnn_rng rng = mcnn_rng_stream(4, MCNN_RNG_SHUFFLE, 1, 0);
    mcnn_rng_permutation(&rng, order, size);
    for (size_t i = 0; i < size; i++) {
      assert_in_range(order[i], 0, size - 1);
      assert_int_equal(seen[order[i]]++, 0);
    }
  }
}

static void permutations_of_three_are_even(void **state) {
  enum { DRAWS = 60000 };
  int counts[9] = {0};
  double chi_square = 0.0;
  mcnn_rng rng = mcnn_rng_stream(5, MCNN_RNG_TEST, 0, 0);
  (void)state;
  for (int i = 0; i < DRAWS; i++) {
    uint32_t order[3];
    mcnn_rng_permutation(&rng, order, 3);
    counts[3 * order[0] + order[1]]++;
  }
  for (int i = 0; i < 9; i++)
    if (i % 4 != 0) /* first and second differ */
      chi_square += (counts[i] - DRAWS / 6) * (counts[i] - DRAWS / 6) / (DRAWS / 6.0);
  assert_true(chi_square < 20.5); /* 5 degrees of freedom: one in a thousand */
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(philox_gives_the_published_numbers),
      cmocka_unit_test(streams_are_blocks_of_their_counter),
      cmocka_unit_test(fill_gives_the_same_numbers),
      cmocka_unit_test(ranges_keep_their_ends),
      cmocka_unit_test(below_is_even),
      cmocka_unit_test(below_is_even_where_the_numbers_do_not_divide_evenly),
      cmocka_unit_test(normal_has_its_moments),
      cmocka_unit_test(permutations_hold_every_number_once),
      cmocka_unit_test(permutations_of_three_are_even),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
