#include "files/history_read.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "terminal/message.h"

/* The file of 100,000 epochs has 40 MB. */
enum { MAX_BYTES = 64 << 20, MAX_DEPTH = 32, KEY_CAPACITY = 32 };

/* --- JSON ------------------------------------------------------------------------------------- */

static void skip_blanks(const char **at) {
  *at += strspn(*at, " \t\r\n");
}

static bool take(const char **at, char c) {
  skip_blanks(at);
  if (**at != c)
    return false;
  ++*at;
  return true;
}

/* Keys that are truncated here or contain escapes are unknown keys. */
static bool read_string(const char **at, char key[KEY_CAPACITY]) {
  size_t length = 0;

  if (!take(at, '"'))
    return false;
  for (; **at != '"'; ++*at) {
    if (**at == '\\')
      ++*at;
    if (**at == '\0')
      return false;
    if (length < KEY_CAPACITY - 1)
      key[length++] = **at;
  }
  key[length] = '\0';
  ++*at;
  return true;
}

static bool skip_word(const char **at, const char *word) {
  if (strncmp(*at, word, strlen(word)) != 0)
    return false;
  *at += strlen(word);
  return true;
}

/* A number; null is NaN. */
static bool read_number(const char **at, double *number) {
  char *end;

  skip_blanks(at);
  if (skip_word(at, "null")) {
    *number = (double)NAN;
    return true;
  }
  if (**at != '-' && (**at < '0' || **at > '9'))
    return false;
  *number = strtod(*at, &end);
  *at = end;
  return isfinite(*number);
}

static bool skip_value(const char **at, unsigned depth);

static bool skip_items(const char **at, char end, unsigned depth) {
  char key[KEY_CAPACITY];

  if (depth == MAX_DEPTH)
    return false;
  if (take(at, end))
    return true;
  do {
    if (end == '}' && (!read_string(at, key) || !take(at, ':')))
      return false;
    if (!skip_value(at, depth + 1))
      return false;
  } while (take(at, ','));
  return take(at, end);
}

static bool skip_value(const char **at, unsigned depth) {
  double number;

  if (take(at, '{'))
    return skip_items(at, '}', depth);
  if (take(at, '['))
    return skip_items(at, ']', depth);
  if (**at == '"') {
    char text[KEY_CAPACITY];
    return read_string(at, text);
  }
  return skip_word(at, "true") || skip_word(at, "false") || read_number(at, &number);
}

/* --- history ---------------------------------------------------------------------------------- */

static double *field(history_epoch *epoch, const char *key) {
  const struct {
    const char *key;
    double *target;
  } fields[] = {
      {"epoch", &epoch->epoch},
      {"loss", &epoch->loss},
      {"accuracy", &epoch->accuracy},
      {"validation_loss", &epoch->validation_loss},
      {"validation_accuracy", &epoch->validation_accuracy},
  };

  for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
    if (strcmp(key, fields[i].key) == 0)
      return fields[i].target;
  return NULL;
}

static bool read_epoch(const char **at, history_epoch *epoch) {
  const double none = (double)NAN;
  char key[KEY_CAPACITY];

  *epoch = (history_epoch){none, none, none, none, none};
  if (!take(at, '{'))
    return false;
  do {
    if (!read_string(at, key) || !take(at, ':'))
      return false;
    double *const target = field(epoch, key);
    if (!(target ? read_number(at, target) : skip_value(at, 0)))
      return false;
  } while (take(at, ','));
  return take(at, '}') && isfinite(epoch->epoch);
}

static bool append_epoch(training_history *history, const history_epoch *epoch) {
  /* Grows at powers of two. */
  if ((history->count & (history->count - 1)) == 0) {
    const size_t capacity = history->count ? 2 * history->count : 1;
    history_epoch *const epochs = realloc(history->epochs, capacity * sizeof *epochs);
    if (!epochs)
      return false;
    history->epochs = epochs;
  }
  history->epochs[history->count++] = *epoch;
  return true;
}

static bool read_epochs(const char **at, training_history *history) {
  history_epoch epoch;

  if (!take(at, '['))
    return false;
  if (take(at, ']'))
    return true;
  do {
    if (!read_epoch(at, &epoch) || !append_epoch(history, &epoch))
      return false;
  } while (take(at, ','));
  return take(at, ']');
}

static bool parse_history(const char *text, training_history *history) {
  char key[KEY_CAPACITY];
  bool found = false;

  if (!take(&text, '{'))
    return false;
  do {
    if (!read_string(&text, key) || !take(&text, ':'))
      return false;
    const bool epochs = !found && strcmp(key, "epochs") == 0;
    if (!(epochs ? read_epochs(&text, history) : skip_value(&text, 0)))
      return false;
    found = found || epochs;
  } while (take(&text, ','));
  const bool closed = take(&text, '}');
  skip_blanks(&text);
  return closed && *text == '\0' && found;
}

/* The whole file and a NUL, the caller's to free; NULL with errno set. */
static char *read_all(FILE *stream) {
  size_t size = 0;
  size_t capacity = 1 << 16;
  char *text = malloc(capacity);

  while (text) {
    size += fread(text + size, 1, capacity - 1 - size, stream);
    if (size < capacity - 1)
      break;
    capacity *= 2;
    char *const larger = capacity <= MAX_BYTES ? realloc(text, capacity) : NULL;
    if (!larger) {
      free(text);
      errno = EFBIG;
      return NULL;
    }
    text = larger;
  }
  if (text && ferror(stream)) {
    free(text);
    return NULL;
  }
  if (text)
    text[size] = '\0';
  return text;
}

bool history_read(const char *path, training_history *history) {
  *history = (struct training_history){0};
  FILE *const stream = fopen(path, "r");
  char *const text = stream ? read_all(stream) : NULL;
  const int error = errno;

  if (stream)
    fclose(stream);
  if (!text) {
    fail("%s: %s", path, strerror(error));
    return false;
  }
  const bool good = parse_history(text, history);
  free(text);
  if (good)
    return true;
  history_release(history);
  fail("%s: not a history file of train --history", path);
  return false;
}

void history_release(training_history *history) {
  free(history->epochs);
  *history = (struct training_history){0};
}
