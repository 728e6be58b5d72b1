/* The configuration of a .keras file whose weights stay the same, so that a fuzzer finds layers
 * that fit: those of a small network that is exported at the beginning. */
#include "fuzz_import.h"

#include "base/stream.h"
#include "exchange/zip/zip.h"
#include "exchange/zip/zip_write.h"
#include <stdlib.h>
#include <string.h>

static const char network[] =
    "conv 2 3x3 same, batchnorm relu, add 2, depthwise 2x2 multiplier 2, "
    "separable 3 2x2 leaky_relu 0.3, flatten, dense 4 tanh, dense 3 softmax";

typedef struct buffer {
  unsigned char data[1 << 16];
  size_t size;
} buffer;

static int32_t append(const void *data, size_t size_bytes, void *user) {
  buffer *const b = user;

  FUZZ_REQUIRE(b->size + size_bytes <= sizeof b->data);
  memcpy(b->data + b->size, data, size_bytes);
  b->size += size_bytes;
  return 0;
}

static void export_network(buffer *archive) {
  mnistcnn_model_options options = MNISTCNN_MODEL_OPTIONS_INIT;
  mnistcnn_export_options to = MNISTCNN_EXPORT_OPTIONS_INIT;
  mnistcnn_writer writer = MNISTCNN_WRITER_INIT;
  mnistcnn_model *model = NULL;

  options.input_height = 6;
  options.input_width = 5;
  options.input_channels = 1;
  options.num_classes = 3;
  options.architecture = network;
  FUZZ_REQUIRE(mnistcnn_model_create(&options, &model) == MNISTCNN_OK);
  writer.write = append;
  writer.user = archive;
  to.format = MNISTCNN_EXPORT_KERAS;
  to.writer = &writer;
  FUZZ_REQUIRE(mnistcnn_export(model, &to) == MNISTCNN_OK);
  mnistcnn_model_free(model);
}

/* model.weights.h5 of the network. */
static const buffer *weights(void) {
  static buffer archive, found;
  const mcnn_alloc alloc = mcnn_alloc_default();
  mcnn_zip *zip = NULL;
  mcnn_span content;

  if (found.size > 0)
    return &found;
  export_network(&archive);
  FUZZ_REQUIRE(mcnn_zip_open(archive.data, archive.size, "fuzz", &alloc, &zip) == MNISTCNN_OK);
  const size_t entry = mcnn_zip_find(zip, "model.weights.h5");
  FUZZ_REQUIRE(mcnn_zip_read(zip, entry, sizeof found.data, &content) == MNISTCNN_OK);
  append(content.data, content.size_bytes, &found);
  mcnn_zip_close(zip);
  return &found;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const char about[] = "{\"keras_version\": \"3.6.0\"}";
  const mcnn_alloc alloc = mcnn_alloc_default();
  const buffer *const arrays = weights();
  const mcnn_zip_member members[] = {{"metadata.json", {about, sizeof about - 1}},
                                     {"config.json", {data, size}},
                                     {"model.weights.h5", {arrays->data, arrays->size}}};
  mcnn_bytes archive = {NULL, 0, 0};

  FUZZ_REQUIRE(mcnn_zip_write(members, 3, &alloc, &archive) == MNISTCNN_OK);
  fuzz_import(archive.data, archive.size, NULL);
  mcnn_free(&alloc, archive.data);
  return 0;
}
