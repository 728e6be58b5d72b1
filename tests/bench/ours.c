#include "ours.h"
#include "image_args.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_BYTES = 4096, KEY_BYTES = 4096, CLASSES = 10, PREDICTED_IMAGES = 10000, EPOCHS = 1000 };
/* Figures are of early training: a trainer starts afresh after one epoch of MNIST at batch 32. */
enum { STEPS_BEFORE_RESTART = 1875 };
/* Predictions are those of a model that has learnt something: in a fresh one other units are dead.
 */
enum { STEPS_BEFORE_PREDICTING = 200 };
static const double seconds_before_predicting = 2;

typedef struct bench_setup {
  size_t height, width, channels, classes, batch, threads, epochs;
  int colour, bytes, reduced, categorical;
  char isa[16], augment[16], architecture[2048];
} bench_setup;

/* What one kind of request works with; kept, so that its next sample goes on where this one ended.
 */
struct bench_work {
  struct bench_work *next;
  char key[KEY_BYTES];
  bench_setup setup;
  mnistcnn_dataset *dataset;
  mnistcnn_model *model;
  mnistcnn_trainer *trainer;
  size_t steps;
  mnistcnn_workspace *workspace;
  float *floats;   /* the images as intensities */
  uint8_t *pixels; /* and as bytes, one after the other */
  float *probabilities;
  size_t images, at;
};

int ours_failed(bench_answer *answer) {
  snprintf(answer->note, sizeof answer->note, "%s", mnistcnn_last_error());
  return 0;
}

/* A request has "+" for the spaces of an architecture. */
static void take_architecture(const bench_request *request, bench_setup *setup) {
  snprintf(setup->architecture, sizeof setup->architecture, "%s", bench_text(request, "arch", ""));
  for (char *c = setup->architecture; *c; c++)
    *c = *c == '+' ? ' ' : *c;
}

static bench_setup setup_of(const bench_request *request) {
  const size_t size = bench_number(request, "size", 28);
  bench_setup setup = {
      .height = bench_number(request, "height", size),
      .width = bench_number(request, "width", size),
      .classes = bench_number(request, "classes", CLASSES),
      .channels = bench_number(request, "channels", 1),
      .batch = bench_number(request, "batch", 32),
      .threads = bench_number(request, "threads", 1),
      .epochs = bench_number(request, "epochs", 4),
      .colour = bench_number(request, "colour", 0) != 0,
      .bytes = bench_number(request, "u8", 0) != 0,
      .reduced = bench_number(request, "reduced", 0) != 0,
      .categorical = strcmp(bench_text(request, "loss", ""), "categorical") == 0,
  };
  take_architecture(request, &setup);
  snprintf(setup.isa, sizeof setup.isa, "%s", bench_text(request, "isa", "auto"));
  snprintf(setup.augment, sizeof setup.augment, "%s", bench_text(request, "augment", ""));
  return setup;
}

/* --- images ----------------------------------------------------------------------------------- */

static mnistcnn_dataset *dataset_of(const char *folder, const bench_setup *setup) {
  char images[PATH_BYTES];
  char labels[PATH_BYTES];
  const size_t size = setup->architecture[0] ? 28 : setup->height;
  mnistcnn_dataset *gray = NULL;
  snprintf(images, sizeof images, "%s/images-%zu.idx", folder, size);
  snprintf(labels, sizeof labels, "%s/labels-%zu.idx", folder, size);
  if (mnistcnn_dataset_load_idx(images, labels, NULL, &gray) ||
      (!setup->colour && !setup->architecture[0]))
    return gray;
  mnistcnn_dataset *const made =
      setup->architecture[0]
          ? ours_scaled_dataset(gray, setup->height, setup->width, setup->channels, setup->classes)
          : ours_coloured_dataset(gray, setup->height);
  mnistcnn_dataset_free(gray);
  return made;
}

/* --- training --------------------------------------------------------------------------------- */

static int create_model(bench_work *work) {
  mnistcnn_model_options options;
  mnistcnn_model_options_init(&options, sizeof options);
  options.input_height = (uint32_t)work->setup.height;
  options.input_width = (uint32_t)work->setup.width;
  options.input_channels = (uint32_t)work->setup.channels;
  options.num_classes = (uint32_t)work->setup.classes;
  options.architecture = work->setup.architecture[0] ? work->setup.architecture : NULL;
  return mnistcnn_model_create(&options, &work->model) == MNISTCNN_OK;
}

