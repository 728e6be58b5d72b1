/* Writes comma-separated values to a stream: fields quoted as in RFC 4180, rows that end with a
 * newline. */
#ifndef CLI_TERMINAL_CSV_OUT_H
#define CLI_TERMINAL_CSV_OUT_H

#include <stdbool.h>
#include <stdio.h>

typedef struct csv_out {
  FILE *stream;
  bool in_row;
} csv_out;

void csv_start(csv_out *csv, FILE *stream);

/* The next field of the row; NULL is an empty one. Bytes that are not UTF-8 stay as they are. */
void csv_text(csv_out *csv, const char *text);
/* With a decimal point in any locale; NaN and infinities are empty fields. */
void csv_number(csv_out *csv, double number);
void csv_float(csv_out *csv, float number);
void csv_end_row(csv_out *csv);

#endif
