#include "exchange/hdf5/btree2.h"

#include "exchange/hdf5/checksum.h"

#include "base/cost.h"

enum { MAX_DEPTH = 20, NODE_PREFIX = 6, NODE_OVERHEAD = 10, CHECKSUM_BYTES = 4 };

typedef struct tree {
  const mcnn_h5_place *place;
  enum mcnn_h5_btree2_type type;
  uint64_t node_bytes;
  unsigned record_bytes;
  unsigned count_bytes;                /* of the number of records in a child */
  unsigned total_bytes[MAX_DEPTH + 1]; /* of the number of records below a child of this depth */
  mcnn_h5_btree2_fn visit;
  void *context;
} tree;

/* The same arithmetic as libhdf5's: how many records fit decides how wide their numbers are. */
static mnistcnn_status compute_widths(tree *t, unsigned depth) {
  const unsigned offset_bytes = t->place->file->offset_bytes;
  uint64_t total = (t->node_bytes - NODE_OVERHEAD) / t->record_bytes;

  t->count_bytes = mcnn_h5_bytes_for(total);
  for (unsigned d = 1; d <= depth; d++) {
    const unsigned pointer = offset_bytes + t->count_bytes + t->total_bytes[d - 1];
    if (t->node_bytes < NODE_OVERHEAD + pointer + t->record_bytes)
      return mcnn_h5_damaged(t->place, "the nodes of a B-tree are too small");
    const uint64_t most = (t->node_bytes - NODE_OVERHEAD - pointer) / (t->record_bytes + pointer);
    total = mcnn_saturating_add(mcnn_saturating_mul(most + 1, total), most);
    t->total_bytes[d] = mcnn_h5_bytes_for(total);
  }
  return MNISTCNN_OK;
}

/* Opens a node of `body` bytes behind its prefix, and checks what can be checked. */
static mnistcnn_status open_node(const tree *t, uint64_t address, const char *signature,
                                 uint64_t body, mcnn_h5_cursor *cursor) {
  if (body > t->node_bytes)
    return mcnn_h5_damaged(t->place, "a node of a B-tree has more records than fit into it");
  const mnistcnn_status status =
      mcnn_h5_at(t->place, address, NODE_PREFIX + body + CHECKSUM_BYTES, "a B-tree", cursor);
  if (status != MNISTCNN_OK)
    return status;
  const unsigned char *const start = cursor->at;
  if (!mcnn_h5_signature(cursor, signature) || mcnn_h5_number(cursor, 1) != 0 ||
      mcnn_h5_number(cursor, 1) != t->type)
    return mcnn_h5_damaged(t->place, "there is no B-tree where one should be");
  mcnn_h5_cursor sum = mcnn_h5_cursor_over(start + NODE_PREFIX + body, CHECKSUM_BYTES);
  if (!mcnn_h5_sums_agree(mcnn_h5_number(&sum, CHECKSUM_BYTES),
                          mcnn_h5_lookup3(start, NODE_PREFIX + (size_t)body)))
    return mcnn_h5_damaged(t->place, "the checksum of a B-tree is wrong");
  return MNISTCNN_OK;
}

static mnistcnn_status visit_record(const tree *t, mcnn_h5_cursor *cursor) {
  const unsigned char *const record = mcnn_h5_take(cursor, t->record_bytes);

  if (!record)
    return mcnn_h5_damaged(t->place, "a record of a B-tree is missing");
  return t->visit(t->context, mcnn_h5_cursor_over(record, t->record_bytes));
}

static mnistcnn_status walk_node(const tree *t, uint64_t address, uint64_t records,
                                 unsigned depth) {
  const unsigned pointer =
      depth == 0 ? 0 : t->place->file->offset_bytes + t->count_bytes + t->total_bytes[depth - 1];
  mcnn_h5_cursor cursor, children;

  if (records > t->node_bytes)
    return mcnn_h5_damaged(t->place, "a node of a B-tree has more records than fit into it");
  const uint64_t record_area = records * t->record_bytes;
  mnistcnn_status status =
      open_node(t, address, depth == 0 ? "BTLF" : "BTIN",
                record_area + (depth == 0 ? 0 : (records + 1) * pointer), &cursor);
  if (status != MNISTCNN_OK)
    return status;
  children = cursor;
  mcnn_h5_take(&children, record_area);
  for (uint64_t i = 0; i <= records && status == MNISTCNN_OK; i++) {
    if (depth > 0) {
      const uint64_t child = mcnn_h5_address(t->place->file, &children);
      const uint64_t count = mcnn_h5_number(&children, t->count_bytes);
      (void)mcnn_h5_number(&children, t->total_bytes[depth - 1]);
      status = walk_node(t, child, count, depth - 1);
    }
    if (i < records && status == MNISTCNN_OK)
      status = visit_record(t, &cursor);
  }
  return status;
}

mnistcnn_status mcnn_h5_walk_btree2(const mcnn_h5_place *place, uint64_t address,
                                    enum mcnn_h5_btree2_type type, unsigned record_bytes,
                                    mcnn_h5_btree2_fn visit, void *context) {
  const mcnn_h5 *const file = place->file;
  const unsigned checked = 18 + file->offset_bytes + file->length_bytes;
  tree t = {.place = place, .type = type, .visit = visit, .context = context};
  mcnn_h5_cursor cursor;

  mnistcnn_status status =
      mcnn_h5_at(place, address, checked + CHECKSUM_BYTES, "a B-tree", &cursor);
  if (status != MNISTCNN_OK)
    return status;
  const unsigned char *const start = cursor.at;
  if (!mcnn_h5_signature(&cursor, "BTHD") || mcnn_h5_number(&cursor, 1) != 0 ||
      mcnn_h5_number(&cursor, 1) != type)
    return mcnn_h5_damaged(place, "there is no B-tree where one should be");
  t.node_bytes = mcnn_h5_number(&cursor, 4);
  t.record_bytes = (unsigned)mcnn_h5_number(&cursor, 2);
  const unsigned depth = (unsigned)mcnn_h5_number(&cursor, 2);
  mcnn_h5_take(&cursor, 2); /* percentages of splitting and merging */
  const uint64_t root = mcnn_h5_address(file, &cursor);
  const uint64_t root_records = mcnn_h5_number(&cursor, 2);
  (void)mcnn_h5_length(file, &cursor); /* records in all */
  if (!mcnn_h5_sums_agree(mcnn_h5_number(&cursor, CHECKSUM_BYTES), mcnn_h5_lookup3(start, checked)))
    return mcnn_h5_damaged(place, "the checksum of a B-tree is wrong");
  if (t.record_bytes < record_bytes || depth > MAX_DEPTH ||
      t.node_bytes < NODE_OVERHEAD + (uint64_t)t.record_bytes)
    return mcnn_h5_damaged(place, "the sizes of a B-tree are wrong");
  if (root == UINT64_MAX || root_records == 0) /* empty */
    return MNISTCNN_OK;
  status = compute_widths(&t, depth);
  return status == MNISTCNN_OK ? walk_node(&t, root, root_records, depth) : status;
}