/* The augmentation of a preset for so many epochs, and nothing else of it. */
static int take_augmentation(const bench_setup *setup, mnistcnn_train_options *options) {
  mnistcnn_train_options from;
  if (mnistcnn_train_options_preset(&from, sizeof from, setup->augment, (uint32_t)setup->epochs))
    return 0;
  options->augment = from.augment;
  options->horizontal_flip = from.horizontal_flip;
  options->rotation = from.rotation;
  options->shear = from.shear;
  options->zoom = from.zoom;
  options->shift = from.shift;
  options->elastic_pixels = from.elastic_pixels;
  options->dilate = from.dilate;
  return 1;
}

static int create_trainer(bench_work *work, size_t batch, size_t threads) {
  mnistcnn_train_options options;
  mnistcnn_train_options_init(&options, sizeof options);
  if (work->setup.augment[0] && !take_augmentation(&work->setup, &options))
    return 0;
  if (work->setup.categorical)
    options.loss = MNISTCNN_LOSS_CATEGORICAL_CROSS_ENTROPY;
  options.epochs = EPOCHS;
  options.batch_size = (uint32_t)batch;
  options.num_threads = (uint32_t)threads;
  work->steps = 0;
  return mnistcnn_trainer_create(work->model, work->dataset, NULL, &options, &work->trainer) ==
         MNISTCNN_OK;
}

static void stop_training(bench_work *work) {
  mnistcnn_trainer_free(work->trainer);
  work->trainer = NULL;
}

static int start_training(bench_work *work) {
  stop_training(work);
  mnistcnn_model_free(work->model);
  work->model = NULL;
  return create_model(work) && !mnistcnn_model_set_instruction_set(work->model, work->setup.isa) &&
         create_trainer(work, work->setup.batch, work->setup.threads);
}

static int train_step(void *context) {
  bench_work *const work = context;
  if (work->steps == STEPS_BEFORE_RESTART && !start_training(work))
    return 0;
  work->steps++;
  return mnistcnn_trainer_step(work->trainer, NULL) == MNISTCNN_OK;
}

/* --- prediction ------------------------------------------------------------------------------- */

static int train_a_little(bench_work *work) {
  const double until = bench_now() + seconds_before_predicting;
  int good = create_trainer(work, 32, 1);
  while (good && work->steps < STEPS_BEFORE_PREDICTING && bench_now() < until)
    good = train_step(work);
  stop_training(work);
  return good;
}

/* The dataset's first images in both forms, gray ones repeated for a model of three channels. */
static int lay_out_images(bench_work *work) {
  const size_t values = mnistcnn_model_num_inputs(work->model);
  const size_t repeat =
      work->setup.colour || work->setup.architecture[0] ? 1 : work->setup.channels;
  const size_t count = mnistcnn_dataset_num_images(work->dataset);
  work->images = count < PREDICTED_IMAGES ? count : PREDICTED_IMAGES;
  work->pixels = malloc(work->images * values);
  work->floats = malloc(work->images * values * sizeof *work->floats);
  work->probabilities =
      malloc(work->setup.batch * work->setup.classes * sizeof *work->probabilities);
  if (!work->pixels || !work->floats || !work->probabilities)
    return 0;
  for (size_t i = 0; i < work->images * values; i++) {
    const uint8_t *const image = mnistcnn_dataset_image(work->dataset, i / values);
    work->pixels[i] = image[i % values / repeat];
    work->floats[i] = (float)work->pixels[i] / 255.0f;
  }
  return work->setup.batch <= work->images;
}

static int start_prediction(bench_work *work) {
  mnistcnn_workspace_options options;
  mnistcnn_workspace_options_init(&options, sizeof options);
  options.num_threads = (uint32_t)work->setup.threads;
  options.precision = work->setup.reduced ? MNISTCNN_PRECISION_INT8 : MNISTCNN_PRECISION_FLOAT32;
  return create_model(work) && train_a_little(work) &&
         !mnistcnn_model_set_instruction_set(work->model, work->setup.isa) &&
         !mnistcnn_workspace_create(work->model, &options, &work->workspace) &&
         lay_out_images(work);
}

static int predict_batch(void *context) {
  bench_work *const work = context;
  const size_t batch = work->setup.batch;
  const size_t first = work->at * mnistcnn_model_num_inputs(work->model);
  const mnistcnn_status status =
      work->setup.bytes ? mnistcnn_predict_u8(work->model, work->workspace, work->pixels + first,
                                              batch * mnistcnn_model_num_inputs(work->model),
                                              work->probabilities, batch * work->setup.classes)
                        : mnistcnn_predict(work->model, work->workspace, work->floats + first,
                                           batch * mnistcnn_model_num_inputs(work->model),
                                           work->probabilities, batch * work->setup.classes);
  work->at = work->at + 2 * batch <= work->images ? work->at + batch : 0;
  return status == MNISTCNN_OK;
}

