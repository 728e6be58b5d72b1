/* Ctrl-C (SIGINT) and SIGTERM: the first asks the work to stop at a good place, the second ends the
 * process at once. */
#ifndef CLI_TERMINAL_INTERRUPT_H
#define CLI_TERMINAL_INTERRUPT_H

#include <stdint.h>

/* From now on the first signal only sets the flag, with a word on standard error. A signal the
 * parent had ignored (nohup, a shell's background job) stays ignored. */
void interrupt_catch(void);

/* The flag, for mnistcnn_train_options.cancel: non-zero once a signal has come. */
const volatile int32_t *interrupt_flag(void);

/* The exit status a shell reports for the signal that came: 128 + its number; 0: none came. */
int interrupt_exit_status(void);

#endif
