#include "digit/paper.h"

#include "digit/filter.h"
#include "image/resize.h"

#include <assert.h>

/* Strokes are narrower than this fraction of the longer side. */
static const double widest_stroke = 0.3;

/* By grey-scale closing with a square: it fills everything dark in which the square has no room,
 * and follows shading and the edges of shadows. */
mnistcnn_status mcnn_paper_estimate(const mcnn_plane *plane, const mcnn_alloc *alloc,
                                    mcnn_plane *paper) {
  mcnn_plane small = {0}, scratch = {0};
  mnistcnn_status status = mcnn_plane_thumbnail(plane, alloc, &small);

  if (status == MNISTCNN_OK)
    status = mcnn_plane_create(small.height, small.width, alloc, &scratch);
  if (status == MNISTCNN_OK)
    status = mcnn_plane_create(plane->height, plane->width, alloc, paper);
  if (status == MNISTCNN_OK) {
    const mcnn_shape from = {small.height, small.width, 1};
    const mcnn_shape to = {plane->height, plane->width, 1};
    const uint32_t longest = small.height > small.width ? small.height : small.width;
    const uint32_t radius = 1 + (uint32_t)(0.5 * widest_stroke * longest);
    mcnn_filter_dilate(&small, &scratch, radius);
    /* Where the paper ends, a pixel of the thumbnail is half paper: one more is taken. */
    mcnn_filter_erode(&small, &scratch, radius + (small.height < plane->height ? 1 : 0));
    mcnn_resize(small.pixels, &from, MNISTCNN_RESIZE_AREA_BILINEAR, paper->pixels, &to);
  }
  mcnn_plane_free(&scratch, alloc);
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
