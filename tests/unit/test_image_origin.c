/* Transparency, and datasets that remember how their images were prepared: what a model that is
 * trained adopts, and what it refuses. */
#include "api/import.h"
#include "data/dataset.h"
#include "image/alpha.h"
#include "image/decoder.h"
#include "image_args.h"
#include "model/model.h"
#include "png_support.h"
#include "support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SIDE = 28, PIXELS = SIDE * SIDE };

/* --- transparency ----------------------------------------------------------------------------- */

static void decode_with(mcnn_alpha alpha, const unsigned char *data, size_t size, uint8_t *pixels,
                        mcnn_shape *shape, int *transparent) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  const mcnn_image_file file = {data, size, "x"};
  mcnn_image_decoder *decoder;
  uint8_t *decoded;
  assert_int_equal(mcnn_image_decoder_create(&alloc, alpha, &decoder), MNISTCNN_OK);
  assert_int_equal(mcnn_image_decode(decoder, &file, &decoded, shape), MNISTCNN_OK);
  memcpy(pixels, decoded, (size_t)shape->height * shape->width * shape->channels);
  *transparent = mcnn_image_was_transparent(decoder);
  mcnn_image_decoder_free(decoder);
}

/* Over white, in exact arithmetic. */
static uint8_t over_white(unsigned value, unsigned alpha) {
  return (uint8_t)((double)value * alpha / 255.0 + 255.0 * (255 - alpha) / 255.0 + 0.5);
}

/* Gray and RGB with every alpha: what is seen through is white, and no channel of alpha is left. */
static void transparent_images_are_composited(void **state) {
  uint16_t samples[4 * 256];
  uint8_t pixels[4 * 256];
  mcnn_shape shape;
  int transparent;
  size_t size;
  (void)state;
  for (uint32_t colours = 1; colours <= 3; colours += 2) {
    for (unsigned i = 0; i < 256; i++) {
      for (unsigned c = 0; c < colours; c++)
        samples[i * (colours + 1) + c] = (uint16_t)((i * 37 + 11 * c) % 256);
      samples[i * (colours + 1) + colours] = (uint16_t)i;
    }
    const test_png png = {.height = 16,
                          .width = 16,
                          .depth = 8,
                          .colour_type = colours == 1 ? 4 : 6,
                          .samples = samples};
    unsigned char *const data = test_png_make(&png, &size);
    decode_with(MCNN_ALPHA_COMPOSITE, data, size, pixels, &shape, &transparent);
    assert_int_equal(shape.channels, colours);
    assert_true(transparent);
    for (unsigned i = 0; i < 256; i++)
      for (unsigned c = 0; c < colours; c++)
        assert_int_equal(pixels[i * colours + c], over_white(samples[i * (colours + 1) + c], i));
    decode_with(MCNN_ALPHA_KEEP_SEEN, data, size, pixels, &shape, &transparent);
    assert_int_equal(shape.channels, colours + 1);
    decode_with(MCNN_ALPHA_DROP, data, size, pixels, &shape, &transparent);
    assert_int_equal(shape.channels, colours);
    assert_true(transparent); /* for all that was looked at */
    assert_int_equal(pixels[colours], samples[colours + 1]);
    free(data);
  }
}

/* An alpha channel of nothing but opaque pixels is as good as none. */
static void opaque_alpha_leaves_no_trace(void **state) {
  static const mcnn_alpha kinds[] = {MCNN_ALPHA_COMPOSITE, MCNN_ALPHA_KEEP_SEEN};
  const uint16_t samples[4] = {7, 255, 9, 255};
  const test_png png = {.height = 1, .width = 2, .depth = 8, .colour_type = 4, .samples = samples};
  uint8_t pixels[4];
  mcnn_shape shape;
  int transparent;
  size_t size;
  unsigned char *const data = test_png_make(&png, &size);
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    decode_with(kinds[i], data, size, pixels, &shape, &transparent);
    assert_int_equal(shape.channels, 1);
    assert_false(transparent);
    assert_true(pixels[0] == 7 && pixels[1] == 9);
  }
  free(data);
}

