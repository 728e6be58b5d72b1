/* Numbers in texts of other programs. */
#ifndef MCNN_EXCHANGE_NUMBER_H
#define MCNN_EXCHANGE_NUMBER_H

#include "base/decimal.h"

enum { MCNN_NUMBER_TEXT = MCNN_DECIMAL_CAPACITY + 4 };

/* As JSON, Python and C have it: "0.25", "1.5e-9". Returns text. */
const char *mcnn_foreign_number(float value, char text[MCNN_NUMBER_TEXT]);

#endif
