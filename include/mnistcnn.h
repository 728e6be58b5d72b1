/*
 * libmnistcnn: trains and runs small convolutional networks on handwritten digits or other small
 * images, straight from folders of image files.
 *
 * SPDX-License-Identifier: MIT
 *
 * Quick start
 *
 *   mnistcnn_model *model = NULL;
 *   float probabilities[10];
 *   uint32_t digit;
 *   float confidence;
 *
 *   if (mnistcnn_model_load_file("digits.safetensors", NULL, &model) != MNISTCNN_OK ||
 *       mnistcnn_predict_image_file(model, NULL, "seven.png", probabilities, 10) != MNISTCNN_OK) {
 *     fprintf(stderr, "%s\n", mnistcnn_last_error());
 *   } else {
 *     mnistcnn_top_class(probabilities, 10, &digit, &confidence);
 *     printf("a %s, %.2f%% sure\n", mnistcnn_model_class_name(model, digit), 100 * confidence);
 *   }
 *   mnistcnn_model_free(model);
 *
 * Conventions that hold for every function unless its comment says otherwise
 *
 *   Errors           A function that can fail returns a mnistcnn_status: 0 is success, errors are
 *                    negative. mnistcnn_last_error() then returns a one-line message that names the
 *                    argument or file. On failure nothing the caller owns has changed, including
 *                    out-parameters, and nothing leaks. Handle out-parameters are set to NULL
 *                    first.
 *   Arguments        NULL for a required object or buffer gives MNISTCNN_INVALID_ARGUMENT, never a
 *                    crash. The free functions accept NULL. Strings are UTF-8; paths are passed to
 *                    the operating system unchanged.
 *   Sizes            Counts are in elements unless the name ends in _bytes. Functions that fill a
 *                    caller's buffer take its capacity and return MNISTCNN_BUFFER_TOO_SMALL if it
 *                    does not suffice.
 *   String output    (char *text, size_t capacity, size_t *length): *length (may be NULL) receives
 *                    the length without the terminating NUL; text NULL with capacity 0 queries the
 *                    length only.
 *   Images           Row-major from the top left, channels last (HWC; a batch is NHWC), 1 channel
 *                    (gray) or 3 (red, green, blue). Bytes are 0..255; floats are the same
 *                    intensities scaled to 0..1 (byte / 255). Any further normalisation of the
 *                    network's input (mean and standard deviation) is part of the model and applied
 *                    by the library.
 *   Classes          Numbered from 0 in byte order of their names, as in Keras.
 *   Ownership        An object returned through a handle out-parameter is freed with the free
 *                    function of its type. Returned strings and arrays belong to the object. Option
 *                    structs and what they point to are needed during the call only, except for
 *                    what a trainer or a workspace goes on using: callbacks, writer, monitor and
 *                    error must remain valid as long as it exists.
 *   Threads          Different objects may be used by different threads at the same time. A const
 *                    model may be used by any number of threads at once, each with its own
 *                    workspace; so may a const dataset. Anything not const may be used by one
 *                    thread at a time. The only global state is the thread-local error message.
 *   No side effects  The library never prints, exits, aborts, reads the environment, installs
 *                    signal handlers, or changes the locale, the floating-point mode or the number
 *                    of BLAS threads of the host program.
 *   Options          Structs that begin with struct_size. Initialise one with its _init function
 *                    (in C, its _INIT macro), then set what you need: an older program keeps
 *                    working with a newer library, and a newer program with an older library as
 *                    long as it does not use the newer fields. Structs filled by the library
 *                    (mnistcnn_metrics, ...) need struct_size set before the call. Members named
 *                    reserved are 0.
 *   Determinism      The same seed, build and processor give the same bytes, with any number of
 *                    threads.
 */
#ifndef MNISTCNN_H
#define MNISTCNN_H

#include <stddef.h>
#include <stdint.h>

/* --- version ---------------------------------------------------------------------------------- */

#define MNISTCNN_VERSION_MAJOR 0
#define MNISTCNN_VERSION_MINOR 1
#define MNISTCNN_VERSION_PATCH 0

