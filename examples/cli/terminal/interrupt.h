/* Ctrl-C (SIGINT), SIGTERM and a terminal that is closed (SIGHUP): the first requests a clean stop;
 * a second SIGINT or SIGTERM ends the process immediately. */
#ifndef CLI_TERMINAL_INTERRUPT_H
#define CLI_TERMINAL_INTERRUPT_H

#include <stdbool.h>

#include <mnistcnn.h>

/* From now on the first signal only cancels what uses the monitor, and prints a line to standard
 * error. A signal ignored by the parent (nohup, a background job of a shell) stays ignored. false:
 * the library's message says why not. */
bool interrupt_catch(void);
void interrupt_release(void);

/* For the library's calls, from interrupt_catch() to interrupt_release(). */
mnistcnn_monitor *interrupt_monitor(void);

/* The exit status that a shell reports for the signal: 128 + its number; 0: no signal. */
int interrupt_exit_status(void);

#endif
