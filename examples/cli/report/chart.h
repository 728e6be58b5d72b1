/* A chart with two axes as inline SVG. */
#ifndef CLI_REPORT_CHART_H
#define CLI_REPORT_CHART_H

#include <stdbool.h>
#include <stdio.h>

typedef struct chart_frame {
  FILE *page;
  double left, top, width, height; /* of the plot area, in the SVG's units */
  double x_from, x_to;             /* what the plot area shows */
  double y_from, y_to;
} chart_frame;

/* Coordinates of a value. */
double chart_x(const chart_frame *chart, double value);
double chart_y(const chart_frame *chart, double value);

/* <svg> of 420 x 300 units with a caption for screen readers (HTML). */
void chart_begin(chart_frame *chart, FILE *page, const char *caption);
void chart_end(const chart_frame *chart);

/* Widens [*from, *to] to the next ticks; never empty. */
void chart_round(double *from, double *to);

/* Grid lines, numbers and the name of the axis (HTML). */
void chart_x_axis(const chart_frame *chart, bool percent, bool whole, const char *name);
void chart_y_axis(const chart_frame *chart, bool percent, const char *name);

#endif
