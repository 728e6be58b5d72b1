#include "digit/render.h"

#include "image/resize.h"

#include <string.h>

/* MNIST's convention: of the 28 pixels a side the digit's box takes up to 20, and its centre of
 * mass comes to pixel 14. */
enum { MODEL_SIDE = 28, MODEL_BOX = 20 };

/* Widths of MNIST's strokes in its pixels: all but the thinnest and thickest few of a hundred lie
 * between. Strokes outside are brought to the nearer end. */
static const double thinnest = 1.7, thickest = 4.6;

/* What lies below this share of a stroke's strength is paper, above the other it is full ink; a
 * pixel half covered comes out as a half. */
static const double paper_share = 0.15, ink_share = 0.85;

typedef struct canvas {
  uint32_t rows, columns; /* that the digit's box may take, in prepared pixels */
  uint32_t cells;         /* per pixel and axis */
} canvas;

static canvas canvas_for(const mcnn_rendering *r) {
  canvas c = {(r->height * MODEL_BOX + MODEL_SIDE / 2) / MODEL_SIDE,
              (r->width * MODEL_BOX + MODEL_SIDE / 2) / MODEL_SIDE, 8};

  c.rows = c.rows > 0 ? c.rows : 1;
  c.columns = c.columns > 0 ? c.columns : 1;
  while (c.cells > 1 && (c.rows * c.cells > 200 || c.columns * c.cells > 200))
    c.cells /= 2;
  return c;
}

/* ------------------------------------------------------------------------------ cutting out -- */

static int in_group(const mcnn_rendering *r, int64_t y, int64_t x) {
  const mcnn_plane *const plane = &r->ink->plane;

  if (y < 0 || x < 0 || y >= plane->height || x >= plane->width)
    return 0;
  const uint32_t label = r->parts->labels[(size_t)y * plane->width + (size_t)x];
  return label != 0 && r->parts->parts[label - 1].group == r->group;
}

/* The ink of the group, or the soft edge next to it. */
static int near_group(const mcnn_rendering *r, int64_t y, int64_t x) {
  for (int64_t row = y - 1; row <= y + 1; row++) {
    for (int64_t column = x - 1; column <= x + 1; column++)
      if (in_group(r, row, column))
        return 1;
  }
  return 0;
}

/* How strong the ink of this digit is, which need not be as strong as the others'. */
static double group_strength(const mcnn_rendering *r) {
  double sum = 0, count = 0;

  for (uint32_t y = r->box.top; y <= r->box.bottom; y++) {
    for (uint32_t x = r->box.left; x <= r->box.right; x++) {
      const uint8_t value = r->ink->plane.pixels[(size_t)y * r->ink->plane.width + x];
      if (value > r->ink->high && in_group(r, y, x)) {
        sum += value;
        count += 1;
      }
    }
  }
  return count > 0 ? sum / count : 255;
}

static uint8_t stretch(uint8_t value, double strength) {
  const double share = (value / strength - paper_share) / (ink_share - paper_share);

  return (uint8_t)(share <= 0 ? 0 : share >= 1 ? 255 : 255 * share + 0.5);
}

/* The box with one pixel around for the soft edge. */
static mnistcnn_status cut_out(const mcnn_rendering *r, const mcnn_alloc *alloc, mcnn_plane *cut) {
  const double strength = group_strength(r);
  const mcnn_plane *const plane = &r->ink->plane;
  const mnistcnn_status status =
      mcnn_plane_create(mcnn_box_height(&r->box) + 2, mcnn_box_width(&r->box) + 2, alloc, cut);

  if (status != MNISTCNN_OK)
    return status;
  for (uint32_t i = 0; i < cut->height; i++) {
    for (uint32_t j = 0; j < cut->width; j++) {
      const int64_t y = (int64_t)r->box.top + i - 1, x = (int64_t)r->box.left + j - 1;
      const int inside = y >= 0 && x >= 0 && y < plane->height && x < plane->width;
      uint8_t *const target = &cut->pixels[(size_t)i * cut->width + j];
      *target = inside && near_group(r, y, x)
                    ? stretch(plane->pixels[(size_t)y * plane->width + (size_t)x], strength)
                    : 0;
    }
  }
  return MNISTCNN_OK;
}

