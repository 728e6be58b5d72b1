#include "digit/canvas.h"

#include "image/resize.h"

#include <assert.h>
#include <string.h>

/* MNIST's convention: of the 28 pixels a side the digit's box takes up to 20, and its centre of
 * mass comes to pixel 14. */
enum { MODEL_SIDE = 28, MODEL_BOX = 20 };

/* Widths of MNIST's strokes in its pixels: all but the thinnest and thickest few of a hundred lie
 * between, as measured on its training images; nothing depends on the exact percentile. Strokes
 * outside are brought to the nearer end. */
static const double thinnest = 1.7, thickest = 4.6;

/* --- size ------------------------------------------------------------------------------------- */

/* Side of the grid that is not exceeded, unless there is one cell a pixel. */
enum { MOST_CELLS = 200 };

mcnn_canvas mcnn_canvas_for(uint32_t height, uint32_t width, uint32_t cells) {
  mcnn_canvas c = {(height * MODEL_BOX + MODEL_SIDE / 2) / MODEL_SIDE,
                   (width * MODEL_BOX + MODEL_SIDE / 2) / MODEL_SIDE, cells};

  c.rows = c.rows > 0 ? c.rows : 1;
  c.columns = c.columns > 0 ? c.columns : 1;
  while (c.cells > 1 && (c.rows * c.cells > MOST_CELLS || c.columns * c.cells > MOST_CELLS))
    c.cells /= 2;
  return c;
}

void mcnn_canvas_fit(const mcnn_plane *crop, uint32_t rows, uint32_t columns, uint32_t *height,
                     uint32_t *width) {
  const uint32_t crop_height = crop->height > 0 ? crop->height : 1;
  const uint32_t crop_width = crop->width > 0 ? crop->width : 1;
  const uint64_t by_rows = (uint64_t)crop_width * rows;
  const uint64_t by_columns = (uint64_t)crop_height * columns;

  if (by_rows <= by_columns) {
    *height = rows;
    *width = (uint32_t)((by_rows + crop_height / 2) / crop_height);
  } else {
    *width = columns;
    *height = (uint32_t)((by_columns + crop_width / 2) / crop_width);
  }
  *height = *height > 0 ? *height : 1;
  *width = *width > 0 ? *width : 1;
}

static void resize_to_grid(const mcnn_plane *crop, const mcnn_canvas *c, mcnn_plane *grid) {
  uint32_t height, width;

  mcnn_canvas_fit(crop, c->rows, c->columns, &height, &width);
  const mcnn_shape from = {crop->height, crop->width, 1};
  const mcnn_shape to = {height * c->cells, width * c->cells, 1};
  grid->height = to.height;
  grid->width = to.width;
  mcnn_resize(crop->pixels, &from, MNISTCNN_RESIZE_AREA_BILINEAR, grid->pixels, &to);
}

/* --- texture ---------------------------------------------------------------------------------- */

/* Strokes come out as strong as they were before their texture was averaged away. */
static void restore_strength(mcnn_plane *p) {
  uint64_t sum = 1, squares = 1;

  for (size_t i = 0; i < mcnn_plane_count(p); i++) {
    sum += p->pixels[i];
    squares += (uint64_t)p->pixels[i] * p->pixels[i];
  }
  const double gain = 240.0 * (double)sum / (double)squares;
  for (size_t i = 0; i < mcnn_plane_count(p) && gain > 1; i++) {
    const double value = gain * p->pixels[i];
    p->pixels[i] = (uint8_t)(value < 255 ? value + 0.5 : 255);
  }
}

/* Many holes between thin strokes, as large as a prepared pixel: loops of a scribble. */
static int were_loops(const mcnn_stroke_stats *before, const mcnn_stroke_stats *after,
                      const mcnn_plane *grid, const mcnn_canvas *c) {
  const double pixel = (double)c->cells * c->cells;
  const double filled =
      (after->coverage - before->coverage) * (double)mcnn_plane_count(grid) / pixel;

  return before->width < c->cells && before->euler < -4 && before->euler < after->euler &&
         filled > 0.9 * (after->euler - before->euler);
}

/* Chalk, the dots of a halftone, a pen that skips: many small holes and components, which no digit
 * has. The crop is reduced until they are gone; what is left decides. */
static void smooth_texture(mcnn_plane *crop, const mcnn_canvas *c, uint16_t *distances,
                           mcnn_plane *grid, mcnn_stroke_stats *stats) {
  const int most_components = 4, most_holes = 2;
  const mcnn_stroke_stats before = *stats;

  for (uint32_t cells = c->cells / 2;
       cells >= 1 && (stats->euler > most_components || stats->euler < -most_holes); cells /= 2) {
    const mcnn_canvas coarse = {c->rows, c->columns, cells};
    resize_to_grid(crop, &coarse, grid);
    if (grid->height < crop->height && grid->width < crop->width) {
      restore_strength(grid);
      crop->height = grid->height;
      crop->width = grid->width;
      memcpy(crop->pixels, grid->pixels, mcnn_plane_count(grid));
    }
    resize_to_grid(crop, c, grid);
    mcnn_stroke_measure(grid, distances, stats);
  }
  if (were_loops(&before, stats, grid, c))
    *stats = before;
}

