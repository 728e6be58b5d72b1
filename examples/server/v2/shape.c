#include "v2/shape.h"

/* One form: the sides after the number of images. */
typedef struct form {
  size_t rank;
  uint64_t sides[3];
} form;

static bool ends_in(const shape *s, const form *f) {
  if (s->rank != f->rank && s->rank != f->rank + 1)
    return false;
  for (size_t i = 0; i < f->rank; i++)
    if (s->sides[s->rank - f->rank + i] != f->sides[i])
      return false;
  return true;
}

static uint64_t images_of(const shape *s, const form *f) {
  return s->rank == f->rank ? 1 : s->sides[0];
}

static size_t list_forms(const model_info *model, form *forms) {
  const uint64_t h = model->height, w = model->width, c = model->channels;
  size_t count = 0;

  forms[count++] = (form){3, {h, w, c}};
  if (c == 1) {
    forms[count++] = (form){2, {h, w, 0}};
    forms[count++] = (form){3, {1, h, w}};
  }
  forms[count++] = (form){1, {h * w * c, 0, 0}};
  return count;
}

static uint32_t check_count(uint64_t count, uint32_t most, problem *p) {
  if (count >= 1 && count <= most)
    return (uint32_t)count;
  problem_set(p, count < 1 ? 400 : 413, "the shape is of %llu images; 1 to %u are allowed",
              (unsigned long long)count, most);
  return 0;
}

uint32_t shape_images(const shape *s, const model_info *model, uint32_t most, problem *p) {
  enum { MOST_FORMS = 4 };
  form forms[MOST_FORMS];
  const size_t count = list_forms(model, forms);
  uint64_t images = 0;
  bool found = false;

  for (size_t i = 0; i < count; i++) {
    if (!ends_in(s, &forms[i]))
      continue;
    if (found && images != images_of(s, &forms[i])) {
      problem_set(p, 400, "the shape could be of %llu images or of %llu: give all four sides",
                  (unsigned long long)images, (unsigned long long)images_of(s, &forms[i]));
      return 0;
    }
    images = images_of(s, &forms[i]);
    found = true;
  }
  if (found)
    return check_count(images, most, p);
  problem_set(p, 400, "the shape must be [n, %u, %u, %u]", model->height, model->width,
              model->channels);
  return 0;
}

uint32_t shape_strings(const shape *s, uint32_t most, problem *p) {
  if (s->rank == 1 || (s->rank == 2 && s->sides[1] == 1))
    return check_count(s->sides[0], most, p);
  problem_set(p, 400, "the shape of encoded images must be [n] or [n, 1]");
  return 0;
}
