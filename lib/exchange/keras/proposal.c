#include "exchange/keras/proposal.h"

#include "base/status.h"
#include "exchange/build/input.h"

#include <stdio.h>
#include <string.h>

enum { MAX_STEPS = 64, MAX_CONVS = 8, DEFAULT_SIDE = 28 };

/* What a layer is, by its name or its arrays. */
enum step_kind { CONV, DEPTHWISE, POOL, NORM, DENSE, FLATTEN, DROPOUT, GLOBAL };

typedef struct step {
  enum step_kind kind;
  uint32_t size[2], outputs;
} step;

typedef struct proposer {
  const mcnn_keras_weights *weights;
  const mcnn_keras_group_list *groups;
  step steps[MAX_STEPS];
  size_t num_steps, num_convs;
  int knows_pools; /* the file names them */
  uint32_t rows;   /* of the first dense layer */
  mcnn_keras_proposal *out;
} proposer;

static const mcnn_h5_value *array_at(const proposer *p, const mcnn_keras_group *g, size_t index) {
  return index < g->count ? mcnn_keras_weights_at(p->weights, g->arrays[index])->value : NULL;
}

long mcnn_keras_group_number(const char *owner, const char *class_word) {
  const char *const slash = strrchr(owner, '/');
  const char *name = slash ? slash + 1 : owner;
  const size_t length = strlen(class_word);
  long number = 0;
  if (strncmp(name, class_word, length) != 0)
    return -1;
  name += length;
  if (*name == '\0')
    return 0;
  if (*name++ != '_' || *name == '\0' || strlen(name) > 6)
    return -1;
  for (; *name; name++) {
    if (*name < '0' || *name > '9')
      return -1;
    number = number * 10 + (*name - '0');
  }
  return number;
}

/* "layers/dense" of "layers/dense_10". */
static size_t class_length(const char *owner) {
  const size_t length = strlen(owner);
  size_t end = length;
  while (end > 0 && owner[end - 1] >= '0' && owner[end - 1] <= '9')
    end--;
  return end < length && end > 0 && owner[end - 1] == '_' ? end - 1 : length;
}

/* By class, then by number: "dense_2" before "dense_10". */
static int is_before(const mcnn_keras_group *a, const mcnn_keras_group *b) {
  const size_t length = class_length(a->owner), other = class_length(b->owner);
  const int order = strncmp(a->owner, b->owner, length < other ? length : other);
  if (order != 0 || length != other)
    return order < 0 || (order == 0 && length < other);
  const size_t digits = strlen(a->owner), other_digits = strlen(b->owner);
  return digits < other_digits || (digits == other_digits && strcmp(a->owner, b->owner) < 0);
}

static void sort_groups(mcnn_keras_group_list *list) {
  for (size_t i = 1; i < list->count; i++) {
    const mcnn_keras_group moving = list->groups[i];
    size_t at = i;
    for (; at > 0 && is_before(&moving, &list->groups[at - 1]); at--)
      list->groups[at] = list->groups[at - 1];
    list->groups[at] = moving;
  }
}

/* Without the array's own name: "dense_1" of "dense_1/kernel:0". */
static size_t layer_length(const char *name) {
  const char *const slash = strrchr(name, '/');
  return slash ? (size_t)(slash - name) : 0;
}

static int is_same_layer(const mcnn_keras_array *a, const mcnn_keras_array *b) {
  const size_t length = layer_length(a->name);
  return strcmp(a->owner, b->owner) == 0 && length == layer_length(b->name) &&
         memcmp(a->name, b->name, length) == 0;
}

static mcnn_keras_group *group_of(const mcnn_keras_weights *weights, mcnn_keras_group_list *list,
                                  const mcnn_keras_array *array) {
  for (size_t i = 0; i < list->count; i++)
    if (is_same_layer(mcnn_keras_weights_at(weights, list->groups[i].arrays[0]), array))
      return &list->groups[i];
  if (list->count == MCNN_KERAS_MAX_GROUPS)
    return NULL;
  list->groups[list->count] = (mcnn_keras_group){.owner = array->owner};
  return &list->groups[list->count++];
}

