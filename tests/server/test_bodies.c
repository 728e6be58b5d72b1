// Forms, and shapes of tensors.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "body/multipart.h"
#include "v2/shape.h"

/* "name=content|name=content", or "!" and the problem's status. */
static void describe(const char *type, const char *body, char *text, size_t capacity) {
  multipart form;
  multipart_part part;
  problem p = {0};
  int more = -1;

  text[0] = '\0';
  if (multipart_start(&form, type, body, strlen(body), &p))
    while ((more = multipart_next(&form, &part, &p)) > 0)
      (void)snprintf(text + strlen(text), capacity - strlen(text), "%s%s%s=%.*s", *text ? "|" : "",
                     part.name, part.has_file_name ? "*" : "", (int)part.size,
                     (const char *)part.data);
  if (more < 0)
    (void)snprintf(text, capacity, "!%d", p.status);
}

static void assert_form(const char *body, const char *expected) {
  char text[512];

  describe("multipart/form-data; boundary=b", body, text, sizeof text);
  assert_string_equal(text, expected);
}

#define PART(headers, content) "--b\r\n" headers "\r\n\r\n" content "\r\n"
#define FIELD(name)            "Content-Disposition: form-data; name=\"" name "\""

static void test_forms(void **state) {
  (void)state;
  assert_form(PART(FIELD("a"), "x") "--b--\r\n", "a=x");
  assert_form(PART(FIELD("a"), "x") "--b--", "a=x");
  assert_form(PART(FIELD("a") "; filename=\"f\"", "x") PART(FIELD("c"), "y\r\nz") "--b--",
              "a*=x|c=y\r\nz");
  assert_form("preamble\r\n" PART(FIELD("a"), "x") "--b--\r\nepilogue", "a=x");
  assert_form("--b \t\r\n" FIELD("a") "\r\n\r\nx\r\n--b--", "a=x");
  assert_form(PART("Content-Type: image/png", "x") "--b--", "=x");
  assert_form("--b\r\n\r\nx\r\n--b--", "=x"); /* no headers */
  assert_form(PART(FIELD("a"), "") "--b--", "a=");
  assert_form("--b\r\n" FIELD("a") "\r\n\r\n--b--", "a="); /* an empty part without its line */
  assert_form(PART(FIELD("a"), "--bx\r\n--") "--b--",
              "!400"); /* "--bx" is no boundary of anybody */
  assert_form("--b--\r\n", "");
  assert_form(PART(FIELD("a") "; filename*=UTF-8''%e2%82%ac", "x") "--b--", "a*=x");
}

static void test_malformed_forms(void **state) {
  char text[512];

  (void)state;
  assert_form("", "!400");
  assert_form("x", "!400");
  assert_form("--b", "!400");
  assert_form("--b\r\n", "!400");
  assert_form("--b\r\n" FIELD("a"), "!400");
  assert_form("--b\r\n" FIELD("a") "\r\n\r\n", "!400");
  assert_form("--b\r\n" FIELD("a") "\r\n\r\nx\r\n--b", "!400");
  assert_form("--b\r\n" FIELD("a") "\r\n\r\nx\r\n--b-", "!400");
  describe("multipart/form-data", "--b--", text, sizeof text);
  assert_string_equal(text, "!400");
  describe("multipart/form-data; "
           "boundary=0123456789012345678901234567890123456789012345678901234567890123456789x",
           "--b--", text, sizeof text);
  assert_string_equal(text, "!400");
}

static uint32_t images(const model_info *model, size_t rank, const uint64_t *sides, int *status) {
  shape s = {.rank = rank};
  problem p = {0};

  memcpy(s.sides, sides, rank * sizeof *sides);
  const uint32_t count = shape_images(&s, model, 100, &p);
  *status = p.status;
  return count;
}

#define IMAGES(model, ...)                                                                         \
  images(model, sizeof((uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t), (uint64_t[]){__VA_ARGS__},   \
         &status)

static void test_shapes(void **state) {
  const model_info gray = {.height = 28, .width = 20, .channels = 1, .classes = 10};
  const model_info colour = {.height = 28, .width = 20, .channels = 3, .classes = 10};
  const model_info tiny = {.height = 1, .width = 1, .channels = 1, .classes = 2};
  int status;

  (void)state;
  assert_int_equal(IMAGES(&gray, 5, 28, 20, 1), 5);
  assert_int_equal(IMAGES(&gray, 28, 20, 1), 1);
  assert_int_equal(IMAGES(&gray, 5, 28, 20), 5);
  assert_int_equal(IMAGES(&gray, 28, 20), 1);
  assert_int_equal(IMAGES(&gray, 5, 1, 28, 20), 5);
  assert_int_equal(IMAGES(&gray, 5, 560), 5);
  assert_int_equal(IMAGES(&gray, 560), 1);
  assert_int_equal(IMAGES(&colour, 5, 28, 20, 3), 5);
  assert_int_equal(IMAGES(&colour, 28, 20, 3), 1);
  assert_int_equal(IMAGES(&colour, 5, 3, 28, 20), 0); /* planes are laid out otherwise */
  assert_int_equal(status, 400);
  assert_int_equal(IMAGES(&gray, 20, 28), 0);
  assert_int_equal(status, 400);
  assert_int_equal(IMAGES(&gray, 101, 28, 20, 1), 0);
  assert_int_equal(status, 413);
  assert_int_equal(IMAGES(&tiny, 7, 1, 1, 1), 7);
  assert_int_equal(IMAGES(&tiny, 7, 1), 7);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_forms),
      cmocka_unit_test(test_malformed_forms),
      cmocka_unit_test(test_shapes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
