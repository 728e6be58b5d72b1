/*
 * The types and functions of libmnistcnn. Programs include mnistcnn.h, which includes this file and
 * describes the conventions.
 *
 * SPDX-License-Identifier: MIT
 *
 * There is no preprocessor directive in this file, so that tools that read C declarations, such as
 * cffi and pycparser, take it as it stands.
 */

/* --- version ---------------------------------------------------------------------------------- */

/* The version of the library at run time: major * 10000 + minor * 100 + patch, as
 * MNISTCNN_VERSION_NUMBER is that of the header. */
uint32_t mnistcnn_version(void);

/* The same as a string, "0.1.0", as MNISTCNN_VERSION_STRING. */
const char *mnistcnn_version_string(void);

/* --- status ----------------------------------------------------------------------------------- */

typedef int32_t mnistcnn_status;

/* The meaning of a number never changes; new ones are added at the end. */
enum mnistcnn_status_code {
  MNISTCNN_OK = 0,                /* success */
  MNISTCNN_INVALID_ARGUMENT = -1, /* an argument is missing, out of range, or contradicts another */
  MNISTCNN_OUT_OF_MEMORY = -2,    /* memory could not be allocated */
  MNISTCNN_IO = -3,               /* a file or folder could not be opened, read or written */
  MNISTCNN_FORMAT = -4,           /* the content of a file or buffer is malformed */
  MNISTCNN_UNSUPPORTED = -5,      /* well-formed, but this build or version cannot do it */
  MNISTCNN_ARCHITECTURE = -6,     /* the architecture is malformed or its shapes do not fit */
  MNISTCNN_SHAPE_MISMATCH = -7,   /* sizes, channels, classes or counts do not agree */
  MNISTCNN_BUFFER_TOO_SMALL = -8, /* the caller's buffer is smaller than the result */
  MNISTCNN_CANCELLED = -9,        /* cancelled by the caller */
  MNISTCNN_NOT_FINITE = -10,      /* training produced a NaN or an infinity */
  MNISTCNN_STATE = -11,           /* the object is not in a state in which this can be done */
  MNISTCNN_NOT_FOUND = -12,       /* there is no such file, name or index */
  MNISTCNN_LIMIT = -13,           /* a limit, documented or the caller's, would be exceeded */
  MNISTCNN_THREADS = -14,         /* the system has no locks for threads */
  MNISTCNN_NO_DIGIT = -15         /* the image shows no digit, though one is to be prepared, or
                                     nothing that the model is sure enough of */
};

/* "MNISTCNN_IO" and "a file or folder could not be ...". Never NULL: for an unknown number they
 * return "MNISTCNN_UNKNOWN" and "unknown status". */
const char *mnistcnn_status_name(mnistcnn_status status);
const char *mnistcnn_status_description(mnistcnn_status status);

/* The message of this thread's last failed call: one line of UTF-8, at most 511 bytes, "" before
 * the first failure. Never NULL; valid until this thread's next failure. Success does not clear it,
 * nor do the free functions change it. */
const char *mnistcnn_last_error(void);

/* Status and message of a failed call, for programs that make a call in one thread and ask about it
 * in another, as with a thread pool. The option structs of all calls that may take long have a
 * pointer to one, `error`; NULL: not wanted. A call that fails fills it before it returns; one that
 * succeeds leaves it alone. If the option struct itself is invalid, it is not filled. */
typedef struct mnistcnn_error {
  uint32_t struct_size;
  mnistcnn_status status;
  char message[512]; /* as mnistcnn_last_error() */
} mnistcnn_error;

/* --- build ------------------------------------------------------------------------------------ */

/* One line about this build and machine, for bug reports: version, compiler, matrix multiplication
 * back end, instruction set, libpng, libjpeg. Does not load OpenBLAS. String output. */
mnistcnn_status mnistcnn_build_info(char *text, size_t capacity, size_t *length);

/* 1 if this build has the feature on this machine, else 0 (also for an unknown name).
 * "openblas": the matrix products of the instruction set "baseline" use OpenBLAS, which this loads
 * to find out; "portable", "baseline", "neon", "avx2", "avx512": the instruction set can be
 * selected with mnistcnn_model_set_instruction_set(); "int8": MNISTCNN_PRECISION_INT8 has an
 * effect; "png", "jpeg", "bmp": such image files can be read. */
int32_t mnistcnn_has_feature(const char *name);

/* --- callbacks -----------------------------------------------------------------------------------
 * A callback must return normally: it must not throw a C++ exception or longjmp() out of the
 * library.
 */

/* Memory for one object and everything created from it. Both functions must be thread-safe
 * (decoding and training use several threads). allocate returns memory aligned as malloc's, or
 * NULL. The struct is copied. Wherever an allocator is expected, NULL means malloc and free. */
typedef struct mnistcnn_allocator {
  uint32_t struct_size;
  uint32_t reserved; /* 0 */
  void *(*allocate)(size_t size_bytes, void *user);
  void (*deallocate)(void *pointer, void *user); /* never called with NULL */
  void *user;
} mnistcnn_allocator;

/* Where bytes come from, if not from a file or from memory. read fills at most size_bytes bytes of
 * the buffer and returns their number, 0 at the end, or a negative number on failure: the call then
 * returns MNISTCNN_IO. Called in the thread that called the library. */
typedef struct mnistcnn_reader {
  uint32_t struct_size;
  uint32_t reserved; /* 0 */
  int64_t (*read)(void *buffer, size_t size_bytes, void *user);
  void *user;
} mnistcnn_reader;

/* Where bytes go. write takes all size_bytes bytes and returns 0, or another number on failure: the
 * call then returns MNISTCNN_IO. Called in the thread that called the library, several times for
 * one model or checkpoint; what has been written before a failure is for the caller to discard. */
typedef struct mnistcnn_writer {
  uint32_t struct_size;
  uint32_t reserved; /* 0 */
  int32_t (*write)(const void *data, size_t size_bytes, void *user);
  void *user;
} mnistcnn_writer;

enum mnistcnn_log_level { MNISTCNN_LOG_INFO = 0, MNISTCNN_LOG_WARNING = 1 };

/* One line without a newline, valid during the call. Called in the thread that called the library,
 * never concurrently for one object. */
typedef void (*mnistcnn_log_callback)(int32_t level, const char *message, void *user);

/* Lines that mnistcnn_log_collect() was told, in memory of the caller's. */
typedef struct mnistcnn_log_lines {
  uint32_t struct_size;
  uint32_t num_lost; /* lines for which there was no room */
  size_t capacity;   /* of text, in bytes; a line takes 4 more than it has itself */
  size_t length;     /* of text, without the NUL at its end; 0 before the first line */
  char *text;        /* each line with its level, 0 or 1, and a space before, a newline behind it */
} mnistcnn_log_lines;

/* A log callback that keeps the lines, for languages into which C should not call: its `user` is a
 * mnistcnn_log_lines. NULL, and a struct that is none, are left alone. */
void mnistcnn_log_collect(int32_t level, const char *message, void *lines);

/* --- progress --------------------------------------------------------------------------------- */

enum mnistcnn_event {
  MNISTCNN_EVENT_LOADING = 0,    /* loading a dataset: images_done of images_total files */
  MNISTCNN_EVENT_STEP = 1,       /* an optimiser step has been completed */
  MNISTCNN_EVENT_VALIDATING = 2, /* validation after the epoch: images_done of images_total */
  MNISTCNN_EVENT_EPOCH_END = 3,  /* the epoch, its validation and its checkpoint are complete; the
                                    checkpoint may have failed, see mnistcnn_trainer_step() */
  MNISTCNN_EVENT_EVALUATING = 4  /* mnistcnn_evaluate(): images_done of images_total */
};

/* The progress of a long call. Loss and accuracies are means over the images of this epoch so far,
 * each with the weights at the time of its step, as Keras prints them; NaN before the first image.
 * With class weights, loss is the mean of the weighted losses; nothing else is weighted. */
typedef struct mnistcnn_progress {
  uint32_t struct_size;
  int32_t event;   /* MNISTCNN_EVENT_... */
  uint32_t epoch;  /* from 1; 0 outside training */
  uint32_t epochs; /* total number of epochs */
  uint64_t step;   /* steps completed in this epoch */
  uint64_t steps;  /* steps per epoch */
  uint64_t images_done;
  uint64_t images_total;
  double seconds;      /* since the start of this epoch (or call) */
  double seconds_left; /* estimated time to the end of this epoch (or call); NaN while unknown */
  double learning_rate;
  double loss;
  double accuracy;        /* categorical accuracy: fraction of images whose top class is correct */
  double binary_accuracy; /* "acc" of Keras 2.0 with binary cross entropy: fraction of correct
                             outputs */
  double validation_loss; /* validation figures are NaN until this epoch's validation is complete */
  double validation_accuracy;
  double validation_binary_accuracy;
  uint32_t best_epoch; /* of the epochs completed, the best by mnistcnn_train_options.metric, which
                          keep_best keeps; 0: none yet, or nothing asks for it */
  uint32_t stopped_early; /* 1: stop_patience has ended the training */
} mnistcnn_progress;

/* Return 0 to continue; any other value cancels the call, which then returns MNISTCNN_CANCELLED.
 * Called in the thread that called the library. */
typedef int32_t (*mnistcnn_progress_callback)(const mnistcnn_progress *progress, void *user);

/* Follows and cancels a long call from other threads, without a callback: pass it in the option
 * struct of a loading, training or evaluation, where it must stay valid as long as the call or the
 * trainer. One call at a time can use it. */
typedef struct mnistcnn_monitor mnistcnn_monitor;

mnistcnn_status mnistcnn_monitor_create(const mnistcnn_allocator *allocator,
                                        mnistcnn_monitor **monitor);
void mnistcnn_monitor_free(mnistcnn_monitor *monitor);

/* Copies the latest progress. MNISTCNN_NOT_FOUND before there is any. Callable from any thread, at
 * any time; takes no lock. */
mnistcnn_status mnistcnn_monitor_progress(const mnistcnn_monitor *monitor,
                                          mnistcnn_progress *progress);

/* Makes the call that uses the monitor, or else the next one, return MNISTCNN_CANCELLED, once.
 * Callable from any thread and from a signal handler: it is one atomic store. NULL is accepted. */
void mnistcnn_monitor_cancel(mnistcnn_monitor *monitor);

/* --- images ----------------------------------------------------------------------------------- */

typedef struct mnistcnn_shape {
  uint32_t height;
  uint32_t width;
  uint32_t channels;
} mnistcnn_shape;

/* An image in the caller's memory, which is read during the call only. */
typedef struct mnistcnn_image {
  const uint8_t *pixels; /* [height][width][channels] */
  size_t size_bytes;     /* of pixels: height * width * channels, or the call is refused */
  mnistcnn_shape shape;  /* sides 1..MNISTCNN_MAX_IMAGE_SIDE */
  uint32_t reserved;     /* 0 */
} mnistcnn_image;

/* MNISTCNN_MAX_IMAGE_SIDE is the largest height or width of an image in memory. Image files may be
 * larger: they are reduced while they are decoded (see mnistcnn_image_info). */
enum mnistcnn_image_limit {
  MNISTCNN_MAX_IMAGE_SIDE = 4096,
  MNISTCNN_MAX_IMAGE_BYTES = 67108864, /* size of an image file in bytes, 64 MiB */
  MNISTCNN_MAX_FILE_SIDE = 65535,      /* height or width that a file may have, in pixels */
  MNISTCNN_MAX_FILE_PIXELS = 268435456 /* height * width that a file may have: 2^28 */
};