mnistcnn_status mcnn_keras_list_groups(const mcnn_keras_weights *weights, const char *label,
                                       mcnn_keras_group_list *list) {
  list->count = 0;
  for (size_t i = 0; i < mcnn_keras_weights_count(weights); i++) {
    mcnn_keras_group *const g = group_of(weights, list, mcnn_keras_weights_at(weights, i));
    if (!g || g->count == MCNN_KERAS_MAX_ARRAYS)
      return mcnn_fail(MNISTCNN_LIMIT, "%s: more than %d layers, or %d arrays in one", label,
                       MCNN_KERAS_MAX_GROUPS, MCNN_KERAS_MAX_ARRAYS);
    g->arrays[g->count++] = i;
  }
  if (!mcnn_keras_weights_by_name(weights))
    sort_groups(list);
  return MNISTCNN_OK;
}

/* --- what the file has ------------------------------------------------------------------------ */

static void add_step(proposer *p, step s) {
  if (p->num_steps < MAX_STEPS)
    p->steps[p->num_steps++] = s;
}

static void add_group(proposer *p, const mcnn_keras_group *g) {
  const mcnn_h5_value *const kernel = array_at(p, g, 0);
  if (kernel->rank == 4) {
    const int depthwise = strstr(g->owner, "depthwise") ? 1 : 0;
    if (p->num_convs++ == 0)
      p->out->channels = (uint32_t)kernel->shape[2];
    add_step(p, (step){depthwise ? DEPTHWISE : CONV,
                       {(uint32_t)kernel->shape[0], (uint32_t)kernel->shape[1]},
                       (uint32_t)kernel->shape[3]});
  } else if (kernel->rank == 2) {
    if (p->rows == 0)
      p->rows = (uint32_t)kernel->shape[0];
    p->out->classes = (uint32_t)kernel->shape[1];
    add_step(p, (step){DENSE, {0, 0}, (uint32_t)kernel->shape[1]});
  } else if (kernel->rank == 1 && g->count >= 2)
    add_step(p, (step){NORM, {0, 0}, 0});
}

/* The layers of this name: of a nested model all that are in it. */
static int add_groups(proposer *p, const char *owner) {
  int found = 0;
  for (size_t i = 0; i < p->groups->count; i++) {
    if (strcmp(p->groups->groups[i].owner, owner) != 0)
      continue;
    add_group(p, &p->groups->groups[i]);
    found = 1;
  }
  return found;
}

/* A layer without arrays, by the name that Keras gives it. */
static void add_by_name(proposer *p, const char *name) {
  static const struct {
    const char *word;
    enum step_kind kind;
  } words[] = {{"max_pooling2d", POOL}, {"maxpooling2d", POOL}, {"maxpool", POOL},
               {"average_pool", POOL},  {"pool", POOL},         {"flatten", FLATTEN},
               {"dropout", DROPOUT},    {"global_", GLOBAL}};
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
    if (strncmp(name, words[i].word, strlen(words[i].word)) != 0)
      continue;
    p->knows_pools |= words[i].kind == POOL;
    add_step(p, (step){words[i].kind, {0, 0}, 0});
    return;
  }
}

static void list_steps(proposer *p) {
  const size_t layers = mcnn_keras_weights_num_layers(p->weights);
  for (size_t i = 0; i < layers; i++) {
    const char *const name = mcnn_keras_weights_layer(p->weights, i);
    if (!add_groups(p, name))
      add_by_name(p, name);
  }
  /* By class, all of one class come together; convolutions stand before dense layers. */
  for (int dense = 0; dense < 2 && layers == 0; dense++)
    for (size_t i = 0; i < p->groups->count; i++)
      if ((array_at(p, &p->groups->groups[i], 0)->rank == 2) == dense)
        add_group(p, &p->groups->groups[i]);
}

/* --- what would fit --------------------------------------------------------------------------- */

/* Bit i of `same`: convolution i is padded; of `pools`: a pooling of 2 follows it. */
typedef struct choice {
  unsigned same, pools;
  int pads_pools; /* poolings are padded too: sizes are rounded up */
} choice;

