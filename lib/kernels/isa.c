#include "kernels/isa.h"

#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

/* As arrays, here and in other tables of texts: a pointer costs a relocation of 24 bytes besides.
 */
static const char names[MCNN_ISA_COUNT][9] = {"portable", "avx2", "avx512"};

#if defined(__x86_64__)

/* What the processor says of itself in CPUID's leaves 1 and 7. The compiler's
 * __builtin_cpu_supports() would tell the same, with 4 KB of everything else there is. */
typedef struct features {
  uint32_t leaf1_ecx, leaf7_ebx, leaf7_ecx;
  uint32_t saved; /* registers that the operating system saves, as XGETBV tells them */
} features;

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

#endif

int mcnn_isa_available(mcnn_isa isa) {
#if defined(__x86_64__)
  if (isa == MCNN_ISA_AVX2 || isa == MCNN_ISA_AVX512) {
    const features has = ask_processor();
    return isa == MCNN_ISA_AVX2 ? runs_avx2(&has) : runs_avx512(&has);
  }
#endif
  return isa == MCNN_ISA_PORTABLE;
}

mcnn_isa mcnn_isa_best(void) {
  if (mcnn_isa_available(MCNN_ISA_AVX512))
    return MCNN_ISA_AVX512;
  return mcnn_isa_available(MCNN_ISA_AVX2) ? MCNN_ISA_AVX2 : MCNN_ISA_PORTABLE;
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
  const size_t index = (size_t)isa;
  return index < (size_t)MCNN_ISA_COUNT ? names[index] : NULL;
}

int mcnn_isa_from_name(const char *name, mcnn_isa *isa) {
  for (size_t i = 0; i < (size_t)MCNN_ISA_COUNT; ++i) {
    if (strcmp(name, names[i]) == 0) {
      *isa = (mcnn_isa)i;
      return 1;
    }
  }
  return 0;
}
