#include "terminal/number_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The locale's decimal separator is the only text outside this set. */
static const char *with_point(char text[NUMBER_CAPACITY]) {
  static const char others[] = "+-0123456789eE";
  const size_t point = strspn(text, others);

  if (text[point] == '\0')
    return text;
  const size_t rest = point + strcspn(text + point, others);
  text[point] = '.';
  memmove(text + point + 1, text + rest, strlen(text + rest) + 1);
  return text;
}

const char *number_text(double number, char text[NUMBER_CAPACITY]) {
  text[0] = '\0';
  for (int digits = 15; digits <= 17 && isfinite(number); digits++) {
    snprintf(text, NUMBER_CAPACITY, "%.*g", digits, number);
    if (strtod(text, NULL) == number)
      break;
  }
  return with_point(text);
}

const char *number_text_float(float number, char text[NUMBER_CAPACITY]) {
  text[0] = '\0';
  for (int digits = 6; digits <= 9 && isfinite(number); digits++) {
    snprintf(text, NUMBER_CAPACITY, "%.*g", digits, (double)number);
    if (strtof(text, NULL) == number)
      break;
  }
  return with_point(text);
}
