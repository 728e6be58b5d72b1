#include "exchange/encoding.h"

#include "base/decimal.h"
#include "base/status.h"

#include <string.h>

typedef struct named {
  const char *name;
  float scale, offset, mean, deviation;
} named;

static const named encodings[] = {
    {"raw", 1, 0, 0, 1},
    {"unit", 1.0f / 255, 0, 0, 1},
    {"signed", 1 / 127.5f, -1, 0, 1},
    {"centred", 1.0f / 255, -0.5f, 0, 1},
    {"standard", 1.0f / 255, 0, 0.1307f, 0.3081f},
};

static int word_is(const char *text, size_t length, const char *word) {
  return strlen(word) == length && memcmp(text, word, length) == 0;
}

static void set_all(mcnn_encoding *encoding, float mean, float deviation) {
  for (int c = 0; c < 3; c++) {
    encoding->mean[c] = mean;
    encoding->deviation[c] = deviation;
  }
}

/* One to `most` numbers separated by commas. Returns how many, or 0. */
static size_t read_list(const char *text, size_t length, float *numbers, size_t most) {
  size_t count = 0;
  const char *const end = text + length;
  while (count < most) {
    const char *const comma = memchr(text, ',', (size_t)(end - text));
    const char *const stop = comma ? comma : end;
    if (!mcnn_decimal_read(text, (size_t)(stop - text), &numbers[count++]))
      return 0;
    if (!comma)
      return count;
    text = comma + 1;
  }
  return 0;
}

/* "0.485,0.456,0.406/0.229,0.224,0.225", of intensities 0..1 */
static int read_moments(const char *text, size_t length, const char *slash,
                        mcnn_encoding *encoding) {
  const size_t before = (size_t)(slash - text);
  float mean[3], deviation[3];
  const size_t means = read_list(text, before, mean, 3);
  const size_t deviations = read_list(slash + 1, length - before - 1, deviation, 3);
  if (means == 0 || means == 2 || means != deviations)
    return 0;
  for (size_t c = 0; c < 3; c++) {
    encoding->mean[c] = mean[means == 3 ? c : 0];
    encoding->deviation[c] = deviation[means == 3 ? c : 0];
    if (!(encoding->deviation[c] > 0))
      return 0;
  }
  encoding->scale = 1.0f / 255;
  return 1;
}

/* "0.00392,-0.5": byte scale + offset */
static int read_own(const char *text, size_t length, mcnn_encoding *encoding) {
  const char *const slash = memchr(text, '/', length);
  float numbers[2];
  set_all(encoding, 0, 1);
  if (slash)
    return read_moments(text, length, slash, encoding);
  if (read_list(text, length, numbers, 2) != 2 || numbers[0] == 0)
    return 0;
  encoding->scale = numbers[0];
  encoding->offset = numbers[1];
  return 1;
}

static int read_base(const char *text, size_t length, mcnn_encoding *encoding) {
  for (size_t i = 0; i < sizeof encodings / sizeof encodings[0]; i++) {
    if (!word_is(text, length, encodings[i].name))
      continue;
    encoding->scale = encodings[i].scale;
    encoding->offset = encodings[i].offset;
    set_all(encoding, encodings[i].mean, encodings[i].deviation);
    return 1;
  }
  return read_own(text, length, encoding);
}

static int read_modifier(const char *text, size_t length, mcnn_encoding *encoding) {
  int *const flag = word_is(text, length, "inverted")     ? &encoding->inverted
                    : word_is(text, length, "transposed") ? &encoding->transposed
                    : word_is(text, length, "flipped")    ? &encoding->flipped
                                                          : NULL;
  if (!flag || *flag)
    return 0;
  *flag = 1;
  return 1;
}

mnistcnn_status mcnn_encoding_read(const char *text, mcnn_encoding *encoding) {
  size_t length = strcspn(text, "+");
  *encoding = (mcnn_encoding){.scale = 1};
  int fine = read_base(text, length, encoding);
  for (const char *at = text + length; fine && *at; at += length) {
    at++;
    length = strcspn(at, "+");
    fine = read_modifier(at, length, encoding);
  }
  if (fine)
    return MNISTCNN_OK;
  return mcnn_fail(
      MNISTCNN_INVALID_ARGUMENT,
      "encoding \"%.80s\": expected raw, unit, signed, centred, standard, "
      "MEAN/DEVIATION or SCALE,OFFSET, and behind it +inverted, +transposed or +flipped",
      text);
}

void mcnn_encoding_prepare(const mcnn_encoding *encoding, mnistcnn_preparation *preparation) {
  preparation->scale = encoding->scale;
  preparation->offset = encoding->offset;
  preparation->invert = encoding->inverted ? 1 : 0;
  memcpy(preparation->mean, encoding->mean, sizeof preparation->mean);
  memcpy(preparation->deviation, encoding->deviation, sizeof preparation->deviation);
}
