// link: -Wl,--wrap=open,--wrap=write,--wrap=fsync,--wrap=rename,--wrap=close,--wrap=fchmod,--wrap=linkat,--wrap=getentropy
#define _GNU_SOURCE // for O_TMPFILE
/* Saving a model while the system fails at its n-th call, for every n: either the new file is there
 * whole, or the old one is, and no temporary is left behind. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/byte_order.h"
#include "base/status.h"
#include "model/model.h"
#include "support.h"

/* --- the failing system ----------------------------------------------------------------------- */

typedef enum fault { FAULT_ERROR, FAULT_INTERRUPT, FAULT_SHORT } fault;

static struct {
  int armed;
  long calls, fail_at; /* counted over all wrapped calls */
  fault kind;
  int error;
} injector;

/* 1 where this call is the one to fail. */
static int fails(void) {
  return injector.armed && injector.calls++ == injector.fail_at;
}

/* The value of a call that fails, with errno set. */
static int failure(void) {
  errno = injector.kind == FAULT_INTERRUPT ? EINTR : injector.error;
  return -1;
}

int __real_open(const char *path, int flags, mode_t mode);
ssize_t __real_write(int file, const void *data, size_t size);
int __real_fsync(int file);
int __real_rename(const char *from, const char *to);
int __real_close(int file);
int __real_fchmod(int file, mode_t mode);
int __real_linkat(int from_folder, const char *from, int folder, const char *name, int flags);
int __real_getentropy(void *data, size_t size);
int __wrap_open(const char *path, int flags, ...);
ssize_t __wrap_write(int file, const void *data, size_t size);
int __wrap_fsync(int file);
int __wrap_rename(const char *from, const char *to);
int __wrap_close(int file);
int __wrap_fchmod(int file, mode_t mode);
int __wrap_linkat(int from_folder, const char *from, int folder, const char *name, int flags);
int __wrap_getentropy(void *data, size_t size);

int __wrap_open(const char *path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  return fails() ? failure() : __real_open(path, flags, mode);
}

ssize_t __wrap_write(int file, const void *data, size_t size) {
  if (!fails())
    return __real_write(file, data, size);
  if (injector.kind == FAULT_SHORT && size > 1)
    return __real_write(file, data, size / 2);
  return failure();
}

/* Interruptions and short counts are write()'s: the others go on as if nothing had been. */
static int only_errors(void) {
  return fails() && injector.kind == FAULT_ERROR;
}

int __wrap_fsync(int file) {
  return only_errors() ? failure() : __real_fsync(file);
}

int __wrap_rename(const char *from, const char *to) {
  return only_errors() ? failure() : __real_rename(from, to);
}

int __wrap_fchmod(int file, mode_t mode) {
  return only_errors() ? failure() : __real_fchmod(file, mode);
}

int __wrap_linkat(int from_folder, const char *from, int folder, const char *name, int flags) {
  return only_errors() ? failure() : __real_linkat(from_folder, from, folder, name, flags);
}

int __wrap_getentropy(void *data, size_t size) {
  return only_errors() ? failure() : __real_getentropy(data, size);
}

/* As on Linux: the descriptor is gone even where close() reports an error. */
int __wrap_close(int file) {
  const int failing = only_errors();
  const int closed = __real_close(file);
  return failing ? failure() : closed;
}

/* --- the tests -------------------------------------------------------------------------------- */

typedef struct scene {
  char folder[TEST_PATH], path[TEST_PATH];
  mnistcnn_model *old_model, *new_model;
  unsigned char *old_bytes, *new_bytes;
  size_t old_size, new_size;
} scene;

static mnistcnn_model *make_model(uint64_t seed, unsigned char **bytes, size_t *size) {
  mnistcnn_model_options options;
  mnistcnn_model *model;
  assert_int_equal(mnistcnn_model_options_init(&options, sizeof options), MNISTCNN_OK);
  options.architecture = "maxpool 7, flatten, dense 10 softmax";
  options.seed = seed;
  assert_int_equal(mnistcnn_model_create(&options, &model), MNISTCNN_OK);
  assert_int_equal(mnistcnn_model_save_memory(model, NULL, 0, size), MNISTCNN_OK);
  *bytes = malloc(*size);
  assert_non_null(*bytes);
  assert_int_equal(mnistcnn_model_save_memory(model, *bytes, *size, size), MNISTCNN_OK);
  return model;
}

static int set_up(void **state) {
  scene *s = calloc(1, sizeof *s);
  assert_non_null(s);
  test_folder_create(s->folder);
  test_join(s->path, s->folder, "model.safetensors");
  s->old_model = make_model(1, &s->old_bytes, &s->old_size);
  s->new_model = make_model(2, &s->new_bytes, &s->new_size);
  *state = s;
  return 0;
}

static int tear_down(void **state) {
  scene *s = *state;
  test_folder_remove(s->folder);
  mnistcnn_model_free(s->old_model);
  mnistcnn_model_free(s->new_model);
  free(s->old_bytes);
  free(s->new_bytes);
  free(s);
  return 0;
}

static int files_in(const char *folder) {
  int count = 0;
  DIR *directory = opendir(folder);
  assert_non_null(directory);
  for (const struct dirent *entry = readdir(directory); entry; entry = readdir(directory))
    count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
  closedir(directory);
  return count;
}

