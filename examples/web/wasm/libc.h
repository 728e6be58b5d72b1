/* Included before every file of the library (CMakeLists.txt): the functions of the C library that
 * libc.c has in their place. */
#ifndef WEB_LIBC_H
#define WEB_LIBC_H

#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void web_qsort(void *base, size_t count, size_t size, int (*compare)(const void *, const void *));
char *web_strchr(const char *text, int character);
size_t web_strspn(const char *text, const char *characters);
size_t web_strcspn(const char *text, const char *characters);
int web_strncmp(const char *a, const char *b, size_t most);
double web_sin(double x);
double web_cos(double x);
float web_sinf(float x);
float web_cosf(float x);
int web_vsnprintf(char *restrict text, size_t capacity, const char *restrict format,
                  va_list arguments) __attribute__((format(printf, 3, 0)));
int web_snprintf(char *restrict text, size_t capacity, const char *restrict format, ...)
    __attribute__((format(printf, 3, 4)));

#define qsort     web_qsort
#define strchr    web_strchr
#define strspn    web_strspn
#define strcspn   web_strcspn
#define strncmp   web_strncmp
#define sin       web_sin
#define cos       web_cos
#define sinf      web_sinf
#define cosf      web_cosf
#define vsnprintf web_vsnprintf
#define snprintf  web_snprintf

#endif
