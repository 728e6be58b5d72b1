#include "exchange/json/tree.h"

#include "base/json.h"
#include "base/status.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* So that looking for a second member of the same name stays cheap. */
enum { MAX_MEMBERS = 512 };

struct mcnn_json_tree {
  mcnn_alloc alloc;
  mcnn_json_value *values;
  size_t num_values, capacity;
  char *strings;
};

/* The array or object that is being read at each depth, and its last element. */
typedef struct level {
  mcnn_json_value *parent, *last;
} level;

typedef struct reader {
  mcnn_json json;
  mcnn_json_tree *tree;
  level levels[MCNN_JSON_MAX_DEPTH];
  size_t depth;
} reader;

static char next_character(reader *r) {
  mcnn_json *const json = &r->json;
  while (json->at < json->end && strchr(" \t\n\r", *json->at) && *json->at)
    json->at++;
  return json->at < json->end ? *json->at : '\0';
}

static int accept_character(reader *r, char c) {
  if (next_character(r) != c || r->json.at == r->json.end)
    return 0;
  r->json.at++;
  return 1;
}

static int accept_word(reader *r, const char *word) {
  const size_t length = strlen(word);
  if ((size_t)(r->json.end - r->json.at) < length || memcmp(r->json.at, word, length) != 0)
    return 0;
  r->json.at += length;
  return 1;
}

/* --- numbers ---------------------------------------------------------------------------------- */

static int is_digit_at(const reader *r) {
  return r->json.at < r->json.end && *r->json.at >= '0' && *r->json.at <= '9';
}

/* A number's digits without its point; those beyond 19 only count. */
typedef struct digits {
  uint64_t mantissa;
  int exponent;
  int count;
} digits;

static int read_digits(reader *r, digits *number, int decimals) {
  const char *const start = r->json.at;
  for (; is_digit_at(r); r->json.at++) {
    const int fits = number->mantissa < UINT64_MAX / 10 - 1;
    if (fits)
      number->mantissa = number->mantissa * 10 + (uint64_t)(*r->json.at - '0');
    number->exponent += decimals ? -fits : !fits;
  }
  return r->json.at > start;
}

static int read_exponent(reader *r, digits *number) {
  enum { ENOUGH = 100000 };
  int exponent = 0;
  if (!accept_word(r, "e") && !accept_word(r, "E"))
    return 1;
  const int negative = accept_word(r, "-");
  if (!negative)
    (void)accept_word(r, "+");
  if (!is_digit_at(r))
    return 0;
  for (; is_digit_at(r); r->json.at++)
    exponent = exponent < ENOUGH ? exponent * 10 + (*r->json.at - '0') : exponent;
  number->exponent += negative ? -exponent : exponent;
  return 1;
}

/* Powers of ten up to 22 are exact in a double. */
static double scale_by_ten(double value, int exponent) {
  static const double exact = 1e22;
  enum { EXACT = 22, LARGEST = 350 };
  if (exponent > LARGEST)
    exponent = LARGEST;
  for (; exponent >= EXACT; exponent -= EXACT)
    value *= exact;
  if (exponent < -2 * LARGEST)
    return 0;
  for (; exponent <= -EXACT; exponent += EXACT)
    value /= exact;
  double scale = 1;
  for (int i = exponent < 0 ? -exponent : exponent; i > 0; i--)
    scale *= 10;
  return exponent < 0 ? value / scale : value * scale;
}

static mnistcnn_status read_number(reader *r, mcnn_json_value *value) {
  digits number = {0, 0, 0};
  const int negative = accept_word(r, "-");
  value->kind = MCNN_JSON_NUMBER;
  if (accept_word(r, "Infinity")) {
    value->number = negative ? -(double)INFINITY : (double)INFINITY;
    return MNISTCNN_OK;
  }
  const int zero = r->json.at < r->json.end && *r->json.at == '0';
  const char *const start = r->json.at;
  if (!read_digits(r, &number, 0) || (zero && r->json.at - start > 1) ||
      (accept_word(r, ".") && !read_digits(r, &number, 1)) || !read_exponent(r, &number))
    return mcnn_json_fail(&r->json, "invalid number");
  const double magnitude =
      number.mantissa == 0 ? 0.0 : scale_by_ten((double)number.mantissa, number.exponent);
  value->number = negative ? -magnitude : magnitude;
  return MNISTCNN_OK;
}