enum mnistcnn_resize {
  MNISTCNN_RESIZE_AREA_BILINEAR = 0, /* area averaging along an axis that shrinks, else bilinear */
  MNISTCNN_RESIZE_NEAREST = 1        /* as in Keras 2.0 (Pillow's nearest) */
};

/* Formats of image files, all of which are optional when the library is built; the first bytes of
 * a file tell its format, not its name. Animated, layered and other formats are MNISTCNN_FORMAT,
 * and the message names them. */
enum mnistcnn_image_format {
  MNISTCNN_IMAGE_FORMAT_PNG = 1,  /* every colour type, bit depth and interlacing */
  MNISTCNN_IMAGE_FORMAT_JPEG = 2, /* 8 bits; gray, YCbCr, RGB, CMYK, YCCK; also progressive */
  MNISTCNN_IMAGE_FORMAT_BMP = 3   /* of Windows and OS/2; 1, 4, 8, 16, 24, 32 bits, also run-length
                                     encoded. The fourth byte of 32 bits is alpha only where the
                                     file has a mask for it, as in Pillow */
};

/* What an image file holds, and what it is decoded to.
 *
 * Images come out upright: the orientation in the EXIF data of a JPEG, or in the eXIf chunk of a
 * PNG, is undone, and broken EXIF data are ignored. A file with a side above
 * MNISTCNN_MAX_IMAGE_SIDE is reduced while it is decoded, by averaging blocks of factor x factor
 * pixels, where factor is the smallest whole number that suffices (a JPEG first by libjpeg, where
 * that is divisible by 2, 4 or 8). Colours are weighted by their alpha where alpha is asked for.
 * The sides are then file side / factor, rounded up. The pixel (row, column) of the decoded image
 * covers the pixels (row * factor, column * factor) to (row * factor + factor - 1, ...) of the
 * upright file, or, where that was turned or mirrored, less than factor pixels away from there.
 *
 * Memory follows from the decoded size, not from the file's: height * width * channels bytes, of an
 * interlaced PNG that is reduced four times as much again. The exception are progressive JPEG
 * files, which need 2 bytes for each sample of the file: above 384 MiB they are MNISTCNN_LIMIT.
 * libjpeg takes its memory from malloc, not from the caller's allocator. */
typedef struct mnistcnn_image_info {
  uint32_t struct_size;
  int32_t format;  /* MNISTCNN_IMAGE_FORMAT_... */
  uint32_t height; /* as decoded, upright, at most MNISTCNN_MAX_IMAGE_SIDE */
  uint32_t width;
  uint32_t channels;    /* 1: gray, 3: colour and palettes; without alpha */
  uint32_t file_height; /* of the whole file, upright */
  uint32_t file_width;
  uint32_t factor;      /* pixels of the file per decoded pixel, along each axis; 1: not reduced */
  uint32_t orientation; /* that was undone: 1 (upright) to 8, as EXIF counts them */
  uint32_t has_alpha;   /* 0: all of the image is opaque; 1: some of it may not be */
} mnistcnn_image_info;

/* Reads what an image file holds, without decoding it. min_side 0: as mnistcnn_image_decode_file()
 * decodes it; else as mnistcnn_image_decode_reduced_file() does with that min_side. */
mnistcnn_status mnistcnn_image_read_info_file(const char *path, uint32_t min_side,
                                              mnistcnn_image_info *info);
mnistcnn_status mnistcnn_image_read_info_memory(const void *data, size_t size_bytes,
                                                uint32_t min_side, mnistcnn_image_info *info);

/* Decode an image file to bytes. channels: 1 or 3, or 0 for those of the file (gray 1, colour and
 * palette 3, of BMP 1 where the palette is gray), transparent images being composited as by
 * MNISTCNN_ALPHA_COMPOSITE; or 2 (gray) or 4 (RGB) with alpha as the last channel, 255 if the file
 * has none. Colour is
 * converted to gray by ITU-R 601 luma as Pillow's "L"; gamma and colour profiles are ignored;
 * 16-bit samples are truncated to their upper 8 bits; inks of CMYK become colours as in Pillow.
 * Files with damage that leaves the pixels intact (what libpng and libjpeg warn of) are decoded;
 * those that end within the pixels are MNISTCNN_FORMAT. *shape (may be NULL) is set even if the
 * capacity, in bytes, is too small; pixels NULL with capacity 0 queries it only. */
mnistcnn_status mnistcnn_image_decode_file(const char *path, uint32_t channels, uint8_t *pixels,
                                           size_t capacity, mnistcnn_shape *shape);
mnistcnn_status mnistcnn_image_decode_memory(const void *data, size_t size_bytes, uint32_t channels,
                                             uint8_t *pixels, size_t capacity,
                                             mnistcnn_shape *shape);

/* The same where the longer side needs no more than min_side pixels: JPEG files, which take a
 * fraction of the time then, are reduced by the largest factor of 8, 4 and 2 that leaves it as
 * many. Other formats are decoded as above. mnistcnn_image_read_info_file() tells the height and
 * width that they are decoded to. For mnistcnn_digit_prepare() and mnistcnn_digit_find(),
 * MNISTCNN_DIGIT_ENOUGH is enough. */
mnistcnn_status mnistcnn_image_decode_reduced_file(const char *path, uint32_t channels,
                                                   uint32_t min_side, uint8_t *pixels,
                                                   size_t capacity);
mnistcnn_status mnistcnn_image_decode_reduced_memory(const void *data, size_t size_bytes,
                                                     uint32_t channels, uint32_t min_side,
                                                     uint8_t *pixels, size_t capacity);

/* Writes an 8-bit gray or RGB PNG atomically: other programs see the old file or the complete new
 * one. Does not sync the file to disk. */
mnistcnn_status mnistcnn_image_save_png(const mnistcnn_image *image, const char *path);

/* Resizes an image of 1 or 3 channels. resize: MNISTCNN_RESIZE_...; pixels receives
 * height * width * channels bytes and must not overlap the image; capacity in bytes. */
mnistcnn_status mnistcnn_image_resize(const mnistcnn_image *image, int32_t resize, uint32_t height,
                                      uint32_t width, uint8_t *pixels, size_t capacity);

/* --- preparation ---------------------------------------------------------------------------------
 * How images become the input of a network. It belongs to the model, is stored in its file, and is
 * the same wherever an image file is predicted; datasets that are loaded with the options of
 * mnistcnn_dataset_options_for_model() are prepared alike.
 *
 * An image file is first brought to the model's height and width as bytes: with `alpha`, `prepare`,
 * and either `polarity` or `resize`. What enters the network is computed from these bytes, and
 * likewise from those of every dataset and of mnistcnn_predict_u8(), with `invert` and the numbers:
 *
 *   v = invert ? 255 - byte : byte
 *   x = (v * scale + offset - mean[c]) / deviation[c]      of channel c; gray has channel 0
 *
 * mnistcnn_predict() takes intensities, which stand for byte = 255 * intensity.
 */

enum mnistcnn_prepare {
  MNISTCNN_PREPARE_NONE = 0, /* images are only resized */
  /* Images show one digit, which is prepared by mnistcnn_digit_prepare(), with its alpha channel,
   * in gray; one that mnistcnn_digit_is_prepared() accepts is left as it is. For heights and widths
   * of 8..1024. Where an image shows no digit: in a dataset it counts as broken (MNISTCNN_FORMAT),
   * unless it has the prepared size and is light on black, which leaves it as it is; its prediction
   * is MNISTCNN_NO_DIGIT. */
  MNISTCNN_PREPARE_DIGIT = 1
};

enum mnistcnn_alpha {
  /* On white, or on black if hardly anything of what is visible stands out from white. */
  MNISTCNN_ALPHA_COMPOSITE = 0,
  MNISTCNN_ALPHA_DROP = 1 /* as Keras 2.0: the colours of the file, also where it is transparent */
};

typedef struct mnistcnn_preparation {
  uint32_t struct_size;
  int32_t prepare;  /* MNISTCNN_PREPARE_..., default NONE */
  int32_t polarity; /* MNISTCNN_POLARITY_... of the images, default AUTO; for PREPARE_DIGIT only */
  uint32_t invert;  /* 1: for networks that were trained on dark ink on white; default 0 */
  int32_t alpha;    /* MNISTCNN_ALPHA_..., default COMPOSITE */
  int32_t resize;   /* MNISTCNN_RESIZE_..., default AREA_BILINEAR; for PREPARE_NONE */
  float scale;      /* default 1/255; magnitude 1e-6..1e6 */
  float offset;     /* default 0; as `mean` */
  float mean[3];    /* default 0; 0 or a magnitude of 1e-6..1e6. Gray has the first, and a model of
                       one channel only that */
  float deviation[3]; /* default 1; 1e-6..1e6 */
} mnistcnn_preparation;

/* Fills *preparation with the defaults. size: sizeof *preparation. In C, the initialiser
 * MNISTCNN_PREPARATION_INIT does the same. */
mnistcnn_status mnistcnn_preparation_init(mnistcnn_preparation *preparation, size_t size);

/* --- model ------------------------------------------------------------------------------------ */

/* A network: its architecture, weights, class names and preparation of images. */
typedef struct mnistcnn_model mnistcnn_model;

/* Those of Keras but for KAIMING_NORMAL. Keras' normal distributions are truncated at two standard
 * deviations and widened, so that what is left has the standard deviation that is given. */
enum mnistcnn_init {
  MNISTCNN_INIT_GLOROT_UNIFORM = 0, /* Glorot & Bengio 2010: limit sqrt(6 / (fan_in + fan_out)) */
  MNISTCNN_INIT_KAIMING_NORMAL = 1, /* He et al. 2015, not truncated, as PyTorch's kaiming_normal_:
                                       standard deviation sqrt(2 / fan_in) */
  MNISTCNN_INIT_GLOROT_NORMAL = 2,  /* standard deviation sqrt(2 / (fan_in + fan_out)) */
  MNISTCNN_INIT_HE_UNIFORM = 3,     /* limit sqrt(6 / fan_in) */
  MNISTCNN_INIT_HE_NORMAL = 4,      /* standard deviation sqrt(2 / fan_in) */
  MNISTCNN_INIT_LECUN_UNIFORM = 5,  /* limit sqrt(3 / fan_in) */
  MNISTCNN_INIT_LECUN_NORMAL = 6    /* standard deviation sqrt(1 / fan_in) */
};

