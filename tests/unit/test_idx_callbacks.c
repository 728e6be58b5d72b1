/* IDX files whose images are prepared as digits: what is skipped, logged and reported, and how a
 * load is cancelled, whatever the number of threads. The clock is the test's own. */
// labels: threads
// link: -Wl,--wrap=mcnn_seconds
#include "base/platform.h"
#include "base/status.h"
#include "data/dataset.h"
#include "data/idx.h"
#include "support.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* --- the clock -------------------------------------------------------------------------------- */

static struct { double now, step; /* it advances by this whenever it is read */ } test_clock;

double __wrap_mcnn_seconds(void);
double __wrap_mcnn_seconds(void) {
  return test_clock.now += test_clock.step;
}

/* Blocks keep their first size, and each but the first, which ends too soon after the start, takes
 * long enough for an event of its own. */
static const double event_per_block = 0.019;
enum { block = 64, block_events = 4 };

static const uint32_t thread_counts[] = {1, 2, 8};
enum { num_thread_counts = sizeof thread_counts / sizeof thread_counts[0] };

/* --- the files -------------------------------------------------------------------------------- */

enum { images = 300, side = 28, image_bytes = side * side, last_class = 9, max_events = 512 };

typedef struct fixture {
  char folder[TEST_PATH], images_path[TEST_PATH], labels_path[TEST_PATH];
  uint8_t pixels[images][image_bytes];
  uint8_t labels[images];
  mnistcnn_dataset_options options;
  test_memory memory;
  mnistcnn_allocator allocator;
  mnistcnn_dataset *dataset;
  pthread_t thread;
  char log[8192]; /* the lines of the log, each with a newline */
  int events, cancel_at;
  mnistcnn_progress seen[max_events];
} fixture;

static void note_log(int32_t level, const char *message, void *user) {
  fixture *const f = user;
  assert_true(pthread_equal(pthread_self(), f->thread));
  assert_int_equal(level, MNISTCNN_LOG_WARNING);
  assert_true(strlen(f->log) + strlen(message) + 2 < sizeof f->log);
  strcat(f->log, message);
  strcat(f->log, "\n");
}

static int32_t note_progress(const mnistcnn_progress *progress, void *user) {
  fixture *const f = user;
  assert_true(pthread_equal(pthread_self(), f->thread));
  assert_int_equal(progress->struct_size, sizeof *progress);
  assert_int_equal(progress->event, MNISTCNN_EVENT_LOADING);
  assert_true(f->events < max_events);
  f->seen[f->events++] = *progress;
  return f->events == f->cancel_at;
}

static void write_idx(const fixture *f, const char *name, uint32_t dimensions, uint32_t count,
                      const uint8_t *values, size_t size) {
  const uint32_t header[4] = {0x00000800 + dimensions, count, side, side};
  unsigned char *const data = malloc(16 + size);
  const size_t header_bytes = 4 + 4 * dimensions;
  assert_non_null(data);
  for (size_t i = 0; i < header_bytes; i++)
    data[i] = (unsigned char)(header[i / 4] >> (24 - 8 * (i % 4)));
  memcpy(data + header_bytes, values, size);
  test_write(f->folder, name, data, header_bytes + size);
  free(data);
}

static void write_files(const fixture *f, uint32_t count) {
  write_idx(f, "images", 3, count, f->pixels[0], (size_t)count * image_bytes);
  write_idx(f, "labels", 1, count, f->labels, count);
}

/* A stroke, of one of several lengths. */
static void draw(uint8_t pixels[image_bytes], size_t image) {
  const size_t bottom = 14 + image % 11;
  for (size_t y = 3; y < bottom; y++)
    memset(pixels + y * side + 12, 255, 3);
}

static void blank(fixture *f, size_t image) {
  memset(f->pixels[image], 0, image_bytes);
}