/* --- values ----------------------------------------------------------------------------------- */

static mnistcnn_status read_literal(reader *r, mcnn_json_value *value) {
  value->kind = MCNN_JSON_BOOL;
  if (accept_word(r, "true")) {
    value->number = 1;
    return MNISTCNN_OK;
  }
  if (accept_word(r, "false"))
    return MNISTCNN_OK;
  if (accept_word(r, "null")) {
    value->kind = MCNN_JSON_NULL;
    return MNISTCNN_OK;
  }
  if (accept_word(r, "NaN")) {
    value->kind = MCNN_JSON_NUMBER;
    value->number = (double)NAN;
    return MNISTCNN_OK;
  }
  return read_number(r, value);
}

static mnistcnn_status open_level(reader *r, mcnn_json_value *value, enum mcnn_json_kind kind) {
  value->kind = kind;
  r->json.at++;
  if (r->depth == MCNN_JSON_MAX_DEPTH)
    return mcnn_json_fail(&r->json, "nested too deeply");
  r->levels[r->depth++] = (level){value, NULL};
  return MNISTCNN_OK;
}

/* A value, of an array or object only its beginning. */
static mnistcnn_status read_value(reader *r, mcnn_json_value *value) {
  const char c = next_character(r);
  if (c == '{')
    return open_level(r, value, MCNN_JSON_OBJECT);
  if (c == '[')
    return open_level(r, value, MCNN_JSON_ARRAY);
  if (c != '"')
    return read_literal(r, value);
  value->kind = MCNN_JSON_STRING;
  return mcnn_json_string(&r->json, &value->text);
}

static mcnn_json_value *new_value(reader *r) {
  mcnn_json_tree *const tree = r->tree;
  assert(tree->num_values < tree->capacity);
  return &tree->values[tree->num_values++];
}

static mnistcnn_status read_key(reader *r, const level *at, mcnn_json_value *value) {
  const mnistcnn_status status = mcnn_json_string(&r->json, &value->key);
  if (status != MNISTCNN_OK)
    return status;
  if (at->parent->count == MAX_MEMBERS)
    return mcnn_json_fail(&r->json, "too many members in an object");
  for (const mcnn_json_value *other = at->parent->first; other; other = other->next)
    if (strcmp(other->key, value->key) == 0)
      return mcnn_json_fail(&r->json, "duplicate key");
  return accept_character(r, ':') ? MNISTCNN_OK : mcnn_json_fail(&r->json, "expected ':'");
}

static mnistcnn_status read_element(reader *r) {
  level *const at = &r->levels[r->depth - 1];
  mnistcnn_status status = MNISTCNN_OK;
  mcnn_json_value *const value = new_value(r);
  if (at->parent->kind == MCNN_JSON_OBJECT)
    status = read_key(r, at, value);
  if (status != MNISTCNN_OK)
    return status;
  if (at->last)
    at->last->next = value;
  else
    at->parent->first = value;
  at->last = value;
  at->parent->count++;
  return read_value(r, value);
}

/* The next element of the innermost array or object, or its end. */
static mnistcnn_status read_step(reader *r) {
  const mcnn_json_value *const parent = r->levels[r->depth - 1].parent;
  if (accept_character(r, parent->kind == MCNN_JSON_OBJECT ? '}' : ']')) {
    r->depth--;
    return MNISTCNN_OK;
  }
  if (parent->count > 0 && !accept_character(r, ','))
    return mcnn_json_fail(&r->json, "expected ',' or an end");
  return read_element(r);
}

