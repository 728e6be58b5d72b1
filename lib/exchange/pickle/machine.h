/* The inside of the pickle reader: the stack machine, and its opcodes by subject. */
#ifndef MCNN_EXCHANGE_PICKLE_MACHINE_H
#define MCNN_EXCHANGE_PICKLE_MACHINE_H

#include "exchange/pickle/pickle.h"

/* Values live in blocks that are freed together. */
typedef struct mcnn_pickle_block {
  struct mcnn_pickle_block *next;
  size_t used, size;
} mcnn_pickle_block;

struct mcnn_pickle {
  mcnn_alloc alloc;
  const char *label;
  const char *const *callables;
  const unsigned char *data;
  size_t size, at;
  size_t opcode_at; /* where the opcode is that is being read */
  mcnn_pickle_block *blocks;
  uint32_t num_values;
  mcnn_pickle_value **stack, **memo;
  size_t depth, stack_capacity, memo_count, memo_capacity;
  size_t *marks;
  size_t num_marks, marks_capacity;
  mcnn_pickle_value *root, *names, *persistents;
};

typedef mnistcnn_status (*mcnn_pickle_fn)(mcnn_pickle *p);

/* The function of an opcode; NULL where it belongs to another subject. */
mcnn_pickle_fn mcnn_pickle_scalar(unsigned char opcode);
mcnn_pickle_fn mcnn_pickle_container(unsigned char opcode);
mcnn_pickle_fn mcnn_pickle_caller(unsigned char opcode);

/* "LABEL: the pickle at byte N: ...", MNISTCNN_FORMAT unless said otherwise. */
mnistcnn_status mcnn_pickle_fail(const mcnn_pickle *p, mnistcnn_status status, const char *format,
                                 ...) __attribute__((format(printf, 3, 4)));

/* The next `count` bytes of the pickle. */
mnistcnn_status mcnn_pickle_take(mcnn_pickle *p, uint64_t count, const unsigned char **bytes);
/* An unsigned number of so many bytes, the lowest first. */
mnistcnn_status mcnn_pickle_take_number(mcnn_pickle *p, unsigned bytes, uint64_t *number);

/* Memory in the blocks; NULL with the message set. */
void *mcnn_pickle_memory(mcnn_pickle *p, size_t size_bytes);
mnistcnn_status mcnn_pickle_new(mcnn_pickle *p, enum mcnn_pickle_kind kind,
                                mcnn_pickle_value **value);
mnistcnn_status mcnn_pickle_append(mcnn_pickle *p, mcnn_pickle_value *value,
                                   mcnn_pickle_value *const *items, size_t count);

mnistcnn_status mcnn_pickle_push(mcnn_pickle *p, mcnn_pickle_value *value);
/* Not below the last mark. */
mnistcnn_status mcnn_pickle_pop(mcnn_pickle *p, mcnn_pickle_value **value);
/* The value on top, which stays. */
mnistcnn_status mcnn_pickle_top(mcnn_pickle *p, mcnn_pickle_value **value);
/* All values above the last mark, which is removed with them; they stay in the stack's memory until
 * something is pushed. */
mnistcnn_status mcnn_pickle_pop_mark(mcnn_pickle *p, mcnn_pickle_value ***items, size_t *count);
mnistcnn_status mcnn_pickle_set_mark(mcnn_pickle *p);

/* The value on top becomes an entry of the memo; an entry is pushed. */
mnistcnn_status mcnn_pickle_remember(mcnn_pickle *p, uint64_t index);
mnistcnn_status mcnn_pickle_recall(mcnn_pickle *p, uint64_t index);

#endif