static int set_up(void **state) {
  fixture *const f = calloc(1, sizeof *f);
  test_folder_create(f->folder);
  test_join(f->images_path, f->folder, "images");
  test_join(f->labels_path, f->folder, "labels");
  for (size_t i = 0; i < images; i++) {
    draw(f->pixels[i], i);
    f->labels[i] = (uint8_t)(i % 5);
  }
  f->labels[images - 1] = last_class;
  write_files(f, images);
  f->thread = pthread_self();
  f->allocator = test_allocator(&f->memory);
  assert_int_equal(mnistcnn_dataset_options_init(&f->options, sizeof f->options), MNISTCNN_OK);
  f->options.prepare = MNISTCNN_PREPARE_DIGIT;
  f->options.log = note_log;
  f->options.progress = note_progress;
  f->options.user = f;
  f->options.allocator = &f->allocator;
  test_clock.now = 0;
  test_clock.step = event_per_block;
  *state = f;
  return 0;
}

static int tear_down(void **state) {
  fixture *const f = *state;
  mnistcnn_dataset_free(f->dataset);
  test_folder_remove(f->folder);
  assert_int_equal(f->memory.live, 0);
  free(f);
  return 0;
}

static mnistcnn_status load(fixture *f) {
  mnistcnn_dataset_free(f->dataset);
  f->log[0] = '\0';
  f->events = 0;
  const mnistcnn_status status =
      mnistcnn_dataset_load_idx(f->images_path, f->labels_path, &f->options, &f->dataset);
  assert_true((status == MNISTCNN_OK) == (f->dataset ? 1 : 0));
  if (status != MNISTCNN_OK)
    assert_int_equal(f->memory.live, 0);
  return status;
}

/* --- broken images ---------------------------------------------------------------------------- */

/* The first, both sides of a block's end, neighbours, and the last, the only one of its class. */
static const size_t broken[] = {0, 63, 64, 150, 151, images - 1};
enum { num_broken = sizeof broken / sizeof broken[0] };

static int is_broken(size_t image) {
  for (size_t i = 0; i < num_broken; i++)
    if (broken[i] == image)
      return 1;
  return 0;
}

static void break_images(fixture *f) {
  for (size_t i = 0; i < num_broken; i++)
    blank(f, broken[i]);
  write_files(f, images);
}

/* The dataset has what `whole`, of the images before some were broken, has in their places. */
static void assert_kept(const fixture *f, const mnistcnn_dataset *whole) {
  mnistcnn_shape shape;
  size_t kept = 0;
  assert_int_equal(mnistcnn_dataset_shape(f->dataset, &shape), MNISTCNN_OK);
  for (size_t i = 0; i < images; i++) {
    if (is_broken(i))
      continue;
    assert_int_equal(mnistcnn_dataset_label(f->dataset, kept), mnistcnn_dataset_label(whole, i));
    assert_memory_equal(mnistcnn_dataset_image(f->dataset, kept), mnistcnn_dataset_image(whole, i),
                        (size_t)shape.height * shape.width * shape.channels);
    kept++;
  }
  assert_int_equal(mnistcnn_dataset_num_images(f->dataset), kept);
}

static void assert_log_names_broken(const fixture *f) {
  const char *line = f->log;
  for (size_t i = 0; i < num_broken; i++) {
    char want[TEST_PATH + 64];
    snprintf(want, sizeof want, "%s: image %zu: shows no digit: ", f->images_path, broken[i]);
    assert_memory_equal(line, want, strlen(want));
    line = strchr(line, '\n') + 1;
  }
  assert_string_equal(line, "");
}

static void check_skipped(fixture *f) {
  assert_int_equal(load(f), MNISTCNN_OK);
  mnistcnn_dataset *const whole = f->dataset;
  f->dataset = NULL;
  assert_int_equal(mnistcnn_dataset_num_skipped(whole), 0);
  assert_string_equal(f->log, "");
  break_images(f);
  f->options.skip_broken = 1;
  for (size_t i = 0; i < num_thread_counts; i++) {
    f->options.num_threads = thread_counts[i];
    assert_int_equal(load(f), MNISTCNN_OK);
    assert_kept(f, whole);
    assert_log_names_broken(f);
    assert_int_equal(mnistcnn_dataset_num_skipped(f->dataset), num_broken);
    assert_int_equal(mnistcnn_dataset_num_classes(f->dataset), last_class + 1);
    assert_null(mnistcnn_dataset_path(f->dataset, 0));
  }
  mnistcnn_dataset_free(whole);
}

