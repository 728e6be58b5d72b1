#include "digit/written_page.h"

#include "digit/verdict.h"
#include "image/alpha.h"

#include <assert.h>
#include <string.h>

typedef struct work {
  mcnn_page page;
  const mcnn_reader *reader;
  mcnn_readings whole; /* of each candidate */
  mnistcnn_page *result;
} work;

static size_t image_size(const work *w) {
  return (size_t)w->page.request->height * w->page.request->width;
}

/* --- candidates ------------------------------------------------------------------------------- */

/* A dash, not two digits that touch. */
static int is_dash(const mcnn_reading *reading, uint32_t text_height) {
  return reading->digit.verdict == MNISTCNN_DIGIT_TOUCHING &&
         2 * mcnn_box_height(&reading->candidate.box) < text_height;
}

/* Of the tallest half of what is in the line of a candidate: the line's digits. */
typedef struct line_extent {
  uint32_t height, bottom;
} line_extent;

static line_extent extent_of_line(const mcnn_candidates *candidates, const mcnn_candidate *of) {
  line_extent e = {0, 0};

  for (uint32_t i = 0; i < candidates->count; i++) {
    const mcnn_candidate *const other = &candidates->items[i];
    const uint32_t height = mcnn_box_height(&other->box);
    if (other->line == of->line &&
        mcnn_box_gap(&other->box, &of->box) <= 2 * candidates->text_height && height > e.height)
      e = (line_extent){height, other->box.bottom};
  }
  return e;
}

/* A comma has one short stroke; a small 3, 5, 6 or 9 has more. */
static const double longest_comma = 1.4; /* in its height */

/* A comma or a dot: low and narrow, or very low, and at the foot of the line. */
static int is_punctuation(const mcnn_candidates *candidates, const mcnn_reading *reading) {
  const mcnn_box *const box = &reading->candidate.box;
  const line_extent e = extent_of_line(candidates, &reading->candidate);
  const uint32_t height = mcnn_box_height(box), width = mcnn_box_width(box);
  const int is_comma = 20 * height < 11 * e.height && 4 * width < e.height &&
                       (double)reading->digit.stroke_length < longest_comma;

  return (4 * height < e.height || is_comma) && box->top + 9 * e.height / 20 > e.bottom;
}

static mnistcnn_status render_candidates(work *w) {
  const mcnn_candidates *const candidates = &w->page.candidates;
  mcnn_readings *const whole = &w->whole;
  mnistcnn_status status = mcnn_readings_reserve(whole, candidates->count, image_size(w),
                                                 w->reader->num_classes, &w->page.alloc);

  for (uint32_t i = 0; i < candidates->count && status == MNISTCNN_OK; i++) {
    mcnn_reading *const reading = &whole->items[i];
    reading->candidate = candidates->items[i];
    status = mcnn_page_render(&w->page, i, whole->images + i * image_size(w), &reading->digit);
    if (is_dash(reading, candidates->text_height) || is_punctuation(candidates, reading))
      reading->digit.verdict = MNISTCNN_DIGIT_OTHER;
    whole->count++;
  }
  return status;
}

static mnistcnn_status make_room(work *w) {
  mcnn_readings *const to = &w->result->readings;

  return to->count < to->capacity ? MNISTCNN_OK
                                  : mcnn_readings_reserve(to, 2 * to->count + 16, image_size(w),
                                                          w->reader->num_classes, &w->page.alloc);
}

static mnistcnn_status append(work *w, size_t index) {
  mcnn_readings *const to = &w->result->readings;
  const size_t image = image_size(w), classes = w->reader->num_classes;
  const mnistcnn_status status = make_room(w);

  if (status != MNISTCNN_OK)
    return status;
  to->items[to->count] = w->whole.items[index];
  memcpy(to->images + to->count * image, w->whole.images + index * image, image);
  memcpy(to->rows + to->count * classes, w->whole.rows + index * classes,
         classes * sizeof *to->rows);
  to->count++;
  return MNISTCNN_OK;
}

