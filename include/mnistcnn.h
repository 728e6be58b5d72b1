/*
 * libmnistcnn: train and run a small convolutional network on handwritten digits, and on anybody's
 * own small images, straight from folders of PNG files.
 *
 * SPDX-License-Identifier: MIT
 *
 * In one minute
 *
 *   mnistcnn_model *model = NULL;
 *   float probabilities[10];
 *   uint32_t digit;
 *   float confidence;
 *
 *   if (mnistcnn_model_load_file("digits.safetensors", NULL, &model) != MNISTCNN_OK ||
 *       mnistcnn_predict_png_file(model, NULL, "seven.png", probabilities, 10) != MNISTCNN_OK) {
 *     fprintf(stderr, "%s\n", mnistcnn_last_error());
 *   } else {
 *     mnistcnn_top_class(probabilities, 10, &digit, &confidence);
 *     printf("a %s, %.2f%% sure\n", mnistcnn_model_class_name(model, digit), 100 * confidence);
 *   }
 *   mnistcnn_model_free(model);
 *
 * Conventions, true of every function unless it says otherwise
 *
 *   Errors      A function that can fail returns a mnistcnn_status: 0 is success, errors are
 *               negative. mnistcnn_last_error() then holds one line, naming the argument or file.
 *               On failure nothing the caller owns has changed, out-parameters included, and
 *               nothing leaks. A handle out-parameter is set to NULL first.
 *   Arguments   NULL where an object or buffer is required is MNISTCNN_INVALID_ARGUMENT, never a
 *               crash. free functions accept NULL. Strings are UTF-8, paths are the system's.
 *   Sizes       Counts are in elements unless the name ends in _bytes. Functions that fill a
 *               caller's buffer take its capacity; too small a one is MNISTCNN_BUFFER_TOO_SMALL.
 *   Text out    (char *text, size_t capacity, size_t *length): *length (may be NULL) receives the
 *               length without the final NUL; text NULL with capacity 0 asks for the length only.
 *   Images      Row by row from the top left, channels innermost (HWC, a batch of them NHWC), 1
 *               channel (gray) or 3 (red, green, blue). Bytes are 0..255; floats are the same
 *               intensities as 0..1 (byte / 255). What the network is fed beyond that (mean and
 *               standard deviation) is part of the model and applied by the library.
 *   Classes     Numbered from 0 in the sorted byte order of their names, as Keras does.
 *   Ownership   What a function gives through a handle out-parameter is freed with that type's
 *               free function. Returned strings and arrays belong to the object. Option structs,
 *               and what they point to, are needed only during the call, but for the callbacks and
 *               cancel flag of a trainer, which must live as long as it.
 *   Threads     Different objects may be used in different threads at once. A const model may be
 *               used by any number of threads at once, each with its own workspace; so may a const
 *               dataset. Anything not const belongs to one thread at a time. The library keeps no
 *               global state but the per-thread error message.
 *   Quiet       The library never prints, exits, aborts, reads the environment, installs signal
 *               handlers, or changes the locale, floating point mode or BLAS threads of its host.
 *   Options     Structs with struct_size first. Fill them with their _init function, then change
 *               what you want: an older program keeps working with a newer library, and the
 *               reverse, as long as a newer field is not used.
 *               Structs the library fills (mnistcnn_metrics, ...) need struct_size set before.
 *   Repeatable  The same seed, build and processor give the same bytes, at any number of threads.
 */
#ifndef MNISTCNN_H
#define MNISTCNN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__) && __GNUC__ >= 4
#define MNISTCNN_API __attribute__((visibility("default")))
#else
#define MNISTCNN_API
#endif

/* ----------------------------------------------------------------------------------- version -- */

#define MNISTCNN_VERSION_MAJOR 0
#define MNISTCNN_VERSION_MINOR 1
#define MNISTCNN_VERSION_PATCH 0

/* The version of the library that is running: major * 10000 + minor * 100 + patch. */
MNISTCNN_API uint32_t mnistcnn_version(void);

/* The same as text, "0.1.0". */
MNISTCNN_API const char *mnistcnn_version_string(void);

/* One line about this build and machine, for bug reports: version, compiler, matrix multiplication
 * back end, instruction set, libpng. Text out as above. */
MNISTCNN_API int32_t mnistcnn_build_info(char *text, size_t capacity, size_t *length);

/* 1 where this build on this machine has the feature, else 0 (also for an unknown name).
 * "openblas": matrix products may use OpenBLAS; "avx2", "avx512", "portable": the instruction set
 * can be chosen with mnistcnn_model_set_instruction_set(); "int8": MNISTCNN_PRECISION_REDUCED makes
 * a difference. */
MNISTCNN_API int32_t mnistcnn_has_feature(const char *name);

/* ------------------------------------------------------------------------------------ status -- */

typedef int32_t mnistcnn_status;

/* The numbers never change their meaning; new ones are added at the end.
 * X(name, number, description) */
#define MNISTCNN_STATUS_TABLE(X)                                                                   \
  X(OK, 0, "success")                                                                              \
  X(INVALID_ARGUMENT, -1, "an argument is missing, out of range, or contradicts another")          \
  X(OUT_OF_MEMORY, -2, "memory could not be allocated")                                            \
  X(IO, -3, "a file or folder could not be opened, read or written")                               \
  X(FORMAT, -4, "the content of a file or buffer is malformed")                                    \
  X(UNSUPPORTED, -5, "well-formed, but this build or version cannot do it")                        \
  X(ARCHITECTURE, -6, "the architecture text is malformed or its shapes do not fit")               \
  X(SHAPE_MISMATCH, -7, "sizes, channels, classes or counts of two objects do not agree")          \
  X(BUFFER_TOO_SMALL, -8, "the caller's buffer is smaller than the result")                        \
  X(CANCELLED, -9, "stopped because the caller asked for it")                                      \
  X(NOT_FINITE, -10, "training produced a NaN or an infinity")                                     \
  X(STATE, -11, "the object is not in a state in which this can be done")                          \
  X(NOT_FOUND, -12, "there is no such file, name or index")                                        \
  X(LIMIT, -13, "a documented limit would be exceeded")                                            \
  X(THREADS, -14, "threads could not be started")

enum {
#define MNISTCNN_STATUS_ENUM(name, number, description) MNISTCNN_##name = (number),
  MNISTCNN_STATUS_TABLE(MNISTCNN_STATUS_ENUM)
#undef MNISTCNN_STATUS_ENUM
      MNISTCNN_STATUS_FORCE_SIGNED = -2147483647 - 1
};

/* "MNISTCNN_IO" and "a file or folder could not be ...". Never NULL: an unknown number gives
 * "MNISTCNN_UNKNOWN" and "unknown status". */
