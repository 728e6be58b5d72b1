/*
 * Models of other frameworks: a library of its own, mnistcnn_exchange, beside libmnistcnn. It reads
 * and writes models of Keras: .h5 and .hdf5 of Keras 1, 2, tf.keras and 3, full models and weights
 * only, .weights.h5 and .keras. It reads models of PyTorch: state_dicts in every form that
 * torch.save(), pickle and safetensors write, and nn.Sequential saved whole; layers models of
 * TensorFlow.js; models of ONNX and LiteRT. docs/exchange.md says which layers it knows.
 *
 * SPDX-License-Identifier: MIT
 *
 *   mnistcnn_import_options options = MNISTCNN_IMPORT_OPTIONS_INIT;
 *   mnistcnn_model *model = NULL;
 *   options.path = "mnist.h5";
 *   options.encoding = "unit";
 *   if (mnistcnn_import(&options, &model) == MNISTCNN_OK)
 *     mnistcnn_predict_image_file(model, NULL, "seven.png", probabilities, 10);
 *
 * The conventions for errors, ownership, threads and options are those of mnistcnn.h, but the
 * message of a failed call is that of mnistcnn_exchange_last_error().
 */
#ifndef MNISTCNN_EXCHANGE_H
#define MNISTCNN_EXCHANGE_H

#include "mnistcnn.h"

#ifndef __cplusplus
#define MNISTCNN_IMPORT_OPTIONS_INIT                                                               \
  { .struct_size = sizeof(mnistcnn_import_options) }
#define MNISTCNN_EXPORT_OPTIONS_INIT                                                               \
  { .struct_size = sizeof(mnistcnn_export_options) }
#define MNISTCNN_ENCODING_RESULT_INIT                                                              \
  { .struct_size = sizeof(mnistcnn_encoding_result) }
#endif

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/* As mnistcnn_last_error(), of this thread's last failed call of this library. */
const char *mnistcnn_exchange_last_error(void);

typedef struct mnistcnn_import_options {
  uint32_t struct_size;
  int32_t prepare; /* MNISTCNN_PREPARE_..., default NONE: stored in the model's preparation */
  /* The file; exactly one of path, data and reader. What it is is told by its content. A model.json
   * of TensorFlow.js is read by its path only: the files with its weights are in its folder. */
  const char *path;
  const void *data;
  size_t size_bytes; /* of data */
  const mnistcnn_reader *reader;
  /* How the network's input x was made from bytes, which these files do not say:
   *   raw        x = byte                 unit       x = byte / 255
   *   signed     x = byte / 127.5 - 1     centred    x = byte / 255 - 0.5
   *   standard   x = (byte / 255 - 0.1307) / 0.3081
   *   MEAN/DEVIATION   x = (byte / 255 - MEAN) / DEVIATION, of one or three numbers with commas
   *   SCALE,OFFSET     x = byte SCALE + OFFSET
   * and behind it "+inverted" (255 - byte) and "+transposed" (rows and columns exchanged, which
   * becomes part of the weights). "+flipped" is not of the input: kernels of Keras 1 that Theano
   * wrote, which such a file does not say. NULL: what the file's layers imply (Rescaling,
   * Normalization), or else unit; a note says which. */
  const char *encoding;
  /* The network, where the file has weights only, as in mnistcnn_model_options; NULL: that of
   * the file, or of Keras the default one where the arrays have its shapes, of PyTorch the only
   * one that names and shapes imply, which a note shows. If it is missing, the message proposes
   * one that fits, and notes list all that were found. Of PyTorch, "batchnorm" and "leaky_relu"
   * have PyTorch's defaults here. */
  const char *architecture;
  /* Where the file leaves it open; 0: not given, then 28 for weights only, and of PyTorch 28 or 32,
   * whichever fits. */
  uint32_t input_height;
  uint32_t input_width;
  mnistcnn_log_callback log; /* notes about what was read: what was assumed or left out */
  void *user;                /* for it */
  const mnistcnn_allocator *allocator;
  mnistcnn_error *error;
} mnistcnn_import_options;

