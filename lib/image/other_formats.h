/* What is often met where an image is expected, by its first bytes. */
#ifndef MCNN_IMAGE_OTHER_FORMATS_H
#define MCNN_IMAGE_OTHER_FORMATS_H

#include <stddef.h>

/* "a GIF"; NULL where nothing is known of such bytes. */
const char *mcnn_other_format(const void *data, size_t size_bytes);

#endif
