/* What a dataset and its subsets share: pixels, labels, names. */
#include "data/dataset.h"

#include <assert.h>
#include <string.h>

mcnn_store *mcnn_store_create(const mcnn_alloc *alloc) {
  mcnn_store *const store = mcnn_alloc_zeroed(alloc, 1, sizeof *store);

  if (store) {
    store->alloc = *alloc;
    atomic_init(&store->references, 1);
  }
  return store;
}

mnistcnn_status mcnn_store_reserve_pixels(mcnn_store *store, uint8_t **pixels) {
  store->memory = mcnn_alloc_array(&store->alloc, store->count, store->image_bytes);
  store->pixels = store->memory;
  *pixels = store->memory;
  return store->memory ? MNISTCNN_OK : MNISTCNN_OUT_OF_MEMORY;
}

mnistcnn_status mcnn_store_reserve_labels(mcnn_store *store) {
  store->labels = mcnn_alloc_zeroed(&store->alloc, store->count, sizeof *store->labels);
  return store->labels ? MNISTCNN_OK : MNISTCNN_OUT_OF_MEMORY;
}

mnistcnn_status mcnn_store_index_names(mcnn_store *store) {
  const size_t count = store->class_texts.count;

  store->class_names = mcnn_alloc_array(&store->alloc, count, sizeof *store->class_names);
  if (!store->class_names)
    return MNISTCNN_OUT_OF_MEMORY;
  for (size_t i = 0; i < count; i++)
    store->class_names[i] = mcnn_strings_at(&store->class_texts, i);
  return MNISTCNN_OK;
}

void mcnn_store_keep(mcnn_store *store, const unsigned char *valid) {
  uint8_t *const pixels = store->memory;
  const size_t bytes = store->image_bytes;
  const int has_paths = store->paths.count > 0;
  size_t kept = 0;

  assert(store->pixels == pixels);
  for (size_t i = 0; i < store->count; i++) {
    if (!valid[i])
      continue;
    if (kept < i) {
      memcpy(pixels + kept * bytes, pixels + i * bytes, bytes);
      store->labels[kept] = store->labels[i];
      if (has_paths)
        store->paths.offsets[kept] = store->paths.offsets[i];
    }
    kept++;
  }
  store->count = kept;
  if (has_paths)
    store->paths.count = kept;
}

void mcnn_store_release(mcnn_store *store) {
  if (!store || atomic_fetch_sub_explicit(&store->references, 1, memory_order_acq_rel) != 1)
    return;
  const mcnn_alloc alloc = store->alloc;
  mcnn_free(&alloc, store->memory);
  mcnn_free(&alloc, store->labels);
  mcnn_free(&alloc, store->class_names);
  mcnn_strings_free(&store->class_texts, &alloc);
  mcnn_strings_free(&store->paths, &alloc);
  mcnn_free(&alloc, store);
}
