/* The ZIP reader and writer. The archives are Python's (zip_golden.py); the bad ones are made of
 * them, or of our own, by changing what must not be. */
#include "base/status.h"
#include "exchange/inflate.h"
#include "exchange/zip/zip.h"
#include "exchange/zip/zip_write.h"
#include "support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LIMIT = 1 << 20, LOCAL = 30, CENTRAL = 46, END = 22 };

static void assert_message(const char *part) {
  if (!strstr(mcnn_last_error(), part))
    fail_msg("\"%s\" does not contain \"%s\"", mcnn_last_error(), part);
}

/* --- archives of others ----------------------------------------------------------------------- */

static const char *const golden[] = {
    "stored.zip",   "stored-zip64.zip",   "stored-streamed.zip",   "stored-streamed-zip64.zip",
    "deflated.zip", "deflated-zip64.zip", "deflated-streamed.zip", "deflated-streamed-zip64.zip"};

static void all_forms_are_read(void **state) {
  (void)state;
  static const char line[] = "{\"class_name\": \"Sequential\"}";
  const mcnn_alloc alloc = mcnn_alloc_default();

  for (size_t i = 0; i < sizeof golden / sizeof *golden; i++) {
    size_t size;
    unsigned char *const data = test_read(EXCHANGE_GOLDEN_DIR, golden[i], &size);
    mcnn_zip *zip;
    mcnn_span span, again;
    assert_true(mcnn_zip_is_zip(data, size));
    assert_int_equal(mcnn_zip_open(data, size, golden[i], &alloc, &zip), MNISTCNN_OK);
    assert_int_equal(mcnn_zip_num_entries(zip), 4);
    assert_int_equal(mcnn_zip_find(zip, "config"), 4);
    assert_string_equal(mcnn_zip_name(zip, 2), "assets/");
    assert_int_equal(mcnn_zip_read(zip, 0, LIMIT, &span), MNISTCNN_OK);
    assert_int_equal(span.size_bytes, 20 * (sizeof line - 1));
    assert_memory_equal(span.data, line, sizeof line - 1);
    assert_int_equal(mcnn_zip_read(zip, 0, LIMIT, &again), MNISTCNN_OK);
    assert_ptr_equal(span.data, again.data);
    const size_t weights = mcnn_zip_find(zip, "model.weights.h5");
    assert_int_equal(mcnn_zip_size(zip, weights), 256);
    assert_int_equal(mcnn_zip_read(zip, weights, 255, &span), MNISTCNN_LIMIT);
    assert_null(span.data);
    assert_message("entry model.weights.h5 of the ZIP archive has 256 bytes, more than 255");
    assert_int_equal(mcnn_zip_read(zip, weights, 256, &span), MNISTCNN_OK);
    for (size_t b = 0; b < 256; b++)
      assert_int_equal(((const unsigned char *)span.data)[b], b);
    mcnn_zip_close(zip);
    free(data);
  }
}

/* Opens an archive and reads all of it. */
typedef struct bytes {
  const unsigned char *data;
  size_t size;
} bytes;

static mnistcnn_status read_archive(const mcnn_alloc *alloc, void *context) {
  const bytes *const b = context;
  mcnn_span span;
  mcnn_zip *zip;
  mnistcnn_status status = mcnn_zip_open(b->data, b->size, "x.keras", alloc, &zip);

  for (size_t i = 0; status == MNISTCNN_OK && i < mcnn_zip_num_entries(zip); i++)
    status = mcnn_zip_read(zip, i, LIMIT, &span);
  mcnn_zip_close(zip);
  return status;
}

static mnistcnn_status read_copy(const unsigned char *data, size_t size) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  unsigned char *const copy = malloc(size + 1); /* whose end a sanitizer sees */
  bytes b = {copy, size};

  assert_non_null(copy);
  memcpy(copy, data, size);
  const mnistcnn_status status = read_archive(&alloc, &b);
  free(copy);
  return status;
}

static void cut_archives_are_refused(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof golden / sizeof *golden; i++) {
    size_t size;
    unsigned char *const data = test_read(EXCHANGE_GOLDEN_DIR, golden[i], &size);
    assert_int_equal(read_copy(data, size), MNISTCNN_OK);
    for (size_t cut = 0; cut < size; cut++) {
      assert_int_equal(read_copy(data, cut), MNISTCNN_FORMAT);
      assert_message("x.keras: the ZIP archive is damaged or cut off: it has no end record");
    }
    free(data);
  }
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof golden / sizeof *golden; i++) {
    bytes b;
    unsigned char *const data = test_read(EXCHANGE_GOLDEN_DIR, golden[i], &b.size);
    b.data = data;
    assert_true(test_every_allocation(read_archive, &b) > 5);
    free(data);
  }
}

