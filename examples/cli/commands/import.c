/* mnistcnn import: a model of another framework as a model file. */
#include "commands/command.h"
#include "terminal/args.h"
#include "terminal/message.h"

#ifdef CLI_HAS_EXCHANGE
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mnistcnn_exchange.h>

#include "draw/digits.h"
#include "files/files.h"
#include "files/images.h"
#include "files/same_file.h"
#include "system/processors.h"
#include "terminal/percent.h"
#include "terminal/progress_bar.h"

enum { MAX_RESULTS = 32, DRAWN_DIGITS = 1000, DRAWN_CLASSES = 10 };

typedef struct import_settings {
  const char *file, *out, *arch, *encoding;
  const char *check; /* images; "": drawn digits; NULL: none */
  uint32_t size[2];
  int32_t prepare;
} import_settings;

static mnistcnn_import_options import_options(const import_settings *s) {
  mnistcnn_import_options options = MNISTCNN_IMPORT_OPTIONS_INIT;

  options.path = s->file;
  options.architecture = s->arch;
  options.encoding = s->encoding;
  options.input_height = s->size[0];
  options.input_width = s->size[1];
  options.prepare = s->prepare;
  return options;
}

static int fail_exchange(void) {
  return fail("%s", mnistcnn_exchange_last_error());
}

/* --- images to check with --------------------------------------------------------------------- */

static int draw_images(const mnistcnn_model *model, mnistcnn_dataset **dataset) {
  enum { SIZE = DRAW_DIGIT_SIDE * DRAW_DIGIT_SIDE };
  mnistcnn_shape shape = {0, 0, 0};
  int32_t labels[DRAWN_DIGITS];
  uint8_t *const pixels = malloc((size_t)DRAWN_DIGITS * SIZE);

  if (!pixels)
    return fail("out of memory");
  for (unsigned i = 0; i < DRAWN_DIGITS; i++) {
    labels[i] = (int32_t)(i % DRAWN_CLASSES);
    draw_digit(i % DRAWN_CLASSES, 1, i, pixels + (size_t)i * SIZE);
  }
  const mnistcnn_labelled_images images = {.struct_size = sizeof images,
                                           .num_classes = DRAWN_CLASSES,
                                           .pixels = pixels,
                                           .size_bytes = (size_t)DRAWN_DIGITS * SIZE,
                                           .labels = labels,
                                           .count = DRAWN_DIGITS,
                                           .shape = {DRAW_DIGIT_SIDE, DRAW_DIGIT_SIDE, 1}};
  int status = EXIT_STATUS_OK;
  if (mnistcnn_model_input_shape(model, &shape) != MNISTCNN_OK ||
      mnistcnn_dataset_create_copy(&images, NULL, dataset) != MNISTCNN_OK)
    status = fail_library();
  else if (shape.height != DRAW_DIGIT_SIDE || shape.width != DRAW_DIGIT_SIDE ||
           mnistcnn_model_num_classes(model) != DRAWN_CLASSES)
    status = fail("%s: drawn digits are 28x28 of ten classes, the model is not: give --check "
                  "labelled images of its own",
                  "import");
  free(pixels);
  return status;
}

static int load_check_images(const import_settings *s, const mnistcnn_model *model,
                             mnistcnn_dataset **dataset) {
  progress_bar bar;
  image_options load = {
      .preparation = MNISTCNN_PREPARATION_INIT, .num_threads = usable_processors(), .bar = &bar};

  if (*s->check == '\0')
    return draw_images(model, dataset);
  if (mnistcnn_model_input_shape(model, &load.shape) != MNISTCNN_OK ||
      mnistcnn_model_preparation(model, &load.preparation) != MNISTCNN_OK)
    return fail_library();
  progress_bar_start(&bar, stdout);
  return images_load(s->check, &load, dataset);
}

/* --- encodings -------------------------------------------------------------------------------- */

static void print_encodings(const mnistcnn_encoding_result *results, size_t count) {
  char accuracy[PERCENT_CAPACITY];

  printf("%-32s accuracy on %" PRIu64 " images\n", "encoding", results[0].count);
  for (size_t i = 0; i < count; i++)
    printf("%-32s %s\n", results[i].encoding, percent_text(results[i].accuracy, accuracy));
}

/* Tries all encodings; the best one is what the model is then imported with. */
static int choose_encoding(import_settings *s, const mnistcnn_dataset *dataset,
                           mnistcnn_encoding_result *results) {
  const mnistcnn_import_options options = import_options(s);
  size_t count = 0;

  results[0].struct_size = sizeof results[0];
  if (mnistcnn_import_check(&options, dataset, results, MAX_RESULTS, &count) != MNISTCNN_OK)
    return fail_exchange();
  print_encodings(results, count);
  s->encoding = results[0].encoding;
  return EXIT_STATUS_OK;
}

/* Names that the images have and the model has not. */
static int adopt_names(mnistcnn_model *model, const mnistcnn_dataset *dataset) {
  const char *names[1000];
  const uint32_t count = mnistcnn_model_num_classes(model);

  if (!mnistcnn_dataset_class_name(dataset, 0) || mnistcnn_dataset_num_classes(dataset) != count)
    return EXIT_STATUS_OK;
  for (uint32_t i = 0; i < count; i++)
    names[i] = mnistcnn_dataset_class_name(dataset, i);
  return mnistcnn_model_set_class_names(model, names, count) == MNISTCNN_OK ? EXIT_STATUS_OK
                                                                            : fail_library();
}

