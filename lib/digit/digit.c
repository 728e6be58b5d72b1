#include "digit/digit.h"

#include "digit/page.h"
#include "digit/prepared.h"
#include "digit/verdict.h"
#include "image/alpha.h"

#include <assert.h>
#include <string.h>

/* --- one polarity ----------------------------------------------------------------------------- */

/* Paper this much (of 255) lighter in one place than in another is not evenly lit. Chosen by
 * trying, with shading and shadows of tests/digits above it. */
enum { UNEVEN = 48 };

static uint64_t area_of(const mcnn_components *components) {
  uint64_t area = 0;

  for (uint32_t i = 0; i < components->count; i++)
    area += components->items[i].area;
  return area;
}

/* One digit of the page as it was read, or what it is instead. */
static mnistcnn_status classify(const mcnn_page *p, uint8_t *prepared, mcnn_digit *digit) {
  *digit = (mcnn_digit){.polarity = p->polarity};
  if (p->ink.blot > area_of(&p->components)) {
    digit->verdict = MNISTCNN_DIGIT_FILLED;
    return MNISTCNN_OK;
  }
  if (p->candidates.count == 0) {
    /* What is wider than any stroke goes to the background, which it leaves uneven. */
    digit->verdict = p->components.count > 0      ? MNISTCNN_DIGIT_OTHER
                     : p->ink.unevenness > UNEVEN ? MNISTCNN_DIGIT_FILLED
                                                  : MNISTCNN_DIGIT_BLANK;
    return MNISTCNN_OK;
  }
  const uint32_t best =
      mcnn_verdict_most_prominent(&p->candidates, p->plane.height, p->plane.width);
  const mnistcnn_status status = mcnn_page_render(p, best, prepared, digit);
  if (status == MNISTCNN_OK && mcnn_verdict_is_digit(digit->verdict))
    digit->verdict = mcnn_verdict_on_picture(&p->candidates, best, p->plane.height, p->plane.width,
                                             p->ink.strength, digit->verdict);
  return status;
}

/* --- the other polarity ----------------------------------------------------------------------- */

/* The width of the strokes in longer sides of the box: of the two polarities the one with the finer
 * strokes is the writing. */
static double thickness(const mcnn_digit *digit) {
  const uint32_t size = digit->height > digit->width ? digit->height : digit->width;

  return size > 0 ? (double)(digit->stroke_width / digit->scale) / size : 1;
}

static int is_large(const mcnn_page *p, const mcnn_digit *digit) {
  return 2 * digit->height > p->shape->height && 2 * digit->width > p->shape->width;
}

/* On an uneven background the other polarity is possible: it may be a sheet on a dark
 * table, the light of a lamp, or the picture's frame that looks like paper. On even paper it is
 * only for thick strokes all over the picture, as a sheet has, for no strokes at all, and for a
 * filled shape, which may be what a 0 encloses. A digit in a box is certain. */
static int is_doubtful(const mcnn_page *p, const mcnn_digit *digit) {
  if ((p->has_box || mcnn_plane_is_tiny(&p->plane)) && mcnn_verdict_is_digit(digit->verdict))
    return 0;
  return p->ink.unevenness > UNEVEN || digit->height == 0 ||
         digit->verdict == MNISTCNN_DIGIT_FILLED || (is_large(p, digit) && thickness(digit) > 0.2);
}

static int is_inside(const mcnn_page *p, const mcnn_digit *digit) {
  return digit->top > 0 && digit->left > 0 && digit->top + digit->height < p->shape->height &&
         digit->left + digit->width < p->shape->width;
}

/* What lies along all of the border is what a blot leaves of the paper. */
static int covers_border(const mcnn_ink *ink) {
  const mcnn_plane *const plane = &ink->plane;
  uint64_t count = 0, inked = 0;

  for (uint32_t y = 0; y < plane->height; y++) {
    for (uint32_t x = 0; x < plane->width; x++) {
      if (y == 0 || x == 0 || y + 1 == plane->height || x + 1 == plane->width) {
        count++;
        inked += plane->pixels[(size_t)y * plane->width + x] > ink->low ? 1 : 0;
      }
    }
  }
  return 10 * inked > 9 * count;
}

/* In place of nothing a digit will do, unless it is small, or goes on beyond the border and is
 * faint or what a blot leaves of the paper. A blot leaves no strokes, but the strokes of a digit
 * that fills a small picture may leave less of its border than they take. */
static int is_something(const mcnn_page *p, const mcnn_digit *other, const mcnn_digit *first) {
  const int may_be_rest =
      first->verdict == MNISTCNN_DIGIT_FILLED && (thickness(other) > 0.2 || covers_border(&p->ink));

  return mcnn_verdict_is_digit(other->verdict) && 10 * other->height >= p->shape->height &&
         (is_inside(p, other) || (p->ink.strength >= MCNN_VERDICT_FAINT && !may_be_rest));
}

