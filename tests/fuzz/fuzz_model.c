/* Model files: what loads must save, load again as the same bytes, and predict. */
#include "fuzz.h"

#include "mnistcnn.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_INPUT = 10000 };

static uint8_t *save(const mnistcnn_model *model, size_t *size) {
  FUZZ_REQUIRE(mnistcnn_model_save_memory(model, NULL, 0, size) == MNISTCNN_OK);
  uint8_t *bytes = malloc(*size);
  FUZZ_REQUIRE(bytes);
  FUZZ_REQUIRE(mnistcnn_model_save_memory(model, bytes, *size, size) == MNISTCNN_OK);
  return bytes;
}

static void round_trip(const mnistcnn_model *model) {
  mnistcnn_model *again;
  size_t size, again_size;
  uint8_t *bytes = save(model, &size);
  FUZZ_REQUIRE(mnistcnn_model_load_memory(bytes, size, NULL, &again) == MNISTCNN_OK);
  uint8_t *again_bytes = save(again, &again_size);
  FUZZ_REQUIRE(size == again_size && memcmp(bytes, again_bytes, size) == 0);
  mnistcnn_model_free(again);
  free(again_bytes);
  free(bytes);
}

/* Finite weights may still overflow on the way, so the numbers are not looked at. */
static void predict(const mnistcnn_model *model) {
  const size_t floats = mnistcnn_model_num_inputs(model);
  const size_t classes = mnistcnn_model_num_classes(model);
  if (floats > MAX_INPUT)
    return;
  float *image = calloc(floats, sizeof *image);
  float *probabilities = calloc(classes, sizeof *probabilities);
  FUZZ_REQUIRE(image && probabilities);
  FUZZ_REQUIRE(mnistcnn_predict(model, NULL, image, mnistcnn_model_num_inputs(model), probabilities,
                                classes) == MNISTCNN_OK);
  free(image);
  free(probabilities);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  mnistcnn_model *model;
  if (mnistcnn_model_load_memory(data, size, NULL, &model) != MNISTCNN_OK) {
    FUZZ_REQUIRE(!model && mnistcnn_last_error()[0] != '\0');
    return 0;
  }
  round_trip(model);
  predict(model);
  mnistcnn_model_free(model);
  return 0;
}
