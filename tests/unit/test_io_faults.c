/* The n-th system call fails, stops short or is interrupted: the old file survives, no temporary
 * stays. */
// link: -Wl,--wrap=open,--wrap=read,--wrap=write,--wrap=fsync,--wrap=rename,--wrap=close,--wrap=fstat,--wrap=fchmod,--wrap=readlink,--wrap=__readlink_chk,--wrap=__read_chk,--wrap=linkat,--wrap=getentropy,--wrap=fchown,--wrap=faccessat,--wrap=lstat
#define _GNU_SOURCE // for O_TMPFILE
#include "base/io.h"
#include "base/status.h"
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

typedef enum call {
  NO_CALL,
  CALL_OPEN,
  CALL_READ,
  CALL_WRITE,
  CALL_FSYNC,
  CALL_RENAME,
  CALL_CLOSE,
  CALL_FSTAT,
  CALL_FCHMOD,
  CALL_READLINK,
  CALL_LINKAT,
  CALL_GETENTROPY,
  CALL_FCHOWN,
  CALL_FACCESSAT,
  ALL_CALLS
} call;

typedef struct faults {
  call failing;    /* which call fails */
  size_t at, seen; /* at its at-th time (from 1) */
  int error;
  int every;           /* time, not one */
  int onwards;         /* from then on */
  int short_transfers; /* reads and writes move one byte at most */
  int named;           /* the system has no files without a name */
  int foreign_links;   /* links are another user's */
  int killed;          /* at the first write */
} faults;

static struct {
  mode_t modes; /* of the files that were written to, while they were */
  char name[64];
} seen;

static faults injected;

static int fails(call which) {
  if (injected.failing != which && injected.failing != ALL_CALLS)
    return 0;
  injected.seen++;
  if (injected.every || injected.seen == injected.at ||
      (injected.onwards && injected.seen > injected.at)) {
    errno = injected.error;
    return 1;
  }
  return 0;
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...) {
  mode_t mode = 0;
  if (flags & (O_CREAT | O_TMPFILE)) {
    va_list arguments;
    va_start(arguments, flags);
    mode = va_arg(arguments, mode_t);
    va_end(arguments);
  }
  if ((flags & O_TMPFILE) == O_TMPFILE && injected.named) {
    errno = EOPNOTSUPP;
    return -1;
  }
  if (flags & O_EXCL) {
    const char *const slash = strrchr(path, '/');
    snprintf(seen.name, sizeof seen.name, "%s", slash ? slash + 1 : path);
  }
  return fails(CALL_OPEN) ? -1 : __real_open(path, flags, mode);
}

ssize_t __real_read(int file, void *data, size_t size);
ssize_t __wrap_read(int file, void *data, size_t size);
ssize_t __wrap_read(int file, void *data, size_t size) {
  const size_t step = injected.short_transfers && size > 1 ? 1 : size;
  return fails(CALL_READ) ? -1 : __real_read(file, data, step);
}

int __real_fstat(int file, struct stat *st);
ssize_t __real_write(int file, const void *data, size_t size);
ssize_t __wrap_write(int file, const void *data, size_t size);
ssize_t __wrap_write(int file, const void *data, size_t size) {
  const size_t step = injected.short_transfers && size > 1 ? 1 : size;
  struct stat st;
  if (__real_fstat(file, &st) == 0)
    seen.modes |= st.st_mode;
  if (injected.killed)
    raise(SIGKILL);
  return fails(CALL_WRITE) ? -1 : __real_write(file, data, step);
}

int __real_fsync(int file);
int __wrap_fsync(int file);
int __wrap_fsync(int file) {
  return fails(CALL_FSYNC) ? -1 : __real_fsync(file);
}

int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to) {
  return fails(CALL_RENAME) ? -1 : __real_rename(from, to);
}

/* As Linux does it, the descriptor is gone also when close() fails. */
int __real_close(int file);
int __wrap_close(int file);
int __wrap_close(int file) {
  const int failed = fails(CALL_CLOSE);
  const int error = errno, result = __real_close(file);
  errno = error;
  return failed ? -1 : result;
}

int __wrap_fstat(int file, struct stat *st);
int __wrap_fstat(int file, struct stat *st) {
  return fails(CALL_FSTAT) ? -1 : __real_fstat(file, st);
}

