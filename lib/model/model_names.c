/* Class names. */
#include "model/model.h"

#include "base/status.h"
#include "data/class_names.h"
#include "data/dataset.h"

#include <stdio.h>
#include <string.h>

enum { NUMBER_BYTES = 11 };

/* Pointers and, behind them, room for text. At most 1000 names of 255 bytes: no overflow. */
static char **new_names(const mcnn_alloc *alloc, uint32_t count, size_t text_bytes, char **text) {
  char **names = mcnn_alloc_array(alloc, count * sizeof(char *) + text_bytes, 1);
  *text = names ? (char *)(names + count) : NULL;
  return names;
}

uint64_t mcnn_names_bytes(uint32_t count, size_t text_bytes) {
  return mcnn_alloc_bytes(count * sizeof(char *) + text_bytes, 1);
}

uint64_t mcnn_number_names_bytes(uint32_t count) {
  return mcnn_names_bytes(count, (size_t)count * NUMBER_BYTES);
}

char **mcnn_names_copy(const mcnn_alloc *alloc, const char *const *names, uint32_t count) {
  size_t bytes = 0;
  char *text;
  for (uint32_t i = 0; i < count; i++)
    bytes += strlen(names[i]) + 1;
  char **copies = new_names(alloc, count, bytes, &text);
  for (uint32_t i = 0; copies && i < count; i++) {
    const size_t size = strlen(names[i]) + 1;
    memcpy(text, names[i], size);
    copies[i] = text;
    text += size;
  }
  return copies;
}

char **mcnn_names_of_numbers(const mcnn_alloc *alloc, uint32_t count) {
  char *text;
  char **names = new_names(alloc, count, (size_t)count * NUMBER_BYTES, &text);
  for (uint32_t i = 0; names && i < count; i++) {
    names[i] = text + (size_t)i * NUMBER_BYTES;
    (void)snprintf(names[i], NUMBER_BYTES, "%u", i);
  }
  return names;
}

const char *mcnn_model_class_name(const mnistcnn_model *model, uint32_t index) {
  char *const *names = model->class_names ? model->class_names : model->number_names;
  return index < model->arch->num_classes ? names[index] : NULL;
}

mnistcnn_status mcnn_model_set_class_names(mnistcnn_model *model, const char *const *names,
                                           uint32_t count) {
  if (count != model->arch->num_classes) {
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "%u class names for a model of %u classes", count,
                     model->arch->num_classes);
  }
  const mnistcnn_status status = mcnn_check_class_names(names, count);
  if (status != MNISTCNN_OK)
    return status;
  char **copies = mcnn_names_copy(&model->alloc, names, count);
  if (!copies)
    return MNISTCNN_OUT_OF_MEMORY;
  mcnn_free(&model->alloc, model->class_names);
  model->class_names = copies;
  return MNISTCNN_OK;
}