/* The empty cells of a form before the one with this number, row by row. */
static mnistcnn_status append_blanks(work *w, uint32_t *next, uint32_t end) {
  const mcnn_form *const form = &w->page.form;
  mcnn_readings *const to = &w->result->readings;
  mnistcnn_status status = MNISTCNN_OK;

  for (; *next < end && status == MNISTCNN_OK; ++*next) {
    const uint32_t row = *next / form->num_columns, column = *next % form->num_columns;
    status = make_room(w);
    if (status != MNISTCNN_OK)
      return status;
    mcnn_reading *const blank = &to->items[to->count];
    *blank = (mcnn_reading){.candidate = {.line = row, .column = column}};
    blank->candidate.box = mcnn_form_cell(form, row, column);
    blank->digit.verdict = MNISTCNN_DIGIT_BLANK;
    blank->digit.line = row;
    mcnn_page_set_box(&w->page, &blank->candidate.box, &blank->digit);
    memset(to->images + to->count * image_size(w), 0, image_size(w));
    memset(to->rows + to->count * w->reader->num_classes, 0,
           w->reader->num_classes * sizeof *to->rows);
    to->count++;
  }
  return status;
}

static uint32_t cell_of(const work *w, const mcnn_candidate *candidate) {
  return candidate->line * w->page.form.num_columns + candidate->column;
}

static mnistcnn_status read_candidates(work *w) {
  const mcnn_form *const form = &w->page.form;
  uint32_t cell = 0;
  mnistcnn_status status = render_candidates(w);

  if (status == MNISTCNN_OK)
    mcnn_readings_classify(&w->whole, w->reader);
  for (uint32_t i = 0; i < w->whole.count && status == MNISTCNN_OK; i++) {
    const mcnn_reading *const whole = &w->whole.items[i];
    int is_cut = 0;
    if (form->num_rows > 0) {
      status = append_blanks(w, &cell, cell_of(w, &whole->candidate));
      cell++;
    }
    if (status == MNISTCNN_OK && mcnn_lattice_is_worth(whole, w->page.candidates.text_height))
      status = mcnn_lattice_read(&w->page, w->reader, i, whole, &is_cut, &w->result->readings);
    if (status == MNISTCNN_OK && !is_cut)
      status = append(w, i);
  }
  return status == MNISTCNN_OK && form->num_rows > 0
             ? append_blanks(w, &cell, form->num_rows * form->num_columns)
             : status;
}

/* --- groups ----------------------------------------------------------------------------------- */

/* In a cell of a form; else next to each other in a line, no further apart than 0.7 of a digit's
 * height. */
static int goes_on(const mnistcnn_page *page, const mcnn_reading *a, const mcnn_reading *b) {
  const uint32_t a_height = mcnn_box_height(&a->candidate.box);
  const uint32_t b_height = mcnn_box_height(&b->candidate.box);
  const uint32_t height = a_height > b_height ? a_height : b_height;

  if (page->num_columns > 0)
    return a->candidate.line == b->candidate.line && a->candidate.column == b->candidate.column;
  return a->candidate.line == b->candidate.line &&
         10 * (uint64_t)mcnn_box_gap(&a->candidate.box, &b->candidate.box) <= 7 * (uint64_t)height;
}

static int is_in_group(const mcnn_reading *reading) {
  return mcnn_verdict_is_digit(reading->digit.verdict) ||
         reading->digit.verdict == MNISTCNN_DIGIT_UNCLEAR;
}

int mcnn_reading_has_class(const mcnn_reading *reading) {
  return reading->digit.verdict == MNISTCNN_DIGIT_FOUND;
}

uint32_t mcnn_reading_class(const mnistcnn_page *page, size_t index) {
  const float *const row = page->readings.rows + index * page->num_classes;
  uint32_t best = 0;

  for (uint32_t c = 1; c < page->num_classes; c++)
    best = row[c] > row[best] ? c : best;
  return best;
}

mcnn_box mcnn_digit_group_box(const mnistcnn_page *page, const mcnn_digit_group *group) {
  mcnn_box box = {0};

  for (size_t i = 0; i < group->count; i++) {
    const mcnn_digit *const d = &page->readings.items[group->first + i].digit;
    const mcnn_box one = {d->top, d->left, d->top + d->height - 1, d->left + d->width - 1};
    box = i == 0 ? one : mcnn_box_union(&box, &one);
  }
  return box;
}

static void mark_unclear(mnistcnn_page *page) {
  for (size_t i = 0; i < page->readings.count; i++) {
    mcnn_reading *const reading = &page->readings.items[i];
    if (reading->digit.verdict == MNISTCNN_DIGIT_FOUND &&
        reading->probability < page->request.least_confidence)
      reading->digit.verdict = MNISTCNN_DIGIT_UNCLEAR;
  }
}

static void number_columns(mnistcnn_page *page) {
  mcnn_reading *const items = page->readings.items;

  for (size_t i = 0; page->num_columns > 0 && i < page->readings.count; i++)
    items[i].column = items[i].candidate.column;
  if (page->num_columns > 0)
    return;

  for (size_t i = 0; i < page->readings.count; i++) {
    const int is_first = i == 0 || items[i].candidate.line != items[i - 1].candidate.line;
    items[i].column = is_first ? 0 : items[i - 1].column + 1;
    page->num_lines = items[i].candidate.line + 1;
  }
}

