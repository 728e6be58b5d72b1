/* Pieces of HTML text. The command never leaves the "C" locale, so that printf writes points. */
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

/* Share as percent, exact value beside it: <data value="0.9951">99.51%</data>; NaN is "-". */
void html_percent(FILE *page, double share);
void html_decimal(FILE *page, double number);

/* A picture of height * width * channels bytes as <img>, alt being HTML text to be. */
void html_image(FILE *page, const uint8_t *pixels, uint32_t height, uint32_t width,
                uint32_t channels, const char *alt);

#endif