static int convolve(const step *s, int same, uint32_t size[2]) {
  for (int i = 0; i < 2 && !same; i++) {
    if (s->size[i] > size[i])
      return 0;
    size[i] -= s->size[i] - 1;
  }
  return 1;
}

static int halve(const choice *c, uint32_t size[2]) {
  size[0] = (size[0] + (c->pads_pools ? 1 : 0)) / 2;
  size[1] = (size[1] + (c->pads_pools ? 1 : 0)) / 2;
  return size[0] > 0 && size[1] > 0;
}

/* Whether the rows of the first dense layer come out. */
static int fits(const proposer *p, const choice *c) {
  uint32_t size[2] = {p->out->height, p->out->width}, channels = p->out->channels;
  unsigned conv = 0;
  int global = 0;
  for (size_t i = 0; i < p->num_steps && p->steps[i].kind != DENSE; i++) {
    const step *const s = &p->steps[i];
    if (s->kind == CONV || s->kind == DEPTHWISE) {
      if (!convolve(s, (c->same >> conv) & 1u, size))
        return 0;
      channels = s->kind == CONV ? s->outputs : channels * s->outputs;
      if (((c->pools >> conv++) & 1u) && !halve(c, size))
        return 0;
    } else if (s->kind == POOL && !halve(c, size))
      return 0;
    global |= s->kind == GLOBAL;
  }
  return (global ? channels : (uint64_t)size[0] * size[1] * channels) == p->rows;
}

/* The usual ones first: no padding or all padded; poolings where the file has them, or behind each
 * convolution. */
static int find_convs(const proposer *p, choice *c) {
  const unsigned all = (1u << p->num_convs) - 1;
  const unsigned last_pools = p->knows_pools ? 0 : all;
  for (unsigned same = 0; same <= all; same++) {
    /* 0, all, 1, 2, ... */
    c->same = same == 0 ? 0 : same == 1 ? all : same - 1;
    for (unsigned without = 0; without <= last_pools; without++) {
      c->pools = last_pools & ~without;
      if (fits(p, c))
        return 1;
    }
  }
  return 0;
}

static int find_choice(const proposer *p, choice *c) {
  for (c->pads_pools = 0; c->pads_pools < 2; c->pads_pools++)
    if (find_convs(p, c))
      return 1;
  return 0;
}

static const char *pool_text(const choice *c) {
  return c->pads_pools ? "maxpool 2 same" : "maxpool 2";
}

static void append_text(proposer *p, const char *text) {
  char *const target = p->out->text;
  const size_t used = strlen(target);
  (void)snprintf(target + used, MCNN_KERAS_PROPOSAL_TEXT - used, "%s%s", used > 0 ? ", " : "",
                 text);
}

static void append_conv(proposer *p, const step *s, const choice *c, unsigned conv) {
  char text[96], filters[16] = "";
  if (s->kind == CONV)
    (void)snprintf(filters, sizeof filters, "%u ", s->outputs);
  (void)snprintf(text, sizeof text, "%s %s%ux%u%s relu", s->kind == CONV ? "conv" : "depthwise",
                 filters, s->size[0], s->size[1], (c->same >> conv) & 1u ? " same" : "");
  append_text(p, text);
  if ((c->pools >> conv) & 1u)
    append_text(p, pool_text(c));
}

static void append_dense(proposer *p, const step *s, int *is_flat, int is_last) {
  char text[64];
  if (!*is_flat)
    append_text(p, "flatten");
  *is_flat = 1;
  (void)snprintf(text, sizeof text, "dense %u %s", s->outputs, is_last ? "softmax" : "relu");
  append_text(p, text);
}

static void write_text(proposer *p, const choice *c) {
  unsigned conv = 0;
  int is_flat = 0;
  for (size_t i = 0; i < p->num_steps; i++) {
    const step *const s = &p->steps[i];
    if (s->kind == CONV || s->kind == DEPTHWISE)
      append_conv(p, s, c, conv++);
    else if (s->kind == DENSE)
      append_dense(p, s, &is_flat, i + 1 == p->num_steps);
    else if (s->kind == FLATTEN && !is_flat) {
      append_text(p, "flatten");
      is_flat = 1;
    } else if (s->kind == GLOBAL) {
      append_text(p, "globalavgpool");
      is_flat = 1;
    } else if (s->kind != FLATTEN)
      append_text(p, s->kind == POOL   ? pool_text(c)
                     : s->kind == NORM ? "batchnorm"
                                       : "dropout 0.5");
  }
}

