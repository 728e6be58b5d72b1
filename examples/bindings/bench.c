/* The times of C for bench.mjs: bench_c MODEL IMAGES CALLS prints the microseconds of wall and of
 * processor time that a call takes. */
#include <mnistcnn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double wall_time(void) {
  struct timespec now;
  (void)timespec_get(&now, TIME_UTC);
  return 1e6 * (double)now.tv_sec + 1e-3 * (double)now.tv_nsec;
}

static double processor_time(void) {
  return 1e6 * (double)clock() / CLOCKS_PER_SEC;
}

/* The first call is not timed. */
static int measure(const mnistcnn_model *model, mnistcnn_workspace *workspace, size_t calls,
                   const uint8_t *pixels, size_t num_values, float *probabilities,
                   size_t capacity) {
  double wall = 0, processor = 0;
  for (size_t i = 0; i <= calls; i++) {
    if (i == 1) {
      wall = wall_time();
      processor = processor_time();
    }
    if (mnistcnn_predict_u8(model, workspace, pixels, num_values, probabilities, capacity) !=
        MNISTCNN_OK)
      return 1;
  }
  printf("%f %f\n", (wall_time() - wall) / (double)calls,
         (processor_time() - processor) / (double)calls);
  return 0;
}

static int measure_images(const mnistcnn_model *model, size_t images, size_t calls) {
  const size_t num_values = images * mnistcnn_model_num_inputs(model);
  const size_t capacity = images * mnistcnn_model_num_classes(model);
  uint8_t *pixels = malloc(num_values);
  float *probabilities = malloc(capacity * sizeof *probabilities);
  mnistcnn_workspace *workspace = NULL;
  int failed = !pixels || !probabilities ||
               mnistcnn_workspace_create(model, NULL, &workspace) != MNISTCNN_OK;
  for (size_t i = 0; !failed && i < num_values; i++)
    pixels[i] = (uint8_t)(i * 7);
  failed = failed || measure(model, workspace, calls, pixels, num_values, probabilities, capacity);
  mnistcnn_workspace_free(workspace);
  free(pixels);
  free(probabilities);
  return failed;
}

int main(int argc, char **argv) {
  mnistcnn_model *model = NULL;
  if (argc != 4) {
    fputs("usage: bench_c MODEL IMAGES CALLS\n", stderr);
    return 2;
  }
  const int failed = mnistcnn_model_load_file(argv[1], NULL, &model) != MNISTCNN_OK ||
                     measure_images(model, strtoul(argv[2], NULL, 10), strtoul(argv[3], NULL, 10));
  if (failed)
    fprintf(stderr, "%s\n", mnistcnn_last_error());
  mnistcnn_model_free(model);
  return failed;
}
