// labels: slow
/* How much stack a thread needs that calls the library: STACK_BYTES, which
 * docs/threads-and-determinism.md promises. Each job runs on such a stack, with a page below it
 * that ends the process, and what it has used is printed. */
#define _GNU_SOURCE // for MAP_ANONYMOUS
#include "api_support.h"
#include "image_args.h"
#include "temp_folder.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

enum {
  STACK_BYTES = 128 * 1024,
  PAINT = 0xa5,
  SIDE = 28,
  CLASSES = 10,
  IMAGES = 64,
  PICTURE = 600,
  LARGE = 100
};

/* --- a thread on a stack that is measured ----------------------------------------------------- */

typedef struct job {
  const char *name;
  int (*run)(void); /* whether it succeeded */
  int succeeded;
} job;

static void *run_job(void *context) {
  job *const j = context;
  j->succeeded = j->run();
  return NULL;
}

static size_t untouched(const unsigned char *stack) {
  size_t count = 0;
  while (count < STACK_BYTES && stack[count] == PAINT)
    count++;
  return count;
}

static void run_on_small_stack(const char *name, int (*run)(void)) {
  const size_t guard = (size_t)sysconf(_SC_PAGESIZE);
  unsigned char *const block =
      mmap(NULL, guard + STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  job j = {name, run, 0};
  pthread_attr_t attributes;
  pthread_t thread;
  assert_true(block != MAP_FAILED);
  assert_int_equal(mprotect(block, guard, PROT_NONE), 0);
  memset(block + guard, PAINT, STACK_BYTES);
  assert_int_equal(pthread_attr_init(&attributes), 0);
  assert_int_equal(pthread_attr_setstack(&attributes, block + guard, STACK_BYTES), 0);
  assert_int_equal(pthread_create(&thread, &attributes, run_job, &j), 0);
  assert_int_equal(pthread_join(thread, NULL), 0);
  pthread_attr_destroy(&attributes);
  print_message("  %-24s %6zu bytes\n", name, STACK_BYTES - untouched(block + guard));
  if (!j.succeeded)
    print_message("  %s\n", mnistcnn_last_error());
  assert_true(j.succeeded);
  munmap(block, guard + STACK_BYTES);
}

/* --- jobs ------------------------------------------------------------------------------------- */

/* Every kind of layer, and convolutions for which each algorithm is chosen. */
static const char *const architectures[] = {
    "default",
    "conv 16 3x3 same relu, batchnorm, conv 16 3x3 same, add 2 relu, separable 24 3x3, maxpool 2, "
    "depthwise 5x5, globalavgpool, dense 20 gelu, dropout 0.3, dense classes softmax",
    "conv 80 3x3 stride 2 relu, conv 96 3x3 dilation 2, avgpool 2, flatten, dense 64, dense "
    "classes "
    "sigmoid",
};
static const char *used_architecture, *instruction_set;
static uint8_t images[IMAGES * SIDE * SIDE], picture[PICTURE * PICTURE];
static int32_t set_labels[IMAGES];
static mnistcnn_model *used_model;

static mnistcnn_dataset *dataset(void) {
  mnistcnn_dataset *set = NULL;
  const mnistcnn_labelled_images source = {.struct_size = sizeof source,
                                           .pixels = images,
                                           .size_bytes = sizeof images,
                                           .labels = set_labels,
                                           .count = IMAGES,
                                           .shape = {SIDE, SIDE, 1},
                                           .num_classes = CLASSES};
  return mnistcnn_dataset_create_copy(&source, NULL, &set) == MNISTCNN_OK ? set : NULL;
}

static int creates(void) {
  mnistcnn_model_options options = MNISTCNN_MODEL_OPTIONS_INIT;
  options.input_channels = 1;
  options.num_classes = CLASSES;
  options.architecture = used_architecture;
  return mnistcnn_model_create(&options, &used_model) == MNISTCNN_OK &&
         mnistcnn_model_set_instruction_set(used_model, instruction_set) == MNISTCNN_OK;
}

static int trains(void) {
  mnistcnn_train_options options = MNISTCNN_TRAIN_OPTIONS_INIT;
  mnistcnn_dataset *const set = dataset();
  options.epochs = 1;
  options.batch_size = 16;
  options.optimizer = MNISTCNN_OPTIMIZER_ADAMW;
  options.checkpoint_path = "checkpoint";
  const int done = set && mnistcnn_train(used_model, set, set, &options, NULL) == MNISTCNN_OK;
  mnistcnn_dataset_free(set);
  return done;
}

static int resumes(void) {
  mnistcnn_resume_options options = MNISTCNN_RESUME_OPTIONS_INIT;
  mnistcnn_dataset *const set = dataset();
  mnistcnn_model *resumed = NULL;
  options.path = "checkpoint";
  const int done = set && mnistcnn_train_resume(&options, set, set, &resumed, NULL) == MNISTCNN_OK;
  mnistcnn_model_free(resumed);
  mnistcnn_dataset_free(set);
  return done;
}

static int predicts(void) {
  float probabilities[IMAGES * CLASSES];
  return mnistcnn_predict_u8(used_model, NULL, images, sizeof images, probabilities,
                             IMAGES * CLASSES) == MNISTCNN_OK &&
         mnistcnn_predict_u8(used_model, NULL, images, SIDE * SIDE, probabilities, CLASSES) ==
             MNISTCNN_OK;
}

static int evaluates(void) {
  mnistcnn_metrics metrics = {.struct_size = sizeof metrics};
  mnistcnn_dataset *const set = dataset();
  const int done = set && mnistcnn_evaluate(used_model, set, NULL, &metrics) == MNISTCNN_OK;
  mnistcnn_dataset_free(set);
  return done;
}

static int saves_and_loads(void) {
  mnistcnn_model *loaded = NULL;
  const int done = mnistcnn_model_save_file(used_model, "model") == MNISTCNN_OK &&
                   mnistcnn_model_load_file("model", NULL, &loaded) == MNISTCNN_OK;
  mnistcnn_model_free(loaded);
  return done;
}

static int fails_to_load(void) {
  mnistcnn_model *loaded = NULL;
  return mnistcnn_model_load_file("0/0.png", NULL, &loaded) == MNISTCNN_FORMAT;
}

static int prepares_digits(void) {
  uint8_t prepared[SIDE * SIDE];
  mnistcnn_digit_info info = {.struct_size = sizeof info};
  mnistcnn_digit_list *found = NULL;
  const int done =
      mnistcnn_digit_prepare(IMAGE(picture, PICTURE, PICTURE, 1), NULL, prepared, sizeof prepared,
                             &info) == MNISTCNN_OK &&
      mnistcnn_digit_find(IMAGE(picture, PICTURE, PICTURE, 1), NULL, &found) == MNISTCNN_OK;
  mnistcnn_digit_list_free(found);
  return done;
}

static int reads_a_page(void) {
  mnistcnn_model_options options = MNISTCNN_MODEL_OPTIONS_INIT;
  mnistcnn_model *reader = NULL;
  mnistcnn_page *page = NULL;
  options.architecture = "flatten, dense 10 softmax";
  const int done = mnistcnn_model_create(&options, &reader) == MNISTCNN_OK &&
                   mnistcnn_page_read(reader, NULL, IMAGE(picture, PICTURE, PICTURE, 1), NULL,
                                      &page) == MNISTCNN_OK;
  mnistcnn_page_free(page);
  mnistcnn_model_free(reader);
  return done;
}

static int writes_images(void) {
  return mnistcnn_image_save_png(IMAGE(picture, PICTURE, PICTURE, 1), "0/0.png") == MNISTCNN_OK &&
         mnistcnn_image_save_png(IMAGE(picture, LARGE, LARGE, 3), "1/1.png") == MNISTCNN_OK;
}

static int reads_images(void) {
  float probabilities[CLASSES];
  mnistcnn_dataset *set = NULL;
  const int done = mnistcnn_predict_image_file(used_model, NULL, "1/1.png", probabilities,
                                               CLASSES) == MNISTCNN_OK &&
                   mnistcnn_dataset_load_folder(".", NULL, &set) == MNISTCNN_OK;
  mnistcnn_dataset_free(set);
  return done;
}

/* Several digits: dark strokes on light. */
static void draw_picture(void) {
  memset(picture, 230, sizeof picture);
  for (int x = 60; x < PICTURE - 60; x += 120)
    for (int y = 100; y < 240; y++)
      memset(picture + y * PICTURE + x + (y - 100) / 8, 20, 14);
}

static int make_inputs(void **state) {
  if (test_enter_folder(state) != 0)
    return -1;
  if (mkdir("0", 0777) != 0 || mkdir("1", 0777) != 0)
    return -1;
  for (size_t i = 0; i < sizeof images; i++)
    images[i] = (uint8_t)(i * 31 % 251);
  for (int i = 0; i < IMAGES; i++)
    set_labels[i] = i % CLASSES;
  draw_picture();
  return 0;
}

static void networks(void **state) {
  static const char *const names[] = {"portable", "baseline", "neon", "avx2", "avx512"};
  (void)state;
  if (SANITIZED)
    skip();
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    instruction_set = names[i];
    if (!mnistcnn_has_feature(instruction_set))
      continue;
    for (size_t a = 0; a < sizeof architectures / sizeof architectures[0]; a++) {
      used_architecture = strcmp(architectures[a], "default") == 0 ? NULL : architectures[a];
      print_message("%s, network %zu\n", instruction_set, a);
      run_on_small_stack("create", creates);
      run_on_small_stack("train", trains);
      run_on_small_stack("resume", resumes);
      run_on_small_stack("predict", predicts);
      run_on_small_stack("evaluate", evaluates);
      run_on_small_stack("save and load", saves_and_loads);
      mnistcnn_model_free(used_model);
    }
  }
}

static void pictures(void **state) {
  (void)state;
  if (SANITIZED)
    skip();
  used_architecture = NULL;
  instruction_set = "portable";
  run_on_small_stack("create", creates);
  run_on_small_stack("digits", prepares_digits);
  run_on_small_stack("page", reads_a_page);
  run_on_small_stack("write PNG", writes_images);
  run_on_small_stack("read PNG", reads_images);
  run_on_small_stack("load what is no model", fails_to_load);
  mnistcnn_model_free(used_model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(networks),
      cmocka_unit_test(pictures),
  };
  return cmocka_run_group_tests(tests, make_inputs, test_leave_folder);
}
