/* The text of a member in a JSON text. */
#ifndef MCNN_EXCHANGE_TFJS_MEMBER_H
#define MCNN_EXCHANGE_TFJS_MEMBER_H

#include "base/io.h"

/* The value of a member of the object that a sound JSON text is, as it stands there; size 0 where
 * there is none. */
mcnn_span mcnn_tfjs_member(mcnn_span object, const char *key);

#endif
