#include "exchange/torch/guess.h"

#include "exchange/torch/chain.h"

#include <stdio.h>
#include <string.h>

/* Which convolutions are padded, and behind which a pooling follows: bit i is of convolution i. */
typedef struct choice {
  unsigned same, pools;
} choice;

typedef struct guesser {
  const mcnn_torch_chain *chain;
  mcnn_torch_guess *guess;
  uint32_t height, width, channels;
  uint64_t rows;   /* of the first linear layer; 0: there is none */
  int is_global;   /* a global pooling stands before it */
  int pools_first; /* a pooling stands before the first convolution */
  size_t found;    /* also those for which there is no room */
} guesser;

/* --- sizes ------------------------------------------------------------------------------------ */

void mcnn_torch_sides(uint32_t channels, uint32_t sides[MCNN_TORCH_NUM_SIDES]) {
  /* MNIST and CIFAR */
  sides[0] = channels == 3 ? 32 : 28;
  sides[1] = channels == 3 ? 28 : 32;
}

/* By its place the first convolution reads the image. Where the order is another one, it may be
 * anywhere, and depthwise ones read one channel too. */
uint32_t mcnn_torch_image_channels(const mcnn_torch_layers *layers) {
  uint32_t channels = 0;
  for (size_t i = 0; i < layers->count; i++) {
    const mcnn_torch_layer *const layer = &layers->layers[i];
    if (layer->kind != MCNN_TORCH_CONV)
      continue;
    const uint64_t inputs = mcnn_torch_inputs(layer);
    if (inputs != 1 && inputs != 3)
      continue;
    if (channels == 0 || inputs == 3)
      channels = (uint32_t)inputs;
    if (!layers->is_sorted)
      break;
  }
  return channels;
}

static uint32_t side_of(uint32_t length) {
  uint32_t side = 0;
  while ((uint64_t)(side + 1) * (side + 1) <= length)
    side++;
  return side * side == length ? side : 0;
}

void mcnn_torch_vector_image(uint32_t length, uint32_t size[3]) {
  enum { SMALLEST_COLOUR = 8 };
  const uint32_t gray = side_of(length), colour = length % 3 == 0 ? side_of(length / 3) : 0;
  size[0] = gray > 0 ? gray : colour >= SMALLEST_COLOUR ? colour : 1;
  size[1] = gray > 0 ? gray : colour >= SMALLEST_COLOUR ? colour : length;
  size[2] = gray == 0 && colour >= SMALLEST_COLOUR ? 3 : 1;
}

/* --- what fits -------------------------------------------------------------------------------- */

static const uint64_t *window_of(const guesser *g, size_t conv) {
  return g->chain->blocks[conv].kernel->weight->shape + 2;
}

static int can_be_same(const guesser *g, size_t conv) {
  const uint64_t *const window = window_of(g, conv);
  return window[0] % 2 == 1 && window[1] % 2 == 1 && window[0] * window[1] > 1;
}

/* The numbers of a Sequential leave room for it. */
static int can_be_pooled(const guesser *g, size_t conv) {
  const mcnn_torch_block *const block = &g->chain->blocks[conv];
  const int is_behind = block->norm && block->norm_gap > 0;
  return block->gap < 0 || block->gap >= 2 ||
         (is_behind && (block->gap > 0 || block->norm_gap > 1));
}

static int has_relu(const mcnn_torch_block *block) {
  return block->gap != 0 || block->norm_gap > 0;
}

static int fits(const guesser *g, const choice *c) {
  const unsigned first = g->pools_first ? 2 : 1;
  uint64_t size[2] = {g->height / first, g->width / first};
  for (size_t i = 0; i < g->chain->num_convs; i++) {
    const uint64_t *const window = window_of(g, i);
    const int same = (c->same >> i) & 1u, pooled = (c->pools >> i) & 1u;
    for (int d = 0; d < 2; d++) {
      if (!same && window[d] > size[d])
        return 0;
      size[d] = (same ? size[d] : size[d] - window[d] + 1) / (pooled ? 2 : 1);
      if (size[d] == 0)
        return 0;
    }
  }
  if (g->is_global || g->rows == 0)
    return 1;
  const uint64_t channels = mcnn_torch_outputs(g->chain->blocks[g->chain->num_convs - 1].kernel);
  return size[0] * size[1] * channels == g->rows;
}

