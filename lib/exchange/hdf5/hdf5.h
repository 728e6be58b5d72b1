/* Reads HDF5 files from memory: the part of the format in which Keras and h5py store models, and
 * nothing beyond it. The bytes are not trusted: every address is checked, no size is believed
 * before the bytes behind it have been seen, and the work done is bounded by the size of the file.
 *
 * Read are superblocks 0 to 3; groups in both forms; datasets of numbers and strings, contiguous,
 * compact and chunked, with the filters deflate, shuffle and fletcher32; attributes in both forms.
 * What could lead out of the file (soft and external links, external storage, virtual datasets),
 * other filters and other types are refused by name: MNISTCNN_UNSUPPORTED. What is damaged is
 * MNISTCNN_FORMAT; each message starts with the file's label and the path within the file.
 *
 * Everything returned here belongs to the file and lives until mcnn_h5_close(). Reading changes
 * what the file remembers, so a file is for one thread at a time. */
#ifndef MCNN_EXCHANGE_HDF5_HDF5_H
#define MCNN_EXCHANGE_HDF5_HDF5_H

#include "base/alloc.h"
#include "base/strings.h"

typedef struct mcnn_h5 mcnn_h5;
typedef struct mcnn_h5_object mcnn_h5_object; /* a group or a dataset */

/* 1 where an HDF5 signature stands at 0, 512, 1024, 2048 and so on. */
int mcnn_h5_is_hdf5(const void *data, size_t size_bytes);

/* `data` must outlive *out, and `label` (a path) too. */
mnistcnn_status mcnn_h5_open(const void *data, size_t size_bytes, const char *label,
                             const mcnn_alloc *alloc, mcnn_h5 **out);
void mcnn_h5_close(mcnn_h5 *file);

/* --- groups ----------------------------------------------------------------------------------- */

mcnn_h5_object *mcnn_h5_root(mcnn_h5 *file);

/* "/model_weights/conv2d_1"; "/" for the root. */
const char *mcnn_h5_path(const mcnn_h5_object *object);

int mcnn_h5_is_group(const mcnn_h5_object *object);
int mcnn_h5_is_dataset(const mcnn_h5_object *object);

/* The links of a group, sorted by the bytes of their names. A dataset has none. */
mnistcnn_status mcnn_h5_num_links(mcnn_h5_object *group, size_t *count);
/* After mcnn_h5_num_links() only. */
const char *mcnn_h5_link_name(const mcnn_h5_object *group, size_t index);

/* The object at a path below `group`: names with '/' between them, where empty ones do not count.
 * NULL with MNISTCNN_OK where there is none. */
mnistcnn_status mcnn_h5_find(mcnn_h5_object *group, const char *path, mcnn_h5_object **found);
/* The same, but where there is none MNISTCNN_NOT_FOUND, with the path in the message. */
mnistcnn_status mcnn_h5_get(mcnn_h5_object *group, const char *path, mcnn_h5_object **found);

/* --- values ----------------------------------------------------------------------------------- */

enum mcnn_h5_class {
  MCNN_H5_INTEGER,
  MCNN_H5_FLOAT,
  MCNN_H5_STRING, /* of fixed or of variable length */
  MCNN_H5_ENUM,   /* integers with names; h5py stores a bool so */
  MCNN_H5_OTHER   /* compound, reference, opaque, ...: can be looked at, but not read */
};

#define MCNN_H5_MAX_RANK 32u

/* The content of a dataset or an attribute. */
typedef struct mcnn_h5_value {
  const char *name; /* of an attribute; NULL in a dataset */
  enum mcnn_h5_class class;
  uint32_t element_bytes; /* of numbers and of strings of fixed length; 0 where it varies */
  uint32_t rank;          /* 0: one element, or none where the dataspace is null */
  uint64_t shape[MCNN_H5_MAX_RANK];
  size_t count; /* the elements, 0 included */
} mcnn_h5_value;

/* Fails where the object is not a dataset, or holds less than its shape says. */
mnistcnn_status mcnn_h5_dataset(mcnn_h5_object *object, const mcnn_h5_value **value);

/* The attribute of this name; NULL with MNISTCNN_OK where there is none. */
mnistcnn_status mcnn_h5_attribute(mcnn_h5_object *object, const char *name,
                                  const mcnn_h5_value **value);

/* All attributes, sorted by the bytes of their names. */
mnistcnn_status mcnn_h5_num_attributes(mcnn_h5_object *object, size_t *count);
/* After mcnn_h5_num_attributes() only. */
const char *mcnn_h5_attribute_name(const mcnn_h5_object *object, size_t index);

/* All elements, in C order, of any kind of number. `count` must be that of the value. A number too
 * large for a float becomes an infinity. */
mnistcnn_status mcnn_h5_read_floats(const mcnn_h5_value *value, float *floats, size_t count);

/* The same for what h5py makes of bfloat16: opaque elements of two bytes, the upper half of a
 * float. Keras marks such a dataset by an attribute "dtype" with the value "bfloat16". */
mnistcnn_status mcnn_h5_read_bfloat16(const mcnn_h5_value *value, float *floats, size_t count);

/* All elements, of integers and enums. What exceeds an int64_t is MNISTCNN_UNSUPPORTED. */
mnistcnn_status mcnn_h5_read_integers(const mcnn_h5_value *value, int64_t *integers, size_t count);

/* Appends all elements to *strings, which the caller frees with `alloc`; a scalar is one string.
 * Padding is removed. The bytes are not checked to be UTF-8, but a NUL within a string is refused.
 * No elements are no strings, whatever their type: Keras stores an empty list as floats. */
mnistcnn_status mcnn_h5_read_strings(const mcnn_h5_value *value, const mcnn_alloc *alloc,
                                     mcnn_strings *strings);

/* The one string of a scalar, or of an array of one element; the caller frees it with mcnn_free. */
mnistcnn_status mcnn_h5_read_string(const mcnn_h5_value *value, const mcnn_alloc *alloc,
                                    char **text);

#endif
