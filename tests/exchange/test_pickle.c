/* The pickle reader: every opcode it has, and what it refuses. The bytes are those that Python's
 * pickle module writes, or what a hostile file may have in their place. */
#include "base/status.h"
#include "exchange/pickle/pickle.h"
#include "support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { TEXT = 512, DEEPEST_TEXT = 6 };

/* A literal of bytes, whose last one is not a NUL. */
#define BYTES(literal) literal, sizeof(literal) - 1

static const char *const allowed[] = {"shop.buy", NULL};

static mnistcnn_status read_pickle(const char *data, size_t size, mcnn_pickle **pickle) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  return mcnn_pickle_read(data, size, "file", allowed, &alloc, pickle);
}

/* --- values as text --------------------------------------------------------------------------- */

static void write(char text[TEXT], const char *format, ...) __attribute__((format(printf, 2, 3)));

static void write(char text[TEXT], const char *format, ...) {
  const size_t used = strlen(text);
  va_list values;
  va_start(values, format);
  (void)vsnprintf(text + used, TEXT - used, format, values);
  va_end(values);
}

static void describe(const mcnn_pickle_value *value, int depth, char text[TEXT]) {
  static const char *const open[] = {"",  "",     "",  "", "",      "",        "",        "(",
                                     "[", "set(", "{", "", "call(", "object(", "outside("};
  if (depth == DEEPEST_TEXT) {
    write(text, "...");
    return;
  }
  switch (value->kind) {
  case MCNN_PICKLE_NONE:
    write(text, "None");
    return;
  case MCNN_PICKLE_BOOL:
    write(text, value->integer ? "True" : "False");
    return;
  case MCNN_PICKLE_INT:
    write(text, "%lld", (long long)value->integer);
    return;
  case MCNN_PICKLE_BIG:
    write(text, "big %zu", value->length);
    return;
  case MCNN_PICKLE_FLOAT:
    write(text, "%.3g", value->number);
    return;
  case MCNN_PICKLE_TEXT:
  case MCNN_PICKLE_BYTES:
    write(text, "%s'%.*s'", value->kind == MCNN_PICKLE_BYTES ? "b" : "", (int)value->length,
          value->text);
    return;
  case MCNN_PICKLE_NAME:
    write(text, "%s", value->text);
    return;
  default:
    break;
  }
  write(text, "%s", open[value->kind]);
  for (uint32_t i = 0; i < value->count; i++) {
    write(text, i > 0 ? " " : "");
    describe(value->items[i], depth + 1, text);
  }
  write(text, value->kind == MCNN_PICKLE_LIST ? "]" : value->kind == MCNN_PICKLE_DICT ? "}" : ")");
}

typedef struct sample {
  const char *data;
  size_t size;
  const char *text;
} sample;

