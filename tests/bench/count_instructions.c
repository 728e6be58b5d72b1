/* A plugin of qemu's emulators of single programs, which counts the instructions that a program
 * executes; with names=1 also by function:
 *
 *   cc -O2 -shared -fPIC -o count.so tests/bench/count_instructions.c
 *   qemu-aarch64 -plugin count.so[,names=1] -d plugin PROGRAM
 *
 * It declares what it calls of qemu's interface for plugins, version 1, itself: distributions do
 * not ship the header. */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum { ADD_U64 = 0 };

#define FROM_QEMU extern __attribute__((visibility("default")))
FROM_QEMU void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
                                                     void (*callback)(qemu_plugin_id_t id,
                                                                      struct qemu_plugin_tb *tb));
FROM_QEMU void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *tb, int operation,
                                                        void *pointer, uint64_t immediate);
FROM_QEMU size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
FROM_QEMU struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb,
                                                           size_t index);
FROM_QEMU const char *qemu_plugin_insn_symbol(const struct qemu_plugin_insn *insn);
FROM_QEMU void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id,
                                              void (*callback)(qemu_plugin_id_t id, void *user),
                                              void *user);
FROM_QEMU void qemu_plugin_outs(const char *text);

__attribute__((visibility("default"))) int qemu_plugin_version = 1;

typedef struct function {
  char name[80];
  uint64_t count;
} function;

enum { MOST_FUNCTIONS = 4096 };
static function functions[MOST_FUNCTIONS]; /* [0]: all, or those without a name */
static size_t num_functions = 1;
static int by_name;

static uint64_t *counter_of(const char *name) {
  if (!by_name || !name)
    return &functions[0].count;
  for (size_t i = 1; i < num_functions; i++)
    if (strncmp(functions[i].name, name, sizeof functions[i].name - 1) == 0)
      return &functions[i].count;
  if (num_functions == MOST_FUNCTIONS)
    return &functions[0].count;
  function *const f = &functions[num_functions++];
  (void)snprintf(f->name, sizeof f->name, "%s", name);
  return &f->count;
}

/* A block lies in one function; single threads are counted exactly. */
static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb) {
  (void)id;
  uint64_t *const counter = counter_of(qemu_plugin_insn_symbol(qemu_plugin_tb_get_insn(tb, 0)));
  qemu_plugin_register_vcpu_tb_exec_inline(tb, ADD_U64, counter, qemu_plugin_tb_n_insns(tb));
}

static int more_first(const void *a, const void *b) {
  const uint64_t x = ((const function *)a)->count, y = ((const function *)b)->count;
  return x < y ? 1 : x > y ? -1 : 0;
}

static void at_exit(qemu_plugin_id_t id, void *user) {
  uint64_t sum = 0;
  char line[160];
  (void)id, (void)user;
  qsort(functions, num_functions, sizeof functions[0], more_first);
  for (size_t i = 0; i < num_functions; i++)
    sum += functions[i].count;
  for (size_t i = 0; by_name && i < num_functions && i < 40; i++) {
    (void)snprintf(line, sizeof line, "%6.2f %%  %.100s\n",
                   100 * (double)functions[i].count / (double)sum,
                   functions[i].name[0] != '\0' ? functions[i].name : "(others)");
    qemu_plugin_outs(line);
  }
  (void)snprintf(line, sizeof line, "%" PRIu64 " instructions\n", sum);
  qemu_plugin_outs(line);
}

__attribute__((visibility("default"))) int
qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv) {
  (void)info;
  for (int i = 0; i < argc; i++)
    by_name |= strcmp(argv[i], "names=1") == 0 || strcmp(argv[i], "names=on") == 0;
  qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
  qemu_plugin_register_atexit_cb(id, at_exit, NULL);
  return 0;
}