static int is_step(const step *s, enum step_kind kind, uint32_t size, uint32_t outputs) {
  return s->kind == kind && s->outputs == outputs &&
         (kind == DENSE || (s->size[0] == size && s->size[1] == size));
}

/* Its four layers with arrays, and nothing that would say otherwise. */
static int is_default_network(const proposer *p) {
  step found[4];
  size_t count = 0;
  for (size_t i = 0; i < p->num_steps; i++) {
    const enum step_kind kind = p->steps[i].kind;
    if (kind == NORM || kind == GLOBAL || kind == DROPOUT || kind == DEPTHWISE)
      return 0;
    if (kind != CONV && kind != DENSE)
      continue;
    if (count == 4)
      return 0;
    found[count++] = p->steps[i];
  }
  return count == 4 && is_step(&found[0], CONV, 5, 16) && is_step(&found[1], CONV, 5, 32) &&
         is_step(&found[2], DENSE, 0, 1000) && is_step(&found[3], DENSE, 0, 10) && p->rows == 512;
}

/* --- both ------------------------------------------------------------------------------------- */

static void set_input(proposer *p, const mcnn_import_request *request) {
  mcnn_tensor vector;
  p->out->height = request->height > 0 ? request->height : DEFAULT_SIDE;
  p->out->width = request->width > 0 ? request->width : DEFAULT_SIDE;
  if (p->num_convs > 0)
    return;
  if (request->height > 0 && request->width > 0) {
    p->out->channels = p->rows == request->height * request->width ? 1 : 3;
    return;
  }
  mcnn_vector_input(p->rows, 0, &vector);
  p->out->height = vector.size[MCNN_AXIS_HEIGHT];
  p->out->width = vector.size[MCNN_AXIS_WIDTH];
  p->out->channels = vector.size[MCNN_AXIS_CHANNELS];
}

mnistcnn_status mcnn_keras_propose(const mcnn_keras_weights *weights,
                                   const mcnn_keras_group_list *groups,
                                   const mcnn_import_request *request,
                                   mcnn_keras_proposal *proposal) {
  proposer p = {.weights = weights, .groups = groups, .out = proposal};
  choice c;
  memset(proposal, 0, sizeof *proposal);
  list_steps(&p);
  if (p.num_convs == 0 && p.rows == 0)
    return mcnn_fail(MNISTCNN_FORMAT, "%s: has no kernels of convolutions or dense layers",
                     request->label);
  for (size_t i = 0; p.rows == 0 && i < p.num_steps; i++)
    if (p.steps[i].kind == CONV)
      proposal->classes = p.steps[i].outputs;
  set_input(&p, request);
  proposal->is_default = is_default_network(&p);
  if (p.rows > 0 && p.num_convs <= MAX_CONVS && find_choice(&p, &c))
    write_text(&p, &c);
  return MNISTCNN_OK;
}

void mcnn_keras_describe(const mcnn_keras_weights *weights, const mcnn_keras_group_list *groups,
                         char *text, size_t size) {
  size_t used = 0;
  text[0] = '\0';
  for (size_t i = 0; i < groups->count; i++) {
    const mcnn_h5_value *const value =
        mcnn_keras_weights_at(weights, groups->groups[i].arrays[0])->value;
    char layer[64] = "";
    if (value->rank == 4)
      (void)snprintf(layer, sizeof layer, "conv %ux%u to %u", (unsigned)value->shape[0],
                     (unsigned)value->shape[1], (unsigned)value->shape[3]);
    else if (value->rank == 2)
      (void)snprintf(layer, sizeof layer, "dense %u to %u", (unsigned)value->shape[0],
                     (unsigned)value->shape[1]);
    else
      continue;
    if (used + strlen(layer) + 8 > size) {
      (void)snprintf(text + used, size - used, ", ...");
      return;
    }
    used += (size_t)snprintf(text + used, size - used, "%s%s", used > 0 ? ", " : "", layer);
  }
}
