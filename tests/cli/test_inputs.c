/* The files that operands name, where the system or memory fails: folders that cannot be read,
 * lists that break off, names that come in pieces, every allocation. */
// link: -Wl,--wrap=opendir,--wrap=readdir,--wrap=stat,--wrap=read,--wrap=strdup,--wrap=realloc
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "files/inputs.h"
#include "files/walk.h"
#include "temp_folder.h"

/* --- what fails ------------------------------------------------------------------------------- */

/* Which call fails, from 1; 0: none. */
static struct { int opendir, readdir, stat, read, memory; } injected;

static int fails(int *countdown, int error) {
  if (*countdown == 0 || --*countdown > 0)
    return 0;
  errno = error;
  return 1;
}

DIR *__real_opendir(const char *path);
DIR *__wrap_opendir(const char *path);
DIR *__wrap_opendir(const char *path) {
  return fails(&injected.opendir, EACCES) ? NULL : __real_opendir(path);
}

struct dirent *__real_readdir(DIR *folder);
struct dirent *__wrap_readdir(DIR *folder);
struct dirent *__wrap_readdir(DIR *folder) {
  return fails(&injected.readdir, EIO) ? NULL : __real_readdir(folder);
}

int __real_stat(const char *path, struct stat *st);
int __wrap_stat(const char *path, struct stat *st);
int __wrap_stat(const char *path, struct stat *st) {
  return fails(&injected.stat, EACCES) ? -1 : __real_stat(path, st);
}

/* Reads come in pieces of up to three bytes, and one of them fails or is interrupted. */
static int read_error;
ssize_t __real_read(int file, void *buffer, size_t size);
ssize_t __wrap_read(int file, void *buffer, size_t size);
ssize_t __wrap_read(int file, void *buffer, size_t size) {
  return fails(&injected.read, read_error) ? -1 : __real_read(file, buffer, size < 3 ? size : 3);
}

char *__real_strdup(const char *text);
char *__wrap_strdup(const char *text);
char *__wrap_strdup(const char *text) {
  return fails(&injected.memory, ENOMEM) ? NULL : __real_strdup(text);
}

void *__real_realloc(void *block, size_t size);
void *__wrap_realloc(void *block, size_t size);
void *__wrap_realloc(void *block, size_t size) {
  return fails(&injected.memory, ENOMEM) ? NULL : __real_realloc(block, size);
}

/* --- files ------------------------------------------------------------------------------------ */

static void write_file(const char *path, const char *content) {
  FILE *const file = fopen(path, "wb");

  assert_non_null(file);
  assert_true(fputs(content, file) >= 0);
  assert_int_equal(fclose(file), 0);
}

/* f/1.png f/a/2.png f/b/3.png */
static int create_files(void **state) {
  if (test_enter_folder(state) != 0 || mkdir("f", 0700) != 0 || mkdir("f/a", 0700) != 0 ||
      mkdir("f/b", 0700) != 0)
    return -1;
  write_file("f/1.png", "x");
  write_file("f/a/2.png", "x");
  write_file("f/b/3.png", "x");
  write_file("list.txt", "one.png\r\n\ntwo.png\nf\nthree.png");
  return 0;
}

/* --- what is found ---------------------------------------------------------------------------- */

/* Every path with a newline behind it; errors in brackets. */
static bool memory_failed; /* the last time */

static bool list_inputs(char *const *operands, size_t count, char text[4096]) {
  const input_file *batch;
  input_files in;
  size_t got;

  text[0] = '\0';
  if (inputs_start(&in, operands, count, '\n')) {
    while ((got = inputs_next(&in, 2, &batch)) > 0) {
      for (size_t i = 0; i < got; i++) {
        const size_t length = strlen(text);
        snprintf(text + length, 4096 - length, batch[i].error ? "%s [%s]\n" : "%s\n", batch[i].path,
                 batch[i].error);
      }
    }
  }
  const bool complete = !in.failed;
  inputs_free(&in);
  memory_failed = injected.memory == 0;
  memset(&injected, 0, sizeof injected);
  return complete;
}

static void assert_inputs(const char *operand, const char *expected) {
  char *const operands[] = {(char *)(uintptr_t)operand};
  char text[4096];

  assert_true(list_inputs(operands, 1, text));
  assert_string_equal(text, expected);
}

static void folders_that_cannot_be_read(void **state) {
  (void)state;
  assert_inputs("f", "f/1.png\nf/a/2.png\nf/b/3.png\n");
  injected.opendir = 1;
  assert_inputs("f", "f [Permission denied]\n");
  injected.readdir = 1;
  assert_inputs("f", "f [Input/output error]\n");
  for (int n = 2; n <= 3; n++) { /* one of the folders in it: in what order is the system's */
    char *const operands[] = {(char *)(uintptr_t) "f"};
    char text[4096];
    injected.opendir = n;
    assert_true(list_inputs(operands, 1, text));
    assert_non_null(strstr(text, "f/1.png\n"));
    assert_true(!strstr(text, "f/a/2.png\n") != !strstr(text, "f/b/3.png\n"));
    assert_non_null(strstr(text, "[Permission denied]"));
  }
}

