#include "exchange/torch/chain.h"

#include <stdio.h>
#include <string.h>

/* --- names ------------------------------------------------------------------------------------ */

static int same_parent(const char *a, const char *b) {
  const size_t length = mcnn_torch_parent(a);
  return length == mcnn_torch_parent(b) && memcmp(a, b, length) == 0;
}

/* The number at the end of "conv2" or in "conv2_bn"; -1 where there is none, or nothing else. */
static int label_number(const char *name) {
  const char *own = name + mcnn_torch_parent(name);
  uint32_t position;
  if (mcnn_torch_position(name, &position))
    return -1;
  own += strcspn(own, "0123456789");
  int number = *own ? 0 : -1;
  for (; *own >= '0' && *own <= '9' && number < 100000; own++)
    number = number * 10 + (*own - '0');
  return number;
}

/* Additions are not in a state_dict, but their names may tell of them. */
static int tells_of_additions(const mcnn_torch_layers *layers) {
  static const char *const words[] = {"resid", "shortcut", "downsample", "skip", "identity"};
  for (size_t i = 0; i < layers->count; i++)
    for (size_t j = 0; j < sizeof words / sizeof words[0]; j++)
      if (strstr(layers->layers[i].name, words[j]))
        return 1;
  return 0;
}

/* --- convolutions and linear layers ----------------------------------------------------------- */

static int is_depthwise_of(const mcnn_torch_layer *layer, uint64_t channels) {
  return mcnn_torch_inputs(layer) == 1 && channels > 1 && mcnn_torch_outputs(layer) == channels;
}

/* Whether a layer can read so many channels, or the image where there is none before it. */
static int can_follow(const mcnn_torch_layer *layer, const mcnn_torch_layer *before) {
  const uint64_t inputs = mcnn_torch_inputs(layer);
  if (layer->kind == MCNN_TORCH_LINEAR)
    return !before || inputs == mcnn_torch_outputs(before);
  if (!before)
    return inputs == 1 || inputs == 3;
  const uint64_t channels = mcnn_torch_outputs(before);
  return inputs == channels || is_depthwise_of(layer, channels) ||
         (inputs < channels && channels % inputs == 0 && inputs > 1 &&
          mcnn_torch_outputs(layer) % (channels / inputs) == 0);
}

static int is_in(const mcnn_torch_chain *chain, const mcnn_torch_layer *layer) {
  for (size_t i = 0; i < chain->count; i++)
    if (chain->blocks[i].kernel == layer)
      return 1;
  return 0;
}

static const mcnn_torch_layer *next_of_kind(const mcnn_torch_layers *layers,
                                            const mcnn_torch_chain *chain,
                                            enum mcnn_torch_kind kind,
                                            const mcnn_torch_layer *before) {
  for (size_t i = 0; i < layers->count; i++) {
    const mcnn_torch_layer *const layer = &layers->layers[i];
    if (layer->kind == kind && !is_in(chain, layer) && can_follow(layer, before))
      return layer;
  }
  return NULL;
}

static size_t count_kind(const mcnn_torch_layers *layers, enum mcnn_torch_kind kind) {
  size_t count = 0;
  for (size_t i = 0; i < layers->count; i++)
    count += layers->layers[i].kind == kind ? 1 : 0;
  return count;
}

static void add_block(mcnn_torch_chain *chain, const mcnn_torch_layer *layer,
                      const mcnn_torch_layer *before) {
  chain->blocks[chain->count++] =
      (mcnn_torch_block){.kernel = layer,
                         .is_depthwise = layer->kind == MCNN_TORCH_CONV && before &&
                                         is_depthwise_of(layer, mcnn_torch_outputs(before)),
                         .gap = -1,
                         .norm_gap = -1};
}

/* Each the first in the file that can read the one before it, from `first` on. */
static int chain_from(const mcnn_torch_layers *layers, enum mcnn_torch_kind kind,
                      const mcnn_torch_layer *first, mcnn_torch_chain *chain) {
  const size_t start = chain->count, wanted = start + count_kind(layers, kind);
  const mcnn_torch_layer *before = NULL;
  for (const mcnn_torch_layer *layer = first; layer;
       layer = next_of_kind(layers, chain, kind, before)) {
    add_block(chain, layer, before);
    before = layer;
  }
  if (chain->count == wanted)
    return 1;
  chain->count = start;
  return 0;
}