static const sample samples[] = {
    {BYTES("\x80\x02N."), "None"},
    {BYTES("\x80\x02\x88."), "True"},
    {BYTES("\x80\x03\x89."), "False"},
    {BYTES("\x80\x02K\xff."), "255"},
    {BYTES("\x80\x02M\x01\x02."), "513"},
    {BYTES("\x80\x02J\xfe\xff\xff\xff."), "-2"},
    {BYTES("\x80\x02J\x01\x00\x00\x40."), "1073741825"},
    {BYTES("\x80\x02\x8a\x00."), "0"},
    {BYTES("\x80\x02\x8a\x01\xff."), "-1"},
    {BYTES("\x80\x02\x8a\x05\x01\x00\x00\x00\x01."), "4294967297"},
    {BYTES("\x80\x02\x8b\x02\x00\x00\x00\x34\x12."), "4660"},
    {BYTES("\x80\x02\x8a\x0alllllllllP."), "big 10"},
    {BYTES("\x80\x02G\x3f\xf8\x00\x00\x00\x00\x00\x00."), "1.5"},
    {BYTES("\x80\x02X\x03\x00\x00\x00"
           "abc."),
     "'abc'"},
    {BYTES("\x80\x02X\x02\x00\x00\x00\xc3\xa4."), "'\xc3\xa4'"},
    {BYTES("\x80\x04\x8c\x01"
           "a."),
     "'a'"},
    {BYTES("\x80\x04\x8d\x01\x00\x00\x00\x00\x00\x00\x00"
           "a."),
     "'a'"},
    {BYTES("\x80\x02U\x02hi."), "'hi'"},
    {BYTES("\x80\x02T\x02\x00\x00\x00hi."), "'hi'"},
    {BYTES("\x80\x03"
           "C\x01x."),
     "b'x'"},
    {BYTES("\x80\x03"
           "B\x01\x00\x00\x00x."),
     "b'x'"},
    {BYTES("\x80\x04\x8e\x01\x00\x00\x00\x00\x00\x00\x00x."), "b'x'"},
    {BYTES("\x80\x02)."), "()"},
    {BYTES("\x80\x02]."), "[]"},
    {BYTES("\x80\x02}."), "{}"},
    {BYTES("\x80\x04\x8f."), "set()"},
    {BYTES("\x80\x02K\x01\x85."), "(1)"},
    {BYTES("\x80\x02K\x01K\x02\x86."), "(1 2)"},
    {BYTES("\x80\x02K\x01K\x02K\x03\x87."), "(1 2 3)"},
    {BYTES("\x80\x02(K\x01K\x02K\x03K\x04t."), "(1 2 3 4)"},
    {BYTES("\x80\x02(t."), "()"},
    {BYTES("\x80\x02]K\x01"
           "a."),
     "[1]"},
    {BYTES("\x80\x02](K\x01K\x02"
           "e."),
     "[1 2]"},
    {BYTES("\x80\x02}K\x01K\x02s."), "{1 2}"},
    {BYTES("\x80\x02}(K\x01K\x02K\x03K\x04u."), "{1 2 3 4}"},
    {BYTES("\x80\x04\x8f(K\x01\x90."), "set(1)"},
    {BYTES("\x80\x04(K\x01\x91."), "set(1)"},
    {BYTES("\x80\x02]q\x00h\x00"
           "a."),
     "[[[[[[...]]]]]]"},
    {BYTES("\x80\x02K\x07q\x05h\x05\x86."), "(7 7)"},
    {BYTES("\x80\x02K\x07r\x05\x00\x00\x00j\x05\x00\x00\x00\x86."), "(7 7)"},
    {BYTES("\x80\x04\x95\x06\x00\x00\x00\x00\x00\x00\x00K\x07\x94h\x00\x86."), "(7 7)"},
    {BYTES("\x80\x02"
           "cshop\nbuy\n."),
     "shop.buy"},
    {BYTES("\x80\x04\x8c\x04shop\x8c\x03"
           "buy\x93."),
     "shop.buy"},
    {BYTES("\x80\x02"
           "cshop\nbuy\nK\x01\x85R."),
     "call(shop.buy (1))"},
    {BYTES("\x80\x02"
           "ccollections\nOrderedDict\n)R(K\x01K\x02u."),
     "{1 2}"},
    {BYTES("\x80\x02"
           "ccollections\nOrderedDict\n](](K\x01K\x02"
           "e](K\x03K\x04"
           "ee\x85R."),
     "{1 2 3 4}"},
    {BYTES("\x80\x02"
           "ccollections\nOrderedDict\n)R}X\x01\x00\x00\x00"
           "aK\x01sb."),
     "{}"},
    {BYTES("\x80\x02"
           "ccollections\ndefaultdict\nc__builtin__\nlist\n\x85RK\x01Ns."),
     "{1 None}"},
    {BYTES("\x80\x02"
           "c__builtin__\nset\n](K\x01K\x02"
           "e\x85R."),
     "set(1 2)"},
    {BYTES("\x80\x02"
           "cbuiltins\nset\n)R."),
     "set()"},
    {BYTES("\x80\x02"
           "cshop\nShop\n)\x81."),
     "object(shop.Shop ())"},
    {BYTES("\x80\x02"
           "cshop\nShop\n)\x81}X\x01\x00\x00\x00"
           "aK\x01sb."),
     "object(shop.Shop () {'a' 1})"},
    {BYTES("\x80\x02X\x01\x00\x00\x00kQ."), "outside('k')"},
    {BYTES("\x80\x02(X\x06\x00\x00\x00module"
           "cshop\nShop\nNNtQ)\x81."),
     "object(shop.Shop ())"},
};

