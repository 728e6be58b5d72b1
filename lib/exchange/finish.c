#include "exchange/finish.h"

#include "base/decimal.h"
#include "exchange/build/layers.h"

#include <math.h>
#include <string.h>

/* --- the encoding ----------------------------------------------------------------------------- */

mnistcnn_status mcnn_choose_encoding(mcnn_builder *builder, const mcnn_import_request *request,
                                     const char *implied, mcnn_encoding *encoding) {
  if (request->encoding) {
    *encoding = *request->encoding;
    return MNISTCNN_OK;
  }
  const mnistcnn_status status = mcnn_encoding_read(implied ? implied : "unit", encoding);
  if (status != MNISTCNN_OK)
    return status;
  if (implied)
    return mcnn_builder_note(builder, "input encoding %s, as its first layer implies", implied);
  return mcnn_builder_note(builder,
                           "input encoding unit (0..1), which is usual: the file does not say; "
                           "labelled images can check it");
}

const char *mcnn_encoding_of_first_layer(const mcnn_builder *builder) {
  const float largest_byte_scale = 0.05f;
  static const char word[] = "rescale ";
  const mcnn_tensor first = {.op = 1};
  const char *const text = mcnn_builder_layer_text(builder, &first);
  const char *const number = text + sizeof word - 1;
  float scale;
  if (strncmp(text, word, sizeof word - 1) != 0 ||
      !mcnn_decimal_read(number, strcspn(number, " "), &scale))
    return NULL;
  return fabsf(scale) < largest_byte_scale ? "raw" : NULL;
}

/* --- the output ------------------------------------------------------------------------------- */

mnistcnn_status mcnn_finish_output(mcnn_builder *builder, mcnn_tensor *output) {
  int done = 0;
  const uint64_t count = mcnn_tensor_count(output);
  if (count == 1) {
    const mnistcnn_status status = mcnn_builder_two_classes(builder, output, &done);
    if (status != MNISTCNN_OK)
      return status;
    if (!done)
      return mcnn_builder_fail(builder, MNISTCNN_UNSUPPORTED,
                               "the network has a single output without a sigmoid: it does not "
                               "classify");
    return mcnn_builder_note(builder, "its single output became two classes: 1 where it is above "
                                      "one half, else 0");
  }
  for (uint32_t i = 0; !output->is_vector && i < output->rank; i++)
    if (mcnn_tensor_dim(output, i) > 1 && mcnn_tensor_dim(output, i) != count)
      return mcnn_builder_fail(
          builder, MNISTCNN_UNSUPPORTED,
          "the network ends in an image of %ux%ux%u; this library has networks "
          "that end in classes",
          output->size[0], output->size[1], output->size[2]);
  return mcnn_build_classes(builder, output);
}

/* --- the model -------------------------------------------------------------------------------- */

static void pass_notes(const mcnn_builder *builder, const mcnn_import_request *request) {
  for (size_t i = 0; request->log && i < mcnn_builder_num_notes(builder); i++)
    request->log(MNISTCNN_LOG_INFO, mcnn_builder_note_at(builder, i), request->user);
}

mnistcnn_status mcnn_finish_model(mcnn_builder *builder, const mcnn_import_request *request,
                                  const mcnn_encoding *encoding, const mcnn_tensor *output,
                                  const char *const *class_names, mnistcnn_model **model) {
  mnistcnn_preparation preparation = MNISTCNN_PREPARATION_INIT;
  mnistcnn_model_options options = MNISTCNN_MODEL_OPTIONS_INIT;
  mcnn_encoding_prepare(encoding, &preparation);
  preparation.prepare = request->prepare;
  if (mcnn_builder_input(builder)->size[MCNN_AXIS_CHANNELS] == 1) {
    preparation.mean[1] = preparation.mean[2] = preparation.mean[0];
    preparation.deviation[1] = preparation.deviation[2] = preparation.deviation[0];
  }
  options.preparation = &preparation;
  options.class_names = class_names;
  options.allocator = request->allocator;
  const mnistcnn_status status = mcnn_builder_model(builder, output, &options, model);
  if (status == MNISTCNN_OK)
    pass_notes(builder, request);
  return status;
}
