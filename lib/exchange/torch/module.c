#include "exchange/torch/module.h"

#include "base/status.h"
#include "exchange/torch/module_layers.h"

#include <stdio.h>
#include <string.h>

enum { DEEPEST = 8, MAX_MODULES = 1024, MAX_ARRAYS = 16 };
static const char sequential[] = "torch.nn.modules.container.Sequential";

static const mcnn_pickle_value *state_of(const mcnn_pickle_value *module) {
  return module && module->kind == MCNN_PICKLE_OBJECT && module->count > 2 ? module->items[2]
                                                                           : NULL;
}

static const char *class_of(const mcnn_pickle_value *module) {
  return module && module->kind == MCNN_PICKLE_OBJECT ? module->items[0]->text : "something else";
}

/* The modules inside, by name; NULL where there are none. */
static const mcnn_pickle_value *children_of(const mcnn_pickle_value *module) {
  const mcnn_pickle_value *const children = mcnn_pickle_member(state_of(module), "_modules");
  return children && children->kind == MCNN_PICKLE_DICT ? children : NULL;
}

static mnistcnn_status refuse_module(const mcnn_torch_file *file, const mcnn_pickle_value *module) {
  return mcnn_fail(MNISTCNN_UNSUPPORTED,
                   "%s: a whole module of class %.100s, whose program is not in the file. In the "
                   "program that made it, save the weights alone: "
                   "torch.save(torch.load(\"%.100s\", weights_only=False).state_dict(), "
                   "\"weights.pt\")",
                   file->label, class_of(module), file->label);
}

static int is_sequential(const mcnn_pickle_value *module) {
  return module->kind == MCNN_PICKLE_OBJECT && mcnn_pickle_is_name(module->items[0], sequential);
}

/* A module in which there is one other and nothing else; NULL where that is not so. */
static const mcnn_pickle_value *only_child(const mcnn_pickle_value *module) {
  const mcnn_pickle_value *const children = children_of(module);
  const mcnn_pickle_value *const parameters = mcnn_pickle_member(state_of(module), "_parameters");
  const int is_bare = !parameters || parameters->count == 0;
  return children && children->count == 2 && is_bare ? children->items[1] : NULL;
}

/* The Sequential that a module is or holds. */
static mnistcnn_status find_sequential(const mcnn_torch_file *file, const mcnn_pickle_value *module,
                                       mcnn_strings *notes, const mcnn_pickle_value **found) {
  static const char parallel[] = "torch.nn.parallel.";
  const mcnn_pickle_value *at = module;
  char text[MCNN_PICKLE_MAX_NAME + 96];
  int is_guess = 0;
  for (int depth = 0; at && depth < DEEPEST && !is_sequential(at); depth++) {
    is_guess |= strncmp(class_of(at), parallel, sizeof parallel - 1) != 0;
    at = only_child(at);
  }
  if (!at || !is_sequential(at))
    return refuse_module(file, module);
  *found = at;
  if (!is_guess)
    return MNISTCNN_OK;
  (void)snprintf(text, sizeof text,
                 "the class %.200s is taken for what the Sequential in it does: a guess",
                 class_of(module));
  return mcnn_strings_add(notes, file->alloc, "", text);
}

/* --- the layers of a Sequential --------------------------------------------------------------- */

typedef struct module_reader {
  mcnn_torch_file *file;
  mcnn_torch_list *list;
  mcnn_torch_module_layers layers;
  uint32_t count;
} module_reader;

static mnistcnn_status add_arrays(module_reader *r, const mcnn_pickle_value *state,
                                  const char *group, const char *prefix) {
  const mcnn_pickle_value *const arrays = mcnn_pickle_member(state, group);
  mnistcnn_status status = MNISTCNN_OK;
  if (!arrays || arrays->kind != MCNN_PICKLE_DICT)
    return MNISTCNN_OK;
  if (arrays->count > 2 * MAX_ARRAYS)
    return mcnn_fail(MNISTCNN_LIMIT, "%s: more than %d arrays in one layer", r->file->label,
                     MAX_ARRAYS);
  for (uint32_t i = 0; i + 1 < arrays->count && status == MNISTCNN_OK; i += 2)
    if (arrays->items[i]->kind == MCNN_PICKLE_TEXT && mcnn_torch_is_tensor(arrays->items[i + 1]))
      status =
          mcnn_torch_add_tensor(r->file, prefix, arrays->items[i], arrays->items[i + 1], r->list);
  return status;
}

static mnistcnn_status read_layer(module_reader *r, const mcnn_pickle_value *module,
                                  const char *prefix) {
  const mcnn_pickle_value *const state = state_of(module);
  mnistcnn_status status = mcnn_torch_module_layer(&r->layers, class_of(module), state, prefix);
  if (status == MNISTCNN_OK)
    status = add_arrays(r, state, "_parameters", prefix);
  if (status == MNISTCNN_OK)
    status = add_arrays(r, state, "_buffers", prefix);
  return status;
}

static mnistcnn_status read_sequential(module_reader *r, const mcnn_pickle_value *module,
                                       const char *prefix, int depth);

static mnistcnn_status read_child(module_reader *r, const mcnn_pickle_value *name,
                                  const mcnn_pickle_value *module, const char *prefix, int depth) {
  char inner[MCNN_TORCH_MAX_NAME];
  if (r->count++ == MAX_MODULES || depth == DEEPEST)
    return mcnn_fail(MNISTCNN_LIMIT, "%s: more than %d modules, or nested more than %d deep",
                     r->file->label, MAX_MODULES, DEEPEST);
  if (name->kind != MCNN_PICKLE_TEXT || strlen(prefix) + name->length + 2 > sizeof inner)
    return mcnn_fail(MNISTCNN_FORMAT, "%s: the name of a module is too long or no text",
                     r->file->label);
  (void)snprintf(inner, sizeof inner, "%s%.*s.", prefix, (int)name->length, name->text);
  if (is_sequential(module))
    return read_sequential(r, module, inner, depth + 1);
  return read_layer(r, module, inner);
}

static mnistcnn_status read_sequential(module_reader *r, const mcnn_pickle_value *module,
                                       const char *prefix, int depth) {
  const mcnn_pickle_value *const children = children_of(module);
  mnistcnn_status status = MNISTCNN_OK;
  for (uint32_t i = 0; children && i + 1 < children->count && status == MNISTCNN_OK; i += 2)
    status = read_child(r, children->items[i], children->items[i + 1], prefix, depth);
  return status;
}

mnistcnn_status mcnn_torch_read_module(mcnn_torch_file *file, const mcnn_pickle_value *module,
                                       mcnn_strings *notes, mcnn_torch_text *text,
                                       mcnn_torch_list *list) {
  const mcnn_pickle_value *found = NULL;
  module_reader r = {.file = file, .list = list, .layers = {.label = file->label, .text = text}};
  mnistcnn_status status = find_sequential(file, module, notes, &found);
  if (status == MNISTCNN_OK)
    status = mcnn_torch_check_names(file);
  if (status == MNISTCNN_OK)
    status = read_sequential(&r, found, "", 0);
  if (status == MNISTCNN_OK && text->is_cut)
    status = mcnn_fail(MNISTCNN_LIMIT, "%s: its network is too long for an architecture text",
                       file->label);
  return status;
}