/* --- our own, and what can be wrong ----------------------------------------------------------- */

/* Two entries: "a" with 4 bytes, "b" with 3. */
enum {
  ENTRY_A = LOCAL + 1 + 4,
  ENTRY_B = LOCAL + 1 + 3,
  CENTRAL_A = ENTRY_A + ENTRY_B,
  CENTRAL_B = CENTRAL_A + CENTRAL + 1,
  END_AT = CENTRAL_B + CENTRAL + 1,
  ALL = END_AT + END
};

static mcnn_bytes write_two(const mcnn_alloc *alloc) {
  const mcnn_zip_member members[] = {{"a", {"four", 4}}, {"b", {"tri", 3}}};
  mcnn_bytes written;

  assert_int_equal(mcnn_zip_write(members, 2, alloc, &written), MNISTCNN_OK);
  assert_int_equal(written.size, ALL);
  return written;
}

static void it_is_read_as_it_was_written(void **state) {
  (void)state;
  const mcnn_alloc alloc = mcnn_alloc_default();
  mcnn_bytes one = write_two(&alloc), two = write_two(&alloc), none;
  mcnn_span span;
  mcnn_zip *zip;

  assert_memory_equal(one.data, two.data, ALL);
  assert_int_equal(mcnn_zip_open(one.data, one.size, "x", &alloc, &zip), MNISTCNN_OK);
  assert_int_equal(mcnn_zip_num_entries(zip), 2);
  assert_int_equal(mcnn_zip_read(zip, mcnn_zip_find(zip, "b"), 3, &span), MNISTCNN_OK);
  assert_memory_equal(span.data, "tri", 3);
  mcnn_zip_close(zip);
  assert_int_equal(mcnn_zip_write(NULL, 0, &alloc, &none), MNISTCNN_OK);
  assert_true(mcnn_zip_is_zip(none.data, none.size));
  assert_int_equal(mcnn_zip_open(none.data, none.size, "x", &alloc, &zip), MNISTCNN_OK);
  assert_int_equal(mcnn_zip_num_entries(zip), 0);
  mcnn_zip_close(zip);
  mcnn_free(&alloc, one.data);
  mcnn_free(&alloc, two.data);
  mcnn_free(&alloc, none.data);
}

/* One byte of the archive above, the value that it becomes, and what is said of it. */
static const struct damage {
  size_t at;
  unsigned char value;
  mnistcnn_status status;
  const char *message;
} damages[] = {
    {LOCAL + 1, 'F', MNISTCNN_FORMAT, "entry a of the ZIP archive: its CRC is wrong"},
    {0, 'Q', MNISTCNN_FORMAT, "entry a of the ZIP archive: it is not where the directory says"},
    {LOCAL, 'c', MNISTCNN_FORMAT, "its own header calls it by another name"},
    {8, 8, MNISTCNN_FORMAT, "its own header disagrees with the directory"},
    {14, 0, MNISTCNN_FORMAT, "its own header disagrees with the directory"},
    {18, 3, MNISTCNN_FORMAT, "its own header disagrees with the directory"},
    {22, 5, MNISTCNN_FORMAT, "its own header disagrees with the directory"},
    {28, 4, MNISTCNN_FORMAT, "its own header disagrees with the directory"},
    {CENTRAL_A, 0, MNISTCNN_FORMAT, "its directory has fewer entries than it says"},
    {CENTRAL_A + 8, 1, MNISTCNN_UNSUPPORTED, "entry a of the ZIP archive: it is encrypted"},
    {CENTRAL_A + 8, 64, MNISTCNN_UNSUPPORTED, "entry a of the ZIP archive: it is encrypted"},
    {CENTRAL_A + 8, 32, MNISTCNN_UNSUPPORTED, "it is a patch"},
    {CENTRAL_A + 9, 32, MNISTCNN_UNSUPPORTED, "it is encrypted"},
    {CENTRAL_A + 8, 8, MNISTCNN_FORMAT, "its own header disagrees with the directory"},
    {CENTRAL_A + 10, 9, MNISTCNN_UNSUPPORTED, "compressed by another method than deflate"},
    {CENTRAL_A + 20, 5, MNISTCNN_FORMAT, "it is stored, but its two sizes differ"},
    {CENTRAL_A + 28, 0, MNISTCNN_FORMAT, "the name of an entry is empty"},
    {CENTRAL_A + 30, 4, MNISTCNN_FORMAT,
     "entry a of the ZIP archive: its extra field is malformed"},
    {CENTRAL_A + 32, 255, MNISTCNN_FORMAT, "an entry of its directory is cut off"},
    {CENTRAL_A + 34, 1, MNISTCNN_FORMAT, "it is in another part of the archive"},
    {CENTRAL_A + 42, 1, MNISTCNN_FORMAT, "it is not where the directory says"},
    {CENTRAL_B + 42, 0, MNISTCNN_FORMAT, "entry b of the ZIP archive: its own header calls it"},
    {CENTRAL_A + CENTRAL, '/', MNISTCNN_FORMAT,
     "the name of an entry is empty, too long or not safe"},
    {CENTRAL_A + CENTRAL, 0, MNISTCNN_FORMAT,
     "the name of an entry is empty, too long or not safe"},
    {END_AT + 4, 1, MNISTCNN_UNSUPPORTED, "several parts"},
    {END_AT + 8, 1, MNISTCNN_UNSUPPORTED, "several parts"},
    {END_AT + 12, 1, MNISTCNN_FORMAT, "its directory is not where it should be"},
    {END_AT + 16, 1, MNISTCNN_FORMAT, "its directory is not where it should be"},
    {END_AT + 20, 1, MNISTCNN_FORMAT, "it has no end record"},
};

