#include "train/state.h"

/* --- where it stands -------------------------------------------------------------------------- */

uint64_t mcnn_steps_per_epoch(const mnistcnn_trainer *trainer) {
  const uint64_t images = mcnn_dataset_count(trainer->train_kept);
  return (images + trainer->options.batch_size - 1) / trainer->options.batch_size;
}

uint64_t mcnn_total_steps(const mnistcnn_trainer *trainer) {
  return mcnn_steps_per_epoch(trainer) * trainer->options.epochs;
}

uint64_t mcnn_global_step(const mnistcnn_trainer *trainer) {
  return trainer->state.epoch * mcnn_steps_per_epoch(trainer) + trainer->state.step;
}

int mcnn_train_finished(const mnistcnn_trainer *trainer) {
  return trainer->state.epoch == trainer->options.epochs || trainer->improvement.stopped;
}

size_t mcnn_input_pixels(const mnistcnn_trainer *trainer) {
  const mcnn_shape input = trainer->model->arch->input;
  return (size_t)input.height * input.width;
}

mcnn_loss mcnn_train_loss(const mnistcnn_trainer *trainer) {
  return (mcnn_loss){trainer->options.loss, trainer->options.label_smoothing,
                     trainer->model->arch->num_classes, trainer->model->arch->output,
                     trainer->class_weights};
}
