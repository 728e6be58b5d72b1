/* mnistcnn predict: "I think this digit is a 7 with 99.98% confidence". */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mnistcnn.h>

#include "args.h"
#include "command.h"
#include "json_out.h"
#include "message.h"
#include "own_model.h"
#include "percent.h"
#include "picture.h"

/* How images become the network's input. */
enum {
  MODE_AUTO = 0, /* as digits, where the classes are digits and an image is not one of MNIST's */
  MODE_DIGIT = 1,
  MODE_PLAIN = 2
};

/* A network names the likeliest of its classes, whatever it is shown. Below this confidence what
 * was prepared from somebody's picture is more likely no digit at all. */
static const double least_confidence = 0.5;

typedef struct settings {
  uint32_t top; /* how many classes to tell */
  uint32_t mode;
  uint32_t many; /* 1: each picture may show several digits */
  uint32_t show; /* 1: print what the network sees */
} settings;

typedef struct predictor {
  const mnistcnn_model *model;
  mnistcnn_workspace *workspace;
  settings settings;
  uint32_t height, width, channels;
  uint32_t num_classes;
  float *probabilities; /* [num_classes] */
  uint32_t *ranking;    /* [num_classes], the most probable first */
  uint8_t *prepared;    /* [height][width] */
  uint8_t *input;       /* [height][width][channels] */
  bool digits;          /* the classes are digits */
  bool name_files;      /* say which image an answer is about */
  json_out *json;       /* NULL: text */
} predictor;

static bool all_digits(const mnistcnn_model *model) {
  for (uint32_t c = 0; c < mnistcnn_model_num_classes(model); c++) {
    const char *const name = mnistcnn_model_class_name(model, c);
    if (!name || name[0] < '0' || name[0] > '9' || name[1] != '\0')
      return false;
  }
  return true;
}

/* Selection of the first `top`, stable: equal probabilities stay in the order of the classes. */
static void rank(predictor *p) {
  for (uint32_t c = 0; c < p->num_classes; c++)
    p->ranking[c] = c;
  for (uint32_t place = 0; place < p->settings.top; place++) {
    uint32_t best = place;
    for (uint32_t i = place + 1; i < p->num_classes; i++) {
      if (p->probabilities[p->ranking[i]] > p->probabilities[p->ranking[best]])
        best = i;
    }
    const uint32_t chosen = p->ranking[best];
    memmove(&p->ranking[place + 1], &p->ranking[place], (best - place) * sizeof p->ranking[0]);
    p->ranking[place] = chosen;
  }
}

static double confidence(const predictor *p, uint32_t index) {
  return confidence_of(p->probabilities, p->num_classes, index);
}

/* The wording is fixed ("a 8", too), so that a script may rely on it. */
static void tell(const predictor *p, const char *path) {
  const uint32_t first = p->ranking[0];
  char text[PERCENT_CAPACITY];

  if (p->name_files)
    printf("%s: ", path);
  printf("I think this %s is a %s with %s confidence\n", p->digits ? "digit" : "image",
         mnistcnn_model_class_name(p->model, first), percent_text(confidence(p, first), text));
  for (uint32_t i = 0; p->settings.top > 1 && i < p->settings.top; i++)
    printf("  %7s  %s\n", percent_text(confidence(p, p->ranking[i]), text),
           mnistcnn_model_class_name(p->model, p->ranking[i]));
}

static void write_class(const predictor *p, uint32_t index) {
  json_key(p->json, "class");
  json_text(p->json, mnistcnn_model_class_name(p->model, index));
  json_key(p->json, "index");
  json_integer(p->json, index);
  json_key(p->json, "confidence");
  json_number(p->json, confidence(p, index));
}

static void write_answer(const predictor *p, const char *path) {
  json_begin_object(p->json);
  json_key(p->json, "file");
  json_text(p->json, path);
  write_class(p, p->ranking[0]);
  if (p->settings.top > 1) {
    json_key(p->json, "top");
    json_begin_array(p->json);
    for (uint32_t i = 0; i < p->settings.top; i++) {
      json_begin_line_object(p->json);
      write_class(p, p->ranking[i]);
      json_end_object(p->json);
    }
    json_end_array(p->json);
  }
  json_end_object(p->json);
}

static void write_failure(const predictor *p, const char *path) {
  json_begin_object(p->json);
  json_key(p->json, "file");
  json_text(p->json, path);
  json_key(p->json, "error");
  json_text(p->json, mnistcnn_last_error());
  json_end_object(p->json);
}

/* ----------------------------------------------------------------------- pictures of digits -- */

static const char *verdict_name(int32_t verdict) {
  static const char *const names[] = {"digit", "touching", "blank", "filled", "several", "other"};

  return verdict >= 0 && verdict < (int32_t)(sizeof names / sizeof names[0]) ? names[verdict]
                                                                             : "unknown";
}