/* The first call of stat() tells that it is a folder, the second is walk_folder()'s own. */
static void files_that_cannot_be_examined(void **state) {
  (void)state;
  injected.stat = 2;
  assert_inputs("f", "f [Permission denied]\n");
  injected.stat = 2;
  assert_inputs("f/b", "f/b [Permission denied]\n");
  injected.stat = 3;
  assert_inputs("f/b", "f/b/3.png [Permission denied]\n");
}

static void names_come_in_pieces(void **state) {
  (void)state;
  assert_inputs("@list.txt", "one.png\ntwo.png\nf/1.png\nf/a/2.png\nf/b/3.png\nthree.png\n");
}

static void interruptions_are_no_failures(void **state) {
  (void)state;
  for (int n = 1; n <= 5; n++) {
    injected.read = n;
    read_error = n % 2 == 0 ? EINTR : EAGAIN;
    assert_inputs("@list.txt", "one.png\ntwo.png\nf/1.png\nf/a/2.png\nf/b/3.png\nthree.png\n");
  }
}

static void lists_that_break_off(void **state) {
  (void)state;
  injected.read = 1;
  read_error = EIO;
  assert_inputs("@list.txt", "@list.txt [Input/output error]\n");
  injected.read = 5; /* behind 12 bytes: "one.png\r\n\ntw" */
  assert_inputs("@list.txt", "one.png\n@list.txt [Input/output error]\n");
}

/* A lack of memory ends it, but for that of a list, which is the list's error. */
static void every_failing_allocation_is_survived(void **state) {
  char *const operands[] = {(char *)(uintptr_t) "f", (char *)(uintptr_t) "@list.txt",
                            (char *)(uintptr_t) "@missing", (char *)(uintptr_t) "f/1.png"};
  char text[4096];
  int n = 0;

  (void)state;
  do {
    injected.memory = ++n;
    const bool complete = list_inputs(operands, 4, text);
    assert_true(n < 100);
    if (memory_failed && complete)
      assert_non_null(strstr(text, "@list.txt [Cannot allocate memory]\n"));
    else
      assert_int_equal(complete, !memory_failed);
  } while (memory_failed);
  assert_true(n > 12);
  assert_non_null(strstr(text, "@missing [No such file or directory]\nf/1.png\n"));
}

/* A name is there before the next one: reading must not wait for it. */
static void a_pipe_is_not_waited_for(void **state) {
  char *const operands[] = {(char *)(uintptr_t) "-"};
  const input_file *batch;
  input_files in;
  int ends[2];

  (void)state;
  assert_int_equal(pipe(ends), 0);
  const int saved = dup(STDIN_FILENO);
  assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
  assert_true(inputs_start(&in, operands, 1, '\n'));
  assert_int_equal(inputs_total(&in), 0);
  for (int i = 0; i < 3; i++) {
    assert_int_equal(write(ends[1], "a.png\nb.png\nhalf", 16), 16);
    assert_int_equal(inputs_next(&in, 100, &batch), 2);
    assert_string_equal(batch[0].path, i == 0 ? "a.png" : "halfa.png");
    assert_string_equal(batch[1].path, "b.png");
  }
  close(ends[1]);
  assert_int_equal(inputs_next(&in, 100, &batch), 1);
  assert_string_equal(batch[0].path, "half");
  assert_int_equal(inputs_next(&in, 100, &batch), 0);
  inputs_free(&in);
  assert_int_equal(dup2(saved, STDIN_FILENO), STDIN_FILENO);
  close(saved);
  close(ends[0]);
}

static void names_of_images(void **state) {
  (void)state;
  assert_true(has_image_name("a.png"));
  assert_true(has_image_name("a.b.PnG"));
  assert_false(has_image_name("png"));
  assert_false(has_image_name("a.png~"));
  assert_false(has_image_name("a.txt"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(folders_that_cannot_be_read),
      cmocka_unit_test(files_that_cannot_be_examined),
      cmocka_unit_test(names_come_in_pieces),
      cmocka_unit_test(interruptions_are_no_failures),
      cmocka_unit_test(lists_that_break_off),
      cmocka_unit_test(every_failing_allocation_is_survived),
      cmocka_unit_test(a_pipe_is_not_waited_for),
      cmocka_unit_test(names_of_images),
  };

  return cmocka_run_group_tests(tests, create_files, test_leave_folder);
}
