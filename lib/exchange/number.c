#include "exchange/number.h"

#include <stdio.h>

const char *mcnn_foreign_number(float value, char text[MCNN_NUMBER_TEXT]) {
  static const float scale = 1e9f;
  char digits[MCNN_DECIMAL_CAPACITY];
  if (mcnn_decimal_write(value, digits))
    (void)snprintf(text, MCNN_NUMBER_TEXT, "%s", digits);
  else if (mcnn_decimal_write(value * scale, digits))
    (void)snprintf(text, MCNN_NUMBER_TEXT, "%se-9", digits);
  else
    (void)snprintf(text, MCNN_NUMBER_TEXT, "0");
  return text;
}
