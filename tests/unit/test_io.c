/* Whole reads with a limit, and writes that happen whole or not at all. */
#include "base/io.h"
#include "base/status.h"
#include "support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#if defined(__linux__)
#include <sys/xattr.h>
#endif
#include <unistd.h>

#include <cmocka.h>

typedef struct fixture {
  char folder[TEST_PATH], path[TEST_PATH];
  mcnn_alloc alloc;
} fixture;

static int set_up(void **state) {
  fixture *const f = malloc(sizeof *f);
  test_folder_create(f->folder);
  test_join(f->path, f->folder, "file");
  f->alloc = mcnn_alloc_default();
  *state = f;
  return 0;
}

static int tear_down(void **state) {
  fixture *const f = *state;
  test_folder_remove(f->folder);
  free(f);
  return 0;
}

static void assert_content(const fixture *f, const char *name, const char *want) {
  size_t size = 0;
  unsigned char *const data = test_read(f->folder, name, &size);
  assert_int_equal(size, strlen(want));
  assert_memory_equal(data, want, size);
  free(data);
}

static mnistcnn_status write_text(const fixture *f, const char *path, const char *text) {
  const mcnn_span span = {text, strlen(text)};
  return mcnn_write_file_atomic(path, &span, 1, &f->alloc);
}

static void reads_files_up_to_the_limit(void **state) {
  const fixture *const f = *state;
  unsigned char *data = NULL;
  size_t size = 0;
  test_write(f->folder, "file", "content", 7);
  assert_int_equal(mcnn_read_file(f->path, 7, &f->alloc, &data, &size), MNISTCNN_OK);
  assert_int_equal(size, 7);
  assert_memory_equal(data, "content", 7);
  mcnn_free(&f->alloc, data);
  data = NULL;
  size = 99;
  assert_int_equal(mcnn_read_file(f->path, 6, &f->alloc, &data, &size), MNISTCNN_LIMIT);
  assert_non_null(strstr(mcnn_last_error(), f->path));
  assert_null(data);
  assert_int_equal(size, 99);
  test_write(f->folder, "file", "", 0);
  assert_int_equal(mcnn_read_file(f->path, 0, &f->alloc, &data, &size), MNISTCNN_OK);
  assert_int_equal(size, 0);
  assert_non_null(data);
  mcnn_free(&f->alloc, data);
}

static void reads_into_a_buffer_that_grows(void **state) {
  const fixture *const f = *state;
  unsigned char *buffer = NULL;
  size_t capacity = 0, size = 0;
  test_write(f->folder, "long", "0123456789", 10);
  test_write(f->folder, "file", "abc", 3);
  char path[TEST_PATH];
  test_join(path, f->folder, "long");
  assert_int_equal(mcnn_read_file_into(f->path, 100, &f->alloc, &buffer, &capacity, &size), 0);
  assert_int_equal(size, 3);
  assert_int_equal(mcnn_read_file_into(path, 100, &f->alloc, &buffer, &capacity, &size), 0);
  assert_int_equal(size, 10);
  assert_memory_equal(buffer, "0123456789", 10);
  const unsigned char *const kept = buffer;
  assert_int_equal(mcnn_read_file_into(f->path, 100, &f->alloc, &buffer, &capacity, &size), 0);
  assert_ptr_equal(buffer, kept);
  assert_int_equal(size, 3);
  assert_memory_equal(buffer, "abc", 3);
  mcnn_free(&f->alloc, buffer);
}

static void other_things_than_files_are_refused(void **state) {
  const fixture *const f = *state;
  char fifo[TEST_PATH];
  unsigned char *data = NULL;
  size_t size = 0;
  assert_int_equal(mkfifo(test_join(fifo, f->folder, "fifo"), 0600), 0);
  assert_int_equal(mcnn_read_file(fifo, 100, &f->alloc, &data, &size), MNISTCNN_IO);
  assert_int_equal(mcnn_read_file(f->folder, 100, &f->alloc, &data, &size), MNISTCNN_IO);
  assert_int_equal(mcnn_read_file("/dev/null", 100, &f->alloc, &data, &size), MNISTCNN_IO);
  assert_int_equal(mcnn_read_file(f->path, 100, &f->alloc, &data, &size), MNISTCNN_NOT_FOUND);
  assert_non_null(strstr(mcnn_last_error(), f->path));
  assert_null(data);
  assert_int_equal(write_text(f, fifo, "x"), MNISTCNN_IO);
  assert_int_equal(write_text(f, f->folder, "x"), MNISTCNN_IO);
  assert_int_equal(write_text(f, "", "x"), MNISTCNN_NOT_FOUND);
  assert_int_equal(write_text(f, "no/such/folder/file", "x"), MNISTCNN_NOT_FOUND);
  assert_int_equal(test_count_files(f->folder), 1);
}

