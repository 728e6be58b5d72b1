/* Confusion matrix, and recall and precision by class. */
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "report/html.h"
#include "report/sections.h"

/* With more classes the matrix is no longer readable. */
enum { MAX_TABLE_CLASSES = 40, MAX_PAIRS = 10, MAX_PAIRS_ALONE = 40, LONG_NAME = 4 };

/* --- confusion -------------------------------------------------------------------------------- */

/* Long column heads are set vertically. */
static bool has_long_names(const evaluation *e) {
  for (uint32_t c = 0; c < e->num_classes; c++)
    if (strlen(evaluation_name(e, c)) > LONG_NAME)
      return true;
  return false;
}

static void put_cell(FILE *page, const evaluation *e, uint32_t actual, uint32_t predicted,
                     uint64_t most) {
  const uint64_t cases = evaluation_cell(e, actual, predicted);

  if (actual == predicted || cases == 0) {
    fprintf(page, "<td class=\"%s\">%" PRIu64 "</td>", actual == predicted ? "hit" : "none", cases);
    return;
  }
  /* The square root keeps single errors visible beside frequent ones. */
  fprintf(page, "<td class=\"miss\" style=\"--heat:%.2f\" title=\"",
          0.15 + 0.85 * sqrt((double)cases / (double)most));
  html_text(page, evaluation_name(e, actual));
  fputs(" classified as ", page);
  html_text(page, evaluation_name(e, predicted));
  fprintf(page, ": %" PRIu64 "\">%" PRIu64 "</td>", cases, cases);
}

static void put_matrix(FILE *page, const evaluation *e) {
  uint32_t actual = 0;
  uint32_t predicted = 0;
  const uint64_t most = evaluation_next_confusion(e, UINT64_MAX, &actual, &predicted);

  fprintf(page,
          "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Confusion matrix\">"
          "<table class=\"matrix%s\"><thead><tr><td></td>",
          has_long_names(e) ? " upright" : "");
  for (uint32_t c = 0; c < e->num_classes; c++) {
    fputs("<th scope=\"col\"><span>", page);
    html_text(page, evaluation_name(e, c));
    fputs("</span></th>", page);
  }
  fputs("</tr></thead>\n<tbody>\n", page);
  for (actual = 0; actual < e->num_classes; actual++) {
    fputs("<tr><th scope=\"row\"><span>", page);
    html_text(page, evaluation_name(e, actual));
    fputs("</span></th>", page);
    for (predicted = 0; predicted < e->num_classes; predicted++)
      put_cell(page, e, actual, predicted, most);
    fputs("</tr>\n", page);
  }
  fputs("</tbody></table></div>\n", page);
}

static void put_pairs(FILE *page, const evaluation *e, int limit) {
  uint32_t actual = 0;
  uint32_t predicted = 0;
  uint64_t cases = evaluation_next_confusion(e, UINT64_MAX, &actual, &predicted);

  if (cases == 0) {
    fputs("<p>No image was misclassified.</p>\n", page);
    return;
  }
  fputs("<h3>Most frequent confusions</h3>\n<ol class=\"pairs\">\n", page);
  for (int i = 0; i < limit && cases > 0; i++) {
    fputs("<li><span><b>", page);
    html_text(page, evaluation_name(e, actual));
    fputs("</b> classified as <b>", page);
    html_text(page, evaluation_name(e, predicted));
    fprintf(page, "</b></span> <span class=\"times\">%" PRIu64 "&#215;</span></li>\n", cases);
    cases = evaluation_next_confusion(e, cases, &actual, &predicted);
  }
  fputs("</ol>\n", page);
}

void report_confusion(FILE *page, const evaluation *e) {
  fputs("<section id=\"confusion\"><h2>Confusion matrix</h2>\n", page);
  if (e->num_classes <= MAX_TABLE_CLASSES) {
    fputs("<p>Rows: true class. Columns: predicted class. Correct predictions are gray; the more "
          "frequent an error, the stronger its colour.</p>\n",
          page);
    put_matrix(page, e);
    put_pairs(page, e, MAX_PAIRS);
  } else {
    fprintf(page, "<p>A table of %" PRIu32 " classes would not be readable.</p>\n", e->num_classes);
    put_pairs(page, e, MAX_PAIRS_ALONE);
  }
  fputs("</section>\n", page);
}

/* --- classes ---------------------------------------------------------------------------------- */

/* Where the bars begin: on a scale from 0, values of 97 to 100 % would all look alike. */
static double floor_of(const evaluation *e) {
  static const double floors[] = {0.99, 0.98, 0.95, 0.9, 0.8, 0.5};
  double least = 1;

  for (uint32_t c = 0; c < e->num_classes; c++) /* fmin ignores NaN */
    least = fmin(least, fmin(evaluation_recall(e, c), evaluation_precision(e, c)));
  for (size_t i = 0; i < sizeof floors / sizeof floors[0]; i++)
    if (least >= floors[i] + (1 - floors[i]) * 0.1)
      return floors[i];
  return 0;
}

static void put_bar(FILE *page, const char *style, double fraction, double least) {
  const double length = isnan(fraction) ? 0 : 100 * (fraction - least) / (1 - least);

  fprintf(page, "<td class=\"bar %s\"><span class=\"track\"><i style=\"width:%.1f%%\"></i></span>",
          style, length);
  html_percent(page, fraction);
  fputs("</td>", page);
}

void report_classes(FILE *page, const evaluation *e) {
  const double least = floor_of(e);

  fprintf(page,
          "<section id=\"classes\"><h2>Classes</h2>\n"
          "<p>Recall: the fraction of the images of a class that were predicted as that class. "
          "Precision: the fraction of the predictions of a class that were correct. The bars start "
          "at %.0f%%.</p>\n"
          "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Classes\">"
          "<table class=\"classes\"><thead><tr><th scope=\"col\">Class</th>"
          "<th scope=\"col\" class=\"number\">Images</th><th scope=\"col\">Recall</th>"
          "<th scope=\"col\">Precision</th></tr></thead>\n<tbody>\n",
          100 * least);
  for (uint32_t c = 0; c < e->num_classes; c++) {
    fputs("<tr><th scope=\"row\"><span>", page);
    html_text(page, evaluation_name(e, c));
    fputs("</span></th><td class=\"number\">", page);
    html_count(page, evaluation_images(e, c));
    fputs("</td>", page);
    put_bar(page, "recall", evaluation_recall(e, c), least);
    put_bar(page, "precision", evaluation_precision(e, c), least);
    fputs("</tr>\n", page);
  }
  fputs("</tbody></table></div>\n</section>\n", page);
}
