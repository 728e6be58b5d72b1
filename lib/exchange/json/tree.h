/* JSON (RFC 8259) as a tree, as configurations of networks need it. NaN, Infinity and -Infinity are
 * read too, since Python writes them. The text is not trusted: it is bounded in size and nesting,
 * nothing recurses, and a key may occur once in an object. */
#ifndef MCNN_EXCHANGE_JSON_TREE_H
#define MCNN_EXCHANGE_JSON_TREE_H

#include "base/alloc.h"

enum mcnn_json_kind {
  MCNN_JSON_NULL,
  MCNN_JSON_BOOL,
  MCNN_JSON_NUMBER,
  MCNN_JSON_STRING,
  MCNN_JSON_ARRAY,
  MCNN_JSON_OBJECT
};

typedef struct mcnn_json_value {
  enum mcnn_json_kind kind;
  uint32_t count;                      /* members or elements */
  const char *key;                     /* of a member of an object, else NULL */
  const char *text;                    /* of a string */
  double number;                       /* of a number; of a bool 0 or 1 */
  const struct mcnn_json_value *first; /* of the members or elements */
  const struct mcnn_json_value *next;  /* after this one in the same array or object */
} mcnn_json_value;

typedef struct mcnn_json_tree mcnn_json_tree;

enum { MCNN_JSON_MAX_DEPTH = 96, MCNN_JSON_MAX_BYTES = 8 << 20 };

/* `what` names the text and `label` the file in messages; both are needed during the call only. */
mnistcnn_status mcnn_json_tree_read(const char *text, size_t size_bytes, const char *label,
                                    const char *what, const mcnn_alloc *alloc,
                                    mcnn_json_tree **tree);
void mcnn_json_tree_free(mcnn_json_tree *tree);

const mcnn_json_value *mcnn_json_root(const mcnn_json_tree *tree);

/* The member of this name; NULL where there is none, where it is null, and where `object` is NULL
 * or no object. */
const mcnn_json_value *mcnn_json_member(const mcnn_json_value *object, const char *key);

/* Element `index` of an array; NULL where there is none or `array` is NULL or none. */
const mcnn_json_value *mcnn_json_element(const mcnn_json_value *array, size_t index);

/* These are 0 for NULL. */
int mcnn_json_is(const mcnn_json_value *value, enum mcnn_json_kind kind);
/* 1 for a string that is `text`. */
int mcnn_json_equals(const mcnn_json_value *value, const char *text);

/* The text of a string; NULL for NULL and for what is none. */
const char *mcnn_json_text(const mcnn_json_value *value);

#endif
