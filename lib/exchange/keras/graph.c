#include "exchange/keras/graph.h"

#include "base/status.h"

#include <string.h>

#define NONE UINT32_MAX

static const char input_class[] = "InputLayer";

/* The layers of one model while it is read: what each name stands for in the list. */
typedef struct scope {
  const mcnn_json_value *layers; /* an array */
  uint32_t container;
} scope;

typedef struct reader {
  const char *label;
  mcnn_keras_graph *graph;
  uint32_t depth;
  uint32_t use; /* of the nested model that is being read */
} reader;

static mnistcnn_status fail(const reader *r, mnistcnn_status status, const char *reason,
                            const char *name) {
  return mcnn_fail(status, "%s: %s \"%.80s\"", r->label, reason, name ? name : "?");
}

int mcnn_keras_is_container(const char *class_name) {
  return strcmp(class_name, "Sequential") == 0 || strcmp(class_name, "Model") == 0 ||
         strcmp(class_name, "Functional") == 0;
}

/* --- layers ----------------------------------------------------------------------------------- */

static const mcnn_json_value *config_of(const mcnn_json_value *layer) {
  return mcnn_json_member(layer, "config");
}

static const char *class_of(const mcnn_json_value *layer) {
  return mcnn_json_text(mcnn_json_member(layer, "class_name"));
}

/* In a Functional beside the configuration, otherwise in it. */
static const char *name_of(const mcnn_json_value *layer) {
  const char *const name = mcnn_json_text(mcnn_json_member(layer, "name"));
  if (name)
    return name;
  const mcnn_json_value *const config = config_of(layer);
  if (mcnn_json_is(config, MCNN_JSON_ARRAY))
    return class_of(layer);
  return mcnn_json_text(mcnn_json_member(config, "name"));
}

/* Classes of others than Keras have a package before '>' in their registered name. */
static mnistcnn_status check_registered(const reader *r, const mcnn_json_value *layer) {
  const char *const name = mcnn_json_text(mcnn_json_member(layer, "registered_name"));
  const char *const package = name ? strchr(name, '>') : NULL;
  if (!package || strncmp(name, "Keras", 5) == 0 || strncmp(name, "keras", 5) == 0 ||
      strncmp(name, "builtins", 8) == 0)
    return MNISTCNN_OK;
  return mcnn_fail(
      MNISTCNN_UNSUPPORTED,
      "%s: layer \"%.60s\" is of a class of the author's own, \"%.60s\", whose code is "
      "not in the file and would not be run",
      r->label, name_of(layer) ? name_of(layer) : "?", name);
}

static mnistcnn_status check_layer(const reader *r, const mcnn_json_value *layer) {
  if (!class_of(layer) || !config_of(layer))
    return fail(r, MNISTCNN_FORMAT, "the configuration has a layer without class or configuration",
                name_of(layer));
  if (!name_of(layer))
    return fail(r, MNISTCNN_FORMAT, "the configuration has a layer without a name, of class",
                class_of(layer));
  return check_registered(r, layer);
}

static mcnn_keras_layer *new_layer(const reader *r) {
  mcnn_keras_graph *const graph = r->graph;
  if (graph->num_layers == MCNN_KERAS_MAX_LAYERS) {
    (void)mcnn_fail(MNISTCNN_LIMIT, "%s: more than %d layers", r->label, MCNN_KERAS_MAX_LAYERS);
    return NULL;
  }
  return &graph->layers[graph->num_layers++];
}

/* How many layers of its class are before it in its model. */
static uint32_t ordinal_of(const scope *s, const mcnn_json_value *layer) {
  uint32_t ordinal = 0;
  for (const mcnn_json_value *other = s->layers->first; other && other != layer;
       other = other->next)
    ordinal += class_of(other) && strcmp(class_of(other), class_of(layer)) == 0;
  return ordinal;
}

/* A layer of a configuration as it is called once. */
typedef struct call {
  const mcnn_json_value *layer;
  const mcnn_json_value *node; /* NULL in a Sequential */
  uint32_t use;                /* how often the layer was called before */
} call;

