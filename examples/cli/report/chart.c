#include "report/chart.h"

#include <math.h>

enum { WIDTH = 420, HEIGHT = 300, LEFT = 66, RIGHT = 22, TOP = 12, BOTTOM = 46 };

double chart_x(const chart_frame *chart, double value) {
  return chart->left + chart->width * (value - chart->x_from) / (chart->x_to - chart->x_from);
}

double chart_y(const chart_frame *chart, double value) {
  return chart->top + chart->height * (chart->y_to - value) / (chart->y_to - chart->y_from);
}

void chart_begin(chart_frame *chart, FILE *page, const char *caption) {
  chart->page = page;
  chart->left = LEFT;
  chart->top = TOP;
  chart->width = WIDTH - LEFT - RIGHT;
  chart->height = HEIGHT - TOP - BOTTOM;
  fprintf(page, "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">\n", WIDTH, HEIGHT,
          caption);
}

void chart_end(const chart_frame *chart) {
  fputs("</svg>\n", chart->page);
}

/* 1, 2 or 5 times a power of ten, for at most six steps. */
static double step_of(double range) {
  const double power = pow(10, floor(log10(range / 6)));
  const double rest = range / 6 / power;

  return power * (rest <= 1 + 1e-6 ? 1 : rest <= 2 + 1e-6 ? 2 : rest <= 5 + 1e-6 ? 5 : 10);
}

void chart_round(double *from, double *to) {
  if (!(*to - *from > 1e-9)) {
    const double half = fabs(*to) > 1e-9 ? fabs(*to) / 10 : 0.1;
    *from -= half;
    *to += half;
  }
  const double step = step_of(*to - *from);
  *from = floor(*from / step + 1e-9) * step;
  *to = ceil(*to / step - 1e-9) * step;
}

static int decimals_of(double step) {
  const double digits = -floor(log10(step) + 1e-9);

  return digits > 0 ? (int)digits : 0;
}

static double ticks_of(double from, double to, bool whole) {
  const double step = step_of(to - from);

  return whole && step < 1 ? 1 : step;
}

/* The first and last tick, in steps. */
static int first_tick(double from, double step) {
  return (int)ceil(from / step - 1e-6);
}

static int last_tick(double to, double step) {
  return (int)floor(to / step + 1e-6);
}

static void put_number(FILE *page, double value, double step, bool percent) {
  const double scale = percent ? 100 : 1;

  fprintf(page, "%.*f%s", decimals_of(scale * step), scale * value, percent ? "%" : "");
}

void chart_x_axis(const chart_frame *chart, bool percent, bool whole, const char *name) {
  const double step = ticks_of(chart->x_from, chart->x_to, whole);
  const double bottom = chart->top + chart->height;

  for (int i = first_tick(chart->x_from, step); i <= last_tick(chart->x_to, step); i++) {
    fprintf(chart->page, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">",
            chart_x(chart, i * step), bottom + 17);
    put_number(chart->page, i * step, step, percent);
    fputs("</text>\n", chart->page);
  }
  fprintf(chart->page,
          "<path class=\"axis\" d=\"M%.1f %.1fh%.1f\"/>\n"
          "<text class=\"name\" x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>\n",
          chart->left, bottom, chart->width, chart->left + chart->width / 2, HEIGHT - 8, name);
}

void chart_y_axis(const chart_frame *chart, bool percent, const char *name) {
  const double step = ticks_of(chart->y_from, chart->y_to, false);
  const double middle = chart->top + chart->height / 2;

  for (int i = first_tick(chart->y_from, step); i <= last_tick(chart->y_to, step); i++) {
    const double y = chart_y(chart, i * step);
    fprintf(chart->page,
            "<path class=\"grid\" d=\"M%.1f %.1fh%.1f\"/>"
            "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">",
            chart->left, y, chart->width, chart->left - 6, y + 4);
    put_number(chart->page, i * step, step, percent);
    fputs("</text>\n", chart->page);
  }
  fprintf(chart->page,
          "<text class=\"name\" transform=\"translate(12 %.1f) rotate(-90)\" "
          "text-anchor=\"middle\">%s</text>\n",
          middle, name);
}
