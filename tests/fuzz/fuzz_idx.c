/* IDX: two bytes say how long the images' file is (low byte first), the labels' file is the rest.
 * They are given to the library as files without a name. */
#include "fuzz.h"

#include "mnistcnn.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PREFIX = 2, PATH_CAPACITY = 64 };

static int new_file(const uint8_t *data, size_t size, char path[PATH_CAPACITY]) {
  char name[] = "/tmp/mnistcnn-fuzz-XXXXXX";
  const int file = mkstemp(name);
  FUZZ_REQUIRE(file >= 0);
  FUZZ_REQUIRE(unlink(name) == 0);
  FUZZ_REQUIRE(write(file, data, size) == (ssize_t)size);
  (void)snprintf(path, PATH_CAPACITY, "/proc/self/fd/%d", file);
  return file;
}

static void check(const mnistcnn_dataset *dataset) {
  const size_t count = mnistcnn_dataset_num_images(dataset);
  for (size_t i = 0; i < count; i++) {
    const int32_t label = mnistcnn_dataset_label(dataset, i);
    FUZZ_REQUIRE(mnistcnn_dataset_image(dataset, i));
    FUZZ_REQUIRE(label >= 0 && (uint32_t)label < mnistcnn_dataset_num_classes(dataset));
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char images_path[PATH_CAPACITY], labels_path[PATH_CAPACITY];
  mnistcnn_dataset *dataset;
  if (size < PREFIX)
    return 0;
  const size_t wanted = (size_t)data[0] | (size_t)data[1] << 8;
  const size_t images_size = wanted < size - PREFIX ? wanted : size - PREFIX;
  const int images = new_file(data + PREFIX, images_size, images_path);
  const int labels =
      new_file(data + PREFIX + images_size, size - PREFIX - images_size, labels_path);
  if (mnistcnn_dataset_load_idx(images_path, labels_path, NULL, &dataset) == MNISTCNN_OK)
    check(dataset);
  mnistcnn_dataset_free(dataset);
  FUZZ_REQUIRE(close(images) == 0 && close(labels) == 0);
  return 0;
}
