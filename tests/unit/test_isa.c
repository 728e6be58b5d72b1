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

static void check_table_is_complete(const mcnn_kernels *kernels) {
  /* Everything behind `isa` is a function pointer, and all but one of them are everywhere. */
  const size_t first = offsetof(mcnn_kernels, conv_packed_floats);
  const size_t optional = offsetof(mcnn_kernels, dense_narrow_backward) - first;
  const size_t count = (sizeof *kernels - first) / sizeof(void (*)(void));
  const unsigned char *bytes = (const unsigned char *)kernels + first;
  for (size_t i = 0; i < count; ++i) {
    void (*entry)(void) = NULL;
    memcpy(&entry, bytes + i * sizeof entry, sizeof entry);
    assert_true(entry || i * sizeof entry == optional);
  }
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