/* --- the command ------------------------------------------------------------------------------ */

static int import_final(const import_settings *s, mnistcnn_model **model) {
  mnistcnn_import_options options = import_options(s);

  options.log = log_to_stderr;
  return mnistcnn_import(&options, model) == MNISTCNN_OK ? EXIT_STATUS_OK : fail_exchange();
}

static int import_checked(import_settings *s, mnistcnn_model **model) {
  mnistcnn_encoding_result results[MAX_RESULTS];
  const mnistcnn_import_options options = import_options(s);
  mnistcnn_dataset *dataset = NULL;
  int status = EXIT_STATUS_OK;

  if (mnistcnn_import(&options, model) != MNISTCNN_OK)
    return fail_exchange();
  status = load_check_images(s, *model, &dataset);
  mnistcnn_model_free(*model);
  *model = NULL;
  if (status == EXIT_STATUS_OK)
    status = choose_encoding(s, dataset, results);
  if (status == EXIT_STATUS_OK)
    status = import_final(s, model);
  if (status == EXIT_STATUS_OK)
    status = adopt_names(*model, dataset);
  s->encoding = NULL; /* which was in `results` */
  mnistcnn_dataset_free(dataset);
  return status;
}

static int save_imported(const import_settings *s, const mnistcnn_model *model) {
  mnistcnn_shape shape = {0, 0, 0};

  if (mnistcnn_model_input_shape(model, &shape) != MNISTCNN_OK ||
      mnistcnn_model_save_file(model, s->out) != MNISTCNN_OK)
    return fail_library();
  printf("Imported %s: %" PRIu32 "x%" PRIu32 "x%" PRIu32 ", %" PRIu32 " classes\n%s\n", s->file,
         shape.height, shape.width, shape.channels, mnistcnn_model_num_classes(model),
         mnistcnn_model_architecture(model));
  return EXIT_STATUS_OK;
}

static int run_import(import_settings *s) {
  mnistcnn_model *model = NULL;
  role_list list = {0};
  const file_role *other;
  int status;

  role_list_add(&list, "--out", s->out, true);
  role_list_add(&list, "the file to import", s->file, false);
  role_list_add_idx(&list, "--check", s->check);
  if (find_overwriting(list.roles, list.count, &other)) {
    return args_usage_error("import", "--out and %s must be different files, but both are %s",
                            other->name, s->out);
  }
  if (!can_write(s->out))
    return EXIT_STATUS_FAILURE;
  status = s->check ? import_checked(s, &model) : import_final(s, &model);
  if (status == EXIT_STATUS_OK)
    status = save_imported(s, model);
  mnistcnn_model_free(model);
  return status;
}

int cmd_import(int argc, char **argv) {
  import_settings s = {.prepare = MNISTCNN_PREPARE_NONE};
  static const arg_choice prepares[] = {
      {"none", MNISTCNN_PREPARE_NONE}, {"digit", MNISTCNN_PREPARE_DIGIT}, {NULL, 0}};

  const arg_option options[] = {
      arg_text("out", "FILE", &s.out, "the model file to write (required)"),
      arg_text("encoding", "NAME", &s.encoding,
               "how the network's input was made of bytes: raw (0..255), unit (0..1), signed "
               "(-1..1), centred (-0.5..0.5), standard (MNIST's mean and deviation), "
               "MEAN/DEVIATION or SCALE,OFFSET; with +inverted, +transposed; +flipped for "
               "kernels of Theano (what the file implies, else unit)"),
      arg_optional_text("check", "IMAGES", &s.check,
                        "try all encodings on labelled images, given as to evaluate, and take the "
                        "best; without a value on drawn digits"),
      arg_text("arch", "TEXT", &s.arch,
               "the network of a file with weights only (for PyTorch the one that names and "
               "shapes imply, if there is one)"),
      arg_size("size", s.size, 1, 4096, "the input's size, where the file leaves it open"),
      arg_one_of("prepare", &s.prepare, prepares,
                 "how predict prepares images for the model: only resized (none, the default), or "
                 "as one digit (digit)"),
  };
  const arg_spec spec = {
      .command = "import",
      .purpose = "Makes a model file of a model of Keras (.h5, .keras), PyTorch (.pt, .pth, "
                 ".safetensors),\n"
                 "ONNX, LiteRT (.tflite) or TensorFlow.js (model.json).",
      .synopsis = "FILE --out FILE [OPTION...]",
      .more_help =
          "Every command that takes a model file takes one of these too, with the encoding that "
          "it\n"
          "implies, else unit. Nothing in a file is run: of PyTorch, state_dicts are read, and a\n"
          "Sequential that was saved whole.\n",
      .options = options,
      .num_options = sizeof options / sizeof options[0],
      .min_operands = 1,
      .max_operands = 1,
  };
  const arg_outcome outcome = args_parse(&spec, argc, argv, NULL);
  if (outcome != ARGS_GO_ON)
    return outcome == ARGS_HELP_SHOWN ? EXIT_STATUS_OK : EXIT_STATUS_USAGE;
  s.file = argv[2];
  if (!s.out)
    return args_usage_error("import", "--out FILE is required");
  if (s.check && s.encoding)
    return args_usage_error("import", "--check and --encoding exclude each other");
  return run_import(&s);
}
#endif
