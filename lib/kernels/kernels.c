/* The list of instruction sets. */
#include "kernels/kernels.h"

#include "kernels/isa/tables.h"

#include <assert.h>
#include <string.h>

typedef struct instruction_set {
  const char *name;
  const mcnn_kernels *kernels;
} instruction_set;

/* A new one is a file in isa/ with its vector words, and a row; those of this build, by mcnn_isa,
 * the wider the later. */
static const instruction_set sets[MCNN_ISA_COUNT] = {
    [MCNN_ISA_PORTABLE] = {"portable", MCNN_KERNELS_PORTABLE},
    [MCNN_ISA_BASELINE] = {"baseline", MCNN_KERNELS_BASELINE},
    [MCNN_ISA_NEON] = {"neon", MCNN_KERNELS_NEON},
    [MCNN_ISA_AVX2] = {"avx2", MCNN_KERNELS_AVX2},
    [MCNN_ISA_AVX512] = {"avx512", MCNN_KERNELS_AVX512},
};

/* Likewise, and which instruction set they go with. */
typedef struct int8_set {
  mcnn_isa besides;
  const mcnn_int8_kernels *kernels;
} int8_set;

static const int8_set int8_sets[MCNN_INT8_ISA_COUNT] = {
    [MCNN_INT8_AVX_VNNI] = {MCNN_ISA_AVX2, MCNN_INT8_KERNELS_AVX_VNNI},
    [MCNN_INT8_AVX512_VNNI] = {MCNN_ISA_AVX512, MCNN_INT8_KERNELS_AVX512_VNNI},
    [MCNN_INT8_NEON_DOTPROD] = {MCNN_ISA_NEON, MCNN_INT8_KERNELS_NEON_DOTPROD},
    [MCNN_INT8_NEON_I8MM] = {MCNN_ISA_NEON, MCNN_INT8_KERNELS_NEON_I8MM},
};

static int is_known(mcnn_isa isa) {
  return (size_t)isa < (size_t)MCNN_ISA_COUNT;
}

int mcnn_isa_available(mcnn_isa isa) {
  return is_known(isa) && sets[isa].kernels && mcnn_isa_runs(isa);
}

mcnn_isa mcnn_isa_best(void) {
  int isa = MCNN_ISA_COUNT - 1;
  while (!mcnn_isa_available((mcnn_isa)isa))
    isa--;
  return (mcnn_isa)isa;
}

const mcnn_kernels *mcnn_kernels_for(mcnn_isa isa) {
  assert(is_known(isa) && sets[isa].kernels);
  return sets[isa].kernels;
}

const mcnn_int8_kernels *mcnn_int8_kernels_of(mcnn_int8_isa isa) {
  const mcnn_int8_kernels *kernels = int8_sets[isa].kernels;
  return kernels && mcnn_int8_isa_runs(isa) ? kernels : NULL;
}

const mcnn_int8_kernels *mcnn_int8_kernels_for(mcnn_isa isa) {
  const mcnn_int8_kernels *kernels = NULL;
  for (int i = MCNN_INT8_ISA_COUNT; i-- > 0 && !kernels;)
    if (int8_sets[i].besides == isa)
      kernels = mcnn_int8_kernels_of((mcnn_int8_isa)i);
  return kernels;
}

const char *mcnn_isa_name(mcnn_isa isa) {
  return is_known(isa) ? sets[isa].name : NULL;
}

int mcnn_isa_from_name(const char *name, mcnn_isa *isa) {
  for (int i = 0; i < MCNN_ISA_COUNT; ++i) {
    if (strcmp(name, sets[i].name) == 0) {
      *isa = (mcnn_isa)i;
      return 1;
    }
  }
  return 0;
}