/* "I see no digit: ..." is fixed wording, too. */
static int tell_no_digit(const predictor *p, const char *path, const char *verdict,
                         const char *reason) {
  if (!p->json) {
    if (p->name_files)
      printf("%s: ", path);
    printf("I see no digit: %s\n", reason);
    return EXIT_STATUS_NO_DIGIT;
  }
  json_begin_object(p->json);
  json_key(p->json, "file");
  json_text(p->json, path);
  json_key(p->json, "class");
  json_text(p->json, NULL);
  json_key(p->json, "verdict");
  json_text(p->json, verdict);
  json_key(p->json, "reason");
  json_text(p->json, reason);
  json_end_object(p->json);
  return EXIT_STATUS_NO_DIGIT;
}

static int tell_unclear(const predictor *p, const char *path) {
  const uint32_t guess = p->ranking[0];
  char share[PERCENT_CAPACITY], reason[512];

  snprintf(reason, sizeof reason, "the best guess, a %s, has only %s confidence",
           mnistcnn_model_class_name(p->model, guess), percent_text(confidence(p, guess), share));
  return tell_no_digit(p, path, "unclear", reason);
}

static void show_prepared(const predictor *p, const uint8_t *prepared) {
  if (p->settings.show && !p->json)
    picture_show(prepared, p->height, p->width);
}

/* As mnistcnn_predict_digits() does it: what may be two digits is at most half believed. */
static void temper(predictor *p) {
  for (uint32_t c = 0; c < p->num_classes; c++)
    p->probabilities[c] = 0.5f * p->probabilities[c] + 0.5f / (float)p->num_classes;
}

static mnistcnn_status predict_prepared(predictor *p) {
  for (size_t i = 0; i < (size_t)p->height * p->width; i++)
    memset(p->input + i * p->channels, p->prepared[i], p->channels);
  return mnistcnn_predict_u8(p->model, p->workspace, p->input, 1, p->probabilities, p->num_classes);
}

static mnistcnn_digit_options digit_options(const predictor *p) {
  mnistcnn_digit_options options;

  mnistcnn_digit_options_init(&options, sizeof options);
  options.height = p->height;
  options.width = p->width;
  options.keep_similar = p->settings.mode == MODE_AUTO;
  return options;
}

static int predict_digit(predictor *p, const char *path, const picture *source) {
  const mnistcnn_digit_options options = digit_options(p);
  mnistcnn_digit_info info = {.struct_size = sizeof info};

  if (mnistcnn_digit_prepare(source->pixels, source->height, source->width, source->channels,
                             &options, p->prepared, (size_t)p->height * p->width,
                             &info) != MNISTCNN_OK)
    return fail_file(path);
  if (info.verdict > MNISTCNN_DIGIT_TOUCHING)
    return tell_no_digit(p, path, verdict_name(info.verdict),
                         mnistcnn_digit_verdict_text(info.verdict));
  if (predict_prepared(p) != MNISTCNN_OK)
    return fail_file(path);
  if (info.verdict == MNISTCNN_DIGIT_TOUCHING)
    temper(p);
  rank(p);
  show_prepared(p, p->prepared);
  if (!info.unchanged && confidence(p, p->ranking[0]) < least_confidence)
    return tell_unclear(p, path);
  if (p->json)
    write_answer(p, path);
  else
    tell(p, path);
  return EXIT_STATUS_OK;
}

/* --------------------------------------------------------------------------- many in one ----- */

static void tell_found(predictor *p, const mnistcnn_digit_info *info) {
  const uint32_t first = p->ranking[0];
  char share[PERCENT_CAPACITY];

  printf("  line %" PRIu32 ", %" PRIu32 "x%" PRIu32 " at %" PRIu32 ",%" PRIu32 ": ", info->line + 1,
         info->width, info->height, info->left, info->top);
  if (info->verdict > MNISTCNN_DIGIT_TOUCHING)
    printf("no digit: %s\n", mnistcnn_digit_verdict_text(info->verdict));
  else
    printf("%s  %s%s\n", mnistcnn_model_class_name(p->model, first),
           percent_text(confidence(p, first), share),
           info->verdict == MNISTCNN_DIGIT_TOUCHING ? "  (as wide as digits that touch)" : "");
}

static void write_box(json_out *json, const mnistcnn_digit_info *info) {
  const struct {
    const char *key;
    uint32_t value;
  } rows[] = {{"left", info->left},
              {"top", info->top},
              {"width", info->width},
              {"height", info->height},
              {"line", info->line}};

  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    json_key(json, rows[i].key);
    json_integer(json, rows[i].value);
  }
}

