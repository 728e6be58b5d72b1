/* Prints what the HDF5 reader sees in a file, one line for each object and each attribute, to be
 * compared with what h5py sees (hdf5_dump.py):
 *   PATH group | PATH dataset CLASS SHAPE VALUES | PATH @NAME CLASS SHAPE VALUES
 * VALUES is the CRC-32 of all elements: of floats as little-endian float32, of integers as int64,
 * of strings with a NUL behind each. A .keras file is opened first. An object that is refused has a
 * line "PATH refused: MESSAGE". */
#include "base/status.h"
#include "base/strings.h"
#include "exchange/hdf5/hdf5.h"
#include "exchange/hdf5/hdf5_write.h"
#include "exchange/inflate.h"
#include "exchange/zip/zip.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FILE = 1 << 28 };

static const char *const class_names[] = {"integer", "float", "string", "integer", "other"};

static void print_shape(const mcnn_h5_value *value) {
  printf(" %s [", class_names[value->class]);
  for (uint32_t i = 0; i < value->rank; i++)
    printf("%s%llu", i > 0 ? "," : "", (unsigned long long)value->shape[i]);
  printf("] %zu", value->count);
}

static mnistcnn_status checksum_of(const mcnn_h5_value *value, const mcnn_alloc *alloc,
                                   uint32_t *sum) {
  mnistcnn_status status;

  if (value->class == MCNN_H5_STRING) {
    mcnn_strings strings = {0};
    status = mcnn_h5_read_strings(value, alloc, &strings);
    *sum = mcnn_crc32((const unsigned char *)strings.text, strings.used_bytes);
    mcnn_strings_free(&strings, alloc);
    return status;
  }
  const size_t size = value->class == MCNN_H5_FLOAT ? sizeof(float) : sizeof(int64_t);
  void *const elements = mcnn_alloc_zeroed(alloc, value->count, size);
  if (!elements)
    return MNISTCNN_OUT_OF_MEMORY;
  status = value->class == MCNN_H5_INTEGER || value->class == MCNN_H5_ENUM
               ? mcnn_h5_read_integers(value, elements, value->count)
               : mcnn_h5_read_floats(value, elements, value->count);
  *sum = mcnn_crc32(elements, value->count * size);
  mcnn_free(alloc, elements);
  return status;
}

static void print_value(const char *path, const char *attribute, const mcnn_h5_value *value,
                        mnistcnn_status status, const mcnn_alloc *alloc) {
  uint32_t sum = 0;

  if (status == MNISTCNN_OK)
    status = checksum_of(value, alloc, &sum);
  printf("%s %s%s", path, attribute ? "@" : "dataset", attribute ? attribute : "");
  if (status != MNISTCNN_OK) {
    printf(" refused: %s\n", mcnn_last_error());
    return;
  }
  print_shape(value);
  printf(" %08x\n", (unsigned)sum);
}

static void print_attributes(mcnn_h5_object *object, const mcnn_alloc *alloc) {
  size_t count;

  if (mcnn_h5_num_attributes(object, &count) != MNISTCNN_OK)
    printf("%s attributes refused: %s\n", mcnn_h5_path(object), mcnn_last_error());
  for (size_t i = 0; i < count; i++) {
    const mcnn_h5_value *value;
    const char *const name = mcnn_h5_attribute_name(object, i);
    const mnistcnn_status status = mcnn_h5_attribute(object, name, &value);
    print_value(mcnn_h5_path(object), name, value, status, alloc);
  }
}

static void print_object(mcnn_h5_object *object, const mcnn_alloc *alloc) {
  const mcnn_h5_value *value;
  size_t count;

  if (mcnn_h5_is_dataset(object)) {
    const mnistcnn_status status = mcnn_h5_dataset(object, &value);
    print_value(mcnn_h5_path(object), NULL, value, status, alloc);
  } else {
    printf("%s group\n", mcnn_h5_path(object));
  }
  print_attributes(object, alloc);
  if (mcnn_h5_num_links(object, &count) != MNISTCNN_OK)
    printf("%s links refused: %s\n", mcnn_h5_path(object), mcnn_last_error());
  for (size_t i = 0; i < count; i++) {
    mcnn_h5_object *child;
    if (mcnn_h5_get(object, mcnn_h5_link_name(object, i), &child) == MNISTCNN_OK)
      print_object(child, alloc);
    else
      printf("%s link %s refused: %s\n", mcnn_h5_path(object), mcnn_h5_link_name(object, i),
             mcnn_last_error());
  }
}

static mnistcnn_status dump_hdf5(const void *data, size_t size, const mcnn_alloc *alloc) {
  mcnn_h5 *file;
  const mnistcnn_status status = mcnn_h5_open(data, size, "file", alloc, &file);

  if (status == MNISTCNN_OK)
    print_object(mcnn_h5_root(file), alloc);
  mcnn_h5_close(file);
  return status;
}

