/* Reads pickles of Python as data. Nothing in them is looked up, imported or run: a name stays a
 * name, and a call becomes a value that says what would have been called with what. Read are the
 * opcodes that protocols 2 to 5 have for numbers, texts, containers and such calls; any other one
 * is refused by its name. The bytes are not trusted: values, nesting, memo and memory are bounded,
 * and nothing recurses. */
#ifndef MCNN_EXCHANGE_PICKLE_PICKLE_H
#define MCNN_EXCHANGE_PICKLE_PICKLE_H

#include "base/alloc.h"

enum mcnn_pickle_kind {
  MCNN_PICKLE_NONE,
  MCNN_PICKLE_BOOL,
  MCNN_PICKLE_INT,
  MCNN_PICKLE_BIG, /* an integer beyond 64 bits: its bytes, the lowest first */
  MCNN_PICKLE_FLOAT,
  MCNN_PICKLE_TEXT,
  MCNN_PICKLE_BYTES,
  MCNN_PICKLE_TUPLE,
  MCNN_PICKLE_LIST,
  MCNN_PICKLE_SET,
  MCNN_PICKLE_DICT,      /* items: key, value, key, value, ... as they were set */
  MCNN_PICKLE_NAME,      /* of a class or function: "collections.OrderedDict" */
  MCNN_PICKLE_CALL,      /* items: the name, the tuple of arguments */
  MCNN_PICKLE_OBJECT,    /* items: the class, its arguments, and its state if it has one */
  MCNN_PICKLE_PERSISTENT /* items: what stands for something outside of the pickle */
};

typedef struct mcnn_pickle_value {
  enum mcnn_pickle_kind kind;
  uint32_t count, capacity; /* of items */
  struct mcnn_pickle_value **items;
  union {
    int64_t integer;  /* INT, BOOL */
    double number;    /* FLOAT */
    const char *text; /* TEXT, BYTES, BIG: in the pickle; NAME: NUL-terminated */
  };
  size_t length; /* of text */
  int is_module; /* of a NAME: the class of an object that has the state of an nn.Module */
  struct mcnn_pickle_value *next; /* of the same kind: NAME, PERSISTENT */
} mcnn_pickle_value;

typedef struct mcnn_pickle mcnn_pickle;

enum {
  MCNN_PICKLE_MAX_VALUES = 1 << 20,
  MCNN_PICKLE_MAX_NAME = 256,
  MCNN_PICKLE_MAX_MEMBERS = 4096
};

/* Reads the pickle at the start of `data`, which must outlive *pickle. callables: the names that
 * may be called, up to NULL; a call of any other one is refused by its name, beside those of
 * containers. Values may refer to themselves. */
mnistcnn_status mcnn_pickle_read(const void *data, size_t size_bytes, const char *label,
                                 const char *const *callables, const mcnn_alloc *alloc,
                                 mcnn_pickle **pickle);
void mcnn_pickle_free(mcnn_pickle *pickle);

const mcnn_pickle_value *mcnn_pickle_root(const mcnn_pickle *pickle);
/* Up to the end of the pickle. */
size_t mcnn_pickle_used_bytes(const mcnn_pickle *pickle);
/* Of all names and of all PERSISTENT values in the pickle, each as often as it occurs; then next.
 */
const mcnn_pickle_value *mcnn_pickle_first_name(const mcnn_pickle *pickle);
const mcnn_pickle_value *mcnn_pickle_first_persistent(const mcnn_pickle *pickle);

/* 1 for a TEXT, or else a NAME, that is `text`. value may be NULL. */
int mcnn_pickle_is_text(const mcnn_pickle_value *value, const char *text);
int mcnn_pickle_is_name(const mcnn_pickle_value *value, const char *name);
/* 1 for a CALL of `name` with at least `count` arguments; they are then in *arguments. */
int mcnn_pickle_is_call(const mcnn_pickle_value *value, const char *name, uint32_t count,
                        const mcnn_pickle_value **arguments);

/* What a DICT has for the last key that is this text; NULL where there is none, no DICT, or one of
 * more than MCNN_PICKLE_MAX_MEMBERS, in which nothing is looked for. */
const mcnn_pickle_value *mcnn_pickle_member(const mcnn_pickle_value *dict, const char *key);
/* Item `index` of a tuple or list; NULL where there is none. */
const mcnn_pickle_value *mcnn_pickle_item(const mcnn_pickle_value *value, uint32_t index);
/* 1 and the number where a value is an INT of at least 0. */
int mcnn_pickle_count(const mcnn_pickle_value *value, uint64_t *count);

#endif
