/* How many threads this process can use at once. */
#ifndef CLI_SYSTEM_PROCESSORS_H
#define CLI_SYSTEM_PROCESSORS_H

#include <stdint.h>

/* The default of --threads, 1 to 256: the processors that the process may run on (taskset, a batch
 * system), but no more than its control group has time for (a container with a CPU limit). */
uint32_t usable_processors(void);

/* The second of the two, rounded up: the least limit of the control groups of the process, version
 * 1 and 2. 0: there is none. root: "" or, for tests, a folder that stands for /. */
uint32_t cgroup_processors(const char *root);

#endif
