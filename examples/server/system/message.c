#include "system/message.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "system/clock.h"
#include "text/json_out.h"

enum { MESSAGE_CAPACITY = 1024, STAMP_CAPACITY = 32 };

__attribute__((format(printf, 2, 0))) static void say(const char *level, const char *format,
                                                      va_list arguments) {
  char text[MESSAGE_CAPACITY], stamp[STAMP_CAPACITY];
  buffer line = {0};
  json_out json = {.out = &line};

  (void)vsnprintf(text, sizeof text, format, arguments);
  clock_stamp(stamp);
  json_begin(&json, '{');
  json_member_text(&json, "time", stamp);
  json_member_text(&json, "level", level);
  json_member_text(&json, "message", text);
  json_end(&json, '}');
  buffer_byte(&line, '\n');
  if (write(STDERR_FILENO, line.data, line.size) < 0)
    line.failed = true; /* there is nowhere left to say so */
  buffer_free(&line);
}

void message_info(const char *format, ...) {
  va_list arguments;

  va_start(arguments, format);
  say("info", format, arguments);
  va_end(arguments);
}

void message_error(const char *format, ...) {
  va_list arguments;

  va_start(arguments, format);
  say("error", format, arguments);
  va_end(arguments);
}