static uint8_t strongest_in(const mcnn_plane *p, uint32_t y, uint32_t x, uint32_t count,
                            size_t step) {
  uint8_t strongest = 0;

  for (uint32_t i = 0; i < count; i++) {
    const uint8_t value = p->pixels[(size_t)y * p->width + x + i * step];
    strongest = value > strongest ? value : strongest;
  }
  return strongest;
}

/* Takes the rows and columns around away again that hold next to nothing. */
static void trim(mcnn_plane *p) {
  const uint8_t nothing = 24;
  uint32_t top = 0, left = 0, bottom = p->height, right = p->width;

  while (bottom - top > 1 && strongest_in(p, top, 0, p->width, 1) < nothing)
    top++;
  while (bottom - top > 1 && strongest_in(p, bottom - 1, 0, p->width, 1) < nothing)
    bottom--;
  while (right - left > 1 && strongest_in(p, 0, left, p->height, p->width) < nothing)
    left++;
  while (right - left > 1 && strongest_in(p, 0, right - 1, p->height, p->width) < nothing)
    right--;
  for (uint32_t y = top; y < bottom; y++) {
    memmove(p->pixels + (size_t)(y - top) * (right - left), p->pixels + (size_t)y * p->width + left,
            right - left);
  }
  p->height = bottom - top;
  p->width = right - left;
}

/* ---------------------------------------------------------------------------- on a fine grid -- */

/* Whole prepared pixels that the cut takes at the largest scale at which it fits. */
static void fit_box(const mcnn_plane *cut, uint32_t rows, uint32_t columns, uint32_t *height,
                    uint32_t *width) {
  const uint32_t cut_height = cut->height > 0 ? cut->height : 1;
  const uint32_t cut_width = cut->width > 0 ? cut->width : 1;
  const uint64_t by_rows = (uint64_t)cut_width * rows;
  const uint64_t by_columns = (uint64_t)cut_height * columns;

  if (by_rows <= by_columns) {
    *height = rows;
    *width = (uint32_t)((by_rows + cut_height / 2) / cut_height);
  } else {
    *width = columns;
    *height = (uint32_t)((by_columns + cut_width / 2) / cut_width);
  }
  *height = *height > 0 ? *height : 1;
  *width = *width > 0 ? *width : 1;
}

static mnistcnn_status to_grid(const mcnn_plane *cut, uint32_t height, uint32_t width,
                               const mcnn_alloc *alloc, mcnn_plane *grid) {
  const mcnn_shape from = {cut->height, cut->width, 1}, to = {height, width, 1};
  const mnistcnn_status status = mcnn_plane_create(height, width, alloc, grid);

  if (status == MNISTCNN_OK)
    mcnn_resize(cut->pixels, &from, MNISTCNN_RESIZE_SMOOTH, grid->pixels, &to);
  return status;
}

/* Lays `small` in the middle of `grid`. */
static void lay_in_middle(const mcnn_plane *small, mcnn_plane *grid) {
  const uint32_t top = (grid->height - small->height) / 2, left = (grid->width - small->width) / 2;

  memset(grid->pixels, 0, mcnn_plane_count(grid));
  for (uint32_t y = 0; y < small->height; y++) {
    memcpy(grid->pixels + (size_t)(top + y) * grid->width + left,
           small->pixels + (size_t)y * small->width, small->width);
  }
}

/* By how many cells the edges have to move; scratch: two distances a cell. */
static double growth_for(double stroke, const canvas *c) {
  const uint32_t shorter = c->rows < c->columns ? c->rows : c->columns;
  const double unit = (double)shorter * c->cells / MODEL_BOX;

  if (stroke < thinnest * unit)
    return 0.5 * (thinnest * unit - stroke);
  const double off = 0.5 * (stroke - thickest * unit);
  /* No more than a fraction of the stroke: where it is thin it must not break. */
  return off <= 0 ? 0 : off < 0.15 * stroke ? -off : -0.15 * stroke;
}

/* A line about as thin as a cell leaves its cells half covered, and would fall to pieces. */
static void strengthen(mcnn_plane *grid) {
  for (size_t i = 0; i < mcnn_plane_count(grid); i++) {
    const unsigned value = 4u * grid->pixels[i];
    grid->pixels[i] = (uint8_t)(value < 255 ? value : 255);
  }
}

