#include "terminal/progress_bar.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "system/os.h"

enum { BAR_WIDTH = 30, NARROWEST_BAR = 5, DEFAULT_COLUMNS = 80, BAR_CAPACITY = 512 };
static const double redraw_seconds = 0.05;

/* --- the line --------------------------------------------------------------------------------- */

/* A line that is composed; text that does not fit is truncated. */
typedef struct text_line {
  char *text;
  size_t capacity;
  size_t length;
} text_line;

__attribute__((format(printf, 2, 3))) static void add(text_line *line, const char *format, ...) {
  va_list arguments;

  va_start(arguments, format);
  const int added =
      vsnprintf(line->text + line->length, line->capacity - line->length, format, arguments);
  va_end(arguments);
  if (added > 0)
    line->length += (size_t)added;
  if (line->length >= line->capacity)
    line->length = line->capacity - 1;
}

/* An accuracy with four decimals, rounded to 1 only if it is exactly 1. */
static void add_accuracy(text_line *line, const char *name, double accuracy) {
  add(line, " - %s: %.4f", name, accuracy < 1 && accuracy > 0.9999 ? 0.9999 : accuracy);
}

/* As in Keras: small losses in scientific notation. */
static void add_loss(text_line *line, const char *name, double loss) {
  add(line, fabs(loss) > 1e-3 || loss == 0 ? " - %s: %.4f" : " - %s: %.4e", name, loss);
}

static void add_time(text_line *line, const mnistcnn_progress *progress) {
  if (progress->event == MNISTCNN_EVENT_VALIDATING)
    add(line, " - validating %" PRIu64 "/%" PRIu64, progress->images_done, progress->images_total);
  else if (progress->event == MNISTCNN_EVENT_EPOCH_END)
    add(line, " - %.0fs", progress->seconds);
  else if (isfinite(progress->seconds_left))
    add(line, " - ETA: %.0fs", progress->seconds_left);
}

static void add_figures(text_line *line, const mnistcnn_progress *progress) {
  if (!isnan(progress->loss)) {
    add_loss(line, "loss", progress->loss);
    add_accuracy(line, "acc", progress->accuracy);
    add_accuracy(line, "binary_acc", progress->binary_accuracy);
  }
  if (!isnan(progress->validation_loss)) {
    add_loss(line, "val_loss", progress->validation_loss);
    add_accuracy(line, "val_acc", progress->validation_accuracy);
    add_accuracy(line, "val_binary_acc", progress->validation_binary_accuracy);
  }
}

static void add_bar(text_line *line, uint64_t done, uint64_t total, size_t width) {
  const size_t filled = total ? (size_t)(done * width / total) : 0;

  add(line, " [");
  for (size_t i = 0; i < width; i++) {
    add(line, "%c",
        i < filled && (i + 1 < filled || done >= total) ? '='
        : i + 1 == filled                               ? '>'
                                                        : '.');
  }
  add(line, "]");
}

static int count_digits(uint64_t number) {
  return snprintf(NULL, 0, "%" PRIu64, number);
}

/* The width of the bar, with `others` columns taken; 0: no bar. */
static size_t fitting_bar(size_t columns, size_t others) {
  if (columns == 0 || columns >= others + BAR_WIDTH)
    return BAR_WIDTH;
  return columns >= others + NARROWEST_BAR ? columns - others : 0;
}

size_t progress_line(const mnistcnn_progress *progress, size_t columns, char *text,
                     size_t capacity) {
  char behind_text[BAR_CAPACITY];
  text_line behind = {behind_text, sizeof behind_text, 0};
  text_line whole = {text, capacity, 0};

  behind_text[0] = '\0';
  add_time(&behind, progress);
  add_figures(&behind, progress);
  add(&whole, "%*" PRIu64 "/%" PRIu64, count_digits(progress->steps), progress->step,
      progress->steps);
  const size_t bar = fitting_bar(columns, whole.length + strlen(" []") + behind.length);
  if (bar > 0)
    add_bar(&whole, progress->step, progress->steps, bar);
  add(&whole, "%s", behind_text);
  if (columns > 0 && whole.length > columns) {
    whole.length = columns;
    text[columns] = '\0';
  }
  return whole.length;
}

/* --- the terminal ----------------------------------------------------------------------------- */

static double monotonic_seconds(void) {
  struct timespec now;

  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* The columns that can be written without wrapping. Queried each time, as windows are resized. */
static size_t usable_columns(FILE *stream) {
  const size_t columns = os_terminal_columns(stream);

  return (columns > 1 ? columns : DEFAULT_COLUMNS) - 1;
}

static bool time_to_draw(progress_bar *bar) {
  const double now = monotonic_seconds();

  if (now < bar->next_draw)
    return false;
  bar->next_draw = now + redraw_seconds;
  return true;
}

static void redraw(progress_bar *bar, const char *text, size_t width) {
  const size_t stale = bar->last_width > width ? bar->last_width - width : 0;

  fprintf(bar->stream, "\r%s%*s", text, (int)stale, "");
  fflush(bar->stream);
  bar->last_width = width;
  bar->open = true;
}

void progress_bar_start(progress_bar *bar, FILE *stream) {
  memset(bar, 0, sizeof *bar);
  bar->stream = stream;
  bar->live = isatty(fileno(stream)) == 1;
}

void progress_bar_count(progress_bar *bar, const char *what, uint64_t done, uint64_t total) {
  char text[BAR_CAPACITY];
  text_line whole = {text, sizeof text, 0};

  if (!bar->live || !time_to_draw(bar))
    return;
  add(&whole, "%s: %" PRIu64, what, done);
  if (total > 0)
    add(&whole, "/%" PRIu64, total);
  const size_t columns = usable_columns(bar->stream);
  if (whole.length > columns) {
    whole.length = columns;
    text[columns] = '\0';
  }
  redraw(bar, text, whole.length);
  bar->counting = true;
}

void progress_bar_leave(progress_bar *bar) {
  if (!bar->open)
    return;
  if (bar->counting)
    fprintf(bar->stream, "\r%*s\r", (int)bar->last_width, "");
  else
    putc('\n', bar->stream);
  fflush(bar->stream);
  bar->open = false;
  bar->counting = false;
  bar->last_width = 0;
}

static void head_epoch(progress_bar *bar, const mnistcnn_progress *progress) {
  if (bar->epoch == progress->epoch)
    return;
  progress_bar_leave(bar);
  fprintf(bar->stream, "Epoch %" PRIu32 "/%" PRIu32 "\n", progress->epoch, progress->epochs);
  fflush(bar->stream);
  bar->epoch = progress->epoch;
}

static void print_final(progress_bar *bar, const mnistcnn_progress *progress) {
  char text[BAR_CAPACITY];
  const size_t width = progress_line(progress, 0, text, sizeof text);

  if (bar->open)
    redraw(bar, text, width);
  else
    fputs(text, bar->stream);
  putc('\n', bar->stream);
  fflush(bar->stream);
  bar->open = false;
  bar->last_width = 0;
}

void progress_bar_train(progress_bar *bar, const mnistcnn_progress *progress) {
  char text[BAR_CAPACITY];

  head_epoch(bar, progress);
  if (progress->event == MNISTCNN_EVENT_EPOCH_END) {
    print_final(bar, progress);
  } else if (bar->live && time_to_draw(bar)) {
    const size_t width = progress_line(progress, usable_columns(bar->stream), text, sizeof text);
    redraw(bar, text, width);
  }
}