int __real_fchmod(int file, mode_t mode);
int __wrap_fchmod(int file, mode_t mode);
int __wrap_fchmod(int file, mode_t mode) {
  return fails(CALL_FCHMOD) ? -1 : __real_fchmod(file, mode);
}

ssize_t __real_readlink(const char *path, char *link, size_t size);
ssize_t __wrap_readlink(const char *path, char *link, size_t size);
ssize_t __wrap_readlink(const char *path, char *link, size_t size) {
  return fails(CALL_READLINK) ? -1 : __real_readlink(path, link, size);
}

int __real_linkat(int from_folder, const char *from, int folder, const char *name, int flags);
int __wrap_linkat(int from_folder, const char *from, int folder, const char *name, int flags);
int __wrap_linkat(int from_folder, const char *from, int folder, const char *name, int flags) {
  return fails(CALL_LINKAT) ? -1 : __real_linkat(from_folder, from, folder, name, flags);
}

int __real_getentropy(void *data, size_t size);
int __wrap_getentropy(void *data, size_t size);
int __wrap_getentropy(void *data, size_t size) {
  return fails(CALL_GETENTROPY) ? -1 : __real_getentropy(data, size);
}

int __real_fchown(int file, uid_t user, gid_t group);
int __wrap_fchown(int file, uid_t user, gid_t group);
int __wrap_fchown(int file, uid_t user, gid_t group) {
  return fails(CALL_FCHOWN) ? -1 : __real_fchown(file, user, group);
}

int __real_faccessat(int folder, const char *name, int mode, int flags);
int __wrap_faccessat(int folder, const char *name, int mode, int flags);
int __wrap_faccessat(int folder, const char *name, int mode, int flags) {
  return fails(CALL_FACCESSAT) ? -1 : __real_faccessat(folder, name, mode, flags);
}

int __real_lstat(const char *name, struct stat *st);
int __wrap_lstat(const char *name, struct stat *st);
int __wrap_lstat(const char *name, struct stat *st) {
  const int result = __real_lstat(name, st);
  if (injected.foreign_links && S_ISLNK(st->st_mode))
    st->st_uid = 4321;
  return result;
}

/* What a hardened build calls where it knows the capacity. */
ssize_t __wrap___read_chk(int file, void *data, size_t size, size_t capacity);
ssize_t __wrap___read_chk(int file, void *data, size_t size, size_t capacity) {
  assert_true(size <= capacity);
  return __wrap_read(file, data, size);
}

ssize_t __wrap___readlink_chk(const char *path, char *data, size_t size, size_t capacity);
ssize_t __wrap___readlink_chk(const char *path, char *data, size_t size, size_t capacity) {
  assert_true(size <= capacity);
  return __wrap_readlink(path, data, size);
}

/* --- tests ------------------------------------------------------------------------------------ */

static char folder[TEST_PATH], path[TEST_PATH];
static const char old_content[] = "what was there before";
static const char new_content[] = "what is to be there";

static int set_up(void **state) {
  (void)state;
  injected = (faults){0};
  test_folder_create(folder);
  test_join(path, folder, "file");
  test_write(folder, "file", old_content, strlen(old_content));
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  injected = (faults){0};
  test_folder_remove(folder);
  return 0;
}

static int file_is(const char *name, const char *want) {
  size_t size = 0;
  unsigned char *const data = test_read(folder, name, &size);
  const int same = size == strlen(want) && memcmp(data, want, size) == 0;
  free(data);
  return same;
}

static int content_is(const char *want) {
  return file_is("file", want);
}

static int count_open_files(void) {
  int count = 0;
  for (int file = 0; file < 256; file++)
    count += fcntl(file, F_GETFD) != -1;
  return count;
}

static mnistcnn_status write_new(void) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  const mcnn_span spans[] = {{new_content, 5}, {new_content + 5, strlen(new_content) - 5}};
  return mcnn_write_file_atomic(path, spans, 2, &alloc);
}

static mnistcnn_status read_old(int *is_right) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  unsigned char *data = NULL;
  size_t size = 0;
  const mnistcnn_status status = mcnn_read_file(path, 100, &alloc, &data, &size);
  *is_right = size == strlen(old_content) && memcmp(data, old_content, size) == 0;
  mcnn_free(&alloc, data);
  return status;
}

/* Whether the folder can have files without a name; where not, the others are what is tested. */
static int has_nameless_files(void) {
  const int file = __real_open(folder, O_TMPFILE | O_WRONLY, 0600);
  if (file >= 0)
    __real_close(file);
  return file >= 0;
}

