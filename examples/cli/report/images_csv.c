#include "report/images_csv.h"

#include <string.h>

#include "terminal/csv_out.h"
#include "terminal/percent.h"

static void write_images_header(csv_out *csv, const evaluation *e) {
  csv_text(csv, "path");
  csv_text(csv, "class");
  csv_text(csv, "answer");
  csv_text(csv, "confidence");
  for (uint32_t c = 0; c < e->num_classes; c++)
    csv_text(csv, evaluation_name(e, c));
  csv_end_row(csv);
}

/* Where the image can be opened; its number, from 0, if it has no file of its own. */
static void write_path(csv_out *csv, const images_csv *images, size_t index) {
  const char *const path = mnistcnn_dataset_path(images->evaluation->dataset, index);
  const size_t length = strlen(images->images_path);
  const char *const separator = length > 0 && images->images_path[length - 1] == '/' ? "" : "/";
  char text[2 * 4096];

  if (path)
    snprintf(text, sizeof text, "%s%s%s", images->images_path, separator, path);
  else
    snprintf(text, sizeof text, "%zu", index);
  csv_text(csv, text);
}

static void write_image(csv_out *csv, const images_csv *images, size_t index) {
  const evaluation *const e = images->evaluation;
  const float *const row = e->probabilities + index * e->num_classes;
  uint32_t answer = 0;
  const bool answered = mnistcnn_top_class(row, e->num_classes, &answer, NULL) == MNISTCNN_OK;

  write_path(csv, images, index);
  const int32_t label = mnistcnn_dataset_label(e->dataset, index);
  csv_text(csv, label == MNISTCNN_NO_CLASS ? NULL : evaluation_name(e, (uint32_t)label));
  csv_text(csv, answered ? evaluation_name(e, answer) : NULL);
  if (answered)
    csv_number(csv, confidence_of(row, e->num_classes, answer));
  else
    csv_text(csv, NULL);
  for (uint32_t c = 0; c < e->num_classes; c++)
    csv_float(csv, row[c]);
  csv_end_row(csv);
}

void images_csv_write(FILE *stream, const void *images) {
  const images_csv *const all = images;
  csv_out csv;

  csv_start(&csv, stream);
  write_images_header(&csv, all->evaluation);
  for (size_t i = 0; i < mnistcnn_dataset_num_images(all->evaluation->dataset); i++)
    write_image(&csv, all, i);
}
