/* Writes HDF5 files into memory: groups, float32 datasets and attributes, in the form that every
 * libhdf5 since 1.8 reads (superblock 2). The same calls make the same bytes. */
#ifndef MCNN_EXCHANGE_HDF5_HDF5_WRITE_H
#define MCNN_EXCHANGE_HDF5_HDF5_WRITE_H

#include "base/alloc.h"
#include "base/stream.h"

typedef struct mcnn_h5_writer mcnn_h5_writer;

/* Groups and datasets by number, in the order in which they were added. */
typedef size_t mcnn_h5_id;
#define MCNN_H5_ROOT ((mcnn_h5_id)0)

/* How strings are stored. h5py reads the first as bytes, the second as str. */
enum mcnn_h5_strings {
  MCNN_H5_FIXED,   /* padded with NULs to the longest: lists of Keras 2 */
  MCNN_H5_VARIABLE /* of any length, ASCII or else UTF-8: what h5py makes of bytes or a str */
};

mnistcnn_status mcnn_h5_writer_create(const mcnn_alloc *alloc, mcnn_h5_writer **out);
void mcnn_h5_writer_free(mcnn_h5_writer *writer);

/* A group `name` in `parent`, in which no other object may have this name. */
mnistcnn_status mcnn_h5_write_group(mcnn_h5_writer *writer, mcnn_h5_id parent, const char *name,
                                    mcnn_h5_id *id);

/* A contiguous dataset of float32. `values` must live until mcnn_h5_writer_finish(). */
mnistcnn_status mcnn_h5_write_floats(mcnn_h5_writer *writer, mcnn_h5_id parent, const char *name,
                                     const float *values, const uint64_t *shape, uint32_t rank,
                                     mcnn_h5_id *id);

/* Attributes. What is given is copied. One attribute may take 64 KB (strings of variable length
 * count 16 bytes each); beyond it MNISTCNN_LIMIT. */
mnistcnn_status mcnn_h5_write_string_attribute(mcnn_h5_writer *writer, mcnn_h5_id object,
                                               const char *name, const char *text,
                                               enum mcnn_h5_strings kind);
/* A list; one without elements is stored as an empty list of float64, as Keras does. */
mnistcnn_status mcnn_h5_write_strings_attribute(mcnn_h5_writer *writer, mcnn_h5_id object,
                                                const char *name, const char *const *texts,
                                                size_t count, enum mcnn_h5_strings kind);
mnistcnn_status mcnn_h5_write_integer_attribute(mcnn_h5_writer *writer, mcnn_h5_id object,
                                                const char *name, int64_t number);

/* The whole file, which the caller frees with mcnn_free. The writer can then only be freed. */
mnistcnn_status mcnn_h5_writer_finish(mcnn_h5_writer *writer, mcnn_bytes *bytes);

#endif
