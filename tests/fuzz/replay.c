/* Runs a fuzz target without libFuzzer: over every file of the folders given, over every truncation
 * of each, and over each with one byte changed, at every offset or, in larger files, at a thousand.
 */
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_BYTES = 8192, MAX_CHANGES = 1024, INPUT_PATH_CAPACITY = 1024 };

/* A copy of exactly this size, so that a sanitizer sees reads behind the end. */
static void run(const uint8_t *data, size_t size) {
  uint8_t *copy = malloc(size ? size : 1);
  FUZZ_REQUIRE(copy);
  memcpy(copy, data, size);
  (void)LLVMFuzzerTestOneInput(copy, size);
  free(copy);
}

static void run_changed(uint8_t *data, size_t size) {
  static const uint8_t masks[] = {0x01, 0x80, 0xFF};
  for (size_t at = 0; at < size; at += size / MAX_CHANGES + 1) {
    for (size_t i = 0; i < sizeof masks; i++) {
      data[at] ^= masks[i];
      run(data, size);
      data[at] ^= masks[i];
    }
  }
}

static size_t run_file(const char *path) {
  uint8_t data[MAX_BYTES];
  FILE *file = fopen(path, "rb");
  if (!file)
    return 0;
  const size_t size = fread(data, 1, sizeof data, file);
  fclose(file);
  for (size_t shorter = 0; shorter <= size; shorter++)
    run(data, shorter);
  run_changed(data, size);
  return 1;
}

static size_t run_folder(const char *folder) {
  size_t files = 0;
  DIR *directory = opendir(folder);
  if (!directory)
    return 0;
  for (const struct dirent *entry = readdir(directory); entry; entry = readdir(directory)) {
    char path[INPUT_PATH_CAPACITY];
    const int length = snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
    if (entry->d_name[0] != '.' && length > 0 && (size_t)length < sizeof path)
      files += run_file(path);
  }
  closedir(directory);
  return files;
}

int main(int argc, char **argv) {
  size_t files = 0;
  for (int i = 1; i < argc; i++)
    files += run_folder(argv[i]);
  printf("%zu files, each cut at every length and changed at every byte\n", files);
  return files > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