MNISTCNN_API const char *mnistcnn_status_name(mnistcnn_status status);
MNISTCNN_API const char *mnistcnn_status_description(mnistcnn_status status);

/* What went wrong in the last call of this thread that failed: one line of UTF-8 of at most 511
 * bytes, "" before the first failure. Never NULL; valid until this thread's next failure. Success
 * does not clear it. */
MNISTCNN_API const char *mnistcnn_last_error(void);

/* ------------------------------------------------------------------------------------ callbacks --
 * A callback returns normally: it must not throw a C++ exception or longjmp() out of the library.
 */

/* Memory for one object and everything made from it. Both functions must be safe to call from any
 * thread (decoding and training use several). allocate returns memory aligned as malloc's, or NULL.
 * The struct is copied. NULL wherever an allocator is asked for means malloc and free. */
typedef struct mnistcnn_allocator {
  uint32_t struct_size; /* sizeof (mnistcnn_allocator) */
  uint32_t reserved;    /* 0 */
  void *(*allocate)(size_t size_bytes, void *user);
  void (*deallocate)(void *pointer, void *user); /* never called with NULL */
  void *user;
} mnistcnn_allocator;

enum { MNISTCNN_LOG_INFO = 0, MNISTCNN_LOG_WARNING = 1 };

/* One line without a newline; valid during the call. Called in the thread that made the library
 * call, never concurrently for one object. */
typedef void (*mnistcnn_log_callback)(int32_t level, const char *message, void *user);

enum {
  MNISTCNN_EVENT_LOADING = 0,    /* reading a dataset: images_done of images_total files */
  MNISTCNN_EVENT_STEP = 1,       /* one optimiser step is done */
  MNISTCNN_EVENT_VALIDATING = 2, /* the epoch's validation: images_done of images_total */
  MNISTCNN_EVENT_EPOCH_END = 3,  /* the epoch, its validation and its checkpoint are done */
  MNISTCNN_EVENT_EVALUATING = 4  /* mnistcnn_evaluate(): images_done of images_total */
};

/* Where a long call stands. Means (loss, accuracies) are over the images of this epoch so far, seen
 * with the weights as they were at each step, as Keras prints them; NaN where there is none yet. */
typedef struct mnistcnn_progress {
  uint32_t struct_size;
  int32_t event;
  uint32_t epoch;  /* from 1; 0 outside training */
  uint32_t epochs; /* of the whole training */
  uint64_t step;   /* steps done in this epoch */
  uint64_t steps;  /* of each epoch */
  uint64_t images_done;
  uint64_t images_total;
  double seconds;      /* since the start of this epoch (or call) */
  double seconds_left; /* estimate to the end of this epoch (or call); NaN while unknown */
  double learning_rate;
  double loss;
  double accuracy;        /* true (categorical): share of images whose top class is right */
  double binary_accuracy; /* Keras 2.0's "acc" under binary cross entropy: share of right outputs */
  double validation_loss; /* the validation figures: NaN until the epoch's validation is done */
  double validation_accuracy;
  double validation_binary_accuracy;
} mnistcnn_progress;

/* Return 0 to go on; anything else cancels the call, which then returns MNISTCNN_CANCELLED.
 * Called in the thread that made the library call. */
typedef int32_t (*mnistcnn_progress_callback)(const mnistcnn_progress *progress, void *user);

/* ------------------------------------------------------------------------------------- model -- */

/* A network and its weights, class names and input convention. */
typedef struct mnistcnn_model mnistcnn_model;

enum {
  MNISTCNN_INIT_GLOROT_UNIFORM = 0, /* Glorot & Bengio 2010: limit sqrt(6 / (fan_in + fan_out)) */
  MNISTCNN_INIT_HE_NORMAL = 1       /* He et al. 2015: deviation sqrt(2 / fan_in) */
};

/* The tutorial's network: what architecture NULL stands for. */
#define MNISTCNN_DEFAULT_ARCHITECTURE                                                              \
  "conv 16 5x5 relu, maxpool 2, conv 32 5x5 relu, maxpool 2, flatten, dense 1000 relu, "           \
  "dense 10 softmax"

typedef struct mnistcnn_model_options {
  uint32_t struct_size;
  uint32_t input_height;   /* 1..4096, default 28 */
  uint32_t input_width;    /* 1..4096, default 28 */
  uint32_t input_channels; /* 1 or 3, default 3 as the tutorial */
  uint32_t num_classes;    /* 2..1000, default 10; must agree with the last dense layer */
  int32_t initializer;     /* MNISTCNN_INIT_..., biases start at 0 */
  uint64_t seed;           /* of the initial weights, default 1 */
  float input_mean;        /* the network sees (intensity - mean) / deviation with intensity in */
  float input_deviation;   /* 0..1; default 0 and 1; each 1e-6..1e6, the mean also negative or 0 */
  /* Layers from input to output, separated by commas; names and numbers by blanks:
   *   conv FILTERS HxW [same|valid] [relu]   stride 1; "5" stands for 5x5; valid if not said
   *   maxpool HxW                            stride = window; what fills no window is dropped
   *   relu
   *   dropout RATE                           0 <= RATE < 1, in training only
   *   flatten
   *   dense OUTPUTS [relu]                   OUTPUTS may be "classes"
   *   softmax                                last; "dense N softmax" is short for both
   * Shapes are inferred. NULL: MNISTCNN_DEFAULT_ARCHITECTURE with num_classes outputs. */
  const char *architecture;
  /* num_classes names, unique, 1..255 bytes of UTF-8 without control characters; NULL: "0", "1",
   * ..., to be replaced by the dataset's when the model is trained on one that has names. */
  const char *const *class_names;
  const mnistcnn_allocator *allocator;
} mnistcnn_model_options;

/* Fills *options with the defaults. size: sizeof *options. */
MNISTCNN_API mnistcnn_status mnistcnn_model_options_init(mnistcnn_model_options *options,
                                                         size_t size);

/* Fills *options for a preset of mnistcnn_train_options_preset(): "tutorial" or "best". */
MNISTCNN_API mnistcnn_status mnistcnn_model_options_preset(mnistcnn_model_options *options,
                                                           size_t size, const char *preset);

/* A new model with random weights. options NULL: the defaults.
 * A bad layer gives MNISTCNN_ARCHITECTURE and a message with its number and text. */
MNISTCNN_API mnistcnn_status mnistcnn_model_create(const mnistcnn_model_options *options,
                                                   mnistcnn_model **model);

