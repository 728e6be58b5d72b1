#include "exchange/keras/weights.h"

#include "base/status.h"
#include "base/strings.h"

#include <stdio.h>
#include <string.h>

/* Groups within one another that are looked into, and arrays that are listed. */
enum { MAX_DEPTH = 40, MAX_ARRAYS = 8192 };

struct mcnn_keras_weights {
  mcnn_alloc alloc;
  const char *label;
  int by_name;
  mcnn_strings layers; /* by name: all layers */
  mcnn_strings names;  /* by name: of all arrays, as the file has them */
  mcnn_strings owners; /* by class: the paths of the layers, with '/' */
  size_t num_arrays, capacity;
  mcnn_keras_array *arrays;
};

int mcnn_keras_weights_by_name(const mcnn_keras_weights *weights) {
  return weights->by_name;
}

size_t mcnn_keras_weights_count(const mcnn_keras_weights *weights) {
  return weights->num_arrays;
}

const mcnn_keras_array *mcnn_keras_weights_at(const mcnn_keras_weights *weights, size_t index) {
  return &weights->arrays[index];
}

size_t mcnn_keras_weights_num_layers(const mcnn_keras_weights *weights) {
  return weights->layers.count;
}

const char *mcnn_keras_weights_layer(const mcnn_keras_weights *weights, size_t index) {
  return mcnn_strings_at(&weights->layers, index);
}

const mcnn_keras_array *mcnn_keras_weights_unused(const mcnn_keras_weights *weights) {
  for (size_t i = 0; i < weights->num_arrays; i++)
    if (!weights->arrays[i].is_used)
      return &weights->arrays[i];
  return NULL;
}

/* h5py stores bfloat16, which it does not know, as two bytes that mean nothing. */
static int is_bfloat16(const mcnn_h5_value *value) {
  return value->class == MCNN_H5_OTHER && value->element_bytes == 2;
}

int mcnn_keras_array_is_float(const mcnn_keras_array *array) {
  return array->value->class == MCNN_H5_FLOAT || is_bfloat16(array->value);
}

mnistcnn_status mcnn_keras_array_read(const mcnn_keras_array *array, float *floats, size_t count) {
  return is_bfloat16(array->value) ? mcnn_h5_read_bfloat16(array->value, floats, count)
                                   : mcnn_h5_read_floats(array->value, floats, count);
}

static mnistcnn_status add_array(mcnn_keras_weights *w, const char *owner, const char *name,
                                 mcnn_h5_object *object) {
  if (w->num_arrays == w->capacity) {
    const size_t capacity = w->capacity * 2 + 64;
    if (w->capacity > MAX_ARRAYS)
      return mcnn_fail(MNISTCNN_LIMIT, "%s: more than %d arrays", w->label, MAX_ARRAYS);
    mcnn_keras_array *const arrays = mcnn_alloc_array(&w->alloc, capacity, sizeof *arrays);
    if (!arrays)
      return MNISTCNN_OUT_OF_MEMORY;
    if (w->num_arrays > 0)
      memcpy(arrays, w->arrays, w->num_arrays * sizeof *arrays);
    mcnn_free(&w->alloc, w->arrays);
    w->arrays = arrays;
    w->capacity = capacity;
  }
  mcnn_keras_array *const array = &w->arrays[w->num_arrays];
  *array = (mcnn_keras_array){.owner = owner, .name = name, .path = mcnn_h5_path(object)};
  const mnistcnn_status status = mcnn_h5_dataset(object, &array->value);
  w->num_arrays += status == MNISTCNN_OK;
  return status;
}

/* --- by name ---------------------------------------------------------------------------------- */

/* "layer_names", or where it was too long for one attribute "layer_names0", "layer_names1", ... */
static mnistcnn_status read_names(mcnn_keras_weights *w, mcnn_h5_object *group, const char *name,
                                  mcnn_strings *names, int *there) {
  const mcnn_h5_value *value = NULL;
  char numbered[32];
  mnistcnn_status status = mcnn_h5_attribute(group, name, &value);
  *there = value ? 1 : 0;
  if (status == MNISTCNN_OK && value)
    return mcnn_h5_read_strings(value, &w->alloc, names);
  for (unsigned i = 0; status == MNISTCNN_OK; i++) {
    (void)snprintf(numbered, sizeof numbered, "%s%u", name, i);
    status = mcnn_h5_attribute(group, numbered, &value);
    if (status != MNISTCNN_OK || !value)
      return status;
    *there = 1;
    status = mcnn_h5_read_strings(value, &w->alloc, names);
  }
  return status;
}

