/* The images of a batch as rows of bytes, whichever job they came from, and their probabilities. */
#ifndef SERVER_WORKER_ROWS_H
#define SERVER_WORKER_ROWS_H

#include "worker/loaded.h"

typedef struct rows {
  buffer images;        /* [count][inputs] */
  buffer probabilities; /* floats, [count][classes] */
  size_t count;
} rows;

/* Room for so many more rows, or NULL. */
uint8_t *rows_add(rows *r, const loaded *l, size_t count);

/* Predicts all of them in one call. */
mnistcnn_status rows_predict(rows *r, const loaded *l);

const float *rows_row(const rows *r, const loaded *l, size_t index);
void rows_clear(rows *r);
void rows_free(rows *r);

#endif