typedef struct mnistcnn_model_options {
  uint32_t struct_size;
  uint32_t input_height;   /* 1..4096, default 28 */
  uint32_t input_width;    /* 1..4096, default 28 */
  uint32_t input_channels; /* 1 or 3, default 3 as in the tutorial */
  uint32_t num_classes;    /* 2..1000, default 10; must match the last dense layer */
  int32_t initializer;     /* MNISTCNN_INIT_...; biases start at 0 */
  uint64_t seed;           /* of the initial weights, default 1 */
  /* The input is normalised: (intensity - mean) / standard deviation, with intensities in 0..1.
   * Defaults 0 and 1; magnitudes 1e-6..1e6, the mean may also be negative or 0. Short for the
   * numbers of `preparation`: both may be given only if they agree. */
  float input_mean;
  float input_std;
  /* Layers from input to output, separated by commas; names and numbers separated by spaces:
   *   conv FILTERS HxW [stride HxW] [dilation HxW] [same|valid] [nobias] [ACTIVATION]
   *                                                "5" means 5x5; defaults 1, 1, valid
   *   depthwise HxW [multiplier N] [...]           options as conv; N outputs of each channel
   *   separable FILTERS HxW [multiplier N] [...]   depthwise, then a 1x1 convolution
   *   maxpool HxW [stride HxW] [same|valid]        default stride: as the window
   *   avgpool HxW [stride HxW] [same|valid]
   *   globalavgpool, globalmaxpool                 in the place of a flatten, or before it
   *   zeropad HxW                                  zeros above and below, left and right
   *   zeropad TOP BOTTOM LEFT RIGHT                so many on each side, or 0
   *   normalize MEAN... / DEVIATION...             (x - MEAN) / DEVIATION: one of each for all, or
   *                                                one a channel (at most 4)
   *   rescale SCALE OFFSET                         x * SCALE + OFFSET; decimals such as -0.5
   *   batchnorm [momentum M] [epsilon E] [noscale] [nocenter] [unbiased] [ACTIVATION]
   *                                                defaults 0.99 and 0.001
   *   add LAYER [ACTIVATION]                       adds the output of an earlier layer
   *   ACTIVATION                                   linear, relu, relu6, leaky_relu [SLOPE],
   *                                                elu [ALPHA], selu, sigmoid, tanh, swish, gelu,
   *                                                gelu_tanh, softplus, hard_sigmoid, hard_swish
   *   dropout RATE                                 0 <= RATE < 1, in training only
   *   spatialdropout RATE                          of whole channels
   *   flatten
   *   dense OUTPUTS [nobias] [ACTIVATION]          OUTPUTS may be "classes"
   *   softmax                                      last; "dense N softmax" is short for both
   * A layer reads the one before it, or with "from LAYER" at its end an earlier one; a LAYER is the
   * number of layers to go back or a name, such as conv2d_1.
   * "l2 LAMBDA" before a conv's or dense layer's activation is its own L2 penalty, in the place of
   * the one in mnistcnn_train_options.
   * The last layer has one output per class and may end in softmax (one class of all), in sigmoid
   * (each class by itself) or in neither (logits, of which the softmax is predicted).
   * Shapes are inferred. NULL: MNISTCNN_DEFAULT_ARCHITECTURE with num_classes outputs. */
  const char *architecture;
  /* num_classes names, unique, 1..255 bytes of UTF-8 without control characters. NULL: "0", "1",
   * ..., replaced by the dataset's class names, if it has any, when the model is trained. */
  const char *const *class_names;
  const mnistcnn_allocator *allocator;
  mnistcnn_error *error;
  /* Read during the call only. NULL: the defaults, which training replaces by what the training set
   * was prepared with. */
  const mnistcnn_preparation *preparation;
} mnistcnn_model_options;

/* Fills *options with the defaults. size: sizeof *options. In C, the initialiser
 * MNISTCNN_MODEL_OPTIONS_INIT does the same. */
mnistcnn_status mnistcnn_model_options_init(mnistcnn_model_options *options, size_t size);

/* Fills *options for a preset of mnistcnn_train_options_preset(): "tutorial" or "best". */
mnistcnn_status mnistcnn_model_options_preset(mnistcnn_model_options *options, size_t size,
                                              const char *preset);

/* Creates a model with random weights. options NULL: the defaults.
 * An invalid layer gives MNISTCNN_ARCHITECTURE and a message with its number and text. */
mnistcnn_status mnistcnn_model_create(const mnistcnn_model_options *options,
                                      mnistcnn_model **model);

/* Creates an independent copy. */
mnistcnn_status mnistcnn_model_clone(const mnistcnn_model *model, mnistcnn_model **clone);

void mnistcnn_model_free(mnistcnn_model *model);

/* --- model files ------------------------------------------------------------------------------ */

/* Where a model is loaded from, and what it may cost. Exactly one of path, data and reader. */
typedef struct mnistcnn_load_options {
  uint32_t struct_size;
  uint32_t reserved; /* 0 */
  const char *path;
  const void *data;
  size_t size_bytes; /* of data */
  const mnistcnn_reader *reader;
  const mnistcnn_allocator *allocator;
  /* Limits for models from strangers; 0: none. A model that would exceed one is MNISTCNN_LIMIT
   * before the memory is allocated. max_memory_bytes holds at any time while the model is loaded,
   * and for the model with a workspace of the default options; even a tiny model takes some
   * 130 KiB. max_multiply_adds holds for the prediction of one image. */
  uint64_t max_memory_bytes;
  uint64_t max_multiply_adds;
  mnistcnn_error *error;
} mnistcnn_load_options;

mnistcnn_status mnistcnn_load_options_init(mnistcnn_load_options *options, size_t size);

/* Loads a model file (safetensors, docs/model-format.md). The file is untrusted: any deviation from
 * the format is MNISTCNN_FORMAT (MNISTCNN_UNSUPPORTED for a newer format version), with the path
 * and the reason in the message. A missing file is MNISTCNN_NOT_FOUND. */
mnistcnn_status mnistcnn_model_load(const mnistcnn_load_options *options, mnistcnn_model **model);

/* The same from a file or from memory, without limits. */
mnistcnn_status mnistcnn_model_load_file(const char *path, const mnistcnn_allocator *allocator,
                                         mnistcnn_model **model);
mnistcnn_status mnistcnn_model_load_memory(const void *data, size_t size_bytes,
                                           const mnistcnn_allocator *allocator,
                                           mnistcnn_model **model);

/* Where a model or a checkpoint is written to. Exactly one of path and writer. */
typedef struct mnistcnn_save_options {
  uint32_t struct_size;
  uint32_t reserved; /* 0 */
  const char *path;  /* replaced atomically: afterwards it is the complete new file or, on failure,
                        what it was before */
  const mnistcnn_writer *writer;
  mnistcnn_error *error;
} mnistcnn_save_options;

mnistcnn_status mnistcnn_save_options_init(mnistcnn_save_options *options, size_t size);

/* Writes a model file. */
mnistcnn_status mnistcnn_model_save(const mnistcnn_model *model,
                                    const mnistcnn_save_options *options);

/* The same to a file, atomically. An existing one keeps its permissions, and its owner and group as
 * far as the process may. MNISTCNN_IO: among others, the process may not write it, or it is no
 * regular file. */
mnistcnn_status mnistcnn_model_save_file(const mnistcnn_model *model, const char *path);

/* The same to a buffer. *size_bytes receives the size; buffer NULL with capacity_bytes 0 queries it
 * only. */
mnistcnn_status mnistcnn_model_save_memory(const mnistcnn_model *model, void *buffer,
                                           size_t capacity_bytes, size_t *size_bytes);

/* --- properties of a model -------------------------------------------------------------------- */

mnistcnn_status mnistcnn_model_input_shape(const mnistcnn_model *model, mnistcnn_shape *shape);

/* These return 0 for a NULL model. Inputs are the values of one image: height * width * channels.
 * Parameters count all arrays of mnistcnn_weights, also those that training measures. */
size_t mnistcnn_model_num_inputs(const mnistcnn_model *model);
uint32_t mnistcnn_model_num_classes(const mnistcnn_model *model);
uint32_t mnistcnn_model_num_layers(const mnistcnn_model *model);
uint64_t mnistcnn_model_num_parameters(const mnistcnn_model *model);

/* The name of a class; NULL if there is no such class. Valid until the names change. */
const char *mnistcnn_model_class_name(const mnistcnn_model *model, uint32_t index);

/* Replaces all names. count must be the number of classes; the rules for names are those of
 * mnistcnn_model_options. */
mnistcnn_status mnistcnn_model_set_class_names(mnistcnn_model *model, const char *const *names,
                                               uint32_t count);

/* Probabilities are softmax(logits / temperature), or sigmoid(logits / temperature) of a network
 * that ends in sigmoid. The temperature is 1 in a new model; below 1 the same predictions are more
 * confident, above 1 less. Training sets it to 1 or fits it (calibration_fraction). 1e-6..1e6; the
 * getter returns 0 for a NULL model. */
float mnistcnn_model_temperature(const mnistcnn_model *model);
mnistcnn_status mnistcnn_model_set_temperature(mnistcnn_model *model, float temperature);

/* Chow's reject option: where the largest probability of an image is below the threshold, the calls
 * that take image files answer MNISTCNN_NO_DIGIT. 1e-6..1, or 0 (default): none. Stored in
 * the model file. The getter returns 0 for a NULL model. Calls that take numbers or prepared digits
 * return the probabilities, which the caller compares with it. */
float mnistcnn_model_rejection_threshold(const mnistcnn_model *model);
mnistcnn_status mnistcnn_model_set_rejection_threshold(mnistcnn_model *model, float threshold);

/* How images become the model's input. set replaces it, also of a trained model: its predictions
 * change. PREPARE_DIGIT for a model of other sides than 8..1024 is MNISTCNN_INVALID_ARGUMENT. */
mnistcnn_status mnistcnn_model_preparation(const mnistcnn_model *model,
                                           mnistcnn_preparation *preparation);
mnistcnn_status mnistcnn_model_set_preparation(mnistcnn_model *model,
                                               const mnistcnn_preparation *preparation);

/* The architecture in canonical form; NULL for a NULL model. */
const char *mnistcnn_model_architecture(const mnistcnn_model *model);

enum mnistcnn_layer {
  MNISTCNN_LAYER_CONV2D = 0,
  MNISTCNN_LAYER_MAXPOOL2D = 1,
  MNISTCNN_LAYER_ACTIVATION = 2,
  MNISTCNN_LAYER_DROPOUT = 3,
  MNISTCNN_LAYER_FLATTEN = 4,
  MNISTCNN_LAYER_DENSE = 5,
  MNISTCNN_LAYER_SOFTMAX = 6,
  MNISTCNN_LAYER_AVGPOOL2D = 7,
  MNISTCNN_LAYER_GLOBAL_AVGPOOL2D = 8,
  MNISTCNN_LAYER_GLOBAL_MAXPOOL2D = 9,
  MNISTCNN_LAYER_ZEROPAD2D = 10,
  MNISTCNN_LAYER_RESCALE = 11,
  MNISTCNN_LAYER_SPATIAL_DROPOUT2D = 12,
  MNISTCNN_LAYER_BATCH_NORM = 13,
  MNISTCNN_LAYER_ADD = 14,
  MNISTCNN_LAYER_DEPTHWISE_CONV2D = 15,
  MNISTCNN_LAYER_SEPARABLE_CONV2D = 16,
  MNISTCNN_LAYER_NORMALIZATION = 17
};

/* As Keras 3 defines them (docs/architecture.md has the formulas). */
enum mnistcnn_activation {
  MNISTCNN_ACTIVATION_LINEAR = 0, /* none */
  MNISTCNN_ACTIVATION_RELU = 1,
  MNISTCNN_ACTIVATION_RELU6 = 2,
  MNISTCNN_ACTIVATION_LEAKY_RELU = 3, /* with a slope, default 0.2 */
  MNISTCNN_ACTIVATION_ELU = 4,        /* with alpha, default 1 */
  MNISTCNN_ACTIVATION_SELU = 5,
  MNISTCNN_ACTIVATION_SIGMOID = 6,
  MNISTCNN_ACTIVATION_TANH = 7,
  MNISTCNN_ACTIVATION_SWISH = 8,
  MNISTCNN_ACTIVATION_GELU = 9, /* exact */
  MNISTCNN_ACTIVATION_GELU_TANH = 10,
  MNISTCNN_ACTIVATION_SOFTPLUS = 11,
  MNISTCNN_ACTIVATION_HARD_SIGMOID = 12,
  MNISTCNN_ACTIVATION_HARD_SWISH = 13
};