/* The strings move while more of them are added, so arrays keep numbers until all are there. */
typedef struct named_layer {
  size_t layer, first, end;
} named_layer;

static mnistcnn_status add_named(mcnn_keras_weights *w, mcnn_h5_object *base,
                                 const named_layer *at) {
  const char *const owner = mcnn_strings_at(&w->layers, at->layer);
  mcnn_h5_object *group = NULL;
  mnistcnn_status status = mcnn_h5_get(base, owner, &group);
  for (size_t i = at->first; i < at->end && status == MNISTCNN_OK; i++) {
    const char *const name = mcnn_strings_at(&w->names, i);
    mcnn_h5_object *object = NULL;
    status = mcnn_h5_get(group, name, &object);
    if (status == MNISTCNN_OK)
      status = add_array(w, owner, name, object);
  }
  return status;
}

static mnistcnn_status list_named(mcnn_keras_weights *w, mcnn_h5_object *base,
                                  named_layer *layers) {
  mnistcnn_status status = MNISTCNN_OK;
  for (size_t i = 0; i < w->layers.count && status == MNISTCNN_OK; i++) {
    mcnn_h5_object *group = NULL;
    int there = 0;
    status = mcnn_h5_get(base, mcnn_strings_at(&w->layers, i), &group);
    layers[i] = (named_layer){i, w->names.count, 0};
    if (status == MNISTCNN_OK)
      status = read_names(w, group, "weight_names", &w->names, &there);
    layers[i].end = w->names.count;
  }
  for (size_t i = 0; i < w->layers.count && status == MNISTCNN_OK; i++)
    status = add_named(w, base, &layers[i]);
  return status;
}

static mnistcnn_status read_by_name(mcnn_keras_weights *w, mcnn_h5_object *base) {
  named_layer *const layers = mcnn_alloc_array(&w->alloc, w->layers.count, sizeof *layers);
  const mnistcnn_status status = layers ? list_named(w, base, layers) : MNISTCNN_OUT_OF_MEMORY;
  w->by_name = 1;
  mcnn_free(&w->alloc, layers);
  return status;
}

/* --- by class --------------------------------------------------------------------------------- */

/* State of training, not of the network. */
static int is_skipped(const char *name) {
  static const char *const skipped[] = {"optimizer",    "metrics",          "seed_generator",
                                        "loss_tracker", "_compile_metrics", "_metrics"};
  for (size_t i = 0; i < sizeof skipped / sizeof skipped[0]; i++)
    if (strncmp(name, skipped[i], strlen(skipped[i])) == 0)
      return 1;
  return 0;
}

static int is_number(const char *text) {
  return *text && strspn(text, "0123456789") == strlen(text);
}

/* The arrays "0", "1", ... of a group "vars". */
static mnistcnn_status add_vars(mcnn_keras_weights *w, mcnn_h5_object *vars, size_t owner,
                                size_t count) {
  mnistcnn_status status = MNISTCNN_OK;
  char name[32];
  for (size_t i = 0; i < count && status == MNISTCNN_OK; i++) {
    mcnn_h5_object *object = NULL;
    (void)snprintf(name, sizeof name, "%zu", i);
    status = mcnn_h5_find(vars, name, &object);
    if (status == MNISTCNN_OK && object) {
      status = add_array(w, NULL, NULL, object);
      if (status == MNISTCNN_OK)
        w->arrays[w->num_arrays - 1].is_used = (int)owner; /* until the strings stand still */
    }
  }
  return status;
}

static mnistcnn_status add_owner(mcnn_keras_weights *w, mcnn_h5_object *vars, const char *owner) {
  size_t count = 0;
  mnistcnn_status status = mcnn_h5_num_links(vars, &count);
  if (status != MNISTCNN_OK || count == 0)
    return status;
  status = mcnn_strings_add(&w->owners, &w->alloc, "", owner);
  return status == MNISTCNN_OK ? add_vars(w, vars, w->owners.count - 1, count) : status;
}

/* A path of groups that is being walked. */
typedef struct step {
  mcnn_h5_object *group;
  size_t next, path_length;
} step;

typedef struct tree_walk {
  mcnn_keras_weights *w;
  step steps[MAX_DEPTH];
  size_t depth;
  char path[1024];
} tree_walk;

/* Files of Windows have "layers\dense" as one name. */
static int enter_path(tree_walk *walk, size_t length, const char *name) {
  const size_t added = strlen(name);
  if (length + added + 2 > sizeof walk->path)
    return 0;
  if (length > 0)
    walk->path[length++] = '/';
  memcpy(walk->path + length, name, added + 1);
  for (char *c = walk->path + length; *c; c++)
    if (*c == '\\')
      *c = '/';
  return 1;
}

