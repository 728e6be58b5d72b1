/* The model.json of TensorFlow.js, beside whose path lies one file of weights, "w.bin", that stays
 * the same: as many as those of the seeds. */
#include "fuzz_import.h"

#include "exchange/tfjs/tfjs.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { FLOATS = 103, PATH_CAPACITY = 64 };

static char tfjs_folder[] = "/tmp/fuzz_tfjs_XXXXXX";
static char weights_path[PATH_CAPACITY], model_path[PATH_CAPACITY];

static void remove_folder(void) {
  unlink(weights_path);
  rmdir(tfjs_folder);
}

static void write_weights(void) {
  float weights[FLOATS];

  FUZZ_REQUIRE(mkdtemp(tfjs_folder));
  snprintf(weights_path, sizeof weights_path, "%s/w.bin", tfjs_folder);
  snprintf(model_path, sizeof model_path, "%s/model.json", tfjs_folder);
  for (size_t i = 0; i < FLOATS; i++)
    weights[i] = (float)(i % 7) * 0.125f;
  FILE *const file = fopen(weights_path, "wb");
  FUZZ_REQUIRE(file && fwrite(weights, sizeof weights, 1, file) == 1 && fclose(file) == 0);
  atexit(remove_folder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  mnistcnn_model *model = NULL;

  if (!model_path[0])
    write_weights();
  const mcnn_import_request request = fuzz_request(model_path);
  const mnistcnn_status status = mcnn_import_tfjs(data, size, model_path, &request, &model);
  fuzz_require_model_or_message(status, model);
  return 0;
}
