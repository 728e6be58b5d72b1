#include "worker/loaded.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#ifdef SERVER_HAS_PRETRAINED
#include <mnistcnn_pretrained.h>
#endif

static mnistcnn_status make_model(loaded *l, const uint8_t *file, size_t size) {
#ifdef SERVER_HAS_PRETRAINED
  if (size == 0)
    return mnistcnn_pretrained_model(NULL, &l->model);
#endif
  return mnistcnn_model_load_memory(file, size, NULL, &l->model);
}

static mnistcnn_status prepare(loaded *l) {
  mnistcnn_workspace_options options = MNISTCNN_WORKSPACE_OPTIONS_INIT;

  l->preparation = (mnistcnn_preparation)MNISTCNN_PREPARATION_INIT;
  l->classes = mnistcnn_model_num_classes(l->model);
  l->inputs = mnistcnn_model_num_inputs(l->model);
  mnistcnn_status status = mnistcnn_model_input_shape(l->model, &l->input);
  if (status == MNISTCNN_OK)
    status = mnistcnn_model_preparation(l->model, &l->preparation);
  return status == MNISTCNN_OK ? mnistcnn_workspace_create(l->model, &options, &l->workspace)
                               : status;
}

/* A model whose weights give no numbers is refused before anybody asks it. */
static bool test(const loaded *l, char *reason, size_t capacity) {
  uint8_t *const image = calloc(l->inputs, 1);
  float *const row = calloc(l->classes, sizeof *row);
  bool passed = false;

  if (!image || !row)
    (void)snprintf(reason, capacity, "out of memory");
  else if (mnistcnn_predict_u8(l->model, l->workspace, image, l->inputs, row, l->classes))
    (void)snprintf(reason, capacity, "%s", mnistcnn_last_error());
  else
    passed = true;
  for (uint32_t c = 0; passed && c < l->classes; c++) {
    if (!isfinite(row[c])) {
      (void)snprintf(reason, capacity, "the model predicts values that are not finite");
      passed = false;
    }
  }
  free(row);
  free(image);
  return passed;
}

bool loaded_read(loaded *l, cursor *in, char *reason, size_t capacity) {
  size_t size;

  *l = (loaded){.max_pixels = unpack_u64(in)};
  const uint8_t *const file = unpack_bytes(in, &size);
  if (in->failed) {
    (void)snprintf(reason, capacity, "malformed message");
    return false;
  }
  if (make_model(l, file, size) != MNISTCNN_OK || prepare(l) != MNISTCNN_OK) {
    (void)snprintf(reason, capacity, "%s", mnistcnn_last_error());
    return false;
  }
  return test(l, reason, capacity);
}

void loaded_describe(const loaded *l, const sandbox_state *sandbox, buffer *out) {
  char build[512] = "";

  (void)mnistcnn_build_info(build, sizeof build, NULL);
  pack_u32(out, sandbox->seccomp);
  pack_i32(out, sandbox->landlock);
  pack_u32(out, l->input.height);
  pack_u32(out, l->input.width);
  pack_u32(out, l->input.channels);
  pack_u32(out, l->classes);
  for (uint32_t c = 0; c < l->classes; c++)
    pack_text(out, mnistcnn_model_class_name(l->model, c));
  pack_u64(out, mnistcnn_model_num_parameters(l->model));
  pack_f32(out, mnistcnn_model_temperature(l->model));
  pack_f32(out, mnistcnn_model_rejection_threshold(l->model));
  pack_i32(out, l->preparation.prepare);
  pack_text(out, mnistcnn_model_architecture(l->model));
  pack_text(out, mnistcnn_model_instruction_set(l->model));
  pack_text(out, build);
}

void loaded_free(loaded *l) {
  mnistcnn_workspace_free(l->workspace);
  mnistcnn_model_free(l->model);
  *l = (loaded){.model = NULL};
}