static mnistcnn_status enter(tree_walk *walk, const step *at, const char *name) {
  mcnn_h5_object *object = NULL;
  mnistcnn_status status = mcnn_h5_get(at->group, name, &object);
  if (status != MNISTCNN_OK || !mcnn_h5_is_group(object))
    return status;
  if (strcmp(name, "vars") == 0) {
    walk->path[at->path_length] = '\0';
    return add_owner(walk->w, object, walk->path);
  }
  if (walk->depth == MAX_DEPTH || !enter_path(walk, at->path_length, name))
    return mcnn_fail(MNISTCNN_LIMIT, "%s: groups nested too deeply", walk->w->label);
  walk->steps[walk->depth++] = (step){object, 0, strlen(walk->path)};
  return MNISTCNN_OK;
}

static mnistcnn_status walk_step(tree_walk *walk) {
  step *const at = &walk->steps[walk->depth - 1];
  size_t count = 0;
  const mnistcnn_status status = mcnn_h5_num_links(at->group, &count);
  if (status != MNISTCNN_OK)
    return status;
  if (at->next == count) {
    walk->depth--;
    return MNISTCNN_OK;
  }
  const char *const name = mcnn_h5_link_name(at->group, at->next++);
  return is_skipped(name) || is_number(name) ? MNISTCNN_OK : enter(walk, at, name);
}

static mnistcnn_status read_by_class(mcnn_keras_weights *w, mcnn_h5_object *root) {
  tree_walk walk = {.w = w, .steps = {{root, 0, 0}}, .depth = 1};
  mnistcnn_status status = MNISTCNN_OK;
  while (walk.depth > 0 && status == MNISTCNN_OK)
    status = walk_step(&walk);
  for (size_t i = 0; i < w->num_arrays; i++) {
    mcnn_keras_array *const array = &w->arrays[i];
    const char *const slash = strrchr(array->path, '/');
    array->owner = mcnn_strings_at(&w->owners, (size_t)array->is_used);
    array->name = slash ? slash + 1 : array->path;
    array->is_used = 0;
  }
  return status;
}

/* --- both ------------------------------------------------------------------------------------- */

static mnistcnn_status has_child(mcnn_h5_object *root, const char *name, int *has) {
  mcnn_h5_object *found = NULL;
  const mnistcnn_status status = mcnn_h5_find(root, name, &found);
  *has = found ? 1 : 0;
  return status;
}

/* Says what else the file may be. */
static mnistcnn_status fail_layout(const mcnn_keras_weights *w, mcnn_h5_object *root) {
  const mcnn_h5_value *old = NULL;
  size_t count = 0;
  if (mcnn_h5_attribute(root, "nb_layers", &old) == MNISTCNN_OK && old)
    return mcnn_fail(MNISTCNN_UNSUPPORTED,
                     "%s: a file of Keras before 1.0; load and save it with Keras 1 or 2 first",
                     w->label);
  const mnistcnn_status status = mcnn_h5_num_links(root, &count);
  if (status != MNISTCNN_OK)
    return status;
  return mcnn_fail(MNISTCNN_FORMAT,
                   "%s: an HDF5 file, but not a model or weights of Keras: it has neither "
                   "\"layer_names\" nor \"layers\"%s%.60s%s",
                   w->label, count > 0 ? ", but \"" : "",
                   count > 0 ? mcnn_h5_link_name(root, 0) : "", count > 0 ? "\"" : "");
}

static mnistcnn_status read_layout(mcnn_keras_weights *w, mcnn_h5_object *root) {
  mcnn_h5_object *base = NULL;
  int there = 0, tree = 0;
  mnistcnn_status status = mcnn_h5_find(root, "model_weights", &base);
  if (status != MNISTCNN_OK)
    return status;
  if (!base)
    base = root;
  status = read_names(w, base, "layer_names", &w->layers, &there);
  if (status != MNISTCNN_OK)
    return status;
  if (there)
    return read_by_name(w, base);
  status = read_by_class(w, root);
  if (status == MNISTCNN_OK)
    status = has_child(root, "layers", &tree);
  return status != MNISTCNN_OK || w->num_arrays > 0 || tree ? status : fail_layout(w, root);
}

mnistcnn_status mcnn_keras_weights_read(mcnn_h5_object *root, const char *label,
                                        const mcnn_alloc *alloc, mcnn_keras_weights **out) {
  mcnn_keras_weights *const w = mcnn_alloc_zeroed(alloc, 1, sizeof *w);
  *out = NULL;
  if (!w)
    return MNISTCNN_OUT_OF_MEMORY;
  w->alloc = *alloc;
  w->label = label;
  const mnistcnn_status status = read_layout(w, root);
  if (status == MNISTCNN_OK)
    *out = w;
  else
    mcnn_keras_weights_free(w);
  return status;
}

