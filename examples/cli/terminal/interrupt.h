/* Ctrl-C (SIGINT) and SIGTERM: the first requests a clean stop, the second ends the process
 * immediately. */
#ifndef CLI_TERMINAL_INTERRUPT_H
#define CLI_TERMINAL_INTERRUPT_H

#include <stdint.h>

/* From now on the first signal only sets the flag and prints a line to standard error. A signal
 * ignored by the parent (nohup, a background job of a shell) stays ignored. */
void interrupt_catch(void);

/* The flag, for mnistcnn_train_options.cancel: non-zero once a signal was caught. */
const volatile int32_t *interrupt_flag(void);

/* The exit status that a shell reports for the signal: 128 + its number; 0: no signal. */
int interrupt_exit_status(void);

#endif
