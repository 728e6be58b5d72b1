#include "model_table.h"

#include <stdio.h>
#include <stdlib.h>

#include "message.h"

int model_table_print(const mnistcnn_model *model) {
  size_t length;

  if (mnistcnn_model_summary(model, NULL, 0, &length) != MNISTCNN_OK)
    return fail_library();
  char *const text = malloc(length + 1);
  if (!text)
    return fail("out of memory");
  const mnistcnn_status status = mnistcnn_model_summary(model, text, length + 1, NULL);
  if (status == MNISTCNN_OK)
    printf("%s%s", text, length > 0 && text[length - 1] == '\n' ? "" : "\n");
  fflush(stdout);
  free(text);
  return status == MNISTCNN_OK ? EXIT_STATUS_OK : fail_library();
}
