#include "report/report.h"

#include <inttypes.h>
#include <stdio.h>

#include "files/files.h"
#include "model/notes.h"
#include "report/html.h"
#include "report/sections.h"

static void put_head(FILE *page, const report_input *r) {
  fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta name=\"color-scheme\" content=\"light dark\">\n<title>",
        page);
  html_text(page, r->model_path);
  fputs(" on ", page);
  html_text(page, r->images_path);
  fputs("</title>\n<style>\n", page);
  report_style(page);
  fputs("</style>\n</head>\n<body>\n", page);
}

static void put_page_title(FILE *page, const report_input *r) {
  fputs("<header>\n<h1>", page);
  html_text(page, r->model_path);
  fputs("</h1>\n<p>evaluated on ", page);
  html_count(page, r->evaluation->metrics.count);
  fputs(" images of <span class=\"path\">", page);
  html_text(page, r->images_path);
  fputs("</span></p>\n</header>\n<main>\n", page);
}

static void put_accuracy(FILE *page, const mnistcnn_metrics *metrics) {
  fputs("<div class=\"first\"><dt>Accuracy</dt><dd id=\"accuracy\">", page);
  html_percent(page, metrics->accuracy);
  fputs("</dd><dd class=\"note\">", page);
  html_count(page, metrics->correct);
  fputs(" of ", page);
  html_count(page, metrics->count);
  fputs(" images correct, ", page);
  html_count(page, metrics->count - metrics->correct);
  fputs(" misclassified</dd></div>\n", page);
}

static void put_figures(FILE *page, const report_input *r) {
  const mnistcnn_metrics *const metrics = &r->evaluation->metrics;

  fputs("<dl class=\"figures\" aria-label=\"Figures\">\n", page);
  put_accuracy(page, metrics);
  fputs("<div><dt>Calibration error</dt><dd id=\"calibration_error\">", page);
  html_percent(page, metrics->calibration_error);
  fputs("</dd><dd class=\"note\">expected calibration error: mean difference of confidence and "
        "accuracy, 15 bins</dd></div>\n<div><dt>Loss</dt><dd id=\"loss\">",
        page);
  html_decimal(page, metrics->loss);
  fprintf(page, "</dd><dd class=\"note\">%s cross entropy</dd></div>\n",
          r->loss == MNISTCNN_LOSS_BINARY_CROSS_ENTROPY ? "binary" : "categorical");
  fputs("<div><dt>Binary accuracy</dt><dd id=\"binary_accuracy\">", page);
  html_percent(page, metrics->binary_accuracy);
  fputs("</dd><dd class=\"note\">fraction of single outputs that are correct, "
        "&#8220;acc&#8221; in Keras with binary cross entropy; not the accuracy</dd></div>\n"
        "</dl>\n",
        page);
}

static void put_fact(FILE *page, const char *name, const char *value) {
  fprintf(page, "<div><dt>%s</dt><dd>", name);
  html_text(page, value);
  fputs("</dd></div>\n", page);
}

/* The notes that training wrote to the model. */
static void put_notes(FILE *page, const mnistcnn_model *model) {
  for (size_t i = 0; i < num_model_notes; i++) {
    const char *const value = mnistcnn_model_note(model, model_notes[i].key);
    if (value)
      put_fact(page, model_notes[i].title, value);
  }
}

static void put_facts(FILE *page, const report_input *r) {
  const mnistcnn_model *const model = r->evaluation->model;
  mnistcnn_shape input = {0, 0, 0};

  mnistcnn_model_input_shape(model, &input);
  fputs("<section id=\"model\"><h2>Model</h2>\n<dl class=\"facts\">\n", page);
  put_fact(page, "File", r->model_path);
  fprintf(page, "<div><dt>Input</dt><dd>%" PRIu32 "&#215;%" PRIu32 ", %s</dd></div>\n",
          input.height, input.width, input.channels == 1 ? "gray" : "colour");
  fprintf(page, "<div><dt>Classes</dt><dd>%" PRIu32 "</dd></div>\n<div><dt>Parameters</dt><dd>",
          r->evaluation->num_classes);
  html_count(page, mnistcnn_model_num_parameters(model));
  fputs("</dd></div>\n", page);
  put_notes(page, model);
  fputs("</dl>\n<p class=\"network\"><b>Network</b> <code>", page);
  html_text(page, mnistcnn_model_architecture(model));
  fputs("</code></p>\n</section>\n", page);
}

static void put_page(FILE *page, const void *user) {
  const report_input *const r = user;

  put_head(page, r);
  put_page_title(page, r);
  put_figures(page, r);
  put_facts(page, r);
  report_mistakes(page, r->evaluation);
  report_confusion(page, r->evaluation);
  report_classes(page, r->evaluation);
  report_calibration(page, r->evaluation);
  report_curves(page, r->history);
  fprintf(page, "</main>\n<footer>Written by mnistcnn %s</footer>\n</body>\n</html>\n",
          mnistcnn_version_string());
}

bool report_write(const char *path, const report_input *report) {
  return write_text_file(path, put_page, report);
}
