#include "digit/digit.h"

#include "base/status.h"
#include "digit/alpha.h"
#include "digit/render.h"
#include "image/pixels.h"

#include <string.h>

/* ---------------------------------------------------------------------------------- verdicts -- */

/* Ink that differs from its paper by less (of 255) is an accident of the paper. */
enum { FAINTEST = 18 };
/* Of less contrast than this (of 255), what lies at the border may be shading or a lamp's light. */
enum { FAINT = 110 };

/* What no digit has, by some distance from the oddest of MNIST's: so many pieces, pieces less holes
 * or holes less pieces; strokes of this length (in longer sides of the box) or as thick as this
 * share of it. */
enum { MOST_PIECES = 7, MOST_EULER = 8, LEAST_EULER = -5, MOST_GROUPS = 12 };
/* Nor more than a dot within a 0: that is a face. */
enum { MOST_INSIDE = 1 };
/* Thin strokes have no holes in them: more of these than an 8 has are loops. */
enum { MOST_LOOPS = 2 };
static const double thin_stroke = 1.3; /* in prepared pixels */
static const double longest_strokes = 4.2, thickest_stroke = 0.42;

/* Wider than this, as a share of the height, it may be two (less likely where one was announced);
 * still wider it is something else. */
static const double widest_digit = 1.4, widest_single = 1.5, widest_pair = 2.6;

/* A digit has this much of all the ink, but for frames and specks. */
static const double least_share = 0.35;

const char *mcnn_digit_verdict_text(int32_t verdict) {
  static const char texts[][52] = {
      "a digit",
      "digits that touch, or something wider than a digit",
      "nothing is drawn on it",
      "a filled shape without strokes",
      "several things, none of them clearly the digit",
      "a picture of something else",
  };

  return verdict >= 0 && verdict < (int32_t)(sizeof texts / sizeof texts[0]) ? texts[verdict]
                                                                             : NULL;
}

/* stroke: in longer sides of the box. */
static int32_t verdict_on(const mcnn_group *group, const mcnn_raster_facts *facts, double stroke,
                          double widest) {
  const double width = (double)mcnn_box_width(&group->box) / mcnn_box_height(&group->box);

  if (facts->length > longest_strokes || facts->euler > MOST_EULER || facts->euler < LEAST_EULER ||
      group->inside > MOST_INSIDE || (facts->euler < -MOST_LOOPS && facts->stroke < thin_stroke) ||
      group->parts > MOST_PIECES)
    return MNISTCNN_DIGIT_OTHER;
  if (stroke > thickest_stroke)
    return MNISTCNN_DIGIT_FILLED;
  return width > widest ? MNISTCNN_DIGIT_TOUCHING : MNISTCNN_DIGIT_FOUND;
}

static int is_digit(int32_t verdict) {
  return verdict == MNISTCNN_DIGIT_FOUND || verdict == MNISTCNN_DIGIT_TOUCHING;
}

/* --------------------------------------------------------------------------- one polarity ---- */

/* A picture, and what was found in it when taken for ink of one polarity. */
typedef struct page {
  mcnn_alloc alloc;
  const mcnn_shape *shape; /* of the picture given */
  const mcnn_digit_request *request;
  mcnn_plane plane;
  int luminous;
  int single;
  int32_t polarity;
  mcnn_ink ink;
  mcnn_parts parts;
  mcnn_groups groups;
} page;

static void forget_ink(page *p) {
  mcnn_groups_free(&p->groups, &p->alloc);
  mcnn_parts_free(&p->parts, &p->alloc);
  mcnn_plane_free(&p->ink.plane, &p->alloc);
}

static mnistcnn_status read_ink(page *p, int32_t polarity) {
  forget_ink(p);
  p->polarity = polarity;
  mnistcnn_status status = mcnn_ink_extract(&p->plane, polarity, p->luminous, &p->alloc, &p->ink);
  if (status == MNISTCNN_OK) {
    mcnn_ink_levels(&p->ink);
    status = mcnn_ink_remove_lines(&p->ink, &p->alloc);
  }
  if (status != MNISTCNN_OK)
    return status;
  mcnn_ink_levels(&p->ink);
  if (p->ink.strength < FAINTEST)
    return MNISTCNN_OK;
  status = mcnn_parts_find(&p->ink, &p->alloc, &p->parts);
  return status == MNISTCNN_OK ? mcnn_groups_find(&p->parts, p->plane.height, p->plane.width,
                                                  p->single, &p->alloc, &p->groups)
                               : status;
}