/* An independent copy. */
MNISTCNN_API mnistcnn_status mnistcnn_model_clone(const mnistcnn_model *model,
                                                  mnistcnn_model **clone);

MNISTCNN_API void mnistcnn_model_free(mnistcnn_model *model);

/* Reads a model file (safetensors, docs/model-format.md). The file is untrusted: anything that does
 * not fit exactly is MNISTCNN_FORMAT (or MNISTCNN_UNSUPPORTED when it is of a newer version), with
 * the path and the reason in the message. A missing file is MNISTCNN_NOT_FOUND. */
MNISTCNN_API mnistcnn_status mnistcnn_model_load_file(const char *path,
                                                      const mnistcnn_allocator *allocator,
                                                      mnistcnn_model **model);
MNISTCNN_API mnistcnn_status mnistcnn_model_load_memory(const void *data, size_t size_bytes,
                                                        const mnistcnn_allocator *allocator,
                                                        mnistcnn_model **model);

/* Writes a model file, atomically: afterwards `path` holds the whole new file or, on failure, what
 * it held before. */
MNISTCNN_API mnistcnn_status mnistcnn_model_save_file(const mnistcnn_model *model,
                                                      const char *path);

/* The same bytes into a buffer. *size_bytes receives the size; buffer NULL with capacity_bytes 0
 * asks for it only. */
MNISTCNN_API mnistcnn_status mnistcnn_model_save_memory(const mnistcnn_model *model, void *buffer,
                                                        size_t capacity_bytes, size_t *size_bytes);

/* Any of the three pointers may be NULL. */
MNISTCNN_API mnistcnn_status mnistcnn_model_input_shape(const mnistcnn_model *model,
                                                        uint32_t *height, uint32_t *width,
                                                        uint32_t *channels);

/* These four return 0 for a NULL model. Parameters count weights and biases. */
MNISTCNN_API uint32_t mnistcnn_model_num_classes(const mnistcnn_model *model);
MNISTCNN_API size_t mnistcnn_model_input_count(const mnistcnn_model *model); /* floats per image */
MNISTCNN_API uint32_t mnistcnn_model_num_layers(const mnistcnn_model *model);
MNISTCNN_API uint64_t mnistcnn_model_num_parameters(const mnistcnn_model *model);

/* The name of a class; NULL where there is no such class. Valid until the names change. */
MNISTCNN_API const char *mnistcnn_model_class_name(const mnistcnn_model *model, uint32_t index);

/* Replaces all names; count must be the number of classes; rules as in mnistcnn_model_options. */
MNISTCNN_API mnistcnn_status mnistcnn_model_set_class_names(mnistcnn_model *model,
                                                            const char *const *names,
                                                            uint32_t count);

/* Probabilities are softmax(logits / temperature): 1 in a new model; below 1 surer, above 1 less
 * sure of the same answers. Training sets it to 1, or fits it (calibration_fraction). 1e-6..1e6;
 * the getter returns 0 for a NULL model. */
MNISTCNN_API float mnistcnn_model_temperature(const mnistcnn_model *model);
MNISTCNN_API mnistcnn_status mnistcnn_model_set_temperature(mnistcnn_model *model,
                                                            float temperature);

/* The architecture in its normal form; NULL for a NULL model. */
MNISTCNN_API const char *mnistcnn_model_architecture(const mnistcnn_model *model);

enum {
  MNISTCNN_LAYER_CONV2D = 0,
  MNISTCNN_LAYER_MAXPOOL2D = 1,
  MNISTCNN_LAYER_RELU = 2,
  MNISTCNN_LAYER_DROPOUT = 3,
  MNISTCNN_LAYER_FLATTEN = 4,
  MNISTCNN_LAYER_DENSE = 5,
  MNISTCNN_LAYER_SOFTMAX = 6
};

typedef struct mnistcnn_layer_info {
  uint32_t struct_size;
  int32_t kind;           /* MNISTCNN_LAYER_... */
  uint32_t output_height; /* flat outputs are 1 x 1 x outputs */
  uint32_t output_width;
  uint32_t output_channels;
  uint32_t relu;            /* 1: the layer ends in a ReLU */
  uint32_t kernel_shape[4]; /* conv2d: H, W, in, out; dense: in, out, 0, 0; else 0 */
  uint64_t num_parameters;
  char name[32]; /* "conv2d_1", as Keras numbers them; NUL-terminated */
} mnistcnn_layer_info;

/* What layer `index` (from 0) is. */
MNISTCNN_API mnistcnn_status mnistcnn_model_layer(const mnistcnn_model *model, uint32_t index,
                                                  mnistcnn_layer_info *info);

enum { MNISTCNN_WEIGHTS_KERNEL = 0, MNISTCNN_WEIGHTS_BIAS = 1 };

/* Copies a layer's kernel (conv2d: [H][W][in][out], dense: [in][out], as Keras) or bias ([out]) out
 * of or into the model. *count (may be NULL) receives the number of floats; values NULL with
 * capacity 0 asks for it only. A layer without weights is MNISTCNN_NOT_FOUND. When setting, count
 * must be exact and the values finite. */
MNISTCNN_API mnistcnn_status mnistcnn_model_get_weights(const mnistcnn_model *model, uint32_t layer,
                                                        int32_t which, float *values,
                                                        size_t capacity, size_t *count);
MNISTCNN_API mnistcnn_status mnistcnn_model_set_weights(mnistcnn_model *model, uint32_t layer,
                                                        int32_t which, const float *values,
                                                        size_t count);

/* Notes kept in the model file beside the weights, UTF-8. Keys are 1..64 of [a-z0-9_.-]; values up
 * to 4096 bytes, without control characters but tabs and line breaks; at most 64 notes. Training
 * writes "training.*" (preset-independent facts: epochs, seed, images, ...). get returns NULL where
 * there is no such key; set with value NULL removes. */
MNISTCNN_API const char *mnistcnn_model_get_note(const mnistcnn_model *model, const char *key);
MNISTCNN_API mnistcnn_status mnistcnn_model_set_note(mnistcnn_model *model, const char *key,
                                                     const char *value);

/* The table Keras' summary() prints: layers, output shapes, parameters. Text out as above. */
MNISTCNN_API mnistcnn_status mnistcnn_model_summary(const mnistcnn_model *model, char *text,
                                                    size_t capacity, size_t *length);

/* The operations the layers run as with the model's instruction set, one a line: which layers are
 * fused, and how dense layers are cut up in training. For reading; its form may change. String
 * output as above. */
MNISTCNN_API mnistcnn_status mnistcnn_model_plan(const mnistcnn_model *model, char *text,
                                                 size_t capacity, size_t *length);

