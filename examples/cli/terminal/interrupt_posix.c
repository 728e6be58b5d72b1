#include "terminal/interrupt.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static mnistcnn_monitor *monitor; /* does not change while the signals are caught */
static volatile sig_atomic_t caught;
static volatile sig_atomic_t on_terminal;

static void set_handler(int number, void (*handler)(int)) {
  struct sigaction action;

  memset(&action, 0, sizeof action);
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(number, &action, NULL);
}

/* First ends the line of the progress bar or of "^C". */
static void print_stopping(int number) {
  static const char text[] = "\nmnistcnn: stopping; repeat to quit immediately\n";
  static const char hang_up[] = "\nmnistcnn: stopping: the terminal was closed\n";
  const char *const line = number == SIGHUP ? hang_up : text;
  const size_t start = on_terminal ? 0 : 1;
  const ssize_t written = write(STDERR_FILENO, line + start, strlen(line) - start);

  (void)written; /* a failure cannot be handled here */
}

static void on_signal(int number);

/* Where it was caught: what the parent ignored stays ignored. */
static void release_one(int number) {
  struct sigaction now;

  if (sigaction(number, NULL, &now) == 0 && now.sa_handler == on_signal)
    set_handler(number, SIG_DFL);
}

/* A terminal that closes may send SIGHUP more than once, and none of them is a user who is
 * impatient. */
static void on_signal(int number) {
  const int saved = errno;

  mnistcnn_monitor_cancel(monitor);
  if (number != SIGHUP) {
    release_one(SIGINT);
    release_one(SIGTERM);
  }
  if (caught == 0) {
    caught = number;
    print_stopping(number);
  }
  errno = saved;
}

static void catch_one(int number) {
  struct sigaction old;

  if (sigaction(number, NULL, &old) == 0 && old.sa_handler != SIG_IGN)
    set_handler(number, on_signal);
}

bool interrupt_catch(void) {
  if (mnistcnn_monitor_create(NULL, &monitor) != MNISTCNN_OK)
    return false;
  on_terminal = isatty(STDERR_FILENO);
  catch_one(SIGINT);
  catch_one(SIGTERM);
  catch_one(SIGHUP);
  return true;
}

void interrupt_release(void) {
  release_one(SIGINT);
  release_one(SIGTERM);
  release_one(SIGHUP);
  mnistcnn_monitor_free(monitor);
  monitor = NULL;
}

mnistcnn_monitor *interrupt_monitor(void) {
  return monitor;
}

int interrupt_exit_status(void) {
  return caught == 0 ? 0 : 128 + (int)caught;
}