static mnistcnn_status open_page(const uint8_t *pixels, const mcnn_shape *shape,
                                 const mcnn_digit_request *request, const mcnn_alloc *alloc,
                                 int single, page *p, int32_t *polarity) {
  *p = (page){.alloc = *alloc, .shape = shape, .request = request, .single = single};
  const mnistcnn_status status = mcnn_digit_plane(pixels, shape, alloc, &p->plane, &p->luminous);
  if (status != MNISTCNN_OK)
    return status;
  *polarity = request->polarity;
  return *polarity == MNISTCNN_POLARITY_AUTO ? mcnn_digit_polarity(&p->plane, alloc, polarity)
                                             : MNISTCNN_OK;
}

static void close_page(page *p) {
  forget_ink(p);
  mcnn_plane_free(&p->plane, &p->alloc);
}

static uint32_t scaled(uint32_t value, uint32_t from, uint32_t to) {
  return (uint32_t)((uint64_t)value * to / from);
}

static void set_box(const page *p, const mcnn_ink_box *box, mcnn_digit *digit) {
  digit->top = scaled(box->top, p->plane.height, p->shape->height);
  digit->left = scaled(box->left, p->plane.width, p->shape->width);
  digit->height = scaled(box->bottom + 1, p->plane.height, p->shape->height) - digit->top;
  digit->width = scaled(box->right + 1, p->plane.width, p->shape->width) - digit->left;
}

/* Prepares one group, and judges it. */
static mnistcnn_status read_group(const page *p, uint32_t index, uint8_t *prepared,
                                  mcnn_digit *digit) {
  const mcnn_group *const group = &p->groups.groups[index];
  const uint32_t height = p->request->height, width = p->request->width;
  const mcnn_rendering rendering = {&p->ink, &p->parts, index, group->box, height, width};
  mcnn_raster_facts facts = {0};
  double scale = 1;
  const mnistcnn_status status = mcnn_digit_render(&rendering, &p->alloc, prepared, &facts, &scale);

  if (status != MNISTCNN_OK)
    return status;
  set_box(p, &group->box, digit);
  digit->polarity = p->polarity;
  digit->line = group->line;
  digit->contrast = (float)p->ink.strength / 255.0f;
  digit->scale = (float)(scale * p->plane.height / p->shape->height);
  digit->stroke = (float)facts.stroke;
  digit->verdict = verdict_on(group, &facts, facts.stroke / (scale * mcnn_box_size(&group->box)),
                              p->single ? widest_single : widest_digit);
  return MNISTCNN_OK;
}

/* -------------------------------------------------------------------------------- one digit -- */

static double prominence(const page *p, const mcnn_group *group) {
  const uint32_t height = p->plane.height, width = p->plane.width;
  const int cut_off = (group->at_border & 5) == 5 || (group->at_border & 10) == 10;
  const int large = 10 * mcnn_box_height(&group->box) >= 9 * height ||
                    10 * mcnn_box_width(&group->box) >= 9 * width;

  return (double)group->mass * (cut_off && !large ? 0.2 : group->at_border != 0 ? 0.6 : 1.0);
}

static uint32_t most_prominent(const page *p) {
  uint32_t best = 0;

  for (uint32_t i = 1; i < p->groups.count; i++)
    if (prominence(p, &p->groups.groups[i]) > prominence(p, &p->groups.groups[best]))
      best = i;
  return best;
}

/* 1 where another thing might as well be meant. */
static int has_rival(const page *p, uint32_t best) {
  const double most = prominence(p, &p->groups.groups[best]);
  const uint32_t size = mcnn_box_size(&p->groups.groups[best].box);
  const int inside = p->groups.groups[best].at_border == 0;

  for (uint32_t i = 0; i < p->groups.count; i++) {
    const mcnn_group *const other = &p->groups.groups[i];
    /* Beside a digit within the picture, what goes on beyond the border is not meant. */
    const double share = inside && other->at_border != 0 ? 0.6 : 0.3;
    if (i != best && prominence(p, other) > share * most && 2 * mcnn_box_size(&other->box) > size)
      return 1;
  }
  return 0;
}

