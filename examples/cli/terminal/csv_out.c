#include "terminal/csv_out.h"

#include <string.h>

#include "terminal/number_text.h"

void csv_start(csv_out *csv, FILE *stream) {
  *csv = (csv_out){.stream = stream};
}

static void begin_field(csv_out *csv) {
  if (csv->in_row)
    putc(',', csv->stream);
  csv->in_row = true;
}

static bool needs_quotes(const char *text) {
  const size_t length = strlen(text);

  return strcspn(text, ",\"\r\n") < length ||
         (length > 0 && (text[0] == ' ' || text[length - 1] == ' '));
}

void csv_text(csv_out *csv, const char *text) {
  begin_field(csv);
  if (!text)
    return;
  if (!needs_quotes(text)) {
    fputs(text, csv->stream);
    return;
  }
  putc('"', csv->stream);
  for (; *text != '\0'; text++) {
    if (*text == '"')
      putc('"', csv->stream);
    putc(*text, csv->stream);
  }
  putc('"', csv->stream);
}

void csv_number(csv_out *csv, double number) {
  char text[NUMBER_CAPACITY];

  if ((double)(float)number == number) { /* fewer digits do */
    csv_float(csv, (float)number);
    return;
  }
  begin_field(csv);
  fputs(number_text(number, text), csv->stream);
}

void csv_float(csv_out *csv, float number) {
  char text[NUMBER_CAPACITY];

  begin_field(csv);
  fputs(number_text_float(number, text), csv->stream);
}

void csv_end_row(csv_out *csv) {
  putc('\n', csv->stream);
  csv->in_row = false;
}