/* The failures that come too late to matter are the folder's fsync and close. */
static size_t failures_of_every_call(int named) {
  size_t failures = 0, n = 1;
  for (int done = 0; !done; n++) {
    const int files_before = count_open_files();
    injected = (faults){.failing = ALL_CALLS, .at = n, .error = EIO, .named = named};
    const mnistcnn_status status = write_new();
    done = injected.seen < n;
    injected = (faults){0};
    assert_int_equal(count_open_files(), files_before);
    assert_int_equal(test_count_files(folder), 1);
    if (status == MNISTCNN_OK) {
      assert_true(content_is(new_content));
      test_write(folder, "file", old_content, strlen(old_content));
    } else {
      assert_int_equal(status, MNISTCNN_IO);
      assert_true(content_is(old_content));
      failures++;
    }
  }
  return failures;
}

static void a_failing_call_leaves_the_old_file(void **state) {
  (void)state;
  /* faccessat, readlink, 2 open, getentropy, 2 write, fchmod, fsync, close, rename */
  assert_int_equal(failures_of_every_call(1), 11);
  if (!has_nameless_files())
    skip();
  /* faccessat, readlink, open, 2 write, fchmod, fsync, linkat, getentropy, linkat, rename */
  assert_int_equal(failures_of_every_call(0), 11);
}

static void each_kind_of_call_is_checked(void **state) {
  static const call kinds[] = {CALL_FACCESSAT, CALL_READLINK, CALL_OPEN,  CALL_GETENTROPY,
                               CALL_WRITE,     CALL_FCHMOD,   CALL_FSYNC, CALL_CLOSE,
                               CALL_RENAME,    CALL_LINKAT};
  (void)state;
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
    const int named = kinds[i] != CALL_LINKAT;
    if (!named && !has_nameless_files())
      continue;
    injected = (faults){.failing = kinds[i], .at = 1, .error = ENOSPC, .named = named};
    assert_int_equal(write_new(), MNISTCNN_IO);
    injected = (faults){0};
    assert_true(content_is(old_content));
    assert_int_equal(test_count_files(folder), 1);
  }
}

static mode_t mode_of_file(void) {
  struct stat st;
  assert_int_equal(stat(path, &st), 0);
  return st.st_mode & 07777;
}

/* While it is written, nobody else can open what the old file was not for. */
static void a_temporary_is_private(void **state) {
  (void)state;
  for (int named = 0; named < 2; named++) {
    assert_int_equal(chmod(path, 0664), 0);
    seen.modes = 0;
    injected = (faults){.named = named};
    assert_int_equal(write_new(), MNISTCNN_OK);
    assert_int_equal(seen.modes & 07777, 0600);
    assert_int_equal(mode_of_file(), 0664);
  }
}

/* Another group may do no more than everybody. */
static void a_group_that_cannot_be_kept_loses_its_rights(void **state) {
  (void)state;
  assert_int_equal(chmod(path, 0664), 0);
  injected = (faults){.failing = CALL_FCHOWN, .at = 1, .error = EPERM};
  assert_int_equal(write_new(), MNISTCNN_OK); /* the owner is not kept, the group is */
  assert_int_equal(injected.seen, 2);
  assert_int_equal(mode_of_file(), 0664);
  injected = (faults){.failing = CALL_FCHOWN, .error = EPERM, .every = 1};
  assert_int_equal(write_new(), MNISTCNN_OK);
  assert_int_equal(mode_of_file(), 0644);
}

static void a_file_that_may_not_be_written_is_not_replaced(void **state) {
  (void)state;
  injected = (faults){.failing = CALL_FACCESSAT, .at = 1, .error = EACCES};
  assert_int_equal(write_new(), MNISTCNN_IO);
  assert_non_null(strstr(mcnn_last_error(), path));
  assert_non_null(strstr(mcnn_last_error(), strerror(EACCES)));
  assert_true(content_is(old_content));
}

static void names_cannot_be_guessed(void **state) {
  char first[sizeof seen.name];
  (void)state;
  injected = (faults){.named = 1};
  assert_int_equal(write_new(), MNISTCNN_OK);
  strcpy(first, seen.name);
  assert_int_equal(strncmp(first, ".mnistcnn-", 10), 0);
  assert_int_equal(strlen(first), strlen(".mnistcnn-0123456789abcdef.tmp"));
  assert_int_equal(write_new(), MNISTCNN_OK);
  assert_string_not_equal(first, seen.name);
}

