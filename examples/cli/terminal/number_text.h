/* Numbers as text that is read back as the same number, with a decimal point in any locale. */
#ifndef CLI_TERMINAL_NUMBER_TEXT_H
#define CLI_TERMINAL_NUMBER_TEXT_H

enum { NUMBER_CAPACITY = 40 };

/* The shortest such text of a double, and of a float. Both return text, "" for NaN and infinities.
 */
const char *number_text(double number, char text[NUMBER_CAPACITY]);
const char *number_text_float(float number, char text[NUMBER_CAPACITY]);

#endif
