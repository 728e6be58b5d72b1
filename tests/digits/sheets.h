/* The pages of the second table in docs/digits.md. */
#ifndef TEST_DIGIT_SHEETS_H
#define TEST_DIGIT_SHEETS_H

#include "sheet.h"

#include <stddef.h>

typedef struct sheet_kind {
  const char *name;
  sheet (*make)(uint64_t seed);
  uint32_t form;  /* read with this option */
  uint32_t least; /* of a hundred drawn digits that are right */
} sheet_kind;

extern const sheet_kind sheet_kinds[];
extern const size_t num_sheet_kinds;

#endif
