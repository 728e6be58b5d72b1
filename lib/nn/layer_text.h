/* Words and numbers of an architecture text. No locale, no allocation: the text is pointed into. */
#ifndef MCNN_NN_LAYER_TEXT_H
#define MCNN_NN_LAYER_TEXT_H

#include "mnistcnn.h"

/* Bytes of the longest layer that is written, with its NUL. */
#define MCNN_LAYER_TEXT_CAPACITY 192

/* One word more than the longest layer has, so that one too many is seen. */
#define MCNN_MAX_LAYER_WORDS 24u

typedef struct mcnn_word {
  const char *start;
  size_t length;
} mcnn_word;

/* What stands between two commas, without the blanks around it. */
typedef struct mcnn_layer_text {
  uint32_t number; /* from 1 */
  const char *start;
  size_t length;
  mcnn_word words[MCNN_MAX_LAYER_WORDS];
  size_t num_words; /* those beyond MCNN_MAX_LAYER_WORDS are not counted */
  size_t next;      /* the word to be read next */
} mcnn_layer_text;

/* Takes the next layer off *cursor, which starts at the text with number 0 in *layer; returns 0
 * when the last one has been taken. */
int mcnn_layer_text_next(const char **cursor, mcnn_layer_text *layer);

int mcnn_word_is(const mcnn_word *word, const char *text);

/* The next word, which is left where it is; NULL behind the last. */
const mcnn_word *mcnn_layer_text_word(const mcnn_layer_text *layer);

/* Each reads the next word and returns 1, or leaves it and returns 0 where it is another. */
int mcnn_layer_text_take(mcnn_layer_text *layer, const char *expected);
/* Decimal digits without sign or leading zeros, 1 to 999999999. */
int mcnn_layer_text_count(mcnn_layer_text *layer, uint32_t *value);
/* The same, or "0". */
int mcnn_layer_text_count_or_0(mcnn_layer_text *layer, uint32_t *value);
/* "HxW", or "N" for NxN. */
int mcnn_layer_text_size(mcnn_layer_text *layer, uint32_t *height, uint32_t *width);
/* "-0.5", "2": at most 15 digits. */
int mcnn_layer_text_decimal(mcnn_layer_text *layer, float *value);
/* "0", "0.25": at most 15 digits; 0 <= value < 1, also once rounded to float. */
int mcnn_layer_text_rate(mcnn_layer_text *layer, float *value);
/* "0.1", "2": at most 15 digits; above 0, also once rounded to float. */
int mcnn_layer_text_positive(mcnn_layer_text *layer, float *value);

/* MNISTCNN_ARCHITECTURE where words are left. */
mnistcnn_status mcnn_layer_text_expect_end(const mcnn_layer_text *layer);

/* How many bytes of the word a message quotes. */
int mcnn_word_quoted(const mcnn_word *word);

/* MNISTCNN_ARCHITECTURE with 'layer 3 "maxpool 30": ' before the message. */
mnistcnn_status mcnn_layer_text_fail(const mcnn_layer_text *layer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
