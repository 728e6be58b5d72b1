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
static void print_stopping(void) {
  static const char text[] = "\nmnistcnn: stopping; repeat to quit immediately\n";
  const size_t start = on_terminal ? 0 : 1;
  const ssize_t written = write(STDERR_FILENO, text + start, sizeof text - 1 - start);

  (void)written; /* a failure cannot be handled here */
}

static void on_signal(int number) {
  const int saved = errno;

  mnistcnn_monitor_cancel(monitor);
  caught = number;
  set_handler(SIGINT, SIG_DFL);
  set_handler(SIGTERM, SIG_DFL);
  print_stopping();
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
  return true;
}

static void release_one(int number) {
  struct sigaction now;

  if (sigaction(number, NULL, &now) == 0 && now.sa_handler == on_signal)
    set_handler(number, SIG_DFL);
}

void interrupt_release(void) {
  release_one(SIGINT);
  release_one(SIGTERM);
  mnistcnn_monitor_free(monitor);
  monitor = NULL;
}

mnistcnn_monitor *interrupt_monitor(void) {
  return monitor;
}

int interrupt_exit_status(void) {
  return caught == 0 ? 0 : 128 + (int)caught;
}