/* Which kernels this model computes with: "portable", "avx2", "avx512", or "auto" (the default: the
 * best the processor has). For tests and comparisons; not stored in files. One the processor or
 * build lacks is MNISTCNN_UNSUPPORTED. */
MNISTCNN_API mnistcnn_status mnistcnn_model_set_instruction_set(mnistcnn_model *model,
                                                                const char *name);
MNISTCNN_API const char *mnistcnn_model_instruction_set(const mnistcnn_model *model);

/* ----------------------------------------------------------------------------------- predict -- */

/* Scratch memory for predictions: with one, predicting allocates nothing. It belongs to one thread
 * at a time and serves every model of the same architecture and input shape as the one it was made
 * for. The functions below make a temporary one when given NULL. */
typedef struct mnistcnn_workspace mnistcnn_workspace;

/* How exactly a workspace computes. Reduced: dense layers of 64 and more outputs that follow a ReLU
 * multiply in 8-bit integers where mnistcnn_has_feature("int8") and the model's instruction set is
 * "avx512"; anywhere else it is float32 to the last bit. Batches of the default architecture take
 * about three fifths of the time and probabilities move by less than about 1.5e-2; where hidden
 * layers are dense alone, by up to about 7e-2. Images whose two best classes come closer than 1/8
 * are computed in float32 after all, so that the top class stays the same, and so are those whose
 * values are not finite. The results are still the same bytes at any number of threads and images.
 */
enum { MNISTCNN_PRECISION_FLOAT32 = 0, MNISTCNN_PRECISION_REDUCED = 1 };

typedef struct mnistcnn_workspace_options {
  uint32_t struct_size;
  uint32_t max_batch;   /* images worked on at once, 1..4096, default 32; any count may be given */
  uint32_t num_threads; /* 1..256, default 1; the results are the same bytes at any number */
  uint32_t precision;   /* MNISTCNN_PRECISION_..., default MNISTCNN_PRECISION_FLOAT32 */
} mnistcnn_workspace_options;

MNISTCNN_API mnistcnn_status mnistcnn_workspace_options_init(mnistcnn_workspace_options *options,
                                                             size_t size);
/* options NULL: the defaults. The model may be freed before the workspace. */
MNISTCNN_API mnistcnn_status mnistcnn_workspace_create(const mnistcnn_model *model,
                                                       const mnistcnn_workspace_options *options,
                                                       mnistcnn_workspace **workspace);
MNISTCNN_API void mnistcnn_workspace_free(mnistcnn_workspace *workspace);

/* The classes' probabilities for `count` images (0 is fine). images: [count][height][width]
 * [channels] of the model's input shape. probabilities: [count][classes], each row adding up to 1;
 * capacity in floats, at least count * classes.
 * With a workspace of one thread: no allocation, no system call, and no lock either but where the
 * "portable" instruction set leaves products to OpenBLAS, which locks its table of buffers. */
MNISTCNN_API mnistcnn_status mnistcnn_predict(const mnistcnn_model *model,
                                              mnistcnn_workspace *workspace, const float *images,
                                              size_t count, float *probabilities, size_t capacity);
MNISTCNN_API mnistcnn_status mnistcnn_predict_u8(const mnistcnn_model *model,
                                                 mnistcnn_workspace *workspace,
                                                 const uint8_t *images, size_t count,
                                                 float *probabilities, size_t capacity);

/* One PNG of any size and colour type, brought to the model's size and channels as by
 * mnistcnn_dataset_load_folder() with its default options. */
MNISTCNN_API mnistcnn_status mnistcnn_predict_png_file(const mnistcnn_model *model,
                                                       mnistcnn_workspace *workspace,
                                                       const char *path, float *probabilities,
                                                       size_t capacity);
MNISTCNN_API mnistcnn_status mnistcnn_predict_png_memory(const mnistcnn_model *model,
                                                         mnistcnn_workspace *workspace,
                                                         const void *data, size_t size_bytes,
                                                         float *probabilities, size_t capacity);

/* The most probable class of one row (the first when equal; a NaN never wins) and its probability.
 * Either out-parameter may be NULL. A row of nothing but NaN is MNISTCNN_NOT_FINITE. */
MNISTCNN_API mnistcnn_status mnistcnn_top_class(const float *probabilities, uint32_t num_classes,
                                                uint32_t *class_index, float *confidence);

/* ------------------------------------------------------------------------------------ images -- */

enum {
  MNISTCNN_RESIZE_SMOOTH =
      0, /* an axis that shrinks: mean over the area; one that grows: bilinear */
  MNISTCNN_RESIZE_NEAREST = 1 /* as Keras 2.0 (Pillow's nearest) */
};

/* The largest PNG accepted: bytes of the file, and pixels a side. */
#define MNISTCNN_MAX_PNG_BYTES  ((size_t)64 << 20)
#define MNISTCNN_MAX_IMAGE_SIDE 4096u

/* Decodes a PNG of any colour type, depth and interlacing to bytes. channels: 1 or 3, or 0 for what
 * the file has (gray 1, colour and palette 3), and alpha is dropped, not composited, as Keras does;
 * or 2 (gray) or 4 (RGB) with alpha as the last channel, 255 where the file says nothing of it.
 * Colour becomes gray by ITU-R 601 luma as Pillow's "L"; gamma and colour profiles are ignored;
 * 16 bits keep their upper 8. *height, *width and *got_channels (each may be NULL) are set even
 * when the capacity is too small; pixels NULL with capacity 0 asks for them only. */
MNISTCNN_API mnistcnn_status mnistcnn_png_decode_memory(const void *data, size_t size_bytes,
                                                        uint32_t channels, uint8_t *pixels,
                                                        size_t capacity, uint32_t *height,
                                                        uint32_t *width, uint32_t *got_channels);
MNISTCNN_API mnistcnn_status mnistcnn_png_decode_file(const char *path, uint32_t channels,
                                                      uint8_t *pixels, size_t capacity,
                                                      uint32_t *height, uint32_t *width,
                                                      uint32_t *got_channels);

/* Writes an 8-bit gray or RGB PNG, atomically: other programs see the old file or the whole new
 * one. Does not wait until the disk has it. */
MNISTCNN_API mnistcnn_status mnistcnn_png_write_file(const char *path, const uint8_t *pixels,
                                                     uint32_t height, uint32_t width,
                                                     uint32_t channels);

/* Resizes one image; both buffers hold height * width * channels bytes. They must not overlap. */
MNISTCNN_API mnistcnn_status mnistcnn_image_resize(const uint8_t *source, uint32_t source_height,
                                                   uint32_t source_width, uint32_t channels,
                                                   int32_t resize, uint8_t *target,
                                                   uint32_t target_height, uint32_t target_width);