/* The version of this header, for #if: 100 is 0.1.0. mnistcnn_version() is the library's. */
#define MNISTCNN_VERSION_NUMBER                                                                    \
  (MNISTCNN_VERSION_MAJOR * 10000 + MNISTCNN_VERSION_MINOR * 100 + MNISTCNN_VERSION_PATCH)

#define MNISTCNN_DETAIL_TEXT_OF(value) #value
#define MNISTCNN_DETAIL_DOTTED(major, minor, patch)                                                \
  MNISTCNN_DETAIL_TEXT_OF(major)                                                                   \
  "." MNISTCNN_DETAIL_TEXT_OF(minor) "." MNISTCNN_DETAIL_TEXT_OF(patch)
#define MNISTCNN_VERSION_STRING                                                                    \
  MNISTCNN_DETAIL_DOTTED(MNISTCNN_VERSION_MAJOR, MNISTCNN_VERSION_MINOR, MNISTCNN_VERSION_PATCH)

/* --- defaults --------------------------------------------------------------------------------- */

/* The network of the Keras tutorial; used if the architecture is NULL. */
#define MNISTCNN_DEFAULT_ARCHITECTURE                                                              \
  "conv 16 5x5 relu, maxpool 2, conv 32 5x5 relu, maxpool 2, flatten, dense 1000 relu, "           \
  "dense 10 softmax"

/* Initialisers for the structs that begin with struct_size, in C:
 *
 *   mnistcnn_train_options options = MNISTCNN_TRAIN_OPTIONS_INIT;
 *
 * Those of option structs have the same values as the _init functions of this version. */
#ifndef __cplusplus
#define MNISTCNN_ERROR_INIT                                                                        \
  { .struct_size = sizeof(mnistcnn_error) }
#define MNISTCNN_ALLOCATOR_INIT                                                                    \
  { .struct_size = sizeof(mnistcnn_allocator) }
#define MNISTCNN_READER_INIT                                                                       \
  { .struct_size = sizeof(mnistcnn_reader) }
#define MNISTCNN_WRITER_INIT                                                                       \
  { .struct_size = sizeof(mnistcnn_writer) }
#define MNISTCNN_LOG_LINES_INIT                                                                    \
  { .struct_size = sizeof(mnistcnn_log_lines) }
#define MNISTCNN_PROGRESS_INIT                                                                     \
  { .struct_size = sizeof(mnistcnn_progress) }
#define MNISTCNN_PREPARATION_INIT                                                                  \
  {                                                                                                \
    .struct_size = sizeof(mnistcnn_preparation), .scale = 1.0f / 255.0f, .deviation = {            \
      1.0f,                                                                                        \
      1.0f,                                                                                        \
      1.0f                                                                                         \
    }                                                                                              \
  }
#define MNISTCNN_MODEL_OPTIONS_INIT                                                                \
  {                                                                                                \
    .struct_size = sizeof(mnistcnn_model_options), .input_height = 28, .input_width = 28,          \
    .input_channels = 3, .num_classes = 10, .initializer = MNISTCNN_INIT_GLOROT_UNIFORM,           \
    .seed = 1, .input_mean = 0.0f, .input_std = 1.0f                                               \
  }
#define MNISTCNN_LOAD_OPTIONS_INIT                                                                 \
  { .struct_size = sizeof(mnistcnn_load_options) }
#define MNISTCNN_SAVE_OPTIONS_INIT                                                                 \
  { .struct_size = sizeof(mnistcnn_save_options) }
#define MNISTCNN_LAYER_INFO_INIT                                                                   \
  { .struct_size = sizeof(mnistcnn_layer_info) }
#define MNISTCNN_WORKSPACE_OPTIONS_INIT                                                            \
  { .struct_size = sizeof(mnistcnn_workspace_options), .max_batch = 32, .num_threads = 1 }
#define MNISTCNN_DIGIT_OPTIONS_INIT                                                                \
  {                                                                                                \
    .struct_size = sizeof(mnistcnn_digit_options), .height = 28, .width = 28,                      \
    .passthrough_prepared = 1                                                                      \
  }