/* Faint, and at three borders or all: shading that went on beyond them. */
static int is_shading(const page *p, const mcnn_group *group) {
  const int borders = (group->at_border & 1) + (group->at_border >> 1 & 1) +
                      (group->at_border >> 2 & 1) + (group->at_border >> 3 & 1);

  return borders >= 3 && p->ink.strength < FAINT;
}

/* The verdict on the whole picture, where its most prominent group has been called a digit. */
static int32_t verdict_on_page(const page *p, uint32_t best, int32_t verdict) {
  const mcnn_group *const group = &p->groups.groups[best];

  if ((double)mcnn_box_width(&group->box) > widest_pair * mcnn_box_height(&group->box) ||
      is_shading(p, group))
    return MNISTCNN_DIGIT_OTHER;
  if (has_rival(p, best))
    return p->groups.count > MOST_GROUPS ? MNISTCNN_DIGIT_OTHER : MNISTCNN_DIGIT_SEVERAL;
  return (double)group->mass < least_share * (double)p->groups.mass ? MNISTCNN_DIGIT_OTHER
                                                                    : verdict;
}

static uint64_t area_of(const mcnn_parts *parts) {
  uint64_t area = 0;

  for (uint32_t i = 0; i < parts->count; i++)
    area += parts->parts[i].area;
  return area;
}

static mnistcnn_status judge_page(const page *p, uint8_t *prepared, mcnn_digit *digit) {
  *digit = (mcnn_digit){.polarity = p->polarity};
  if (p->ink.blot > area_of(&p->parts)) {
    digit->verdict = MNISTCNN_DIGIT_FILLED;
    return MNISTCNN_OK;
  }
  if (p->groups.count == 0) {
    /* What is wider than any stroke goes to the background, which it leaves uneven. */
    digit->verdict = p->parts.count > 0        ? MNISTCNN_DIGIT_OTHER
                     : p->ink.unevenness > 48u ? MNISTCNN_DIGIT_FILLED
                                               : MNISTCNN_DIGIT_BLANK;
    return MNISTCNN_OK;
  }
  const uint32_t best = most_prominent(p);
  const mnistcnn_status status = read_group(p, best, prepared, digit);
  if (status == MNISTCNN_OK && is_digit(digit->verdict))
    digit->verdict = verdict_on_page(p, best, digit->verdict);
  return status;
}

/* How thick the strokes are, in longer sides of the box: of two ways to see a picture the one with
 * the finer strokes is the writing. */
static double thickness(const mcnn_digit *digit) {
  const uint32_t size = digit->height > digit->width ? digit->height : digit->width;

  return size > 0 ? (double)(digit->stroke / digit->scale) / size : 1;
}

static int is_large(const page *p, const mcnn_digit *digit) {
  return 2 * digit->height > p->shape->height && 2 * digit->width > p->shape->width;
}

/* On a background that is anything but even all may be otherwise: it may be a sheet on a dark
 * table, the light of a lamp, or the picture's frame that looks like paper. On even paper only what
 * has thick strokes all over the picture, as a sheet has, and what has no strokes at all. */
static int is_doubtful(const page *p, const mcnn_digit *digit) {
  return p->ink.unevenness > 48 || digit->height == 0 ||
         (is_large(p, digit) && thickness(digit) > 0.2);
}

static int is_inside(const page *p, const mcnn_digit *digit) {
  return digit->top > 0 && digit->left > 0 && digit->top + digit->height < p->shape->height &&
         digit->left + digit->width < p->shape->width;
}

/* In place of nothing a digit will do, unless it is small, or goes on beyond the border and is
 * faint or what a blot leaves of the paper. */
static int is_something(const page *p, const mcnn_digit *other, const mcnn_digit *first) {
  return is_digit(other->verdict) && 10 * other->height >= p->shape->height &&
         (is_inside(p, other) ||
          (p->ink.strength >= FAINT && first->verdict != MNISTCNN_DIGIT_FILLED));
}

/* What the first reading took for a digit, or for several, is given up only for one digit that is
 * no mere gap between the strokes at the border: on clearly more even paper, or on no less even
 * paper with clearly finer strokes, or in what may be a sheet. */
