/* The processors that a process may use: by its affinity, and by the control groups of a made-up
 * system. */
#define _GNU_SOURCE // NOLINT(bugprone-reserved-identifier,readability-identifier-naming)
#include "system/processors.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "temp_folder.h"

/* --- affinity --------------------------------------------------------------------------------- */

/* What taskset does. */
static void only_allowed_processors_count(void **state) {
  cpu_set_t before, set;
  size_t first = CPU_SETSIZE, second = CPU_SETSIZE;
  (void)state;
  assert_int_equal(sched_getaffinity(0, sizeof before, &before), 0);
  const uint32_t limit = cgroup_processors("");
  for (size_t i = 0; i < CPU_SETSIZE && second == CPU_SETSIZE; i++) {
    if (!CPU_ISSET(i, &before))
      continue;
    if (first == CPU_SETSIZE)
      first = i;
    else
      second = i;
  }
  assert_true(first < CPU_SETSIZE);
  CPU_ZERO(&set);
  CPU_SET(first, &set);
  assert_int_equal(sched_setaffinity(0, sizeof set, &set), 0);
  assert_int_equal(usable_processors(), 1);
  if (second < CPU_SETSIZE) {
    CPU_SET(second, &set);
    assert_int_equal(sched_setaffinity(0, sizeof set, &set), 0);
    assert_int_equal(usable_processors(), limit == 1 ? 1 : 2);
  }
  assert_int_equal(sched_setaffinity(0, sizeof before, &before), 0);
}

/* --- control groups --------------------------------------------------------------------------- */

static void write_file(const char *path, const char *content) {
  char folder[256];
  (void)snprintf(folder, sizeof folder, "%s", path);
  for (char *slash = strchr(folder, '/'); slash; slash = strchr(slash + 1, '/')) {
    *slash = '\0';
    (void)mkdir(folder, 0700);
    *slash = '/';
  }
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  assert_true(fputs(content, file) >= 0);
  assert_int_equal(fclose(file), 0);
}

static void groups_of_version_2(void **state) {
  (void)state;
  write_file("two/proc/self/cgroup", "0::/a.slice/b.scope\n");
  assert_int_equal(cgroup_processors("two"), 0); /* no such files: no limit */
  write_file("two/sys/fs/cgroup/a.slice/b.scope/cpu.max", "max 100000\n");
  assert_int_equal(cgroup_processors("two"), 0);
  write_file("two/sys/fs/cgroup/a.slice/b.scope/cpu.max", "400000 100000\n");
  assert_int_equal(cgroup_processors("two"), 4);
  write_file("two/sys/fs/cgroup/a.slice/cpu.max", "250000 100000\n"); /* those above bind, too */
  assert_int_equal(cgroup_processors("two"), 3);
  write_file("two/sys/fs/cgroup/a.slice/b.scope/cpu.max", "50000 100000\n");
  assert_int_equal(cgroup_processors("two"), 1);
}

/* In a container its own root is all there is to see. */
static void groups_of_a_container(void **state) {
  (void)state;
  write_file("own/proc/self/cgroup", "0::/\n");
  write_file("own/sys/fs/cgroup/cpu.max", "150000 100000\n");
  assert_int_equal(cgroup_processors("own"), 2);
  write_file("own/proc/self/cgroup", "0::/docker/of-the-host\n");
  assert_int_equal(cgroup_processors("own"), 2);
}

static void groups_of_version_1(void **state) {
  (void)state;
  write_file("one/proc/self/cgroup", "12:cpuset:/c\n5:cpuacct,cpu:/docker/x\n1:name=systemd:/\n");
  assert_int_equal(cgroup_processors("one"), 0);
  write_file("one/sys/fs/cgroup/cpu/docker/x/cpu.cfs_quota_us", "-1\n");
  write_file("one/sys/fs/cgroup/cpu/docker/x/cpu.cfs_period_us", "100000\n");
  assert_int_equal(cgroup_processors("one"), 0);
  write_file("one/sys/fs/cgroup/cpu/docker/x/cpu.cfs_quota_us", "200001\n");
  assert_int_equal(cgroup_processors("one"), 3);
  write_file("one/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "100000\n");
  write_file("one/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  assert_int_equal(cgroup_processors("one"), 1);
}

static void nonsense_is_no_limit(void **state) {
  static const char *const lines[] = {"", "\n", "0:\n", "0::\n", ":::\n", "x", "4:cpux:/\n"};
  static const char *const limits[] = {"",      "\n",         "100000",     "0 0\n", "-5 100000\n",
                                       "x y\n", "100000 0\n", "100000 -1\n"};
  (void)state;
  assert_int_equal(cgroup_processors("no such folder"), 0);
  for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
    write_file("bad/proc/self/cgroup", lines[i]);
    assert_int_equal(cgroup_processors("bad"), 0);
  }
  write_file("bad/proc/self/cgroup", "0::/\n");
  for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
    write_file("bad/sys/fs/cgroup/cpu.max", limits[i]);
    assert_int_equal(cgroup_processors("bad"), 0);
  }
  write_file("bad/sys/fs/cgroup/cpu.max", "9223372036854775807 1\n");
  assert_int_equal(cgroup_processors("bad"), 256);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(only_allowed_processors_count), cmocka_unit_test(groups_of_version_2),
      cmocka_unit_test(groups_of_a_container),         cmocka_unit_test(groups_of_version_1),
      cmocka_unit_test(nonsense_is_no_limit),
  };
  return cmocka_run_group_tests(tests, test_enter_folder, test_leave_folder);
}
