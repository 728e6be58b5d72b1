#include "v1/pictures.h"

#include <jansson.h>
#include <mnistcnn.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "body/media_type.h"
#include "body/multipart.h"
#include "text/base64.h"
#include "json/json_in.h"

static bool add(call *c, pictures *p, const uint8_t *data, size_t size) {
  if (p->count >= c->service->max_images)
    return problem_set(&c->problem, 413, "the request has more than %u images",
                       c->service->max_images);
  if (size == 0)
    return problem_set(&c->problem, 400, "image %zu is empty", p->count);
  job_file *const files = realloc(p->files, (p->count + 1) * sizeof *files);
  if (!files)
    return problem_set(&c->problem, 503, "out of memory");
  p->files = files;
  p->files[p->count++] = (job_file){data, size};
  return true;
}

/* --- a form ----------------------------------------------------------------------------------- */

/* Its files or, where no part has a file name, all of its parts. */
static bool take_parts(call *c, pictures *p, bool only_files, bool *has_files) {
  multipart form;
  multipart_part part;
  int more;

  if (!multipart_start(&form, c->content_type, c->body, c->body_size, &c->problem))
    return false;
  while ((more = multipart_next(&form, &part, &c->problem)) > 0) {
    *has_files |= part.has_file_name;
    if (only_files && !part.has_file_name)
      continue;
    if (!add(c, p, part.data, part.size))
      return false;
  }
  return more == 0;
}

static bool take_form(call *c, pictures *p) {
  bool has_files = false;

  if (!take_parts(c, p, true, &has_files))
    return false;
  return has_files || take_parts(c, p, false, &has_files);
}

/* --- JSON ------------------------------------------------------------------------------------- */

static bool decode(call *c, pictures *p, const json_t *value) {
  if (!json_is_string(value))
    return problem_set(&c->problem, 400, "image %zu is %s; it must be a string of base64", p->count,
                       json_in_kind(value));
  const size_t start = c->decoded.size;
  size_t size, wrong_at;
  if (!base64_decode(json_string_value(value), json_string_length(value), c->decoded.data + start,
                     &size, &wrong_at))
    return problem_set(&c->problem, 400, "image %zu is no base64 from character %zu on", p->count,
                       wrong_at);
  c->decoded.size += size;
  return add(c, p, c->decoded.data + start, size);
}

/* Reserved at once: what is decoded must not move. */
static bool reserve(call *c, const json_t *list) {
  size_t total = 0;

  for (size_t i = 0; i < json_array_size(list); i++)
    total += json_string_length(json_array_get(list, i)) / 4 * 3 + 3;
  return buffer_reserve(&c->decoded, total) || problem_set(&c->problem, 503, "out of memory");
}

static bool take_list(call *c, pictures *p, const json_t *list) {
  if (json_array_size(list) == 0)
    return problem_set(&c->problem, 400, "images is empty");
  if (!reserve(c, list))
    return false;
  for (size_t i = 0; i < json_array_size(list); i++)
    if (!decode(c, p, json_array_get(list, i)))
      return false;
  return true;
}

static bool take_one(call *c, pictures *p, const json_t *value) {
  if (!buffer_reserve(&c->decoded, json_string_length(value) / 4 * 3 + 3))
    return problem_set(&c->problem, 503, "out of memory");
  return decode(c, p, value);
}

static bool take_members(call *c, pictures *p, json_t *json) {
  static const char *const keys[] = {"image", "images", NULL};
  const json_t *const one = json_object_get(json, "image");

  if (!json_in_keys(json, "", keys, &c->problem))
    return false;
  const json_t *const list = json_in_array(json, "", "images", &c->problem);
  if (c->problem.status != 0)
    return false;
  if (!one == !list)
    return problem_set(&c->problem, 400, "the body must have either image or images");
  return one ? take_one(c, p, one) : take_list(c, p, list);
}

static bool take_json(call *c, pictures *p) {
  json_t *const json = json_in_read(c->body, c->body_size, &c->problem);
  if (!json)
    return false;
  const bool done = take_members(c, p, json);
  json_in_free(json);
  return done;
}

/* --- any -------------------------------------------------------------------------------------- */

/* Whatever names images, or nothing; and what curl --data-binary says if nobody tells it. */
static bool is_raw(const char *content_type) {
  return !content_type || media_type_is(content_type, "application/octet-stream") ||
         media_type_is(content_type, "application/x-www-form-urlencoded") ||
         strncasecmp(content_type, "image/", strlen("image/")) == 0;
}

static bool take(call *c, pictures *p) {
  if (c->body_size == 0)
    return problem_set(&c->problem, 400, "the body is empty; it must be an image, a form or JSON");
  if (media_type_is(c->content_type, "multipart/form-data"))
    return take_form(c, p);
  if (media_type_is(c->content_type, "application/json"))
    return take_json(c, p);
  if (is_raw(c->content_type))
    return add(c, p, c->body, c->body_size);
  return problem_set(&c->problem, 415,
                     "the body must be an image (image/png, image/jpeg, image/bmp or "
                     "application/octet-stream), multipart/form-data or application/json");
}

bool pictures_take(call *c, pictures *p) {
  *p = (pictures){.files = NULL};
  if (take(c, p) && p->count > 0)
    return true;
  pictures_free(p);
  return problem_set(&c->problem, 400, "the form has no image");
}

void pictures_free(pictures *p) {
  free(p->files);
  *p = (pictures){.files = NULL};
}

bool pictures_polarity(call *c, int32_t *polarity) {
  const char *const text = call_query_value(c, "polarity");

  *polarity = MNISTCNN_POLARITY_AUTO;
  if (!text || strcmp(text, "auto") == 0)
    return true;
  if (strcmp(text, "dark-on-light") == 0)
    *polarity = MNISTCNN_POLARITY_DARK_ON_LIGHT;
  else if (strcmp(text, "light-on-dark") == 0)
    *polarity = MNISTCNN_POLARITY_LIGHT_ON_DARK;
  else
    return problem_set(&c->problem, 400, "polarity must be auto, dark-on-light or light-on-dark");
  return true;
}