static void assert_file_is(const char *path, const unsigned char *bytes, size_t size) {
  unsigned char *content = malloc(size + 1);
  FILE *file = fopen(path, "rb");
  assert_non_null(content);
  assert_non_null(file);
  assert_int_equal(fread(content, 1, size + 1, file), size);
  assert_memory_equal(content, bytes, size);
  fclose(file);
  free(content);
}

static mnistcnn_status save_failing_at(const scene *s, long fail_at, fault kind, int error) {
  memset(&injector, 0, sizeof injector);
  injector.fail_at = fail_at;
  injector.kind = kind;
  injector.error = error;
  injector.armed = 1;
  const mnistcnn_status status = mnistcnn_model_save_file(s->new_model, s->path);
  injector.armed = 0;
  return status;
}

/* Fails every call in turn. Returns how many of them made the saving fail. */
static int fail_each_call(const scene *s, int old_exists, fault kind, int error) {
  int failures = 0;
  for (long n = 0;; n++) {
    assert_int_equal(remove(s->path) == 0 || errno == ENOENT, 1);
    if (old_exists)
      assert_int_equal(mnistcnn_model_save_file(s->old_model, s->path), MNISTCNN_OK);
    const mnistcnn_status status = save_failing_at(s, n, kind, error);
    const int done = injector.calls <= n;
    if (status == MNISTCNN_OK) {
      assert_file_is(s->path, s->new_bytes, s->new_size);
      assert_int_equal(files_in(s->folder), 1);
    } else {
      failures++;
      assert_int_equal(status, MNISTCNN_IO);
      assert_non_null(strstr(mnistcnn_last_error(), s->path));
      assert_int_equal(files_in(s->folder), old_exists);
      if (old_exists)
        assert_file_is(s->path, s->old_bytes, s->old_size);
    }
    if (done)
      return failures;
  }
}

static void keeps_the_old_file(void **state) {
  const scene *s = *state;
  /* Opening the folder, header and two tensors, mode, fsync; and for a temporary with a name, name,
   * open, close and rename, for one without, two links, name and rename. */
  assert_true(fail_each_call(s, 1, FAULT_ERROR, EIO) >= 9);
  assert_true(fail_each_call(s, 1, FAULT_ERROR, ENOSPC) >= 9);
}

static void leaves_nothing_where_there_was_nothing(void **state) {
  const scene *s = *state;
  /* Header and two tensors are one call where they are written from a copy. */
  assert_true(fail_each_call(s, 0, FAULT_ERROR, EDQUOT) >= (MCNN_BIG_ENDIAN ? 4 : 6));
}

static void goes_on_after_interruptions(void **state) {
  const scene *s = *state;
  /* All but the folder's own open, whose failure is reported: it may be interrupted, not write().
   */
  assert_true(fail_each_call(s, 1, FAULT_INTERRUPT, 0) <= 1);
}

static void goes_on_after_short_writes(void **state) {
  const scene *s = *state;
  for (long n = 0; n < 12; n++) {
    const mnistcnn_status status = save_failing_at(s, n, FAULT_SHORT, EIO);
    if (status == MNISTCNN_OK)
      assert_file_is(s->path, s->new_bytes, s->new_size);
  }
  assert_int_equal(save_failing_at(s, 3, FAULT_SHORT, EIO), MNISTCNN_OK);
  assert_file_is(s->path, s->new_bytes, s->new_size);
}

static void keeps_permissions_and_links(void **state) {
  const scene *s = *state;
  char link_path[TEST_PATH];
  struct stat st;
  assert_int_equal(mnistcnn_model_save_file(s->old_model, s->path), MNISTCNN_OK);
  assert_int_equal(chmod(s->path, 0640), 0);
  test_join(link_path, s->folder, "link");
  assert_int_equal(symlink("model.safetensors", link_path), 0);
  assert_int_equal(mnistcnn_model_save_file(s->new_model, link_path), MNISTCNN_OK);
  assert_int_equal(lstat(link_path, &st), 0);
  assert_true(S_ISLNK(st.st_mode));
  assert_int_equal(stat(s->path, &st), 0);
  assert_int_equal(st.st_mode & 0777, 0640);
  assert_file_is(s->path, s->new_bytes, s->new_size);
  assert_int_equal(unlink(link_path), 0);
}

static void reports_a_missing_folder(void **state) {
  const scene *s = *state;
  char path[TEST_PATH];
  test_join(path, s->folder, "none/model");
  assert_int_equal(mnistcnn_model_save_file(s->new_model, path), MNISTCNN_NOT_FOUND);
  assert_non_null(strstr(mnistcnn_last_error(), path));
  assert_int_equal(mnistcnn_model_save_file(s->new_model, ""), MNISTCNN_NOT_FOUND);
  assert_int_equal(mnistcnn_model_save_file(s->new_model, s->folder), MNISTCNN_IO);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(keeps_the_old_file, set_up, tear_down),
      cmocka_unit_test_setup_teardown(leaves_nothing_where_there_was_nothing, set_up, tear_down),
      cmocka_unit_test_setup_teardown(goes_on_after_interruptions, set_up, tear_down),
      cmocka_unit_test_setup_teardown(goes_on_after_short_writes, set_up, tear_down),
      cmocka_unit_test_setup_teardown(keeps_permissions_and_links, set_up, tear_down),
      cmocka_unit_test_setup_teardown(reports_a_missing_folder, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
