#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/sandbox.h"

/* Of <linux/landlock.h>, whose copy may be older than the kernel. */
enum { CREATE_RULESET_VERSION = 1 };

typedef struct ruleset {
  uint64_t handled_access_fs;
  uint64_t handled_access_net; /* from version 4 */
  uint64_t scoped;             /* from version 6 */
} ruleset;

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_restrict_self  446
#endif

/* Every access to files that this version of the interface knows. */
static uint64_t file_rights(int version) {
  static const int counts[] = {0, 13, 14, 15, 15, 16}; /* rights of the versions 0 to 5 */
  const int last = (int)(sizeof counts / sizeof *counts) - 1;

  return (UINT64_C(1) << counts[version < last ? version : last]) - 1;
}

static size_t ruleset_size(int version) {
  if (version < 4)
    return sizeof(uint64_t);
  return version < 6 ? 2 * sizeof(uint64_t) : sizeof(ruleset);
}

int sandbox_landlock(void) {
  const int version =
      (int)syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, CREATE_RULESET_VERSION);
  if (version < 1)
    return 0;
  /* No rule is added, so that everything handled is denied: files, TCP, signals to others. */
  const ruleset nothing = {file_rights(version), 3, 3};
  const int handle = (int)syscall(SYS_landlock_create_ruleset, &nothing, ruleset_size(version), 0);
  if (handle < 0)
    return 0;
  const long failed = syscall(SYS_landlock_restrict_self, handle, 0);
  close(handle);
  return failed ? 0 : version;
}