void mcnn_keras_weights_free(mcnn_keras_weights *weights) {
  if (!weights)
    return;
  const mcnn_alloc alloc = weights->alloc;
  mcnn_strings_free(&weights->layers, &alloc);
  mcnn_strings_free(&weights->names, &alloc);
  mcnn_strings_free(&weights->owners, &alloc);
  mcnn_free(&alloc, weights->arrays);
  mcnn_free(&alloc, weights);
}

/* --- the arrays of a layer -------------------------------------------------------------------- */

typedef struct finder {
  mcnn_keras_weights *w;
  const mcnn_keras_graph *graph;
  const mcnn_keras_layer *layer;
  const mcnn_keras_array **found;
  size_t count;
} finder;

static mnistcnn_status take(finder *f, mcnn_keras_array *array) {
  if (f->count == MCNN_KERAS_MAX_ARRAYS)
    return mcnn_fail(MNISTCNN_FORMAT, "%s: layer \"%.60s\" has more than %d arrays", f->w->label,
                     f->layer->name, MCNN_KERAS_MAX_ARRAYS);
  array->is_used = 1;
  f->found[f->count++] = array;
  return MNISTCNN_OK;
}

/* The layer of the outermost model that a layer is in. */
static const char *outermost(const finder *f) {
  uint32_t container = f->layer->container;
  if (container == 0)
    return f->layer->name;
  while (f->graph->containers[container].parent != 0)
    container = f->graph->containers[container].parent;
  return f->graph->containers[container].name;
}

/* "sequential/dense_1/kernel:0" is of the layer "dense_1": the last but one. */
static int is_of_layer(const char *name, const char *layer) {
  const char *const last = strrchr(name, '/');
  const size_t length = strlen(layer);
  if (!last || (size_t)(last - name) < length)
    return 0;
  const char *const start = last - length;
  return memcmp(start, layer, length) == 0 && (start == name || start[-1] == '/');
}

static mnistcnn_status find_by_name(finder *f) {
  const char *const owner = outermost(f);
  mnistcnn_status status = MNISTCNN_OK;
  for (size_t i = 0; i < f->w->num_arrays && status == MNISTCNN_OK; i++) {
    mcnn_keras_array *const array = &f->w->arrays[i];
    if (strcmp(array->owner, owner) != 0)
      continue;
    if (f->layer->container == 0 || is_of_layer(array->name, f->layer->name))
      status = take(f, array);
  }
  return status;
}

static int is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}

static int is_lower(char c) {
  return c >= 'a' && c <= 'z';
}

/* Keras: (.)([A-Z][a-z]+) -> \1_\2, then ([a-z])([A-Z]) -> \1_\2, then lower case. */
void mcnn_keras_snake_case(const char *class_name, char *text, size_t size) {
  size_t used = 0;
  for (const char *c = class_name; *c && used + 2 < size; c++) {
    const int word = is_upper(c[0]) && is_lower(c[1]);
    const int after_lower = c > class_name && is_lower(c[-1]) && is_upper(c[0]);
    if (c > class_name && (word || after_lower))
      text[used++] = '_';
    text[used++] = is_upper(*c) ? (char)(*c - 'A' + 'a') : *c;
  }
  text[used] = '\0';
}

/* The number behind `class_name` in a group's name, 0 without one; -1 where it is another class. */
static long number_of(const char *name, size_t length, const char *class_name) {
  const size_t prefix = strlen(class_name);
  long number = 0;
  if (length < prefix || memcmp(name, class_name, prefix) != 0)
    return -1;
  if (length == prefix)
    return 0;
  if (name[prefix] != '_' || length == prefix + 1 || length > prefix + 7)
    return -1;
  for (size_t i = prefix + 1; i < length; i++) {
    if (name[i] < '0' || name[i] > '9')
      return -1;
    number = number * 10 + (name[i] - '0');
  }
  return number;
}

/* What stands behind `prefix` and the group of layers in a path; NULL where it does not. */
static const char *below(const char *path, const char *prefix) {
  static const char *const groups[] = {"layers/", "_layer_checkpoint_dependencies/"};
  const size_t length = strlen(prefix);
  if (strncmp(path, prefix, length) != 0)
    return NULL;
  path += length;
  if (length > 0 && *path++ != '/')
    return NULL;
  for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++)
    if (strncmp(path, groups[i], strlen(groups[i])) == 0)
      return path + strlen(groups[i]);
  return NULL;
}

