/* Shows how to take a model of Keras, go on training it with images of your own, and take it back.
 *
 *   keras_train_on MODEL TRAIN_DIR VALIDATION_DIR OUT.keras [EPOCHS]
 *
 * MODEL is a .keras or .h5 file; the folders have one sub-folder of images for each of its classes.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <mnistcnn_exchange.h>

/* The library of models of other frameworks keeps its messages itself. */
static mnistcnn_status report(mnistcnn_status status, const char *message) {
  if (status != MNISTCNN_OK)
    fprintf(stderr, "keras_train_on: %s\n", message);
  return status;
}

/* What the file does not say and was assumed, such as how the input is encoded. */
static void print_note(int32_t level, const char *message, void *user) {
  (void)level;
  (void)user;
  printf("note: %s\n", message);
}

static mnistcnn_status import(const char *path, mnistcnn_model **model) {
  mnistcnn_import_options options = MNISTCNN_IMPORT_OPTIONS_INIT;

  options.path = path;
  options.log = print_note;
  return report(mnistcnn_import(&options, model), mnistcnn_exchange_last_error());
}

static mnistcnn_status export(const mnistcnn_model *model, const char *path) {
  mnistcnn_export_options options = MNISTCNN_EXPORT_OPTIONS_INIT;

  options.path = path;
  options.format = MNISTCNN_EXPORT_KERAS;
  return report(mnistcnn_export(model, &options), mnistcnn_exchange_last_error());
}

/* Loads the images as the model takes them. */
static mnistcnn_status load(const mnistcnn_model *model, const char *path,
                            mnistcnn_dataset **images) {
  mnistcnn_dataset_options options;
  mnistcnn_status status = mnistcnn_dataset_options_for_model(&options, sizeof options, model);

  if (status == MNISTCNN_OK)
    status = mnistcnn_dataset_load_folder(path, &options, images);
  return report(status, mnistcnn_last_error());
}

/* Small steps without augmentation, as the network has learnt before. */
static mnistcnn_status train_on(mnistcnn_model *model, const mnistcnn_dataset *images,
                                const mnistcnn_dataset *validation, uint32_t epochs) {
  mnistcnn_train_options options = MNISTCNN_TRAIN_OPTIONS_INIT;
  mnistcnn_metrics before = {.struct_size = sizeof before};
  mnistcnn_progress last = {.struct_size = sizeof last};
  mnistcnn_status status = mnistcnn_evaluate(model, validation, NULL, &before);

  options.epochs = epochs;
  options.loss = MNISTCNN_LOSS_CATEGORICAL_CROSS_ENTROPY;
  options.optimizer = MNISTCNN_OPTIMIZER_ADAM;
  options.learning_rate = 0.0005f;
  if (status == MNISTCNN_OK)
    status = mnistcnn_train(model, images, validation, &options, &last);
  if (status == MNISTCNN_OK)
    printf("accuracy %.4f before, %.4f after epoch %u\n", before.accuracy, last.validation_accuracy,
           last.epoch);
  return report(status, mnistcnn_last_error());
}

int main(int argc, char **argv) {
  mnistcnn_model *model = NULL;
  mnistcnn_dataset *images = NULL, *validation = NULL;

  if (argc != 5 && argc != 6) {
    fprintf(stderr, "usage: keras_train_on MODEL TRAIN_DIR VALIDATION_DIR OUT.keras [EPOCHS]\n");
    return 2;
  }
  const uint32_t epochs = argc == 6 ? (uint32_t)strtoul(argv[5], NULL, 10) : 2;
  mnistcnn_status status = import(argv[1], &model);
  if (status == MNISTCNN_OK)
    status = load(model, argv[2], &images);
  if (status == MNISTCNN_OK)
    status = load(model, argv[3], &validation);
  if (status == MNISTCNN_OK)
    status = train_on(model, images, validation, epochs);
  if (status == MNISTCNN_OK)
    status = export(model, argv[4]);
  mnistcnn_dataset_free(validation);
  mnistcnn_dataset_free(images);
  mnistcnn_model_free(model);
  return status == MNISTCNN_OK ? 0 : 1;
}
