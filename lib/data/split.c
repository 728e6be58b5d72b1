/* Stratified splits: what goes to the second dataset is drawn class by class, each from a random
 * stream of its own. */
#include "data/dataset.h"

#include "base/rng.h"
#include "base/status.h"

#include <math.h>

typedef struct splitter {
  const mnistcnn_dataset *dataset;
  double fraction;
  uint64_t seed;
  size_t *members;      /* the images of one class */
  uint32_t *order;      /* a random order of them */
  unsigned char *taken; /* [count] 1: goes to the second dataset */
  size_t counts[2];     /* images of each dataset */
} splitter;

/* round(fraction * count), but of two or more images at least one on either side. */
static size_t size_for_class(double fraction, size_t count) {
  const size_t size = (size_t)floor(fraction * (double)count + 0.5);

  if (count < 2)
    return size;
  return size < 1 ? 1 : size > count - 1 ? count - 1 : size;
}

static void split_class(splitter *s, uint32_t label) {
  size_t count = 0;

  for (size_t i = 0; i < s->dataset->count; i++)
    if (mcnn_dataset_label(s->dataset, i) == label)
      s->members[count++] = i;
  mcnn_rng rng = mcnn_rng_stream(s->seed, MCNN_RNG_SPLIT, label, 0);
  mcnn_rng_permutation(&rng, s->order, count);
  const size_t size = size_for_class(s->fraction, count);
  for (size_t i = 0; i < size; i++)
    s->taken[s->members[s->order[i]]] = 1;
  s->counts[1] += size;
  s->counts[0] += count - size;
}

/* The images marked `which`, in the dataset's order. */
static mnistcnn_status create_one(splitter *s, unsigned char which, mnistcnn_dataset **dataset) {
  size_t count = 0;

  for (size_t i = 0; i < s->dataset->count; i++)
    if (s->taken[i] == which)
      s->members[count++] = i;
  return mcnn_dataset_subset(s->dataset, s->members, count, dataset);
}

static mnistcnn_status create_both(splitter *s, mnistcnn_dataset **first,
                                   mnistcnn_dataset **second) {
  mnistcnn_dataset *both[2] = {NULL, NULL};

  if (s->counts[0] == 0 || s->counts[1] == 0) {
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT,
                     "fraction: would leave one of the two datasets without any of the %zu images",
                     s->dataset->count);
  }
  mnistcnn_status status = create_one(s, 0, &both[0]);
  if (status == MNISTCNN_OK)
    status = create_one(s, 1, &both[1]);
  if (status != MNISTCNN_OK) {
    mcnn_dataset_free(both[0]);
    return status;
  }
  *first = both[0];
  *second = both[1];
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_dataset_split(const mnistcnn_dataset *dataset, double fraction, uint64_t seed,
                                   mnistcnn_dataset **first, mnistcnn_dataset **second) {
  const mcnn_alloc *const alloc = &dataset->alloc;
  splitter s = {.dataset = dataset, .fraction = fraction, .seed = seed};
  mnistcnn_status status = MNISTCNN_OUT_OF_MEMORY;

  if (!(fraction > 0.0 && fraction < 1.0))
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "fraction: must be above 0 and below 1");
  s.members = mcnn_alloc_array(alloc, dataset->count, sizeof *s.members);
  s.order = mcnn_alloc_array(alloc, dataset->count, sizeof *s.order);
  s.taken = mcnn_alloc_zeroed(alloc, dataset->count, sizeof *s.taken);
  if (s.members && s.order && s.taken) {
    for (uint32_t label = 0; label < mcnn_dataset_num_classes(dataset); label++)
      split_class(&s, label);
    split_class(&s, MCNN_NO_CLASS);
    status = create_both(&s, first, second);
  }
  mcnn_free(alloc, s.members);
  mcnn_free(alloc, s.order);
  mcnn_free(alloc, s.taken);
  return status;
}
