#include "base/status.h"

#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static _Thread_local char message_of_thread[MCNN_ERROR_CAPACITY];

/* A truncated message may end within a character, whose bytes are then removed. */
static void drop_incomplete_character(char *text, size_t length) {
  for (size_t back = 1; back <= 3 && back < length; back++) {
    const unsigned char byte = (unsigned char)text[length - back];
    if (byte >= 0xC0u) {
      if (mcnn_utf8_character(text + length - back, back) == 0)
        text[length - back] = '\0';
      return;
    }
    if (byte < 0x80u)
      return;
  }
}

/* Paths may hold any bytes, but a message is one line of UTF-8. */
static void finish_message(char *text, int is_truncated) {
  if (is_truncated)
    drop_incomplete_character(text, strlen(text));
  mcnn_utf8_clean(text);
}

mnistcnn_status mcnn_fail(mnistcnn_status status, const char *format, ...) {
  /* The arguments may point into the old message, so the new one has a buffer of its own. */
  char text[MCNN_ERROR_CAPACITY];
  va_list arguments;

  va_start(arguments, format);
  // NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): it is, one line above
  const int length = vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  if (length < 0)
    text[0] = '\0';
  finish_message(text, length >= (int)sizeof text);
  memcpy(message_of_thread, text, strlen(text) + 1);
  return status;
}

mnistcnn_status mcnn_fail_memory(size_t bytes) {
  return mcnn_fail(MNISTCNN_OUT_OF_MEMORY, "out of memory: cannot allocate %zu bytes", bytes);
}

const char *mcnn_last_error(void) {
  return message_of_thread;
}

void mcnn_set_last_error(const char *message) {
  const size_t length = strlen(message);
  const size_t kept = length < sizeof message_of_thread ? length : sizeof message_of_thread - 1;

  memmove(message_of_thread, message, kept);
  message_of_thread[kept] = '\0';
  finish_message(message_of_thread, kept < length);
}
