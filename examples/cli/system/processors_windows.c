#include "system/processors.h"

#include <windows.h>

/* Windows has no control groups. */
uint32_t cgroup_processors(const char *root) {
  (void)root;
  return 0;
}

/* Those of the processor group that the process is in, of at most 64. */
uint32_t usable_processors(void) {
  DWORD_PTR process;
  DWORD_PTR system;
  uint32_t count = 0;

  if (!GetProcessAffinityMask(GetCurrentProcess(), &process, &system))
    return 1;
  for (; process != 0; process &= process - 1)
    count++;
  return count > 0 ? count : 1;
}
