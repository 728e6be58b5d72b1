/* The run through a pickle: from one opcode to the next. */
#include "exchange/pickle/machine.h"

#include "base/status.h"

enum { STOP = '.', PROTO = 0x80, FRAME = 0x95, HIGHEST_PROTOCOL = 5 };

/* BINPUT, LONG_BINPUT, MEMOIZE; BINGET, LONG_BINGET. */
static mnistcnn_status use_memo(mcnn_pickle *p, unsigned char opcode) {
  uint64_t index = p->memo_count;
  mnistcnn_status status = MNISTCNN_OK;
  if (opcode != 0x94)
    status = mcnn_pickle_take_number(p, opcode == 'r' || opcode == 'j' ? 4 : 1, &index);
  if (status != MNISTCNN_OK)
    return status;
  return opcode == 'h' || opcode == 'j' ? mcnn_pickle_recall(p, index)
                                        : mcnn_pickle_remember(p, index);
}

static int is_memo(unsigned char opcode) {
  return opcode == 'q' || opcode == 'r' || opcode == 0x94 || opcode == 'h' || opcode == 'j';
}

/* --- the run ---------------------------------------------------------------------------------- */

static const char *opcode_name(unsigned char opcode) {
  static const struct {
    unsigned char opcode;
    const char *name;
  } names[] = {{'i', "INST"},       {'o', "OBJ"},          {'P', "PERSID"},
               {0x82, "EXT1"},      {0x83, "EXT2"},        {0x84, "EXT4"},
               {0x92, "NEWOBJ_EX"}, {'I', "INT"},          {'L', "LONG"},
               {'F', "FLOAT"},      {'S', "STRING"},       {'V', "UNICODE"},
               {'p', "PUT"},        {'g', "GET"},          {'d', "DICT"},
               {'l', "LIST"},       {'0', "POP"},          {'1', "POP_MARK"},
               {'2', "DUP"},        {0x97, "NEXT_BUFFER"}, {0x98, "READONLY_BUFFER"}};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (names[i].opcode == opcode)
      return names[i].name;
  return "unknown";
}

static mnistcnn_status refuse_opcode(const mcnn_pickle *p, unsigned char opcode) {
  return mcnn_pickle_fail(p, MNISTCNN_UNSUPPORTED,
                          "the opcode 0x%02X (%s), which no state_dict needs; nothing was run",
                          opcode, opcode_name(opcode));
}

static mnistcnn_status execute(mcnn_pickle *p, unsigned char opcode) {
  const mcnn_pickle_fn groups[] = {mcnn_pickle_scalar(opcode), mcnn_pickle_container(opcode),
                                   mcnn_pickle_caller(opcode)};
  for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++)
    if (groups[i])
      return groups[i](p);
  return is_memo(opcode) ? use_memo(p, opcode) : refuse_opcode(p, opcode);
}

/* FRAME says how many bytes may be read at once, which is of no account in memory. */
static mnistcnn_status skip_frame(mcnn_pickle *p) {
  uint64_t length = 0;
  const mnistcnn_status status = mcnn_pickle_take_number(p, 8, &length);
  if (status == MNISTCNN_OK && length > p->size - p->at)
    return mcnn_pickle_fail(p, MNISTCNN_FORMAT, "it is cut off");
  return status;
}

static mnistcnn_status check_protocol(mcnn_pickle *p) {
  uint64_t protocol = 0;
  const mnistcnn_status status = mcnn_pickle_take_number(p, 1, &protocol);
  if (status == MNISTCNN_OK && (protocol < 2 || protocol > HIGHEST_PROTOCOL))
    return mcnn_pickle_fail(p, MNISTCNN_UNSUPPORTED, "protocol %u; 2 to %d are read",
                            (unsigned)protocol, HIGHEST_PROTOCOL);
  return status;
}

static mnistcnn_status finish(mcnn_pickle *p) {
  mnistcnn_status status = mcnn_pickle_pop(p, &p->root);
  if (status == MNISTCNN_OK && (p->depth > 0 || p->num_marks > 0))
    status = mcnn_pickle_fail(p, MNISTCNN_FORMAT, "more than one value is left at its end");
  return status;
}

static mnistcnn_status run(mcnn_pickle *p) {
  const unsigned char *byte = NULL;
  mnistcnn_status status = MNISTCNN_OK;
  while (status == MNISTCNN_OK) {
    p->opcode_at = p->at;
    status = mcnn_pickle_take(p, 1, &byte);
    if (status != MNISTCNN_OK)
      return status;
    if (*byte == STOP)
      return finish(p);
    status = *byte == PROTO   ? check_protocol(p)
             : *byte == FRAME ? skip_frame(p)
                              : execute(p, *byte);
  }
  return status;
}

mnistcnn_status mcnn_pickle_read(const void *data, size_t size_bytes, const char *label,
                                 const char *const *callables, const mcnn_alloc *alloc,
                                 mcnn_pickle **pickle) {
  *pickle = NULL;
  mcnn_pickle *const p = mcnn_alloc_zeroed(alloc, 1, sizeof *p);
  if (!p)
    return MNISTCNN_OUT_OF_MEMORY;
  p->alloc = *alloc;
  p->label = label;
  p->callables = callables;
  p->data = data;
  p->size = size_bytes;
  const mnistcnn_status status = run(p);
  if (status == MNISTCNN_OK)
    *pickle = p;
  else
    mcnn_pickle_free(p);
  return status;
}

void mcnn_pickle_free(mcnn_pickle *pickle) {
  if (!pickle)
    return;
  const mcnn_alloc alloc = pickle->alloc;
  for (mcnn_pickle_block *block = pickle->blocks; block;) {
    mcnn_pickle_block *const next = block->next;
    mcnn_free(&alloc, block);
    block = next;
  }
  mcnn_free(&alloc, pickle->stack);
  mcnn_free(&alloc, pickle->memo);
  mcnn_free(&alloc, pickle->marks);
  mcnn_free(&alloc, pickle);
}

const mcnn_pickle_value *mcnn_pickle_root(const mcnn_pickle *pickle) {
  return pickle->root;
}

size_t mcnn_pickle_used_bytes(const mcnn_pickle *pickle) {
  return pickle->at;
}

const mcnn_pickle_value *mcnn_pickle_first_name(const mcnn_pickle *pickle) {
  return pickle->names;
}

const mcnn_pickle_value *mcnn_pickle_first_persistent(const mcnn_pickle *pickle) {
  return pickle->persistents;
}
