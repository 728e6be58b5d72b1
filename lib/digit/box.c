#include "digit/box.h"

uint32_t mcnn_box_height(const mcnn_box *box) {
  return box->bottom - box->top + 1;
}

uint32_t mcnn_box_width(const mcnn_box *box) {
  return box->right - box->left + 1;
}

uint32_t mcnn_box_size(const mcnn_box *box) {
  const uint32_t height = mcnn_box_height(box), width = mcnn_box_width(box);

  return height > width ? height : width;
}

static uint32_t least(uint32_t a, uint32_t b) {
  return a < b ? a : b;
}

static uint32_t greatest(uint32_t a, uint32_t b) {
  return a > b ? a : b;
}

mcnn_box mcnn_box_union(const mcnn_box *a, const mcnn_box *b) {
  return (mcnn_box){least(a->top, b->top), least(a->left, b->left), greatest(a->bottom, b->bottom),
                    greatest(a->right, b->right)};
}

static uint32_t between(uint32_t first_end, uint32_t second_start) {
  return second_start > first_end + 1 ? second_start - first_end - 1 : 0;
}

uint32_t mcnn_box_gap(const mcnn_box *a, const mcnn_box *b) {
  const uint32_t rows = greatest(between(a->bottom, b->top), between(b->bottom, a->top));
  const uint32_t columns = greatest(between(a->right, b->left), between(b->right, a->left));

  return greatest(rows, columns);
}

int mcnn_box_contains(const mcnn_box *outer, const mcnn_box *inner, uint32_t margin) {
  return inner->top > outer->top + margin && inner->left > outer->left + margin &&
         inner->bottom + margin < outer->bottom && inner->right + margin < outer->right;
}

int64_t mcnn_box_overlap(uint32_t a_first, uint32_t a_last, uint32_t b_first, uint32_t b_last) {
  const int64_t first = a_first > b_first ? a_first : b_first;
  const int64_t last = a_last < b_last ? a_last : b_last;

  return last - first + 1;
}
