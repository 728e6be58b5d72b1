#include "sandbox/sandbox.h"

#include <sys/prctl.h>

void sandbox_enter(sandbox_state *state) {
  *state = (sandbox_state){.seccomp = false};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    return;
  /* Landlock first: its calls are none of those that the filter allows. */
  state->landlock = sandbox_landlock();
  state->seccomp = sandbox_seccomp();
}
