/* Shows how to follow a training, cancel it and resume it later as if it had not been interrupted.
 *
 *   progress_cancel_resume TRAIN_DIR CHECKPOINT
 *
 * Trains the same small network twice: without interruption, and cancelled in the middle of the
 * first epoch and resumed from the checkpoint. The weights are the same, byte for byte.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mnistcnn.h>

static const char architecture[] =
    "conv 4 5x5 relu, maxpool 4, flatten, dense 16 relu, dense classes softmax";

/* Called after each step; a non-zero return value cancels training. A signal handler or
 * another thread does the same with mnistcnn_monitor_cancel() or mnistcnn_trainer_cancel(). */
static int32_t watch(const mnistcnn_progress *progress, void *user) {
  const uint64_t *const stop_at_step = user;

  if (progress->event == MNISTCNN_EVENT_EPOCH_END) {
    printf("epoch %" PRIu32 "/%" PRIu32 ": loss %.4f, accuracy %.4f, %.1f s\n", progress->epoch,
           progress->epochs, progress->loss, progress->accuracy, progress->seconds);
  }
  return progress->event == MNISTCNN_EVENT_STEP && progress->step == *stop_at_step;
}

/* Writes `checkpoint` at the end of the training or when it is cancelled. */
static mnistcnn_status train(const mnistcnn_dataset *images, const char *checkpoint, uint64_t *stop,
                             mnistcnn_model **model) {
  mnistcnn_model_options model_options = MNISTCNN_MODEL_OPTIONS_INIT;
  mnistcnn_train_options options = MNISTCNN_TRAIN_OPTIONS_INIT;

  *model = NULL;
  options.epochs = 2;
  options.checkpoint_path = checkpoint;
  options.progress = watch;
  options.user = stop;
  model_options.input_channels = 1;
  model_options.num_classes = mnistcnn_dataset_num_classes(images);
  model_options.architecture = architecture;
  const mnistcnn_status status = mnistcnn_model_create(&model_options, model);
  return status == MNISTCNN_OK ? mnistcnn_train(*model, images, NULL, &options, NULL) : status;
}

/* Epochs, seed, optimiser state and all else come from the checkpoint. */
static mnistcnn_status resume(const mnistcnn_dataset *images, const char *checkpoint,
                              uint64_t *stop, mnistcnn_model **model) {
  mnistcnn_resume_options options = MNISTCNN_RESUME_OPTIONS_INIT;

  options.path = checkpoint;
  options.progress = watch;
  options.user = stop;
  return mnistcnn_train_resume(&options, images, NULL, model, NULL);
}

/* 1: the same bytes, 0: different, -1: failure. */
static int same_bytes(const mnistcnn_model *a, const mnistcnn_model *b) {
  size_t size = 0;
  size_t other_size = 0;
  int same = -1;

  if (mnistcnn_model_save_memory(a, NULL, 0, &size) != MNISTCNN_OK ||
      mnistcnn_model_save_memory(b, NULL, 0, &other_size) != MNISTCNN_OK)
    return -1;
  void *const bytes = malloc(size);
  void *const other = malloc(other_size);
  if (bytes && other && mnistcnn_model_save_memory(a, bytes, size, &size) == MNISTCNN_OK &&
      mnistcnn_model_save_memory(b, other, other_size, &other_size) == MNISTCNN_OK)
    same = size == other_size && memcmp(bytes, other, size) == 0;
  free(other);
  free(bytes);
  return same;
}

int main(int argc, char **argv) {
  mnistcnn_dataset *images = NULL;
  mnistcnn_model *straight = NULL;
  mnistcnn_model *stopped = NULL;
  mnistcnn_model *resumed = NULL;
  uint64_t never = 0;
  int same = -1;

  if (argc != 3) {
    fprintf(stderr, "usage: progress_cancel_resume TRAIN_DIR CHECKPOINT\n");
    return 2;
  }
  if (mnistcnn_dataset_load_folder(argv[1], NULL, &images) == MNISTCNN_OK &&
      train(images, argv[2], &never, &straight) == MNISTCNN_OK) {
    uint64_t stop = 1 + mnistcnn_dataset_num_images(images) / 32 / 2;
    if (train(images, argv[2], &stop, &stopped) == MNISTCNN_CANCELLED) {
      printf("stopped: %s; resuming\n", mnistcnn_last_error());
      if (resume(images, argv[2], &never, &resumed) == MNISTCNN_OK)
        same = same_bytes(straight, resumed);
    }
  }
  if (same == 1) {
    printf("the resumed model is identical to the uninterrupted one\n");
  } else {
    fprintf(stderr, "progress_cancel_resume: %s\n",
            same == 0 ? "the models differ" : mnistcnn_last_error());
  }
  mnistcnn_model_free(resumed);
  mnistcnn_model_free(stopped);
  mnistcnn_model_free(straight);
  mnistcnn_dataset_free(images);
  return same == 1 ? 0 : 1;
}