static mnistcnn_status add_layer(const reader *r, const scope *s, const call *c,
                                 const uint32_t *inputs, uint32_t num_inputs, uint32_t *index) {
  const mcnn_json_value *const json = c->layer;
  mcnn_keras_layer *const layer = new_layer(r);
  if (!layer)
    return MNISTCNN_LIMIT;
  *layer = (mcnn_keras_layer){.class_name = class_of(json),
                              .name = name_of(json),
                              .module = mcnn_json_text(mcnn_json_member(json, "module")),
                              .config = config_of(json),
                              .call = c->node,
                              .use = c->use > r->use ? c->use : r->use,
                              .container = s->container,
                              .ordinal = ordinal_of(s, json),
                              .num_inputs = num_inputs};
  for (uint32_t i = 0; i < num_inputs; i++)
    layer->inputs[i] = inputs[i];
  *index = r->graph->num_layers - 1;
  return MNISTCNN_OK;
}

/* --- models ----------------------------------------------------------------------------------- */

static mnistcnn_status read_model(reader *r, const mcnn_json_value *model, uint32_t parent,
                                  uint32_t ordinal, uint32_t input, uint32_t *output);

/* A layer, or a model as a layer, which reads the first of `inputs`. */
static mnistcnn_status read_layer(reader *r, const scope *s, const call *c, const uint32_t *inputs,
                                  uint32_t num_inputs, uint32_t *index) {
  const mcnn_json_value *const json = c->layer;
  const uint32_t use = r->use;
  if (!mcnn_keras_is_container(class_of(json)))
    return add_layer(r, s, c, inputs, num_inputs, index);
  if (num_inputs > 1)
    return fail(r, MNISTCNN_UNSUPPORTED, "several inputs for the nested model", name_of(json));
  r->use = c->use > use ? c->use : use;
  const mnistcnn_status status =
      read_model(r, json, s->container, ordinal_of(s, json), inputs[0], index);
  r->use = use;
  return status;
}

static mnistcnn_status add_input(const reader *r, const scope *s, const mcnn_json_value *layer,
                                 uint32_t *index) {
  const call c = {layer, NULL, 0};
  const mnistcnn_status status = add_layer(r, s, &c, NULL, 0, index);
  if (status == MNISTCNN_OK)
    r->graph->layers[*index].class_name = input_class;
  return status;
}

/* Where the outermost model begins, the input is a layer by itself. */
static mnistcnn_status read_sequential(reader *r, const scope *s, uint32_t input,
                                       uint32_t *output) {
  mnistcnn_status status = MNISTCNN_OK;
  uint32_t at = input;
  for (const mcnn_json_value *layer = s->layers->first; layer && status == MNISTCNN_OK;
       layer = layer->next) {
    status = check_layer(r, layer);
    if (status == MNISTCNN_OK && at == NONE)
      status = add_input(r, s, layer, &at);
    const call c = {layer, NULL, 0};
    if (status == MNISTCNN_OK && strcmp(class_of(layer), input_class) != 0)
      status = read_layer(r, s, &c, &at, 1, &at);
  }
  *output = at;
  return status;
}

/* --- functional models ------------------------------------------------------------------------ */

/* What a node reads, however it is written: layers by name, and which call of each. */
typedef struct references {
  const char *names[MCNN_KERAS_MAX_INPUTS];
  uint32_t calls[MCNN_KERAS_MAX_INPUTS];
  uint32_t count;
} references;

/* name: of an array that begins with it and the number of the call. */
static int add_reference(references *found, const mcnn_json_value *name) {
  const mcnn_json_value *const number = name ? name->next : NULL;
  if (!mcnn_json_text(name) || found->count == MCNN_KERAS_MAX_INPUTS)
    return 0;
  found->calls[found->count] =
      number && number->kind == MCNN_JSON_NUMBER && number->number >= 0 && number->number < 1e6
          ? (uint32_t)number->number
          : 0;
  found->names[found->count++] = mcnn_json_text(name);
  return 1;
}

