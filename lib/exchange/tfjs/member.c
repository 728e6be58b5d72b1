#include "exchange/tfjs/member.h"

#include <string.h>

typedef struct json_cursor {
  const char *at, *end;
} json_cursor;

static void skip_space(json_cursor *c) {
  while (c->at < c->end && (*c->at == ' ' || *c->at == '\t' || *c->at == '\n' || *c->at == '\r'))
    c->at++;
}

/* From one quote behind the other. */
static void skip_string(json_cursor *c) {
  for (c->at++; c->at < c->end && *c->at != '"'; c->at++)
    if (*c->at == '\\')
      c->at++;
  if (c->at < c->end)
    c->at++;
}

/* Up to the comma or bracket behind it. */
static void skip_value(json_cursor *c) {
  size_t depth = 0;
  while (c->at < c->end) {
    if (*c->at == '"') {
      skip_string(c);
      continue;
    }
    if (depth == 0 && (*c->at == ',' || *c->at == '}' || *c->at == ']'))
      return;
    if (*c->at == '{' || *c->at == '[')
      depth++;
    else if (*c->at == '}' || *c->at == ']')
      depth--;
    c->at++;
  }
}

mcnn_span mcnn_tfjs_member(mcnn_span object, const char *key) {
  json_cursor c = {object.data, (const char *)object.data + object.size_bytes};
  skip_space(&c);
  while (c.at < c.end && *c.at != '}') {
    c.at++; /* the bracket or comma before it */
    skip_space(&c);
    if (c.at >= c.end || *c.at != '"')
      break;
    const char *const name = c.at + 1;
    skip_string(&c);
    const size_t length = (size_t)(c.at - name) - 1;
    skip_space(&c);
    c.at++; /* the colon */
    skip_space(&c);
    const char *const value = c.at;
    skip_value(&c);
    if (length == strlen(key) && memcmp(name, key, length) == 0)
      return (mcnn_span){value, (size_t)(c.at - value)};
  }
  return (mcnn_span){NULL, 0};
}