/* The cut drawn anew, smaller or larger by what growing then adds or takes. */
static mnistcnn_status regrow(const mcnn_plane *cut, const canvas *c, double cells, int hairline,
                              uint16_t *distances, const mcnn_alloc *alloc, mcnn_plane *grid) {
  const int64_t margin = (int64_t)(2 * cells + (cells < 0 ? -0.5 : 0.5));
  const int64_t rows = (int64_t)c->rows * c->cells - (margin > 0 ? margin : 0);
  const int64_t columns = (int64_t)c->columns * c->cells - (margin > 0 ? margin : 0);
  mcnn_plane small = {0};
  uint32_t height, width;

  fit_box(cut, rows > 1 ? (uint32_t)rows : 1, columns > 1 ? (uint32_t)columns : 1, &height, &width);
  const mnistcnn_status status = to_grid(cut, height, width, alloc, &small);
  if (status != MNISTCNN_OK)
    return status;
  if (hairline)
    strengthen(&small);
  /* As high and wide as the ink will be, in whole prepared pixels. */
  const uint32_t grown = margin > 0 ? (uint32_t)margin : 0;
  grid->height = (height + grown + c->cells - 1) / c->cells * c->cells;
  grid->width = (width + grown + c->cells - 1) / c->cells * c->cells;
  lay_in_middle(&small, grid);
  mcnn_raster_grow(grid, cells, distances, distances + mcnn_plane_count(grid));
  mcnn_plane_free(&small, alloc);
  return MNISTCNN_OK;
}

/* ------------------------------------------------------------------------- to the image ------ */

static double mean_of_cells(const mcnn_plane *grid, uint32_t y, uint32_t x, uint32_t cells) {
  uint32_t sum = 0;

  for (uint32_t i = 0; i < cells; i++)
    for (uint32_t j = 0; j < cells; j++)
      sum += grid->pixels[(size_t)(y * cells + i) * grid->width + x * cells + j];
  return (double)sum / (cells * cells);
}

/* The grid as pixels, in place at its beginning, the strongest of them brought to 255. */
static void develop(mcnn_plane *grid, uint32_t cells) {
  const uint32_t height = grid->height / cells, width = grid->width / cells;
  double strongest = 1;

  for (uint32_t y = 0; y < height; y++) {
    for (uint32_t x = 0; x < width; x++) {
      const double mean = mean_of_cells(grid, y, x, cells);
      strongest = mean > strongest ? mean : strongest;
    }
  }
  /* Row by row the cells read lie at or behind the pixel written. */
  for (uint32_t y = 0; y < height; y++) {
    for (uint32_t x = 0; x < width; x++) {
      const double mean = mean_of_cells(grid, y, x, cells);
      grid->pixels[(size_t)y * width + x] = (uint8_t)(255 * mean / strongest + 0.5);
    }
  }
  grid->height = height;
  grid->width = width;
}

/* Where the box begins so that the centre of mass comes to the middle, but nothing falls off. */
static uint32_t start_at(double centre, uint32_t box, uint32_t side) {
  const int64_t start = (int64_t)(side / 2) - (int64_t)(centre + 0.5);
  const int64_t last = (int64_t)side - box;

  return (uint32_t)(start < 0 ? 0 : start > last ? last : start);
}

static void place(const mcnn_plane *digit, uint32_t height, uint32_t width, uint8_t *prepared) {
  double mass = 0, rows = 0, columns = 0;

  for (uint32_t y = 0; y < digit->height; y++) {
    for (uint32_t x = 0; x < digit->width; x++) {
      const double value = digit->pixels[(size_t)y * digit->width + x];
      mass += value;
      rows += value * y;
      columns += value * x;
    }
  }
  mass = mass > 0 ? mass : 1;
  const uint32_t top = start_at(rows / mass, digit->height, height);
  const uint32_t left = start_at(columns / mass, digit->width, width);
  memset(prepared, 0, (size_t)height * width);
  for (uint32_t y = 0; y < digit->height; y++) {
    memcpy(prepared + (size_t)(top + y) * width + left, digit->pixels + (size_t)y * digit->width,
           digit->width);
  }
}