/* What was a digit, or several, in the first polarity is given up only for one digit that is no
 * mere gap between the strokes at the border: on clearly more even paper, or on no less even paper
 * with clearly finer strokes, or in what may be a sheet. */
static int is_better(const mcnn_page *p, const mcnn_digit *other, const mcnn_digit *first,
                     uint32_t unevenness) {
  if (!mcnn_verdict_is_digit(first->verdict) && first->verdict != MNISTCNN_DIGIT_SEVERAL)
    return is_something(p, other, first);
  const int finer = mcnn_verdict_is_digit(first->verdict) &&
                    thickness(other) < 0.8 * thickness(first) &&
                    (is_large(p, first) || p->ink.unevenness <= unevenness);
  return other->verdict == MNISTCNN_DIGIT_FOUND && is_inside(p, other) &&
         (finer || 3 * p->ink.unevenness < 2 * unevenness);
}

static mnistcnn_status try_other_polarity(mcnn_page *p, uint8_t *prepared, mcnn_digit *digit) {
  const size_t size = (size_t)p->request->height * p->request->width;
  uint8_t *const image = mcnn_alloc_array(&p->alloc, size, 1);
  const uint32_t unevenness = p->ink.unevenness;
  mcnn_digit other = {0};
  mnistcnn_status status =
      !image ? MNISTCNN_OUT_OF_MEMORY : mcnn_page_read(p, mcnn_page_other_polarity(p->polarity));

  if (status == MNISTCNN_OK)
    status = classify(p, image, &other);
  if (status == MNISTCNN_OK && is_better(p, &other, digit, unevenness)) {
    memcpy(prepared, image, size);
    *digit = other;
  }
  mcnn_free(&p->alloc, image);
  return status;
}

/* --- whole ------------------------------------------------------------------------------------ */

/* What the first polarity leaves in doubt may be one digit of the other polarity. */
static mnistcnn_status prepare_page(mcnn_page *p, int32_t polarity, uint8_t *prepared,
                                    mcnn_digit *digit) {
  mnistcnn_status status = mcnn_page_read(p, polarity);

  if (status == MNISTCNN_OK)
    status = classify(p, prepared, digit);
  if (status == MNISTCNN_OK && p->request->polarity == MNISTCNN_POLARITY_AUTO &&
      is_doubtful(p, digit))
    status = try_other_polarity(p, prepared, digit);
  if (status == MNISTCNN_OK && !mcnn_verdict_is_digit(digit->verdict))
    memset(prepared, 0, (size_t)p->request->height * p->request->width);
  return status;
}

static void pass_through(const uint8_t *pixels, const mcnn_shape *shape, uint8_t *prepared,
                         mcnn_digit *digit) {
  const size_t count = (size_t)shape->height * shape->width;

  for (size_t i = 0; i < count; i++)
    prepared[i] = pixels[i * shape->channels];
  *digit = (mcnn_digit){.polarity = MNISTCNN_POLARITY_LIGHT_ON_DARK,
                        .passed_through = 1,
                        .height = shape->height,
                        .width = shape->width,
                        .scale = 1,
                        .contrast = 1};
}

static mnistcnn_status prepare_flat(const uint8_t *pixels, const mcnn_shape *shape,
                                    const mcnn_digit_request *request, const mcnn_alloc *alloc,
                                    uint8_t *prepared, mcnn_digit *digit) {
  mcnn_page p;
  int32_t polarity;

  if (request->passthrough_prepared && request->polarity != MNISTCNN_POLARITY_DARK_ON_LIGHT &&
      mcnn_digit_is_prepared(pixels, shape, request->height, request->width)) {
    pass_through(pixels, shape, prepared, digit);
    return MNISTCNN_OK;
  }
  mnistcnn_status status = mcnn_page_open(pixels, shape, request, alloc, 1, &p, &polarity);
  if (status == MNISTCNN_OK)
    status = prepare_page(&p, polarity, prepared, digit);
  mcnn_page_close(&p);
  return status;
}

mnistcnn_status mcnn_digit_prepare(const uint8_t *pixels, const mcnn_shape *shape,
                                   const mcnn_digit_request *request, const mcnn_alloc *alloc,
                                   uint8_t *prepared, mcnn_digit *digit) {
  mcnn_flat flat;

  assert(shape->height > 0 && shape->width > 0 && shape->channels - 1 < 4);
  assert(request->height > 0 && request->width > 0);
  mnistcnn_status status =
      mcnn_flatten(pixels, shape, mcnn_ground_for(request->polarity), alloc, &flat);
  *digit = (mcnn_digit){0};
  if (status == MNISTCNN_OK)
    status = prepare_flat(flat.pixels, &flat.shape, request, alloc, prepared, digit);
  mcnn_free(alloc, flat.own);
  return status;
}