/* As Keras: only positions where the window lies inside the input, or ceil(input / stride) of them,
 * with zeros around the input (which poolings do not look at), the odd one at the end. */
enum mnistcnn_padding { MNISTCNN_PADDING_VALID = 0, MNISTCNN_PADDING_SAME = 1 };

typedef struct mnistcnn_layer_info {
  uint32_t struct_size;
  int32_t kind;           /* MNISTCNN_LAYER_... */
  uint32_t output_height; /* flat outputs have the shape 1 x 1 x outputs */
  uint32_t output_width;
  uint32_t output_channels;
  int32_t activation;         /* MNISTCNN_ACTIVATION_..., applied to the layer's output */
  float activation_parameter; /* slope or alpha of those that have one, else 0 */
  /* conv2d: H, W, in, out; depthwise_conv2d, separable_conv2d: H, W, in, multiplier; dense: in,
   * out, 0, 0; poolings: the window's H, W, 0, 0; else 0 */
  uint32_t kernel_shape[4];
  uint32_t reserved; /* 0 */
  uint64_t num_parameters;
  char name[32]; /* "conv2d_1", numbered as in Keras; NUL-terminated */
  /* What follows is 0 for the kinds of layers that do not have it. */
  uint32_t stride_height; /* convolutions, poolings */
  uint32_t stride_width;
  uint32_t dilation_height; /* convolutions */
  uint32_t dilation_width;
  int32_t padding;     /* MNISTCNN_PADDING_... of convolutions and poolings */
  uint32_t has_bias;   /* convolutions, dense: 1 unless the layer has kernels alone */
  uint32_t pad_top;    /* zeropad2d: rows of zeros above ... */
  uint32_t pad_bottom; /* ... and below ... */
  uint32_t pad_left;   /* ... and columns on the left ... */
  uint32_t pad_right;  /* ... and on the right */
  int32_t input;       /* the layer whose output it reads; -1: the network's input */
  int32_t other;       /* add: the layer whose output is added; -1 for all other kinds */
  float rate;          /* dropouts */
  float scale;         /* rescale */
  float offset;
  float momentum; /* batch_norm */
  float epsilon;
  uint32_t unbiased; /* batch_norm: 1 where the moving variance is of n - 1 */
  float mean[4];     /* normalization: of each channel; where one pair is for all, four times */
  float deviation[4];
} mnistcnn_layer_info;

/* Describes layer `index` (from 0). */
mnistcnn_status mnistcnn_model_layer_info(const mnistcnn_model *model, uint32_t index,
                                          mnistcnn_layer_info *info);

enum mnistcnn_weights {
  MNISTCNN_WEIGHTS_KERNEL = 0, /* conv2d: [H][W][in][out], depthwise_conv2d: [H][W][in][multiplier],
                                  dense: [in][out] */
  MNISTCNN_WEIGHTS_BIAS = 1,   /* [out]; none with "nobias" */
  /* Batch normalisation, [channels] each; no gamma with "noscale", no beta with "nocenter". The
   * variance is not negative; mean and variance are measured, not trained. */
  MNISTCNN_WEIGHTS_GAMMA = 2,
  MNISTCNN_WEIGHTS_BETA = 3,
  MNISTCNN_WEIGHTS_MOVING_MEAN = 4,
  MNISTCNN_WEIGHTS_MOVING_VARIANCE = 5,
  MNISTCNN_WEIGHTS_DEPTHWISE_KERNEL = 6, /* separable_conv2d: [H][W][in][multiplier] */
  MNISTCNN_WEIGHTS_POINTWISE_KERNEL = 7  /* separable_conv2d: [1][1][in multiplier][out] */
};

/* Copy an array of a layer's weights, which are as in Keras, out of or into the model. which:
 * MNISTCNN_WEIGHTS_... *count (may be NULL) receives the number of floats; values NULL with
 * capacity 0 queries it only. What the layer does not have is MNISTCNN_NOT_FOUND. When setting,
 * count must be exact and the values finite. */
mnistcnn_status mnistcnn_model_weights(const mnistcnn_model *model, uint32_t layer, int32_t which,
                                       float *values, size_t capacity, size_t *count);
mnistcnn_status mnistcnn_model_set_weights(mnistcnn_model *model, uint32_t layer, int32_t which,
                                           const float *values, size_t count);

/* Notes stored in the model file along with the weights, UTF-8. Keys are 1..64 characters of
 * [a-z0-9_.-]; values are up to 4096 bytes without control characters other than tabs and line
 * breaks; at most 64 notes. Training writes "training.*" (epochs, seed, images, ...). note returns
 * NULL if there is no such key; set_note with value NULL removes the note. Keys are enumerated in
 * byte order: note_key returns NULL from index num_notes on. Returned strings are valid until the
 * notes change. */
const char *mnistcnn_model_note(const mnistcnn_model *model, const char *key);
mnistcnn_status mnistcnn_model_set_note(mnistcnn_model *model, const char *key, const char *value);
uint32_t mnistcnn_model_num_notes(const mnistcnn_model *model);
const char *mnistcnn_model_note_key(const mnistcnn_model *model, uint32_t index);

/* The table that Keras' summary() prints: layers, output shapes, parameters. String output. */
mnistcnn_status mnistcnn_model_summary(const mnistcnn_model *model, char *text, size_t capacity,
                                       size_t *length);

/* The operations that the layers are executed as with the model's instruction set, one per line:
 * which layers are fused, and how dense layers are divided into blocks in training. Meant for
 * people; the format may change. String output. */
mnistcnn_status mnistcnn_model_plan(const mnistcnn_model *model, char *text, size_t capacity,
                                    size_t *length);

/* Selects the kernels this model computes with: "auto" (the default: the best that the processor
 * supports), "avx512", "avx2", "neon", "baseline" (what every processor of this architecture runs,
 * where that is not "neon"), or "portable", which is slower and gives the same bytes on every
 * processor and system, in training as in prediction. Not stored in files.
 * One that the processor or build does not support is MNISTCNN_UNSUPPORTED. The getter returns the
 * one in use, never "auto"; NULL for a NULL model. */
const char *mnistcnn_model_instruction_set(const mnistcnn_model *model);
mnistcnn_status mnistcnn_model_set_instruction_set(mnistcnn_model *model, const char *name);

/* --- predict ---------------------------------------------------------------------------------- */

/* Scratch memory for predictions: with a workspace, prediction allocates no memory. It may be used
 * by one thread at a time, with any model of the same architecture and input shape as the one it
 * was created for. The functions below create a temporary workspace if given NULL. */
typedef struct mnistcnn_workspace mnistcnn_workspace;

/* The precision a workspace computes in. INT8: dense layers with at least 64 outputs that follow a
 * ReLU are computed in 8-bit integers if the processor has the instructions beside the model's
 * instruction set ("avx512": AVX512_VNNI, "avx2": AVX-VNNI, "neon": the dot products of Armv8.2);
 * otherwise the results are those of float32, bit for bit. mnistcnn_has_feature("int8") tells
 * whether it has for "auto". Batches of the default architecture take about seven tenths of the
 * time with AVX-512, nine tenths with the others, and probabilities change by less than about
 * 1.5e-2; if all hidden layers are dense, by up to about 7e-2. Images whose two most probable
 * classes differ by less than 1/8 are recomputed in float32, so that the top class stays the same,
 * and so are images with values that are not finite. The results are still the same bytes with any
 * number of threads and images. */
enum mnistcnn_precision { MNISTCNN_PRECISION_FLOAT32 = 0, MNISTCNN_PRECISION_INT8 = 1 };

/* The images of a call are divided among the threads. Of models that take about two million
 * multiply-adds per image and more, all threads share each image where there are no more images
 * than half the threads, so that a single image is also predicted faster. */
typedef struct mnistcnn_workspace_options {
  uint32_t struct_size;
  uint32_t max_batch;    /* images processed at once, 1..4096, default 32; calls may pass more */
  uint32_t num_threads;  /* 1..256, default 1; the results are the same bytes with any number */
  int32_t precision;     /* MNISTCNN_PRECISION_..., default MNISTCNN_PRECISION_FLOAT32 */
  mnistcnn_error *error; /* of every call that uses the workspace, as long as it exists */
} mnistcnn_workspace_options;

mnistcnn_status mnistcnn_workspace_options_init(mnistcnn_workspace_options *options, size_t size);

/* options NULL: the defaults. The model may be freed before the workspace. */
mnistcnn_status mnistcnn_workspace_create(const mnistcnn_model *model,
                                          const mnistcnn_workspace_options *options,
                                          mnistcnn_workspace **workspace);
void mnistcnn_workspace_free(mnistcnn_workspace *workspace);

/* Computes the class probabilities of a batch of images, [n][height][width][channels] of the
 * model's input shape. num_values: the number of floats or bytes in the batch,
 * n * mnistcnn_model_num_inputs(model), or the call is MNISTCNN_SHAPE_MISMATCH; n may be 0.
 * probabilities: [n][classes], each row sums to 1, but for a network that ends in sigmoid; capacity
 * in floats, at least n * classes. With a single-threaded workspace: no allocation, no system call
 * and no lock, except that the instruction set "baseline" may load OpenBLAS, and call it, which
 * locks its table of buffers. */
mnistcnn_status mnistcnn_predict(const mnistcnn_model *model, mnistcnn_workspace *workspace,
                                 const float *images, size_t num_values, float *probabilities,
                                 size_t capacity);
mnistcnn_status mnistcnn_predict_u8(const mnistcnn_model *model, mnistcnn_workspace *workspace,
                                    const uint8_t *images, size_t num_values, float *probabilities,
                                    size_t capacity);

/* Predict one image file (PNG, JPEG, BMP) of any size and colour type, with the model's
 * preparation. With MNISTCNN_PREPARE_DIGIT, an image without a digit is MNISTCNN_NO_DIGIT, with the
 * reason in the message and the probabilities untouched. So is an image that the model rejects
 * (mnistcnn_model_set_rejection_threshold()), but its probabilities are there. Those of digits that
 * touch are then averaged with the uniform distribution, as by mnistcnn_digit_list_predict(). A
 * JPEG with far more pixels than the model needs is decoded to fewer: of those that are only
 * resized, at least 4 along each side go into a pixel of the model. */
mnistcnn_status mnistcnn_predict_image_file(const mnistcnn_model *model,
                                            mnistcnn_workspace *workspace, const char *path,
                                            float *probabilities, size_t capacity);
mnistcnn_status mnistcnn_predict_image_memory(const mnistcnn_model *model,
                                              mnistcnn_workspace *workspace, const void *data,
                                              size_t size_bytes, float *probabilities,
                                              size_t capacity);

/* Where mnistcnn_predict_image_files() leaves what became of each file: arrays of the caller's,
 * with one element per file. All but the probabilities may be NULL: not wanted. */
