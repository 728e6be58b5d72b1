/* Shared libraries that are loaded when they are needed, by POSIX. */
#include "base/platform.h"

#include <dlfcn.h>
#include <string.h>
#include <sys/resource.h>

mcnn_library *mcnn_library_load(const char *name) {
  return dlopen(name, RTLD_NOW | RTLD_LOCAL);
}

mcnn_function mcnn_library_function(mcnn_library *library, const char *name) {
  void *const address = dlsym(library, name);
  mcnn_function function;

  /* ISO C has no conversion from one to the other, POSIX says that they are alike. */
  _Static_assert(sizeof function == sizeof address, "addresses of functions are addresses");
  memcpy(&function, &address, sizeof function);
  return function;
}

int mcnn_memory_is_limited(void) {
  struct rlimit limit;

  return getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
}
