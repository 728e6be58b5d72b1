#ifndef SERVER_BODY_MEDIA_TYPE_H
#define SERVER_BODY_MEDIA_TYPE_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the value of a Content-Type header is of this type ("application/json"), whatever its
 * parameters. NULL is of none. */
bool media_type_is(const char *header, const char *type);

/* The value of a parameter, without quotes; false where it is not there or longer than capacity. */
bool media_type_parameter(const char *header, const char *name, char *value, size_t capacity);

#endif
