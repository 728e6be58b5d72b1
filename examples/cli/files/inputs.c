#include "files/inputs.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "files/files.h"
#include "files/walk.h"
#include "system/os.h"

static bool is_standard_input(const char *operand) {
  return strcmp(operand, "-") == 0;
}

static bool add_path(input_files *in, const char *path) {
  return is_folder(path) ? walk_folder(path, &in->found) : input_list_add(&in->found, path, NULL);
}

/* --- lists ------------------------------------------------------------------------------------ */

static void close_list(input_files *in) {
  if (in->list.file > STDIN_FILENO)
    close(in->list.file);
  lines_free(&in->list);
  in->source = NULL;
}

static bool open_list(input_files *in, const char *source) {
  const int file = is_standard_input(source) ? STDIN_FILENO : os_open(source + 1);

  if (file < 0)
    return input_list_add(&in->found, source, strerror(errno));
  in->source = source;
  in->list = lines_of(file, in->separator);
  return true;
}

static const char *list_error(int error) {
  return error == EMSGSIZE ? "is not a list of paths: it has a line of more than 1 MB"
                           : strerror(error);
}

static bool add_line(input_files *in, char *line, size_t length) {
  if (strlen(line) == length)
    return add_path(in, line);
  return input_list_add(&in->found, line,
                        "has a NUL byte behind it; --null is for lists with NUL bytes");
}

/* --- one after the other ---------------------------------------------------------------------- */

typedef enum step_result { STEP_DONE, STEP_NONE_YET, STEP_END, STEP_OUT_OF_MEMORY } step_result;

static step_result read_from_list(input_files *in, bool wait) {
  char *line;
  size_t length;
  const lines_result result = lines_next(&in->list, wait, &line, &length);
  bool added = true;

  if (result == LINES_NONE_YET)
    return STEP_NONE_YET;
  if (result == LINES_ONE) {
    added = add_line(in, line, length);
  } else {
    if (result == LINES_FAILED)
      added = input_list_add(&in->found, in->source, list_error(errno));
    close_list(in);
  }
  return added ? STEP_DONE : STEP_OUT_OF_MEMORY;
}

/* Adds what the next line of the list names, or else the next operand. */
static step_result expand_next(input_files *in, bool wait) {
  if (in->source)
    return read_from_list(in, wait);
  if (in->next_operand == in->num_operands)
    return STEP_END;
  const char *const operand = in->operands[in->next_operand++];
  const bool is_list = operand[0] == '@' || is_standard_input(operand);
  const bool added = is_list ? open_list(in, operand) : add_path(in, operand);
  return added ? STEP_DONE : STEP_OUT_OF_MEMORY;
}

bool inputs_start(input_files *in, char *const *operands, size_t count, char separator) {
  step_result result = STEP_DONE;

  *in = (input_files){.operands = operands,
                      .num_operands = count,
                      .separator = separator,
                      .list = lines_of(-1, separator)};
  for (size_t i = 0; i < count; i++)
    in->streams = in->streams || is_standard_input(operands[i]);
  while (!in->streams && result == STEP_DONE)
    result = expand_next(in, true);
  in->failed = result == STEP_OUT_OF_MEMORY;
  return !in->failed;
}

void inputs_free(input_files *in) {
  close_list(in);
  input_list_free(&in->found);
}

size_t inputs_total(const input_files *in) {
  return in->streams ? 0 : in->found.count;
}

size_t inputs_next(input_files *in, size_t capacity, const input_file **batch) {
  step_result result = STEP_DONE;

  if (in->streams && in->taken == in->found.count) {
    input_list_clear(&in->found);
    in->taken = 0;
  }
  while (result == STEP_DONE && in->found.count - in->taken < capacity)
    result = expand_next(in, in->found.count == in->taken);
  in->failed = in->failed || result == STEP_OUT_OF_MEMORY;
  const size_t left = in->failed ? 0 : in->found.count - in->taken;
  const size_t count = left < capacity ? left : capacity;
  *batch = in->found.items + in->taken;
  in->taken += count;
  return count;
}