static void writes_spans_in_order(void **state) {
  const fixture *const f = *state;
  const mcnn_span spans[] = {{"one ", 4}, {"", 0}, {NULL, 0}, {"two", 3}};
  assert_int_equal(mcnn_write_file_atomic(f->path, spans, 4, &f->alloc), MNISTCNN_OK);
  assert_content(f, "file", "one two");
  assert_int_equal(mcnn_write_file_nosync(f->path, spans, 1, &f->alloc), MNISTCNN_OK);
  assert_content(f, "file", "one ");
  assert_int_equal(mcnn_write_file_atomic(f->path, NULL, 0, &f->alloc), MNISTCNN_OK);
  assert_content(f, "file", "");
  assert_int_equal(test_count_files(f->folder), 1);
}

static void keeps_the_permissions_of_the_old_file(void **state) {
  const fixture *const f = *state;
  struct stat st;
  const mode_t mask = umask(022);
  assert_int_equal(write_text(f, f->path, "first"), MNISTCNN_OK);
  umask(mask);
  assert_int_equal(stat(f->path, &st), 0);
  assert_int_equal(st.st_mode & 07777, 0644);
  assert_int_equal(chmod(f->path, 0640), 0);
  assert_int_equal(write_text(f, f->path, "second"), MNISTCNN_OK);
  assert_int_equal(stat(f->path, &st), 0);
  assert_int_equal(st.st_mode & 07777, 0640);
  assert_content(f, "file", "second");
}

static void follows_symbolic_links(void **state) {
  const fixture *const f = *state;
  char first[TEST_PATH], second[TEST_PATH];
  struct stat st;
  test_make_folder(f->folder, "below");
  assert_int_equal(symlink("below/second", test_join(first, f->folder, "first")), 0);
  assert_int_equal(symlink("../file", test_join(second, f->folder, "below/second")), 0);
  assert_int_equal(write_text(f, first, "to nothing yet"), MNISTCNN_OK);
  assert_content(f, "file", "to nothing yet");
  assert_int_equal(write_text(f, first, "to a file"), MNISTCNN_OK);
  assert_content(f, "file", "to a file");
  assert_int_equal(lstat(first, &st), 0);
  assert_true(S_ISLNK(st.st_mode));
  assert_int_equal(lstat(second, &st), 0);
  assert_true(S_ISLNK(st.st_mode));
}

static void link_loops_end(void **state) {
  const fixture *const f = *state;
  unsigned char *data = NULL;
  size_t size = 0;
  assert_int_equal(symlink("file", f->path), 0);
  assert_int_equal(write_text(f, f->path, "x"), MNISTCNN_IO);
  assert_int_equal(mcnn_read_file(f->path, 9, &f->alloc, &data, &size), MNISTCNN_IO);
  assert_int_equal(test_count_files(f->folder), 1);
}

static void long_names_can_be_written(void **state) {
  const fixture *const f = *state;
  char name[256], path[TEST_PATH];
  memset(name, 'n', 255);
  name[255] = '\0';
  assert_int_equal(write_text(f, test_join(path, f->folder, name), "long"), MNISTCNN_OK);
  assert_content(f, name, "long");
}