typedef struct mnistcnn_file_results {
  uint32_t struct_size;
  uint32_t message_capacity;     /* bytes of each message with its NUL; 512 are enough for any */
  float *probabilities;          /* [count][classes]; the row of a file that failed is NaN, unless
                                    its verdict is MNISTCNN_DIGIT_UNCLEAR */
  size_t probabilities_capacity; /* in floats */
  mnistcnn_status *statuses;     /* what mnistcnn_predict_image_file() would have returned */
  char *messages;                /* [count][message_capacity], "" where the status is MNISTCNN_OK */
  int32_t *verdicts;             /* MNISTCNN_DIGIT_..., also where the status is MNISTCNN_NO_DIGIT;
                                    MNISTCNN_DIGIT_FOUND where no digits are prepared; of an image
                                    that the model rejects, MNISTCNN_DIGIT_UNCLEAR */
  uint32_t *passed_through;      /* as in mnistcnn_digit_info */
} mnistcnn_file_results;

/* Predicts many image files, with the model's preparation: the threads of the workspace read and
 * decode them, and they are predicted in batches. paths: [count]; count may be 0. Each row is the
 * same bytes as by mnistcnn_predict_image_file(), at any number of threads. A file that cannot be
 * predicted does not stop the others. With results->statuses the call then returns MNISTCNN_OK all
 * the same; without them, the first such file's status and message. An invalid argument fails the
 * call before any file is read. Takes some megabytes of memory, whatever count is. */
mnistcnn_status mnistcnn_predict_image_files(const mnistcnn_model *model,
                                             mnistcnn_workspace *workspace,
                                             const char *const *paths, size_t count,
                                             const mnistcnn_file_results *results);

/* The most probable class of one row (the first of equal ones; NaN is ignored) and its probability.
 * Either out-parameter may be NULL. A row of NaN only is MNISTCNN_NOT_FINITE. */
mnistcnn_status mnistcnn_top_class(const float *probabilities, uint32_t num_classes,
                                   uint32_t *class_index, float *confidence);

/* --- digits --------------------------------------------------------------------------------------
 * Prepares digits as people write, scan and photograph them in the form of MNIST images, which a
 * network trained on MNIST expects: one digit, light on black, scaled to fit a box of 20 of the 28
 * pixels, its centre of mass in the middle (other sizes in proportion). docs/digits.md describes
 * the steps and how well they work.
 */

enum mnistcnn_polarity {
  MNISTCNN_POLARITY_AUTO = 0, /* detect */
  MNISTCNN_POLARITY_DARK_ON_LIGHT = 1,
  MNISTCNN_POLARITY_LIGHT_ON_DARK = 2
};

/* What was found. The meaning of a number never changes; new ones are added at the end. Up to
 * MNISTCNN_DIGIT_TOUCHING there is something for a network to classify. */
enum mnistcnn_digit_verdict {
  MNISTCNN_DIGIT_FOUND = 0,
  MNISTCNN_DIGIT_TOUCHING = 1, /* wider than a digit: possibly several that touch */
  MNISTCNN_DIGIT_BLANK = 2,    /* nothing stands out from the background */
  MNISTCNN_DIGIT_FILLED = 3,   /* a filled shape without strokes */
  MNISTCNN_DIGIT_SEVERAL = 4,  /* several objects instead of one; see mnistcnn_digit_find() */
  MNISTCNN_DIGIT_OTHER = 5,    /* something else */
  /* Of a prediction only: no class is as probable as the model's rejection threshold, or as asked
   * for. */
  MNISTCNN_DIGIT_UNCLEAR = 6
};

/* Images are searched for one digit at no more pixels a side than MNISTCNN_DIGIT_SIDE; larger ones
 * are reduced. Pages (mnistcnn_digit_find(), mnistcnn_page_read()) are searched at all the pixels
 * there are where their strokes are only a few pixels wide, else at as many, too. A JPEG that is
 * decoded to MNISTCNN_DIGIT_ENOUGH pixels or more along its longer side
 * (mnistcnn_image_decode_reduced_file) shows them as well. */
enum mnistcnn_digit_limit { MNISTCNN_DIGIT_SIDE = 1024, MNISTCNN_DIGIT_ENOUGH = 1000 };

/* Describes a verdict, to complete "this is no digit: ..."; never NULL. */
const char *mnistcnn_digit_verdict_text(int32_t verdict);

typedef struct mnistcnn_digit_options {
  uint32_t struct_size;
  int32_t polarity; /* MNISTCNN_POLARITY_..., default AUTO */
  uint32_t height;  /* of the prepared image, 8..1024, default 28: the model's input */
  uint32_t width;
  uint32_t passthrough_prepared; /* 1 (default): an image that mnistcnn_digit_is_prepared() accepts
                                    is passed through unchanged; 0: it is prepared like any other */
  uint32_t reserved;             /* 0 */
  const mnistcnn_allocator *allocator;
  mnistcnn_error *error;
} mnistcnn_digit_options;

mnistcnn_status mnistcnn_digit_options_init(mnistcnn_digit_options *options, size_t size);

/* Where a digit was found and how it was prepared. Coordinates and sizes are in pixels of the input
 * image; all 0 if there is no digit. */
typedef struct mnistcnn_digit_info {
  uint32_t struct_size;
  int32_t verdict;  /* MNISTCNN_DIGIT_... */
  int32_t polarity; /* MNISTCNN_POLARITY_...: that of the ink */
  uint32_t line;    /* of writing, from 0 at the top */
  uint32_t top;     /* bounding box of the digit's ink */
  uint32_t left;
  uint32_t height;
  uint32_t width;
  uint32_t passed_through; /* 1: it was already prepared and was passed through unchanged */
  float scale;             /* prepared pixels per pixel of the image */
  float stroke_width;      /* mean, as written, in prepared pixels; 0 if it was passed through */
  float contrast;          /* between ink and background, 0..1 */
} mnistcnn_digit_info;

/* 1 if the image has the prepared size and looks like an MNIST image: light on black, with the
 * usual size and position of the digit; else 0, also for invalid arguments. 1 or 3 channels. */
int32_t mnistcnn_digit_is_prepared(const mnistcnn_image *image, uint32_t prepared_height,
                                   uint32_t prepared_width);

/* Prepares the digit that an image shows (1 channel: gray, 3: RGB, 2 and 4: the same followed by
 * alpha, not premultiplied) to `prepared`: options->height * options->width bytes, gray; capacity
 * in bytes. Transparent images are composited on white, or on black if hardly anything would be
 * visible on white (white strokes) or if options->polarity says that the ink is light; the alpha
 * channel of opaque images has no effect. An image without a digit is no failure: info (may be
 * NULL) then has the verdict, and the prepared image is black. The same input gives the same bytes.
 * options NULL: the defaults. */
mnistcnn_status mnistcnn_digit_prepare(const mnistcnn_image *image,
                                       const mnistcnn_digit_options *options, uint8_t *prepared,
                                       size_t capacity, mnistcnn_digit_info *info);

/* The digits found in an image. Immutable. */
typedef struct mnistcnn_digit_list mnistcnn_digit_list;

/* Finds and prepares every digit, line by line and from left to right: connected components of ink,
 * with small ones (the bar of a 5) merged into the digit they belong to. Touching digits are not
 * separated, for which a model is needed (mnistcnn_page_read()); they form one box with the verdict
 * MNISTCNN_DIGIT_TOUCHING. Components as large as a
 * digit that cannot be one (a dash, a blot) are listed with their verdict; specks and dots are not.
 * A blank image gives an empty list. options as above; passthrough_prepared has no effect. */
mnistcnn_status mnistcnn_digit_find(const mnistcnn_image *image,
                                    const mnistcnn_digit_options *options,
                                    mnistcnn_digit_list **list);
void mnistcnn_digit_list_free(mnistcnn_digit_list *list);

size_t mnistcnn_digit_list_num_digits(const mnistcnn_digit_list *list); /* 0 for NULL */

/* MNISTCNN_NOT_FOUND if there is no such digit. */
mnistcnn_status mnistcnn_digit_list_info(const mnistcnn_digit_list *list, size_t index,
                                         mnistcnn_digit_info *info);

/* The prepared image, options->height * options->width bytes; NULL if there is no such digit. */
const uint8_t *mnistcnn_digit_list_image(const mnistcnn_digit_list *list, size_t index);

/* Computes the class probabilities of every digit found: [digits][classes], as mnistcnn_predict();
 * the prepared images must have the model's height and width. A network is as confident about
 * touching digits as about any others, so their row is averaged with the uniform distribution
 * (1 / classes each): no class gets far above a half. Non-digits get the uniform distribution. */
mnistcnn_status mnistcnn_digit_list_predict(const mnistcnn_digit_list *list,
                                            const mnistcnn_model *model,
                                            mnistcnn_workspace *workspace, float *probabilities,
                                            size_t capacity);

/* --- pages ---------------------------------------------------------------------------------------
 * Reads a page of digits: finds them as mnistcnn_digit_find() does, predicts them, and takes apart
 * those that touch where the model reads the parts better than the whole.
 */

typedef struct mnistcnn_page_options {
  uint32_t struct_size;
  int32_t polarity; /* MNISTCNN_POLARITY_..., default AUTO */
  uint32_t form;    /* 1: a table of printed cells, read cell by cell; 0 (default): lines */
  /* 0..1, default 0.5: what is less probable, or less than the model's rejection threshold, is
   * MNISTCNN_DIGIT_UNCLEAR. */
  float least_confidence;
  const mnistcnn_allocator *allocator;
  mnistcnn_error *error;
} mnistcnn_page_options;

mnistcnn_status mnistcnn_page_options_init(mnistcnn_page_options *options, size_t size);

typedef struct mnistcnn_page mnistcnn_page;

typedef struct mnistcnn_page_info {
  uint32_t struct_size;
  int32_t polarity;     /* MNISTCNN_POLARITY_...: that of the ink */
  uint32_t num_lines;   /* of writing; of a form: rows of cells */
  uint32_t num_columns; /* of a form, else 0 */
  uint32_t is_form;     /* 1: a table of cells was asked for and found */
  uint32_t num_specks;  /* things that are no digits and not listed: dots, dirt, rests of lines */
} mnistcnn_page_info;

/* One thing on the page, in pixels of the image given. */
typedef struct mnistcnn_page_digit {
  uint32_t struct_size;
  int32_t verdict;     /* MNISTCNN_DIGIT_...; BLANK: an empty cell of a form */
  int32_t class_index; /* -1 where it is no digit, or which one is UNCLEAR */
  float confidence;    /* of the most probable class; 0 where it is no digit */
  uint32_t line;       /* of writing, from 0 at the top; of a form: row */
  uint32_t column;     /* in the line, from 0 at the left; of a form: column */
  uint32_t group;      /* see mnistcnn_page_get_group(); UINT32_MAX where it is no digit */
  uint32_t is_cut;     /* 1: it touches a neighbour and was taken apart */
  uint32_t top;        /* bounding box; of an empty cell, the cell */
  uint32_t left;
  uint32_t height;
  uint32_t width;
} mnistcnn_page_digit;

/* A number: digits that stand close together in a line. */
typedef struct mnistcnn_page_group {
  uint32_t struct_size;
  uint32_t line;
  uint64_t first; /* index of the first digit */
  uint64_t count; /* of digits */
  uint32_t top;   /* bounding box */
  uint32_t left;
  uint32_t height;
  uint32_t width;
  const char *text; /* the names of the classes, '?' where it is unclear; belongs to the page */
} mnistcnn_page_group;

/* Reads a page with the model and a workspace of it (may be NULL). The image may have 1 to 4
 * channels, as in mnistcnn_digit_prepare(); the model's input is what its digits are prepared as.
 * Nothing that was found is left out: what is no digit is listed with its verdict, or counted in
 * num_specks. A blank page has no digits. *page is NULL on failure, and is freed by the caller. */
