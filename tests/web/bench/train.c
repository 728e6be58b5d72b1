/* Microseconds of a training step with the portable kernels, as train.mjs. */
#include <mnistcnn.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { COUNT = 3200, SIDE = 28 };

static uint32_t state = 1;

static uint32_t next(void) {
  state = state * 1664525u + 1013904223u;
  return state >> 24;
}

static void draw(uint8_t *pixels, uint32_t slant) {
  const uint32_t left = 4 + (next() & 7), top = 4 + (next() & 7), size = 6 + (next() & 7);

  for (uint32_t j = 0; j < size; j++)
    for (uint32_t k = 0; k < 3; k++)
      pixels[(top + j) * SIDE + left + ((j * slant) >> 3) + k] = 255;
}

static double seconds(void) {
  struct timespec now;

  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static double steps_done(const mnistcnn_progress *p) {
  return (double)((p->epoch - 1) * p->steps + p->step);
}

static void run(mnistcnn_trainer *trainer, double time, mnistcnn_progress *progress) {
  const double end = seconds() + time;

  do {
    if (mnistcnn_trainer_run(trainer, 0.2, progress) != MNISTCNN_OK)
      exit(EXIT_FAILURE);
  } while (seconds() < end);
}

int main(void) {
  static uint8_t pixels[COUNT * SIDE * SIDE];
  static int32_t labels[COUNT];
  mnistcnn_model_options model_options = MNISTCNN_MODEL_OPTIONS_INIT;
  mnistcnn_train_options options = MNISTCNN_TRAIN_OPTIONS_INIT;
  mnistcnn_labelled_images images = MNISTCNN_LABELLED_IMAGES_INIT;
  mnistcnn_progress progress = MNISTCNN_PROGRESS_INIT;
  mnistcnn_model *model = NULL;
  mnistcnn_dataset *data = NULL;
  mnistcnn_trainer *trainer = NULL;

  for (uint32_t i = 0; i < COUNT; i++) {
    draw(pixels + (size_t)i * SIDE * SIDE, i % 10);
    labels[i] = (int32_t)(i % 10);
  }
  model_options.input_channels = 1;
  images.num_classes = 10;
  images.pixels = pixels;
  images.size_bytes = sizeof pixels;
  images.labels = labels;
  images.count = COUNT;
  images.shape = (mnistcnn_shape){SIDE, SIDE, 1};
  options.epochs = 1000;
  if (mnistcnn_model_create(&model_options, &model) != MNISTCNN_OK ||
      mnistcnn_model_set_instruction_set(model, "portable") != MNISTCNN_OK ||
      mnistcnn_dataset_create_borrow(&images, NULL, &data) != MNISTCNN_OK ||
      mnistcnn_trainer_create(model, data, NULL, &options, &trainer) != MNISTCNN_OK)
    return fprintf(stderr, "%s\n", mnistcnn_last_error()), 1;
  run(trainer, 0.5, &progress);
  const double warm = steps_done(&progress), started = seconds();
  run(trainer, 2.0, &progress);
  printf("%.1f\n", 1e6 * (seconds() - started) / (steps_done(&progress) - warm));
  mnistcnn_trainer_free(trainer);
  mnistcnn_dataset_free(data);
  mnistcnn_model_free(model);
  return 0;
}