/* ------------------------------------------------------------------------------------ digits -- */

/* Digits as people write, scan and photograph them, brought into the form of MNIST's images, which
 * is what a network trained on those can read: one digit, light on black, scaled to fit 20 of the
 * 28 pixels a side, its centre of mass in the middle (in proportion at other sizes). What is done
 * on the way, and how well that works, is told in docs/digits.md. */

enum {
  MNISTCNN_POLARITY_AUTO = 0, /* find out */
  MNISTCNN_POLARITY_DARK_ON_LIGHT = 1,
  MNISTCNN_POLARITY_LIGHT_ON_DARK = 2
};

/* What was found. The numbers never change their meaning; new ones are added at the end. Up to
 * MNISTCNN_DIGIT_TOUCHING there is something for a network to read. */
enum {
  MNISTCNN_DIGIT_FOUND = 0,
  MNISTCNN_DIGIT_TOUCHING = 1, /* wider than a digit: several that touch, perhaps */
  MNISTCNN_DIGIT_BLANK = 2,    /* nothing stands out from the background */
  MNISTCNN_DIGIT_FILLED = 3,   /* a filled shape, without strokes */
  MNISTCNN_DIGIT_SEVERAL = 4,  /* several things where one digit was to be; see _digits_find() */
  MNISTCNN_DIGIT_OTHER = 5     /* a picture of something else */
};

/* What a verdict means, in words that finish "this is no digit: ..."; never NULL. */
MNISTCNN_API const char *mnistcnn_digit_verdict_text(int32_t verdict);

typedef struct mnistcnn_digit_options {
  uint32_t struct_size;
  int32_t polarity; /* MNISTCNN_POLARITY_..., default AUTO */
  uint32_t height;  /* of the prepared image, 8..1024, default 28: the model's input */
  uint32_t width;
  uint32_t keep_similar; /* 1 (default): one digit that mnistcnn_digit_is_prepared() is passed on as
                            it is; 0: worked on like any other */
  uint32_t reserved;     /* 0 */
  const mnistcnn_allocator *allocator;
} mnistcnn_digit_options;

MNISTCNN_API mnistcnn_status mnistcnn_digit_options_init(mnistcnn_digit_options *options,
                                                         size_t size);

/* Where a digit is, and what became of it. Coordinates and sizes are in pixels of the image given;
 * all 0 where there is no digit. */
typedef struct mnistcnn_digit_info {
  uint32_t struct_size;
  int32_t verdict;  /* MNISTCNN_DIGIT_... */
  int32_t polarity; /* MNISTCNN_POLARITY_...: of the ink that was found */
  uint32_t line;    /* of writing, from 0 at the top */
  uint32_t top;     /* the box around the digit's ink */
  uint32_t left;
  uint32_t height;
  uint32_t width;
  uint32_t unchanged; /* 1: it was in the right form, and is as it was */
  float scale;        /* prepared pixels per pixel of the image */
  float stroke;       /* mean width of the strokes as written, in prepared pixels; 0 if unchanged */
  float contrast;     /* of the ink to the background, 0..1 */
} mnistcnn_digit_info;

/* 1 where the image is of this size and looks like one of MNIST's: light on black, of the usual
 * size and place; else 0, also for wrong arguments. channels: 1 or 3. */
MNISTCNN_API int32_t mnistcnn_digit_is_prepared(const uint8_t *pixels, uint32_t height,
                                                uint32_t width, uint32_t channels,
                                                uint32_t prepared_height, uint32_t prepared_width);

/* Prepares the one digit that an image shows: `pixels` ([height][width][channels], sides 1..4096;
 * channels 1 gray, 3 RGB, 2 and 4 the same with alpha behind, not premultiplied) to `prepared`
 * (options->height * options->width bytes, gray; capacity in bytes). What is transparent shows a
 * white ground, or a black one where hardly anything of the image could be seen on white (white
 * strokes), or where options->polarity says that the ink is light; opaque images are as without
 * alpha. That there is no
 * digit is no failure: info (which may be NULL only if you do not care) then has the verdict, and
 * the prepared image is black. The same input gives the same bytes. options NULL: the defaults. */
MNISTCNN_API mnistcnn_status mnistcnn_digit_prepare(const uint8_t *pixels, uint32_t height,
                                                    uint32_t width, uint32_t channels,
                                                    const mnistcnn_digit_options *options,
                                                    uint8_t *prepared, size_t capacity,
                                                    mnistcnn_digit_info *info);

/* The digits of an image that may show many. Immutable once made. */
typedef struct mnistcnn_digits mnistcnn_digits;

/* Finds and prepares every digit: connected pieces of ink, small ones (the bar of a 5) joined with
 * the digit they belong to, line by line and each line from left to right. What touches is not
 * taken apart but becomes one box of verdict MNISTCNN_DIGIT_TOUCHING. What is as large as a digit
 * but cannot be one (a dash, a blot) is listed with its verdict; specks and dots are not. An image
 * with nothing on it gives an object with no digits. options as above, keep_similar does not apply.
 */
MNISTCNN_API mnistcnn_status mnistcnn_digits_find(const uint8_t *pixels, uint32_t height,
                                                  uint32_t width, uint32_t channels,
                                                  const mnistcnn_digit_options *options,
                                                  mnistcnn_digits **digits);
MNISTCNN_API void mnistcnn_digits_free(mnistcnn_digits *digits);

MNISTCNN_API size_t mnistcnn_digits_count(const mnistcnn_digits *digits); /* 0 for NULL */
/* Beyond the last one: MNISTCNN_NOT_FOUND. */
MNISTCNN_API mnistcnn_status mnistcnn_digits_info(const mnistcnn_digits *digits, size_t index,
                                                  mnistcnn_digit_info *info);
/* The prepared image, options->height * options->width bytes; NULL where there is none. */
MNISTCNN_API const uint8_t *mnistcnn_digits_image(const mnistcnn_digits *digits, size_t index);

/* The classes' probabilities for every digit found: [count][classes], as mnistcnn_predict(); the
 * prepared images must be of the model's height and width. A guess at digits that touch would sound
 * as sure as any: their row is the mean of what the network says and of no idea (1 / classes each),
 * so no class gets far above a half. The row of what is no digit is no idea. */
MNISTCNN_API mnistcnn_status mnistcnn_predict_digits(const mnistcnn_model *model,
                                                     mnistcnn_workspace *workspace,
                                                     const mnistcnn_digits *digits,
                                                     float *probabilities, size_t capacity);

/* ---------------------------------------------------------------------------------- datasets -- */

