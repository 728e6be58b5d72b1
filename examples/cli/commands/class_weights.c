#include "commands/class_weights.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "terminal/args.h"

static const double MOST_WEIGHT = 1e6;

static bool refuse_weight(const char *at) {
  args_usage_error("train", "--class-weights: '%.60s' is not a weight from 0 to 1e6", at);
  return false;
}

/* A number at *at, followed by a comma, which is skipped, or the end. */
static bool read_weight(const char **at, float *weight) {
  char *end;
  const double value = strtod(*at, &end);

  if (end == *at || (*end != ',' && *end != '\0') || !(value >= 0 && value <= MOST_WEIGHT))
    return refuse_weight(*at);
  *weight = (float)value;
  *at = end + (*end == ',');
  return *end == '\0' || *(end + 1) != '\0' || refuse_weight(end);
}

/* The class with the longest name that the text begins with, before a '='; count: none. */
static uint32_t match_name(const char *text, const class_names *classes) {
  uint32_t best = classes->count;
  size_t best_length = 0;

  for (uint32_t i = 0; i < classes->count; i++) {
    const size_t length = strlen(classes->names[i]);
    if (length > best_length && strncmp(text, classes->names[i], length) == 0 &&
        text[length] == '=') {
      best = i;
      best_length = length;
    }
  }
  return best;
}

static bool read_named(const char *at, const class_names *classes, float *weights) {
  for (uint32_t i = 0; i < classes->count; i++)
    weights[i] = 1;
  while (*at != '\0') {
    const uint32_t which = match_name(at, classes);
    if (which == classes->count) {
      args_usage_error("train", "--class-weights: there is no class '%.*s'", (int)strcspn(at, "=,"),
                       at);
      return false;
    }
    at += strlen(classes->names[which]) + 1;
    if (!read_weight(&at, &weights[which]))
      return false;
  }
  return true;
}

static bool read_list(const char *at, const class_names *classes, float *weights) {
  uint32_t count = 0;

  while (*at != '\0') {
    float weight;
    if (!read_weight(&at, &weight))
      return false;
    if (count < classes->count)
      weights[count] = weight;
    count++;
  }
  if (count == classes->count)
    return true;
  args_usage_error("train",
                   "--class-weights: %" PRIu32 " weights for %" PRIu32
                   " classes; give one for each, or NAME=WEIGHT,...",
                   count, classes->count);
  return false;
}

bool class_weights_read(const char *text, const class_names *classes, float *weights) {
  return strchr(text, '=') ? read_named(text, classes, weights) : read_list(text, classes, weights);
}
