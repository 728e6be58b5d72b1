#include "exchange/torch/state_dict.h"

#include "base/status.h"

#include <stdio.h>
#include <string.h>

enum { MAX_CANDIDATES = 16, DEEPEST = 4, MAX_VISITS = 1 << 20, PATH_TEXT = 96 };

typedef struct candidate {
  const mcnn_pickle_value *value; /* a DICT or an OBJECT */
  char path[PATH_TEXT];           /* "checkpoint.state_dict"; "" for the object itself */
} candidate;

typedef struct finder {
  const mcnn_torch_file *file;
  candidate candidates[MAX_CANDIDATES];
  size_t count, visits;
} finder;

/* --- finding ---------------------------------------------------------------------------------- */

/* What an optimiser keeps has tensors too. */
static int is_of_training(const mcnn_pickle_value *key) {
  static const char *const words[] = {"optim", "scheduler", "lr_sched", "scaler"};
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
    const size_t length = strlen(words[i]);
    for (size_t at = 0; at + length <= key->length; at++)
      if (memcmp(key->text + at, words[i], length) == 0)
        return 1;
  }
  return 0;
}

static int has_tensors(const mcnn_pickle_value *dict) {
  for (uint32_t i = 0; i + 1 < dict->count; i += 2)
    if (dict->items[i]->kind == MCNN_PICKLE_TEXT && mcnn_torch_is_tensor(dict->items[i + 1]))
      return 1;
  return 0;
}

static void add_candidate(finder *f, const mcnn_pickle_value *value, const char *path) {
  if (f->count == MAX_CANDIDATES)
    return;
  candidate *const c = &f->candidates[f->count++];
  c->value = value;
  (void)snprintf(c->path, sizeof c->path, "%s", path);
}

static void find_in(finder *f, const mcnn_pickle_value *value, const char *path, int depth);

static void find_in_dict(finder *f, const mcnn_pickle_value *dict, const char *path, int depth) {
  for (uint32_t i = 0; i + 1 < dict->count; i += 2) {
    const mcnn_pickle_value *const key = dict->items[i];
    char inner[PATH_TEXT];
    if (key->kind != MCNN_PICKLE_TEXT || is_of_training(key))
      continue;
    (void)snprintf(inner, sizeof inner, "%s%s%.*s", path, path[0] ? "." : "",
                   (int)(key->length < 40 ? key->length : 40), key->text);
    find_in(f, dict->items[i + 1], inner, depth + 1);
  }
}

static void find_in_list(finder *f, const mcnn_pickle_value *list, const char *path, int depth) {
  for (uint32_t i = 0; i < list->count && i < MAX_CANDIDATES; i++) {
    char inner[PATH_TEXT];
    (void)snprintf(inner, sizeof inner, "%.60s[%u]", path, i);
    find_in(f, list->items[i], inner, depth + 1);
  }
}

/* Not deep, and not for ever: values may hold themselves. */
static void find_in(finder *f, const mcnn_pickle_value *value, const char *path, int depth) {
  if (depth > DEEPEST || f->visits >= MAX_VISITS)
    return;
  f->visits += 1 + (value->kind == MCNN_PICKLE_DICT ? value->count / 2 : 0);
  if (value->kind == MCNN_PICKLE_OBJECT || (value->kind == MCNN_PICKLE_DICT && has_tensors(value)))
    add_candidate(f, value, path);
  else if (value->kind == MCNN_PICKLE_DICT)
    find_in_dict(f, value, path, depth);
  else if (value->kind == MCNN_PICKLE_LIST || value->kind == MCNN_PICKLE_TUPLE)
    find_in_list(f, value, path, depth);
}

/* --- choosing --------------------------------------------------------------------------------- */

static int is_usual(const char *path) {
  static const char *const names[] = {"state_dict", "model_state_dict", "model",  "model_state",
                                      "net",        "network",          "params", "weights"};
  const char *const point = strrchr(path, '.');
  const char *const last = point ? point + 1 : path;
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (strcmp(last, names[i]) == 0)
      return 1;
  return 0;
}

static const candidate *choose(const finder *f) {
  const candidate *usual = NULL;
  for (size_t i = 0; i < f->count; i++) {
    if (!is_usual(f->candidates[i].path))
      continue;
    if (usual)
      return NULL;
    usual = &f->candidates[i];
  }
  return f->count == 1 ? &f->candidates[0] : usual;
}

