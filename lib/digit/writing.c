#include "digit/writing.h"

#include "digit/filter.h"
#include "digit/ink.h"
#include "digit/polarity.h"

#include <string.h>

/* Windows from 0.3 of the longer side down to 5 pixels, each half of the one before. */
enum { MOST_WINDOWS = 8, LEAST_WINDOW = 5 };

/* Writing covers from 0.03 % to a third of a page. Two windows that fill the same but for a third,
 * or as long as they go on doing so but for a tenth, are of one scale. Chosen on drawn pages, by
 * trying; nothing depends on them exactly. */
static const double least_cover = 0.0003, most_cover = 0.35;
static const double same_scale = 0.65, still_same = 0.9;

typedef struct spectrum {
  uint32_t count;
  uint32_t windows[MOST_WINDOWS];
  double cover[MOST_WINDOWS]; /* fraction of the picture that is ink */
} spectrum;

/* --- spectrum --------------------------------------------------------------------------------- */

static mnistcnn_status measure(const mcnn_plane *plane, int relative, uint32_t window,
                               const mcnn_alloc *alloc, double *cover) {
  mcnn_ink ink = {0};
  const mnistcnn_status status = mcnn_ink_measure(plane, relative, window, alloc, &ink);

  if (status == MNISTCNN_OK) {
    size_t count = 0;
    for (size_t i = 0; i < mcnn_plane_count(&ink.plane); i++)
      count += ink.plane.pixels[i] > ink.high;
    *cover = ink.strength > 0 ? (double)count / (double)mcnn_plane_count(plane) : 0;
  }
  mcnn_plane_free(&ink.plane, alloc);
  return status;
}

static mnistcnn_status find_spectrum(const mcnn_plane *plane, int relative, const mcnn_alloc *alloc,
                                     spectrum *s) {
  const uint32_t longest = plane->height > plane->width ? plane->height : plane->width;
  mnistcnn_status status = MNISTCNN_OK;

  s->count = 0;
  for (uint32_t window = 3 * longest / 10;
       window >= LEAST_WINDOW && s->count < MOST_WINDOWS && status == MNISTCNN_OK; window /= 2) {
    s->windows[s->count] = window;
    status = measure(plane, relative, window, alloc, &s->cover[s->count]);
    s->count++;
  }
  return status;
}

/* --- scale ------------------------------------------------------------------------------------ */

static int may_be_writing(double cover) {
  return cover >= least_cover && cover <= most_cover;
}

/* How alike the ink of a window and of the next smaller one is, 0..1; 0 where it is no writing. */
static double likeness(const spectrum *s, uint32_t i) {
  const double a = s->cover[i], b = s->cover[i + 1];

  return !may_be_writing(a) || !may_be_writing(b) ? 0 : a < b ? a / b : b / a;
}

/* The likeness at the scale of the writing, 0 where there is none, and the window: the smallest of
 * the scale but one. */
static double find_scale(const spectrum *s, uint32_t *window) {
  double best = 0;
  uint32_t at = 0;

  for (uint32_t i = 0; i + 1 < s->count; i++) {
    if (likeness(s, i) > best) {
      best = likeness(s, i);
      at = i;
    }
  }
  while (best > 0 && at + 2 < s->count && likeness(s, at + 1) >= still_same)
    at++;
  *window = s->windows[at];
  return best >= same_scale ? best : 0;
}

static mnistcnn_status try_polarity(const mcnn_plane *plane, int32_t polarity, int luminous,
                                    const mcnn_alloc *alloc, double *best, mcnn_writing *writing) {
  const int dark = polarity != MNISTCNN_POLARITY_LIGHT_ON_DARK;
  spectrum s;
  uint32_t window;
  const mnistcnn_status status = find_spectrum(plane, dark && luminous, alloc, &s);

  if (status != MNISTCNN_OK || s.count < 2)
    return status;
  const double alike = find_scale(&s, &window);
  if (alike > *best) {
    *best = alike;
    *writing = (mcnn_writing){polarity, window, window == s.windows[s.count - 2]};
  }
  return MNISTCNN_OK;
}

/* --- whole ------------------------------------------------------------------------------------ */

static void invert(mcnn_plane *plane) {
  for (size_t i = 0; i < mcnn_plane_count(plane); i++)
    plane->pixels[i] = (uint8_t)(255 - plane->pixels[i]);
}

static mnistcnn_status try_inverted(const mcnn_plane *plane, int32_t polarity, int luminous,
                                    const mcnn_alloc *alloc, double *best, mcnn_writing *writing) {
  mcnn_plane inverted = {0};
  mnistcnn_status status = mcnn_plane_create(plane->height, plane->width, alloc, &inverted);

  if (status == MNISTCNN_OK) {
    memcpy(inverted.pixels, plane->pixels, mcnn_plane_count(plane));
    invert(&inverted);
    status = try_polarity(&inverted, polarity, luminous, alloc, best, writing);
  }
  mcnn_plane_free(&inverted, alloc);
  return status;
}

mnistcnn_status mcnn_writing_find(const mcnn_plane *plane, int32_t polarity, int luminous,
                                  const mcnn_alloc *alloc, mcnn_writing *writing) {
  int32_t first = polarity;
  double best = 0;
  mnistcnn_status status = MNISTCNN_OK;

  if (polarity == MNISTCNN_POLARITY_AUTO)
    status = mcnn_polarity_guess(plane, alloc, &first);
  *writing = (mcnn_writing){first, 0, 0};
  for (int i = 0; i < 2 && status == MNISTCNN_OK; i++) {
    const int32_t dark = MNISTCNN_POLARITY_DARK_ON_LIGHT, light = MNISTCNN_POLARITY_LIGHT_ON_DARK;
    const int32_t tried = i == 0 ? first : first == dark ? light : dark;
    /* The more likely one need not be compared where it is clear. */
    if (i == 1 && (polarity != MNISTCNN_POLARITY_AUTO || best >= still_same))
      break;
    status = tried == dark ? try_polarity(plane, dark, luminous, alloc, &best, writing)
                           : try_inverted(plane, light, luminous, alloc, &best, writing);
  }
  return status;
}
