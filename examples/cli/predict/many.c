#include "predict/many.h"

#include <inttypes.h>
#include <stdio.h>

#include "predict/answer.h"
#include "predict/overlay.h"
#include "predict/picture.h"
#include "terminal/message.h"
#include "terminal/percent.h"

static picture_box file_box_of(const picture *source, const mnistcnn_page_digit *digit) {
  return picture_to_file(source,
                         (picture_box){digit->top, digit->left, digit->height, digit->width});
}

/* --- text ------------------------------------------------------------------------------------- */

static void print_digit(const predictor *p, const picture *source,
                        const mnistcnn_page_digit *digit) {
  const picture_box box = file_box_of(source, digit);
  char confidence[PERCENT_CAPACITY];

  printf("  line %" PRIu32 ", %" PRIu32 "x%" PRIu32 " at %" PRIu32 ",%" PRIu32 ": ",
         digit->line + 1, box.width, box.height, box.left, box.top);
  if (digit->class_index < 0)
    printf("no digit: %s\n", mnistcnn_digit_verdict_text(digit->verdict));
  else
    printf("%s  %s%s\n", mnistcnn_model_class_name(p->model, p->ranking[0]),
           percent_text(predictor_confidence(p, p->ranking[0]), confidence),
           digit->is_cut ? "  (touches a neighbour)" : "");
}

/* The numbers, one line of writing a line. */
static int print_groups(const mnistcnn_page *page) {
  uint32_t line = 0;

  for (size_t i = 0; i < mnistcnn_page_num_groups(page); i++) {
    mnistcnn_page_group group = MNISTCNN_PAGE_GROUP_INIT;
    if (mnistcnn_page_get_group(page, i, &group) != MNISTCNN_OK)
      return fail_library();
    printf("%s%s", i == 0 ? "" : group.line == line ? " " : "\n", group.text);
    line = group.line;
  }
  if (mnistcnn_page_num_groups(page) > 0)
    putchar('\n');
  return EXIT_STATUS_OK;
}

/* --- JSON ------------------------------------------------------------------------------------- */

typedef struct json_member {
  const char *key;
  uint32_t value;
} json_member;

static void write_members(json_out *json, const json_member *members, size_t count) {
  for (size_t i = 0; i < count; i++) {
    json_key(json, members[i].key);
    json_integer(json, members[i].value);
  }
}

static void write_box(json_out *json, picture_box box) {
  const json_member members[] = {
      {"left", box.left}, {"top", box.top}, {"width", box.width}, {"height", box.height}};

  write_members(json, members, sizeof members / sizeof members[0]);
}

static void write_digit(predictor *p, const picture *source, const mnistcnn_page_digit *digit) {
  const json_member place[] = {{"line", digit->line}, {"column", digit->column}};

  json_begin_line_object(p->json);
  if (digit->class_index >= 0) {
    answer_write_class(p, p->ranking[0]);
  } else {
    json_key(p->json, "class");
    json_text(p->json, NULL);
  }
  json_key(p->json, "verdict");
  json_text(p->json, answer_verdict_name(digit->verdict));
  write_box(p->json, file_box_of(source, digit));
  write_members(p->json, place, sizeof place / sizeof place[0]);
  if (digit->group != UINT32_MAX) {
    const json_member number = {"number", digit->group};
    write_members(p->json, &number, 1);
  }
  json_key(p->json, "cut");
  json_boolean(p->json, digit->is_cut != 0);
  json_end_object(p->json);
}

static int write_groups(predictor *p, const picture *source, const mnistcnn_page *page) {
  json_key(p->json, "numbers");
  json_begin_array(p->json);
  for (size_t i = 0; i < mnistcnn_page_num_groups(page); i++) {
    mnistcnn_page_group group = MNISTCNN_PAGE_GROUP_INIT;
    if (mnistcnn_page_get_group(page, i, &group) != MNISTCNN_OK)
      return fail_library();
    const picture_box box = {group.top, group.left, group.height, group.width};
    const json_member line = {"line", group.line};
    json_begin_line_object(p->json);
    json_key(p->json, "text");
    json_text(p->json, group.text);
    write_box(p->json, picture_to_file(source, box));
    write_members(p->json, &line, 1);
    json_end_object(p->json);
  }
  json_end_array(p->json);
  return EXIT_STATUS_OK;
}