/* --- text ------------------------------------------------------------------------------------- */

static void append_norm(const mcnn_torch_block *block, mcnn_torch_text *text) {
  mcnn_torch_text_layer(text, "batchnorm%s%s", block->norm->weight ? "" : " noscale",
                        block->norm->bias ? "" : " nocenter");
}

/* The activation, and the normalisation before or behind it. */
static void append_rest(const mcnn_torch_block *block, int has_activation, mcnn_torch_text *text) {
  if (block->norm && !block->norm_behind_relu)
    append_norm(block, text);
  if (has_activation)
    mcnn_torch_text_append(text, " relu");
  if (block->norm && block->norm_behind_relu)
    append_norm(block, text);
}

static void append_conv(const guesser *g, const choice *c, size_t i, mcnn_torch_text *text) {
  const mcnn_torch_block *const block = &g->chain->blocks[i];
  const uint64_t *const window = window_of(g, i);
  const int is_end = g->rows == 0 && i + 1 == g->chain->num_convs;
  if (block->is_depthwise)
    mcnn_torch_text_layer(text, "depthwise ");
  else
    mcnn_torch_text_layer(text, "conv %llu ",
                          (unsigned long long)mcnn_torch_outputs(block->kernel));
  mcnn_torch_text_append(text, "%llux%llu%s%s", (unsigned long long)window[0],
                         (unsigned long long)window[1], (c->same >> i) & 1u ? " same" : "",
                         block->kernel->bias ? "" : " nobias");
  append_rest(block, has_relu(block) && !is_end, text);
  if ((c->pools >> i) & 1u)
    mcnn_torch_text_layer(text, "maxpool 2");
}

static void append_dense(const guesser *g, size_t i, mcnn_torch_text *text) {
  const mcnn_torch_block *const block = &g->chain->blocks[i];
  const uint64_t outputs = mcnn_torch_outputs(block->kernel);
  const int is_end = i + 1 == g->chain->count;
  mcnn_torch_text_layer(text, "dense %llu%s",
                        (unsigned long long)(is_end && outputs == 1 ? 2 : outputs),
                        block->kernel->bias ? "" : " nobias");
  append_rest(block, has_relu(block) && !is_end, text);
  if (is_end)
    mcnn_torch_text_append(text, " softmax");
}

static void write_network(const guesser *g, const choice *c, mcnn_torch_text *text) {
  text->length = 0;
  text->text[0] = '\0';
  text->is_cut = 0;
  if (g->pools_first)
    mcnn_torch_text_layer(text, "maxpool 2");
  for (size_t i = 0; i < g->chain->num_convs; i++)
    append_conv(g, c, i, text);
  if (g->rows == 0)
    mcnn_torch_text_layer(text, "globalavgpool softmax");
  else
    mcnn_torch_text_layer(text, g->is_global ? "globalavgpool" : "flatten");
  for (size_t i = g->chain->num_convs; i < g->chain->count; i++)
    append_dense(g, i, text);
}

static int is_known(const guesser *g, const char *text) {
  for (size_t i = 0; i < g->guess->count; i++)
    if (strcmp(g->guess->proposals[i].text, text) == 0 &&
        g->guess->proposals[i].height == g->height && g->guess->proposals[i].width == g->width)
      return 1;
  return 0;
}

static void propose(guesser *g, const choice *c, mcnn_torch_text *text) {
  write_network(g, c, text);
  if (text->is_cut || text->length >= MCNN_TORCH_PROPOSAL || is_known(g, text->text))
    return;
  g->found++;
  if (g->guess->count == MCNN_TORCH_MAX_PROPOSALS)
    return;
  mcnn_torch_proposal *const p = &g->guess->proposals[g->guess->count++];
  p->height = g->height;
  p->width = g->width;
  memcpy(p->text, text->text, text->length + 1);
}

/* --- the search ------------------------------------------------------------------------------- */

static unsigned mask_of(const guesser *g, int (*can)(const guesser *g, size_t conv)) {
  unsigned mask = 0;
  for (size_t i = 0; i < g->chain->num_convs; i++)
    if (can(g, i))
      mask |= 1u << i;
  return mask;
}

