#include "ours.h"

#include <stdio.h>
#include <string.h>

static mnistcnn_status load_folder(const char *path, size_t threads, mnistcnn_dataset **dataset) {
  mnistcnn_dataset_options options;
  mnistcnn_dataset_options_init(&options, sizeof options);
  options.num_threads = (uint32_t)threads;
  return mnistcnn_dataset_load_folder(path, &options, dataset);
}

int ours_load(const bench_request *request, bench_answer *answer) {
  mnistcnn_dataset *dataset = NULL;
  const double start = bench_now();
  if (load_folder(bench_text(request, "path", ""), bench_number(request, "threads", 1), &dataset))
    return ours_failed(answer);
  const size_t files = mnistcnn_dataset_num_images(dataset);
  answer->figure = (bench_now() - start) / (double)files * 1e6;
  snprintf(answer->note, sizeof answer->note, "%zu files", files);
  mnistcnn_dataset_free(dataset);
  return 1;
}

/* The tutorial's job from files to a saved model; notes how long its parts took. */
int ours_whole_job(const bench_request *request, bench_answer *answer) {
  const size_t threads = bench_number(request, "threads", 2);
  mnistcnn_dataset *training = NULL;
  mnistcnn_dataset *validation = NULL;
  mnistcnn_model *model = NULL;
  mnistcnn_train_options options;
  mnistcnn_model_options shape;
  mnistcnn_progress last = {.struct_size = sizeof last};
  const double start = bench_now();
  double loaded = start;
  int good = !mnistcnn_model_options_preset(&shape, sizeof shape, "tutorial") &&
             !mnistcnn_train_options_preset(&options, sizeof options, "tutorial",
                                            (uint32_t)bench_number(request, "epochs", 4)) &&
             !load_folder(bench_text(request, "train", ""), threads, &training) &&
             !load_folder(bench_text(request, "validation", ""), threads, &validation);
  if (good) {
    loaded = bench_now();
    options.num_threads = (uint32_t)threads;
    shape.input_channels = (uint32_t)bench_number(request, "channels", 1);
    good = !mnistcnn_model_create(&shape, &model) &&
           !mnistcnn_train(model, training, validation, &options, &last) &&
           !mnistcnn_model_save_file(model, bench_text(request, "save", ""));
  }
  answer->figure = bench_now() - start;
  if (good)
    snprintf(answer->note, sizeof answer->note,
             "loading %.2f s, training and validation %.2f s, accuracy %.4f", loaded - start,
             answer->figure - (loaded - start), last.validation_accuracy);
  else
    ours_failed(answer);
  mnistcnn_model_free(model);
  mnistcnn_dataset_free(validation);
  mnistcnn_dataset_free(training);
  return good;
}
