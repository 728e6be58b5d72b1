/* Folders that cannot be opened or read, and files that cannot be examined: also as root. */
// link: -Wl,--wrap=opendir,--wrap=readdir,--wrap=stat
#include "base/status.h"
#include "png_support.h"
#include "support.h"

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct {
  int opendir_at, readdir_at, stat_at; /* which call fails, from 1; 0: none */
} injected;

static int fails(int *countdown) {
  if (*countdown == 0 || --*countdown > 0)
    return 0;
  errno = EACCES;
  return 1;
}

DIR *__real_opendir(const char *path);
DIR *__wrap_opendir(const char *path);
DIR *__wrap_opendir(const char *path) {
  return fails(&injected.opendir_at) ? NULL : __real_opendir(path);
}

struct dirent *__real_readdir(DIR *folder);
struct dirent *__wrap_readdir(DIR *folder);
struct dirent *__wrap_readdir(DIR *folder) {
  return fails(&injected.readdir_at) ? NULL : __real_readdir(folder);
}

int __real_stat(const char *path, struct stat *facts);
int __wrap_stat(const char *path, struct stat *facts);
int __wrap_stat(const char *path, struct stat *facts) {
  return fails(&injected.stat_at) ? -1 : __real_stat(path, facts);
}

static mnistcnn_status load(const char *folder) {
  mnistcnn_dataset_options options;
  mnistcnn_dataset *dataset = NULL;
  assert_int_equal(mnistcnn_dataset_options_init(&options, sizeof options), MNISTCNN_OK);
  options.skip_broken = 1;
  const mnistcnn_status status = mnistcnn_dataset_load_folder(folder, &options, &dataset);
  assert_int_equal(status == MNISTCNN_OK, dataset ? 1 : 0);
  mnistcnn_dataset_free(dataset);
  memset(&injected, 0, sizeof injected);
  return status;
}

/* Of three folders (the root and two classes) with two entries each beside "." and "..". */
static void unreadable_folders_are_errors_also_when_skipping(void **state) {
  char folder[TEST_PATH], path[TEST_PATH];
  size_t size;
  unsigned char *const data = test_png_plain(4, 4, 1, 1, &size);
  (void)state;
  test_folder_create(folder);
  test_write(folder, "a/1.png", data, size);
  test_write(folder, "a/2.png", data, size);
  test_write(folder, "b/1.png", data, size);
  assert_int_equal(symlink("1.png", test_join(path, folder, "b/2.png")), 0);
  for (int n = 1; n <= 4; n++) {
    injected.opendir_at = n;
    assert_int_equal(load(folder), n <= 3 ? MNISTCNN_IO : MNISTCNN_OK);
  }
  for (int n = 1; n <= 16; n++) {
    injected.readdir_at = n;
    assert_int_equal(load(folder), n <= 15 ? MNISTCNN_IO : MNISTCNN_OK);
  }
  injected.stat_at = 1;
  assert_int_equal(load(folder), MNISTCNN_IO);
  assert_non_null(strstr(mcnn_last_error(), folder));
  test_folder_remove(folder);
  free(data);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(unreadable_folders_are_errors_also_when_skipping),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
