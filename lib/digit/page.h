/* A picture, and what is found in it when it is taken for ink of one polarity. */
#ifndef MCNN_DIGIT_PAGE_H
#define MCNN_DIGIT_PAGE_H

#include "digit/candidates.h"
#include "digit/form.h"
#include "digit/result.h"

typedef struct mcnn_page {
  mcnn_alloc alloc;
  const mcnn_shape *shape; /* of the picture given */
  const mcnn_digit_request *request;
  mcnn_plane plane;
  int luminous;
  int single;      /* the picture is meant to show one digit */
  uint32_t window; /* of a page, in which all strokes have room; 0: unknown */
  int32_t polarity;
  mcnn_ink ink;
  int has_box;     /* printed around the digit */
  mcnn_box inside; /* what lies within its rules, or the whole picture */
  mcnn_form form;  /* of a page that is read as one */
  mcnn_components components;
  mcnn_candidates candidates;
} mcnn_page;

/* pixels: without alpha. *polarity: the one asked for, or the one that is more likely. The page is
 * closed by the caller, also on failure. */
mnistcnn_status mcnn_page_open(const uint8_t *pixels, const mcnn_shape *shape,
                               const mcnn_digit_request *request, const mcnn_alloc *alloc,
                               int single, mcnn_page *page, int32_t *polarity);
void mcnn_page_close(mcnn_page *page);

/* Finds ink, components and candidates, in place of those of an earlier call. */
mnistcnn_status mcnn_page_read(mcnn_page *page, int32_t polarity);

/* Prepares one candidate, and judges it. */
mnistcnn_status mcnn_page_render(const mcnn_page *page, uint32_t index, uint8_t *prepared,
                                 mcnn_digit *digit);

/* The same with a candidate that is not in the list, whose components have this index. */
mnistcnn_status mcnn_page_render_candidate(const mcnn_page *page, const mcnn_candidate *candidate,
                                           uint32_t index, uint8_t *prepared, mcnn_digit *digit);

/* From the plane's coordinates to those of the picture. */
void mcnn_page_set_box(const mcnn_page *page, const mcnn_box *box, mcnn_digit *digit);

/* The other one of dark on light and light on dark. */
int32_t mcnn_page_other_polarity(int32_t polarity);

#endif
