/* The limits here were chosen on the pictures of tests/digits (frames, notes on a table, dark
 * corners) and on tightly cut digits, by trying; nothing depends on them exactly. */
#include "digit/frame.h"

/* --- along the border ------------------------------------------------------------------------- */

/* What touches a border and is low, or long and filled: the table seen beside a sheet. `depth` and
 * `length` are fractions of the picture's side, `fill` of the box. */
static int lies_along(double depth, double length, double fill) {
  return depth < 0.1 || (depth < 0.25 && length > 0.3 && fill > 0.5);
}

/* A digit of a row (or column) that was cut out tightly touches the borders on both sides of it. */
static int is_in_row(const mcnn_component *component, uint32_t height, uint32_t width) {
  const int row = width > 2 * height && (component->at_border & MCNN_AT_ROWS) == MCNN_AT_ROWS &&
                  mcnn_box_width(&component->box) < height;
  const int column = height > 2 * width &&
                     (component->at_border & MCNN_AT_COLUMNS) == MCNN_AT_COLUMNS &&
                     mcnn_box_height(&component->box) < 2 * width;

  return row || column;
}

int mcnn_frame_is_frame(const mcnn_component *component, uint32_t height, uint32_t width) {
  const mcnn_box *const box = &component->box;
  const double rows = (double)mcnn_box_height(box) / height;
  const double columns = (double)mcnn_box_width(box) / width;
  const double fill =
      (double)component->area / ((double)mcnn_box_height(box) * mcnn_box_width(box));
  const int at_rows = (component->at_border & MCNN_AT_ROWS) != 0;
  const int at_columns = (component->at_border & MCNN_AT_COLUMNS) != 0;
  const int along = (at_rows && lies_along(rows, columns, fill)) ||
                    (at_columns && lies_along(columns, rows, fill));
  const int corner = at_rows && at_columns && rows < 0.36 && columns < 0.36;

  if (component->encloses || is_in_row(component, height, width))
    return component->encloses || (at_rows && at_columns && fill > 0.9);
  return along || corner ||
         (mcnn_touches_opposite(component->at_border) && (rows > 0.9 || columns > 0.9) &&
          (fill < 0.08 || fill > 0.6));
}

/* --- around the digit ------------------------------------------------------------------------- */

static int covers_middle(const mcnn_box *outer, const mcnn_box *inner) {
  const uint32_t y = (inner->top + inner->bottom) / 2, x = (inner->left + inner->right) / 2;
  const mcnn_box middle = {y, x, y, x};

  return mcnn_box_contains(outer, &middle, 0);
}

/* Around a sheet of paper on it a table runs along opposite borders, or around a corner. */
static int is_around(const mcnn_component *component, const mcnn_box *inner) {
  return mcnn_touches_opposite(component->at_border)
             ? mcnn_box_contains(&component->box, inner, 0)
             : (component->at_border & MCNN_AT_ROWS) != 0 &&
                   (component->at_border & MCNN_AT_COLUMNS) != 0 &&
                   covers_middle(&component->box, inner);
}

/* In a table a small digit is enough. In a box or circle there is room around the digit; what fills
 * a gap in its stroke is no digit. */
static int encloses_digit(const mcnn_component *component, const mcnn_components *components) {
  const uint32_t rows = mcnn_box_height(&component->box), columns = mcnn_box_width(&component->box);
  const uint32_t margin = (rows < columns ? rows : columns) / 20;

  for (uint32_t i = 0; i < components->count; i++) {
    const mcnn_component *const inner = &components->items[i];
    const int around = inner->at_border == 0 && is_around(component, &inner->box);
    const double height = (around ? 0.12 : 0.3) * rows;
    const double ink = (around ? 0.01 : 0.1) * (double)component->ink;
    if ((around || mcnn_box_contains(&component->box, &inner->box, margin)) &&
        mcnn_box_height(&inner->box) >= height && (double)inner->ink >= ink)
      return 1;
  }
  return 0;
}

void mcnn_frame_mark_enclosing(mcnn_components *components, uint32_t height, uint32_t width) {
  const uint32_t shorter = height < width ? height : width;

  /* Only for what is large, of which there is little, all others are looked through. */
  for (uint32_t i = 0; i < components->count; i++) {
    mcnn_component *const component = &components->items[i];
    component->encloses = (uint8_t)(3 * mcnn_box_size(&component->box) >= shorter &&
                                    encloses_digit(component, components));
  }
}