static void write_found(predictor *p, const mnistcnn_digit_info *info) {
  json_begin_line_object(p->json);
  if (info->verdict <= MNISTCNN_DIGIT_TOUCHING) {
    write_class(p, p->ranking[0]);
  } else {
    json_key(p->json, "class");
    json_text(p->json, NULL);
  }
  json_key(p->json, "verdict");
  json_text(p->json, verdict_name(info->verdict));
  write_box(p->json, info);
  json_end_object(p->json);
}

/* *read counts those that are digits. */
static int tell_each(predictor *p, const mnistcnn_digits *digits, const float *probabilities,
                     size_t *read) {
  for (size_t i = 0; i < mnistcnn_digits_count(digits); i++) {
    mnistcnn_digit_info info = {.struct_size = sizeof info};
    if (mnistcnn_digits_info(digits, i, &info) != MNISTCNN_OK)
      return fail_library();
    memcpy(p->probabilities, probabilities + i * p->num_classes,
           p->num_classes * sizeof *probabilities);
    rank(p);
    *read += info.verdict <= MNISTCNN_DIGIT_TOUCHING;
    show_prepared(p, mnistcnn_digits_image(digits, i));
    if (p->json)
      write_found(p, &info);
    else
      tell_found(p, &info);
  }
  return EXIT_STATUS_OK;
}

static int tell_digits(predictor *p, const char *path, const mnistcnn_digits *digits,
                       const float *probabilities) {
  const size_t count = mnistcnn_digits_count(digits);
  size_t read = 0;

  if (p->json) {
    json_begin_object(p->json);
    json_key(p->json, "file");
    json_text(p->json, path);
    json_key(p->json, "digits");
    json_begin_array(p->json);
  } else {
    printf("%s: %zu found\n", path, count);
  }
  const int status = tell_each(p, digits, probabilities, &read);
  if (p->json) {
    json_end_array(p->json);
    json_end_object(p->json);
  }
  return status == EXIT_STATUS_OK && read == 0 ? EXIT_STATUS_NO_DIGIT : status;
}

static int predict_many(predictor *p, const char *path, const picture *source) {
  const mnistcnn_digit_options options = digit_options(p);
  mnistcnn_digits *digits = NULL;

  if (mnistcnn_digits_find(source->pixels, source->height, source->width, source->channels,
                           &options, &digits) != MNISTCNN_OK)
    return fail_file(path);
  const size_t capacity = mnistcnn_digits_count(digits) * p->num_classes;
  float *const probabilities = malloc((capacity + 1) * sizeof *probabilities);
  int status;
  if (!probabilities)
    status = fail("%s: out of memory", path);
  else if (mnistcnn_predict_digits(p->model, p->workspace, digits, probabilities, capacity) !=
           MNISTCNN_OK)
    status = fail_file(path);
  else
    status = tell_digits(p, path, digits, probabilities);
  free(probabilities);
  mnistcnn_digits_free(digits);
  return status;
}

/* ------------------------------------------------------------------------------- every file -- */

/* The image as resized, and as gray, for a look at it. */
static int show_plain(const predictor *p, const char *path) {
  picture source;
  int status = picture_load(path, &source);

  if (status == EXIT_STATUS_OK &&
      (mnistcnn_png_decode_file(path, 1, source.pixels,
                                (size_t)source.height * source.width * source.channels, NULL, NULL,
                                NULL) != MNISTCNN_OK ||
       mnistcnn_image_resize(source.pixels, source.height, source.width, 1, MNISTCNN_RESIZE_SMOOTH,
                             p->prepared, p->height, p->width) != MNISTCNN_OK))
    status = fail_file(path);
  if (status == EXIT_STATUS_OK)
    show_prepared(p, p->prepared);
  picture_free(&source);
  return status;
}

static int predict_plain(predictor *p, const char *path) {
  if (mnistcnn_predict_png_file(p->model, p->workspace, path, p->probabilities, p->num_classes) !=
      MNISTCNN_OK)
    return fail_file(path);
  if (p->settings.show && !p->json && show_plain(p, path) != EXIT_STATUS_OK)
    return EXIT_STATUS_FAILURE;
  rank(p);
  if (p->json)
    write_answer(p, path);
  else
    tell(p, path);
  return EXIT_STATUS_OK;
}

static int predict_picture(predictor *p, const char *path) {
  picture source;
  int status = picture_load(path, &source);

  if (status == EXIT_STATUS_OK)
    status = p->settings.many ? predict_many(p, path, &source) : predict_digit(p, path, &source);
  picture_free(&source);
  return status;
}

static int predict_one(predictor *p, const char *path) {
  const bool plain = !p->settings.many && (p->settings.mode == MODE_PLAIN ||
                                           (p->settings.mode == MODE_AUTO && !p->digits));
  const int status = plain ? predict_plain(p, path) : predict_picture(p, path);

  if (status == EXIT_STATUS_FAILURE && p->json)
    write_failure(p, path);
  return status;
}