static void damages_are_named(void **state) {
  (void)state;
  const mcnn_alloc alloc = mcnn_alloc_default();
  mcnn_bytes written = write_two(&alloc);

  for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
    const unsigned char before = written.data[damages[i].at];
    assert_int_not_equal(before, damages[i].value);
    written.data[damages[i].at] = damages[i].value;
    assert_int_equal(read_copy(written.data, written.size), damages[i].status);
    assert_message(damages[i].message);
    written.data[damages[i].at] = before;
  }
  mcnn_free(&alloc, written.data);
}

static void several_bytes_are_seen_too(void **state) {
  (void)state;
  const mcnn_alloc alloc = mcnn_alloc_default();
  mcnn_bytes written = write_two(&alloc);
  unsigned char *const data = written.data;

  /* Both of one name. */
  data[ENTRY_A + LOCAL] = data[CENTRAL_B + CENTRAL] = 'a';
  assert_int_equal(read_copy(data, ALL), MNISTCNN_FORMAT);
  assert_message("entry a of the ZIP archive: another one has the same name");
  data[ENTRY_A + LOCAL] = data[CENTRAL_B + CENTRAL] = 'b';
  /* The first reaches into the second. */
  data[18] = data[22] = data[CENTRAL_A + 20] = data[CENTRAL_A + 24] = 5;
  assert_int_equal(read_copy(data, ALL), MNISTCNN_FORMAT);
  assert_message("entry a of the ZIP archive: it overlaps what follows it");
  data[18] = data[22] = data[CENTRAL_A + 20] = data[CENTRAL_A + 24] = 4;
  /* One entry less than there is room for. */
  data[END_AT + 8] = data[END_AT + 10] = 1;
  assert_int_equal(read_copy(data, ALL), MNISTCNN_FORMAT);
  assert_message("its directory has more entries than it says");
  data[END_AT + 8] = data[END_AT + 10] = 2;
  assert_int_equal(read_copy(data, ALL), MNISTCNN_OK);
  mcnn_free(&alloc, data);
}

/* A second end record in the comment of the first. */
static void two_end_records_are_refused(void **state) {
  (void)state;
  const mcnn_alloc alloc = mcnn_alloc_default();
  mcnn_bytes written = write_two(&alloc);
  unsigned char twice[ALL + END];

  memcpy(twice, written.data, ALL);
  memcpy(twice + ALL, written.data + END_AT, END);
  twice[END_AT + 20] = END;
  assert_int_equal(read_copy(twice, sizeof twice), MNISTCNN_FORMAT);
  assert_message("it has more than one end record");
  mcnn_free(&alloc, written.data);
}

static void names_that_lead_elsewhere_are_refused(void **state) {
  (void)state;
  static const char *const names[] = {"/etc/x", "../x", "a/../x", "a\\..\\x", "\\x", ".."};
  static const char *const good[] = {"a..b", "..a", "a/b", "layers\\dense", "\xC3\xA4"};
  const mcnn_alloc alloc = mcnn_alloc_default();

  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    const mcnn_zip_member member = {names[i], {"x", 1}};
    mcnn_bytes written;
    assert_int_equal(mcnn_zip_write(&member, 1, &alloc, &written), MNISTCNN_OK);
    assert_int_equal(read_copy(written.data, written.size), MNISTCNN_FORMAT);
    assert_message("not safe");
    mcnn_free(&alloc, written.data);
  }
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    const mcnn_zip_member member = {good[i], {"x", 1}};
    mcnn_bytes written;
    assert_int_equal(mcnn_zip_write(&member, 1, &alloc, &written), MNISTCNN_OK);
    assert_int_equal(read_copy(written.data, written.size), MNISTCNN_OK);
    mcnn_free(&alloc, written.data);
  }
}