#define MNISTCNN_DIGIT_INFO_INIT                                                                   \
  { .struct_size = sizeof(mnistcnn_digit_info) }
#define MNISTCNN_PAGE_OPTIONS_INIT                                                                 \
  { .struct_size = sizeof(mnistcnn_page_options), .least_confidence = 0.5f }
#define MNISTCNN_PAGE_INFO_INIT                                                                    \
  { .struct_size = sizeof(mnistcnn_page_info) }
#define MNISTCNN_PAGE_DIGIT_INIT                                                                   \
  { .struct_size = sizeof(mnistcnn_page_digit) }
#define MNISTCNN_PAGE_GROUP_INIT                                                                   \
  { .struct_size = sizeof(mnistcnn_page_group) }
#define MNISTCNN_IMAGE_INFO_INIT                                                                   \
  { .struct_size = sizeof(mnistcnn_image_info) }
#define MNISTCNN_DATASET_OPTIONS_INIT                                                              \
  { .struct_size = sizeof(mnistcnn_dataset_options), .num_threads = 1 }
#define MNISTCNN_LABELLED_IMAGES_INIT                                                              \
  { .struct_size = sizeof(mnistcnn_labelled_images) }
#define MNISTCNN_TRAIN_OPTIONS_INIT                                                                \
  {                                                                                                \
    .struct_size = sizeof(mnistcnn_train_options), .epochs = 4, .batch_size = 32,                  \
    .num_threads = 1, .seed = 1, .loss = MNISTCNN_LOSS_BINARY_CROSS_ENTROPY,                       \
    .optimizer = MNISTCNN_OPTIMIZER_RMSPROP, .schedule = MNISTCNN_SCHEDULE_CONSTANT,               \
    .augment = MNISTCNN_AUGMENT_NONE, .shuffle = 1, .learning_rate = 0.001f, .rho = 0.9f,          \
    .momentum = 0.9f, .beta1 = 0.9f, .beta2 = 0.999f, .epsilon = 1e-8f, .step_factor = 0.1f,       \
    .plateau_factor = 0.1f                                                                         \
  }
#define MNISTCNN_RESUME_OPTIONS_INIT                                                               \
  { .struct_size = sizeof(mnistcnn_resume_options), .num_threads = 1 }
#define MNISTCNN_EVALUATE_OPTIONS_INIT                                                             \
  { .struct_size = sizeof(mnistcnn_evaluate_options), .num_threads = 1, .max_batch = 32 }
#define MNISTCNN_COST_INIT                                                                         \
  { .struct_size = sizeof(mnistcnn_cost) }
#define MNISTCNN_METRICS_INIT                                                                      \
  { .struct_size = sizeof(mnistcnn_metrics) }
#endif

/* --- types and functions ---------------------------------------------------------------------- */

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

#include "mnistcnn_abi.h"

/* Whoever ignores the status of one of these may lose work without noticing: what was to be written
 * is not there, or the training has stopped. */
#ifdef __GNUC__
#define MNISTCNN_DETAIL_NODISCARD(function)                                                        \
  extern __typeof__(function) function __attribute__((__warn_unused_result__))
MNISTCNN_DETAIL_NODISCARD(mnistcnn_image_save_png);
MNISTCNN_DETAIL_NODISCARD(mnistcnn_model_save);
MNISTCNN_DETAIL_NODISCARD(mnistcnn_model_save_file);
MNISTCNN_DETAIL_NODISCARD(mnistcnn_model_save_memory);
MNISTCNN_DETAIL_NODISCARD(mnistcnn_model_set_weights);
MNISTCNN_DETAIL_NODISCARD(mnistcnn_train);
MNISTCNN_DETAIL_NODISCARD(mnistcnn_train_resume);
MNISTCNN_DETAIL_NODISCARD(mnistcnn_trainer_run);
MNISTCNN_DETAIL_NODISCARD(mnistcnn_trainer_step);
MNISTCNN_DETAIL_NODISCARD(mnistcnn_trainer_save);
MNISTCNN_DETAIL_NODISCARD(mnistcnn_trainer_save_file);
#undef MNISTCNN_DETAIL_NODISCARD
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif
#endif
