/* Takes from this process what a decoder of images does not need: files, network, other processes,
 * programs, further privileges. Only memory, its open descriptors and its own end are left. */
#ifndef SERVER_SANDBOX_SANDBOX_H
#define SERVER_SANDBOX_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

typedef enum sandbox_mode { SANDBOX_OFF, SANDBOX_TRY, SANDBOX_REQUIRE } sandbox_mode;

typedef struct sandbox_state {
  bool seccomp;
  int landlock; /* the version of its interface that is enforced; 0: none */
} sandbox_state;

/* Whatever the kernel has of it. */
void sandbox_enter(sandbox_state *state);

/* seccomp and Landlock by themselves. */
bool sandbox_seccomp(void);
int sandbox_landlock(void);

#endif