static void lay_on_grid(const mcnn_plane *cut, const canvas *c, mcnn_plane *grid) {
  uint32_t height, width;

  fit_box(cut, c->rows, c->columns, &height, &width);
  const mcnn_shape from = {cut->height, cut->width, 1};
  const mcnn_shape to = {height * c->cells, width * c->cells, 1};
  grid->height = to.height;
  grid->width = to.width;
  mcnn_resize(cut->pixels, &from, MNISTCNN_RESIZE_SMOOTH, grid->pixels, &to);
}

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
static int were_loops(const mcnn_raster_facts *before, const mcnn_raster_facts *after,
                      const mcnn_plane *grid, const canvas *c) {
  const double pixel = (double)c->cells * c->cells;
  const double filled = (after->cover - before->cover) * (double)mcnn_plane_count(grid) / pixel;

  return before->stroke < c->cells && before->euler < -4 && before->euler < after->euler &&
         filled > 0.9 * (after->euler - before->euler);
}

/* Chalk, the dots of a halftone, a pen that skips: many small holes and pieces, which no digit has.
 * The cut is reduced until they are gone; what is left decides. */
static void smooth_texture(mcnn_plane *cut, const canvas *c, uint16_t *distances, mcnn_plane *grid,
                           mcnn_raster_facts *facts) {
  const int most_pieces = 4, most_holes = 2;
  const mcnn_raster_facts before = *facts;

  for (uint32_t cells = c->cells / 2;
       cells >= 1 && (facts->euler > most_pieces || facts->euler < -most_holes); cells /= 2) {
    const canvas coarse = {c->rows, c->columns, cells};
    lay_on_grid(cut, &coarse, grid);
    if (grid->height < cut->height && grid->width < cut->width) {
      restore_strength(grid);
      cut->height = grid->height;
      cut->width = grid->width;
      memcpy(cut->pixels, grid->pixels, mcnn_plane_count(grid));
    }
    lay_on_grid(cut, c, grid);
    mcnn_raster_measure(grid, distances, facts);
  }
  if (were_loops(&before, facts, grid, c))
    *facts = before;
}

/* grid and distances have room for the whole canvas, as growing may need it. */
static mnistcnn_status draw_on_grid(mcnn_plane *cut, const canvas *c, uint16_t *distances,
                                    const mcnn_alloc *alloc, mcnn_plane *grid,
                                    mcnn_raster_facts *facts) {
  lay_on_grid(cut, c, grid);
  mcnn_raster_measure(grid, distances, facts);
  smooth_texture(cut, c, distances, grid, facts);
  const int hairline = facts->stroke < 0.4 * c->cells;
  if (hairline) {
    strengthen(grid);
    mcnn_raster_measure(grid, distances, facts);
  }
  const double cells = growth_for(facts->stroke, c);
  facts->stroke /= c->cells;
  return cells == 0 ? MNISTCNN_OK : regrow(cut, c, cells, hairline, distances, alloc, grid);
}

static mnistcnn_status render_cut(const mcnn_rendering *r, mcnn_plane *cut, const mcnn_alloc *alloc,
                                  uint8_t *prepared, mcnn_raster_facts *facts, double *scale) {
  const canvas c = canvas_for(r);
  mcnn_plane grid = {0};
  uint32_t height, width;
  fit_box(cut, c.rows, c.columns, &height, &width);
  *scale = (double)(height > width ? height : width) /
           (cut->height > cut->width ? cut->height : cut->width);
  mnistcnn_status status = mcnn_plane_create(c.rows * c.cells, c.columns * c.cells, alloc, &grid);
  uint16_t *const distances =
      mcnn_alloc_array(alloc, 2 * mcnn_plane_count(&grid), sizeof *distances);

  if (!distances)
    status = MNISTCNN_OUT_OF_MEMORY;
  if (status == MNISTCNN_OK)
    status = draw_on_grid(cut, &c, distances, alloc, &grid, facts);
  if (status == MNISTCNN_OK) {
    develop(&grid, c.cells);
    place(&grid, r->height, r->width, prepared);
  }
  mcnn_free(alloc, distances);
  mcnn_plane_free(&grid, alloc);
  return status;
}

mnistcnn_status mcnn_digit_render(const mcnn_rendering *rendering, const mcnn_alloc *alloc,
                                  uint8_t *prepared, mcnn_raster_facts *facts, double *scale) {
  mcnn_plane cut = {0};
  mnistcnn_status status = cut_out(rendering, alloc, &cut);

  if (status == MNISTCNN_OK) {
    trim(&cut);
    status = render_cut(rendering, &cut, alloc, prepared, facts, scale);
  }
  mcnn_plane_free(&cut, alloc);
  return status;
}
