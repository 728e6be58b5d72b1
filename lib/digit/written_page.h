/* A page of digits, read. Boxes of its digits are in pixels of the picture. */
#ifndef MCNN_DIGIT_WRITTEN_PAGE_H
#define MCNN_DIGIT_WRITTEN_PAGE_H

#include "digit/lattice.h"

/* Digits that stand close together, as those of a number do. */
typedef struct mcnn_digit_group {
  size_t first, count; /* of the readings */
  size_t text;         /* where its text begins in that of the page */
  uint32_t line;
} mcnn_digit_group;

struct mnistcnn_page {
  mcnn_alloc alloc;
  mcnn_digit_request request;
  mcnn_readings readings; /* in reading order */
  mcnn_digit_group *groups;
  size_t num_groups;
  char *text; /* of all groups, each with its NUL; set by model/page_reader.c */
  uint32_t num_classes, num_lines, num_columns, num_specks;
  int32_t polarity;
};

/* 1 for a digit of which the class is known. */
int mcnn_reading_has_class(const mcnn_reading *reading);
uint32_t mcnn_reading_class(const mnistcnn_page *page, size_t index);
mcnn_box mcnn_digit_group_box(const mnistcnn_page *page, const mcnn_digit_group *group);

/* The reader's images have the request's height and width. */
mnistcnn_status mcnn_written_page_read(const uint8_t *pixels, const mcnn_shape *shape,
                                       const mcnn_digit_request *request, const mcnn_reader *reader,
                                       const mcnn_alloc *alloc, mnistcnn_page **page);
void mcnn_written_page_free(mnistcnn_page *page);

#endif