static void a_killed_save_leaves_nothing(void **state) {
  int status;
  (void)state;
  if (!has_nameless_files())
    skip();
  const pid_t child = fork();
  if (child == 0) {
    injected = (faults){.killed = 1};
    (void)write_new();
    _exit(0);
  }
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFSIGNALED(status));
  assert_int_equal(test_count_files(folder), 1);
  assert_true(content_is(old_content));
}

/* As the system with fs.protected_symlinks, and where it does not, too. */
static void another_users_link_in_a_shared_folder_is_not_followed(void **state) {
  static const mode_t modes[] = {0777, 01755, 01777};
  char target[TEST_PATH];
  (void)state;
  test_join(target, folder, "target");
  test_write(folder, "target", old_content, strlen(old_content));
  assert_int_equal(unlink(path), 0);
  assert_int_equal(symlink("target", path), 0);
  for (size_t i = 0; i < 3; i++) {
    const int refused = i == 2;
    injected = (faults){.foreign_links = 1};
    assert_int_equal(chmod(folder, modes[i]), 0);
    assert_int_equal(write_new(), refused ? MNISTCNN_IO : MNISTCNN_OK);
    if (refused)
      assert_non_null(strstr(mcnn_last_error(), "another user's symbolic link"));
    assert_true(content_is(refused ? old_content : new_content));
    test_write(folder, "target", old_content, strlen(old_content));
    assert_int_equal(test_count_files(folder), 2);
  }
  injected = (faults){0};
  assert_int_equal(write_new(), MNISTCNN_OK); /* one's own is */
  assert_true(content_is(new_content));
}

static void the_folders_fsync_comes_too_late_to_fail(void **state) {
  (void)state;
  injected = (faults){.failing = CALL_FSYNC, .at = 2, .error = EINVAL};
  assert_int_equal(write_new(), MNISTCNN_OK);
  assert_int_equal(injected.seen, 2);
  injected = (faults){0};
  assert_true(content_is(new_content));
}

static void an_unreadable_folder_is_not_synced(void **state) {
  (void)state;
  injected = (faults){.failing = CALL_OPEN, .at = 1, .error = EACCES};
  assert_int_equal(write_new(), MNISTCNN_OK);
  injected = (faults){0};
  assert_true(content_is(new_content));
}

static void short_and_interrupted_transfers_go_on(void **state) {
  int is_right = 0;
  (void)state;
  injected = (faults){.failing = CALL_READ, .at = 3, .error = EINTR, .short_transfers = 1};
  assert_int_equal(read_old(&is_right), MNISTCNN_OK);
  assert_true(is_right);
  assert_int_equal(injected.seen, strlen(old_content) + 1);
  injected = (faults){.failing = CALL_WRITE, .at = 3, .error = EINTR, .short_transfers = 1};
  assert_int_equal(write_new(), MNISTCNN_OK);
  assert_int_equal(injected.seen, strlen(new_content) + 1);
  injected = (faults){.failing = CALL_OPEN, .at = 1, .error = EINTR};
  assert_int_equal(read_old(&is_right), MNISTCNN_OK);
  assert_int_equal(injected.seen, 2);
  injected = (faults){.failing = CALL_OPEN, .at = 2, .error = EINTR};
  assert_int_equal(write_new(), MNISTCNN_OK);
  assert_int_equal(injected.seen, 3);
}

static void a_failing_read_is_reported(void **state) {
  static const call kinds[] = {CALL_OPEN, CALL_FSTAT, CALL_READ};
  int is_right;
  (void)state;
  for (size_t i = 0; i < 3; i++) {
    const int files_before = count_open_files();
    injected = (faults){.failing = kinds[i], .at = 1, .error = EIO};
    assert_int_equal(read_old(&is_right), MNISTCNN_IO);
    assert_false(is_right);
    injected = (faults){0};
    assert_int_equal(count_open_files(), files_before);
  }
}

/* --- two files -------------------------------------------------------------------------------- */

static const char old_second[] = "and beside it";
static const char new_second[] = "what is to be beside it";

static mnistcnn_status write_two(void) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  const mcnn_span spans[2] = {{new_content, strlen(new_content)}, {new_second, strlen(new_second)}};
  char second[TEST_PATH];
  const char *const paths[2] = {path, test_join(second, folder, "second")};
  return mcnn_write_files_atomic(paths, spans, &alloc);
}