/* --- works ------------------------------------------------------------------------------------ */

static void free_work(bench_work *work) {
  stop_training(work);
  mnistcnn_workspace_free(work->workspace);
  mnistcnn_model_free(work->model);
  mnistcnn_dataset_free(work->dataset);
  free(work->floats);
  free(work->pixels);
  free(work->probabilities);
  free(work);
}

/* Whether an option says how to measure, not what. */
static int is_how(const char *option) {
  return strcmp(option, "seconds") == 0 || strcmp(option, "clock") == 0 ||
         strcmp(option, "steps") == 0 || strcmp(option, "fresh") == 0;
}

static void key_of(const bench_request *request, char key[KEY_BYTES]) {
  size_t length = (size_t)snprintf(key, KEY_BYTES, "%s", request->job);
  for (size_t i = 0; i < request->count && length < KEY_BYTES; i++) {
    if (!is_how(request->keys[i]))
      length += (size_t)snprintf(key + length, KEY_BYTES - length, " %s=%s", request->keys[i],
                                 request->values[i]);
  }
}

static bench_work *find_work(const ours_participant *self, const char *key) {
  bench_work *work = self->works;
  while (work && strcmp(work->key, key) != 0)
    work = work->next;
  return work;
}

static bench_work *make_work(ours_participant *self, const bench_request *request, const char *key,
                             int (*start)(bench_work *)) {
  bench_work *const work = calloc(1, sizeof *work);
  if (!work)
    return NULL;
  snprintf(work->key, sizeof work->key, "%s", key);
  work->setup = setup_of(request);
  work->dataset = dataset_of(self->folder, &work->setup);
  if (!work->dataset || !start(work)) {
    free_work(work);
    return NULL;
  }
  work->next = self->works;
  self->works = work;
  return work;
}

static int measure(ours_participant *self, const bench_request *request, int (*start)(bench_work *),
                   bench_call_fn call, bench_answer *answer) {
  char key[KEY_BYTES];
  key_of(request, key);
  bench_work *work = find_work(self, key);
  if (!work)
    work = make_work(self, request, key, start);
  if (!work)
    return ours_failed(answer);
  if (call == train_step && bench_number(request, "fresh", 0) && !start_training(work))
    return ours_failed(answer);
  const size_t steps = bench_number(request, "steps", 0);
  const double seconds =
      steps > 0 ? bench_seconds_of_calls(call, work, steps)
                : bench_seconds_per_call(call, work, bench_real(request, "seconds", 0.3));
  if (seconds < 0)
    return ours_failed(answer);
  answer->figure = seconds / (double)work->setup.batch * 1e6;
  snprintf(answer->note, sizeof answer->note, "%s", mnistcnn_model_instruction_set(work->model));
  return 1;
}

int ours_request(const bench_request *request, void *context, bench_answer *answer) {
  ours_participant *const self = context;
  if (strcmp(request->job, "train") == 0)
    return measure(self, request, start_training, train_step, answer);
  if (strcmp(request->job, "predict") == 0)
    return measure(self, request, start_prediction, predict_batch, answer);
  if (strcmp(request->job, "load") == 0)
    return ours_load(request, answer);
  if (strcmp(request->job, "job") == 0)
    return ours_whole_job(request, answer);
  return -1;
}

void ours_clear(ours_participant *self) {
  while (self->works) {
    bench_work *const first = self->works;
    self->works = first->next;
    free_work(first);
  }
}

int ours_split(const bench_request *request, void *context, bench_answer *answer,
               void (*start)(void),
               void (*describe)(double microseconds, double seconds, char *note, size_t capacity)) {
  const int made = ours_request(request, context, answer);
  if (made <= 0)
    return made;
  start();
  const double begin = bench_now();
  const int done = ours_request(request, context, answer);
  if (done > 0)
    describe(answer->figure, bench_now() - begin, answer->note, sizeof answer->note);
  return done;
}

int ours_serve_split(int argc, char **argv, const char *description, bench_job_fn job) {
  if (argc != 2) {
    fprintf(stderr, "usage: %s DATA_FOLDER\n", argv[0]);
    return EXIT_FAILURE;
  }
  ours_participant self = {.folder = argv[1]};
  const int status = bench_serve(description, job, &self);
  ours_clear(&self);
  return status;
}
