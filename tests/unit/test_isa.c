/* Instruction sets: names, availability, the dispatch table. */
#include "kernel_support.h"

static void names_go_both_ways(void **state) {
  (void)state;
  for (int i = 0; i < (int)MCNN_ISA_COUNT; ++i) {
    mcnn_isa isa = MCNN_ISA_COUNT;
    assert_non_null(mcnn_isa_name((mcnn_isa)i));
    assert_true(mcnn_isa_from_name(mcnn_isa_name((mcnn_isa)i), &isa));
    assert_int_equal((int)isa, i);
  }
}

static void unknown_names_are_refused(void **state) {
  (void)state;
  mcnn_isa isa = MCNN_ISA_AVX2;
  assert_false(mcnn_isa_from_name("avx", &isa));
  assert_false(mcnn_isa_from_name("", &isa));
  assert_false(mcnn_isa_from_name("AVX2", &isa));
  assert_int_equal((int)isa, (int)MCNN_ISA_AVX2);
  assert_null(mcnn_isa_name(MCNN_ISA_COUNT));
}

static void the_best_is_available_and_nothing_wider_is(void **state) {
  (void)state;
  const int best = (int)mcnn_isa_best();
  assert_true(mcnn_isa_available(MCNN_ISA_PORTABLE));
  assert_true(mcnn_isa_available((mcnn_isa)best));
  for (int i = best + 1; i < (int)MCNN_ISA_COUNT; ++i)
    assert_false(mcnn_isa_available((mcnn_isa)i));
  assert_false(mcnn_isa_available(MCNN_ISA_COUNT));
}

/* The members of [first, end) of a table are pointers; those not in `optional` are everywhere. */
static void check_pointers(const void *table, size_t first, size_t end, size_t optional) {
  for (size_t at = first; at < end; at += sizeof(void (*)(void))) {
    void (*entry)(void) = NULL;
    memcpy(&entry, (const unsigned char *)table + at, sizeof entry);
    assert_true(entry || at == optional);
  }
}

static void check_table_is_complete(const mcnn_kernels *kernels) {
  assert_true(kernels->lanes >= 1 && kernels->lanes <= MCNN_MAX_LANES);
  assert_true(kernels->dense_block_n % kernels->lanes == 0);
  assert_non_null(kernels->product.tiles[0][0]);
  assert_true(!kernels->product.multiply_sparse == !kernels->product.backward_sparse);
  assert_true(!kernels->product.dot_tile == !kernels->product.dot_rows);
  check_pointers(kernels, offsetof(mcnn_kernels, maxpool_forward),
                 offsetof(mcnn_kernels, dense_block_n), 0);
  check_pointers(kernels, offsetof(mcnn_kernels, dense_mask), sizeof *kernels,
                 offsetof(mcnn_kernels, dense_small_n_backward));
  if (kernels->conv.direct_columns)
    check_pointers(&kernels->conv, 0, offsetof(mcnn_conv_loops, pack_columns),
                   offsetof(mcnn_conv_loops, indirect_half));
  assert_true(!kernels->conv.pack_columns == !kernels->conv.accumulate_gather);
  assert_true(!kernels->conv.pack_columns == !kernels->conv.list_gather);
}

static void every_table_is_complete(void **state) {
  (void)state;
  for_each_isa(check_table_is_complete);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(names_go_both_ways),
      cmocka_unit_test(unknown_names_are_refused),
      cmocka_unit_test(the_best_is_available_and_nothing_wider_is),
      cmocka_unit_test(every_table_is_complete),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