/* Only root can make somebody else's file. */
static void keeps_the_owner_of_the_old_file(void **state) {
  const fixture *const f = *state;
  struct stat st;
  if (geteuid() != 0)
    skip();
  assert_int_equal(write_text(f, f->path, "first"), MNISTCNN_OK);
  assert_int_equal(chown(f->path, 1234, 2345), 0);
  assert_int_equal(chmod(f->path, 0660), 0);
  assert_int_equal(write_text(f, f->path, "second"), MNISTCNN_OK);
  assert_int_equal(stat(f->path, &st), 0);
  assert_int_equal(st.st_uid, 1234);
  assert_int_equal(st.st_gid, 2345);
  assert_int_equal(st.st_mode & 07777, 0660);
  assert_content(f, "file", "second");
}

#if defined(__linux__)
/* Owner and user 1234 read and write, the group and others nothing: as the kernel has it. */
static const unsigned char acl[] = {
    2,   0,   0,   0,   1,  0, 6, 0, 255, 255, 255, 255, 2,  0, 6, 0, 210, 4,   0,   0,  4, 0, 0, 0,
    255, 255, 255, 255, 16, 0, 6, 0, 255, 255, 255, 255, 32, 0, 0, 0, 255, 255, 255, 255};

static void keeps_the_access_control_list(void **state) {
  const fixture *const f = *state;
  unsigned char kept[256];
  assert_int_equal(write_text(f, f->path, "first"), MNISTCNN_OK);
  if (setxattr(f->path, "system.posix_acl_access", acl, sizeof acl, 0) != 0)
    skip();
  assert_int_equal(write_text(f, f->path, "second"), MNISTCNN_OK);
  assert_int_equal(getxattr(f->path, "system.posix_acl_access", kept, sizeof kept), sizeof acl);
  assert_memory_equal(kept, acl, sizeof acl);
}

/* The folder's list for new files is for new files. */
static void gets_no_access_control_list_from_the_folder(void **state) {
  const fixture *const f = *state;
  unsigned char none[256];
  assert_int_equal(write_text(f, f->path, "first"), MNISTCNN_OK);
  assert_int_equal(chmod(f->path, 0660), 0);
  if (setxattr(f->folder, "system.posix_acl_default", acl, sizeof acl, 0) != 0)
    skip();
  assert_int_equal(write_text(f, f->path, "second"), MNISTCNN_OK);
  assert_int_equal(getxattr(f->path, "system.posix_acl_access", none, sizeof none), -1);
}
#endif

static mnistcnn_status read_and_write(const mcnn_alloc *alloc, void *context) {
  const fixture *const f = context;
  unsigned char *data = NULL;
  size_t size = 0;
  mnistcnn_status status = mcnn_read_file(f->path, 100, alloc, &data, &size);
  if (status == MNISTCNN_OK) {
    const mcnn_span span = {data, size};
    status = mcnn_write_file_atomic(f->path, &span, 1, alloc);
  }
  mcnn_free(alloc, data);
  return status;
}

static void failing_allocations_change_nothing(void **state) {
  fixture *const f = *state;
  test_write(f->folder, "file", "content", 7);
  assert_true(test_every_allocation(read_and_write, f) >= 2);
  assert_content(f, "file", "content");
  assert_int_equal(test_count_files(f->folder), 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(reads_files_up_to_the_limit, set_up, tear_down),
    cmocka_unit_test_setup_teardown(reads_into_a_buffer_that_grows, set_up, tear_down),
    cmocka_unit_test_setup_teardown(other_things_than_files_are_refused, set_up, tear_down),
    cmocka_unit_test_setup_teardown(writes_spans_in_order, set_up, tear_down),
    cmocka_unit_test_setup_teardown(keeps_the_permissions_of_the_old_file, set_up, tear_down),
    cmocka_unit_test_setup_teardown(follows_symbolic_links, set_up, tear_down),
    cmocka_unit_test_setup_teardown(link_loops_end, set_up, tear_down),
    cmocka_unit_test_setup_teardown(long_names_can_be_written, set_up, tear_down),
    cmocka_unit_test_setup_teardown(keeps_the_owner_of_the_old_file, set_up, tear_down),
#if defined(__linux__)
    cmocka_unit_test_setup_teardown(keeps_the_access_control_list, set_up, tear_down),
    cmocka_unit_test_setup_teardown(gets_no_access_control_list_from_the_folder, set_up, tear_down),
#endif
    cmocka_unit_test_setup_teardown(failing_allocations_change_nothing, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