/* --- width of strokes ------------------------------------------------------------------------- */

/* Chosen by what it means: a pixel of the picture covers two or three of the prepared image, so
 * that a stroke is a pixel or two wide, and its shape lies in the levels of gray. */
static int is_coarse(const mcnn_plane *crop, const mcnn_canvas *c) {
  const uint32_t longest = crop->height > crop->width ? crop->height : crop->width;
  const uint32_t box = c->rows > c->columns ? c->rows : c->columns;

  return 3 * longest < 2 * box;
}

/* By how many cells the edges have to move outwards. */
static double growth_for(double stroke, int coarse, const mcnn_canvas *c) {
  const uint32_t shorter = c->rows < c->columns ? c->rows : c->columns;
  const double unit = (double)shorter * c->cells / MODEL_BOX;

  if (stroke < thinnest * unit)
    return 0.5 * (thinnest * unit - stroke);
  /* A new edge would lose the levels of gray, and with them small loops. */
  if (coarse)
    return 0;
  const double off = 0.5 * (stroke - thickest * unit);
  /* No more than a fraction of the stroke: where it is thin it must not break. */
  return off <= 0 ? 0 : off < 0.15 * stroke ? -off : -0.15 * stroke;
}

/* Copies `small` to the middle of `grid`. */
static void centre_in(const mcnn_plane *small, mcnn_plane *grid) {
  const uint32_t top = (grid->height - small->height) / 2, left = (grid->width - small->width) / 2;

  memset(grid->pixels, 0, mcnn_plane_count(grid));
  for (uint32_t y = 0; y < small->height; y++) {
    memcpy(grid->pixels + (size_t)(top + y) * grid->width + left,
           small->pixels + (size_t)y * small->width, small->width);
  }
}

/* A line about as thin as a cell leaves its cells half covered, and would break up. */
static void boost(mcnn_plane *grid) {
  for (size_t i = 0; i < mcnn_plane_count(grid); i++) {
    const unsigned value = 4u * grid->pixels[i];
    grid->pixels[i] = (uint8_t)(value < 255 ? value : 255);
  }
}

/* Draws the crop again, smaller or larger by what growing then adds or takes. */
static mnistcnn_status redraw_grown(const mcnn_plane *crop, const mcnn_canvas *c, double cells,
                                    int hairline, uint16_t *distances, const mcnn_alloc *alloc,
                                    mcnn_plane *grid) {
  const int64_t margin = (int64_t)(2 * cells + (cells < 0 ? -0.5 : 0.5));
  const int64_t rows = (int64_t)c->rows * c->cells - (margin > 0 ? margin : 0);
  const int64_t columns = (int64_t)c->columns * c->cells - (margin > 0 ? margin : 0);
  mcnn_plane small = {0};
  uint32_t height, width;

  mcnn_canvas_fit(crop, rows > 1 ? (uint32_t)rows : 1, columns > 1 ? (uint32_t)columns : 1, &height,
                  &width);
  const mnistcnn_status status = mcnn_plane_resize(crop, height, width, alloc, &small);
  if (status != MNISTCNN_OK)
    return status;
  if (hairline)
    boost(&small);
  /* As high and wide as the ink will be, in whole prepared pixels. */
  const uint32_t grown = margin > 0 ? (uint32_t)margin : 0;
  grid->height = (height + grown + c->cells - 1) / c->cells * c->cells;
  grid->width = (width + grown + c->cells - 1) / c->cells * c->cells;
  centre_in(&small, grid);
  mcnn_stroke_grow(grid, cells, distances, distances + mcnn_plane_count(grid));
  mcnn_plane_free(&small, alloc);
  return MNISTCNN_OK;
}

/* --- whole ------------------------------------------------------------------------------------ */

mnistcnn_status mcnn_canvas_draw(const mcnn_canvas *canvas, mcnn_plane *crop, uint16_t *distances,
                                 const mcnn_alloc *alloc, mcnn_plane *grid,
                                 mcnn_stroke_stats *stats) {
  const mcnn_canvas *const c = canvas;

  assert(mcnn_plane_count(grid) == (size_t)c->rows * c->cells * c->columns * c->cells);
  resize_to_grid(crop, c, grid);
  mcnn_stroke_measure(grid, distances, stats);
  smooth_texture(crop, c, distances, grid, stats);
  const int hairline = stats->width < 0.4 * c->cells;
  if (hairline) {
    boost(grid);
    mcnn_stroke_measure(grid, distances, stats);
  }
  const double cells = growth_for(stats->width, is_coarse(crop, c), c);
  stats->width /= c->cells;
  return cells == 0 ? MNISTCNN_OK : redraw_grown(crop, c, cells, hairline, distances, alloc, grid);
}
