/* Messages on standard error, one line each: "mnistcnn: ...". */
#ifndef CLI_TERMINAL_MESSAGE_H
#define CLI_TERMINAL_MESSAGE_H

#include <stdint.h>

/* The exit statuses of all commands. */
enum {
  EXIT_STATUS_OK = 0,
  EXIT_STATUS_FAILURE = 1,
  EXIT_STATUS_USAGE = 2,
  EXIT_STATUS_NO_DIGIT = 3 /* predict: no failure, but an image shows no digit */
};

/* Prints one line; control characters, as in a file name, become '?'. Returns EXIT_STATUS_FAILURE,
 * so that a command can end with `return fail("...")`. */
__attribute__((format(printf, 1, 2))) int fail(const char *format, ...);

/* fail() with the library's message for the last failed call of this thread. */
int fail_library(void);

/* The same for a call that concerns a file: its name is prepended unless the message has it. */
int fail_file(const char *path);

/* "mnistcnn: warning: ..." */
__attribute__((format(printf, 1, 2))) void warn(const char *format, ...);

/* A mnistcnn_log_callback; user is not used. */
void log_to_stderr(int32_t level, const char *message, void *user);

#endif
