#include <errno.h>
#include <seccomp.h>
#include <stdint.h>
#include <sys/mman.h>

#include "sandbox/sandbox.h"

/* What memory, threads that wait, clocks and the end of a process need, under every libc. A name
 * that the library or the processor does not know is left out. */
static const char *const allowed[] = {
    "read",
    "write",
    "readv",
    "writev",
    "recvfrom",
    "recvmsg",
    "sendto",
    "sendmsg",
    "recv",
    "send",
    "poll",
    "ppoll",
    "ppoll_time64",
    "close",
    "brk",
    "munmap",
    "mremap",
    "madvise",
    "futex",
    "futex_time64",
    "clock_gettime",
    "clock_gettime64",
    "gettimeofday",
    "getrandom",
    "sched_yield",
    "sched_getaffinity",
    "rseq",
    "set_robust_list",
    "rt_sigreturn",
    "sigreturn",
    "rt_sigprocmask",
    "sigaltstack",
    "restart_syscall",
    "getpid",
    "gettid",
    "exit",
    "exit_group",
    "nanosleep",
    "clock_nanosleep",
    "membarrier",
};

/* Memory, but none that could be executed. */
static const char *const without_exec[] = {"mmap", "mmap2", "mprotect"};

static bool add_rules(scmp_filter_ctx filter) {
  for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++) {
    const int number = seccomp_syscall_resolve_name(allowed[i]);
    if (number >= 0 && seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0))
      return false;
  }
  for (size_t i = 0; i < sizeof without_exec / sizeof *without_exec; i++) {
    const int number = seccomp_syscall_resolve_name(without_exec[i]);
    const struct scmp_arg_cmp no_exec = SCMP_CMP(2, SCMP_CMP_MASKED_EQ, (scmp_datum_t)PROT_EXEC, 0);
    if (number >= 0 && seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, number, 1, &no_exec))
      return false;
  }
  return true;
}

bool sandbox_seccomp(void) {
  /* What a libc tries first and can do without looks as if the kernel did not have it. */
  scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
  bool done = false;

  if (!filter)
    return false;
  /* For every thread there may be already. */
  if (seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1) == 0 && add_rules(filter))
    done = seccomp_load(filter) == 0;
  seccomp_release(filter);
  return done;
}