/* Labelled images of one size, held as bytes. Immutable once made. */
typedef struct mnistcnn_dataset mnistcnn_dataset;

enum {
  MNISTCNN_PREPARE_NONE = 0, /* images are resized, and that is all */
  /* Each is brought into the form of MNIST's by mnistcnn_digit_prepare(), alpha read, gray unless
   * `channels` is 3, and 28 x 28 unless a size is given. One without a digit counts as broken:
   * MNISTCNN_FORMAT.
   */
  MNISTCNN_PREPARE_DIGIT = 1
};

typedef struct mnistcnn_dataset_options {
  uint32_t struct_size;
  uint32_t height;      /* images are resized to this; 0 (default): the size of the first image */
  uint32_t width;       /* both or neither */
  uint32_t channels;    /* 1 or 3; 0 (default): 3 if any image has colour, else 1 */
  int32_t resize;       /* MNISTCNN_RESIZE_... */
  uint32_t skip_broken; /* 1: files that cannot be read are named to the log, counted and left out;
                           0 (default): the first one (in sorted order) fails the call */
  uint32_t num_threads; /* that decode, 1..256, default 1 */
  uint32_t prepare;     /* MNISTCNN_PREPARE_..., default NONE */
  mnistcnn_progress_callback progress; /* MNISTCNN_EVENT_LOADING, at most 20 times a second */
  mnistcnn_log_callback log;
  void *user; /* for both callbacks */
  const mnistcnn_allocator *allocator;
} mnistcnn_dataset_options;

MNISTCNN_API mnistcnn_status mnistcnn_dataset_options_init(mnistcnn_dataset_options *options,
                                                           size_t size);

/* Reads a folder with one sub-folder per class, as Keras' flow_from_directory: classes are the
 * sub-folders in sorted byte order ("10" before "2"), images the *.png files (any case) found in
 * them at any depth, in sorted order. options NULL: the defaults.
 *   hidden (dot) files and folders      left out
 *   other kinds of files                left out; how many is said to the log
 *   symbolic links                      followed; one that leads back into itself, deeper than 32
 *                                       levels: MNISTCNN_LIMIT
 *   a sub-folder without images         a class without images, said to the log
 *   a class with one image              fine
 *   no sub-folder, or only one          MNISTCNN_FORMAT (a class needs a folder; two at least)
 *   no image at all                     MNISTCNN_FORMAT
 *   more than 1000 classes              MNISTCNN_LIMIT
 *   a class name that is not UTF-8      MNISTCNN_FORMAT (or has control characters)
 *   an unreadable folder                MNISTCNN_IO, also with skip_broken
 *   a file that is not a valid PNG      MNISTCNN_FORMAT, or see skip_broken
 */
MNISTCNN_API mnistcnn_status mnistcnn_dataset_load_folder(const char *path,
                                                          const mnistcnn_dataset_options *options,
                                                          mnistcnn_dataset **dataset);

/* Reads MNIST's IDX files (images: unsigned bytes [n][h][w] or [n][h][w][3]; labels: unsigned bytes
 * [n]), plain or gzip-compressed whatever their names. Classes are 0..largest label, without names.
 * Length and counts must agree exactly. */
MNISTCNN_API mnistcnn_status mnistcnn_dataset_load_idx(const char *images_path,
                                                       const char *labels_path,
                                                       const mnistcnn_dataset_options *options,
                                                       mnistcnn_dataset **dataset);

/* A dataset from memory. pixels: [count][height][width][channels]; labels: [count], each
 * 0..num_classes-1. class_names: num_classes names (rules as in mnistcnn_model_options), or NULL.
 * copy copies the pixels; borrow keeps the pointer, which must stay valid and unchanged until the
 * dataset and everything split from it are freed. Labels are copied by both. */
MNISTCNN_API mnistcnn_status mnistcnn_dataset_create_copy(
    const uint8_t *pixels, const int32_t *labels, size_t count, uint32_t height, uint32_t width,
    uint32_t channels, uint32_t num_classes, const char *const *class_names,
    const mnistcnn_allocator *allocator, mnistcnn_dataset **dataset);
MNISTCNN_API mnistcnn_status mnistcnn_dataset_create_borrow(
    const uint8_t *pixels, const int32_t *labels, size_t count, uint32_t height, uint32_t width,
    uint32_t channels, uint32_t num_classes, const char *const *class_names,
    const mnistcnn_allocator *allocator, mnistcnn_dataset **dataset);

/* Splits into two: of every class, round(fraction * images) random ones (by seed; at least one, and
 * at least one left behind, where a class has two or more) become `second`, the rest `first`. The
 * parts share the pixels with the dataset, which may be freed before them. 0 < fraction < 1. A
 * split that would leave one part without images is MNISTCNN_INVALID_ARGUMENT. */
MNISTCNN_API mnistcnn_status mnistcnn_dataset_split(const mnistcnn_dataset *dataset,
                                                    double fraction, uint64_t seed,
                                                    mnistcnn_dataset **first,
                                                    mnistcnn_dataset **second);

/* The images with these indices (at least one), in this order, sharing the pixels. */
MNISTCNN_API mnistcnn_status mnistcnn_dataset_subset(const mnistcnn_dataset *dataset,
                                                     const size_t *indices, size_t count,
                                                     mnistcnn_dataset **subset);

MNISTCNN_API void mnistcnn_dataset_free(mnistcnn_dataset *dataset);

MNISTCNN_API size_t mnistcnn_dataset_count(const mnistcnn_dataset *dataset); /* 0 for NULL */
MNISTCNN_API uint32_t mnistcnn_dataset_num_classes(const mnistcnn_dataset *dataset);
/* Files left out by skip_broken; 0 for NULL. */
MNISTCNN_API size_t mnistcnn_dataset_num_skipped(const mnistcnn_dataset *dataset);
MNISTCNN_API mnistcnn_status mnistcnn_dataset_shape(const mnistcnn_dataset *dataset,
                                                    uint32_t *height, uint32_t *width,
                                                    uint32_t *channels);
/* NULL where the class does not exist or the dataset has no names. */
MNISTCNN_API const char *mnistcnn_dataset_class_name(const mnistcnn_dataset *dataset,
                                                     uint32_t index);
/* The bytes of image `index`, height * width * channels of them; NULL where there is none. */
MNISTCNN_API const uint8_t *mnistcnn_dataset_image(const mnistcnn_dataset *dataset, size_t index);
/* The class of image `index`; -1 where there is none. */
MNISTCNN_API int32_t mnistcnn_dataset_label(const mnistcnn_dataset *dataset, size_t index);
/* Where image `index` came from, below the folder that was loaded ("7/00012.png"); NULL where there
 * is no such image or it came from no file of its own. */
