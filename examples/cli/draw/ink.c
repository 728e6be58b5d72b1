#include "draw/ink.h"

#include <math.h>
#include <string.h>

#include "draw/exact.h"

/* MNIST's normalisation: the bounding box is scaled to 20 pixels, keeping its aspect ratio, and the
 * centre of mass moved by whole pixels to pixel (14, 14). Ink is rendered on a sheet of cells, with
 * a margin and twice the resolution. */
enum {
  BOX_SIDE = 20,
  SHEET_SIDE = 24, /* in pixels */
  CELLS = 2,       /* per pixel and axis */
  SHEET_CELLS = SHEET_SIDE * CELLS,
  CENTRE = INK_SIDE / 2
};

/* The width of grey edges outside the ink, in cells. */
#define EDGE 0.5f

/* Cells farther than this from the ink stay black: half a cell of soft edge plus the maximum
 * roughness. */
#define REACH 1.5f

/* The smallest limit for the radius of a pen, in cells. */
#define THINNEST (0.7f * CELLS)

/* The distance of the centre of each cell from the ink (negative: inside), in cells. */
struct sheet {
  float outside[SHEET_CELLS][SHEET_CELLS];
};

struct pen {
  float radius;    /* mean, in cells */
  float unsteady;  /* rate of change of the pressure */
  float roughness; /* of the edge, in cells */
};

struct box {
  float left, top, right, bottom;
};

static struct pen pen_draw(struct draw_random *random) {
  struct pen pen;
  const float width = draw_random_bell(random, 0.4f);
  pen.radius = 1.28f * CELLS * (width < 0.0f ? 1.0f / (1.0f - width) : 1.0f + width);
  if (draw_random_chance(random, 0.06f)) /* a marker */
    pen.radius *= 1.5f;
  pen.unsteady = draw_random_range(random, 0.01f, 0.05f);
  pen.roughness = draw_random_range(random, 0.1f, 0.9f);
  return pen;
}

static struct box box_of(const struct stroke_path *path) {
  struct box box = {INFINITY, INFINITY, -INFINITY, -INFINITY};
  for (size_t i = 0; i < path->count; i++) {
    const struct stroke_point *point = &path->points[i];
    box.left = fminf(box.left, point->x - point->radius);
    box.top = fminf(box.top, point->y - point->radius);
    box.right = fmaxf(box.right, point->x + point->radius);
    box.bottom = fmaxf(box.bottom, point->y + point->radius);
  }
  return box;
}

static float longer_side(const struct stroke_path *path) {
  const struct box box = box_of(path);
  return fmaxf(box.right - box.left, box.bottom - box.top);
}

/* The smallest width in any of 16 directions: slanted digits are narrower than their bounding box.
 */
static float narrowest_width(const struct stroke_path *path) {
  float least = INFINITY;
  for (int i = -4; i < 12; i++) {
    /* Half of the outline of a square. */
    const float x = i < 4 ? 1.0f : 0.25f * (float)(8 - i);
    const float y = i < 4 ? 0.25f * (float)i : 1.0f;
    float low = INFINITY, high = -INFINITY;
    for (size_t k = 0; k < path->count; k++) {
      const float along = x * path->points[k].x + y * path->points[k].y;
      low = fminf(low, along);
      high = fmaxf(high, along);
    }
    least = fminf(least, (high - low) / sqrtf(x * x + y * y));
  }
  return least;
}

static void scale_line(struct stroke_path *path, float factor) {
  for (size_t i = 0; i < path->count; i++) {
    path->points[i].x *= factor;
    path->points[i].y *= factor;
  }
}

/* The pressure is a mean-reverting random walk along the stroke. */
static void press_pen(struct draw_random *random, const struct pen *pen, struct stroke_path *path) {
  float pressure = 1.0f;
  for (size_t i = 0; i < path->count; i++) {
    if (path->points[i].starts)
      pressure = 1.0f + draw_random_bell(random, 0.1f);
    pressure += draw_random_bell(random, pen->unsteady) + 0.08f * (1.0f - pressure);
    pressure = fmaxf(pressure, 0.5f);
    path->points[i].radius = pen->radius * pressure;
  }
}