mnistcnn_status mnistcnn_import_options_init(mnistcnn_import_options *options, size_t size);

/* Makes a model of a file. Files are untrusted: code in them is never run, and each is checked
 * before it is believed. A layer that this library has not is MNISTCNN_UNSUPPORTED, with its name
 * and place in the message. A model file of libmnistcnn itself is loaded as by
 * mnistcnn_model_load(). Outputs that Keras or PyTorch gives are those of mnistcnn_predict(), but
 * logits become probabilities; a single output with sigmoid becomes two classes. */
mnistcnn_status mnistcnn_import(const mnistcnn_import_options *options, mnistcnn_model **model);

/* How well a model reads a dataset with one encoding. */
typedef struct mnistcnn_encoding_result {
  uint32_t struct_size;
  uint32_t reserved; /* 0 */
  double accuracy;   /* of the images that were tried */
  double loss;       /* their mean categorical cross entropy */
  uint64_t count;    /* how many */
  char encoding[64]; /* for mnistcnn_import_options */
} mnistcnn_encoding_result;

/* Imports the model with each encoding that has a name, inverted and transposed too, and evaluates
 * it on up to 1000 images of the dataset. *results: array of `capacity` elements, of which the
 * first has struct_size set; filled with the best first: those whose accuracy is within its
 * standard error of the highest by their loss, which tells more, then the others by accuracy.
 * *count: how many. options->encoding is not looked at. */
mnistcnn_status mnistcnn_import_check(const mnistcnn_import_options *options,
                                      const mnistcnn_dataset *dataset,
                                      mnistcnn_encoding_result *results, size_t capacity,
                                      size_t *count);

enum mnistcnn_export_format {
  MNISTCNN_EXPORT_KERAS = 0,         /* .keras, of Keras 3 */
  MNISTCNN_EXPORT_KERAS_H5 = 1,      /* .h5 of Keras 2, tf.keras and 3, with the network */
  MNISTCNN_EXPORT_KERAS_WEIGHTS = 2, /* .h5 with weights only, for load_weights() */
  MNISTCNN_EXPORT_ONNX = 3, /* .onnx, opset 9: "image" [N, channels, H, W] to "probabilities" */
  MNISTCNN_EXPORT_TFJS = 4, /* model.json of a layers model of TensorFlow.js; model.bin beside it */
  MNISTCNN_EXPORT_C = 5,    /* a C header: weights and a function that predicts */
  MNISTCNN_EXPORT_C_INT8 = 6, /* the same with weights and products of 8 bits */
  MNISTCNN_EXPORT_PYTORCH = 7 /* a state_dict as .safetensors; beside it .py with the module */
};

typedef struct mnistcnn_export_options {
  uint32_t struct_size;
  int32_t format; /* MNISTCNN_EXPORT_... */
  /* Where to; exactly one of both. Files are replaced atomically. Of two files, the second has the
   * name of the first with its own ending, and a writer gets the first alone, or is refused. */
  const char *path;
  const mnistcnn_writer *writer;
  const mnistcnn_allocator *allocator; /* of what is needed meanwhile */
  mnistcnn_error *error;
  uint32_t unit_input; /* 1: the exported network reads 0..1; default 0: bytes, 0..255 */
  uint32_t reserved;   /* 0 */
} mnistcnn_export_options;

mnistcnn_status mnistcnn_export_options_init(mnistcnn_export_options *options, size_t size);

/* Writes a model as a file of another framework. With the network, it reads bytes, 0..255, and
 * answers what mnistcnn_predict_u8() answers: the preparation of the numbers, the temperature and a
 * softmax behind logits become layers; class names are stored where Keras does not look, but
 * mnistcnn_import() does. Weights only are those of the layers, of which Keras must make the same:
 * each activation is a layer of its own. What Keras cannot store is MNISTCNN_UNSUPPORTED. */
mnistcnn_status mnistcnn_export(const mnistcnn_model *model,
                                const mnistcnn_export_options *options);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif
#endif