/* A file that fails is reported and the others are answered all the same. */
static int predict_all(predictor *p, char *const *paths, size_t count) {
  int status = EXIT_STATUS_OK;

  if (p->json)
    json_begin_array(p->json);
  for (size_t i = 0; i < count; i++) {
    const int one = predict_one(p, paths[i]);
    if (status != EXIT_STATUS_FAILURE && one != EXIT_STATUS_OK)
      status = one;
  }
  if (p->json) {
    json_end_array(p->json);
    json_finish(p->json);
  }
  return status;
}

static int allocate(predictor *p) {
  const size_t pixels = (size_t)p->height * p->width;

  p->probabilities = calloc(p->num_classes, sizeof *p->probabilities);
  p->ranking = calloc(p->num_classes, sizeof *p->ranking);
  p->prepared = calloc(pixels, 1);
  p->input = calloc(pixels, p->channels);
  if (!p->probabilities || !p->ranking || !p->prepared || !p->input)
    return fail("out of memory");
  /* One image is asked about at a time. */
  mnistcnn_workspace_options options;
  mnistcnn_workspace_options_init(&options, sizeof options);
  options.max_batch = 1;
  return mnistcnn_workspace_create(p->model, &options, &p->workspace) == MNISTCNN_OK
             ? EXIT_STATUS_OK
             : fail_library();
}

static int predict_with(const mnistcnn_model *model, const settings *how, json_out *json,
                        char *const *paths, size_t count) {
  predictor p = {.model = model,
                 .settings = *how,
                 .num_classes = mnistcnn_model_num_classes(model),
                 .digits = all_digits(model),
                 .name_files = count > 1,
                 .json = json};

  mnistcnn_model_input_shape(model, &p.height, &p.width, &p.channels);
  p.settings.top = how->top < p.num_classes ? how->top : p.num_classes;
  int status = allocate(&p);
  if (status == EXIT_STATUS_OK)
    status = predict_all(&p, paths, count);
  mnistcnn_workspace_free(p.workspace);
  free(p.input);
  free(p.prepared);
  free(p.ranking);
  free(p.probabilities);
  return status;
}

/* path NULL: the model that came with the program. A failure is reported. */
static bool load_model(const char *path, mnistcnn_model **model) {
  if (!path)
    return load_own_model(model) == MNISTCNN_OK || fail_library() == EXIT_STATUS_OK;
  return mnistcnn_model_load_file(path, NULL, model) == MNISTCNN_OK ||
         fail_file(path) == EXIT_STATUS_OK;
}

int cmd_predict(int argc, char **argv) {
  const char *path = NULL;
  settings how = {.top = 1};
  uint32_t as_json = 0;
  size_t num_images;
  mnistcnn_model *model = NULL;
  json_out json;

  const arg_option options[] = {
      arg_text("model", "FILE", &path, "the model (the one of digits that came with the program)"),
      arg_uint32("top", &how.top, 1, 1000, "also list the N most probable classes"),
      arg_switch("many", &how.many, 1,
                 "each image may show several digits: find and read all of them"),
      arg_switch("digit", &how.mode, MODE_DIGIT,
                 "find the digit in each image and bring it into the form of MNIST's (the default "
                 "where the classes are digits and the image does not look like that already)"),
      arg_switch("no-digit", &how.mode, MODE_PLAIN, "only resize the images"),
      arg_switch("show", &how.show, 1, "print what the network sees"),
      arg_switch("json", &as_json, 1, "answer in JSON: an array with one object an image"),
  };
  const arg_spec spec = {
      .command = "predict",
      .purpose = "Says what each PNG file shows, and how sure the model is of it.",
      .synopsis = "[OPTION...] IMAGE...",
      .more_help =
          "Images of any size and colour type are brought to the model's own. Where one shows "
          "no digit,\nthat is said, with the reason, and the exit status is 3. A file that "
          "cannot be read is\nreported, the others are answered; the exit status is then "
          "1.\n",
      .options = options,
      .num_options = sizeof options / sizeof options[0],
      .min_operands = 1,
      .max_operands = SIZE_MAX,
  };
  const arg_outcome outcome = args_parse(&spec, argc, argv, &num_images);
  if (outcome != ARGS_GO_ON)
    return outcome == ARGS_HELP_SHOWN ? EXIT_STATUS_OK : EXIT_STATUS_USAGE;
  if (!path && !has_own_model())
    return args_usage_error("predict", "--model FILE is needed");
  if (!load_model(path, &model))
    return EXIT_STATUS_FAILURE;
  json_start(&json, stdout);
  const int status = predict_with(model, &how, as_json ? &json : NULL, argv + 2, num_images);
  mnistcnn_model_free(model);
  return status;
}