static mnistcnn_status dump_zip(const void *data, size_t size, const mcnn_alloc *alloc) {
  mcnn_span weights;
  mcnn_zip *zip;
  mnistcnn_status status = mcnn_zip_open(data, size, "file", alloc, &zip);

  for (size_t i = 0; status == MNISTCNN_OK && i < mcnn_zip_num_entries(zip); i++) {
    status = mcnn_zip_read(zip, i, MAX_FILE, &weights);
    if (status == MNISTCNN_OK)
      printf("entry %s %zu %08x\n", mcnn_zip_name(zip, i), weights.size_bytes,
             (unsigned)mcnn_crc32(weights.data, weights.size_bytes));
    if (status == MNISTCNN_OK && mcnn_h5_is_hdf5(weights.data, weights.size_bytes))
      status = dump_hdf5(weights.data, weights.size_bytes, alloc);
  }
  mcnn_zip_close(zip);
  return status;
}

/* --- writing ---------------------------------------------------------------------------------- */

#define MANY 1200 /* strings: more than one block holds */

static void require(mnistcnn_status status) {
  if (status != MNISTCNN_OK) {
    (void)fprintf(stderr, "%s\n", mcnn_last_error());
    exit(EXIT_FAILURE);
  }
}

static void write_values(mcnn_h5_writer *writer) {
  static const float values[] = {0.0f, -1.5f, 3e38f, 1e-40f, 5.0f, 6.0f};
  static const uint64_t shapes[][3] = {{6, 0, 0}, {2, 3, 0}, {1, 6, 1}, {0, 3, 0}};
  static const char *const names[] = {"kernel:0", "bias", "\xC3\xA4", "empty"};
  mcnn_h5_id group, deeper, id;

  require(mcnn_h5_write_group(writer, MCNN_H5_ROOT, "layers\\dense", &group));
  require(mcnn_h5_write_group(writer, group, "vars", &deeper));
  for (uint32_t i = 0; i < 4; i++)
    require(
        mcnn_h5_write_floats(writer, deeper, names[i], values, shapes[i], i == 3 ? 2 : i + 1, &id));
  require(mcnn_h5_write_floats(writer, group, "scalar", values + 1, NULL, 0, &id));
  require(mcnn_h5_write_integer_attribute(writer, id, "number", INT64_MIN));
}

static void write_texts(mcnn_h5_writer *writer) {
  static const char *const texts[] = {"conv2d_1", "", "\xC3\xA4"};
  static char many[MANY][8];
  static const char *list[MANY];
  mcnn_h5_id group;

  require(mcnn_h5_write_string_attribute(writer, 0, "backend", "tensorflow", MCNN_H5_FIXED));
  require(mcnn_h5_write_string_attribute(writer, 0, "config", "{\"a\": 1}", MCNN_H5_VARIABLE));
  require(mcnn_h5_write_string_attribute(writer, 0, "nothing", "", MCNN_H5_VARIABLE));
  require(mcnn_h5_write_strings_attribute(writer, 0, "fixed", texts, 3, MCNN_H5_FIXED));
  require(mcnn_h5_write_strings_attribute(writer, 0, "list", texts, 3, MCNN_H5_VARIABLE));
  require(mcnn_h5_write_strings_attribute(writer, 0, "none", NULL, 0, MCNN_H5_FIXED));
  for (unsigned i = 0; i < MANY; i++) {
    (void)snprintf(many[i], sizeof many[i], "%u", i);
    list[i] = many[i];
    require(mcnn_h5_write_group(writer, MCNN_H5_ROOT, list[i], &group));
  }
  require(mcnn_h5_write_strings_attribute(writer, group, "many", list, MANY, MCNN_H5_VARIABLE));
}

static int write_sample(const char *path, const mcnn_alloc *alloc) {
  mcnn_h5_writer *writer;
  mcnn_bytes bytes;
  FILE *const file = fopen(path, "wb");

  require(mcnn_h5_writer_create(alloc, &writer));
  write_values(writer);
  write_texts(writer);
  require(mcnn_h5_writer_finish(writer, &bytes));
  mcnn_h5_writer_free(writer);
  const int whole = file && fwrite(bytes.data, 1, bytes.size, file) == bytes.size;
  mcnn_free(alloc, bytes.data);
  return whole && fclose(file) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  if (argc == 3 && strcmp(argv[1], "--write") == 0)
    return write_sample(argv[2], &alloc);
  FILE *const file = argc == 2 ? fopen(argv[1], "rb") : NULL;

  if (!file || fseek(file, 0, SEEK_END) != 0)
    return EXIT_FAILURE;
  const long size = ftell(file);
  unsigned char *const data = malloc(size > 0 ? (size_t)size : 1);
  rewind(file);
  if (size < 0 || !data || fread(data, 1, (size_t)size, file) != (size_t)size)
    return EXIT_FAILURE;
  fclose(file);
  const mnistcnn_status status = mcnn_zip_is_zip(data, (size_t)size)
                                     ? dump_zip(data, (size_t)size, &alloc)
                                     : dump_hdf5(data, (size_t)size, &alloc);
  free(data);
  if (status != MNISTCNN_OK)
    printf("refused: %s\n", mcnn_last_error());
  return status == MNISTCNN_OK ? EXIT_SUCCESS : 2;
}