static void broken_images_are_skipped_and_named(void **state) {
  check_skipped(*state);
}

static void broken_images_are_skipped_in_colour_and_other_sizes(void **state) {
  fixture *const f = *state;
  f->options.height = 20;
  f->options.width = 24;
  f->options.channels = 3;
  check_skipped(f);
}

static void without_a_log_they_are_skipped_too(void **state) {
  fixture *const f = *state;
  break_images(f);
  f->options.skip_broken = 1;
  f->options.log = NULL;
  f->options.progress = NULL;
  assert_int_equal(load(f), MNISTCNN_OK);
  assert_int_equal(mnistcnn_dataset_num_skipped(f->dataset), num_broken);
}

static void the_first_broken_image_in_order_is_reported(void **state) {
  fixture *const f = *state;
  char want[TEST_PATH + 64];
  blank(f, 70);
  blank(f, 71);
  blank(f, 299);
  write_files(f, images);
  snprintf(want, sizeof want, "%s: image 70: shows no digit: nothing is drawn on it",
           f->images_path);
  for (size_t i = 0; i < num_thread_counts; i++) {
    f->options.num_threads = thread_counts[i];
    assert_int_equal(load(f), MNISTCNN_FORMAT);
    assert_string_equal(mcnn_last_error(), want);
    assert_string_equal(f->log, "");
  }
}

static void nothing_but_broken_images(void **state) {
  fixture *const f = *state;
  memset(f->pixels, 0, sizeof f->pixels);
  write_files(f, 3);
  f->options.skip_broken = 1;
  assert_int_equal(load(f), MNISTCNN_FORMAT);
  assert_non_null(strstr(mcnn_last_error(), f->images_path));
  assert_non_null(strstr(mcnn_last_error(), "none of the images"));
  assert_non_null(strstr(f->log, "image 2: "));
}

/* Blank images are broken only where a digit is looked for. */
static void other_images_are_never_broken(void **state) {
  fixture *const f = *state;
  break_images(f);
  f->options.skip_broken = 1;
  f->options.prepare = MNISTCNN_PREPARE_NONE;
  for (uint32_t channels = 1; channels <= 3; channels += 2) {
    f->options.channels = channels;
    assert_int_equal(load(f), MNISTCNN_OK);
    assert_int_equal(mnistcnn_dataset_num_images(f->dataset), images);
    assert_int_equal(mnistcnn_dataset_num_skipped(f->dataset), 0);
    assert_string_equal(f->log, "");
  }
}

/* --- progress --------------------------------------------------------------------------------- */

static void assert_events_make_sense(const fixture *f) {
  for (int i = 0; i < f->events; i++) {
    const mnistcnn_progress *const p = &f->seen[i];
    assert_int_equal(p->images_total, images);
    assert_true(p->images_done <= images);
    assert_true(p->loss != p->loss && p->validation_accuracy != p->validation_accuracy);
    assert_int_equal(p->seconds_left != p->seconds_left, p->images_done == 0);
    if (i > 0) {
      assert_true(p->images_done > p[-1].images_done);
      assert_true(p->seconds > p[-1].seconds);
      assert_true(p->images_done == images || p->seconds - p[-1].seconds >= 0.05);
    }
  }
  assert_true(f->events > 0);
  assert_int_equal(f->seen[f->events - 1].images_done, images);
  assert_true(f->seen[f->events - 1].seconds_left <= 0);
}

/* Of the ways to bring images to the shape wanted, both that take time. */
static void events_come_block_by_block(void **state) {
  fixture *const f = *state;
  break_images(f);
  f->options.skip_broken = 1;
  f->options.height = f->options.width = 16;
  for (int32_t prepare = 0; prepare <= 1; prepare++) {
    f->options.prepare = prepare;
    for (size_t t = 0; t < num_thread_counts; t++) {
      f->options.num_threads = thread_counts[t];
      assert_int_equal(load(f), MNISTCNN_OK);
      assert_events_make_sense(f);
      assert_int_equal(f->events, block_events);
      for (int i = 0; i < block_events - 1; i++)
        assert_int_equal(f->seen[i].images_done, (i + 2) * block);
    }
  }
}

