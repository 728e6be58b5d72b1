#include "image/bmp_rle.h"

#include <string.h>

/* The second byte of a pair whose first is 0; from 3 on it counts literal pixels. */
enum { END_OF_ROW = 0, END_OF_IMAGE = 1, JUMP = 2 };

typedef struct row {
  uint8_t *indices;
  uint32_t width, column;
} row;

/* What goes beyond the row is dropped. */
static void put_index(row *r, unsigned index) {
  if (r->column < r->width)
    r->indices[r->column++] = (uint8_t)index;
}

static unsigned index_of(const mcnn_bmp_rle *rle, unsigned byte, size_t position) {
  return !rle->is_rle4 ? byte : position % 2 == 0 ? byte >> 4 : byte & 15;
}

static void put_run(const mcnn_bmp_rle *rle, row *r, size_t count, unsigned byte) {
  for (size_t i = 0; i < count; i++)
    put_index(r, index_of(rle, byte, i));
}

/* The pixels one by one, filled up to an even number of bytes. The last filling may be missing. */
static int put_literals(mcnn_bmp_rle *rle, row *r, size_t count) {
  const size_t bytes = rle->is_rle4 ? (count + 1) / 2 : count, padded = bytes + bytes % 2;
  const size_t left = (size_t)(rle->end - rle->data);

  if (left < bytes)
    return 0;
  for (size_t i = 0; i < count; i++)
    put_index(r, index_of(rle, rle->data[rle->is_rle4 ? i / 2 : i], i));
  rle->data += padded < left ? padded : left;
  return 1;
}

static int start_jump(mcnn_bmp_rle *rle, const row *r) {
  if (rle->end - rle->data < 2)
    return 0;
  rle->column = r->column + rle->data[0];
  rle->rows_to_skip = rle->data[1];
  rle->data += 2;
  return 1;
}

int mcnn_bmp_rle_read_row(mcnn_bmp_rle *rle, uint8_t *indices, uint32_t width) {
  memset(indices, 0, width);
  if (rle->ended)
    return 1;
  if (rle->rows_to_skip > 0) {
    rle->rows_to_skip--;
    if (rle->rows_to_skip > 0)
      return 1;
  }
  row r = {indices, width, rle->column < width ? rle->column : width};
  rle->column = 0;
  while (rle->end - rle->data >= 2) {
    const unsigned count = rle->data[0], byte = rle->data[1];
    rle->data += 2;
    if (count > 0) {
      put_run(rle, &r, count, byte);
    } else if (byte == END_OF_ROW || byte == END_OF_IMAGE) {
      rle->ended = byte == END_OF_IMAGE;
      return 1;
    } else if (byte == JUMP) {
      if (!start_jump(rle, &r))
        return 0;
      if (rle->rows_to_skip > 0)
        return 1;
      r.column = rle->column < width ? rle->column : width;
      rle->column = 0;
    } else if (!put_literals(rle, &r, byte)) {
      return 0;
    }
  }
  return r.column == width; /* all is there but the end of the row */
}
