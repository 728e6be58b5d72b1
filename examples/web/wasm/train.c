/* Datasets and training, in slices of time, so that whoever calls is soon back in control. */
#include "exports.h"

#include "names.h"

mnistcnn_dataset *web_dataset_create(const uint8_t *pixels, const int32_t *labels, size_t count,
                                     uint32_t height, uint32_t width, uint32_t channels,
                                     const char *names, uint32_t classes) {
  mnistcnn_labelled_images images = MNISTCNN_LABELLED_IMAGES_INIT;
  web_names split = {NULL, NULL};
  mnistcnn_dataset *dataset = NULL;

  images.pixels = pixels;
  images.labels = labels;
  images.count = count;
  images.shape = (mnistcnn_shape){height, width, channels};
  images.size_bytes = count * height * width * channels;
  images.num_classes = classes;
  images.class_names = web_names_split(names, classes, &split) ? split.each : NULL;
  web_status = mnistcnn_dataset_create_copy(&images, NULL, &dataset);
  web_names_free(&split);
  return dataset;
}

mnistcnn_status web_dataset_split(const mnistcnn_dataset *dataset, double fraction, double seed,
                                  mnistcnn_dataset **first, mnistcnn_dataset **second) {
  return mnistcnn_dataset_split(dataset, fraction, (uint64_t)seed, first, second);
}

void web_dataset_free(mnistcnn_dataset *dataset) {
  mnistcnn_dataset_free(dataset);
}

size_t web_dataset_count(const mnistcnn_dataset *dataset) {
  return mnistcnn_dataset_num_images(dataset);
}

static mnistcnn_train_options options_of(const double *settings) {
  mnistcnn_train_options options = MNISTCNN_TRAIN_OPTIONS_INIT;

  options.epochs = (uint32_t)*settings++;
  options.batch_size = (uint32_t)*settings++;
  options.seed = (uint64_t)*settings++;
  options.learning_rate = (float)*settings++;
  options.loss = (int32_t)*settings++;
  options.optimizer = (int32_t)*settings++;
  options.schedule = (int32_t)*settings++;
  options.augment = (int32_t)*settings++;
  options.rotation = (float)*settings++;
  options.shear = (float)*settings++;
  options.zoom = (float)*settings++;
  options.shift = (float)*settings++;
  options.elastic_pixels = (float)*settings++;
  options.dilate = (float)*settings++;
  options.weight_decay = (float)*settings++;
  options.label_smoothing = (float)*settings++;
  options.ema_decay = (float)*settings++;
  options.balance_classes = (uint32_t)*settings++;
  options.warmup_fraction = (float)*settings++;
  options.final_lr_ratio = (float)*settings++;
  options.keep_best = (uint32_t)*settings++;
  options.no_augment_fraction = (float)*settings;
  return options;
}

mnistcnn_trainer *web_trainer_create(mnistcnn_model *model, const mnistcnn_dataset *train,
                                     const mnistcnn_dataset *validation, const double *settings) {
  const mnistcnn_train_options options = options_of(settings);
  mnistcnn_trainer *trainer = NULL;

  web_status = mnistcnn_trainer_create(model, train, validation, &options, &trainer);
  return trainer;
}

mnistcnn_status web_trainer_run(mnistcnn_trainer *trainer, double seconds, double *numbers) {
  mnistcnn_progress progress = MNISTCNN_PROGRESS_INIT;
  const mnistcnn_status status = mnistcnn_trainer_run(trainer, seconds, &progress);

  if (status != MNISTCNN_OK)
    return status;
  *numbers++ = progress.epoch;
  *numbers++ = progress.epochs;
  *numbers++ = (double)progress.step;
  *numbers++ = (double)progress.steps;
  *numbers++ = (double)progress.images_done;
  *numbers++ = (double)progress.images_total;
  *numbers++ = progress.loss;
  *numbers++ = progress.accuracy;
  *numbers++ = progress.validation_loss;
  *numbers++ = progress.validation_accuracy;
  *numbers++ = progress.learning_rate;
  *numbers++ = progress.event;
  *numbers = mnistcnn_trainer_finished(trainer);
  return MNISTCNN_OK;
}

mnistcnn_model *web_trainer_model(const mnistcnn_trainer *trainer) {
  mnistcnn_model *model = NULL;

  web_status = mnistcnn_trainer_model(trainer, &model);
  return model;
}

void web_trainer_free(mnistcnn_trainer *trainer) {
  mnistcnn_trainer_free(trainer);
}

mnistcnn_status web_evaluate(const mnistcnn_model *model, const mnistcnn_dataset *dataset,
                             double *numbers) {
  mnistcnn_evaluate_options options = MNISTCNN_EVALUATE_OPTIONS_INIT;
  mnistcnn_metrics metrics = MNISTCNN_METRICS_INIT;

  options.loss = MNISTCNN_LOSS_CATEGORICAL_CROSS_ENTROPY;
  const mnistcnn_status status = mnistcnn_evaluate(model, dataset, &options, &metrics);
  if (status != MNISTCNN_OK)
    return status;
  numbers[0] = (double)metrics.count;
  numbers[1] = (double)metrics.correct;
  numbers[2] = metrics.loss;
  numbers[3] = metrics.accuracy;
  return MNISTCNN_OK;
}
