#include "model/table.h"

#include <stdio.h>
#include <stdlib.h>

#include "terminal/message.h"

typedef mnistcnn_status (*text_of_model)(const mnistcnn_model *model, char *text, size_t capacity,
                                         size_t *length);

static int print_any_text(const mnistcnn_model *model, text_of_model get) {
  size_t length;

  if (get(model, NULL, 0, &length) != MNISTCNN_OK)
    return fail_library();
  char *const text = malloc(length + 1);
  if (!text)
    return fail("out of memory");
  const mnistcnn_status status = get(model, text, length + 1, NULL);
  if (status == MNISTCNN_OK)
    printf("%s%s", text, length > 0 && text[length - 1] == '\n' ? "" : "\n");
  fflush(stdout);
  free(text);
  return status == MNISTCNN_OK ? EXIT_STATUS_OK : fail_library();
}

int model_table_print(const mnistcnn_model *model) {
  return print_any_text(model, mnistcnn_model_summary);
}

int model_plan_print(const mnistcnn_model *model) {
  return print_any_text(model, mnistcnn_model_plan);
}
