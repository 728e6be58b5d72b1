/* HTML fragments. The command stays in the "C" locale, so printf writes decimal points. */
#ifndef CLI_REPORT_HTML_H
#define CLI_REPORT_HTML_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Text as element content or attribute value; bytes that are not UTF-8 and control characters
 * become U+FFFD. */
void html_text(FILE *page, const char *text);

/* "537,058" */
void html_count(FILE *page, uint64_t count);

/* Percentage with the exact value: <data value="0.9951">99.51%</data>; NaN is "-". */
void html_percent(FILE *page, double fraction);
void html_decimal(FILE *page, double number);

/* An image of height * width * channels bytes as <img>; alt is plain text. */
void html_image(FILE *page, const uint8_t *pixels, uint32_t height, uint32_t width,
                uint32_t channels, const char *alt);

#endif
