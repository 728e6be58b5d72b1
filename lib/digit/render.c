#include "digit/render.h"

#include "digit/canvas.h"

#include <assert.h>
#include <string.h>

static double mean_of_cells(const mcnn_plane *grid, uint32_t y, uint32_t x, uint32_t cells) {
  uint32_t sum = 0;

  for (uint32_t i = 0; i < cells; i++)
    for (uint32_t j = 0; j < cells; j++)
      sum += grid->pixels[(size_t)(y * cells + i) * grid->width + x * cells + j];
  return (double)sum / (cells * cells);
}

/* Every pixel becomes the mean of its cells, in place, and the strongest of them is scaled to 255.
 */
static void downsample(mcnn_plane *grid, uint32_t cells) {
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

/* Where the box begins so that the centre of mass comes to the middle, but all of it stays inside.
 */
static uint32_t start_at(double middle, uint32_t box, uint32_t side) {
  const int64_t start = (int64_t)(side / 2) - (int64_t)(middle + 0.5);
  const int64_t last = (int64_t)side - box;

  return (uint32_t)(start < 0 ? 0 : start > last ? last : start);
}

/* Copies the digit so that its centre of mass comes to the middle of the image. */
static void centre(const mcnn_plane *digit, uint32_t height, uint32_t width, uint8_t *prepared) {
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

static double longer_side(uint32_t height, uint32_t width) {
  return height > width ? height : width;
}

static mnistcnn_status render(mcnn_plane *crop, const mcnn_canvas *canvas, uint32_t height,
                              uint32_t width, const mcnn_alloc *alloc, uint8_t *prepared,
                              mcnn_stroke_stats *stats) {
  const mcnn_canvas c = *canvas;
  mcnn_plane grid = {0};
  mnistcnn_status status = mcnn_plane_create(c.rows * c.cells, c.columns * c.cells, alloc, &grid);
  uint16_t *const distances =
      mcnn_alloc_array(alloc, 2 * mcnn_plane_count(&grid), sizeof *distances);

  if (!distances)
    status = MNISTCNN_OUT_OF_MEMORY;
  if (status == MNISTCNN_OK)
    status = mcnn_canvas_draw(&c, crop, distances, alloc, &grid, stats);
  if (status == MNISTCNN_OK) {
    downsample(&grid, c.cells);
    centre(&grid, height, width, prepared);
  }
  mcnn_free(alloc, distances);
  mcnn_plane_free(&grid, alloc);
  return status;
}

mnistcnn_status mcnn_render(const mcnn_crop_source *source, uint32_t height, uint32_t width,
                            const mcnn_alloc *alloc, uint8_t *prepared, mcnn_stroke_stats *stats,
                            double *scale) {
  const mcnn_canvas c =
      mcnn_canvas_for(height, width, source->is_of_many ? MCNN_CELLS_OF_MANY : MCNN_CELLS);
  mcnn_plane crop = {0};
  uint32_t rows, columns;

  assert(height > 0 && width > 0);
  mnistcnn_status status = mcnn_crop(source, alloc, &crop);
  if (status == MNISTCNN_OK) {
    mcnn_canvas_fit(&crop, c.rows, c.columns, &rows, &columns);
    *scale = longer_side(rows, columns) / longer_side(crop.height, crop.width);
    status = render(&crop, &c, height, width, alloc, prepared, stats);
  }
  mcnn_plane_free(&crop, alloc);
  return status;
}
