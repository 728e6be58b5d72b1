/* Shows how to train the tutorial's network on folders of PNG files with one call, and save it.
 *
 *   train_folder TRAIN_DIR VALIDATION_DIR OUT.safetensors [EPOCHS]
 *
 * Each folder has one sub-folder per class with the PNG files of that class.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <mnistcnn.h>

/* Loads the images as the model of the preset takes them. */
static mnistcnn_status load(const char *path, mnistcnn_dataset **images) {
  mnistcnn_model_options model;
  mnistcnn_dataset_options options = MNISTCNN_DATASET_OPTIONS_INIT;
  mnistcnn_status status = mnistcnn_model_options_preset(&model, sizeof model, "tutorial");

  options.preparation = model.preparation;
  if (status == MNISTCNN_OK)
    status = mnistcnn_dataset_load_folder(path, &options, images);
  return status;
}

/* The preset is the recipe of the Keras script; its options can be changed. */
static mnistcnn_status fill_options(uint32_t epochs, mnistcnn_train_options *options) {
  const mnistcnn_status status =
      mnistcnn_train_options_preset(options, sizeof *options, "tutorial", epochs);

  if (status == MNISTCNN_OK)
    options->horizontal_flip = 0; /* mirrored digits are not digits */
  return status;
}

static mnistcnn_status train(const mnistcnn_dataset *images, const mnistcnn_dataset *validation,
                             uint32_t epochs, const char *out) {
  mnistcnn_model *model = NULL;
  mnistcnn_model_options model_options;
  mnistcnn_train_options train_options;
  mnistcnn_progress last = {.struct_size = sizeof last};
  mnistcnn_status status;

  status = mnistcnn_model_options_preset(&model_options, sizeof model_options, "tutorial");
  if (status == MNISTCNN_OK) {
    model_options.num_classes = mnistcnn_dataset_num_classes(images);
    status = mnistcnn_model_create(&model_options, &model);
  }
  if (status == MNISTCNN_OK)
    status = fill_options(epochs, &train_options);
  if (status == MNISTCNN_OK)
    status = mnistcnn_train(model, images, validation, &train_options, &last);
  if (status == MNISTCNN_OK)
    status = mnistcnn_model_save_file(model, out);
  if (status == MNISTCNN_OK) {
    printf("%zu images, %u epochs: loss %.4f, validation accuracy %.4f\n",
           mnistcnn_dataset_num_images(images), last.epoch, last.loss, last.validation_accuracy);
  }
  mnistcnn_model_free(model);
  return status;
}

int main(int argc, char **argv) {
  mnistcnn_dataset *images = NULL;
  mnistcnn_dataset *validation = NULL;
  mnistcnn_status status;

  if (argc != 4 && argc != 5) {
    fprintf(stderr, "usage: train_folder TRAIN_DIR VALIDATION_DIR OUT.safetensors [EPOCHS]\n");
    return 2;
  }
  const uint32_t epochs = argc == 5 ? (uint32_t)strtoul(argv[4], NULL, 10) : 0; /* 0: preset's */
  status = load(argv[1], &images);
  if (status == MNISTCNN_OK)
    status = load(argv[2], &validation);
  if (status == MNISTCNN_OK)
    status = train(images, validation, epochs, argv[3]);
  if (status != MNISTCNN_OK)
    fprintf(stderr, "train_folder: %s\n", mnistcnn_last_error());
  mnistcnn_dataset_free(validation);
  mnistcnn_dataset_free(images);
  return status == MNISTCNN_OK ? 0 : 1;
}
