/* Shows how several threads use one model. A model that is not modified may be used by any number
 * of threads at once; each has its own workspace and predicts without locks or allocations.
 *
 *   many_threads MODEL.safetensors DIR
 *
 * Counts the images of the folder that the model classifies correctly; each thread takes every
 * fourth image.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mnistcnn.h>

enum { NUM_THREADS = 4, MAX_CLASSES = 1000 };

typedef struct job {
  const mnistcnn_model *model;     /* shared */
  const mnistcnn_dataset *dataset; /* shared */
  size_t first;
  size_t correct;
  char error[512]; /* "": no failure. Error messages are thread-local, so it is copied here. */
} job;

static void *work(void *argument) {
  job *const j = argument;
  const uint32_t classes = mnistcnn_model_num_classes(j->model);
  mnistcnn_workspace *workspace = NULL;
  float probabilities[MAX_CLASSES];
  uint32_t best = 0;

  mnistcnn_status status = mnistcnn_workspace_create(j->model, NULL, &workspace);
  for (size_t i = j->first; status == MNISTCNN_OK && i < mnistcnn_dataset_num_images(j->dataset);
       i += NUM_THREADS) {
    status = mnistcnn_predict_u8(j->model, workspace, mnistcnn_dataset_image(j->dataset, i),
                                 mnistcnn_model_num_inputs(j->model), probabilities, MAX_CLASSES);
    if (status == MNISTCNN_OK)
      status = mnistcnn_top_class(probabilities, classes, &best, NULL);
    if (status == MNISTCNN_OK && (int32_t)best == mnistcnn_dataset_label(j->dataset, i))
      j->correct++;
  }
  if (status != MNISTCNN_OK)
    snprintf(j->error, sizeof j->error, "%s", mnistcnn_last_error());
  mnistcnn_workspace_free(workspace);
  return NULL;
}

/* Runs the threads. Returns the number of correct predictions, or -1 after a message. */
static long count_correct(const mnistcnn_model *model, const mnistcnn_dataset *dataset) {
  pthread_t threads[NUM_THREADS];
  job jobs[NUM_THREADS];
  size_t started = 0;
  long correct = 0;

  for (; started < NUM_THREADS; started++) {
    jobs[started] = (job){.model = model, .dataset = dataset, .first = started};
    if (pthread_create(&threads[started], NULL, work, &jobs[started]) != 0)
      break;
  }
  if (started < NUM_THREADS) {
    fprintf(stderr, "many_threads: only %zu threads could be started\n", started);
    correct = -1;
  }
  for (size_t i = 0; i < started; i++) {
    pthread_join(threads[i], NULL);
    if (jobs[i].error[0] != '\0') {
      fprintf(stderr, "many_threads: %s\n", jobs[i].error);
      correct = -1;
    }
    if (correct >= 0)
      correct += (long)jobs[i].correct;
  }
  return correct;
}

/* Loads the images as the model takes them, all with as many channels as it has. */
static mnistcnn_status load_for(const mnistcnn_model *model, const char *path,
                                mnistcnn_dataset **dataset) {
  mnistcnn_dataset_options options;
  mnistcnn_shape input = {0, 0, 0};
  mnistcnn_status status = mnistcnn_dataset_options_for_model(&options, sizeof options, model);

  if (status == MNISTCNN_OK)
    status = mnistcnn_model_input_shape(model, &input);
  options.channels = input.channels;
  options.num_threads = NUM_THREADS;
  return status == MNISTCNN_OK ? mnistcnn_dataset_load_folder(path, &options, dataset) : status;
}

int main(int argc, char **argv) {
  mnistcnn_model *model = NULL;
  mnistcnn_dataset *dataset = NULL;
  long correct = -1;

  if (argc != 3) {
    fprintf(stderr, "usage: many_threads MODEL.safetensors DIR\n");
    return 2;
  }
  if (mnistcnn_model_load_file(argv[1], NULL, &model) == MNISTCNN_OK &&
      load_for(model, argv[2], &dataset) == MNISTCNN_OK)
    correct = count_correct(model, dataset);
  else
    fprintf(stderr, "many_threads: %s\n", mnistcnn_last_error());
  if (correct >= 0) {
    printf("%ld of %zu correct, with %d threads using one model\n", correct,
           mnistcnn_dataset_num_images(dataset), NUM_THREADS);
  }
  mnistcnn_dataset_free(dataset);
  mnistcnn_model_free(model);
  return correct >= 0 ? 0 : 1;
}
