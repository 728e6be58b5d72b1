/* The order in which Keras has the layers of a functional model, whatever the configuration says:
 * weights are read in it. By their distance from the output, and of equal ones in the order in
 * which they are found from there. */
#include "exchange/keras/layers_out.h"

#include <string.h>

enum { MAX = MCNN_KERAS_MAX_OUT };
#define NOT_FOUND UINT32_MAX

typedef struct ordering {
  mcnn_keras_out_list *list;
  uint32_t depth[MAX]; /* the longest way to the output */
  uint32_t found[MAX]; /* when it was found */
  uint32_t stack[2 * MAX];
  uint32_t place[MAX]; /* old to new */
  mcnn_keras_out_layer sorted[MAX];
} ordering;

/* Layers stand behind what they read. */
static void find_depths(ordering *o) {
  for (uint32_t i = o->list->count; i-- > 0;) {
    const mcnn_keras_out_layer *const l = &o->list->layers[i];
    for (uint32_t j = 0; j < l->num_inputs; j++)
      if (o->depth[l->inputs[j]] < o->depth[i] + 1)
        o->depth[l->inputs[j]] = o->depth[i] + 1;
  }
}

static void find_layers(ordering *o) {
  uint32_t depth = 0, count = 0;
  for (uint32_t i = 0; i < o->list->count; i++)
    o->found[i] = NOT_FOUND;
  o->stack[depth++] = o->list->count - 1;
  while (depth > 0) {
    const uint32_t at = o->stack[--depth];
    const mcnn_keras_out_layer *const l = &o->list->layers[at];
    if (o->found[at] != NOT_FOUND)
      continue;
    o->found[at] = count++;
    for (uint32_t j = l->num_inputs; j-- > 0;)
      o->stack[depth++] = l->inputs[j];
  }
}

static int is_before(const ordering *o, uint32_t a, uint32_t b) {
  return o->depth[a] != o->depth[b] ? o->depth[a] > o->depth[b] : o->found[a] < o->found[b];
}

static void sort_layers(ordering *o) {
  const uint32_t count = o->list->count;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t before = 0;
    for (uint32_t j = 0; j < count; j++)
      before += j != i && is_before(o, j, i) ? 1 : 0;
    o->place[i] = before;
    o->sorted[before] = o->list->layers[i];
  }
  for (uint32_t i = 0; i < count; i++) {
    mcnn_keras_out_layer *const l = &o->sorted[i];
    for (uint32_t j = 0; j < l->num_inputs; j++)
      l->inputs[j] = o->place[l->inputs[j]];
    o->list->layers[i] = *l;
  }
}

mnistcnn_status mcnn_keras_sort_layers(mcnn_keras_out_list *list, const mcnn_alloc *alloc) {
  if (list->is_chain)
    return MNISTCNN_OK;
  ordering *const o = mcnn_alloc_zeroed(alloc, 1, sizeof *o);
  if (!o)
    return MNISTCNN_OUT_OF_MEMORY;
  o->list = list;
  find_depths(o);
  find_layers(o);
  sort_layers(o);
  mcnn_free(alloc, o);
  return MNISTCNN_OK;
}