/* From loads so fast that they end before the first event is due to ones so slow that blocks shrink
 * to single images. */
static void there_are_at_most_20_events_a_second(void **state) {
  fixture *const f = *state;
  f->options.prepare = MNISTCNN_PREPARE_NONE;
  f->options.channels = 3;
  for (double step = 0.0001; step < 0.2; step *= 1.3) {
    test_clock.step = step;
    assert_int_equal(load(f), MNISTCNN_OK);
    assert_events_make_sense(f);
    if (step < 0.001)
      assert_int_equal(f->events, 1);
  }
  assert_true(f->events > images / 2);
}

static void images_taken_as_they_are_have_a_start_and_an_end(void **state) {
  fixture *const f = *state;
  f->options.prepare = MNISTCNN_PREPARE_NONE;
  assert_int_equal(load(f), MNISTCNN_OK);
  assert_int_equal(f->events, 2);
  assert_int_equal(f->seen[0].images_done, 0);
  assert_int_equal(f->seen[1].images_done, images);
  assert_int_equal(f->seen[1].images_total, images);
}

/* --- cancelling ------------------------------------------------------------------------------- */

static void check_cancelled(fixture *f, int events) {
  for (f->cancel_at = 1; f->cancel_at <= events; f->cancel_at++) {
    assert_int_equal(load(f), MNISTCNN_CANCELLED);
    assert_int_equal(f->events, f->cancel_at);
    assert_non_null(strstr(mcnn_last_error(), f->images_path));
  }
  assert_int_equal(load(f), MNISTCNN_OK);
  assert_int_equal(f->events, events);
}

static void every_event_can_cancel(void **state) {
  fixture *const f = *state;
  break_images(f);
  f->options.skip_broken = 1;
  for (size_t i = 0; i < num_thread_counts; i++) {
    f->options.num_threads = thread_counts[i];
    f->options.prepare = MNISTCNN_PREPARE_DIGIT;
    f->options.channels = 0;
    check_cancelled(f, block_events);
    f->options.prepare = MNISTCNN_PREPARE_NONE;
    check_cancelled(f, 2);
    f->options.channels = 3;
    check_cancelled(f, block_events);
  }
}

/* --- memory ----------------------------------------------------------------------------------- */

static mnistcnn_status load_with(const mcnn_alloc *alloc, void *context) {
  fixture *const f = context;
  mnistcnn_dataset_options options = f->options;
  mnistcnn_dataset *dataset = NULL;
  options.height = options.width = side; /* as the public function sets them */
  options.channels = 1;
  f->log[0] = '\0';
  f->events = 0;
  const mnistcnn_status status =
      mcnn_load_idx(f->images_path, f->labels_path, &options, alloc, &dataset);
  assert_true((status == MNISTCNN_OK) == (dataset ? 1 : 0));
  mcnn_dataset_free(dataset);
  return status;
}

/* Skipping broken images does not hide a lack of memory. */
static void every_failing_allocation_is_survived(void **state) {
  fixture *const f = *state;
  blank(f, 2);
  write_files(f, 4);
  f->options.skip_broken = 1;
  for (uint32_t threads = 1; threads <= 2; threads++) {
    f->options.num_threads = threads;
    assert_true(test_every_allocation(load_with, f) > 20);
  }
}

#define WITH_FILES(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_FILES(broken_images_are_skipped_and_named),
      WITH_FILES(broken_images_are_skipped_in_colour_and_other_sizes),
      WITH_FILES(without_a_log_they_are_skipped_too),
      WITH_FILES(the_first_broken_image_in_order_is_reported),
      WITH_FILES(nothing_but_broken_images),
      WITH_FILES(other_images_are_never_broken),
      WITH_FILES(events_come_block_by_block),
      WITH_FILES(there_are_at_most_20_events_a_second),
      WITH_FILES(images_taken_as_they_are_have_a_start_and_an_end),
      WITH_FILES(every_event_can_cancel),
      WITH_FILES(every_failing_allocation_is_survived),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
