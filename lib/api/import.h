/* Structs from the caller, who may have been compiled against an older or a newer header. */
#ifndef MCNN_API_IMPORT_H
#define MCNN_API_IMPORT_H

#include "base/alloc.h"

/* Lays `given` (its first member is uint32_t struct_size) over the defaults in *options.
 * first_size: of the struct's first published version; known_size: sizeof *options. A caller's
 * older, smaller struct leaves the rest at its defaults; in a newer, larger one what this library
 * does not know must be zero, or the call is MNISTCNN_UNSUPPORTED. given NULL: the defaults stay.
 * `type` names the struct in messages. */
mnistcnn_status mcnn_import_options(const char *type, const void *given, size_t first_size,
                                    void *options, size_t known_size);

/* The first `size` bytes of `defaults` (known_size of them) to `options`, struct_size set to
 * `size`: the body of every _init function. */
mnistcnn_status mcnn_export_options(const char *type, const void *defaults, size_t first_size,
                                    size_t known_size, void *options, size_t size);

/* MNISTCNN_INVALID_ARGUMENT unless the struct_size of a struct that is to be filled is a possible
 * one: to be called before any work is done, so that mcnn_export_options() cannot fail. NULL is
 * fine. */
mnistcnn_status mcnn_check_output(const char *type, const void *output, size_t first_size);

/* Readers and writers of the caller's. given NULL: *known becomes all zeros. */
mnistcnn_status mcnn_import_reader(const mnistcnn_reader *given, mnistcnn_reader *known);
mnistcnn_status mcnn_import_writer(const mnistcnn_writer *given, mnistcnn_writer *known);

/* As mcnn_check_output(), of the `error` in an option struct. */
mnistcnn_status mcnn_check_error(const mnistcnn_error *error);

/* Returns `status`; if it is a failure, *error (may be NULL) receives it and its message. */
mnistcnn_status mcnn_report(mnistcnn_error *error, mnistcnn_status status);

/* NULL: malloc and free. */
mnistcnn_status mcnn_import_allocator(const mnistcnn_allocator *given, mcnn_alloc *alloc);

/* A struct's size up to and including `member`: how its first version's size is written down. */
#define MCNN_SIZE_THROUGH(type, member) (offsetof(type, member) + sizeof(((type *)0)->member))

#endif
