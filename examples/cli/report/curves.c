/* Learning curves: loss and accuracy by epoch. */
#include <math.h>

#include "report/chart.h"
#include "report/html.h"
#include "report/sections.h"

/* More points would overlap. */
enum { MAX_POINTS = 200 };

typedef struct chart_curve {
  const char *name;
  const char *style; /* class of the line and its points */
  double (*value)(const history_epoch *epoch);
} chart_curve;

static double loss(const history_epoch *epoch) {
  return epoch->loss;
}

static double accuracy(const history_epoch *epoch) {
  return epoch->accuracy;
}

static double validation_loss(const history_epoch *epoch) {
  return epoch->validation_loss;
}

static double validation_accuracy(const history_epoch *epoch) {
  return epoch->validation_accuracy;
}

/* The next epoch to draw after `i`; the last one is always drawn. */
static size_t next_point(const training_history *history, size_t i) {
  const size_t step = (history->count + MAX_POINTS - 1) / MAX_POINTS;

  return i + 1 == history->count      ? history->count
         : i + step >= history->count ? history->count - 1
                                      : i + step;
}

static void fit(chart_frame *chart, const training_history *history, const chart_curve curves[2]) {
  chart->x_from = history->epochs[0].epoch;
  chart->x_to = history->epochs[history->count - 1].epoch;
  if (!(chart->x_to > chart->x_from)) { /* a single epoch is centred */
    chart->x_from -= 1;
    chart->x_to = chart->x_from + 2;
  }
  chart->y_from = HUGE_VAL;
  chart->y_to = -HUGE_VAL;
  for (size_t i = 0; i < history->count; i++) {
    for (int k = 0; k < 2; k++) {
      chart->y_from = fmin(chart->y_from, curves[k].value(&history->epochs[i]));
      chart->y_to = fmax(chart->y_to, curves[k].value(&history->epochs[i]));
    }
  }
  if (chart->y_from > chart->y_to) /* all are null */
    chart->y_from = chart->y_to = 0;
  chart_round(&chart->y_from, &chart->y_to);
}

static void draw_line(const chart_frame *chart, const training_history *history,
                      const chart_curve *curve) {
  char letter = 'M';

  fprintf(chart->page, "<path class=\"line %s\" d=\"", curve->style);
  for (size_t i = 0; i < history->count; i = next_point(history, i)) {
    const double y = curve->value(&history->epochs[i]);
    if (isnan(y)) {
      letter = 'M';
      continue;
    }
    fprintf(chart->page, "%c%.1f %.1f", letter, chart_x(chart, history->epochs[i].epoch),
            chart_y(chart, y));
    letter = 'L';
  }
  fputs("\"/>\n", chart->page);
}

static void draw_points(const chart_frame *chart, const training_history *history,
                        const chart_curve *curve, bool percent) {
  const double radius = history->count > 40 ? 2 : 4;

  for (size_t i = 0; i < history->count; i = next_point(history, i)) {
    const history_epoch *const epoch = &history->epochs[i];
    const double y = curve->value(epoch);
    if (isnan(y))
      continue;
    fprintf(chart->page,
            "<circle class=\"point %s\" cx=\"%.1f\" cy=\"%.1f\" r=\"%.0f\"><title>Epoch %.0f, %s: "
            "%.*f%s</title></circle>\n",
            curve->style, chart_x(chart, epoch->epoch), chart_y(chart, y), radius, epoch->epoch,
            curve->name, percent ? 2 : 4, percent ? 100 * y : y, percent ? "%" : "");
  }
}

static void draw_chart(FILE *page, const training_history *history, const chart_curve curves[2],
                       bool percent, const char *name) {
  chart_frame chart;
  char caption[64];

  fit(&chart, history, curves);
  snprintf(caption, sizeof caption, "%s by epoch, training and validation", name);
  fprintf(page, "<figure><figcaption>%s</figcaption>\n", name);
  chart_begin(&chart, page, caption);
  chart_y_axis(&chart, percent, name);
  chart_x_axis(&chart, false, true, "Epoch");
  for (int k = 0; k < 2; k++)
    draw_line(&chart, history, &curves[k]);
  for (int k = 0; k < 2; k++)
    draw_points(&chart, history, &curves[k], percent);
  chart_end(&chart);
  fputs("</figure>\n", page);
}

static void draw_charts(FILE *page, const training_history *history) {
  const chart_curve losses[] = {{"training", "training", loss},
                                {"validation", "validation", validation_loss}};
  const chart_curve accuracies[] = {{"training", "training", accuracy},
                                    {"validation", "validation", validation_accuracy}};

  fputs("<p class=\"legend\"><span class=\"key validation\">Validation</span> "
        "<span class=\"key training dashed\">Training, averaged over the epoch: with augmented "
        "images and changing weights, so it can be worse than validation</span></p>\n"
        "<div class=\"charts\">\n",
        page);
  draw_chart(page, history, accuracies, true, "Accuracy");
  draw_chart(page, history, losses, false, "Loss");
  fputs("</div>\n", page);
}

void report_curves(FILE *page, const training_history *history) {
  fputs("<section id=\"curves\"><h2>Learning curves</h2>\n", page);
  if (history && history->count > 0) {
    draw_charts(page, history);
  } else {
    fprintf(page,
            "<p>%s. <code>mnistcnn train --history FILE.json</code> writes one; pass it to this "
            "command as <code>--history FILE.json</code>.</p>\n",
            history ? "The history has no epochs" : "No training history was given");
  }
  fputs("</section>\n", page);
}
