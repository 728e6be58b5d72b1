/* The times of C for bench.mjs: bench_c MODEL IMAGES CALLS prints the microseconds of wall and of
 * processor time that a call takes. */
#define _POSIX_C_SOURCE 199309L
#include <mnistcnn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double microseconds(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return 1e6 * (double)now.tv_sec + 1e-3 * (double)now.tv_nsec;
}

int main(int argc, char **argv) {
  mnistcnn_model *model = NULL;
  mnistcnn_workspace *workspace = NULL;
  if (argc != 4 || mnistcnn_model_load_file(argv[1], NULL, &model) ||
      mnistcnn_workspace_create(model, NULL, &workspace))
    return fprintf(stderr, "%s\n", argc == 4 ? mnistcnn_last_error() : "MODEL IMAGES CALLS"), 1;
  const size_t images = strtoul(argv[2], NULL, 10), calls = strtoul(argv[3], NULL, 10);
  const size_t inputs = mnistcnn_model_num_inputs(model),
               classes = mnistcnn_model_num_classes(model);
  uint8_t *pixels = malloc(images * inputs);
  float *probabilities = malloc(images * classes * sizeof *probabilities);
  if (!pixels || !probabilities)
    return 1;
  for (size_t i = 0; i < images * inputs; i++)
    pixels[i] = (uint8_t)(i * 7);
  double start = 0, cpu = 0;
  for (size_t i = 0; i <= calls; i++) { /* the first is not timed */
    if (i == 1)
      start = microseconds(CLOCK_MONOTONIC), cpu = microseconds(CLOCK_PROCESS_CPUTIME_ID);
    if (mnistcnn_predict_u8(model, workspace, pixels, images * inputs, probabilities,
                            images * classes))
      return fprintf(stderr, "%s\n", mnistcnn_last_error()), 1;
  }
  printf("%f %f\n", (microseconds(CLOCK_MONOTONIC) - start) / (double)calls,
         (microseconds(CLOCK_PROCESS_CPUTIME_ID) - cpu) / (double)calls);
  free(pixels);
  free(probabilities);
  mnistcnn_workspace_free(workspace);
  mnistcnn_model_free(model);
  return 0;
}
