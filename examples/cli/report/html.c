#include "report/html.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>

#include "report/png.h"
#include "terminal/json_out.h"
#include "terminal/percent.h"
#include "terminal/utf8.h"

static const char *entity(unsigned char c) {
  switch (c) {
  case '&':
    return "&amp;";
  case '<':
    return "&lt;";
  case '>':
    return "&gt;";
  case '"':
    return "&quot;";
  case '\'':
    return "&#39;";
  default:
    return c < 0x20 || c == 0x7f ? "&#xfffd;" : NULL;
  }
}

/* U+0080 to U+009F, which HTML forbids. */
static bool is_c1(const unsigned char *s, size_t length) {
  return length == 2 && s[0] == 0xc2 && s[1] < 0xa0;
}

void html_text(FILE *page, const char *text) {
  const unsigned char *s = (const unsigned char *)text;

  while (*s != '\0') {
    const size_t length = utf8_length(s);
    const char *const replaced = length == 0 || is_c1(s, length) ? "&#xfffd;" : entity(*s);
    if (replaced)
      fputs(replaced, page);
    else
      fwrite(s, 1, length, page);
    s += length == 0 ? 1 : length;
  }
}

void html_count(FILE *page, uint64_t count) {
  if (count >= 1000) {
    html_count(page, count / 1000);
    fprintf(page, ",%03" PRIu64, count % 1000);
  } else {
    fprintf(page, "%" PRIu64, count);
  }
}

static void data_start(FILE *page, double value) {
  json_out json;

  fputs("<data value=\"", page);
  json_start(&json, page);
  json_number(&json, value);
  fputs("\">", page);
}

void html_percent(FILE *page, double fraction) {
  char text[PERCENT_CAPACITY];

  data_start(page, fraction);
  html_text(page, percent_text(fraction, text));
  fputs("</data>", page);
}

void html_decimal(FILE *page, double number) {
  data_start(page, number);
  fprintf(page, isnan(number) ? "-" : "%.4f", number);
  fputs("</data>", page);
}

/* RFC 4648 */
static void put_base64(FILE *page, const uint8_t *bytes, size_t count) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  uint32_t bits = 0;

  for (size_t i = 0; i < count; i++) {
    bits = bits << 8 | bytes[i];
    if (i % 3 == 2) {
      fprintf(page, "%c%c%c%c", digits[bits >> 18 & 63], digits[bits >> 12 & 63],
              digits[bits >> 6 & 63], digits[bits & 63]);
    }
  }
  if (count % 3 == 1) {
    fprintf(page, "%c%c==", digits[bits >> 2 & 63], digits[bits << 4 & 63]);
  } else if (count % 3 == 2) {
    fprintf(page, "%c%c%c=", digits[bits >> 10 & 63], digits[bits >> 4 & 63],
            digits[bits << 2 & 63]);
  }
}

void html_image(FILE *page, const uint8_t *pixels, uint32_t height, uint32_t width,
                uint32_t channels, const char *alt) {
  uint8_t png[PNG_CAPACITY];
  const size_t size = png_encode(pixels, height, width, channels, png);

  fprintf(page, "<img width=\"%" PRIu32 "\" height=\"%" PRIu32 "\" alt=\"", width, height);
  html_text(page, alt);
  fputs("\" src=\"data:image/png;base64,", page);
  put_base64(page, png, size);
  fputs("\">", page);
}
