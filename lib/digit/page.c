/* The flow from a picture to prepared digits: plane, ink, lines, components, candidates, rendering.
 */
#include "digit/page.h"

#include "digit/box_rules.h"
#include "digit/colour.h"
#include "digit/grouping.h"
#include "digit/lines.h"
#include "digit/polarity.h"
#include "digit/render.h"
#include "digit/underline.h"
#include "digit/verdict.h"
#include "digit/writing.h"

#include <assert.h>

/* Ink that differs from its paper by less (of 255) is an accident of the paper. Chosen by
 * trying, on blank sheets with and without grain; nothing depends on it exactly. The other is for
 * paper without noise: a drawing in a very light gray. */
enum { FAINTEST = 18, FAINTEST_DRAWING = 2 * MCNN_INK_FAINT_FLOOR };

/* Pixels of a picture in which lines that are not quite straight are looked for, too: on a scanned
 * page they are straight. */
enum { MOST_FOR_LINES = 2 * MCNN_DIGIT_SIDE * MCNN_DIGIT_SIDE };

static void free_ink(mcnn_page *p) {
  mcnn_candidates_free(&p->candidates, &p->alloc);
  mcnn_components_free(&p->components, &p->alloc);
  mcnn_plane_free(&p->ink.plane, &p->alloc);
}

static mnistcnn_status remove_rules(mcnn_page *p) {
  mnistcnn_status status = MNISTCNN_OK;

  if (p->single)
    return mcnn_box_rules_remove(&p->ink, &p->alloc, &p->has_box, &p->inside);
  p->form.num_rows = 0;
  if (p->request->form)
    status = mcnn_form_find(&p->ink, &p->alloc, &p->form);
  return status == MNISTCNN_OK && p->form.num_rows == 0 ? mcnn_page_rules_remove(&p->ink, &p->alloc)
                                                        : status;
}

/* Beyond the box around the digit there is the ink of others. */
static void mark_outside(mcnn_page *p) {
  for (uint32_t i = 0; p->has_box && p->single && i < p->components.count; i++) {
    mcnn_component *const component = &p->components.items[i];
    const mcnn_box *const box = &component->box;
    const int64_t rows = mcnn_box_overlap(box->top, box->bottom, p->inside.top, p->inside.bottom);
    const int64_t columns =
        mcnn_box_overlap(box->left, box->right, p->inside.left, p->inside.right);
    component->outside =
        2 * rows < mcnn_box_height(box) || 2 * columns < mcnn_box_width(box) ? 1 : 0;
  }
}

/* Of a page without the lines under its numbers. */
static mnistcnn_status find_components(mcnn_page *p) {
  mnistcnn_status status = mcnn_components_find(&p->ink, &p->alloc, &p->components);
  int found = 0;

  if (status == MNISTCNN_OK && !p->single && p->form.num_rows == 0)
    status = mcnn_underlines_remove(&p->ink, &p->components, &p->alloc, &found);
  if (status != MNISTCNN_OK || !found)
    return status;
  mcnn_components_free(&p->components, &p->alloc);
  return mcnn_components_find(&p->ink, &p->alloc, &p->components);
}

mnistcnn_status mcnn_page_read(mcnn_page *page, int32_t polarity) {
  mcnn_page *const p = page;

  free_ink(p);
  p->polarity = polarity;
  mnistcnn_status status =
      mcnn_ink_extract(&p->plane, polarity, p->luminous, p->window, &p->alloc, &p->ink);
  if (status == MNISTCNN_OK) {
    mcnn_ink_set_levels(&p->ink);
    status = remove_rules(p);
  }
  if (status == MNISTCNN_OK && mcnn_plane_count(&p->plane) <= MOST_FOR_LINES) {
    mcnn_ink_set_levels(&p->ink);
    status = mcnn_lines_remove(&p->ink, &p->alloc);
  }
  if (status == MNISTCNN_OK && p->single) {
    mcnn_ink_set_levels(&p->ink);
    status = mcnn_underline_remove(&p->ink, &p->alloc);
  }
  if (status != MNISTCNN_OK)
    return status;
  mcnn_ink_set_levels(&p->ink);
  if (p->ink.strength < (uint32_t)(p->ink.is_faint ? FAINTEST_DRAWING : FAINTEST))
    return MNISTCNN_OK;
  status = find_components(p);
  mark_outside(p);
  if (status == MNISTCNN_OK && p->form.num_rows > 0)
    return mcnn_form_candidates(&p->form, &p->components, &p->alloc, &p->candidates);
  return status != MNISTCNN_OK
             ? status
             : mcnn_candidates_find(&p->components, p->plane.height, p->plane.width, p->single,
                                    &p->alloc, &p->candidates);
}