/* A palette entry or a gray value that a tRNS chunk makes transparent. */
static void transparent_colours_are_composited(void **state) {
  static const uint8_t palette[2][3] = {{1, 2, 3}, {40, 50, 60}};
  static const unsigned char clear_first[1] = {0}, clear_1[2] = {0, 1};
  const uint16_t samples[2] = {0, 1};
  const test_png with_palette = {.height = 1,
                                 .width = 2,
                                 .depth = 8,
                                 .colour_type = 3,
                                 .samples = samples,
                                 .palette = palette[0],
                                 .palette_size = 2,
                                 .extra_type = "tRNS",
                                 .extra = clear_first,
                                 .extra_size = sizeof clear_first};
  const test_png gray = {.height = 1,
                         .width = 2,
                         .depth = 8,
                         .samples = samples,
                         .extra_type = "tRNS",
                         .extra = clear_1,
                         .extra_size = sizeof clear_1};
  uint8_t pixels[8];
  mcnn_shape shape;
  int transparent;
  size_t size;
  (void)state;
  unsigned char *data = test_png_make(&with_palette, &size);
  decode_with(MCNN_ALPHA_COMPOSITE, data, size, pixels, &shape, &transparent);
  assert_int_equal(shape.channels, 3);
  assert_memory_equal(pixels, "\377\377\377\50\62\74", 6);
  free(data);
  data = test_png_make(&gray, &size);
  decode_with(MCNN_ALPHA_COMPOSITE, data, size, pixels, &shape, &transparent);
  assert_int_equal(shape.channels, 1);
  assert_true(transparent);
  assert_memory_equal(pixels, "\0\377", 2);
  free(data);
}

/* White strokes would not be seen on white. */
static void white_strokes_get_a_black_ground(void **state) {
  uint16_t samples[2 * 100];
  uint8_t pixels[100];
  mnistcnn_shape shape;
  size_t size;
  (void)state;
  for (int i = 0; i < 100; i++) {
    samples[2 * i] = 255;
    samples[2 * i + 1] = i < 30 ? 255 : 0;
  }
  const test_png png = {
      .height = 10, .width = 10, .depth = 8, .colour_type = 4, .samples = samples};
  unsigned char *const data = test_png_make(&png, &size);
  assert_int_equal(mnistcnn_image_decode_memory(data, size, 0, pixels, 100, &shape), MNISTCNN_OK);
  assert_int_equal(shape.channels, 1);
  assert_true(pixels[0] == 255 && pixels[99] == 0);
  free(data);
}

/* A file that ends anywhere, or says of a chunk that it is longer than the file, tells nothing that
 * is not there. */
static void truncated_files_are_no_trap(void **state) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  const uint16_t samples[2] = {1, 2};
  const test_png png = {.height = 1, .width = 2, .depth = 8, .samples = samples};
  mcnn_image_decoder *decoder;
  uint8_t *decoded;
  mcnn_shape shape;
  size_t size;
  unsigned char *const data = test_png_make(&png, &size);
  (void)state;
  assert_int_equal(mcnn_image_decoder_create(&alloc, MCNN_ALPHA_COMPOSITE, &decoder), MNISTCNN_OK);
  for (size_t cut = 0; cut < size; cut++) {
    unsigned char *const copy = malloc(cut + 1);
    const mcnn_image_file file = {copy, cut, "x"};
    memcpy(copy, data, cut);
    assert_int_equal(mcnn_image_decode(decoder, &file, &decoded, &shape), MNISTCNN_FORMAT);
    free(copy);
  }
  memset(data + 33, 0xFF, 4); /* the length of the chunk after the header */
  memcpy(data + 37, "teXt", 4);
  const mcnn_image_file file = {data, size, "x"};
  assert_int_equal(mcnn_image_decode(decoder, &file, &decoded, &shape), MNISTCNN_FORMAT);
  mcnn_image_decoder_free(decoder);
  free(data);
}