/* ["conv2d", 0, 0] or ["conv2d", 0, 0, {...}] */
static int is_reference(const mcnn_json_value *value) {
  return mcnn_json_is(value, MCNN_JSON_ARRAY) && value->count >= 3 &&
         mcnn_json_is(value->first, MCNN_JSON_STRING) &&
         mcnn_json_is(value->first->next, MCNN_JSON_NUMBER);
}

/* Arrays and objects that are being walked through, from outside to inside. */
typedef struct walk {
  const mcnn_json_value *next[MCNN_JSON_MAX_DEPTH];
  size_t depth;
} walk;

static int visit(walk *w, const mcnn_json_value *value, references *found) {
  static const char constant[] = "_CONSTANT_VALUE";
  const mcnn_json_value *const history = mcnn_json_member(value, "keras_history");
  if (history)
    return add_reference(found, history->first);
  if (value->kind != MCNN_JSON_ARRAY && value->kind != MCNN_JSON_OBJECT)
    return 1;
  if (is_reference(value)) {
    if (!mcnn_json_equals(value->first, constant) && !add_reference(found, value->first))
      return 0;
    /* Behind the name and the two numbers there may be arguments, tensors among them. */
    w->next[w->depth++] = value->first->next->next->next;
    return 1;
  }
  w->next[w->depth++] = value->first;
  return 1;
}

static int collect_references(const mcnn_json_value *node, references *found) {
  walk w = {{NULL}, 0};
  found->count = 0;
  if (node && !visit(&w, node, found))
    return 0;
  while (w.depth > 0) {
    const mcnn_json_value *const value = w.next[w.depth - 1];
    if (!value) {
      w.depth--;
      continue;
    }
    w.next[w.depth - 1] = value->next;
    if (!visit(&w, value, found))
      return 0;
  }
  return 1;
}

/* How often a layer is called: the arrays or objects of its nodes; an input once. */
static uint32_t count_calls(const mcnn_json_value *nodes) {
  return nodes && !is_reference(nodes) && nodes->count > 0 ? nodes->count : 1;
}

static const mcnn_json_value *call_at(const mcnn_json_value *nodes, uint32_t index) {
  return is_reference(nodes) ? nodes : mcnn_json_element(nodes, index);
}

typedef struct functional {
  scope s;
  call calls[MCNN_KERAS_MAX_LAYERS];
  uint32_t index[MCNN_KERAS_MAX_LAYERS]; /* in the list; NONE: not there yet */
  uint32_t last[MCNN_KERAS_MAX_LAYERS];  /* the highest number by which a layer's calls are read */
  uint32_t count;
} functional;

static int is_called(const functional *f, uint32_t i, const char *name) {
  return strcmp(name_of(f->calls[i].layer), name) == 0;
}

static uint32_t find_layer(const functional *f, const char *name) {
  for (uint32_t i = 0; i < f->count; i++)
    if (is_called(f, i, name))
      return i;
  return NONE;
}

static uint32_t count_entries(const functional *f, uint32_t first) {
  uint32_t count = 1;
  while (first + count < f->count && f->calls[first + count].layer == f->calls[first].layer)
    count++;
  return count;
}

/* Of a layer that is called once, the number may be that of a call outside of the model. Calls of
 * models count from 1 in Keras 2, as each was called when it was made. */
static uint32_t find_call(const functional *f, const char *name, uint32_t number) {
  const uint32_t first = find_layer(f, name);
  const uint32_t count = first == NONE ? 0 : count_entries(f, first);
  if (count <= 1)
    return first;
  if (f->last[first] == count)
    number--;
  return number < count ? first + number : NONE;
}

static void note_numbers(functional *f, const references *found) {
  for (uint32_t i = 0; i < found->count; i++) {
    const uint32_t layer = find_layer(f, found->names[i]);
    if (layer != NONE && found->calls[i] > f->last[layer])
      f->last[layer] = found->calls[i];
  }
}