static void the_writer_has_limits(void **state) {
  (void)state;
  static char name[2000];
  const mcnn_alloc alloc = mcnn_alloc_default();
  const mcnn_zip_member unnamed = {"", {"x", 1}}, named = {name, {"x", 1}};
  const mcnn_zip_member huge[] = {{"a", {"x", (size_t)UINT32_MAX + 1}}};
  mcnn_bytes written;

  memset(name, 'n', sizeof name - 1);
  assert_int_equal(mcnn_zip_write(&unnamed, 1, &alloc, &written), MNISTCNN_LIMIT);
  assert_int_equal(mcnn_zip_write(&named, 1, &alloc, &written), MNISTCNN_LIMIT);
  if (huge[0].content.size_bytes > 0) /* there is memory of that size */
    assert_int_equal(mcnn_zip_write(huge, 1, &alloc, &written), MNISTCNN_LIMIT);
  assert_null(written.data);
}

/* --- bombs ------------------------------------------------------------------------------------ */

/* An archive of one deflated entry: `size` bytes of zlib's raw format, said to be `claimed`. */
static unsigned char *deflated_archive(const unsigned char *deflated, size_t size, uint32_t claimed,
                                       size_t *all) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  const mcnn_zip_member member = {"a", {deflated, size}};
  mcnn_bytes written;

  assert_int_equal(mcnn_zip_write(&member, 1, &alloc, &written), MNISTCNN_OK);
  const size_t central = LOCAL + 1 + size;
  for (size_t i = 0; i < 4; i++)
    written.data[22 + i] = written.data[central + 24 + i] = (unsigned char)(claimed >> 8 * i);
  written.data[8] = written.data[central + 10] = 8;
  *all = written.size;
  unsigned char *const copy = malloc(written.size);
  assert_non_null(copy);
  memcpy(copy, written.data, written.size);
  mcnn_free(&alloc, written.data);
  return copy;
}

static mnistcnn_status read_claimed(uint32_t claimed, size_t limit) {
  /* A block of fixed codes: "aaaa", as zlib writes it. */
  static const unsigned char four[] = {0x4B, 0x4C, 0x4C, 0x4C, 0x04, 0x00};
  const mcnn_alloc alloc = mcnn_alloc_default();
  mcnn_span span;
  mcnn_zip *zip;
  size_t size;
  unsigned char *const data = deflated_archive(four, sizeof four, claimed, &size);

  assert_int_equal(mcnn_zip_open(data, size, "x", &alloc, &zip), MNISTCNN_OK);
  const mnistcnn_status status = mcnn_zip_read(zip, 0, limit, &span);
  mcnn_zip_close(zip);
  free(data);
  return status;
}

static void sizes_must_be_true(void **state) {
  (void)state;
  assert_int_equal(read_claimed(3, LIMIT), MNISTCNN_FORMAT);
  assert_message("compressed data is longer than it should be");
  assert_int_equal(read_claimed(5, LIMIT), MNISTCNN_FORMAT);
  assert_message("compressed data cannot be decompressed");
  assert_int_equal(read_claimed(4, LIMIT), MNISTCNN_FORMAT);
  assert_message("its CRC is wrong"); /* that of what is stored: it was inflated */
  assert_int_equal(read_claimed(100000, LIMIT), MNISTCNN_FORMAT);
  assert_message("it is longer than its data can be");
  assert_int_equal(read_claimed(UINT32_MAX - 1, SIZE_MAX), MNISTCNN_FORMAT);
  assert_message("it is compressed more than any model can be");
  assert_int_equal(read_claimed(UINT32_MAX - 1, LIMIT), MNISTCNN_LIMIT);
}

static mnistcnn_status write_and_drop(const mcnn_alloc *alloc, void *context) {
  const mcnn_zip_member member = {"a", {"x", 1}};
  mcnn_bytes written;
  const mnistcnn_status status = mcnn_zip_write(&member, 1, alloc, &written);

  (void)context;
  mcnn_free(alloc, written.data);
  return status;
}

static void the_writers_allocation_may_fail(void **state) {
  (void)state;
  assert_int_equal(test_every_allocation(write_and_drop, NULL), 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(all_forms_are_read),
      cmocka_unit_test(cut_archives_are_refused),
      cmocka_unit_test(every_allocation_may_fail),
      cmocka_unit_test(it_is_read_as_it_was_written),
      cmocka_unit_test(damages_are_named),
      cmocka_unit_test(several_bytes_are_seen_too),
      cmocka_unit_test(two_end_records_are_refused),
      cmocka_unit_test(names_that_lead_elsewhere_are_refused),
      cmocka_unit_test(the_writer_has_limits),
      cmocka_unit_test(sizes_must_be_true),
      cmocka_unit_test(the_writers_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