/* The scale of the writing decides how many pixels are worked on: strokes of a few pixels are
 * looked at in all that there are. */
static mnistcnn_status open_many(mcnn_page *p, const uint8_t *pixels, int32_t *polarity) {
  const uint32_t side = p->plane.height > p->plane.width ? p->plane.height : p->plane.width;
  const uint32_t whole = p->shape->height > p->shape->width ? p->shape->height : p->shape->width;
  mcnn_writing writing;
  mnistcnn_status status =
      mcnn_writing_find(&p->plane, *polarity, p->luminous, &p->alloc, &writing);

  *polarity = writing.polarity;
  p->window = writing.window;
  if (status != MNISTCNN_OK || !writing.fine || whole == side)
    return status;
  mcnn_plane_free(&p->plane, &p->alloc);
  status =
      mcnn_colour_project(pixels, p->shape, MCNN_PAGE_SIDE, &p->alloc, &p->plane, &p->luminous);
  p->window = (uint32_t)((uint64_t)writing.window * whole / side);
  return status;
}

mnistcnn_status mcnn_page_open(const uint8_t *pixels, const mcnn_shape *shape,
                               const mcnn_digit_request *request, const mcnn_alloc *alloc,
                               int single, mcnn_page *page, int32_t *polarity) {
  *page = (mcnn_page){.alloc = *alloc, .shape = shape, .request = request, .single = single};
  const mnistcnn_status status =
      mcnn_colour_project(pixels, shape, MCNN_DIGIT_SIDE, alloc, &page->plane, &page->luminous);
  *polarity = request->polarity;
  if (status != MNISTCNN_OK)
    return status;
  if (!single)
    return open_many(page, pixels, polarity);
  return *polarity == MNISTCNN_POLARITY_AUTO ? mcnn_polarity_guess(&page->plane, alloc, polarity)
                                             : MNISTCNN_OK;
}

void mcnn_page_close(mcnn_page *page) {
  free_ink(page);
  mcnn_plane_free(&page->plane, &page->alloc);
}

static uint32_t scaled(uint32_t value, uint32_t from, uint32_t to) {
  return (uint32_t)((uint64_t)value * to / from);
}

void mcnn_page_set_box(const mcnn_page *page, const mcnn_box *box, mcnn_digit *digit) {
  const mcnn_page *const p = page;

  digit->top = scaled(box->top, p->plane.height, p->shape->height);
  digit->left = scaled(box->left, p->plane.width, p->shape->width);
  digit->height = scaled(box->bottom + 1, p->plane.height, p->shape->height) - digit->top;
  digit->width = scaled(box->right + 1, p->plane.width, p->shape->width) - digit->left;
}

mnistcnn_status mcnn_page_render_candidate(const mcnn_page *page, const mcnn_candidate *candidate,
                                           uint32_t index, uint8_t *prepared, mcnn_digit *digit) {
  const mcnn_page *const p = page;
  const mcnn_crop_source source = {&p->ink, &p->components, index, candidate->box, !p->single};
  mcnn_stroke_stats stats = {0};
  double scale = 1;

  const mnistcnn_status status = mcnn_render(&source, p->request->height, p->request->width,
                                             &p->alloc, prepared, &stats, &scale);
  if (status != MNISTCNN_OK)
    return status;
  mcnn_page_set_box(p, &candidate->box, digit);
  digit->polarity = p->polarity;
  digit->line = candidate->line;
  digit->contrast = (float)p->ink.strength / 255.0f;
  digit->scale = (float)(scale * p->plane.height / p->shape->height);
  digit->stroke_width = (float)stats.width;
  digit->stroke_length = (float)stats.length;
  digit->verdict = mcnn_verdict_on_candidate(
      candidate, &stats, stats.width / (scale * mcnn_box_size(&candidate->box)), p->single);
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_page_render(const mcnn_page *page, uint32_t index, uint8_t *prepared,
                                 mcnn_digit *digit) {
  assert(index < page->candidates.count);
  return mcnn_page_render_candidate(page, &page->candidates.items[index], index, prepared, digit);
}

int32_t mcnn_page_other_polarity(int32_t polarity) {
  return polarity == MNISTCNN_POLARITY_DARK_ON_LIGHT ? MNISTCNN_POLARITY_LIGHT_ON_DARK
                                                     : MNISTCNN_POLARITY_DARK_ON_LIGHT;
}
