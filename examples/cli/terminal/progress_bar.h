/* Progress lines as in Keras:
 *
 *    960/1875 [===============>..............] - ETA: 10s - loss: 0.0431 - acc: 0.9174 ...
 *   1875/1875 [==============================] - 21s - loss: 0.0123 - acc: 0.9789 ...
 *
 * On a terminal the line is redrawn in place, at most every 0.05 s and never wider than the window;
 * otherwise (a log, a pipe) only the final lines are printed. */
#ifndef CLI_TERMINAL_PROGRESS_BAR_H
#define CLI_TERMINAL_PROGRESS_BAR_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <mnistcnn.h>

typedef struct progress_bar {
  FILE *stream;
  bool live;         /* the stream is a terminal */
  bool open;         /* the current line is unfinished */
  bool counting;     /* ... and is a count */
  uint32_t epoch;    /* whose heading has been printed */
  double next_draw;  /* seconds of the monotonic clock */
  size_t last_width; /* columns of the unfinished line, to be erased */
} progress_bar;

void progress_bar_start(progress_bar *bar, FILE *stream);

/* "what: 1200/60000", total 0: "what: 1200"; erased at the end. */
void progress_bar_count(progress_bar *bar, const char *what, uint64_t done, uint64_t total);

/* STEP, VALIDATING and EPOCH_END events of training. The first one of an epoch also prints the line
 * "Epoch 1/4"; EPOCH_END prints the final line. */
void progress_bar_train(progress_bar *bar, const mnistcnn_progress *progress);

/* Erases an unfinished count or ends an unfinished training line, before other output. */
void progress_bar_leave(progress_bar *bar);

/* The training line for a window of `columns` (0: unlimited). Returns its length. */
size_t progress_line(const mnistcnn_progress *progress, size_t columns, char *text,
                     size_t capacity);

#endif
