#include "nn/layer_text.h"

#include "base/decimal.h"
#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MAX_COUNT_DIGITS = 9, QUOTED_BYTES = 60, QUOTED_WORD_BYTES = 40 };

static int is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static int is_digit(char c) {
  return c >= '0' && c <= '9';
}

/* --- layers and words ------------------------------------------------------------------------- */

static void trim(mcnn_layer_text *layer) {
  while (layer->length > 0 && is_blank(layer->start[0])) {
    layer->start++;
    layer->length--;
  }
  while (layer->length > 0 && is_blank(layer->start[layer->length - 1]))
    layer->length--;
}

static void split_words(mcnn_layer_text *layer) {
  const char *at = layer->start;
  const char *const end = layer->start + layer->length;
  layer->num_words = layer->next = 0;
  while (at < end && layer->num_words < MCNN_MAX_LAYER_WORDS) {
    mcnn_word *word = &layer->words[layer->num_words++];
    word->start = at;
    while (at < end && !is_blank(*at))
      at++;
    word->length = (size_t)(at - word->start);
    while (at < end && is_blank(*at))
      at++;
  }
}

int mcnn_layer_text_next(const char **cursor, mcnn_layer_text *layer) {
  const char *const start = *cursor;
  if (!start)
    return 0;
  layer->number++;
  layer->start = start;
  layer->length = strcspn(start, ",");
  *cursor = start[layer->length] == ',' ? start + layer->length + 1 : NULL;
  trim(layer);
  split_words(layer);
  return 1;
}

int mcnn_word_is(const mcnn_word *word, const char *text) {
  return word->length == strlen(text) && memcmp(word->start, text, word->length) == 0;
}

/* --- numbers ---------------------------------------------------------------------------------- */

static int parse_count(const char *digits, size_t length, uint32_t *value) {
  if (length == 0 || length > MAX_COUNT_DIGITS || digits[0] == '0')
    return 0;
  *value = 0;
  for (size_t i = 0; i < length; i++) {
    if (!is_digit(digits[i]))
      return 0;
    *value = *value * 10 + (uint32_t)(digits[i] - '0');
  }
  return 1;
}

static int parse_size(const mcnn_word *word, uint32_t *height, uint32_t *width) {
  const char *const cross = memchr(word->start, 'x', word->length);
  if (!cross) {
    const int good = parse_count(word->start, word->length, height);
    *width = *height;
    return good;
  }
  const size_t before = (size_t)(cross - word->start);
  return parse_count(word->start, before, height) &&
         parse_count(cross + 1, word->length - before - 1, width);
}

static int parse_rate(const mcnn_word *word, float *value) {
  return is_digit(word->start[0]) && mcnn_decimal_read(word->start, word->length, value) &&
         *value < 1.0f;
}

static int parse_positive(const mcnn_word *word, float *value) {
  return mcnn_decimal_read(word->start, word->length, value) && *value > 0.0f;
}

/* --- reading word by word --------------------------------------------------------------------- */

const mcnn_word *mcnn_layer_text_word(const mcnn_layer_text *layer) {
  return layer->next < layer->num_words ? &layer->words[layer->next] : NULL;
}

static int advance_if(mcnn_layer_text *layer, int read) {
  layer->next += read ? 1 : 0;
  return read;
}

int mcnn_layer_text_take(mcnn_layer_text *layer, const char *expected) {
  const mcnn_word *word = mcnn_layer_text_word(layer);
  return advance_if(layer, word && mcnn_word_is(word, expected));
}

int mcnn_layer_text_count(mcnn_layer_text *layer, uint32_t *value) {
  const mcnn_word *word = mcnn_layer_text_word(layer);
  return advance_if(layer, word && parse_count(word->start, word->length, value));
}

int mcnn_layer_text_count_or_0(mcnn_layer_text *layer, uint32_t *value) {
  *value = 0;
  return mcnn_layer_text_take(layer, "0") || mcnn_layer_text_count(layer, value);
}

int mcnn_layer_text_size(mcnn_layer_text *layer, uint32_t *height, uint32_t *width) {
  const mcnn_word *word = mcnn_layer_text_word(layer);
  return advance_if(layer, word && parse_size(word, height, width));
}

int mcnn_layer_text_decimal(mcnn_layer_text *layer, float *value) {
  const mcnn_word *word = mcnn_layer_text_word(layer);
  return advance_if(layer, word && mcnn_decimal_read(word->start, word->length, value));
}

int mcnn_layer_text_rate(mcnn_layer_text *layer, float *value) {
  const mcnn_word *word = mcnn_layer_text_word(layer);
  return advance_if(layer, word && parse_rate(word, value));
}

int mcnn_layer_text_positive(mcnn_layer_text *layer, float *value) {
  const mcnn_word *word = mcnn_layer_text_word(layer);
  return advance_if(layer, word && parse_positive(word, value));
}

/* --- messages --------------------------------------------------------------------------------- */

int mcnn_word_quoted(const mcnn_word *word) {
  return word->length > QUOTED_WORD_BYTES ? QUOTED_WORD_BYTES : (int)word->length;
}

mnistcnn_status mcnn_layer_text_fail(const mcnn_layer_text *layer, const char *format, ...) {
  char reason[MCNN_ERROR_CAPACITY];
  const int cut = layer->length > QUOTED_BYTES;
  const int quoted = cut ? QUOTED_BYTES : (int)layer->length;
  va_list arguments;

  va_start(arguments, format);
  (void)vsnprintf(reason, sizeof reason, format, arguments);
  va_end(arguments);
  return mcnn_fail(MNISTCNN_ARCHITECTURE, "layer %u \"%.*s%s\": %s", layer->number, quoted,
                   layer->start, cut ? "..." : "", reason);
}

mnistcnn_status mcnn_layer_text_expect_end(const mcnn_layer_text *layer) {
  const mcnn_word *word = mcnn_layer_text_word(layer);
  if (!word)
    return MNISTCNN_OK;
  return mcnn_layer_text_fail(layer, "\"%.*s\" does not belong here", mcnn_word_quoted(word),
                              word->start);
}