static int chain_kind(const mcnn_torch_layers *layers, enum mcnn_torch_kind kind,
                      mcnn_torch_chain *chain) {
  if (count_kind(layers, kind) == 0)
    return 1;
  for (size_t i = 0; i < layers->count; i++) {
    const mcnn_torch_layer *const layer = &layers->layers[i];
    if (layer->kind == kind && can_follow(layer, NULL) && chain_from(layers, kind, layer, chain))
      return 1;
  }
  return 0;
}

/* --- normalisations --------------------------------------------------------------------------- */

static mcnn_torch_block *block_of(mcnn_torch_chain *chain, const mcnn_torch_layer *norm,
                                  int (*belongs)(const mcnn_torch_layer *norm,
                                                 const mcnn_torch_layer *kernel)) {
  mcnn_torch_block *found = NULL;
  for (size_t i = 0; i < chain->count; i++) {
    mcnn_torch_block *const block = &chain->blocks[i];
    if (block->norm || mcnn_torch_outputs(block->kernel) != mcnn_torch_outputs(norm) ||
        !belongs(norm, block->kernel))
      continue;
    if (found)
      return NULL;
    found = block;
  }
  return found;
}

/* "bn2" of "conv2" */
static int has_same_number(const mcnn_torch_layer *norm, const mcnn_torch_layer *kernel) {
  return same_parent(norm->name, kernel->name) && label_number(norm->name) >= 0 &&
         label_number(norm->name) == label_number(kernel->name) &&
         (kernel->kind == MCNN_TORCH_CONV || strstr(norm->name, "fc"));
}

static int is_directly_behind(const mcnn_torch_layer *norm, const mcnn_torch_layer *kernel) {
  return norm == kernel + 1;
}

static int has_same_parent(const mcnn_torch_layer *norm, const mcnn_torch_layer *kernel) {
  return mcnn_torch_parent(norm->name) > 0 && same_parent(norm->name, kernel->name);
}

static int has_same_size(const mcnn_torch_layer *norm, const mcnn_torch_layer *kernel) {
  (void)norm;
  (void)kernel;
  return 1;
}

static mcnn_torch_block *find_block(const mcnn_torch_layers *layers, mcnn_torch_chain *chain,
                                    const mcnn_torch_layer *norm) {
  uint32_t position;
  const mcnn_torch_layer *const end = layers->layers + layers->count;
  /* Where all normalisations come after all convolutions, their places tell nothing. */
  const int is_alone = norm + 1 == end || norm[1].kind != MCNN_TORCH_NORM;
  mcnn_torch_block *block = block_of(chain, norm, has_same_number);
  if (!block && is_alone && (!layers->is_sorted || mcnn_torch_position(norm->name, &position)))
    block = block_of(chain, norm, is_directly_behind);
  if (!block)
    block = block_of(chain, norm, has_same_parent);
  return block ? block : block_of(chain, norm, has_same_size);
}

/* --- what the statistics tell ----------------------------------------------------------------- */

typedef struct norm_facts {
  int has_negative_mean, has_offset;
} norm_facts;

static mnistcnn_status read_facts(const mcnn_torch_layers *layers, const mcnn_torch_layer *norm,
                                  norm_facts *facts) {
  const mcnn_torch_tensor *const tensors[2] = {norm->mean, norm->bias};
  const size_t count = (size_t)mcnn_torch_outputs(norm);
  float *const values = mcnn_alloc_array(layers->alloc, count, sizeof *values);
  mnistcnn_status status = values ? MNISTCNN_OK : MNISTCNN_OUT_OF_MEMORY;
  *facts = (norm_facts){0, 0};
  for (int t = 0; t < 2 && status == MNISTCNN_OK; t++) {
    if (!tensors[t])
      continue;
    status = mcnn_torch_read(tensors[t], layers->label, values);
    for (size_t i = 0; i < count && status == MNISTCNN_OK; i++) {
      facts->has_negative_mean |= t == 0 && values[i] < 0;
      facts->has_offset |= t == 1 && values[i] != 0;
    }
  }
  mcnn_free(layers->alloc, values);
  return status;
}

/* A few channels may all be positive by chance. */
enum { MIN_CHANNELS = 16 };

