/* The bytes of the shipped model's file. */
#ifndef MCNN_PRETRAINED_EMBEDDED_H
#define MCNN_PRETRAINED_EMBEDDED_H

#include <stddef.h>

/* Aligned as mnistcnn_model_load_memory() reads without making a copy. */
const unsigned char *mcnn_pretrained_bytes(size_t *size_bytes);

#endif
