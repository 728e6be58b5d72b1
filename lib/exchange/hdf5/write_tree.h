/* What is to be written: groups, datasets and attributes, as they were added. */
#ifndef MCNN_EXCHANGE_HDF5_WRITE_TREE_H
#define MCNN_EXCHANGE_HDF5_WRITE_TREE_H

#include "exchange/hdf5/hdf5.h"
#include "exchange/hdf5/hdf5_write.h"

enum mcnn_h5_content {
  MCNN_H5_FIXED_STRINGS,
  MCNN_H5_VARIABLE_STRINGS,
  MCNN_H5_INT64,
  MCNN_H5_NO_FLOATS /* an empty list of float64 */
};

typedef struct mcnn_h5_new_attribute {
  struct mcnn_h5_new_attribute *next; /* of the same object */
  char *name;
  enum mcnn_h5_content content;
  int is_list;
  size_t count;
  size_t cell_bytes;   /* of a fixed string */
  const char **texts;  /* copies */
  int is_utf8;         /* whether they need it */
  size_t first_string; /* of a variable string: its number among all of the file */
  int64_t number;
} mcnn_h5_new_attribute;

typedef struct mcnn_h5_new_object {
  mcnn_h5_id parent;
  char *name;
  int is_group;
  const float *values;
  uint32_t rank;
  uint64_t shape[MCNN_H5_MAX_RANK];
  size_t count;
  mcnn_h5_new_attribute *attributes, *last_attribute;
  uint64_t header, data; /* addresses, once they are known */
} mcnn_h5_new_object;

struct mcnn_h5_writer {
  mcnn_alloc alloc;
  struct mcnn_h5_kept *kept; /* all memory but the list of objects */
  mcnn_h5_new_object *objects;
  size_t count, capacity;
  size_t num_strings;    /* of variable length, which go into collections */
  uint64_t *collections; /* their addresses, once they are known */
  int is_finished;
};

/* Zeroed memory that lives as long as the writer. */
void *mcnn_h5_keep(mcnn_h5_writer *writer, size_t count, size_t size);

/* Bytes of an attribute's header message. */
size_t mcnn_h5_attribute_bytes(const mcnn_h5_new_attribute *attribute);

#endif