mnistcnn_status mnistcnn_page_read(const mnistcnn_model *model, mnistcnn_workspace *workspace,
                                   const mnistcnn_image *image,
                                   const mnistcnn_page_options *options, mnistcnn_page **page);
void mnistcnn_page_free(mnistcnn_page *page);

mnistcnn_status mnistcnn_page_get_info(const mnistcnn_page *page, mnistcnn_page_info *info);

/* In reading order. MNISTCNN_NOT_FOUND if there is none of this index. */
size_t mnistcnn_page_num_digits(const mnistcnn_page *page); /* 0 for NULL */
mnistcnn_status mnistcnn_page_get_digit(const mnistcnn_page *page, size_t index,
                                        mnistcnn_page_digit *digit);

size_t mnistcnn_page_num_groups(const mnistcnn_page *page); /* 0 for NULL */
mnistcnn_status mnistcnn_page_get_group(const mnistcnn_page *page, size_t index,
                                        mnistcnn_page_group *group);

/* The probabilities of a digit, [classes], and the image that they were predicted from, of the
 * model's height and width. They belong to the page; NULL if there is no such digit. */
const float *mnistcnn_page_probabilities(const mnistcnn_page *page, size_t index);
const uint8_t *mnistcnn_page_image(const mnistcnn_page *page, size_t index);

/* --- datasets --------------------------------------------------------------------------------- */

/* Labelled images of one size, stored as bytes. Immutable. Besides those of the classes there may
 * be background images, which show none of them: letters, say, among digits. Training teaches the
 * network to be undecided about them (the target is the uniform distribution; with a sigmoid, none
 * of the classes), so that a threshold can reject their kind:
 * mnistcnn_model_set_rejection_threshold() (outlier exposure: Hendrycks et al. 2019). They count
 * for the loss and the temperature, but for no accuracy, weight or calibration error. */
typedef struct mnistcnn_dataset mnistcnn_dataset;

enum mnistcnn_label { MNISTCNN_NO_CLASS = -1 }; /* the label of a background image */

typedef struct mnistcnn_dataset_options {
  uint32_t struct_size;
  uint32_t height;   /* images are brought to this; 0 (default): the size of the first image,
                        28 with PREPARE_DIGIT */
  uint32_t width;    /* both or neither */
  uint32_t channels; /* 1 or 3; 0 (default): 3 if any image has colour, else 1; PREPARE_DIGIT: 1 */
  int32_t resize;    /* MNISTCNN_RESIZE_...; short for that of `preparation` */
  uint32_t skip_broken; /* 1: images that cannot be read are logged, counted and skipped;
                           0 (default): the call fails with the first of them in sorted order */
  uint32_t num_threads; /* for decoding, 1..256, default 1 */
  int32_t prepare;      /* MNISTCNN_PREPARE_..., default NONE; short for that of `preparation` */
  mnistcnn_progress_callback progress; /* MNISTCNN_EVENT_LOADING, at most 20 times a second */
  mnistcnn_log_callback log;
  void *user; /* for both callbacks */
  mnistcnn_monitor *monitor;
  const mnistcnn_allocator *allocator;
  mnistcnn_error *error;
  /* How images become bytes: its `prepare`, `polarity`, `alpha` and `resize`; the rest is of no
   * account here. Read during the call only. NULL: the defaults, with `prepare` and `resize` from
   * above, which must be 0 or agree otherwise. */
  const mnistcnn_preparation *preparation;
  /* For mnistcnn_dataset_load_idx() only, for files that are laid out otherwise than MNIST's: those
   * of EMNIST have rows and columns swapped, and in its set of letters the labels start from 1. */
  uint32_t idx_transpose;   /* 1: swap rows and columns of each image; 0 (default) */
  uint32_t idx_first_label; /* the label of the first class, 0..255, default 0 */
  /* For mnistcnn_dataset_load_folder() only: the name of the sub-folder of background images, which
   * then is no class; MNISTCNN_NOT_FOUND where there is none of that name. NULL (default): every
   * sub-folder is a class. Read during the call only. */
  const char *background;
} mnistcnn_dataset_options;

mnistcnn_status mnistcnn_dataset_options_init(mnistcnn_dataset_options *options, size_t size);

/* The defaults, but with the size, channels (0 of a model of three, which takes gray images too)
 * and preparation of a model: for its evaluation and further training. `preparation` points into
 * the model, and is valid until it is freed. */
mnistcnn_status mnistcnn_dataset_options_for_model(mnistcnn_dataset_options *options, size_t size,
                                                   const mnistcnn_model *model);

/* Loads a folder with one sub-folder per class, as Keras' flow_from_directory: the classes are the
 * sub-folders in byte order ("10" before "2"), the images are the *.png, *.jpg, *.jpeg and *.bmp
 * files (in any case, as far as this build reads them) in them at any depth, in sorted order.
 * options NULL: the defaults. Images are converted to the height and width as mnistcnn_image_info
 * describes for large ones; a JPEG with far more pixels than that is decoded to fewer, of which at
 * least 4 along each side go into a pixel of the result. hidden files and folders (dot) ignored
 *   folders of the system (__MACOSX,    ignored at any depth; logged
 *   @eaDir, lost+found, ...)
 *   other kinds of files                ignored; their number is logged, by extension
 *   images directly in the folder       ignored; their number is logged, as a warning
 *   symbolic links                      followed; nesting of more than 32 levels, as by a link to a
 *                                       folder above: MNISTCNN_LIMIT
 *   an empty sub-folder                 a class without images; logged, as a warning
 *   a sub-folder with files, none of    MNISTCNN_FORMAT, even with skip_broken
 *   which is an image that can be read
 *   a class with one image              accepted
 *   names that differ in case only      accepted; logged, as a warning
 *   fewer than two sub-folders          MNISTCNN_FORMAT
 *   sub-folders train and validation    MNISTCNN_FORMAT: a folder above the one that was meant
 *   (val, test, ...) with sub-folders
 *   no images                           MNISTCNN_FORMAT
 *   more than 1000 classes              MNISTCNN_LIMIT
 *   a class name that is not UTF-8 or   MNISTCNN_FORMAT
 *   has control characters
 *   an unreadable folder                MNISTCNN_IO, even with skip_broken
 *   a file that is not a valid image    MNISTCNN_FORMAT unless skip_broken
 *   a damaged file whose pixels are     accepted; logged, as a warning
 *   all there
 */
mnistcnn_status mnistcnn_dataset_load_folder(const char *path,
                                             const mnistcnn_dataset_options *options,
                                             mnistcnn_dataset **dataset);

/* Loads MNIST's IDX files (images: unsigned bytes [n][h][w] or [n][h][w][3]; labels: unsigned bytes
 * [n]), plain or gzip-compressed, whatever their names. Classes are 0..largest label, counted from
 * idx_first_label, without names. Lengths and counts must match exactly. skip_broken concerns
 * images without a digit, with MNISTCNN_PREPARE_DIGIT: nothing else can be wrong with a single
 * image. */
mnistcnn_status mnistcnn_dataset_load_idx(const char *images_path, const char *labels_path,
                                          const mnistcnn_dataset_options *options,
                                          mnistcnn_dataset **dataset);

/* What mnistcnn_dataset_load_folder() would find, without reading any image: for checks before a
 * long load. *num_images: files that are images by their names; names: those of the classes, with a
 * newline between one and the next. String output. */
mnistcnn_status mnistcnn_dataset_scan_folder(const char *path, uint32_t *num_classes,
                                             uint64_t *num_images, char *names, size_t capacity,
                                             size_t *length);

/* What mnistcnn_dataset_load_idx() would find with the same options. Of the images' file only the
 * header is examined. */
mnistcnn_status mnistcnn_dataset_scan_idx(const char *images_path, const char *labels_path,
                                          const mnistcnn_dataset_options *options,
                                          uint32_t *num_classes, uint64_t *num_images);

/* Labelled images in the caller's memory. */
typedef struct mnistcnn_labelled_images {
  uint32_t struct_size;
  uint32_t num_classes;
  const uint8_t *pixels; /* [count][height][width][channels] */
  size_t size_bytes;     /* of pixels: count * height * width * channels, or the call is refused */
  const int32_t *labels; /* [count], each 0..num_classes-1, or MNISTCNN_NO_CLASS */
  size_t count;
  const char *const
      *class_names;     /* num_classes names (rules as in mnistcnn_model_options) or NULL */
  mnistcnn_shape shape; /* of each image; channels 1 or 3 */
  uint32_t reserved;    /* 0 */
} mnistcnn_labelled_images;

/* Create a dataset from memory. copy copies the pixels; borrow keeps the pointer, which must stay
 * valid and the pixels unchanged until the dataset and everything split from it are freed. Both
 * copy the labels. */
mnistcnn_status mnistcnn_dataset_create_copy(const mnistcnn_labelled_images *images,
                                             const mnistcnn_allocator *allocator,
                                             mnistcnn_dataset **dataset);
mnistcnn_status mnistcnn_dataset_create_borrow(const mnistcnn_labelled_images *images,
                                               const mnistcnn_allocator *allocator,
                                               mnistcnn_dataset **dataset);

/* Stratified split into two datasets: of every class, and of the background, round(fraction *
 * images) images chosen at random by the seed go to `second`, the others to `first`; a class with
 * two or more images has at least one in each. Both share the pixels with the dataset, which may be
 * freed before them. 0 < fraction < 1. A split that would leave either without images is
 * MNISTCNN_INVALID_ARGUMENT. */
mnistcnn_status mnistcnn_dataset_split(const mnistcnn_dataset *dataset, double fraction,
                                       uint64_t seed, mnistcnn_dataset **first,
                                       mnistcnn_dataset **second);

/* Creates a dataset of the images with these indices (at least one), in this order; the pixels are
 * shared. */
mnistcnn_status mnistcnn_dataset_subset(const mnistcnn_dataset *dataset, const size_t *indices,
                                        size_t count, mnistcnn_dataset **subset);

void mnistcnn_dataset_free(mnistcnn_dataset *dataset);

/* These return 0 for NULL. Skipped are the images left out by skip_broken. */
size_t mnistcnn_dataset_num_images(const mnistcnn_dataset *dataset);
uint32_t mnistcnn_dataset_num_classes(const mnistcnn_dataset *dataset);
size_t mnistcnn_dataset_num_skipped(const mnistcnn_dataset *dataset);

mnistcnn_status mnistcnn_dataset_shape(const mnistcnn_dataset *dataset, mnistcnn_shape *shape);

/* NULL if there is no such class or the dataset has no class names. */
const char *mnistcnn_dataset_class_name(const mnistcnn_dataset *dataset, uint32_t index);

/* The height * width * channels bytes of image `index`; NULL if there is no such image. */
const uint8_t *mnistcnn_dataset_image(const mnistcnn_dataset *dataset, size_t index);

/* The class of image `index`; MNISTCNN_NO_CLASS of a background image, and if there is no such
 * image.
 */
int32_t mnistcnn_dataset_label(const mnistcnn_dataset *dataset, size_t index);

/* The path of image `index` relative to the folder that was loaded ("7/00012.png"); NULL if there
 * is no such image or it was not loaded from a file of its own. */
const char *mnistcnn_dataset_path(const mnistcnn_dataset *dataset, size_t index);

/* --- training --------------------------------------------------------------------------------- */

