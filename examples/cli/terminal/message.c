#include "terminal/message.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <mnistcnn.h>

/* A path of PATH_MAX bytes and a message of the library of 511 bytes fit. */
enum { LINE_CAPACITY = 8192 };

__attribute__((format(printf, 2, 0))) static void print_line(const char *prefix, const char *format,
                                                             va_list arguments) {
  char line[LINE_CAPACITY];

  vsnprintf(line, sizeof line, format, arguments);
  for (char *c = line; *c != '\0'; c++)
    if ((unsigned char)*c < 0x20 || *c == 0x7f)
      *c = '?';
  fflush(stdout); /* keeps the order if both streams go to one log */
  fprintf(stderr, "mnistcnn: %s%s\n", prefix, line);
}

int fail(const char *format, ...) {
  va_list arguments;

  va_start(arguments, format);
  print_line("", format, arguments);
  va_end(arguments);
  return EXIT_STATUS_FAILURE;
}

int fail_library(void) {
  return fail("%s", mnistcnn_last_error());
}

int fail_file(const char *path) {
  const char *message = mnistcnn_last_error();

  return strstr(message, path) ? fail("%s", message) : fail("%s: %s", path, message);
}

void warn(const char *format, ...) {
  va_list arguments;

  va_start(arguments, format);
  print_line("warning: ", format, arguments);
  va_end(arguments);
}

void log_to_stderr(int32_t level, const char *message, void *user) {
  (void)user;
  if (level >= MNISTCNN_LOG_WARNING)
    warn("%s", message);
  else
    fail("note: %s", message);
}