/* The path of the group of this class with the next higher number than `after`; its length, or 0.
 * Some versions of Keras count each layer twice, so what counts is the order. */
static size_t next_group(const mcnn_keras_weights *w, const char *prefix, const char *class_name,
                         long *after, const char **path) {
  long best = -1;
  size_t length = 0;
  for (size_t i = 0; i < w->owners.count; i++) {
    const char *const owner = mcnn_strings_at(&w->owners, i);
    const char *const rest = below(owner, prefix);
    if (!rest)
      continue;
    const size_t name = strcspn(rest, "/");
    const long number = number_of(rest, name, class_name);
    if (number > *after && (best < 0 || number < best)) {
      best = number;
      *path = owner;
      length = (size_t)(rest - owner) + name;
    }
  }
  *after = best;
  return length;
}

/* How many groups of this class have arrays. */
static uint32_t count_groups(const mcnn_keras_weights *w, const char *prefix, const char *snake) {
  const char *found = NULL;
  long after = -1;
  uint32_t count = 0;
  while (next_group(w, prefix, snake, &after, &found) > 0)
    count++;
  return count;
}

/* The group of the layer with this number among those of its class; returns the length of its path,
 * 0 where there is none. Where all of them have arrays, their numbers may begin anywhere. */
static size_t find_group(const mcnn_keras_weights *w, const char *prefix, const char *snake,
                         uint32_t ordinal, int some_are_empty, const char **found) {
  long after = some_are_empty ? (long)ordinal - 1 : -1;
  uint32_t before = some_are_empty ? 0 : ordinal;
  size_t length;
  do
    length = next_group(w, prefix, snake, &after, found);
  while (length > 0 && before-- > 0);
  return some_are_empty && after != (long)ordinal ? 0 : length;
}

/* Appends the group of a layer to the path of its model. `siblings`: how many of this class there
 * are, some of which may have no arrays, where that can be; else 0. Returns 0 where there is none.
 */
static int append_group(const mcnn_keras_weights *w, const char *class_name, uint32_t ordinal,
                        uint32_t siblings, char path[1024]) {
  char snake[128];
  const char *found = NULL;
  mcnn_keras_snake_case(class_name, snake, sizeof snake);
  const int some_are_empty = count_groups(w, path, snake) < siblings;
  const size_t length = find_group(w, path, snake, ordinal, some_are_empty, &found);
  if (length == 0 || !found)
    return 0;
  memmove(path, found, length);
  path[length] = '\0';
  return 1;
}

/* Models of its class within the same model, which may hold nothing but random augmentation. */
static uint32_t count_siblings(const mcnn_keras_graph *graph,
                               const mcnn_keras_container *container) {
  uint32_t count = 0;
  for (uint32_t i = 1; i < graph->num_containers; i++)
    count += graph->containers[i].parent == container->parent &&
             strcmp(graph->containers[i].class_name, container->class_name) == 0;
  return count;
}

static int find_path(const finder *f, char path[1024]) {
  uint32_t chain[MCNN_KERAS_MAX_NESTED] = {0}, depth = 0;
  for (uint32_t c = f->layer->container; c != 0 && depth < MCNN_KERAS_MAX_NESTED;
       c = f->graph->containers[c].parent)
    chain[depth++] = c;
  path[0] = '\0';
  while (depth-- > 0) {
    const mcnn_keras_container *const container = &f->graph->containers[chain[depth]];
    if (!append_group(f->w, container->class_name, container->ordinal,
                      count_siblings(f->graph, container), path))
      return 0;
  }
  return append_group(f->w, f->layer->class_name, f->layer->ordinal, 0, path);
}

static mnistcnn_status find_by_class(finder *f) {
  char path[1024];
  mnistcnn_status status = MNISTCNN_OK;
  if (!find_path(f, path))
    return MNISTCNN_OK;
  for (size_t i = 0; i < f->w->num_arrays && status == MNISTCNN_OK; i++)
    if (strcmp(f->w->arrays[i].owner, path) == 0)
      status = take(f, &f->w->arrays[i]);
  return status;
}

mnistcnn_status mcnn_keras_weights_find(mcnn_keras_weights *weights, const mcnn_keras_graph *graph,
                                        const mcnn_keras_layer *layer,
                                        const mcnn_keras_array *found[MCNN_KERAS_MAX_ARRAYS],
                                        size_t *count) {
  finder f = {weights, graph, layer, found, 0};
  const mnistcnn_status status = weights->by_name ? find_by_name(&f) : find_by_class(&f);
  *count = f.count;
  return status;
}