enum mnistcnn_loss {
  /* Mean over all probabilities of -(y log p + (1-y) log(1-p)), p clipped to [1e-7, 1 - 1e-7]: the
   * loss of the tutorial, and the only one for networks that end in sigmoid, whose gradient is not
   * clipped. Those may have label smoothing s, with the target (1-s) y + s / 2. */
  MNISTCNN_LOSS_BINARY_CROSS_ENTROPY = 0,
  /* -log p of the true class; with label smoothing s the target is (1-s) y + s / classes. */
  MNISTCNN_LOSS_CATEGORICAL_CROSS_ENTROPY = 1
};

enum mnistcnn_optimizer {
  /* Keras 2.0.3: a = rho a + (1-rho) g^2; w -= rate g / (sqrt(a) + epsilon) */
  MNISTCNN_OPTIMIZER_RMSPROP = 0,
  /* v = momentum v - rate g; w += v, or with nesterov: w += momentum v - rate g */
  MNISTCNN_OPTIMIZER_SGD = 1,
  /* Kingma & Ba 2015, bias-corrected */
  MNISTCNN_OPTIMIZER_ADAM = 2,
  /* Loshchilov & Hutter 2019: Adam, and w -= rate weight_decay w for kernels (not biases) */
  MNISTCNN_OPTIMIZER_ADAMW = 3
};

enum mnistcnn_schedule {
  MNISTCNN_SCHEDULE_CONSTANT = 0,
  /* Linear warmup from warmup_start_ratio * rate to rate over the first warmup_fraction of all
   * steps, then linear or cosine decay to final_lr_ratio * rate. */
  MNISTCNN_SCHEDULE_LINEAR = 1,
  MNISTCNN_SCHEDULE_COSINE = 2,
  /* Smith & Topin 2019, as PyTorch's OneCycleLR with cosine annealing both ways: from
   * warmup_start_ratio * rate (1 / div_factor) to rate over the first warmup_fraction (pct_start),
   * then to final_lr_ratio * rate (1 / (div_factor * final_div_factor)). The momentum stays. */
  MNISTCNN_SCHEDULE_ONE_CYCLE = 3,
  /* As PyTorch's StepLR: times step_factor after every step_epochs epochs. No warmup. */
  MNISTCNN_SCHEDULE_STEP = 4
};

enum mnistcnn_augment {
  MNISTCNN_AUGMENT_NONE = 0,
  /* ImageDataGenerator of Keras 2.0.3: shear in radians, each axis zoomed by 1 +- zoom about
   * (height/2 + 0.5, width/2 + 0.5), nearest pixel, edges repeated. Rotation in degrees and shift
   * as a fraction of the side, as rotation_range, height_shift_range and width_shift_range. */
  MNISTCNN_AUGMENT_KERAS_2_0 = 1,
  /* The same for Keras 2.9: shear in degrees, bilinear, centre (side - 1) / 2. */
  MNISTCNN_AUGMENT_KERAS_2_9 = 2,
  /* One bilinear warp, zeros outside, about the centre (side - 1) / 2: rotation in degrees, shear
   * as a matrix entry, zoom, shift in pixels, each uniform in +- its range, and an elastic
   * displacement field with a standard deviation of elastic_pixels. Before it, grey-scale dilation
   * (a > 0, thicker strokes) or erosion (a < 0) with a 4-neighbour cross, blended with the image
   * by |a|, where a is uniform in +- dilate. */
  MNISTCNN_AUGMENT_AFFINE_ELASTIC = 3
};

/* What tells a better epoch from a worse one. */
enum mnistcnn_metric {
  MNISTCNN_METRIC_VALIDATION_LOSS = 0, /* lower is better; without a validation set, which only
                                          plateau_patience allows, the training loss */
  MNISTCNN_METRIC_VALIDATION_ACCURACY = 1
};

typedef struct mnistcnn_train_options {
  uint32_t struct_size;
  uint32_t epochs;          /* 1..100000, default 4 */
  uint32_t batch_size;      /* 1..65536, default 32; the last batch of an epoch may be smaller */
  uint32_t num_threads;     /* 1..256, default 1; the results are the same bytes with any number */
  uint64_t seed;            /* of shuffling, augmentation and dropout; default 1 */
  int32_t loss;             /* MNISTCNN_LOSS_... */
  int32_t optimizer;        /* MNISTCNN_OPTIMIZER_... */
  int32_t schedule;         /* MNISTCNN_SCHEDULE_... */
  int32_t augment;          /* MNISTCNN_AUGMENT_... */
  uint32_t shuffle;         /* 1 (default): a new random order each epoch; 0: the dataset's order */
  uint32_t horizontal_flip; /* 1: flip with probability 1/2; augment must not be NONE */
  uint32_t nesterov;        /* SGD: 1 for Nesterov momentum */
  float label_smoothing;    /* 0 <= s < 1, see MNISTCNN_LOSS_... */
  float learning_rate;      /* 1e-30..1e6, default 0.001 */
  float rho;                /* RMSprop, default 0.9 */
  float momentum;           /* SGD, default 0.9 */
  float beta1;              /* Adam, AdamW, default 0.9 */
  float beta2;              /* Adam, AdamW, default 0.999 */
  float epsilon;            /* default 1e-8 */
  float weight_decay;       /* AdamW and SGD (decoupled), default 0 */
  float warmup_fraction;    /* 0 <= f < 1, default 0 */
  float warmup_start_ratio; /* 0 <= s <= 1, default 0 */
  float final_lr_ratio;     /* 0 <= e <= 1, default 0 */
  float ema_decay;          /* 0 (default): off. d: keep an exponential moving average (EMA) of the
                               weights (after step t: average = e average + (1-e) weights with e =
                               min(d, (1+t)/(10+t))), which is validated and left in the model */
  float no_augment_fraction; /* fraction of all steps, at the end, without augmentation */
  float rotation;            /* augmentation; for the units see MNISTCNN_AUGMENT_... */
  float shear;
  float zoom; /* 0 <= zoom < 1 */
  float shift;
  float elastic_pixels;
  float dilate;               /* 0 <= a <= 1 */
  float calibration_fraction; /* 0 <= f < 1, 0 (default): off. This fraction of every class is held
                                 out of training, and the model's temperature is fitted to it at
                                 the end of each epoch. If that would be fewer than 100 images,
                                 none are held out and the temperature is 1 */
  uint32_t reserved;          /* 0 */
  /* A checkpoint is written here after each epoch and on cancellation: to a file, atomically, or
   * through a writer, at most one of the two. Both NULL: none. */
  const char *checkpoint_path;
  const mnistcnn_writer *checkpoint_writer;
  mnistcnn_progress_callback progress; /* STEP, VALIDATING and EPOCH_END events */
  mnistcnn_log_callback log; /* what has no effect (an option that belongs to another optimiser or
                                schedule, a calibration_fraction of too few images), what is missing
                                in the datasets, and a network that does not learn */
  void *user;                /* for both callbacks */
  mnistcnn_monitor *monitor;
  mnistcnn_error *error; /* of every call with the trainer */
  /* >= 0, default 0: the L2 penalty, l2 times the sum of the squares of all kernels' weights, as
   * Keras' regularizers.L2: 2 l2 w is added to the gradient (PyTorch's weight_decay is 2 l2, where
   * it is not decoupled). A layer that has an l2 of its own in
   * the architecture has that one instead. The losses reported do not include it, unlike Keras'. */
  float l2;
  float clip_norm;   /* >= 0, 0 (default): off. A step whose gradient, of all weights together, is
                        longer than this (Euclidean norm) has it scaled down to it, as Keras'
                        global_clipnorm; takes memory of the size of the weights */
  float step_factor; /* MNISTCNN_SCHEDULE_STEP: 0 < f <= 1, default 0.1 */
  uint32_t step_epochs; /* MNISTCNN_SCHEDULE_STEP: >= 1, must be set */
  /* --- the best epoch --- */
  int32_t metric;         /* MNISTCNN_METRIC_...: of all that follows */
  uint32_t keep_best;     /* 1: at its end the training leaves the weights, moving statistics and
                             temperature of its best epoch in the model, not those of the last one.
                             Needs a validation set; takes memory of the size of the weights */
  uint32_t stop_patience; /* 0 (default): off. n: training ends after n epochs in a row that were no
                             improvement, as with Keras' EarlyStopping. Needs a validation set. The
                             schedule does not know: a learning rate that is to fall until the last
                             of `epochs` has not fallen so far */
  float min_delta;        /* >= 0, default 0: what is better by this or less is no improvement for
                             stop_patience and plateau_patience; keep_best keeps the best anyway */
  /* As Keras' ReduceLROnPlateau: after plateau_patience epochs in a row that were no improvement,
   * the learning rate is multiplied by plateau_factor, and they are counted anew. The factors
   * multiply the rates of any schedule. */
  uint32_t plateau_patience; /* 0 (default): off */
  float plateau_factor;      /* 0 < f < 1, default 0.1 */
  float plateau_min_rate;    /* 0 (default) to 1e6: factors do not take the rate below this */
  uint32_t plateau_cooldown; /* epochs after a factor that are not counted, default 0 */
  /* --- class weights --- */
  uint32_t balance_classes;   /* 1: every class has the weight images / (classes * its images), as
                                 "balanced" of scikit-learn, of the images that are trained on and the
                                 classes that have any; class_weights must be NULL */
  uint32_t num_class_weights; /* the model's number of classes; 0 if class_weights is NULL */
  /* NULL, or the weight of each class, 0..1e6, copied: the loss of an image is multiplied by that
   * of its class before the mean over the batch is taken, as by Keras' class_weight. Images of
   * weight 0 do not train, but must not be all of them. Validation is not weighted. */
  const float *class_weights;
} mnistcnn_train_options;

/* Fills *options with the defaults: no augmentation, RMSprop, binary cross entropy, batch size 32,
 * 4 epochs. */
mnistcnn_status mnistcnn_train_options_init(mnistcnn_train_options *options, size_t size);

/* Fills *options for a preset; use mnistcnn_model_options_preset() with the same name for the
 * model. epochs 0: the preset's own number. An unknown name is MNISTCNN_NOT_FOUND.
 *
 *   "tutorial"  the Keras script: RMSprop, binary cross entropy, batch size 32, 4 epochs, shear
 *               0.2, zoom 0.2 and horizontal flip as in Keras 2.0.3
 *   "best"      the recipe for the highest accuracy after `epochs` epochs
 */
mnistcnn_status mnistcnn_train_options_preset(mnistcnn_train_options *options, size_t size,
                                              const char *preset, uint32_t epochs);

/* Trains the model on `train` and, if validation is not NULL, validates after each epoch. Datasets
 * must have the model's height and width; for a model with three channels, gray images are
 * broadcast to three equal channels. The training dataset must have the model's classes, and their
 * names if both have names; a model without names adopts those of the dataset. The validation
 * dataset, too, but if it has names its classes are found by these, in any order, and some may be
 * missing. Likewise of the preparation: a new model that was created without one adopts that of the
 * training set; else each dataset must have been prepared as the model says
 * (MNISTCNN_SHAPE_MISMATCH), as far as that made a difference: resized, transparent. Datasets from
 * memory, and of IDX files whose images were taken as they are, go with any. last (may be NULL)
 * receives the figures of the last epoch. options NULL: the defaults.
 *
 * MNISTCNN_CANCELLED: the model has the weights after the last completed step, and the checkpoint
 * has been written.
 * MNISTCNN_NOT_FINITE: the model has the weights of the last check that found all of them finite
 * (checked every 64 steps), or with keep_best those of the best epoch.
 * Any other error: the model has the weights after the last completed step; before the first step
 * it is unchanged.
 */
