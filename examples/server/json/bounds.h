#ifndef SERVER_JSON_BOUNDS_H
#define SERVER_JSON_BOUNDS_H

#include <stdbool.h>
#include <stddef.h>

#include "text/problem.h"

/* Looks at brackets and commas outside strings only, so that a text is refused before a parser
 * takes memory for it, or goes too deep. What else is wrong with it is for the parser to find. */
bool json_bounds_hold(const char *text, size_t size, size_t max_depth, size_t max_values,
                      problem *p);

#endif