static int is_better(const page *p, const mcnn_digit *other, const mcnn_digit *first,
                     uint32_t unevenness) {
  if (!is_digit(first->verdict) && first->verdict != MNISTCNN_DIGIT_SEVERAL)
    return is_something(p, other, first);
  const int finer = is_digit(first->verdict) && thickness(other) < 0.8 * thickness(first) &&
                    (is_large(p, first) || p->ink.unevenness <= unevenness);
  return other->verdict == MNISTCNN_DIGIT_FOUND && is_inside(p, other) &&
         (finer || 3 * p->ink.unevenness < 2 * unevenness);
}

static mnistcnn_status try_other(page *p, uint8_t *prepared, mcnn_digit *digit) {
  const size_t size = (size_t)p->request->height * p->request->width;
  uint8_t *const image = mcnn_alloc_array(&p->alloc, size, 1);
  const uint32_t unevenness = p->ink.unevenness;
  mcnn_digit other = {0};
  mnistcnn_status status = !image ? MNISTCNN_OUT_OF_MEMORY
                                  : read_ink(p, p->polarity == MNISTCNN_POLARITY_DARK_ON_LIGHT
                                                    ? MNISTCNN_POLARITY_LIGHT_ON_DARK
                                                    : MNISTCNN_POLARITY_DARK_ON_LIGHT);

  if (status == MNISTCNN_OK)
    status = judge_page(p, image, &other);
  if (status == MNISTCNN_OK && is_better(p, &other, digit, unevenness)) {
    memcpy(prepared, image, size);
    *digit = other;
  }
  mcnn_free(&p->alloc, image);
  return status;
}

/* What the first reading leaves in doubt may be one digit the other way round. */
static mnistcnn_status prepare_page(page *p, int32_t polarity, uint8_t *prepared,
                                    mcnn_digit *digit) {
  mnistcnn_status status = read_ink(p, polarity);

  if (status == MNISTCNN_OK)
    status = judge_page(p, prepared, digit);
  if (status == MNISTCNN_OK && p->request->polarity == MNISTCNN_POLARITY_AUTO &&
      is_doubtful(p, digit))
    status = try_other(p, prepared, digit);
  if (status == MNISTCNN_OK && !is_digit(digit->verdict))
    memset(prepared, 0, (size_t)p->request->height * p->request->width);
  return status;
}

static void pass_on(const uint8_t *pixels, const mcnn_shape *shape, uint8_t *prepared,
                    mcnn_digit *digit) {
  const size_t count = (size_t)shape->height * shape->width;

  for (size_t i = 0; i < count; i++)
    prepared[i] = pixels[i * shape->channels];
  *digit = (mcnn_digit){.polarity = MNISTCNN_POLARITY_LIGHT_ON_DARK,
                        .unchanged = 1,
                        .height = shape->height,
                        .width = shape->width,
                        .scale = 1,
                        .contrast = 1};
}

static mnistcnn_status prepare_flat(const uint8_t *pixels, const mcnn_shape *shape,
                                    const mcnn_digit_request *request, const mcnn_alloc *alloc,
                                    uint8_t *prepared, mcnn_digit *digit) {
  page p;
  int32_t polarity;

  if (request->keep_similar && request->polarity != MNISTCNN_POLARITY_DARK_ON_LIGHT &&
      mcnn_digit_is_similar(pixels, shape, request->height, request->width)) {
    pass_on(pixels, shape, prepared, digit);
    return MNISTCNN_OK;
  }
  mnistcnn_status status = open_page(pixels, shape, request, alloc, 1, &p, &polarity);
  if (status == MNISTCNN_OK)
    status = prepare_page(&p, polarity, prepared, digit);
  close_page(&p);
  return status;
}

mnistcnn_status mcnn_digit_prepare(const uint8_t *pixels, const mcnn_shape *shape,
                                   const mcnn_digit_request *request, const mcnn_alloc *alloc,
                                   uint8_t *prepared, mcnn_digit *digit) {
  mcnn_flat flat;
  mnistcnn_status status = mcnn_flatten(pixels, shape, request->polarity, alloc, &flat);

  *digit = (mcnn_digit){0};
  if (status == MNISTCNN_OK)
    status = prepare_flat(flat.pixels, &flat.shape, request, alloc, prepared, digit);
  mcnn_free(alloc, flat.own);
  return status;
}