MNISTCNN_API const char *mnistcnn_dataset_path(const mnistcnn_dataset *dataset, size_t index);

/* ---------------------------------------------------------------------------------- training -- */

enum {
  /* Mean over all outputs of -(y log p + (1-y) log(1-p)), p clipped to [1e-7, 1 - 1e-7], over the
   * softmax outputs: the tutorial's. */
  MNISTCNN_LOSS_BINARY_CROSS_ENTROPY = 0,
  /* -log p of the right class; with label smoothing s the target is (1-s) y + s / classes. */
  MNISTCNN_LOSS_CATEGORICAL_CROSS_ENTROPY = 1
};

enum {
  /* Keras 2.0.3: a = rho a + (1-rho) g^2; w -= rate g / (sqrt(a) + epsilon) */
  MNISTCNN_OPTIMIZER_RMSPROP = 0,
  /* v = momentum v - rate g; w += v, or with nesterov w += momentum v - rate g */
  MNISTCNN_OPTIMIZER_SGD = 1,
  /* Kingma & Ba 2015, bias-corrected */
  MNISTCNN_OPTIMIZER_ADAM = 2,
  /* Loshchilov & Hutter 2019: Adam, and w -= rate weight_decay w on kernels (not biases) */
  MNISTCNN_OPTIMIZER_ADAMW = 3
};

enum {
  MNISTCNN_SCHEDULE_CONSTANT = 0,
  /* From warmup_start * rate up to rate over the first warmup_fraction of all steps, then down to
   * schedule_end * rate, along a straight line or half a cosine. */
  MNISTCNN_SCHEDULE_LINEAR = 1,
  MNISTCNN_SCHEDULE_COSINE = 2
};

enum {
  MNISTCNN_AUGMENT_NONE = 0,
  /* ImageDataGenerator of Keras 2.0.3: shear in radians, zoom each axis by 1 +- zoom about
   * (height/2 + 0.5, width/2 + 0.5), nearest pixel, edges repeated. Rotation in degrees and shift
   * as a fraction of the side, as its rotation_range, height_shift_range and width_shift_range. */
  MNISTCNN_AUGMENT_KERAS_2_0 = 1,
  /* The same of Keras 2.9: shear in degrees, bilinear, centre (side - 1) / 2. */
  MNISTCNN_AUGMENT_KERAS_2_9 = 2,
  /* One bilinear warp, zeros outside, about the centre (side - 1) / 2: rotation in degrees, shear
   * as a matrix entry, zoom, shift in pixels, and an elastic field of elastic_pixels deviation;
   * each uniform in +- its range. Before it, a stroke of a, uniform in +- stroke, moves each pixel
   * by |a| of the way to the largest (a > 0: thicker) or smallest of itself and its four
   * neighbours. */
  MNISTCNN_AUGMENT_SMOOTH = 3
};

typedef struct mnistcnn_train_options {
  uint32_t struct_size;
  uint32_t epochs;      /* 1..100000, default 4 */
  uint32_t batch_size;  /* 1..65536, default 32; the last batch of an epoch may be smaller */
  uint32_t num_threads; /* 1..256, default 1; the results are the same bytes at any number */
  uint64_t seed;        /* of shuffling, augmentation and dropout; default 1 */
  int32_t loss;         /* MNISTCNN_LOSS_... */
  int32_t optimizer;    /* MNISTCNN_OPTIMIZER_... */
  int32_t schedule;     /* MNISTCNN_SCHEDULE_... */
  int32_t augment;      /* MNISTCNN_AUGMENT_... */
  uint32_t shuffle;     /* 1 (default): a new order each epoch; 0: the dataset's order */
  uint32_t
      horizontal_flip;   /* 1: mirror every second image, on average; with any augment but NONE */
  uint32_t nesterov;     /* SGD: 1 for Nesterov's momentum */
  float label_smoothing; /* 0 <= s < 1, categorical cross entropy only */
  float learning_rate;   /* > 0, default 0.001 */
  float rho;             /* RMSprop, default 0.9 */
  float momentum;        /* SGD, default 0.9 */
  float beta1;           /* Adam, AdamW, default 0.9 */
  float beta2;           /* Adam, AdamW, default 0.999 */
  float epsilon;         /* default 1e-8 */
  float weight_decay;    /* AdamW and SGD (decoupled), default 0 */
  float warmup_fraction; /* 0 <= f < 1, default 0 */
  float warmup_start;    /* 0 <= s <= 1, default 0 */
  float schedule_end;    /* 0 <= e <= 1, default 0 */
  float average_decay;   /* 0 (default): off. d: keep an exponential moving average of the weights
                            (d average + (1-d) weights after each step, d rising to its value as
                            min(d, (1+t)/(10+t))), validate with it and leave it in the model */
  float plain_fraction;  /* the last share of all steps that trains without augmentation */
  float rotation;        /* augmentation, units as said at MNISTCNN_AUGMENT_... */
  float shear;
  float zoom; /* 0 <= zoom < 1 */
  float shift;
  float elastic_pixels;
  float stroke;               /* 0 <= s <= 1 */
  float calibration_fraction; /* 0 <= f < 1, 0 (default): off. This share of every class is left out
                                 of the training and the model's temperature fitted on it at the end
                                 of each epoch. Of less than 100 images there is nothing to learn:
                                 then none are left out and the temperature is 1 */
  uint32_t reserved;          /* 0 */
  /* Where checkpoints go (atomically) at each epoch end and on cancel; NULL: nowhere. */
  const char *checkpoint_path;
  /* Set to non-zero (atomically, from any thread or a signal handler) to cancel; NULL: none. */
  const volatile int32_t *cancel;
  mnistcnn_progress_callback progress; /* STEP, VALIDATING and EPOCH_END events */
  mnistcnn_log_callback log;
  void *user; /* for both callbacks */
} mnistcnn_train_options;

/* Fills *options with the defaults: plain training (no augmentation) with RMSprop and binary cross
 * entropy, batch 32, 4 epochs. */
MNISTCNN_API mnistcnn_status mnistcnn_train_options_init(mnistcnn_train_options *options,
                                                         size_t size);

/* Fills *options for a preset; use mnistcnn_model_options_preset() of the same name for the model.
 * epochs 0: the preset's own number. An unknown name is MNISTCNN_NOT_FOUND.
 *
 *   "tutorial"  the Keras script: RMSprop, binary cross entropy, batch 32, 4 epochs, shear 0.2,
 *               zoom 0.2 and horizontal flip as Keras 2.0.3
 *   "best"      the recipe that gives the highest accuracy in `epochs` epochs
 */
