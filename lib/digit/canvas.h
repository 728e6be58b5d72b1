/* A digit drawn on a grid of several cells a pixel, its strokes brought to the width that those of
 * the training data have. */
#ifndef MCNN_DIGIT_CANVAS_H
#define MCNN_DIGIT_CANVAS_H

#include "digit/plane.h"
#include "digit/stroke.h"

typedef struct mcnn_canvas {
  uint32_t rows, columns; /* that the digit's box may take, in prepared pixels */
  uint32_t cells;         /* per pixel and axis */
} mcnn_canvas;

/* Cells of one digit, and of each of the many of a page: a quarter of the time. */
enum { MCNN_CELLS = 8, MCNN_CELLS_OF_MANY = 4 };

/* For a prepared image of this size, with at most so many cells a pixel. */
mcnn_canvas mcnn_canvas_for(uint32_t height, uint32_t width, uint32_t cells);

/* Prepared pixels that the crop takes at the largest scale at which it fits into rows x columns. */
void mcnn_canvas_fit(const mcnn_plane *crop, uint32_t rows, uint32_t columns, uint32_t *height,
                     uint32_t *width);

/* grid: a plane with room for the whole canvas, whose height and width are set to what is used.
 * distances: two for each cell of the canvas. stats: of the digit as written, but the width of
 * strokes in prepared pixels. The crop is changed where its texture is smoothed. */
mnistcnn_status mcnn_canvas_draw(const mcnn_canvas *canvas, mcnn_plane *crop, uint16_t *distances,
                                 const mcnn_alloc *alloc, mcnn_plane *grid,
                                 mcnn_stroke_stats *stats);

#endif
