/* Notes: a small sorted table of strings. */
#include "model/model.h"

#include "base/status.h"
#include "base/strings.h"
#include "base/utf8.h"

#include <string.h>

/* --- rules ------------------------------------------------------------------------------------ */

static mnistcnn_status check_key(const char *key) {
  static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789_.-";
  const size_t length = mcnn_strnlen(key, MCNN_MAX_NOTE_KEY_BYTES + 1);
  if (length < 1 || length > MCNN_MAX_NOTE_KEY_BYTES || strspn(key, allowed) != length) {
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "note \"%.64s\": a key is 1 to %d of [a-z0-9_.-]",
                     key, MCNN_MAX_NOTE_KEY_BYTES);
  }
  return MNISTCNN_OK;
}

/* Line breaks and tabs are text; other control characters are not. */
static int is_note_text(const char *value, size_t length) {
  for (size_t at = 0; at < length;) {
    const size_t bytes = mcnn_utf8_character(value + at, length - at);
    if (bytes == 0 || (!strchr("\t\n\r", value[at]) && !mcnn_utf8_is_text(value + at, bytes)))
      return 0;
    at += bytes;
  }
  return 1;
}

static mnistcnn_status check_value(const char *key, const char *value) {
  const size_t length = mcnn_strnlen(value, MCNN_MAX_NOTE_VALUE_BYTES + 1);
  if (length > MCNN_MAX_NOTE_VALUE_BYTES) {
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "note %s: its value is longer than %d bytes", key,
                     MCNN_MAX_NOTE_VALUE_BYTES);
  }
  if (!is_note_text(value, length)) {
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT,
                     "note %s: its value must be UTF-8 without control characters but tab, line "
                     "feed and carriage return",
                     key);
  }
  return MNISTCNN_OK;
}

/* --- the table -------------------------------------------------------------------------------- */

/* Where the key is, or else where it would go. */
static size_t find(const mnistcnn_model *model, const char *key, int *found) {
  size_t at = 0;
  while (at < model->num_notes && strcmp(model->notes[at].key, key) < 0)
    at++;
  *found = at < model->num_notes && strcmp(model->notes[at].key, key) == 0;
  return at;
}

const char *mcnn_model_note(const mnistcnn_model *model, const char *key) {
  int found;
  const size_t at = find(model, key, &found);
  return found ? model->notes[at].value : NULL;
}

static void free_note(mnistcnn_model *model, const mcnn_note *note) {
  mcnn_free(&model->alloc, note->key);
  mcnn_free(&model->alloc, note->value);
}

static void remove_note(mnistcnn_model *model, size_t at) {
  free_note(model, &model->notes[at]);
  model->num_notes--;
  memmove(&model->notes[at], &model->notes[at + 1], (model->num_notes - at) * sizeof *model->notes);
}

static mnistcnn_status replace_value(mnistcnn_model *model, size_t at, const char *value) {
  char *copy = mcnn_alloc_string(&model->alloc, value);
  if (!copy)
    return MNISTCNN_OUT_OF_MEMORY;
  mcnn_free(&model->alloc, model->notes[at].value);
  model->notes[at].value = copy;
  return MNISTCNN_OK;
}

static mnistcnn_status insert_note(mnistcnn_model *model, size_t at, const char *key,
                                   const char *value) {
  if (model->num_notes == MCNN_MAX_NOTES) {
    return mcnn_fail(MNISTCNN_LIMIT, "note %s: a model holds at most %u notes", key,
                     MCNN_MAX_NOTES);
  }
  const mcnn_note note = {mcnn_alloc_string(&model->alloc, key),
                          mcnn_alloc_string(&model->alloc, value)};
  if (!note.key || !note.value) {
    free_note(model, &note);
    return MNISTCNN_OUT_OF_MEMORY;
  }
  memmove(&model->notes[at + 1], &model->notes[at], (model->num_notes - at) * sizeof *model->notes);
  model->notes[at] = note;
  model->num_notes++;
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_model_set_note(mnistcnn_model *model, const char *key, const char *value) {
  int found;
  mnistcnn_status status = check_key(key);
  if (status == MNISTCNN_OK && value)
    status = check_value(key, value);
  if (status != MNISTCNN_OK)
    return status;
  const size_t at = find(model, key, &found);
  if (value)
    return found ? replace_value(model, at, value) : insert_note(model, at, key, value);
  if (found)
    remove_note(model, at);
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_model_copy_notes(const mnistcnn_model *from, mnistcnn_model *to) {
  mnistcnn_status status = MNISTCNN_OK;
  for (size_t i = 0; i < from->num_notes && status == MNISTCNN_OK; i++)
    status = mcnn_model_set_note(to, from->notes[i].key, from->notes[i].value);
  return status;
}

void mcnn_model_free_notes(mnistcnn_model *model) {
  for (size_t i = 0; i < model->num_notes; i++)
    free_note(model, &model->notes[i]);
  model->num_notes = 0;
  mcnn_free(&model->alloc, model->notes);
  model->notes = NULL;
}