/* --- folders of images ------------------------------------------------------------------------ */

typedef struct fixture {
  char folder[TEST_PATH], path[TEST_PATH];
  mnistcnn_dataset_options options;
  char log[2048];
} fixture;

static void note_log(int32_t level, const char *message, void *user) {
  fixture *const f = user;
  (void)level;
  (void)snprintf(f->log + strlen(f->log), sizeof f->log - strlen(f->log), "%s\n", message);
}

static int set_up(void **state) {
  fixture *const f = calloc(1, sizeof *f);
  test_folder_create(f->folder);
  f->options = (mnistcnn_dataset_options)MNISTCNN_DATASET_OPTIONS_INIT;
  f->options.log = note_log;
  f->options.user = f;
  *state = f;
  return 0;
}

static int tear_down(void **state) {
  fixture *const f = *state;
  test_folder_remove(f->folder);
  free(f);
  return 0;
}

/* An upright bar of ink on its ground, of so many channels (2: with alpha, the ground clear). */
static void write_bar(const fixture *f, const char *name, uint32_t side, uint32_t channels,
                      uint16_t ink, uint16_t ground) {
  uint16_t *const samples = calloc((size_t)side * side * channels, sizeof *samples);
  size_t size;
  for (uint32_t i = 0; i < side * side; i++) {
    const int is_ink = i % side >= side * 13 / 28 && i % side < side * 15 / 28 &&
                       i / side >= side / 7 && i / side < side * 6 / 7;
    samples[i * channels] = is_ink ? ink : ground;
    for (uint32_t c = 1; c < channels; c++)
      samples[i * channels + c] = channels == 2 ? (is_ink ? 255 : 0) : is_ink ? ink / 2 : ground;
  }
  const test_png png = {.height = side,
                        .width = side,
                        .depth = 8,
                        .colour_type = channels == 1   ? 0
                                       : channels == 2 ? 4
                                                       : 2,
                        .samples = samples};
  unsigned char *const data = test_png_make(&png, &size);
  test_write(f->folder, name, data, size);
  free(data);
  free(samples);
}

/* Two classes of one image each: NAME/a/x.png and NAME/b/x.png. */
static void write_set(const fixture *f, const char *name, uint32_t side, uint32_t channels) {
  char file[TEST_PATH];
  (void)snprintf(file, sizeof file, "%s/a/x.png", name);
  write_bar(f, file, side, channels, 0, channels == 2 ? 0 : 255);
  (void)snprintf(file, sizeof file, "%s/b/x.png", name);
  write_bar(f, file, side, channels, 0, channels == 2 ? 0 : 255);
}

/* Loads folder/NAME as 28 x 28, gray, with this preparation (NULL: the options' own). */
static mnistcnn_dataset *load(fixture *f, const char *name, const mnistcnn_preparation *how) {
  mnistcnn_dataset *dataset;
  f->options.height = f->options.width = SIDE;
  f->options.channels = 1;
  f->options.preparation = how;
  test_join(f->path, f->folder, name);
  assert_int_equal(mnistcnn_dataset_load_folder(f->path, &f->options, &dataset), MNISTCNN_OK);
  return dataset;
}

static mnistcnn_model *new_model(const mnistcnn_preparation *how) {
  mnistcnn_model_options options = MNISTCNN_MODEL_OPTIONS_INIT;
  mnistcnn_model *model;
  options.input_channels = 1;
  options.num_classes = 2;
  options.architecture = "maxpool 14, flatten, dense 2 softmax";
  options.preparation = how;
  assert_int_equal(mnistcnn_model_create(&options, &model), MNISTCNN_OK);
  return model;
}

