// What a worker may still do once it is confined, and what not any more.
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "sandbox/sandbox.h"

enum { PAGE = 4096, NOT_HERE = 77 };

/* Runs `attempt` in a process that is confined by `confine`; its status. */
static int confined(int (*confine)(void), int (*attempt)(void)) {
  int status = 0;
  const pid_t pid = fork();

  assert_true(pid >= 0);
  if (pid == 0)
    _exit(confine() ? attempt() : NOT_HERE);
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_true(WIFEXITED(status));
  return WEXITSTATUS(status);
}

static int enter_all(void) {
  sandbox_state state;

  sandbox_enter(&state);
  return state.seccomp;
}

/* Landlock by itself. */
static int enter_landlock(void) {
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && sandbox_landlock() > 0;
}

static int refused(int result) {
  return result < 0 ? 0 : 1;
}

static int open_to_read(void) {
  return refused(open("/etc/passwd", O_RDONLY));
}

static int open_to_write(void) {
  return refused(open("/tmp/mnistcnn-must-not-be", O_WRONLY | O_CREAT, 0600));
}

static int open_folder(void) {
  return refused(open("/", O_RDONLY | O_DIRECTORY));
}

static int make_socket(void) {
  return refused(socket(AF_INET, SOCK_STREAM, 0));
}

static int start_process(void) {
  const pid_t pid = fork();

  if (pid == 0)
    _exit(0);
  return refused(pid);
}

static int run_program(void) {
  char name[] = "/bin/sh", option[] = "-c",
       text[] = "exit 1", *const arguments[] = {name, option, text, NULL};

  (void)execv(name, arguments);
  return 0;
}

static int signal_parent(void) {
  return refused(kill(getppid(), 0));
}

static int map_code(void) {
  void *const at =
      mmap(NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  return at == MAP_FAILED ? 0 : 1;
}

static int make_memory_code(void) {
  void *const at = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  return at != MAP_FAILED && mprotect(at, PAGE, PROT_READ | PROT_EXEC) ? 0 : 1;
}

/* What goes on: memory, also large, clocks, and what is open. */
static int work(void) {
  struct timespec now;

  for (size_t size = 16; size < (size_t)1 << 26; size *= 4) {
    void *const memory = malloc(size);
    if (!memory)
      return 1;
    memset(memory, 1, size);
    void *const more = realloc(memory, size * 2);
    if (!more)
      return 2;
    free(more);
  }
  if (clock_gettime(CLOCK_MONOTONIC, &now))
    return 3;
  return write(STDERR_FILENO, "", 0) == 0 ? 0 : 4;
}

static void assert_stopped(int (*confine)(void), int (*attempt)(void)) {
  const int status = confined(confine, attempt);

  if (status == NOT_HERE)
    skip();
  assert_int_equal(status, 0);
}

static void test_denied(void **state) {
  int (*const attempts[])(void) = {open_to_read,  open_to_write, open_folder,
                                   make_socket,   start_process, run_program,
                                   signal_parent, map_code,      make_memory_code};

  (void)state;
  for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++)
    assert_stopped(enter_all, attempts[i]);
}

static void test_landlock_alone(void **state) {
  (void)state;
  assert_stopped(enter_landlock, open_to_read);
  assert_stopped(enter_landlock, open_to_write);
}

static void test_allowed(void **state) {
  (void)state;
  assert_stopped(enter_all, work);
}

/* Without the sandbox the attempts succeed, so that their failure means something. */
static int enter_nothing(void) {
  return 1;
}

static void test_attempts(void **state) {
  (void)state;
  assert_int_equal(confined(enter_nothing, open_to_read), 1);
  assert_int_equal(confined(enter_nothing, open_folder), 1);
  assert_int_equal(confined(enter_nothing, make_socket), 1);
  assert_int_equal(confined(enter_nothing, start_process), 1);
  assert_int_equal(confined(enter_nothing, run_program), 1);
  assert_int_equal(confined(enter_nothing, signal_parent), 1);
  assert_int_equal(confined(enter_nothing, make_memory_code), 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_attempts),
      cmocka_unit_test(test_denied),
      cmocka_unit_test(test_landlock_alone),
      cmocka_unit_test(test_allowed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