static void every_opcode_is_read(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
    mcnn_pickle *pickle = NULL;
    char text[TEXT] = "";
    if (read_pickle(samples[i].data, samples[i].size, &pickle) != MNISTCNN_OK)
      fail_msg("%s: %s", samples[i].text, mcnn_last_error());
    describe(mcnn_pickle_root(pickle), 0, text);
    assert_string_equal(text, samples[i].text);
    assert_int_equal(mcnn_pickle_used_bytes(pickle), samples[i].size);
    mcnn_pickle_free(pickle);
  }
}

static void cut_pickles_are_refused(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
    for (size_t size = 0; size < samples[i].size; size++) {
      char *const part = malloc(size + 1);
      mcnn_pickle *pickle = NULL;
      memcpy(part, samples[i].data, size);
      assert_int_not_equal(read_pickle(part, size, &pickle), MNISTCNN_OK);
      assert_null(pickle);
      free(part);
    }
}

/* --- what is refused -------------------------------------------------------------------------- */

typedef struct refusal {
  const char *data;
  size_t size;
  mnistcnn_status status;
  const char *message;
} refusal;

static void hostile_pickles_are_refused_by_name(void **state) {
  (void)state;
  static const refusal rows[] = {
      {BYTES("\x80\x02"
             "cos\nsystem\nX\x02\x00\x00\x00ls\x85R."),
       MNISTCNN_UNSUPPORTED, "it would call os.system"},
      {BYTES("\x80\x04\x8c\x08"
             "builtins\x8c\x04"
             "eval\x93\x8c\x01"
             "1\x85R."),
       MNISTCNN_UNSUPPORTED, "it would call builtins.eval"},
      {BYTES("\x80\x02"
             "cshop\nbuy\n)R)R."),
       MNISTCNN_UNSUPPORTED, "calls something that has no name"},
      {BYTES("\x80\x02"
             "cshop\nbuy\n]R."),
       MNISTCNN_UNSUPPORTED, "calls something that has no name"},
      {BYTES("\x80\x02(S'ls'\nios\nsystem\n."), MNISTCNN_UNSUPPORTED, "0x53 (STRING)"},
      {BYTES("\x80\x02(ios\nsystem\n."), MNISTCNN_UNSUPPORTED, "(INST)"},
      {BYTES("\x80\x02(o."), MNISTCNN_UNSUPPORTED, "(OBJ)"},
      {BYTES("\x80\x02Pkey\n."), MNISTCNN_UNSUPPORTED, "(PERSID)"},
      {BYTES("\x80\x02\x82\x01."), MNISTCNN_UNSUPPORTED, "(EXT1)"},
      {BYTES("\x80\x04"
             "cshop\nShop\n)}\x92."),
       MNISTCNN_UNSUPPORTED, "(NEWOBJ_EX)"},
      {BYTES("\x80\x02I1\n."), MNISTCNN_UNSUPPORTED, "(INT)"},
      {BYTES("\x80\x02NN0."), MNISTCNN_UNSUPPORTED, "(POP)"},
      {BYTES("\x80\x02N2\x86."), MNISTCNN_UNSUPPORTED, "(DUP)"},
      {BYTES("\x80\x05\x97."), MNISTCNN_UNSUPPORTED, "(NEXT_BUFFER)"},
      {BYTES("\x80\x02\xfe."), MNISTCNN_UNSUPPORTED, "0xFE (unknown)"},
      {BYTES("\x80\x01N."), MNISTCNN_UNSUPPORTED, "protocol 1"},
      {BYTES("\x80\x06N."), MNISTCNN_UNSUPPORTED, "protocol 6"},
      {BYTES("\x80\x02."), MNISTCNN_FORMAT, "a value is missing"},
      {BYTES("\x80\x02NN."), MNISTCNN_FORMAT, "more than one value"},
      {BYTES("\x80\x02N(."), MNISTCNN_FORMAT, "a value is missing"},
      {BYTES("\x80\x02t."), MNISTCNN_FORMAT, "a mark is missing"},
      {BYTES("\x80\x02K\x01(\x85t."), MNISTCNN_FORMAT, "a value is missing"},
      {BYTES("\x80\x02h\x00."), MNISTCNN_FORMAT, "entry 0 of its memo"},
      {BYTES("\x80\x02j\xff\xff\xff\xff."), MNISTCNN_FORMAT, "of its memo is not there"},
      {BYTES("\x80\x02Nr\xff\xff\xff\xff."), MNISTCNN_LIMIT, "of its memo is beyond"},
      {BYTES("\x80\x02q\x00."), MNISTCNN_FORMAT, "a value is missing"},
      {BYTES("\x80\x02)K\x01"
             "a."),
       MNISTCNN_FORMAT, "what it fills is no list"},
      {BYTES("\x80\x02]K\x01K\x02s."), MNISTCNN_FORMAT, "what it fills is no dictionary"},
      {BYTES("\x80\x04](K\x01\x90."), MNISTCNN_FORMAT, "what it fills is no set"},
      {BYTES("\x80\x02}(K\x01u."), MNISTCNN_FORMAT, "a key without a value"},
      {BYTES("\x80\x02X\x02\x00\x00\x00\xc3\x28."), MNISTCNN_FORMAT, "not valid UTF-8"},
      {BYTES("\x80\x02"
             "c\nbuy\n."),
       MNISTCNN_FORMAT, "the name of a class"},
      {BYTES("\x80\x02"
             "cshop\nb\x01y\n."),
       MNISTCNN_FORMAT, "the name of a class"},
      {BYTES("\x80\x04K\x01\x8c\x01"
             "a\x93."),
       MNISTCNN_FORMAT, "the name of a class is no text"},
      {BYTES("\x80\x02N)\x81."), MNISTCNN_FORMAT, "an object without a class"},
      {BYTES("\x80\x02NQ)\x81."), MNISTCNN_FORMAT, "an object without a class"},
      {BYTES("\x80\x02"
             "cshop\nShop\nN\x81."),
       MNISTCNN_FORMAT, "an object without a class"},
      {BYTES("\x80\x02]}b."), MNISTCNN_UNSUPPORTED, "gives a state to what has none"},
      {BYTES("\x80\x02"
             "cshop\nbuy\n)R}b."),
       MNISTCNN_UNSUPPORTED, "gives a state to what has none"},
      {BYTES("\x80\x02"
             "cshop\nShop\n)\x81}b}b."),
       MNISTCNN_UNSUPPORTED, "gives a state to what has none"},
      {BYTES("\x80\x02"
             "ccollections\nOrderedDict\nK\x01\x85R."),
       MNISTCNN_FORMAT, "no list"},
      {BYTES("\x80\x02"
             "ccollections\nOrderedDict\n]K\x01"
             "a\x85R."),
       MNISTCNN_FORMAT, "no pair"},
      {BYTES("\x80\x02"
             "c__builtin__\nset\nK\x01\x85R."),
       MNISTCNN_FORMAT, "no list"},
      {BYTES("\x80\x02X\xff\xff\xff\xff"
             "abc."),
       MNISTCNN_FORMAT, "cut off"},
      {BYTES("\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\xff"
             "abc."),
       MNISTCNN_FORMAT, "cut off"},
      {BYTES("\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\xffN."), MNISTCNN_FORMAT, "cut off"},
      {BYTES("\x80\x02"
             "cshop"),
       MNISTCNN_FORMAT, "cut off"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    mcnn_pickle *pickle = NULL;
    const mnistcnn_status status = read_pickle(rows[i].data, rows[i].size, &pickle);
    if (status != rows[i].status)
      fail_msg("row %zu (%s): status %d: %s", i, rows[i].message, status, mcnn_last_error());
    assert_null(pickle);
    if (!strstr(mcnn_last_error(), rows[i].message))
      fail_msg("\"%s\" does not contain \"%s\"", mcnn_last_error(), rows[i].message);
  }
}

/* As many of one byte as are too many. */
static void pickles_have_limits(void **state) {
  (void)state;
  static const struct {
    char opcode;
    const char *message;
  } rows[] = {{'N', "more than 1048576 values"}, {'(', "more than 1048576 marks"}};
  const size_t size = (size_t)MCNN_PICKLE_MAX_VALUES + 3;
  char *const data = malloc(size);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    mcnn_pickle *pickle = NULL;
    memset(data, rows[i].opcode, size);
    assert_int_equal(read_pickle(data, size, &pickle), MNISTCNN_LIMIT);
    assert_non_null(strstr(mcnn_last_error(), rows[i].message));
  }
  free(data);
}

