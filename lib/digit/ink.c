#include "digit/ink.h"

#include "digit/filter.h"
#include "digit/otsu.h"
#include "digit/paper.h"

#include <assert.h>
#include <string.h>

/* --- extraction ------------------------------------------------------------------------------- */

/* Ink absorbs a fraction of the light, so what it takes away is divided by the paper; in deep
 * shadow no more than two and a half times as much, as noise grows with it. */
static uint8_t darker_by(int light, int value, int relative) {
  int darker = light - value;

  darker = darker < 0 ? 0 : darker;
  if (relative)
    darker = darker * 255 / (light < 100 ? 100 : light);
  return (uint8_t)(darker > 255 ? 255 : darker);
}

static void subtract(const mcnn_plane *paper, int relative, mcnn_plane *plane) {
  for (size_t i = 0; i < mcnn_plane_count(plane); i++)
    plane->pixels[i] = darker_by(paper->pixels[i], plane->pixels[i], relative);
}

/* The closing follows the lightest grains of the paper, so most of the paper comes out a little
 * above 0: this moves it there. No further than 48, a limit chosen by trying,
 * on the pictures of tests/digits; nothing depends on it exactly. */
static void subtract_grain(mcnn_plane *plane) {
  const uint32_t typical = mcnn_plane_quantile(plane, 0.4);
  const uint32_t shift = typical < 48 ? typical : 48;

  for (size_t i = 0; i < mcnn_plane_count(plane); i++) {
    const uint8_t value = plane->pixels[i];
    plane->pixels[i] = (uint8_t)(value > shift ? value - shift : 0);
  }
}

/* Large pictures can spare detail for less noise; small ones cannot. The sizes and levels were
 * chosen on noisy and speckled pictures (tests/digits), by trying. */
static void denoise(mcnn_plane *plane, mcnn_plane *scratch) {
  const uint32_t longest = plane->height > plane->width ? plane->height : plane->width;

  if (longest >= 40)
    mcnn_filter_despeckle(plane, scratch);
  const double noise = mcnn_filter_noise(plane);
  const int passes = noise <= 2 || longest < 64 ? 0 : noise <= 10 || longest < 160 ? 1 : 3;
  for (int i = 0; i < passes; i++)
    mcnn_filter_smooth(plane, scratch);
}

/* Most of the paper without a trace, as only a drawing has it, and nowhere strong ink: what there
 * is of it counts. Chosen by what it means; a photo of a blank sheet has some grain everywhere. */
static int is_faint_drawing(const mcnn_plane *plane) {
  const uint32_t strongest = mcnn_plane_quantile(plane, 1);

  return mcnn_plane_quantile(plane, 0.7) == 0 && strongest < 40;
}

/* Four standard deviations of the noise, but 10 to 100; on so few pixels as of a tiny picture
 * strokes would be taken for noise. These limits were chosen by trying, on the pictures of
 * tests/digits; nothing depends on them exactly. */
static uint32_t noise_floor(const mcnn_plane *plane) {
  const double noise = mcnn_plane_is_tiny(plane) ? 0 : 4 * mcnn_filter_noise(plane);

  return noise > 10 ? noise < 100 ? (uint32_t)noise : 100 : 10;
}

static void invert(mcnn_plane *plane) {
  for (size_t i = 0; i < mcnn_plane_count(plane); i++)
    plane->pixels[i] = (uint8_t)(255 - plane->pixels[i]);
}

mnistcnn_status mcnn_ink_extract(const mcnn_plane *plane, int32_t polarity, int luminous,
                                 uint32_t window, const mcnn_alloc *alloc, mcnn_ink *ink) {
  const int dark = polarity != MNISTCNN_POLARITY_LIGHT_ON_DARK;
  mcnn_plane paper = {0};

  assert(polarity == MNISTCNN_POLARITY_DARK_ON_LIGHT ||
         polarity == MNISTCNN_POLARITY_LIGHT_ON_DARK);
  mnistcnn_status status = mcnn_plane_create(plane->height, plane->width, alloc, &ink->plane);

  if (status != MNISTCNN_OK)
    return status;
  memcpy(ink->plane.pixels, plane->pixels, mcnn_plane_count(plane));
  if (!dark)
    invert(&ink->plane);
  status = mcnn_plane_create(plane->height, plane->width, alloc, &paper);
  if (status == MNISTCNN_OK) {
    denoise(&ink->plane, &paper);
    mcnn_plane_free(&paper, alloc);
    status = window > 0 ? mcnn_paper_estimate_within(&ink->plane, window, alloc, &paper)
                        : mcnn_paper_estimate(&ink->plane, alloc, &paper);
  }
  if (status == MNISTCNN_OK) {
    ink->unevenness = mcnn_plane_quantile(&paper, 0.95) - mcnn_plane_quantile(&paper, 0.05);
    ink->blot = mcnn_paper_blot(&paper);
    subtract(&paper, dark && luminous, &ink->plane);
    ink->is_faint = is_faint_drawing(&ink->plane);
    subtract_grain(&ink->plane);
    ink->floor = ink->is_faint ? MCNN_INK_FAINT_FLOOR : noise_floor(&ink->plane);
  }
  mcnn_plane_free(&paper, alloc);
  return status;
}

/* --- levels ----------------------------------------------------------------------------------- */

static uint32_t mean_above(const uint32_t histogram[256], uint32_t level, uint64_t *count) {
  uint64_t sum = 0;

  *count = 0;
  for (uint32_t i = level + 1; i < 256; i++) {
    *count += histogram[i];
    sum += (uint64_t)histogram[i] * i;
  }
  return *count > 0 ? (uint32_t)(sum / *count) : 0;
}

mnistcnn_status mcnn_ink_measure(const mcnn_plane *plane, int relative, uint32_t window,
                                 const mcnn_alloc *alloc, mcnn_ink *ink) {
  mnistcnn_status status = mcnn_paper_estimate_within(plane, window, alloc, &ink->plane);

  if (status != MNISTCNN_OK)
    return status;
  for (size_t i = 0; i < mcnn_plane_count(plane); i++)
    ink->plane.pixels[i] = darker_by(ink->plane.pixels[i], plane->pixels[i], relative);
  ink->floor = noise_floor(plane);
  mcnn_ink_set_levels(ink);
  return MNISTCNN_OK;
}

void mcnn_ink_set_levels(mcnn_ink *ink) {
  uint32_t histogram[256] = {0};
  uint64_t count;

  assert(ink->floor < 256);
  for (size_t i = 0; i < mcnn_plane_count(&ink->plane); i++)
    histogram[ink->plane.pixels[i]]++;
  ink->strength = mean_above(histogram, mcnn_otsu_threshold(histogram, ink->floor), &count);
  ink->high = ink->strength / 2 > ink->floor ? ink->strength / 2 : ink->floor;
  ink->low = 2 * ink->strength / 5 > ink->floor ? 2 * ink->strength / 5 : ink->floor;
  if (ink->strength <= ink->floor || count < 4)
    ink->strength = 0;
}
