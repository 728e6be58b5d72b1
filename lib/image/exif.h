/* The orientation that EXIF data tell. */
#ifndef MCNN_IMAGE_EXIF_H
#define MCNN_IMAGE_EXIF_H

#include <stddef.h>
#include <stdint.h>

/* 1 to 8; 1, upright, where the data (a TIFF header and what follows it) say nothing that can be
 * understood. */
uint32_t mcnn_exif_orientation(const unsigned char *data, size_t size_bytes);

#endif