/* The one layer that "input_layers" or "output_layers" names. */
static mnistcnn_status find_end(const reader *r, const functional *f, const mcnn_json_value *model,
                                const char *key, uint32_t *layer) {
  references found;
  (void)collect_references(mcnn_json_member(config_of(model), key), &found);
  if (found.count > 1)
    return mcnn_fail(MNISTCNN_UNSUPPORTED,
                     "%s: the network has several %s, \"%.60s\" and \"%.60s\" among them; this "
                     "library has networks of one",
                     r->label, key[0] == 'i' ? "inputs" : "outputs", found.names[0],
                     found.names[1]);
  *layer = found.count == 1 ? find_call(f, found.names[0], found.calls[0]) : NONE;
  if (*layer == NONE)
    return fail(r, MNISTCNN_FORMAT,
                "the configuration does not say which layer is first or last:", key);
  return MNISTCNN_OK;
}

/* 1 where all that it reads is there; then inputs are filled. */
static int find_inputs(const functional *f, const references *found, uint32_t *inputs) {
  for (uint32_t i = 0; i < found->count; i++) {
    const uint32_t layer = find_call(f, found->names[i], found->calls[i]);
    if (layer == NONE || f->index[layer] == NONE)
      return 0;
    inputs[i] = f->index[layer];
  }
  return 1;
}

static mnistcnn_status read_call(reader *r, functional *f, uint32_t i, int *progress) {
  const call *const c = &f->calls[i];
  references found;
  uint32_t inputs[MCNN_KERAS_MAX_INPUTS];
  if (!collect_references(c->node, &found))
    return fail(r, MNISTCNN_UNSUPPORTED, "too many inputs for layer", name_of(c->layer));
  if (found.count == 0)
    return fail(r, MNISTCNN_UNSUPPORTED, "nothing is read by layer", name_of(c->layer));
  if (!find_inputs(f, &found, inputs))
    return MNISTCNN_OK;
  *progress = 1;
  return read_layer(r, &f->s, c, inputs, found.count, &f->index[i]);
}

/* Layers may stand before what they read. */
static mnistcnn_status read_calls(reader *r, functional *f) {
  mnistcnn_status status = MNISTCNN_OK;
  uint32_t missing = NONE;
  for (int progress = 1; progress && status == MNISTCNN_OK;) {
    progress = 0;
    missing = NONE;
    for (uint32_t i = 0; i < f->count && status == MNISTCNN_OK; i++) {
      if (f->index[i] == NONE)
        status = read_call(r, f, i, &progress);
      if (status == MNISTCNN_OK && f->index[i] == NONE && missing == NONE)
        missing = i;
    }
  }
  if (status != MNISTCNN_OK || missing == NONE)
    return status;
  return fail(r, MNISTCNN_FORMAT, "what it reads is missing, or reads it in turn: layer",
              name_of(f->calls[missing].layer));
}

static mnistcnn_status list_calls(const reader *r, functional *f, const mcnn_json_value *layer) {
  const mcnn_json_value *const nodes = mcnn_json_member(layer, "inbound_nodes");
  const uint32_t count = count_calls(nodes);
  for (uint32_t i = 0; i < count; i++) {
    if (f->count == MCNN_KERAS_MAX_LAYERS)
      return mcnn_fail(MNISTCNN_LIMIT, "%s: more than %d layers", r->label, MCNN_KERAS_MAX_LAYERS);
    f->index[f->count] = NONE;
    f->calls[f->count++] = (call){layer, call_at(nodes, i), i};
  }
  return MNISTCNN_OK;
}

