/* mnistcnn predict: "I think this digit is a 7 with 99.98% confidence". */
#include <stdbool.h>
#include <stdint.h>

#include <mnistcnn.h>

#include "commands/command.h"
#include "model/load.h"
#include "model/own_model.h"
#include "model/preparation.h"
#include "predict/answer.h"
#include "predict/digit.h"
#include "predict/many.h"
#include "predict/picture.h"
#include "predict/predictor.h"
#include "terminal/args.h"
#include "terminal/json_out.h"
#include "terminal/message.h"

/* To gray: composited, or without alpha. `pixels` has room for two channels. */
static mnistcnn_status decode_gray(const predictor *p, const char *path, uint8_t *pixels,
                                   size_t count) {
  if (p->preparation.alpha == MNISTCNN_ALPHA_COMPOSITE)
    return mnistcnn_image_decode_file(path, 1, pixels, count, NULL);
  const mnistcnn_status status = mnistcnn_image_decode_file(path, 2, pixels, 2 * count, NULL);
  for (size_t i = 0; status == MNISTCNN_OK && i < count; i++)
    pixels[i] = pixels[2 * i];
  return status;
}

/* Prints the image as resized, in gray. */
static int show_plain(const predictor *p, const char *path) {
  picture source;
  int status = picture_load(path, &source);
  mnistcnn_image gray = source.image;

  gray.shape.channels = 1;
  gray.size_bytes = (size_t)gray.shape.height * gray.shape.width;
  if (status == EXIT_STATUS_OK &&
      (decode_gray(p, path, source.pixels, gray.size_bytes) != MNISTCNN_OK ||
       mnistcnn_image_resize(&gray, p->preparation.resize, p->height, p->width, p->prepared,
                             (size_t)p->height * p->width) != MNISTCNN_OK))
    status = fail_file(path);
  if (status == EXIT_STATUS_OK)
    predictor_show(p, p->prepared);
  picture_free(&source);
  return status;
}

static int predict_plain(predictor *p, const char *path) {
  if (mnistcnn_predict_image_file(p->model, p->workspace, path, p->probabilities, p->num_classes) !=
      MNISTCNN_OK)
    return fail_file(path);
  if (p->settings.show && !p->json && show_plain(p, path) != EXIT_STATUS_OK)
    return EXIT_STATUS_FAILURE;
  predictor_rank(p);
  answer_class(p, path);
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
  const bool plain = !p->settings.many && p->preparation.prepare == MNISTCNN_PREPARE_NONE;
  const int status = plain ? predict_plain(p, path) : predict_picture(p, path);

  if (status == EXIT_STATUS_FAILURE && p->json)
    answer_failure(p, path);
  return status;
}

/* A file that cannot be read is reported; the others are still predicted. */
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

static int predict_with(const mnistcnn_model *model, const predict_settings *how, json_out *json,
                        char *const *paths, size_t count) {
  predictor p;
  int status = predictor_create(&p, model, how, json);

  p.name_files = count > 1;
  if (status == EXIT_STATUS_OK)
    status = predict_all(&p, paths, count);
  predictor_free(&p);
  return status;
}

/* path NULL: the shipped model. A failure is reported. */
static bool load_model(const char *path, mnistcnn_model **model) {
  if (!path)
    return load_own_model(model) == MNISTCNN_OK || fail_library() == EXIT_STATUS_OK;
  return load_model_file(path, model) == EXIT_STATUS_OK;
}

typedef struct request {
  const char *model; /* NULL: the shipped one */
  predict_settings how;
  preparation_settings preparation;
  uint32_t as_json;
  size_t num_images;
} request;

static arg_outcome parse(int argc, char **argv, request *r) {
  const arg_option options[] = {
      arg_text("model", "FILE", &r->model, "the model (the shipped model for digits)"),
      arg_uint32("top", &r->how.top, 1, 1000, "also list the N most probable classes"),
      arg_switch("many", &r->how.many, 1,
                 "find and predict all digits of each image, which may show several"),
      arg_one_of("prepare", &r->preparation.prepare, prepare_choices,
                 "how images are prepared: as the model says (auto, the default), only resized "
                 "(none), or as one digit, which is brought into the form of MNIST (digit)"),
      arg_switch("show", &r->how.show, 1, "print the input of the network"),
      arg_switch("json", &r->as_json, 1, "print JSON: an array with one object per image"),
  };
  const arg_spec spec = {
      .command = "predict",
      .purpose = "Classifies PNG files and prints the confidence of each prediction.",
      .synopsis = "[OPTION...] IMAGE...",
      .more_help =
          "Images of any size and colour type are converted to those of the model. If an image "
          "shows no\ndigit, the reason is printed and the exit status is 3. A file that cannot be "
          "read is reported,\nthe others are still predicted; the exit status is then 1.\n",
      .options = options,
      .num_options = sizeof options / sizeof options[0],
      .min_operands = 1,
      .max_operands = SIZE_MAX,
  };

  return args_parse(&spec, argc, argv, &r->num_images);
}

int cmd_predict(int argc, char **argv) {
  request r = {.how = {.top = 1}, .preparation = preparation_settings_none()};
  mnistcnn_model *model = NULL;
  json_out json;
  const arg_outcome outcome = parse(argc, argv, &r);

  if (outcome != ARGS_GO_ON)
    return outcome == ARGS_HELP_SHOWN ? EXIT_STATUS_OK : EXIT_STATUS_USAGE;
  if (!r.model && !has_own_model())
    return args_usage_error("predict", "--model FILE is required");
  if (!load_model(r.model, &model))
    return EXIT_STATUS_FAILURE;
  json_start(&json, stdout);
  int status = preparation_change(&r.preparation, model);
  if (status == EXIT_STATUS_OK)
    status = predict_with(model, &r.how, r.as_json ? &json : NULL, argv + 2, r.num_images);
  mnistcnn_model_free(model);
  return status;
}