MNISTCNN_API mnistcnn_status mnistcnn_train_options_preset(mnistcnn_train_options *options,
                                                           size_t size, const char *preset,
                                                           uint32_t epochs);

/* Trains the model on `train` and, where validation is not NULL, validates after each epoch.
 * Datasets must have the model's height, width and number of classes; gray images in a model of
 * three channels count as three equal ones. Class names must agree where both have them; a model
 * without any takes the dataset's. last (may be NULL) receives the figures of the last epoch.
 * options NULL: the defaults.
 *
 * MNISTCNN_CANCELLED: the model holds the last completed step, and the checkpoint is written.
 * MNISTCNN_NOT_FINITE: the model holds the weights of the last check that found everything finite
 * (checked every 64 steps).
 * Any other error: the model is as it was after the last completed step; before the first,
 * unchanged.
 */
MNISTCNN_API mnistcnn_status mnistcnn_train(mnistcnn_model *model, const mnistcnn_dataset *train,
                                            const mnistcnn_dataset *validation,
                                            const mnistcnn_train_options *options,
                                            mnistcnn_progress *last);

/* Goes on from a checkpoint to the end of its training, with the same bytes as if it had never been
 * interrupted. The datasets must be the same ones (their bytes are compared by a check sum:
 * MNISTCNN_SHAPE_MISMATCH). Of options (NULL: the defaults) only num_threads, checkpoint_path,
 * cancel, progress, log and user are used; the rest comes from the checkpoint. *model is a new
 * model, given also on MNISTCNN_CANCELLED and MNISTCNN_NOT_FINITE. */
MNISTCNN_API mnistcnn_status mnistcnn_train_resume(const char *checkpoint_path,
                                                   const mnistcnn_dataset *train,
                                                   const mnistcnn_dataset *validation,
                                                   const mnistcnn_train_options *options,
                                                   const mnistcnn_allocator *allocator,
                                                   mnistcnn_model **model, mnistcnn_progress *last);

/* Training by steps of the host's own loop. The trainer uses the model and the datasets, which must
 * outlive it; the model must not be used otherwise until the trainer is freed. */
typedef struct mnistcnn_trainer mnistcnn_trainer;

MNISTCNN_API mnistcnn_status mnistcnn_trainer_create(mnistcnn_model *model,
                                                     const mnistcnn_dataset *train,
                                                     const mnistcnn_dataset *validation,
                                                     const mnistcnn_train_options *options,
                                                     mnistcnn_trainer **trainer);
/* As mnistcnn_train_resume(); the model is the caller's to free, after the trainer. */
MNISTCNN_API mnistcnn_status mnistcnn_trainer_resume(
    const char *checkpoint_path, const mnistcnn_dataset *train, const mnistcnn_dataset *validation,
    const mnistcnn_train_options *options, const mnistcnn_allocator *allocator,
    mnistcnn_model **model, mnistcnn_trainer **trainer);

/* Does one optimiser step; the last one of an epoch also validates, writes the checkpoint and calls
 * back. progress (may be NULL) receives where things stand. After the last step of all,
 * MNISTCNN_STATE. After MNISTCNN_CANCELLED the next call goes on. */
MNISTCNN_API mnistcnn_status mnistcnn_trainer_step(mnistcnn_trainer *trainer,
                                                   mnistcnn_progress *progress);

/* 1 when all steps are done, else 0. */
MNISTCNN_API int32_t mnistcnn_trainer_finished(const mnistcnn_trainer *trainer);

/* Makes the running or next step return MNISTCNN_CANCELLED. From any thread or a signal handler:
 * one atomic store. NULL is fine. */
MNISTCNN_API void mnistcnn_trainer_cancel(mnistcnn_trainer *trainer);

/* Writes a checkpoint now, atomically. */
MNISTCNN_API mnistcnn_status mnistcnn_trainer_save(const mnistcnn_trainer *trainer,
                                                   const char *path);

/* The figures of a finished epoch (from 1), of this trainer or of the one it resumed. */
MNISTCNN_API mnistcnn_status mnistcnn_trainer_history(const mnistcnn_trainer *trainer,
                                                      uint32_t epoch, mnistcnn_progress *figures);

MNISTCNN_API void mnistcnn_trainer_free(mnistcnn_trainer *trainer);

/* What training would feed the network for one image: `pixels` ([height][width][channels]) as
 * augmented by `options` for sample `index` in `epoch` (from 1), as intensities 0..1. To look at,
 * and to feed other frameworks with. */
MNISTCNN_API mnistcnn_status mnistcnn_augment_image(const mnistcnn_train_options *options,
                                                    uint32_t epoch, uint64_t index,
                                                    const uint8_t *pixels, uint32_t height,
                                                    uint32_t width, uint32_t channels,
                                                    float *intensities, size_t capacity);

/* ---------------------------------------------------------------------------------- evaluate -- */

typedef struct mnistcnn_evaluate_options {
  uint32_t struct_size;
  uint32_t num_threads; /* 1..256, default 1 */
  int32_t loss;         /* which loss to report: MNISTCNN_LOSS_..., default binary cross entropy */
  uint32_t reserved;    /* 0 */
  mnistcnn_progress_callback progress; /* MNISTCNN_EVENT_EVALUATING */
  void *user;
} mnistcnn_evaluate_options;

MNISTCNN_API mnistcnn_status mnistcnn_evaluate_options_init(mnistcnn_evaluate_options *options,
                                                            size_t size);

typedef struct mnistcnn_metrics {
  uint32_t struct_size;
  uint32_t reserved;
  uint64_t count;           /* images */
  uint64_t correct;         /* images whose most probable class is the right one */
  double loss;              /* mean */
  double accuracy;          /* true (categorical) accuracy: correct / count */
  double binary_accuracy;   /* share of all outputs that round to their target */
  double calibration_error; /* expected calibration error: images in 15 bins of equal width by their
                               confidence (the probability of their most probable class), then the
                               mean over the images of |accuracy - mean confidence| of their bin */
} mnistcnn_metrics;

/* How well the model does on a dataset (shapes and names as for mnistcnn_train). confusion: NULL or
 * [classes][classes] counts, row = right class, column = most probable class; capacity in counts.
 * probabilities: NULL or [count][classes]. */
MNISTCNN_API mnistcnn_status mnistcnn_evaluate(const mnistcnn_model *model,
                                               const mnistcnn_dataset *dataset,
                                               const mnistcnn_evaluate_options *options,
                                               mnistcnn_metrics *metrics, uint64_t *confusion,
                                               size_t confusion_capacity, float *probabilities,
                                               size_t probabilities_capacity);

#ifdef __cplusplus
}
#endif
#endif