static mnistcnn_status train(mnistcnn_model *model, const mnistcnn_dataset *data,
                             const mnistcnn_dataset *validation) {
  mnistcnn_train_options options = MNISTCNN_TRAIN_OPTIONS_INIT;
  options.epochs = 1;
  return mnistcnn_train(model, data, validation, &options, NULL);
}

static mnistcnn_status evaluate(const mnistcnn_model *model, const mnistcnn_dataset *data) {
  mnistcnn_metrics metrics = {.struct_size = sizeof metrics};
  return mnistcnn_evaluate(model, data, NULL, &metrics);
}

static void assert_refused(mnistcnn_status status, const char *member) {
  assert_int_equal(status, MNISTCNN_SHAPE_MISMATCH);
  if (!strstr(mnistcnn_last_error(), member) ||
      !strstr(mnistcnn_last_error(), "mnistcnn_model_set_preparation()"))
    fail_msg("%s", mnistcnn_last_error());
}

static mnistcnn_preparation digits(void) {
  mnistcnn_preparation how = MNISTCNN_PREPARATION_INIT;
  how.prepare = MNISTCNN_PREPARE_DIGIT;
  return how;
}

/* --- adopting --------------------------------------------------------------------------------- */

/* A new model takes what its training set was prepared with, and its own numbers; from then on it
 * takes nothing else. */
static void a_new_model_adopts_it(void **state) {
  fixture *const f = *state;
  mnistcnn_preparation how = digits();
  how.polarity = MNISTCNN_POLARITY_DARK_ON_LIGHT;
  how.mean[0] = 0.5f; /* none of the images' business */
  write_set(f, "set", 50, 1);
  mnistcnn_dataset *const data = load(f, "set", &how), *const plain = load(f, "set", NULL);
  mnistcnn_model *const model = new_model(NULL);
  assert_int_equal(evaluate(model, plain), MNISTCNN_OK); /* it has nothing to compare with yet */
  assert_int_equal(train(model, data, NULL), MNISTCNN_OK);
  assert_int_equal(model->preparation.prepare, MNISTCNN_PREPARE_DIGIT);
  assert_int_equal(model->preparation.polarity, MNISTCNN_POLARITY_DARK_ON_LIGHT);
  assert_true(model->preparation.mean[0] == 0);
  assert_refused(train(model, plain, NULL), "\"prepare\" differs");
  assert_refused(train(model, data, plain), "validation");
  assert_refused(evaluate(model, plain), "evaluation");
  assert_int_equal(evaluate(model, data), MNISTCNN_OK);
  mnistcnn_model_free(model);
  mnistcnn_dataset_free(data);
  mnistcnn_dataset_free(plain);
}

/* Whose preparation was said, or who was trained on images that say nothing, adopts nothing. */
static void others_keep_theirs(void **state) {
  fixture *const f = *state;
  const mnistcnn_preparation none = MNISTCNN_PREPARATION_INIT, how = digits();
  static const uint8_t pixels[2 * PIXELS] = {1};
  static const int32_t labels[2] = {0, 1};
  mnistcnn_dataset *memory;
  write_set(f, "set", 50, 1);
  mnistcnn_dataset *const data = load(f, "set", &how);
  mnistcnn_model *said = new_model(&none), *trained = new_model(NULL);
  assert_refused(train(said, data, NULL), "\"prepare\" differs");
  assert_int_equal(said->preparation.prepare, MNISTCNN_PREPARE_NONE);
  assert_int_equal(mnistcnn_dataset_create_borrow(
                       LABELLED(pixels, labels, 2, SIDE, SIDE, 1, 2, NULL), NULL, &memory),
                   MNISTCNN_OK);
  assert_int_equal(train(trained, memory, NULL), MNISTCNN_OK);
  assert_int_equal(trained->preparation.prepare, MNISTCNN_PREPARE_NONE);
  assert_refused(train(trained, data, NULL), "\"prepare\" differs");
  assert_int_equal(mnistcnn_model_set_preparation(trained, &how), MNISTCNN_OK);
  assert_int_equal(train(trained, data, memory), MNISTCNN_OK);
  assert_int_equal(evaluate(trained, memory), MNISTCNN_OK);
  mnistcnn_model_free(said);
  mnistcnn_model_free(trained);
  mnistcnn_dataset_free(data);
  mnistcnn_dataset_free(memory);
}