static mnistcnn_status fail_several(const finder *f) {
  char text[256] = "";
  for (size_t i = 0; i < f->count && strlen(text) + PATH_TEXT + 8 < sizeof text; i++)
    (void)snprintf(text + strlen(text), sizeof text - strlen(text), "%s\"%.*s\"", i > 0 ? ", " : "",
                   PATH_TEXT - 1, f->candidates[i].path);
  return mcnn_fail(MNISTCNN_UNSUPPORTED,
                   "%s: has several sets of weights (%s): save the one you mean with torch.save()",
                   f->file->label, text);
}

static mnistcnn_status note_choice(const candidate *chosen, const mcnn_alloc *alloc,
                                   mcnn_strings *notes) {
  char text[PATH_TEXT + 32];
  if (chosen->path[0] == '\0')
    return MNISTCNN_OK;
  (void)snprintf(text, sizeof text, "the weights are those of \"%s\"", chosen->path);
  return mcnn_strings_add(notes, alloc, "", text);
}

mnistcnn_status mcnn_torch_find_weights(const mcnn_torch_file *file, mcnn_strings *notes,
                                        mcnn_torch_found *found) {
  finder *const f = mcnn_alloc_zeroed(file->alloc, 1, sizeof *f);
  *found = (mcnn_torch_found){NULL, NULL};
  if (!f)
    return MNISTCNN_OUT_OF_MEMORY;
  f->file = file;
  find_in(f, mcnn_pickle_root(file->pickle), "", 0);
  const candidate *const chosen = choose(f);
  mnistcnn_status status;
  if (chosen) {
    status = note_choice(chosen, file->alloc, notes);
    if (chosen->value->kind == MCNN_PICKLE_OBJECT)
      found->module = chosen->value;
    else
      found->dict = chosen->value;
  } else if (f->count > 0)
    status = fail_several(f);
  else
    status = mcnn_fail(MNISTCNN_FORMAT,
                       "%s: has no dictionary of tensors; save one with "
                       "torch.save(model.state_dict(), \"weights.pt\")",
                       file->label);
  mcnn_free(file->alloc, f);
  return status;
}

/* --- reading ---------------------------------------------------------------------------------- */

int mcnn_torch_is_counter(const char *name, size_t length) {
  static const char counter[] = "num_batches_tracked";
  const size_t size = sizeof counter - 1;
  return length >= size && memcmp(name + length - size, counter, size) == 0 &&
         (length == size || name[length - size - 1] == '.');
}

mnistcnn_status mcnn_torch_add_tensor(mcnn_torch_file *file, const char *prefix,
                                      const mcnn_pickle_value *name, const mcnn_pickle_value *value,
                                      mcnn_torch_list *list) {
  char full[2 * MCNN_TORCH_MAX_NAME];
  mcnn_torch_tensor tensor;
  if (mcnn_torch_is_counter(name->text, name->length))
    return MNISTCNN_OK;
  if (strlen(prefix) + name->length >= MCNN_TORCH_MAX_NAME)
    return mcnn_fail(MNISTCNN_FORMAT, "%s: the name of a tensor is too long", file->label);
  const size_t length = strlen(prefix) + name->length;
  memcpy(full, prefix, strlen(prefix));
  memcpy(full + strlen(prefix), name->text, name->length);
  const mnistcnn_status status = mcnn_torch_rebuild(file, value, full, length, &tensor);
  return status == MNISTCNN_OK ? mcnn_torch_list_add(list, full, length, &tensor) : status;
}

mnistcnn_status mcnn_torch_read_dict(mcnn_torch_file *file, const mcnn_pickle_value *dict,
                                     mcnn_torch_list *list) {
  mnistcnn_status status = MNISTCNN_OK;
  for (uint32_t i = 0; i + 1 < dict->count && status == MNISTCNN_OK; i += 2)
    if (dict->items[i]->kind == MCNN_PICKLE_TEXT && mcnn_torch_is_tensor(dict->items[i + 1]))
      status = mcnn_torch_add_tensor(file, "", dict->items[i], dict->items[i + 1], list);
  if (status == MNISTCNN_OK)
    mcnn_torch_strip_prefixes(list);
  return status;
}

static int all_begin(const mcnn_torch_list *list, const char *prefix) {
  for (size_t i = 0; i < list->count; i++)
    if (strncmp(list->tensors[i].name, prefix, strlen(prefix)) != 0)
      return 0;
  return list->count > 0;
}

void mcnn_torch_strip_prefixes(mcnn_torch_list *list) {
  static const char *const prefixes[] = {"module.", "_orig_mod.", "model.", "net.", "network."};
  for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0];) {
    if (!all_begin(list, prefixes[i])) {
      i++;
      continue;
    }
    for (size_t j = 0; j < list->count; j++) {
      char *const name = list->tensors[j].name;
      memmove(name, name + strlen(prefixes[i]), strlen(name) - strlen(prefixes[i]) + 1);
    }
    i = 0;
  }
}
