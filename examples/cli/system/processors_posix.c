/* sched_getaffinity() is not in POSIX, and not on every system. */
#define _GNU_SOURCE // NOLINT(bugprone-reserved-identifier,readability-identifier-naming)
#include "system/processors.h"

#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_PROCESSORS = 256, PATH_BYTES = 4096 };

/* --- files of the kernel ---------------------------------------------------------------------- */

/* NULL: there is none. */
static FILE *open_in(const char *root, const char *folder, const char *group, const char *name) {
  char path[PATH_BYTES];
  const int length = snprintf(path, sizeof path, "%s%s%s/%s", root, folder, group, name);

  return length < 0 || length >= PATH_BYTES ? NULL : fopen(path, "re");
}

/* A limit as a number of processors, rounded up. 0: none. */
static uint32_t to_processors(long long quota, long long period) {
  if (quota <= 0 || period <= 0)
    return 0;
  const long long processors = quota / period + (quota % period > 0);
  return processors > MOST_PROCESSORS ? MOST_PROCESSORS : (uint32_t)processors;
}

static uint32_t least_of(uint32_t one, uint32_t other) {
  return one == 0 || (other != 0 && other < one) ? other : one;
}

static long long read_first_number(FILE *file) {
  char text[32] = "";

  if (!file)
    return 0;
  const bool is_read = fgets(text, sizeof text, file);
  fclose(file);
  return is_read ? strtoll(text, NULL, 10) : 0;
}

/* --- one control group ------------------------------------------------------------------------ */

/* Version 2: "MAX PERIOD" in microseconds, or "max PERIOD". */
static uint32_t limit_of_v2(const char *root, const char *group) {
  FILE *const file = open_in(root, "/sys/fs/cgroup", group, "cpu.max");
  char text[64] = "";
  char *rest;

  if (!file)
    return 0;
  const bool is_read = fgets(text, sizeof text, file);
  fclose(file);
  if (!is_read)
    return 0;
  const long long quota = strtoll(text, &rest, 10);
  return to_processors(quota, strtoll(rest, NULL, 10));
}

/* Version 1: two files; a quota of -1 is none. */
static uint32_t limit_of_v1(const char *root, const char *group) {
  const long long quota =
      read_first_number(open_in(root, "/sys/fs/cgroup/cpu", group, "cpu.cfs_quota_us"));
  const long long period =
      read_first_number(open_in(root, "/sys/fs/cgroup/cpu", group, "cpu.cfs_period_us"));

  return to_processors(quota, period);
}

/* A group is also bound by the limits of those that it is part of. Within a container its path may
 * be that of the host, which is not there: what is left then is the container's own root. */
static uint32_t limit_of_path(const char *root, char *group,
                              uint32_t (*limit_of)(const char *root, const char *group)) {
  uint32_t least = 0;

  for (;;) {
    least = least_of(least, limit_of(root, group));
    char *const slash = strrchr(group, '/');
    if (!slash)
      return least;
    *slash = '\0';
  }
}

/* --- the groups of the process ---------------------------------------------------------------- */

/* "cpu,cpuacct" lists "cpu". */
static bool lists_cpu(const char *controllers) {
  for (const char *at = controllers; at; at = strchr(at, ',')) {
    at += *at == ',';
    if (strncmp(at, "cpu", 3) == 0 && (at[3] == ',' || at[3] == '\0'))
      return true;
  }
  return false;
}

/* A line of /proc/self/cgroup: "ID:CONTROLLERS:PATH", in version 2 "0::PATH". */
static uint32_t limit_of_line(const char *root, char *line) {
  char *const controllers = strchr(line, ':');
  char *const path = controllers ? strchr(controllers + 1, ':') : NULL;

  if (!path)
    return 0;
  *path = '\0';
  path[1 + strcspn(path + 1, "\n")] = '\0';
  if (controllers[1] == '\0')
    return limit_of_path(root, path + 1, limit_of_v2);
  return lists_cpu(controllers + 1) ? limit_of_path(root, path + 1, limit_of_v1) : 0;
}

uint32_t cgroup_processors(const char *root) {
  FILE *const file = open_in(root, "/proc/self", "", "cgroup");
  char line[PATH_BYTES];
  uint32_t least = 0;

  if (!file)
    return 0;
  while (fgets(line, sizeof line, file))
    least = least_of(least, limit_of_line(root, line));
  fclose(file);
  return least;
}

/* --- affinity --------------------------------------------------------------------------------- */

static uint32_t allowed_processors(void) {
  const long online = sysconf(_SC_NPROCESSORS_ONLN);
#if defined(CPU_COUNT)
  cpu_set_t allowed;

  if (sched_getaffinity(0, sizeof allowed, &allowed) == 0)
    return (uint32_t)CPU_COUNT(&allowed);
#endif
  return online < 1 ? 1 : (uint32_t)online; /* more processors than the set has room for */
}

uint32_t usable_processors(void) {
  const uint32_t least = least_of(allowed_processors(), cgroup_processors(""));

  return least > MOST_PROCESSORS ? MOST_PROCESSORS : least;
}