static mnistcnn_status list_layers(const reader *r, functional *f, const mcnn_json_value *model) {
  mnistcnn_status status = MNISTCNN_OK;
  references found;
  for (const mcnn_json_value *layer = f->s.layers->first; layer && status == MNISTCNN_OK;
       layer = layer->next) {
    status = check_layer(r, layer);
    if (status == MNISTCNN_OK && find_layer(f, name_of(layer)) != NONE)
      status = fail(r, MNISTCNN_FORMAT, "two layers are called", name_of(layer));
    if (status == MNISTCNN_OK)
      status = list_calls(r, f, layer);
  }
  for (uint32_t i = 0; i < f->count && status == MNISTCNN_OK; i++) {
    (void)collect_references(f->calls[i].node, &found);
    note_numbers(f, &found);
  }
  (void)collect_references(mcnn_json_member(config_of(model), "output_layers"), &found);
  note_numbers(f, &found);
  return status;
}

static mnistcnn_status read_functional(reader *r, const scope *s, const mcnn_json_value *model,
                                       uint32_t input, uint32_t *output) {
  functional f = {.s = *s};
  uint32_t first = 0, last = 0;
  mnistcnn_status status = list_layers(r, &f, model);
  if (status == MNISTCNN_OK)
    status = find_end(r, &f, model, "input_layers", &first);
  if (status == MNISTCNN_OK)
    status = find_end(r, &f, model, "output_layers", &last);
  if (status == MNISTCNN_OK && input == NONE)
    status = add_input(r, s, f.calls[first].layer, &input);
  if (status != MNISTCNN_OK)
    return status;
  f.index[first] = input;
  status = read_calls(r, &f);
  *output = f.index[last];
  return status;
}

/* --- containers ------------------------------------------------------------------------------- */

static mnistcnn_status add_container(const reader *r, const mcnn_json_value *model, uint32_t parent,
                                     uint32_t ordinal, scope *s) {
  mcnn_keras_graph *const graph = r->graph;
  const mcnn_json_value *const config = config_of(model);
  s->layers = mcnn_json_is(config, MCNN_JSON_ARRAY) ? config : mcnn_json_member(config, "layers");
  s->container = graph->num_containers;
  if (!mcnn_json_is(s->layers, MCNN_JSON_ARRAY) || s->layers->count == 0)
    return fail(r, MNISTCNN_FORMAT, "no layers in the model", name_of(model));
  if (graph->num_containers == MCNN_KERAS_MAX_LAYERS)
    return mcnn_fail(MNISTCNN_LIMIT, "%s: too many nested models", r->label);
  graph->containers[graph->num_containers++] =
      (mcnn_keras_container){name_of(model), class_of(model), parent, ordinal};
  return MNISTCNN_OK;
}

static mnistcnn_status read_model(reader *r, const mcnn_json_value *model, uint32_t parent,
                                  uint32_t ordinal, uint32_t input, uint32_t *output) {
  scope s;
  if (r->depth == MCNN_KERAS_MAX_NESTED)
    return mcnn_fail(MNISTCNN_LIMIT, "%s: models nested more than %d deep", r->label,
                     MCNN_KERAS_MAX_NESTED);
  mnistcnn_status status = add_container(r, model, parent, ordinal, &s);
  if (status != MNISTCNN_OK)
    return status;
  r->depth++;
  status = strcmp(class_of(model), "Sequential") == 0
               ? read_sequential(r, &s, input, output)
               : read_functional(r, &s, model, input, output);
  r->depth--;
  return status;
}

mnistcnn_status mcnn_keras_graph_read(const mcnn_json_value *config, const char *label,
                                      mcnn_keras_graph *graph) {
  reader r = {label, graph, 0, 0};
  const char *const class_name = class_of(config);
  graph->num_layers = graph->num_containers = 0;
  if (!class_name || !config_of(config))
    return mcnn_fail(MNISTCNN_FORMAT, "%s: the configuration has no class or no layers", label);
  if (!mcnn_keras_is_container(class_name))
    return mcnn_fail(
        MNISTCNN_UNSUPPORTED,
        "%s: the model is of class \"%.60s\", whose code is not in the file; save it as "
        "a Sequential or Functional model",
        label, class_name);
  return read_model(&r, config, 0, 0, NONE, &graph->output);
}