static mnistcnn_status read_tree(reader *r) {
  mnistcnn_status status = read_value(r, new_value(r));
  while (status == MNISTCNN_OK && r->depth > 0)
    status = read_step(r);
  return status == MNISTCNN_OK ? mcnn_json_finish(&r->json) : status;
}

/* No fewer than the values of the text: each but one is behind one of these. */
static size_t count_values(const char *text, size_t size) {
  size_t count = 1;
  for (size_t i = 0; i < size; i++)
    count += text[i] == ',' || text[i] == '[' || text[i] == '{';
  return count;
}

static mnistcnn_status allocate(mcnn_json_tree *tree, const char *text, size_t size_bytes) {
  tree->capacity = count_values(text, size_bytes);
  tree->values = mcnn_alloc_zeroed(&tree->alloc, tree->capacity, sizeof *tree->values);
  tree->strings = mcnn_alloc_array(&tree->alloc, size_bytes + 1, 1);
  return tree->values && tree->strings ? MNISTCNN_OK : MNISTCNN_OUT_OF_MEMORY;
}

mnistcnn_status mcnn_json_tree_read(const char *text, size_t size_bytes, const char *label,
                                    const char *what, const mcnn_alloc *alloc,
                                    mcnn_json_tree **tree) {
  reader r = {.json = {label, what, text, text, text + size_bytes, NULL}};
  *tree = NULL;
  if (size_bytes > MCNN_JSON_MAX_BYTES)
    return mcnn_fail(MNISTCNN_LIMIT, "%s: %s has %zu bytes; at most %d are read", label, what,
                     size_bytes, MCNN_JSON_MAX_BYTES);
  r.tree = mcnn_alloc_zeroed(alloc, 1, sizeof *r.tree);
  if (!r.tree)
    return MNISTCNN_OUT_OF_MEMORY;
  r.tree->alloc = *alloc;
  mnistcnn_status status = allocate(r.tree, text, size_bytes);
  r.json.strings = r.tree->strings;
  if (status == MNISTCNN_OK)
    status = read_tree(&r);
  if (status != MNISTCNN_OK) {
    mcnn_json_tree_free(r.tree);
    return status;
  }
  *tree = r.tree;
  return MNISTCNN_OK;
}

void mcnn_json_tree_free(mcnn_json_tree *tree) {
  if (!tree)
    return;
  const mcnn_alloc alloc = tree->alloc;
  mcnn_free(&alloc, tree->values);
  mcnn_free(&alloc, tree->strings);
  mcnn_free(&alloc, tree);
}

/* --- looking ---------------------------------------------------------------------------------- */

const mcnn_json_value *mcnn_json_root(const mcnn_json_tree *tree) {
  return &tree->values[0];
}

int mcnn_json_is(const mcnn_json_value *value, enum mcnn_json_kind kind) {
  return value && value->kind == kind;
}

const mcnn_json_value *mcnn_json_member(const mcnn_json_value *object, const char *key) {
  if (!mcnn_json_is(object, MCNN_JSON_OBJECT))
    return NULL;
  for (const mcnn_json_value *member = object->first; member; member = member->next)
    if (strcmp(member->key, key) == 0)
      return member->kind == MCNN_JSON_NULL ? NULL : member;
  return NULL;
}

const mcnn_json_value *mcnn_json_element(const mcnn_json_value *array, size_t index) {
  if (!mcnn_json_is(array, MCNN_JSON_ARRAY) || index >= array->count)
    return NULL;
  const mcnn_json_value *element = array->first;
  for (size_t i = 0; i < index; i++)
    element = element->next;
  return element;
}

int mcnn_json_equals(const mcnn_json_value *value, const char *text) {
  return mcnn_json_is(value, MCNN_JSON_STRING) && strcmp(value->text, text) == 0;
}

const char *mcnn_json_text(const mcnn_json_value *value) {
  return mcnn_json_is(value, MCNN_JSON_STRING) ? value->text : NULL;
}