mnistcnn_status mcnn_digit_fit(const uint8_t *pixels, const mcnn_shape *from, const char *label,
                               const mcnn_alloc *alloc, uint8_t *target, const mcnn_shape *to) {
  const mcnn_digit_request request = {MNISTCNN_POLARITY_AUTO, to->height, to->width, 1};
  mcnn_digit digit;
  const mnistcnn_status status = mcnn_digit_prepare(pixels, from, &request, alloc, target, &digit);

  if (status != MNISTCNN_OK)
    return status;
  if (!is_digit(digit.verdict)) {
    return mcnn_fail(MNISTCNN_FORMAT, "%s: shows no digit: %s", label,
                     mcnn_digit_verdict_text(digit.verdict));
  }
  if (to->channels == 3)
    mcnn_gray_to_rgb(target, (size_t)to->height * to->width);
  return MNISTCNN_OK;
}

/* ------------------------------------------------------------------------------ many digits -- */

static mnistcnn_status read_groups(const page *p, mnistcnn_digits *list) {
  const size_t count = p->groups.count;
  const size_t image = (size_t)list->request.height * list->request.width;
  mnistcnn_status status = MNISTCNN_OK;

  list->digits = mcnn_alloc_zeroed(&list->alloc, count, sizeof *list->digits);
  size_t bytes;
  list->prepared = mcnn_checked_mul(count, image, &bytes)
                       ? mcnn_alloc_zeroed(&list->alloc, bytes, 1)
                       : mcnn_alloc_zeroed(&list->alloc, SIZE_MAX, image);
  if (!list->digits || !list->prepared)
    return MNISTCNN_OUT_OF_MEMORY;
  for (; list->count < count && status == MNISTCNN_OK; list->count++) {
    const size_t i = list->count;
    mcnn_digit *const digit = &list->digits[i];
    status = read_group(p, (uint32_t)i, list->prepared + i * image, digit);
    if (digit->verdict == MNISTCNN_DIGIT_TOUCHING &&
        2 * mcnn_box_height(&p->groups.groups[i].box) < p->groups.reference)
      digit->verdict = MNISTCNN_DIGIT_OTHER; /* a dash */
  }
  return status;
}

static mnistcnn_status read_many(page *p, int32_t polarity, mnistcnn_digits *list) {
  mnistcnn_status status = read_ink(p, polarity);

  if (status == MNISTCNN_OK && p->groups.count == 0 &&
      p->request->polarity == MNISTCNN_POLARITY_AUTO) {
    status =
        read_ink(p, polarity == MNISTCNN_POLARITY_DARK_ON_LIGHT ? MNISTCNN_POLARITY_LIGHT_ON_DARK
                                                                : MNISTCNN_POLARITY_DARK_ON_LIGHT);
  }
  return status == MNISTCNN_OK ? read_groups(p, list) : status;
}

static mnistcnn_status find_on_page(const uint8_t *pixels, const mcnn_shape *shape,
                                    mnistcnn_digits *list) {
  mcnn_flat flat;
  page p = {.alloc = list->alloc};
  int32_t polarity;
  mnistcnn_status status = mcnn_flatten(pixels, shape, list->request.polarity, &list->alloc, &flat);

  if (status == MNISTCNN_OK)
    status = open_page(flat.pixels, &flat.shape, &list->request, &list->alloc, 0, &p, &polarity);
  if (status == MNISTCNN_OK)
    status = read_many(&p, polarity, list);
  close_page(&p);
  mcnn_free(&list->alloc, flat.own);
  return status;
}

mnistcnn_status mcnn_digit_find(const uint8_t *pixels, const mcnn_shape *shape,
                                const mcnn_digit_request *request, const mcnn_alloc *alloc,
                                mnistcnn_digits **list) {
  mnistcnn_digits *const own = mcnn_alloc_zeroed(alloc, 1, sizeof *own);

  if (!own)
    return MNISTCNN_OUT_OF_MEMORY;
  own->alloc = *alloc;
  own->request = *request;
  const mnistcnn_status status = find_on_page(pixels, shape, own);
  if (status != MNISTCNN_OK) {
    mcnn_digits_free(own);
    return status;
  }
  *list = own;
  return MNISTCNN_OK;
}

void mcnn_digits_free(mnistcnn_digits *list) {
  if (list) {
    const mcnn_alloc alloc = list->alloc;
    mcnn_free(&alloc, list->prepared);
    mcnn_free(&alloc, list->digits);
    mcnn_free(&alloc, list);
  }
}
