/* Reads what workers answer. A worker has read files of strangers, so nothing of it is believed
 * that can be checked. */
#include <mnistcnn.h>
#include <stdlib.h>
#include <string.h>

#include "pool/job.h"

enum { MAX_DIGITS = 1 << 20, MAX_GROUP_TEXT = 1 << 20 };

static job_box read_box(cursor *in) {
  job_box box;

  box.top = unpack_u32(in);
  box.left = unpack_u32(in);
  box.height = unpack_u32(in);
  box.width = unpack_u32(in);
  return box;
}

/* Copies a row of probabilities, or none, which leaves `row` alone. False: not `classes` of them.
 */
static bool read_row(cursor *in, uint32_t classes, float *row, bool *has_row) {
  const uint32_t count = unpack_u32(in);
  const uint8_t *data;

  *has_row = count > 0;
  if (count == 0)
    return !in->failed;
  data = count == classes ? unpack_raw(in, classes * sizeof *row) : NULL;
  if (!data)
    return false;
  memcpy(row, data, classes * sizeof *row);
  return true;
}

static bool read_picture(job_picture *picture, uint32_t classes, float *row, cursor *in) {
  bool has_row;

  picture->status = unpack_i32(in);
  picture->verdict = unpack_i32(in);
  picture->polarity = unpack_i32(in);
  picture->passed_through = unpack_u32(in) != 0;
  picture->box = read_box(in);
  unpack_text(in, picture->message, sizeof picture->message);
  if (!read_row(in, classes, row, &has_row) || (picture->status == MNISTCNN_OK && !has_row))
    return false;
  picture->probabilities = has_row ? row : NULL;
  return true;
}

static bool read_pictures(job *j, uint32_t classes, cursor *in) {
  if (unpack_u32(in) != j->images)
    return false;
  j->pictures = calloc(j->images, sizeof *j->pictures);
  j->values = calloc((size_t)j->images * classes, sizeof *j->values);
  if (!j->pictures || !j->values)
    return false;
  for (uint32_t i = 0; i < j->images; i++)
    if (!read_picture(&j->pictures[i], classes, j->values + (size_t)i * classes, in))
      return false;
  return true;
}

static bool read_tensor(job *j, uint32_t classes, cursor *in) {
  const size_t count = (size_t)j->images * classes;

  if (unpack_u32(in) != j->images || unpack_u32(in) != classes)
    return false;
  const uint8_t *const rows = unpack_raw(in, count * sizeof *j->values);
  j->values = rows ? malloc(count * sizeof *j->values) : NULL;
  if (!j->values)
    return false;
  memcpy(j->values, rows, count * sizeof *j->values);
  return true;
}

static bool read_digit(job *j, size_t index, uint32_t classes, cursor *in) {
  job_digit *const digit = &j->page.digits[index];
  bool has_row;

  digit->verdict = unpack_i32(in);
  digit->class_index = unpack_i32(in);
  digit->confidence = unpack_f32(in);
  digit->line = unpack_u32(in);
  digit->column = unpack_u32(in);
  digit->group = unpack_u32(in);
  digit->is_cut = unpack_u32(in) != 0;
  digit->box = read_box(in);
  if (!read_row(in, classes, j->values + index * classes, &has_row))
    return false;
  digit->row = has_row ? index : SIZE_MAX;
  return digit->class_index >= -1 && digit->class_index < (int32_t)classes;
}

static bool read_digits(job *j, uint32_t classes, cursor *in) {
  const uint64_t count = unpack_u64(in);

  if (in->failed || count > MAX_DIGITS || count > in->size)
    return false;
  j->page.digits = calloc(count ? (size_t)count : 1, sizeof *j->page.digits);
  j->values = calloc(count ? (size_t)count * classes : 1, sizeof *j->values);
  if (!j->page.digits || !j->values)
    return false;
  j->page.num_digits = (size_t)count;
  for (size_t i = 0; i < j->page.num_digits; i++)
    if (!read_digit(j, i, classes, in))
      return false;
  return true;
}

static bool read_group(job_group *group, size_t digits, cursor *in) {
  size_t size;

  group->line = unpack_u32(in);
  group->first = unpack_u64(in);
  group->count = unpack_u64(in);
  group->box = read_box(in);
  const uint8_t *const text = unpack_bytes(in, &size);
  if (!text || size > MAX_GROUP_TEXT || group->first > digits ||
      group->count > digits - group->first)
    return false;
  group->text = calloc(size + 1, 1);
  if (group->text)
    memcpy(group->text, text, size);
  return group->text;
}

static bool read_groups(job *j, cursor *in) {
  const uint64_t count = unpack_u64(in);

  if (in->failed || count > j->page.num_digits)
    return false;
  j->page.groups = calloc(count ? (size_t)count : 1, sizeof *j->page.groups);
  if (!j->page.groups)
    return false;
  j->page.num_groups = (size_t)count;
  for (size_t i = 0; i < j->page.num_groups; i++)
    if (!read_group(&j->page.groups[i], j->page.num_digits, in))
      return false;
  return true;
}

static bool read_page(job *j, uint32_t classes, cursor *in) {
  j->page.height = unpack_u32(in);
  j->page.width = unpack_u32(in);
  j->page.polarity = unpack_i32(in);
  j->page.lines = unpack_u32(in);
  j->page.columns = unpack_u32(in);
  j->page.is_form = unpack_u32(in) != 0;
  j->page.specks = unpack_u32(in);
  return read_digits(j, classes, in) && read_groups(j, in);
}

int job_http_status(int32_t status) {
  switch (status) {
  case MNISTCNN_FORMAT:
  case MNISTCNN_UNSUPPORTED:
  case MNISTCNN_INVALID_ARGUMENT:
  case MNISTCNN_NO_DIGIT:
    return 422;
  case MNISTCNN_LIMIT:
    return 413;
  case MNISTCNN_SHAPE_MISMATCH:
    return 400;
  case MNISTCNN_OUT_OF_MEMORY:
    return 503;
  default:
    return 500;
  }
}

bool job_read_answer(job *j, model_info *model, cursor *in) {
  const int32_t status = unpack_i32(in);
  char message[JOB_MESSAGE_CAPACITY];
  bool is_whole = true;

  unpack_text(in, message, sizeof message);
  if (in->failed)
    return false;
  if (status != MNISTCNN_OK)
    problem_set(&j->problem, job_http_status(status), "%s", message);
  else if (j->kind == JOB_PICTURES)
    is_whole = read_pictures(j, model->classes, in);
  else if (j->kind == JOB_PAGE)
    is_whole = read_page(j, model->classes, in);
  else
    is_whole = read_tensor(j, model->classes, in);
  if (is_whole && !in->failed && status == MNISTCNN_OK)
    j->model = model_info_hold(model);
  return is_whole && !in->failed;
}
