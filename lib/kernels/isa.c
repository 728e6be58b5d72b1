#include "kernels/isa.h"

#include "kernels/isa/tables.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

/* --- the processor ---------------------------------------------------------------------------- */

/* What an x86 processor says of itself in CPUID's leaves 1 and 7. The compiler's
 * __builtin_cpu_supports() would tell the same, with 4 KB of everything else there is. */
typedef struct features {
  uint32_t leaf1_ecx, leaf7_ebx, leaf7_ecx;
  uint32_t saved; /* registers that the operating system saves, as XGETBV tells them */
} features;

#if defined(__x86_64__)

#define HAS_FMA    (1u << 12)
#define HAS_XGETBV (1u << 27)
#define HAS_AVX2   (1u << 3 | 1u << 5 | 1u << 8) /* with BMI1 and BMI2, which come with it */
#define HAS_AVX512 (1u << 16 | 1u << 17 | 1u << 30 | 1u << 31) /* F, DQ, BW, VL */
#define HAS_VNNI   (1u << 11)
#define SAVES_YMM  (1u << 1 | 1u << 2)
#define SAVES_ZMM  (SAVES_YMM | 1u << 5 | 1u << 6 | 1u << 7)

static uint32_t saved_registers(void) {
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

static features ask_processor(void) {
  features has = {0};
  uint32_t eax, ebx, edx;
  if (__get_cpuid_max(0, NULL) < 7)
    return has;
  __cpuid(1, eax, ebx, has.leaf1_ecx, edx);
  __cpuid_count(7, 0, eax, has.leaf7_ebx, has.leaf7_ecx, edx);
  has.saved = (has.leaf1_ecx & HAS_XGETBV) != 0 ? saved_registers() : 0;
  return has;
}

static int all_set(uint32_t bits, uint32_t wanted) {
  return (bits & wanted) == wanted;
}

static int runs_avx2(const features *has) {
  return all_set(has->saved, SAVES_YMM) && all_set(has->leaf1_ecx, HAS_FMA) &&
         all_set(has->leaf7_ebx, HAS_AVX2);
}

static int runs_avx512(const features *has) {
  return runs_avx2(has) && all_set(has->saved, SAVES_ZMM) && all_set(has->leaf7_ebx, HAS_AVX512);
}

#else

static features ask_processor(void) {
  return (features){0};
}

#endif

/* --- the list --------------------------------------------------------------------------------- */

static int runs_always(const features *has) {
  (void)has;
  return 1;
}

typedef struct instruction_set {
  const char *name;
  const mcnn_kernels *kernels;
  int (*runs)(const features *has);
} instruction_set;

/* A new one is a file in isa/ with its vector words, and a row; those of this build, by mcnn_isa,
 * the wider the later. */
static const instruction_set sets[MCNN_ISA_COUNT] = {
    [MCNN_ISA_PORTABLE] = {"portable", &mcnn_kernels_portable, runs_always},
#if defined(__x86_64__)
    [MCNN_ISA_AVX2] = {"avx2", &mcnn_kernels_avx2, runs_avx2},
    [MCNN_ISA_AVX512] = {"avx512", &mcnn_kernels_avx512, runs_avx512},
#else
    [MCNN_ISA_AVX2] = {"avx2", NULL, NULL},
    [MCNN_ISA_AVX512] = {"avx512", NULL, NULL},
#endif
};

static int is_known(mcnn_isa isa) {
  return (size_t)isa < (size_t)MCNN_ISA_COUNT;
}

static int runs(mcnn_isa isa, const features *has) {
  return is_known(isa) && sets[isa].kernels && sets[isa].runs(has);
}

int mcnn_isa_available(mcnn_isa isa) {
  const features has = ask_processor();
  return runs(isa, &has);
}

mcnn_isa mcnn_isa_best(void) {
  const features has = ask_processor();
  int isa = MCNN_ISA_COUNT - 1;
  while (!runs((mcnn_isa)isa, &has))
    isa--;
  return (mcnn_isa)isa;
}

const mcnn_kernels *mcnn_kernels_for(mcnn_isa isa) {
  assert(is_known(isa) && sets[isa].kernels);
  return sets[isa].kernels;
}

const mcnn_int8_kernels *mcnn_int8_kernels_for(mcnn_isa isa) {
#if MCNN_WITH_AVX512_VNNI
  if (isa == MCNN_ISA_AVX512 && mcnn_int8_available())
    return &mcnn_int8_kernels_avx512_vnni;
#endif
  (void)isa;
  return NULL;
}

int mcnn_int8_available(void) {
#if MCNN_WITH_AVX512_VNNI
  const features has = ask_processor();
  return runs_avx512(&has) && all_set(has.leaf7_ecx, HAS_VNNI);
#else
  return 0;
#endif
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
