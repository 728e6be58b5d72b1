/* What processors of Arm's 64 bits have besides what all have, where the system tells. */
#include "base/platform.h"

#if defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>

unsigned mcnn_arm_features(void) {
  unsigned features = 0;
#ifdef HWCAP_ASIMDDP
  features |= (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0 ? MCNN_ARM_DOTPROD : 0;
#endif
#ifdef HWCAP2_I8MM
  features |= (getauxval(AT_HWCAP2) & HWCAP2_I8MM) != 0 ? MCNN_ARM_I8MM : 0;
#endif
  return features;
}

#elif defined(__aarch64__) && defined(__APPLE__)
#include <sys/sysctl.h>

static int has(const char *feature) {
  int value = 0;
  size_t size = sizeof value;
  return sysctlbyname(feature, &value, &size, NULL, 0) == 0 && value != 0;
}

unsigned mcnn_arm_features(void) {
  return (has("hw.optional.arm.FEAT_DotProd") ? MCNN_ARM_DOTPROD : 0) |
         (has("hw.optional.arm.FEAT_I8MM") ? MCNN_ARM_I8MM : 0);
}

#else

unsigned mcnn_arm_features(void) {
  return 0;
}

#endif