static mnistcnn_status find_groups(mnistcnn_page *page) {
  mcnn_reading *const items = page->readings.items;
  size_t last = SIZE_MAX; /* of the digits before */

  page->groups = mcnn_alloc_zeroed(&page->alloc, page->readings.count, sizeof *page->groups);
  if (!page->groups)
    return MNISTCNN_OUT_OF_MEMORY;
  for (size_t i = 0; i < page->readings.count; i++) {
    items[i].group = UINT32_MAX;
    if (!is_in_group(&items[i]))
      continue;
    if (last != SIZE_MAX && last + 1 == i && goes_on(page, &items[last], &items[i]))
      page->groups[page->num_groups - 1].count++;
    else
      page->groups[page->num_groups++] =
          (mcnn_digit_group){.first = i, .count = 1, .line = items[i].candidate.line};
    items[i].group = (uint32_t)(page->num_groups - 1);
    last = i;
  }
  return MNISTCNN_OK;
}

/* --- whole ------------------------------------------------------------------------------------ */

/* Components that belong to no candidate. */
static uint32_t count_specks(const mcnn_components *components) {
  uint32_t count = 0;

  for (uint32_t i = 0; i < components->count; i++)
    count += components->items[i].area > 0 && components->items[i].candidate == MCNN_NO_CANDIDATE
                 ? 1
                 : 0;
  return count;
}

static mnistcnn_status read_page(work *w, int32_t polarity) {
  mcnn_page *const p = &w->page;
  mnistcnn_status status = mcnn_page_read(p, polarity);

  if (status == MNISTCNN_OK && p->candidates.count == 0 &&
      p->request->polarity == MNISTCNN_POLARITY_AUTO)
    status = mcnn_page_read(p, mcnn_page_other_polarity(polarity));
  if (status != MNISTCNN_OK)
    return status;
  w->result->num_specks = count_specks(&p->components);
  w->result->polarity = p->polarity;
  if (p->form.num_rows > 0) {
    w->result->num_lines = p->form.num_rows;
    w->result->num_columns = p->form.num_columns;
  }
  status = read_candidates(w);
  mark_unclear(w->result);
  number_columns(w->result);
  return status == MNISTCNN_OK ? find_groups(w->result) : status;
}

static mnistcnn_status read_picture(const uint8_t *pixels, const mcnn_shape *shape,
                                    const mcnn_reader *reader, mnistcnn_page *result) {
  const mcnn_alloc *const alloc = &result->alloc;
  work w = {.page = {.alloc = *alloc}, .reader = reader, .result = result};
  mcnn_flat flat;
  int32_t polarity;
  mnistcnn_status status =
      mcnn_flatten(pixels, shape, mcnn_ground_for(result->request.polarity), alloc, &flat);

  if (status == MNISTCNN_OK)
    status =
        mcnn_page_open(flat.pixels, &flat.shape, &result->request, alloc, 0, &w.page, &polarity);
  if (status == MNISTCNN_OK)
    status = read_page(&w, polarity);
  mcnn_readings_free(&w.whole, alloc);
  mcnn_page_close(&w.page);
  mcnn_free(alloc, flat.own);
  return status;
}

mnistcnn_status mcnn_written_page_read(const uint8_t *pixels, const mcnn_shape *shape,
                                       const mcnn_digit_request *request, const mcnn_reader *reader,
                                       const mcnn_alloc *alloc, mnistcnn_page **page) {
  assert(shape->height > 0 && shape->width > 0 && shape->channels - 1 < 4);
  mnistcnn_page *const own = mcnn_alloc_zeroed(alloc, 1, sizeof *own);

  if (!own)
    return MNISTCNN_OUT_OF_MEMORY;
  own->alloc = *alloc;
  own->request = *request;
  own->num_classes = reader->num_classes;
  const mnistcnn_status status = read_picture(pixels, shape, reader, own);
  if (status != MNISTCNN_OK) {
    mcnn_written_page_free(own);
    return status;
  }
  *page = own;
  return MNISTCNN_OK;
}

void mcnn_written_page_free(mnistcnn_page *page) {
  if (page) {
    const mcnn_alloc alloc = page->alloc;
    mcnn_readings_free(&page->readings, &alloc);
    mcnn_free(&alloc, page->text);
    mcnn_free(&alloc, page->groups);
    mcnn_free(&alloc, page);
  }
}
