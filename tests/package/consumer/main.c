/* A program of somebody else's: a model, a prediction, a file in memory. Compiled as C11 and as
 * C++11, against an installed library. */
#include <mnistcnn.h>
#ifdef WITH_EXCHANGE
#include <mnistcnn_exchange.h>
#endif
#ifdef WITH_PRETRAINED
#include <mnistcnn_pretrained.h>
#endif

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define PIXELS  (28 * 28 * 3)
#define CLASSES 10

static int predict(const mnistcnn_model *model) {
  static const float image[PIXELS] = {0};
  float probabilities[CLASSES];
  float sum = 0;
  if (mnistcnn_predict(model, NULL, image, mnistcnn_model_num_inputs(model), probabilities,
                       CLASSES) != MNISTCNN_OK)
    return 1;
  for (int i = 0; i < CLASSES; ++i)
    sum += probabilities[i];
  return fabsf(sum - 1) > 1e-5f;
}

static int save_and_load(const mnistcnn_model *model) {
  size_t size = 0;
  mnistcnn_model *copy = NULL;
  mnistcnn_status status = mnistcnn_model_save_memory(model, NULL, 0, &size);
  void *bytes = malloc(size);
  if (status == MNISTCNN_OK && bytes)
    status = mnistcnn_model_save_memory(model, bytes, size, &size);
  if (status == MNISTCNN_OK && bytes)
    status = mnistcnn_model_load_memory(bytes, size, NULL, &copy);
  mnistcnn_model_free(copy);
  free(bytes);
  return status != MNISTCNN_OK || !bytes;
}

/* The model that ships answers, about a blank image whatever it likes. */
static int ask_the_pretrained(void) {
  int failed = 0;
#ifdef WITH_PRETRAINED
  static const float blank[28 * 28] = {0};
  float probabilities[CLASSES];
  mnistcnn_model *model = NULL;
  failed = mnistcnn_pretrained_model(NULL, &model) != MNISTCNN_OK ||
           mnistcnn_predict(model, NULL, blank, mnistcnn_model_num_inputs(model), probabilities,
                            CLASSES) != MNISTCNN_OK;
  mnistcnn_model_free(model);
#endif
  return failed;
}

/* Import takes a model file of the library's own too, and says of others why not. */
static int import(const mnistcnn_model *model) {
  int failed = 0;
#ifdef WITH_EXCHANGE
  mnistcnn_import_options options;
  mnistcnn_model *copy = NULL;
  size_t size = 0;
  void *bytes;
  failed = mnistcnn_import_options_init(&options, sizeof options) != MNISTCNN_OK ||
           mnistcnn_model_save_memory(model, NULL, 0, &size) != MNISTCNN_OK;
  bytes = malloc(size);
  failed = failed || !bytes || mnistcnn_model_save_memory(model, bytes, size, &size) != MNISTCNN_OK;
  options.data = bytes;
  options.size_bytes = size;
  failed = failed || mnistcnn_import(&options, &copy) != MNISTCNN_OK;
  options.size_bytes = 4;
  mnistcnn_model_free(copy);
  failed = failed || mnistcnn_import(&options, &copy) != MNISTCNN_FORMAT ||
           mnistcnn_exchange_last_error()[0] == '\0';
  free(bytes);
#else
  (void)model;
#endif
  return failed;
}

int main(void) {
  const uint32_t version =
      MNISTCNN_VERSION_MAJOR * 10000u + MNISTCNN_VERSION_MINOR * 100u + MNISTCNN_VERSION_PATCH;
  mnistcnn_model *model = NULL;
  int failed = mnistcnn_version() != version;
  failed = failed || mnistcnn_model_create(NULL, &model) != MNISTCNN_OK;
  failed =
      failed || predict(model) || save_and_load(model) || ask_the_pretrained() || import(model);
  if (failed)
    fprintf(stderr, "consumer: %s\n", mnistcnn_last_error());
  mnistcnn_model_free(model);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
