/* Ctrl-C, Ctrl-Break and a console that is closed: Windows calls a handler in a thread of its own.
 */
#include "terminal/interrupt.h"

#include <io.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <windows.h>

enum { EXIT_BASE = 128 };
static mnistcnn_monitor *monitor; /* does not change while the handler is set */
static volatile LONG caught;      /* the number of a signal */
static volatile LONG released;

static void print_stopping(DWORD event) {
  static const char text[] = "\nmnistcnn: stopping; repeat to quit immediately\n";
  static const char closed[] = "\nmnistcnn: stopping: the terminal was closed\n";
  const char *const line = event == CTRL_CLOSE_EVENT ? closed : text;
  const size_t start = _isatty(_fileno(stderr)) ? 0 : 1;

  (void)_write(_fileno(stderr), line + start, (unsigned)(strlen(line) - start));
}

/* The process ends when the handler of a console that is closed returns, so that waits for what is
 * being stopped; the system waits for the handler no longer than some seconds. */
static BOOL WINAPI on_event(DWORD event) {
  const LONG number = event == CTRL_C_EVENT ? SIGINT : SIGTERM;

  if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT && event != CTRL_CLOSE_EVENT)
    return FALSE;
  if (InterlockedCompareExchange(&caught, number, 0) != 0 && event != CTRL_CLOSE_EVENT)
    return FALSE; /* the second time it ends the process */
  mnistcnn_monitor_cancel(monitor);
  print_stopping(event);
  while (event == CTRL_CLOSE_EVENT && !released)
    Sleep(10);
  return TRUE;
}

bool interrupt_catch(void) {
  if (mnistcnn_monitor_create(NULL, &monitor) != MNISTCNN_OK)
    return false;
  released = 0;
  SetConsoleCtrlHandler(on_event, TRUE);
  return true;
}

void interrupt_release(void) {
  SetConsoleCtrlHandler(on_event, FALSE);
  InterlockedExchange(&released, 1);
  mnistcnn_monitor_free(monitor);
  monitor = NULL;
}

mnistcnn_monitor *interrupt_monitor(void) {
  return monitor;
}

int interrupt_exit_status(void) {
  return caught == 0 ? 0 : EXIT_BASE + (int)caught;
}