mnistcnn_status mnistcnn_train(mnistcnn_model *model, const mnistcnn_dataset *train,
                               const mnistcnn_dataset *validation,
                               const mnistcnn_train_options *options, mnistcnn_progress *last);

/* What a training is resumed from, and what concerns this process only: everything else comes from
 * the checkpoint. Exactly one of path and reader. */
typedef struct mnistcnn_resume_options {
  uint32_t struct_size;
  uint32_t num_threads; /* 1..256, default 1 */
  const char *path;
  const mnistcnn_reader *reader;
  const char *instruction_set; /* as for mnistcnn_model_set_instruction_set(); NULL: "auto" */
  const char *checkpoint_path; /* of further checkpoints, as in mnistcnn_train_options */
  const mnistcnn_writer *checkpoint_writer;
  mnistcnn_progress_callback progress;
  mnistcnn_log_callback log;
  void *user; /* for both callbacks */
  mnistcnn_monitor *monitor;
  const mnistcnn_allocator *allocator; /* of the model and the trainer */
  mnistcnn_error *error;               /* of every call with the trainer */
  uint32_t epochs; /* 0 (default): as many in all as the checkpoint says. Otherwise the new number,
                      not below that of the epochs begun: more of them also after the training was
                      complete or has stopped early, when stop_patience starts anew */
  uint32_t reserved; /* 0 */
} mnistcnn_resume_options;

mnistcnn_status mnistcnn_resume_options_init(mnistcnn_resume_options *options, size_t size);

/* Resumes training from a checkpoint and runs it to the end; with the same instruction set, the
 * result is the same, byte for byte, as without the interruption. The datasets must be the same
 * (verified by a checksum of their bytes: MNISTCNN_SHAPE_MISMATCH). *model is a new model, also
 * returned if the call fails after training has begun: it is for the caller to free unless NULL.
 *
 * With a new number of epochs the schedule and no_augment_fraction are those of a training of so
 * many epochs from the start: a constant rate goes on, as do steps, and one that had fallen to its
 * end rises again to where the longer schedule has it, so that the added epochs are not trained
 * with a rate of 0. */
mnistcnn_status mnistcnn_train_resume(const mnistcnn_resume_options *options,
                                      const mnistcnn_dataset *train,
                                      const mnistcnn_dataset *validation, mnistcnn_model **model,
                                      mnistcnn_progress *last);

/* --- training step by step -----------------------------------------------------------------------
 * In a loop of the host program. The trainer uses the model and the datasets, which must outlive
 * it; the model must not be used otherwise until the trainer is freed.
 */
typedef struct mnistcnn_trainer mnistcnn_trainer;

mnistcnn_status mnistcnn_trainer_create(mnistcnn_model *model, const mnistcnn_dataset *train,
                                        const mnistcnn_dataset *validation,
                                        const mnistcnn_train_options *options,
                                        mnistcnn_trainer **trainer);

/* As mnistcnn_train_resume(); the caller frees the model, after the trainer. */
mnistcnn_status mnistcnn_trainer_resume(const mnistcnn_resume_options *options,
                                        const mnistcnn_dataset *train,
                                        const mnistcnn_dataset *validation, mnistcnn_model **model,
                                        mnistcnn_trainer **trainer);

/* Performs one optimiser step or, once those of the epoch are done, about 50 ms of its validation,
 * so that the host program is soon back in control. The last call of an epoch also writes the
 * checkpoint and reports the end of the epoch. progress (may be NULL) receives the current
 * progress. If the checkpoint cannot be written, the epoch is complete and reported all the same,
 * and the error is returned; the next call continues.
 * MNISTCNN_STATE once training has finished. After MNISTCNN_CANCELLED the next call continues. */
mnistcnn_status mnistcnn_trainer_step(mnistcnn_trainer *trainer, mnistcnn_progress *progress);

/* Performs such steps until `seconds` have passed (at least one; infinity: no limit) or the epoch
 * has ended, for programs that follow the training from another thread, with
 * mnistcnn_trainer_progress() or a monitor. Otherwise as mnistcnn_trainer_step(). */
mnistcnn_status mnistcnn_trainer_run(mnistcnn_trainer *trainer, double seconds,
                                     mnistcnn_progress *progress);

/* 1 if all steps have been completed or stop_patience has ended the training, else 0. */
int32_t mnistcnn_trainer_finished(const mnistcnn_trainer *trainer);

/* Copies the latest progress. MNISTCNN_NOT_FOUND before the first step. Callable from any thread
 * while another one is in mnistcnn_trainer_step(); takes no lock. */
mnistcnn_status mnistcnn_trainer_progress(const mnistcnn_trainer *trainer,
                                          mnistcnn_progress *progress);

/* Makes the current or next step return MNISTCNN_CANCELLED. May be called from any thread or signal
 * handler: it is one atomic store. NULL is accepted. */
void mnistcnn_trainer_cancel(mnistcnn_trainer *trainer);

/* Creates an independent model with the current weights (their moving average with ema_decay), for
 * predictions while the training goes on; once it has finished, with those that it ends with. Not
 * while another thread is in a call with the trainer. MNISTCNN_STATE after a training that has
 * failed with MNISTCNN_NOT_FINITE. */
mnistcnn_status mnistcnn_trainer_model(const mnistcnn_trainer *trainer, mnistcnn_model **model);

/* Write a checkpoint now. MNISTCNN_STATE after a training that has failed with MNISTCNN_NOT_FINITE:
 * an earlier checkpoint is left alone. save_file writes it atomically. */
mnistcnn_status mnistcnn_trainer_save(const mnistcnn_trainer *trainer,
                                      const mnistcnn_save_options *options);
mnistcnn_status mnistcnn_trainer_save_file(const mnistcnn_trainer *trainer, const char *path);

/* The figures of a completed epoch (from 1), also of those before a resume. best_epoch and
 * stopped_early are those of the training so far. */
mnistcnn_status mnistcnn_trainer_history(const mnistcnn_trainer *trainer, uint32_t epoch,
                                         mnistcnn_progress *figures);

void mnistcnn_trainer_free(mnistcnn_trainer *trainer);

/* The augmented image that training would pass to the network: the image (1 or 3 channels)
 * augmented according to `options` as sample `index` of `epoch` (from 1), as intensities 0..1;
 * capacity in floats. Useful for inspection and for feeding other frameworks. */
mnistcnn_status mnistcnn_augment_image(const mnistcnn_train_options *options, uint32_t epoch,
                                       uint64_t index, const mnistcnn_image *image,
                                       float *intensities, size_t capacity);

/* Calibrates the model on a dataset that it was not trained on (shapes, class names and preparation
 * as for the training dataset of mnistcnn_train): fits the temperature (temperature scaling, Guo et
 * al. 2017), 1 where all images are classified correctly. Where accepted (0..1) is above 0, also
 * sets the rejection threshold: the highest, of three decimals, that accepts this fraction of the
 * images that are classified correctly. Background images count for the temperature, with their
 * target. In one thread; the model is unchanged on failure. */
mnistcnn_status mnistcnn_model_calibrate(mnistcnn_model *model, const mnistcnn_dataset *dataset,
                                         float accepted);

/* --- evaluate --------------------------------------------------------------------------------- */

typedef struct mnistcnn_evaluate_options {
  uint32_t struct_size;
  uint32_t num_threads; /* 1..256, default 1 */
  uint32_t max_batch;   /* as in mnistcnn_workspace_options */
  int32_t precision;    /* MNISTCNN_PRECISION_... */
  int32_t loss;         /* the loss to report: MNISTCNN_LOSS_..., default binary cross entropy */
  uint32_t reserved;    /* 0 */
  uint64_t *confusion;  /* NULL, or receives the confusion matrix [classes][classes]: row = true
                           class, column = predicted (most probable) class */
  size_t confusion_capacity;           /* in elements */
  float *probabilities;                /* NULL, or receives those of all images, [count][classes] */
  size_t probabilities_capacity;       /* in floats */
  mnistcnn_progress_callback progress; /* MNISTCNN_EVENT_EVALUATING */
  void *user;
  mnistcnn_monitor *monitor;
  mnistcnn_error *error;
} mnistcnn_evaluate_options;

mnistcnn_status mnistcnn_evaluate_options_init(mnistcnn_evaluate_options *options, size_t size);

typedef struct mnistcnn_metrics {
  uint32_t struct_size;
  uint32_t reserved;
  uint64_t count;           /* images of the classes */
  uint64_t correct;         /* images whose most probable class is the true one */
  double loss;              /* mean of all images, also of the background */
  double accuracy;          /* categorical accuracy: correct / count */
  double binary_accuracy;   /* fraction of all outputs that round to their target */
  double calibration_error; /* expected calibration error: images are put in 15 equal-width bins by
                               confidence (the probability of their most probable class); the mean
                               over the images of |accuracy - mean confidence| of their bin */
  uint64_t background;      /* background images */
  uint64_t rejected;        /* images of the classes below the model's rejection threshold */
  uint64_t background_rejected; /* background images below it */
} mnistcnn_metrics;

/* Evaluates the model on a dataset (shapes, class names and preparation as for the training dataset
 * of mnistcnn_train). options NULL: the defaults. */
mnistcnn_status mnistcnn_evaluate(const mnistcnn_model *model, const mnistcnn_dataset *dataset,
                                  const mnistcnn_evaluate_options *options,
                                  mnistcnn_metrics *metrics);

/* --- cost ------------------------------------------------------------------------------------- */

/* What a prediction or a training costs, before it is made. Bytes are those asked of the allocator:
 * stacks of threads are not counted. */
typedef struct mnistcnn_cost {
  uint32_t struct_size;
  uint32_t reserved;
  uint64_t model_bytes;   /* of the model */
  uint64_t memory_bytes;  /* of the workspace, or of the trainer with its steps and checkpoints */
  uint64_t peak_bytes;    /* at any time: model and memory together, or while the model is loaded */
  uint64_t multiply_adds; /* of one image, or of one optimiser step with a full batch */
} mnistcnn_cost;

/* Of loading this model and predicting with a workspace of these options (NULL: the defaults).
 * Reads the file, but does not make the model. The limits of `load` hold for these options. */
mnistcnn_status mnistcnn_load_cost(const mnistcnn_load_options *load,
                                   const mnistcnn_workspace_options *workspace,
                                   mnistcnn_cost *cost);

/* Of predictions with a workspace of these options (NULL: the defaults). */
mnistcnn_status mnistcnn_model_predict_cost(const mnistcnn_model *model,
                                            const mnistcnn_workspace_options *options,
                                            mnistcnn_cost *cost);

/* Of training with these options (NULL: the defaults) on these datasets; validation may be NULL.
 * The datasets' own memory is not counted. */
mnistcnn_status mnistcnn_model_train_cost(const mnistcnn_model *model,
                                          const mnistcnn_dataset *train,
                                          const mnistcnn_dataset *validation,
                                          const mnistcnn_train_options *options,
                                          mnistcnn_cost *cost);

/* The same before there are datasets, of so many training images of 1 or 3 channels;
 * has_validation: 1 if there will be a validation dataset, else 0. */
mnistcnn_status mnistcnn_model_train_cost_ahead(const mnistcnn_model *model, uint64_t num_images,
                                                uint32_t channels, uint32_t has_validation,
                                                const mnistcnn_train_options *options,
                                                mnistcnn_cost *cost);