static mnistcnn_status read_with(const mcnn_alloc *alloc, void *context) {
  const sample *const s = context;
  mcnn_pickle *pickle = NULL;
  const mnistcnn_status status =
      mcnn_pickle_read(s->data, s->size, "file", allowed, alloc, &pickle);
  mcnn_pickle_free(pickle);
  return status;
}

static void every_allocation_of_a_pickle_may_fail(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
    sample s = samples[i];
    assert_true(test_every_allocation(read_with, &s) > 1);
  }
}

static void values_are_asked_for_by_kind(void **state) {
  (void)state;
  static const char data[] = "\x80\x02}(X\x01\x00\x00\x00"
                             "aK\x01X\x01\x00\x00\x00"
                             "aK\x02K\x03K\x04"
                             "X\x01\x00\x00\x00tK\x05J\xff\xff\xff\xff\x86u.";
  mcnn_pickle *pickle = NULL;
  uint64_t count = 0;
  assert_int_equal(read_pickle(BYTES(data), &pickle), MNISTCNN_OK);
  const mcnn_pickle_value *const root = mcnn_pickle_root(pickle);
  assert_true(mcnn_pickle_count(mcnn_pickle_member(root, "a"), &count) && count == 2);
  assert_null(mcnn_pickle_member(root, "b"));
  assert_null(mcnn_pickle_member(NULL, "a"));
  const mcnn_pickle_value *const tuple = mcnn_pickle_member(root, "t");
  assert_null(mcnn_pickle_member(tuple, "a"));
  assert_true(mcnn_pickle_count(mcnn_pickle_item(tuple, 0), &count) && count == 5);
  assert_false(mcnn_pickle_count(mcnn_pickle_item(tuple, 1), &count));
  assert_null(mcnn_pickle_item(tuple, 2));
  assert_null(mcnn_pickle_item(root, 0));
  assert_false(mcnn_pickle_count(NULL, &count));
  assert_false(mcnn_pickle_is_text(NULL, "a"));
  mcnn_pickle_free(pickle);
  mcnn_pickle_free(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_opcode_is_read),
      cmocka_unit_test(cut_pickles_are_refused),
      cmocka_unit_test(hostile_pickles_are_refused_by_name),
      cmocka_unit_test(pickles_have_limits),
      cmocka_unit_test(every_allocation_of_a_pickle_may_fail),
      cmocka_unit_test(values_are_asked_for_by_kind),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
