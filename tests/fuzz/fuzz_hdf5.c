/* HDF5: everything in the file is looked at and read. What is refused has a message. */
#include "fuzz.h"

#include "base/status.h"
#include "exchange/hdf5/hdf5.h"

#include <stdlib.h>

/* Groups can contain each other, so that the tree of paths has no end; the work is limited by the
 * file, but a fuzzer wants to be faster. */
enum { MAX_OBJECTS = 200, MAX_ELEMENTS = 1 << 20 };

static void require_message(mnistcnn_status status) {
  FUZZ_REQUIRE(status == MNISTCNN_OK || mcnn_last_error()[0] != '\0');
}

static void read_value(const mcnn_h5_value *value, const mcnn_alloc *alloc) {
  mcnn_strings strings = {0};
  char *text;

  FUZZ_REQUIRE(value->rank <= MCNN_H5_MAX_RANK);
  require_message(mcnn_h5_read_strings(value, alloc, &strings));
  mcnn_strings_free(&strings, alloc);
  if (mcnn_h5_read_string(value, alloc, &text) == MNISTCNN_OK)
    mcnn_free(alloc, text);
  if (value->count > MAX_ELEMENTS)
    return;
  int64_t *const elements = mcnn_alloc_zeroed(alloc, value->count, sizeof *elements);
  FUZZ_REQUIRE(elements);
  require_message(mcnn_h5_read_integers(value, elements, value->count));
  require_message(mcnn_h5_read_floats(value, (float *)(void *)elements, value->count));
  mcnn_free(alloc, elements);
}

static void read_attributes(mcnn_h5_object *object, const mcnn_alloc *alloc) {
  const mcnn_h5_value *value;
  size_t count;

  require_message(mcnn_h5_num_attributes(object, &count));
  for (size_t i = 0; i < count; i++) {
    const mnistcnn_status status =
        mcnn_h5_attribute(object, mcnn_h5_attribute_name(object, i), &value);
    FUZZ_REQUIRE((status == MNISTCNN_OK) == (value != NULL));
    if (value)
      read_value(value, alloc);
  }
}

static void read_object(mcnn_h5_object *object, const mcnn_alloc *alloc, unsigned *objects) {
  const mcnn_h5_value *value;
  size_t count;

  if (++*objects > MAX_OBJECTS)
    return;
  read_attributes(object, alloc);
  if (mcnn_h5_is_dataset(object) && mcnn_h5_dataset(object, &value) == MNISTCNN_OK)
    read_value(value, alloc);
  require_message(mcnn_h5_num_links(object, &count));
  for (size_t i = 0; i < count; i++) {
    mcnn_h5_object *child;
    const mnistcnn_status status = mcnn_h5_get(object, mcnn_h5_link_name(object, i), &child);
    FUZZ_REQUIRE((status == MNISTCNN_OK) == (child != NULL));
    if (child)
      read_object(child, alloc, objects);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  unsigned objects = 0;
  mcnn_h5 *file;
  const mnistcnn_status status = mcnn_h5_open(data, size, "fuzz", &alloc, &file);

  FUZZ_REQUIRE((status == MNISTCNN_OK) == (file != NULL));
  require_message(status);
  if (file)
    read_object(mcnn_h5_root(file), &alloc, &objects);
  mcnn_h5_close(file);
  return 0;
}