static void write_old_ones(int with_first) {
  if (with_first)
    test_write(folder, "file", old_content, strlen(old_content));
  else
    (void)unlink(path);
  test_write(folder, "second", old_second, strlen(old_second));
}

static void check_old_ones(int with_first) {
  assert_int_equal(test_count_files(folder), 1 + with_first);
  assert_true(!with_first || content_is(old_content));
  assert_true(file_is("second", old_second));
}

static size_t failures_of_two(int named, int with_first) {
  size_t failures = 0, n = 1;
  for (int done = 0; !done; n++) {
    write_old_ones(with_first);
    const int files_before = count_open_files();
    injected = (faults){.failing = ALL_CALLS, .at = n, .error = EIO, .named = named};
    const mnistcnn_status status = write_two();
    done = injected.seen < n;
    injected = (faults){0};
    assert_int_equal(count_open_files(), files_before);
    if (status == MNISTCNN_OK) {
      assert_int_equal(test_count_files(folder), 2);
      assert_true(content_is(new_content) && file_is("second", new_second));
      continue;
    }
    assert_int_equal(status, MNISTCNN_IO);
    check_old_ones(with_first);
    failures++;
  }
  return failures;
}

static void of_two_files_both_are_replaced_or_none(void **state) {
  (void)state;
  for (int with_first = 0; with_first < 2; with_first++) {
    assert_in_range(failures_of_two(1, with_first), 15, 60);
    if (has_nameless_files())
      assert_in_range(failures_of_two(0, with_first), 15, 60);
  }
}

static void the_first_of_two_files_is_brought_back(void **state) {
  (void)state;
  for (int with_first = 0; with_first < 2; with_first++) {
    write_old_ones(with_first);
    injected = (faults){.failing = CALL_RENAME, .at = 2, .error = EACCES, .named = 1};
    assert_int_equal(write_two(), MNISTCNN_IO);
    injected = (faults){0};
    assert_non_null(strstr(mcnn_last_error(), "second: cannot be replaced: "));
    check_old_ones(with_first);
  }
}

static void a_first_file_that_stays_new_is_named(void **state) {
  (void)state;
  write_old_ones(1);
  injected = (faults){.failing = CALL_RENAME, .at = 2, .error = EACCES, .named = 1, .onwards = 1};
  assert_int_equal(write_two(), MNISTCNN_IO);
  injected = (faults){0};
  assert_non_null(strstr(mcnn_last_error(), "second: cannot be replaced, but "));
  assert_non_null(strstr(mcnn_last_error(), path));
  assert_int_equal(test_count_files(folder), 2);
  assert_true(content_is(new_content) && file_is("second", old_second));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_failing_call_leaves_the_old_file, set_up, tear_down),
      cmocka_unit_test_setup_teardown(each_kind_of_call_is_checked, set_up, tear_down),
      cmocka_unit_test_setup_teardown(a_temporary_is_private, set_up, tear_down),
      cmocka_unit_test_setup_teardown(a_group_that_cannot_be_kept_loses_its_rights, set_up,
                                      tear_down),
      cmocka_unit_test_setup_teardown(a_file_that_may_not_be_written_is_not_replaced, set_up,
                                      tear_down),
      cmocka_unit_test_setup_teardown(names_cannot_be_guessed, set_up, tear_down),
      cmocka_unit_test_setup_teardown(a_killed_save_leaves_nothing, set_up, tear_down),
      cmocka_unit_test_setup_teardown(another_users_link_in_a_shared_folder_is_not_followed, set_up,
                                      tear_down),
      cmocka_unit_test_setup_teardown(the_folders_fsync_comes_too_late_to_fail, set_up, tear_down),
      cmocka_unit_test_setup_teardown(an_unreadable_folder_is_not_synced, set_up, tear_down),
      cmocka_unit_test_setup_teardown(short_and_interrupted_transfers_go_on, set_up, tear_down),
      cmocka_unit_test_setup_teardown(a_failing_read_is_reported, set_up, tear_down),
      cmocka_unit_test_setup_teardown(of_two_files_both_are_replaced_or_none, set_up, tear_down),
      cmocka_unit_test_setup_teardown(the_first_of_two_files_is_brought_back, set_up, tear_down),
      cmocka_unit_test_setup_teardown(a_first_file_that_stays_new_is_named, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