/* A new model has neither preparation nor names to compare with: the training set has. */
static void a_validation_set_must_fit_the_training_set(void **state) {
  fixture *const f = *state;
  const mnistcnn_preparation how = digits();
  mnistcnn_cost cost = {.struct_size = sizeof cost};
  write_set(f, "set", 50, 1);
  write_bar(f, "other/a/x.png", 50, 1, 0, 255);
  write_bar(f, "other/B/x.png", 50, 1, 0, 255);
  mnistcnn_dataset *const data = load(f, "set", &how), *const plain = load(f, "set", NULL);
  mnistcnn_dataset *const names = load(f, "other", &how);
  mnistcnn_model *const model = new_model(NULL);
  assert_refused(train(model, data, plain), "the validation images were prepared otherwise");
  assert_int_equal(train(model, data, names), MNISTCNN_SHAPE_MISMATCH);
  assert_string_equal(mnistcnn_last_error(), "class 0 is \"B\" in the validation dataset and \"a\" "
                                             "in the training dataset");
  assert_int_equal(mnistcnn_model_train_cost(model, data, names, NULL, &cost),
                   MNISTCNN_SHAPE_MISMATCH);
  assert_int_equal(model->preparation.prepare, MNISTCNN_PREPARE_NONE); /* nothing was adopted */
  assert_null(model->class_names);
  assert_int_equal(train(model, data, data), MNISTCNN_OK);
  mnistcnn_model_free(model);
  mnistcnn_dataset_free(data);
  mnistcnn_dataset_free(plain);
  mnistcnn_dataset_free(names);
}

/* --- resuming --------------------------------------------------------------------------------- */

/* Trains for two epochs with a checkpoint after the first, `before` it as it is saved; the model
 * that it is resumed to. */
static mnistcnn_model *resumed(const fixture *f, mnistcnn_model *model,
                               const mnistcnn_dataset *data,
                               void (*before)(mnistcnn_model *model)) {
  mnistcnn_train_options options = MNISTCNN_TRAIN_OPTIONS_INIT;
  mnistcnn_resume_options resume = MNISTCNN_RESUME_OPTIONS_INIT;
  mnistcnn_trainer *trainer;
  mnistcnn_model *end;
  char path[TEST_PATH];
  test_join(path, f->folder, "checkpoint");
  options.epochs = 2;
  assert_int_equal(mnistcnn_trainer_create(model, data, NULL, &options, &trainer), MNISTCNN_OK);
  assert_int_equal(mnistcnn_trainer_step(trainer, NULL), MNISTCNN_OK);
  const mnistcnn_preparation kept = model->preparation;
  if (before)
    before(model);
  assert_int_equal(mnistcnn_trainer_save_file(trainer, path), MNISTCNN_OK);
  model->preparation = kept;
  while (!mnistcnn_trainer_finished(trainer))
    assert_int_equal(mnistcnn_trainer_step(trainer, NULL), MNISTCNN_OK);
  mnistcnn_trainer_free(trainer);
  resume.path = path;
  assert_int_equal(mnistcnn_train_resume(&resume, data, NULL, &end, NULL), MNISTCNN_OK);
  return end;
}

/* As Keras drops alpha, which version 1 can express: the resumed model is the same although its
 * images were loaded with other options, as they are opaque. */
