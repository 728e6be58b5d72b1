#include "digit/paper.h"

#include "digit/filter.h"
#include "image/resize.h"

#include <string.h>

/* Strokes are narrower than this fraction of the longer side. */
static const double widest_stroke = 0.3;

/* --- ink on the border ------------------------------------------------------------------------ */

/* Longer side of pictures that are cut out so tightly, or drawn on so few pixels, that ink on the
 * border says nothing about the paper beyond it. In larger ones it may be shading, or a table. */
enum { SMALL_SIDE = 64 };

static int is_outermost(const mcnn_plane *plane, uint32_t y, uint32_t x) {
  return y == 0 || x == 0 || y + 1 == plane->height || x + 1 == plane->width;
}

/* 1 where some of the border is ink, but not most of it, as of a frame. */
static int has_ink_on_border(const mcnn_plane *plane) {
  const uint32_t level = (mcnn_plane_quantile(plane, 0.02) + mcnn_plane_quantile(plane, 0.98)) / 2;
  uint32_t count = 0, dark = 0;

  for (uint32_t y = 0; y < plane->height; y++) {
    for (uint32_t x = 0; x < plane->width; x++) {
      const int counts = is_outermost(plane, y, x);
      count += counts ? 1 : 0;
      dark += counts && plane->pixels[(size_t)y * plane->width + x] < level ? 1 : 0;
    }
  }
  return dark > 0 && 5 * dark < 3 * count;
}

/* *padded: the same with `margin` pixels of paper around. */
static mnistcnn_status pad(const mcnn_plane *plane, uint32_t margin, const mcnn_alloc *alloc,
                           mcnn_plane *padded) {
  const mnistcnn_status status =
      mcnn_plane_create(plane->height + 2 * margin, plane->width + 2 * margin, alloc, padded);

  if (status != MNISTCNN_OK)
    return status;
  memset(padded->pixels, (int)mcnn_plane_quantile(plane, 0.9), mcnn_plane_count(padded));
  for (uint32_t y = 0; y < plane->height; y++)
    memcpy(padded->pixels + (size_t)(y + margin) * padded->width + margin,
           plane->pixels + (size_t)y * plane->width, plane->width);
  return MNISTCNN_OK;
}

static void crop(const mcnn_plane *padded, uint32_t margin, mcnn_plane *plane) {
  for (uint32_t y = 0; y < plane->height; y++)
    memcpy(plane->pixels + (size_t)y * plane->width,
           padded->pixels + (size_t)(y + margin) * padded->width + margin, plane->width);
}

/* --- closing ---------------------------------------------------------------------------------- */

/* In place. extra: by how much the erosion reaches further than the dilation. */
static mnistcnn_status close_square(mcnn_plane *plane, uint32_t radius, uint32_t extra,
                                    const mcnn_alloc *alloc) {
  mcnn_plane scratch = {0};
  const mnistcnn_status status = mcnn_plane_create(plane->height, plane->width, alloc, &scratch);

  if (status == MNISTCNN_OK) {
    mcnn_filter_dilate(plane, &scratch, radius);
    mcnn_filter_erode(plane, &scratch, radius + extra);
  }
  mcnn_plane_free(&scratch, alloc);
  return status;
}

static mnistcnn_status close_padded(mcnn_plane *plane, uint32_t radius, const mcnn_alloc *alloc) {
  mcnn_plane padded = {0};
  mnistcnn_status status = pad(plane, radius, alloc, &padded);

  if (status == MNISTCNN_OK)
    status = close_square(&padded, radius, 0, alloc);
  if (status == MNISTCNN_OK)
    crop(&padded, radius, plane);
  mcnn_plane_free(&padded, alloc);
  return status;
}

/* Closed on fewer pixels, where it is quick; `small` is given up. */
static mnistcnn_status enlarge(const mcnn_plane *small, const mcnn_plane *plane,
                               const mcnn_alloc *alloc, mcnn_plane *paper) {
  const mnistcnn_status status = mcnn_plane_create(plane->height, plane->width, alloc, paper);

  if (status == MNISTCNN_OK) {
    const mcnn_shape from = {small->height, small->width, 1};
    const mcnn_shape to = {plane->height, plane->width, 1};
    mcnn_resize(small->pixels, &from, MNISTCNN_RESIZE_AREA_BILINEAR, paper->pixels, &to);
  }
  return status;
}

/* By grey-scale closing with a square: it fills everything dark in which the square has no room,
 * and follows shading and the edges of shadows. */
mnistcnn_status mcnn_paper_estimate(const mcnn_plane *plane, const mcnn_alloc *alloc,
                                    mcnn_plane *paper) {
  const uint32_t side = plane->height > plane->width ? plane->height : plane->width;
  mcnn_plane small = {0};
  mnistcnn_status status = mcnn_plane_thumbnail(plane, alloc, &small);

  if (status == MNISTCNN_OK) {
    const uint32_t longest = small.height > small.width ? small.height : small.width;
    const uint32_t radius = 1 + (uint32_t)(0.5 * widest_stroke * longest);
    /* Where the paper ends, a pixel of the thumbnail is half paper: one more is taken. */
    status = side <= SMALL_SIDE && has_ink_on_border(&small)
                 ? close_padded(&small, radius, alloc)
                 : close_square(&small, radius, small.height < plane->height ? 1 : 0, alloc);
  }
  if (status == MNISTCNN_OK)
    status = enlarge(&small, plane, alloc, paper);
  mcnn_plane_free(&small, alloc);
  return status;
}

/* Pixels a side of the window after the reduction: enough to follow edges closely. */
enum { WINDOW_SIDE = 12 };

mnistcnn_status mcnn_paper_estimate_within(const mcnn_plane *plane, uint32_t window,
                                           const mcnn_alloc *alloc, mcnn_plane *paper) {
  const uint32_t reduction = window > WINDOW_SIDE ? window / WINDOW_SIDE : 1;
  mcnn_plane small = {0};
  mnistcnn_status status =
      mcnn_plane_resize(plane, (plane->height + reduction - 1) / reduction,
                        (plane->width + reduction - 1) / reduction, alloc, &small);

  if (status == MNISTCNN_OK)
    status = close_square(&small, 1 + window / reduction / 2, reduction > 1 ? 1 : 0, alloc);
  if (status == MNISTCNN_OK)
    status = enlarge(&small, plane, alloc, paper);
  mcnn_plane_free(&small, alloc);
  return status;
}

size_t mcnn_paper_blot(const mcnn_plane *paper) {
  const uint32_t dark = mcnn_plane_quantile(paper, 0.95) / 3;
  size_t count = 0, at_border = 0;

  for (uint32_t y = 0; y < paper->height; y++) {
    for (uint32_t x = 0; x < paper->width; x++) {
      const int is_dark = paper->pixels[(size_t)y * paper->width + x] < dark;
      count += is_dark ? 1 : 0;
      at_border += is_dark && mcnn_plane_in_border(paper, y, x) ? 1 : 0;
    }
  }
  /* Less than a twentieth of its pixels at the border: it merely reaches there. Chosen by trying;
   * nothing depends on it exactly. */
  return 20 * at_border < count ? count : 0;
}