typedef struct norm_survey {
  int any_negative, any_offset;
  uint64_t channels;
} norm_survey;

static mnistcnn_status survey_norms(const mcnn_torch_layers *layers, norm_survey *survey) {
  mnistcnn_status status = MNISTCNN_OK;
  *survey = (norm_survey){0, 0, 0};
  for (size_t i = 0; i < layers->count && status == MNISTCNN_OK; i++) {
    norm_facts facts;
    if (layers->layers[i].kind != MCNN_TORCH_NORM)
      continue;
    status = read_facts(layers, &layers->layers[i], &facts);
    survey->any_negative |= facts.has_negative_mean;
    survey->any_offset |= facts.has_offset;
    survey->channels += mcnn_torch_outputs(&layers->layers[i]);
  }
  return status;
}

static mnistcnn_status note_unused(const mcnn_torch_layers *layers, const mcnn_torch_layer *norm,
                                   mcnn_strings *notes) {
  char text[MCNN_TORCH_MAX_NAME + 96];
  (void)snprintf(text, sizeof text,
                 "%s is left out: its offsets are still 0, so training has not used it",
                 norm->name);
  return mcnn_strings_add(notes, layers->alloc, "", text);
}

/* Training changes the offset of what is used, and the means of what stands behind a ReLU are not
 * negative. */
static mnistcnn_status attach_norms(const mcnn_torch_layers *layers, mcnn_strings *notes,
                                    mcnn_torch_chain *chain, int *found) {
  norm_survey survey;
  mnistcnn_status status = survey_norms(layers, &survey);
  for (size_t i = 0; i < layers->count && status == MNISTCNN_OK && *found; i++) {
    const mcnn_torch_layer *const norm = &layers->layers[i];
    norm_facts facts;
    if (norm->kind != MCNN_TORCH_NORM)
      continue;
    status = read_facts(layers, norm, &facts);
    if (status != MNISTCNN_OK)
      return status;
    if (norm->bias && !facts.has_offset && survey.any_offset) {
      status = note_unused(layers, norm, notes);
      continue;
    }
    mcnn_torch_block *const block = find_block(layers, chain, norm);
    *found = block ? 1 : 0;
    if (!block)
      continue;
    block->norm = norm;
    block->norm_behind_relu =
        !survey.any_negative && survey.any_offset && survey.channels >= MIN_CHANNELS;
  }
  return status;
}

/* --- positions in a Sequential ---------------------------------------------------------------- */

/* Layers between two of the same Sequential; -1 where they are not. */
static int count_between(const mcnn_torch_layer *a, const mcnn_torch_layer *b) {
  uint32_t first, second;
  if (!same_parent(a->name, b->name) || !mcnn_torch_position(a->name, &first) ||
      !mcnn_torch_position(b->name, &second) || second <= first)
    return -1;
  return (int)(second - first - 1);
}

static void find_gaps(mcnn_torch_chain *chain) {
  for (size_t i = 0; i < chain->count; i++) {
    mcnn_torch_block *const block = &chain->blocks[i];
    const mcnn_torch_layer *const last = block->norm ? block->norm : block->kernel;
    if (block->norm)
      block->norm_gap = count_between(block->kernel, block->norm);
    if (block->norm_gap >= 0)
      block->norm_behind_relu = block->norm_gap > 0;
    if (i + 1 < chain->count)
      block->gap = count_between(last, chain->blocks[i + 1].kernel);
  }
}

mnistcnn_status mcnn_torch_find_chain(const mcnn_torch_layers *layers, mcnn_strings *notes,
                                      mcnn_torch_chain *chain, int *found) {
  memset(chain, 0, sizeof *chain);
  *found = 0;
  if (count_kind(layers, MCNN_TORCH_CONV) > MCNN_TORCH_MAX_CONVS ||
      layers->count > MCNN_TORCH_MAX_BLOCKS || tells_of_additions(layers) ||
      !chain_kind(layers, MCNN_TORCH_CONV, chain))
    return MNISTCNN_OK;
  chain->num_convs = chain->count;
  if (!chain_kind(layers, MCNN_TORCH_LINEAR, chain) || chain->count == 0)
    return MNISTCNN_OK;
  *found = 1;
  const mnistcnn_status status = attach_norms(layers, notes, chain, found);
  find_gaps(chain);
  return status;
}
