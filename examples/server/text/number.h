#ifndef SERVER_TEXT_NUMBER_H
#define SERVER_TEXT_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/* Digits only, no sign, no space; false where it is anything else or more than `most`. */
bool number_read(const char *text, uint64_t most, uint64_t *number);

/* A decimal fraction in least..most. */
bool number_read_real(const char *text, double least, double most, double *number);

#endif
