/* Reliability diagram: accuracy by confidence. */
#include <inttypes.h>
#include <math.h>

#include "report/bins.h"
#include "report/chart.h"
#include "report/html.h"
#include "report/sections.h"

static void put_bin_title(FILE *page, const confidence_bin *bin, int index) {
  fprintf(page,
          "<title>Confidence %.1f to %.1f%%: %" PRIu64 " images, mean confidence %.2f%%, accuracy "
          "%.2f%%</title>",
          100.0 * index / NUM_BINS, 100.0 * (index + 1) / NUM_BINS, bin->images,
          100 * bin_confidence(bin), 100 * bin_accuracy(bin));
}

static void draw_block(const chart_frame *chart, const char *style, double left, double top,
                       double right, double bottom) {
  fprintf(chart->page, "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>",
          style, left, top, right - left, bottom - top);
}

/* A bar up to the lower of accuracy and confidence, and above it their difference. */
static void draw_bin(const chart_frame *chart, const confidence_bin *bin, int index) {
  const double left = chart_x(chart, (double)index / NUM_BINS) + 1;
  const double right = chart_x(chart, (index + 1.0) / NUM_BINS) - 1;
  const double accuracy = chart_y(chart, bin_accuracy(bin));
  const double confidence = chart_y(chart, bin_confidence(bin));

  fputs("<g>", chart->page);
  put_bin_title(chart->page, bin, index);
  draw_block(chart, "calibrated", left, fmax(accuracy, confidence), right, chart_y(chart, 0));
  if (confidence < accuracy)
    draw_block(chart, "overconfident", left, confidence, right, accuracy);
  else
    draw_block(chart, "underconfident", left, accuracy, right, confidence);
  fprintf(chart->page, "<path class=\"confidence\" d=\"M%.1f %.1fH%.1f\"/></g>\n", left, confidence,
          right);
}

static void draw_diagram(FILE *page, const confidence_bin bins[NUM_BINS]) {
  chart_frame chart = {.x_to = 1, .y_to = 1};

  fputs("<figure><figcaption>Reliability diagram</figcaption>\n", page);
  chart_begin(&chart, page,
              "Reliability diagram: accuracy by confidence; the values are in the table of bins");
  chart_y_axis(&chart, true, "Accuracy");
  for (int i = 0; i < NUM_BINS; i++)
    if (bins[i].images > 0)
      draw_bin(&chart, &bins[i], i);
  fprintf(page, "<path class=\"ideal\" d=\"M%.1f %.1fL%.1f %.1f\"/>\n", chart_x(&chart, 0),
          chart_y(&chart, 0), chart_x(&chart, 1), chart_y(&chart, 1));
  chart_x_axis(&chart, true, false, "Confidence");
  chart_end(&chart);
  fputs("</figure>\n", page);
}

static void put_table(FILE *page, const confidence_bin bins[NUM_BINS]) {
  fputs("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Bins\">"
        "<table class=\"bins\"><thead><tr><th scope=\"col\">Confidence</th>"
        "<th scope=\"col\" class=\"number\">Images</th><th scope=\"col\" class=\"number\">Mean"
        "</th><th scope=\"col\" class=\"number\">Accuracy</th></tr></thead>\n<tbody>\n",
        page);
  for (int i = 0; i < NUM_BINS; i++) {
    if (bins[i].images == 0)
      continue;
    fprintf(page, "<tr><th scope=\"row\">%.1f&#8211;%.1f%%</th><td class=\"number\">",
            100.0 * i / NUM_BINS, 100.0 * (i + 1) / NUM_BINS);
    html_count(page, bins[i].images);
    fputs("</td><td class=\"number\">", page);
    html_percent(page, bin_confidence(&bins[i]));
    fputs("</td><td class=\"number\">", page);
    html_percent(page, bin_accuracy(&bins[i]));
    fputs("</td></tr>\n", page);
  }
  fputs("</tbody></table></div>\n", page);
}

void report_calibration(FILE *page, const evaluation *e) {
  confidence_bin bins[NUM_BINS];

  bins_fill(e, bins);
  fputs("<section id=\"calibration\"><h2>Calibration</h2>\n"
        "<p>Does the confidence match the accuracy? The expected calibration error, the mean "
        "difference of the two over 15 bins, is <strong>",
        page);
  html_percent(page, e->metrics.calibration_error);
  fputs("</strong>.</p>\n"
        "<p class=\"legend\"><span class=\"key box calibrated\">Calibrated</span> "
        "<span class=\"key box overconfident\">Overconfident: accuracy below confidence</span> "
        "<span class=\"key box underconfident\">Underconfident: accuracy above confidence</span> "
        "<span class=\"key mark\">Mean confidence of the bin</span></p>\n<div class=\"charts\">\n",
        page);
  draw_diagram(page, bins);
  put_table(page, bins);
  fputs("</div>\n</section>\n", page);
}
