#include "exchange/torch/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void append_values(mcnn_torch_text *text, const char *format, va_list values)
    __attribute__((format(printf, 2, 0)));

static void append_values(mcnn_torch_text *text, const char *format, va_list values) {
  const size_t room = sizeof text->text - text->length;
  const int length = vsnprintf(text->text + text->length, room, format, values);
  if (length < 0 || (size_t)length >= room) {
    text->text[text->length] = '\0';
    text->is_cut = 1;
  } else
    text->length += (size_t)length;
}

void mcnn_torch_text_append(mcnn_torch_text *text, const char *format, ...) {
  va_list values;
  va_start(values, format);
  append_values(text, format, values);
  va_end(values);
}

void mcnn_torch_text_layer(mcnn_torch_text *text, const char *format, ...) {
  va_list values;
  if (text->length > 0)
    mcnn_torch_text_append(text, ", ");
  va_start(values, format);
  append_values(text, format, values);
  va_end(values);
}

/* --- defaults --------------------------------------------------------------------------------- */

static const char spaces[] = " \t\r\n";

/* The next word of a layer, which ends at a comma; its length. */
static size_t next_word(const char **at) {
  *at += strspn(*at, spaces);
  return strcspn(*at, " \t\r\n,");
}

static int is_word(const char *at, size_t length, const char *word) {
  return length == strlen(word) && memcmp(at, word, length) == 0;
}

static int layer_has(const char *layer, const char *word) {
  for (size_t length = next_word(&layer); length > 0; length = next_word(&layer)) {
    if (is_word(layer, length, word))
      return 1;
    layer += length;
  }
  return 0;
}

static void add_defaults(const char *layer, const char *word, size_t length,
                         mcnn_torch_text *text) {
  const char *behind = word + length;
  if (is_word(word, length, "batchnorm")) {
    if (!layer_has(layer, "momentum"))
      mcnn_torch_text_append(text, " momentum 0.9");
    if (!layer_has(layer, "epsilon"))
      mcnn_torch_text_append(text, " epsilon 0.00001");
    if (!layer_has(layer, "unbiased"))
      mcnn_torch_text_append(text, " unbiased");
  } else if (is_word(word, length, "leaky_relu") &&
             (next_word(&behind) == 0 || *behind < '0' || *behind > '9'))
    mcnn_torch_text_append(text, " 0.01");
}

void mcnn_torch_defaults(const char *architecture, mcnn_torch_text *text) {
  *text = (mcnn_torch_text){.length = 0};
  for (const char *layer = architecture; *layer;) {
    const char *at = layer;
    for (size_t length = next_word(&at); length > 0; length = next_word(&at)) {
      const size_t used = text->length;
      mcnn_torch_text_append(text, "%s%.*s", at > layer && used > 0 ? " " : "", (int)length, at);
      add_defaults(layer, at, length, text);
      at += length;
    }
    if (*at == ',')
      mcnn_torch_text_append(text, ",");
    layer = *at == ',' ? at + 1 : at;
  }
}

/* --- classes ---------------------------------------------------------------------------------- */

static uint32_t number_at(const char *text) {
  uint32_t number = 0;
  for (; *text >= '0' && *text <= '9' && number < 1000000; text++)
    number = number * 10 + (uint32_t)(*text - '0');
  return number;
}

uint32_t mcnn_torch_text_classes(const char *architecture) {
  uint32_t classes = 0;
  for (const char *layer = architecture; *layer;) {
    const char *at = layer;
    const size_t length = next_word(&at);
    if (is_word(at, length, "conv") || is_word(at, length, "separable") ||
        is_word(at, length, "dense")) {
      at += length;
      (void)next_word(&at);
      classes = number_at(at);
    }
    layer += strcspn(layer, ",");
    layer += *layer == ',' ? 1 : 0;
  }
  return classes;
}
