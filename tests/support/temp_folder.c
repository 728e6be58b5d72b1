#include "temp_folder.h"

#include <dirent.h>
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

#ifdef _WIN32
#include <direct.h>
#include <io.h>

/* Tests make no links there. */
#define lstat stat

static int make_folder(const char *path) {
  return _mkdir(path);
}

static char *mkdtemp(char *name) {
  return _mktemp(name) && make_folder(name) == 0 ? name : NULL;
}
#else
static int make_folder(const char *path) {
  return mkdir(path, 0777);
}
#endif

void test_folder_create(char folder[TEST_PATH]) {
  strcpy(folder, "mnistcnn-test-XXXXXX");
  assert_non_null(mkdtemp(folder));
}

void test_folder_make(const char *path) {
  assert_int_equal(make_folder(path), 0);
}

static void remove_tree(const char *path, int depth) {
  struct stat st;

  assert_in_range(depth, 0, 50);
  assert_int_equal(lstat(path, &st), 0);
  if (!S_ISDIR(st.st_mode)) {
    assert_int_equal(unlink(path), 0);
    return;
  }
  assert_int_equal(chmod(path, 0700), 0);
  DIR *const folder = opendir(path);
  assert_non_null(folder);
  for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
    char below[2 * TEST_PATH];
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
      snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
      remove_tree(below, depth + 1);
    }
  }
  closedir(folder);
  assert_int_equal(rmdir(path), 0);
}

void test_folder_remove(const char *folder) {
  remove_tree(folder, 0);
}

/* What a group's set-up and tear-down find wrong is a status: asserts are for tests. */
static char entered[TEST_PATH];

int test_enter_folder(void **state) {
  (void)state;
  strcpy(entered, "mnistcnn-test-XXXXXX");
  return mkdtemp(entered) && chdir(entered) == 0 ? 0 : -1;
}

int test_leave_folder(void **state) {
  (void)state;
  if (chdir("..") != 0)
    return -1;
  test_folder_remove(entered);
  return 0;
}