/* Aligns the corner of the bounding box with a pixel, as when scaling a scanned bounding box. */
static void place_on_sheet(struct stroke_path *path) {
  const struct box box = box_of(path);
  const float corner = (float)(SHEET_SIDE - BOX_SIDE) * 0.5f * CELLS + EDGE;
  for (size_t i = 0; i < path->count; i++) {
    path->points[i].x += corner - box.left;
    path->points[i].y += corner - box.top;
  }
}

/* Limits the radius of the pen so that loops stay open. */
static void limit_pen(struct pen *pen, float pen_limit, const struct stroke_path *path) {
  if (pen_limit > 0.0f)
    pen->radius = fminf(pen->radius, fmaxf(THINNEST, pen_limit * narrowest_width(path)));
}

/* Scales the path, but not the pen, so that the ink fills the box: first assuming constant
 * pressure, then with what the pen adds at the ends of the longer side. */
static void fit_to_box(struct draw_random *random, struct pen *pen, float pen_limit,
                       struct stroke_path *path) {
  const float room = BOX_SIDE * CELLS - 2.0f * EDGE;
  const float line = room - 2.0f * pen->radius;
  scale_line(path, line / longer_side(path));
  limit_pen(pen, pen_limit, path);
  press_pen(random, pen, path);
  const float added = longer_side(path) - line;
  scale_line(path, (room - added) / line);
  place_on_sheet(path);
}

static int clamp_to_sheet(float cell) {
  const float upper = SHEET_CELLS - 1;
  return (int)(cell < 0.0f ? 0.0f : cell > upper ? upper : cell);
}

/* The segment of a stroke between two points. */
struct segment {
  float x, y;   /* where it starts */
  float dx, dy; /* from there to its end */
  float per_length_squared;
  float radius, radius_change;
};

static struct segment segment_between(const struct stroke_point *from,
                                      const struct stroke_point *to) {
  struct segment segment = {from->x, from->y,      to->x - from->x,          to->y - from->y,
                            0.0f,    from->radius, to->radius - from->radius};
  const float length_squared = segment.dx * segment.dx + segment.dy * segment.dy;
  segment.per_length_squared = 1.0f / fmaxf(length_squared, 1e-6f);
  return segment;
}

/* The distance of the centre of a cell from the ink of the segment. */
static float distance_outside(const struct segment *segment, float row, float column) {
  const float x = column + 0.5f - segment->x;
  const float y = row + 0.5f - segment->y;
  const float along = (x * segment->dx + y * segment->dy) * segment->per_length_squared;
  const float t = along < 0.0f ? 0.0f : along > 1.0f ? 1.0f : along;
  const float away_x = x - t * segment->dx;
  const float away_y = y - t * segment->dy;
  return sqrtf(away_x * away_x + away_y * away_y) - (segment->radius + t * segment->radius_change);
}

/* Adds the ink of a segment: reduces the distance of every cell that may become grey. */
static void lay_segment(struct sheet *sheet, const struct stroke_point *from,
                        const struct stroke_point *to) {
  const struct segment segment = segment_between(from, to);
  const float reach = fmaxf(from->radius, to->radius) + REACH;
  const int left = clamp_to_sheet(fminf(from->x, to->x) - reach);
  const int right = clamp_to_sheet(fmaxf(from->x, to->x) + reach);
  const int top = clamp_to_sheet(fminf(from->y, to->y) - reach);
  const int bottom = clamp_to_sheet(fmaxf(from->y, to->y) + reach);
  for (int row = top; row <= bottom; row++) {
    float *outside = sheet->outside[row];
    for (int column = left; column <= right; column++) {
      const float distance = distance_outside(&segment, (float)row, (float)column);
      outside[column] = distance < outside[column] ? distance : outside[column];
    }
  }
}

