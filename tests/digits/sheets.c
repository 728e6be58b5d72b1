#include "sheets.h"

static sheet rows(uint64_t seed) {
  sheet s = sheet_plain(4, 6, 50);
  s.seed = 100 * seed;
  return s;
}

static sheet small_beside_large(uint64_t seed) {
  sheet s = rows(seed);
  s.small = 0.4;
  return s;
}

static sheet numbers(uint64_t seed) {
  sheet s = rows(seed);
  s.step = 0.9;
  s.columns = 8;
  return s;
}

static sheet underlined_numbers(uint64_t seed) {
  sheet s = numbers(seed);
  s.columns = 3 + seed % 4;
  s.margin = 3;
  s.under = 0.05;
  return s;
}

static sheet crossed_by_line(uint64_t seed) {
  sheet s = underlined_numbers(seed);
  s.under = 0.15;
  return s;
}

static sheet pairs(uint64_t seed) {
  sheet s = rows(seed);
  s.step = 1.3;
  s.touch = 2;
  s.overlap = 0.05;
  return s;
}

static sheet triples(uint64_t seed) {
  sheet s = pairs(seed);
  s.touch = 3;
  return s;
}

static sheet shadow_across(uint64_t seed) {
  sheet s = rows(seed);
  s.shadow = 0.5;
  s.noise = 3;
  return s;
}

static sheet in_dark_corners(uint64_t seed) {
  sheet s = rows(seed);
  s.corners = 0.8;
  s.noise = 3;
  return s;
}

static sheet on_table(uint64_t seed) {
  sheet s = rows(seed);
  s.table = 1.5;
  s.shadow = 0.3;
  s.noise = 3;
  return s;
}

static sheet with_rules(uint64_t seed) {
  sheet s = rows(seed);
  s.rules = 1;
  s.row_step = 1.45;
  return s;
}

static sheet full_page(uint64_t seed) {
  sheet s = sheet_plain(25, 20, 28);
  s.seed = 1000 * seed;
  s.step = 2.5;
  s.row_step = 3;
  s.margin = 4;
  return s;
}

static sheet form(uint64_t seed) {
  sheet s = rows(seed);
  s.rules = 2;
  s.row_step = s.step = 1.5;
  s.empty = 5;
  return s;
}

const sheet_kind sheet_kinds[] = {
    {"rows", rows, 0, 95},
    {"digits of 0.4 of the height beside others", small_beside_large, 0, 90},
    {"numbers", numbers, 0, 93},
    {"numbers that touch the line under them", underlined_numbers, 0, 93},
    {"numbers on a line through their feet", crossed_by_line, 0, 90},
    {"pairs that touch", pairs, 0, 75},
    {"three that touch", triples, 0, 70},
    {"a shadow across the page", shadow_across, 0, 95},
    {"dark corners", in_dark_corners, 0, 95},
    {"a sheet on a dark table", on_table, 0, 95},
    {"ruled paper", with_rules, 0, 90},
    {"a page of 500 digits", full_page, 0, 95},
    {"a form with empty cells", form, 1, 93},
};

const size_t num_sheet_kinds = sizeof sheet_kinds / sizeof sheet_kinds[0];