/* --- a page ----------------------------------------------------------------------------------- */

/* *read counts those that are digits. */
static int print_each(predictor *p, const picture *source, const mnistcnn_page *page,
                      size_t *read) {
  for (size_t i = 0; i < mnistcnn_page_num_digits(page); i++) {
    mnistcnn_page_digit digit = MNISTCNN_PAGE_DIGIT_INIT;
    if (mnistcnn_page_get_digit(page, i, &digit) != MNISTCNN_OK)
      return fail_library();
    predictor_rank(p, mnistcnn_page_probabilities(page, i));
    *read += digit.class_index >= 0;
    predictor_show(p, mnistcnn_page_image(page, i));
    if (p->json)
      write_digit(p, source, &digit);
    else
      print_digit(p, source, &digit);
  }
  return EXIT_STATUS_OK;
}

static int write_page(predictor *p, const char *path, const picture *source,
                      const mnistcnn_page *page, const mnistcnn_page_info *info, size_t *read) {
  const json_member counts[] = {
      {"lines", info->num_lines}, {"columns", info->num_columns}, {"specks", info->num_specks}};

  answer_begin_record(p, path);
  write_members(p->json, counts, sizeof counts / sizeof counts[0]);
  json_key(p->json, "digits");
  json_begin_array(p->json);
  int status = print_each(p, source, page, read);
  json_end_array(p->json);
  if (status == EXIT_STATUS_OK)
    status = write_groups(p, source, page);
  answer_end_record(p);
  return status;
}

static int print_page(predictor *p, const char *path, const picture *source,
                      const mnistcnn_page *page, const mnistcnn_page_info *info, size_t *read) {
  printf("%s: %zu found", path, mnistcnn_page_num_digits(page));
  if (info->num_specks > 0)
    printf(", and %" PRIu32 " specks", info->num_specks);
  putchar('\n');
  const int status = print_each(p, source, page, read);
  return status == EXIT_STATUS_OK ? print_groups(page) : status;
}

static int answer_page(predictor *p, const char *path, const picture *source,
                       const mnistcnn_page *page) {
  mnistcnn_page_info info = MNISTCNN_PAGE_INFO_INIT;
  size_t read = 0;

  if (mnistcnn_page_get_info(page, &info) != MNISTCNN_OK)
    return answer_failure(p, path, mnistcnn_last_error());
  const int status = p->json ? write_page(p, path, source, page, &info, &read)
                             : print_page(p, path, source, page, &info, &read);
  return status == EXIT_STATUS_OK && read == 0 ? EXIT_STATUS_NO_DIGIT : status;
}

static int draw_overlay(predictor *p, const char *path, const picture *source,
                        const mnistcnn_page *page) {
  bool out_of_memory;

  if (!p->settings.overlay ||
      overlay_write(p->settings.overlay, &source->image, p->model, page, &out_of_memory))
    return EXIT_STATUS_OK;
  return answer_failure(p, path, out_of_memory ? "out of memory" : mnistcnn_last_error());
}

int predict_many(predictor *p, const char *path) {
  mnistcnn_page_options options = MNISTCNN_PAGE_OPTIONS_INIT;
  mnistcnn_page *page = NULL;
  picture source;
  const bool loaded = picture_load(path, 0, &source);
  int status;

  options.polarity = p->preparation.polarity;
  options.form = p->settings.form;
  if (!loaded ||
      mnistcnn_page_read(p->model, p->workspace, &source.image, &options, &page) != MNISTCNN_OK)
    status = answer_failure(p, path, loaded ? mnistcnn_last_error() : source.error);
  else
    status = draw_overlay(p, path, &source, page);
  if (page && status == EXIT_STATUS_OK)
    status = answer_page(p, path, &source, page);
  mnistcnn_page_free(page);
  picture_free(&source);
  return status;
}