static void try_pools(guesser *g, unsigned same, mcnn_torch_text *text) {
  const unsigned pools = mask_of(g, can_be_pooled);
  /* Most poolings first. */
  for (unsigned without = 0; without <= pools; without++) {
    const choice c = {same, pools & ~without};
    if ((without & ~pools) == 0 && fits(g, &c))
      propose(g, &c, text);
  }
}

/* No padding, or all padded; first with a pooling behind each. */
static void try_uniform(guesser *g, mcnn_torch_text *text) {
  const choice regular[2] = {{0, mask_of(g, can_be_pooled)},
                             {mask_of(g, can_be_same), mask_of(g, can_be_pooled)}};
  for (int i = 0; i < 2; i++)
    if (fits(g, &regular[i]))
      propose(g, &regular[i], text);
  try_pools(g, 0, text);
  try_pools(g, mask_of(g, can_be_same), text);
}

static void try_mixed(guesser *g, mcnn_torch_text *text) {
  const unsigned all = mask_of(g, can_be_same);
  for (unsigned same = 1; same < all; same++)
    if ((same & ~all) == 0)
      try_pools(g, same, text);
}

/* Of all sizes; what is usual comes first, and where it fits the rest is not looked for. */
static void try_sizes(guesser *g, const mcnn_import_request *request, mcnn_torch_text *text) {
  uint32_t sides[MCNN_TORCH_NUM_SIDES];
  const int is_given = request->height > 0;
  const size_t count = is_given ? 1 : MCNN_TORCH_NUM_SIDES;
  mcnn_torch_sides(g->channels, sides);
  /* Padding of all kinds of the first size counts like uniform padding of the second one. */
  for (size_t tier = 0; tier < count + 1 && g->found == 0; tier++)
    for (size_t i = 0; i < count && i <= tier; i++) {
      g->height = is_given ? request->height : sides[i];
      g->width = is_given ? request->width : sides[i];
      if (tier == i)
        try_uniform(g, text);
      else if (tier == i + 1)
        try_mixed(g, text);
    }
}

static void try_vector(guesser *g, const mcnn_import_request *request, mcnn_torch_text *text) {
  const choice none = {0, 0};
  uint32_t size[3];
  mcnn_torch_vector_image((uint32_t)g->rows, size);
  g->height = request->height > 0 ? request->height : size[0];
  g->width = request->height > 0 ? request->width : size[1];
  const uint64_t pixels = (uint64_t)g->height * g->width;
  if (g->rows == pixels || g->rows == 3 * pixels)
    propose(g, &none, text);
}

static void search(guesser *g, const mcnn_import_request *request, mcnn_torch_text *text) {
  const mcnn_torch_chain *const chain = g->chain;
  g->rows = chain->num_convs < chain->count
                ? mcnn_torch_inputs(chain->blocks[chain->num_convs].kernel)
                : 0;
  if (g->rows > UINT32_MAX)
    return;
  if (chain->num_convs == 0) {
    try_vector(g, request, text);
    return;
  }
  g->is_global = g->rows == mcnn_torch_outputs(chain->blocks[chain->num_convs - 1].kernel);
  try_sizes(g, request, text);
  if (g->found > 0)
    return;
  /* Less usual, so that it is proposed, but not taken. */
  g->pools_first = 1;
  try_sizes(g, request, text);
}

mnistcnn_status mcnn_torch_guess_network(const mcnn_import_request *request,
                                         const mcnn_torch_layers *layers, mcnn_strings *notes,
                                         mcnn_torch_guess *guess) {
  typedef struct work {
    mcnn_torch_chain chain;
    mcnn_torch_text text;
  } work;
  int found = 0;
  guess->count = 0;
  guess->is_certain = 0;
  work *const w = mcnn_alloc_zeroed(layers->alloc, 1, sizeof *w);
  if (!w)
    return MNISTCNN_OUT_OF_MEMORY;
  const mnistcnn_status status = mcnn_torch_find_chain(layers, notes, &w->chain, &found);
  if (status == MNISTCNN_OK && found) {
    guesser g = {.chain = &w->chain, .guess = guess, .channels = mcnn_torch_image_channels(layers)};
    search(&g, request, &w->text);
    guess->is_certain = g.found == 1 && !g.is_global && !g.pools_first && g.rows > 0;
  }
  mcnn_free(layers->alloc, w);
  return status;
}