static void resuming_changes_nothing(void **state) {
  fixture *const f = *state;
  mnistcnn_preparation drop = MNISTCNN_PREPARATION_INIT;
  drop.alpha = MNISTCNN_ALPHA_DROP;
  write_set(f, "set", SIDE, 1);
  mnistcnn_dataset *const data = load(f, "set", NULL);
  mnistcnn_model *const model = new_model(&drop), *const end = resumed(f, model, data, NULL);
  assert_memory_equal(&model->preparation, &end->preparation, sizeof end->preparation);
  mnistcnn_model_free(model);
  mnistcnn_model_free(end);
  mnistcnn_dataset_free(data);
}

static void as_version_1(mnistcnn_model *model) {
  model->preparation.prepare = MNISTCNN_PREPARE_NONE;
  model->preparation.alpha = MNISTCNN_ALPHA_DROP;
}

/* When checkpoints could not say so, their images could be digits all the same. */
static void an_old_checkpoint_learns_it_from_its_images(void **state) {
  fixture *const f = *state;
  const mnistcnn_preparation how = digits();
  write_set(f, "set", 50, 1);
  mnistcnn_dataset *const data = load(f, "set", &how);
  mnistcnn_model *const model = new_model(NULL);
  mnistcnn_model *const end = resumed(f, model, data, as_version_1);
  assert_int_equal(end->preparation.prepare, MNISTCNN_PREPARE_DIGIT);
  assert_int_equal(end->preparation.alpha, MNISTCNN_ALPHA_COMPOSITE);
  mnistcnn_model_free(model);
  mnistcnn_model_free(end);
  mnistcnn_dataset_free(data);
}

/* --- what makes no difference ----------------------------------------------------------------- */

/* Only images that were resized differ by how, and only transparent ones by their alpha. */
static void what_made_no_difference_is_no_difference(void **state) {
  fixture *const f = *state;
  mnistcnn_preparation nearest = MNISTCNN_PREPARATION_INIT, drop = MNISTCNN_PREPARATION_INIT;
  const mnistcnn_preparation defaults = MNISTCNN_PREPARATION_INIT;
  nearest.resize = MNISTCNN_RESIZE_NEAREST;
  drop.alpha = MNISTCNN_ALPHA_DROP;
  write_set(f, "same", SIDE, 1);
  write_set(f, "large", 50, 1);
  write_set(f, "clear", SIDE, 2);
  mnistcnn_model *const model = new_model(&defaults);
  const struct {
    const char *set;
    const mnistcnn_preparation *how;
    const char *member; /* NULL: none differs */
  } cases[] = {{"same", &nearest, NULL},
               {"same", &drop, NULL},
               {"large", &nearest, "\"resize\" differs"},
               {"large", &drop, NULL},
               {"clear", &nearest, NULL},
               {"clear", &drop, "\"alpha\" differs"},
               {"clear", &defaults, NULL}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    mnistcnn_dataset *const data = load(f, cases[i].set, cases[i].how);
    if (cases[i].member)
      assert_refused(evaluate(model, data), cases[i].member);
    else
      assert_int_equal(evaluate(model, data), MNISTCNN_OK);
    mnistcnn_dataset_free(data);
  }
  mnistcnn_model_free(model);
}

static void black_on_transparent_is_black_on_white(void **state) {
  fixture *const f = *state;
  mnistcnn_preparation drop = MNISTCNN_PREPARATION_INIT;
  drop.alpha = MNISTCNN_ALPHA_DROP;
  write_set(f, "white", SIDE, 1);
  write_set(f, "clear", SIDE, 2);
  mnistcnn_dataset *const white = load(f, "white", NULL), *const clear = load(f, "clear", NULL),
                          *const keras = load(f, "clear", &drop);
  static const uint8_t black[PIXELS];
  assert_memory_equal(mcnn_dataset_image(white, 0), mcnn_dataset_image(clear, 0), PIXELS);
  assert_memory_equal(mcnn_dataset_image(keras, 0), black, PIXELS);
  mnistcnn_dataset_free(white);
  mnistcnn_dataset_free(clear);
  mnistcnn_dataset_free(keras);
}

