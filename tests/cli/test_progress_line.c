// The line of the progress bar, at every width.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "terminal/progress_bar.h"

static const double none = (double)NAN;

static mnistcnn_progress half_way(void) {
  return (mnistcnn_progress){.struct_size = sizeof(mnistcnn_progress),
                             .event = MNISTCNN_EVENT_STEP,
                             .epoch = 1,
                             .epochs = 4,
                             .step = 960,
                             .steps = 1920,
                             .seconds = 10.2,
                             .seconds_left = 10.4,
                             .loss = 0.0431,
                             .accuracy = 0.9174,
                             .binary_accuracy = 0.98,
                             .validation_loss = none,
                             .validation_accuracy = none,
                             .validation_binary_accuracy = none};
}

static mnistcnn_progress at_the_end(void) {
  mnistcnn_progress p = half_way();

  p.event = MNISTCNN_EVENT_EPOCH_END;
  p.step = p.steps;
  p.seconds = 21.4;
  p.seconds_left = 0;
  p.validation_loss = 0.0005;
  p.validation_accuracy = 0.99999;
  p.validation_binary_accuracy = 1;
  return p;
}

static void assert_line(const mnistcnn_progress *p, size_t columns, const char *expected) {
  char text[256];

  assert_int_equal(progress_line(p, columns, text, sizeof text), strlen(expected));
  assert_string_equal(text, expected);
}

static void looks_as_keras(void **state) {
  const mnistcnn_progress half = half_way();
  const mnistcnn_progress end = at_the_end();

  (void)state;
  assert_line(&half, 0,
              " 960/1920 [==============>...............] - ETA: 10s - loss: 0.0431 - acc: 0.9174 "
              "- binary_acc: 0.9800");
  assert_line(&end, 0,
              "1920/1920 [==============================] - 21s - loss: 0.0431 - acc: 0.9174 "
              "- binary_acc: 0.9800 - val_loss: 5.0000e-04 - val_acc: 0.9999 "
              "- val_binary_acc: 1.0000");
}

static void says_what_there_is(void **state) {
  mnistcnn_progress p = half_way();

  (void)state;
  p.step = 0;
  p.seconds_left = p.loss = p.accuracy = p.binary_accuracy = none;
  assert_line(&p, 0, "   0/1920 [..............................]");
  p.event = MNISTCNN_EVENT_VALIDATING;
  p.step = p.steps;
  p.images_done = 320;
  p.images_total = 10000;
  assert_line(&p, 0, "1920/1920 [==============================] - validating 320/10000");
}

static void narrows_the_bar_then_cuts(void **state) {
  const mnistcnn_progress p = half_way();
  char text[256];

  (void)state;
  assert_line(&p, 80,
              " 960/1920 [==>....] - ETA: 10s - loss: 0.0431 - acc: 0.9174 - binary_acc: 0.9800");
  for (size_t columns = 1; columns < 140; columns++) {
    const size_t length = progress_line(&p, columns, text, sizeof text);
    assert_int_equal(length, strlen(text));
    assert_true(length <= columns);
  }
}

static void survives_a_small_buffer(void **state) {
  const mnistcnn_progress p = at_the_end();
  char whole[256];
  char text[256];

  (void)state;
  progress_line(&p, 0, whole, sizeof whole);
  for (size_t capacity = 1; capacity < 256; capacity++) {
    memset(text, '#', sizeof text);
    const size_t length = progress_line(&p, 0, text, capacity);
    assert_true(length < capacity);
    assert_memory_equal(text, whole, length);
    assert_int_equal(text[length], '\0');
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(looks_as_keras),
      cmocka_unit_test(says_what_there_is),
      cmocka_unit_test(narrows_the_bar_then_cuts),
      cmocka_unit_test(survives_a_small_buffer),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
