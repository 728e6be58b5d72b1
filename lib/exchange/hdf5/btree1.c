#include "exchange/hdf5/btree1.h"

enum { MAX_LEVEL = 40, ANY_LEVEL = MAX_LEVEL + 1 };

typedef struct tree_walk {
  const mcnn_h5_place *place;
  enum mcnn_h5_btree1_type type;
  unsigned key_bytes;
  mcnn_h5_btree1_fn visit;
  mcnn_h5_btree1_key_fn check_key;
  void *context;
} tree_walk;

static mnistcnn_status walk_node(const tree_walk *walk, uint64_t address, unsigned level);

static mnistcnn_status pass_key(const tree_walk *walk, mcnn_h5_cursor key, int is_end) {
  return walk->check_key ? walk->check_key(walk->context, key, is_end) : MNISTCNN_OK;
}

static mnistcnn_status walk_child(const tree_walk *walk, mcnn_h5_cursor key, uint64_t child,
                                  unsigned level) {
  if (level == 0)
    return walk->visit(walk->context, key, child);
  const mnistcnn_status status = pass_key(walk, key, 0);
  return status == MNISTCNN_OK ? walk_node(walk, child, level - 1) : status;
}

/* `level` is that of the node, ANY_LEVEL in the root. It falls with each step down, so that this
 * ends. */
static mnistcnn_status walk_node(const tree_walk *walk, uint64_t address, unsigned level) {
  const mcnn_h5_place *const place = walk->place;
  const unsigned offset_bytes = place->file->offset_bytes;
  const unsigned prefix = 8 + 2 * offset_bytes;
  mcnn_h5_cursor cursor;

  mnistcnn_status status = mcnn_h5_at(place, address, prefix, "a B-tree", &cursor);
  if (status != MNISTCNN_OK)
    return status;
  if (!mcnn_h5_signature(&cursor, "TREE") || mcnn_h5_number(&cursor, 1) != walk->type)
    return mcnn_h5_damaged(place, "there is no B-tree where one should be");
  const unsigned own_level = (unsigned)mcnn_h5_number(&cursor, 1);
  const unsigned entries = (unsigned)mcnn_h5_number(&cursor, 2);
  if (own_level > MAX_LEVEL || (level != ANY_LEVEL && own_level != level))
    return mcnn_h5_damaged(place, "the levels of a B-tree are wrong");
  /* There is a key behind the last entry. */
  const uint64_t body = (uint64_t)entries * (walk->key_bytes + offset_bytes) +
                        (walk->check_key ? walk->key_bytes : 0);
  status = mcnn_h5_at(place, address + prefix, body, "a B-tree", &cursor);
  for (unsigned i = 0; i < entries && status == MNISTCNN_OK; i++) {
    const mcnn_h5_cursor key = mcnn_h5_cursor_over(cursor.at, walk->key_bytes);
    mcnn_h5_take(&cursor, walk->key_bytes);
    const uint64_t child = mcnn_h5_address(place->file, &cursor);
    status = walk_child(walk, key, child, own_level);
  }
  return status == MNISTCNN_OK ? pass_key(walk, cursor, own_level == 0 && entries > 0) : status;
}

mnistcnn_status mcnn_h5_walk_btree1(const mcnn_h5_place *place, uint64_t address,
                                    enum mcnn_h5_btree1_type type, unsigned key_bytes,
                                    mcnn_h5_btree1_fn visit, mcnn_h5_btree1_key_fn check_key,
                                    void *context) {
  const tree_walk walk = {place, type, key_bytes, visit, check_key, context};

  return walk_node(&walk, address, ANY_LEVEL);
}
