#include "report/evaluation_json.h"

#include <math.h>

#include "terminal/json_out.h"

static void write_number(json_out *json, const char *key, double number) {
  json_key(json, key);
  json_number(json, number);
}

static void write_count(json_out *json, const char *key, uint64_t number) {
  json_key(json, key);
  json_integer(json, number);
}

typedef double (*class_figure)(const evaluation *e, uint32_t class_index);

/* The mean of a figure over the classes that have it: those with images. */
static double mean_of(const evaluation *e, class_figure figure) {
  double sum = 0;
  uint32_t classes = 0;

  for (uint32_t c = 0; c < e->num_classes; c++) {
    if (evaluation_images(e, c) == 0)
      continue;
    const double value = figure(e, c);
    sum += isnan(value) ? 0 : value;
    classes++;
  }
  return classes > 0 ? sum / classes : (double)NAN;
}

static void write_figures(json_out *json, const evaluation *e, int32_t loss) {
  write_count(json, "images", e->metrics.count);
  write_count(json, "skipped", mnistcnn_dataset_num_skipped(e->dataset));
  write_count(json, "correct", e->metrics.correct);
  write_number(json, "accuracy", e->metrics.accuracy);
  write_number(json, "binary_accuracy", e->metrics.binary_accuracy);
  write_number(json, "loss", e->metrics.loss);
  json_key(json, "loss_function");
  json_text(json, loss == MNISTCNN_LOSS_CATEGORICAL_CROSS_ENTROPY ? "categorical" : "binary");
  write_number(json, "calibration_error", e->metrics.calibration_error);
  write_count(json, "rejected", e->metrics.rejected);
  write_count(json, "background", e->metrics.background);
  write_count(json, "background_rejected", e->metrics.background_rejected);
  write_number(json, "mean_recall", mean_of(e, evaluation_recall));
  write_number(json, "mean_precision", mean_of(e, evaluation_precision));
  write_number(json, "mean_f1", mean_of(e, evaluation_f1));
}

static void write_classes(json_out *json, const evaluation *e) {
  json_key(json, "classes");
  json_begin_array(json);
  for (uint32_t c = 0; c < e->num_classes; c++) {
    json_begin_line_object(json);
    json_key(json, "name");
    json_text(json, evaluation_name(e, c));
    write_count(json, "images", evaluation_images(e, c));
    write_count(json, "predictions", evaluation_predictions(e, c));
    write_count(json, "correct", evaluation_cell(e, c, c));
    write_number(json, "recall", evaluation_recall(e, c));
    write_number(json, "precision", evaluation_precision(e, c));
    write_number(json, "f1", evaluation_f1(e, c));
    json_end_object(json);
  }
  json_end_array(json);
}

static void write_confusion(json_out *json, const evaluation *e) {
  json_key(json, "confusion");
  json_begin_array(json);
  for (uint32_t actual = 0; actual < e->num_classes; actual++) {
    json_begin_line_array(json);
    for (uint32_t predicted = 0; predicted < e->num_classes; predicted++)
      json_integer(json, evaluation_cell(e, actual, predicted));
    json_end_array(json);
  }
  json_end_array(json);
}

void evaluation_write_json(const evaluation *e, int32_t loss, FILE *stream) {
  json_out json;

  json_start(&json, stream);
  json_begin_object(&json);
  write_figures(&json, e, loss);
  write_classes(&json, e);
  write_confusion(&json, e);
  json_end_object(&json);
  json_finish(&json);
}
