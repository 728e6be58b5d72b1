#include "kernels/isa.h"

#include "base/platform.h"

#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

/* What an x86 processor says of itself in CPUID's leaves 1 and 7. The compiler's
 * __builtin_cpu_supports() would tell the same, with 4 KB of everything else there is. */
typedef struct features {
  uint32_t leaf1_ecx, leaf7_ebx, leaf7_ecx;
  uint32_t leaf7_1_eax; /* of leaf 7, the second table */
  uint32_t saved;       /* registers that the operating system saves, as XGETBV tells them */
} features;

#if defined(__x86_64__)

#define HAS_FMA         (1u << 12)
#define HAS_XGETBV      (1u << 27)
#define HAS_AVX2        (1u << 3 | 1u << 5 | 1u << 8) /* with BMI1 and BMI2, which come with it */
#define HAS_AVX512      (1u << 16 | 1u << 17 | 1u << 30 | 1u << 31) /* F, DQ, BW, VL */
#define HAS_AVX512_VNNI (1u << 11)
#define HAS_AVX_VNNI    (1u << 4)
#define SAVES_YMM       (1u << 1 | 1u << 2)
#define SAVES_ZMM       (SAVES_YMM | 1u << 5 | 1u << 6 | 1u << 7)

static uint32_t saved_registers(void) {
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

static features ask_processor(void) {
  features has = {0};
  uint32_t eax, ebx, ecx, edx, last;
  if (__get_cpuid_max(0, NULL) < 7)
    return has;
  __cpuid(1, eax, ebx, has.leaf1_ecx, edx);
  __cpuid_count(7, 0, last, has.leaf7_ebx, has.leaf7_ecx, edx);
  if (last >= 1)
    __cpuid_count(7, 1, has.leaf7_1_eax, ebx, ecx, edx);
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

int mcnn_isa_runs(mcnn_isa isa) {
  const features has = ask_processor();
#if defined(__x86_64__)
  if (isa == MCNN_ISA_AVX2)
    return runs_avx2(&has);
  if (isa == MCNN_ISA_AVX512)
    return runs_avx512(&has);
#endif
  (void)has;
  return isa == MCNN_ISA_PORTABLE || isa == MCNN_ISA_BASELINE || isa == MCNN_ISA_NEON;
}

int mcnn_int8_isa_runs(mcnn_int8_isa isa) {
#if defined(__x86_64__)
  const features has = ask_processor();
  if (isa == MCNN_INT8_AVX_VNNI)
    return runs_avx2(&has) && all_set(has.leaf7_1_eax, HAS_AVX_VNNI);
  if (isa == MCNN_INT8_AVX512_VNNI)
    return runs_avx512(&has) && all_set(has.leaf7_ecx, HAS_AVX512_VNNI);
#endif
  if (isa == MCNN_INT8_NEON_DOTPROD)
    return (mcnn_arm_features() & MCNN_ARM_DOTPROD) != 0;
  return isa == MCNN_INT8_NEON_I8MM && (mcnn_arm_features() & MCNN_ARM_I8MM) != 0;
}
