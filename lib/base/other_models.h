/* What is often given where a model is expected, by its first bytes. */
#ifndef MCNN_BASE_OTHER_MODELS_H
#define MCNN_BASE_OTHER_MODELS_H

#include <stddef.h>

/* "an HDF5 file, as Keras writes (.h5)"; NULL where nothing is known of such bytes. */
const char *mcnn_other_model(const void *data, size_t size_bytes);

#endif