static void lay_path(struct sheet *sheet, const struct stroke_path *path) {
  for (int row = 0; row < SHEET_CELLS; row++)
    for (int column = 0; column < SHEET_CELLS; column++)
      sheet->outside[row][column] = SHEET_CELLS;
  for (size_t i = 1; i < path->count; i++)
    if (!path->points[i].starts)
      lay_segment(sheet, &path->points[i - 1], &path->points[i]);
}

/* The coverage of a cell by ink, 0 to 1, with the edge displaced by the roughness of the paper. */
static float cover_of(float outside, float roughness, uint64_t bits) {
  const float noise = ((float)(bits & 0xff) - 127.5f) * (1.0f / 127.5f);
  const float cover = 0.5f - outside + roughness * noise;
  return cover < 0.0f ? 0.0f : cover > 1.0f ? 1.0f : cover;
}

/* Averages the cells of each pixel. */
static void develop(struct draw_random *random, const struct sheet *sheet, float roughness,
                    float grey[SHEET_SIDE][SHEET_SIDE]) {
  for (int row = 0; row < SHEET_SIDE; row++) {
    for (int column = 0; column < SHEET_SIDE; column++) {
      uint64_t bits = draw_random_u64(random);
      float sum = 0.0f;
      for (int cell = 0; cell < CELLS * CELLS; cell++, bits >>= 8) {
        sum += cover_of(sheet->outside[row * CELLS + cell / CELLS][column * CELLS + cell % CELLS],
                        roughness, bits);
      }
      grey[row][column] = sum * (255.0f / (CELLS * CELLS));
    }
  }
}

/* The offset of the sheet that moves the centre of mass to the centre of the image. */
static void centre_mass(const float grey[SHEET_SIDE][SHEET_SIDE], int *offset_x, int *offset_y) {
  float mass = 0.0f;
  float moment_x = 0.0f;
  float moment_y = 0.0f;
  for (int row = 0; row < SHEET_SIDE; row++) {
    for (int column = 0; column < SHEET_SIDE; column++) {
      mass += grey[row][column];
      moment_x += grey[row][column] * (float)column;
      moment_y += grey[row][column] * (float)row;
    }
  }
  *offset_x = CENTRE - (int)(moment_x / mass + 0.5f);
  *offset_y = CENTRE - (int)(moment_y / mass + 0.5f);
}

/* Only the empty margin of the sheet, or very little ink, is outside the image. */
static void copy_to_image(const float grey[SHEET_SIDE][SHEET_SIDE], int offset_x, int offset_y,
                          uint8_t pixels[INK_SIDE * INK_SIDE]) {
  memset(pixels, 0, (size_t)INK_SIDE * INK_SIDE);
  for (int row = 0; row < SHEET_SIDE; row++) {
    for (int column = 0; column < SHEET_SIDE; column++) {
      const int x = column + offset_x;
      const int y = row + offset_y;
      if (x >= 0 && x < INK_SIDE && y >= 0 && y < INK_SIDE)
        pixels[y * INK_SIDE + x] = (uint8_t)(grey[row][column] + 0.5f);
    }
  }
}

void ink_path(struct draw_random *random, float pen_limit, struct stroke_path *path,
              uint8_t pixels[INK_SIDE * INK_SIDE]) {
  struct pen pen = pen_draw(random);
  struct sheet sheet;
  float grey[SHEET_SIDE][SHEET_SIDE];
  int offset_x, offset_y;
  fit_to_box(random, &pen, pen_limit, path);
  lay_path(&sheet, path);
  develop(random, &sheet, pen.roughness, grey);
  centre_mass((const float(*)[SHEET_SIDE])grey, &offset_x, &offset_y);
  copy_to_image((const float(*)[SHEET_SIDE])grey, offset_x, offset_y, pixels);
}