/* --- what is said ----------------------------------------------------------------------------- */

static void colour_that_becomes_gray_is_said_once(void **state) {
  fixture *const f = *state;
  const mnistcnn_preparation how = digits();
  write_set(f, "set", 50, 3);
  write_bar(f, "set/a/gray.png", 50, 1, 0, 255);
  write_bar(f, "set/a/rgb-but-gray.png", 50, 3, 0, 255);
  mnistcnn_dataset_free(load(f, "set", NULL));
  assert_string_equal(f->log, ""); /* black is black in every channel */
  write_bar(f, "set/a/red.png", 50, 3, 200, 0);
  write_bar(f, "set/b/red.png", 50, 3, 200, 0);
  mnistcnn_dataset_free(load(f, "set", NULL));
  assert_non_null(strstr(f->log, "set: 2 of 6 images have colour and became gray (with 3 channels "
                                 "they keep it)\n"));
  assert_ptr_equal(strchr(f->log, '\n'), strrchr(f->log, '\n'));
  f->log[0] = '\0';
  mnistcnn_dataset_free(load(f, "set", &how)); /* of digits the colour is no loss */
  assert_string_equal(f->log, "");
}

/* Images that look prepared but show no digit are left as they are; larger ones count as broken. */
static void what_looks_prepared_is_not_refused(void **state) {
  fixture *const f = *state;
  const mnistcnn_preparation how = digits();
  uint8_t blot[PIXELS] = {0};
  mnistcnn_dataset *dataset;
  for (int y = 5; y < 23; y++)
    memset(blot + y * SIDE + 5, 200, 18);
  write_set(f, "set", 50, 1);
  test_join(f->path, f->folder, "set/a/blot.png");
  assert_int_equal(mnistcnn_image_save_png(IMAGE(blot, SIDE, SIDE, 1), f->path), MNISTCNN_OK);
  dataset = load(f, "set", &how);
  assert_int_equal(mnistcnn_dataset_num_images(dataset), 3);
  assert_memory_equal(mnistcnn_dataset_image(dataset, 0), blot, PIXELS);
  mnistcnn_dataset_free(dataset);
  for (int i = 0; i < PIXELS; i++) /* dark on light it is a blot and no image of MNIST's form */
    blot[i] = (uint8_t)(255 - blot[i]);
  test_join(f->path, f->folder, "set/a/blot.png");
  assert_int_equal(mnistcnn_image_save_png(IMAGE(blot, SIDE, SIDE, 1), f->path), MNISTCNN_OK);
  test_join(f->path, f->folder, "set");
  assert_int_equal(mnistcnn_dataset_load_folder(f->path, &f->options, &dataset), MNISTCNN_FORMAT);
  assert_non_null(strstr(mnistcnn_last_error(), "a/blot.png: shows no digit: "));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(transparent_images_are_composited),
      cmocka_unit_test(opaque_alpha_leaves_no_trace),
      cmocka_unit_test(transparent_colours_are_composited),
      cmocka_unit_test(white_strokes_get_a_black_ground),
      cmocka_unit_test(truncated_files_are_no_trap),
#define WITH_FOLDER(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
      WITH_FOLDER(a_new_model_adopts_it),
      WITH_FOLDER(others_keep_theirs),
      WITH_FOLDER(a_validation_set_must_fit_the_training_set),
      WITH_FOLDER(resuming_changes_nothing),
      WITH_FOLDER(an_old_checkpoint_learns_it_from_its_images),
      WITH_FOLDER(what_made_no_difference_is_no_difference),
      WITH_FOLDER(black_on_transparent_is_black_on_white),
      WITH_FOLDER(colour_that_becomes_gray_is_said_once),
      WITH_FOLDER(what_looks_prepared_is_not_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
