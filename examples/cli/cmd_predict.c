/* mnistcnn predict: "I think this digit is a 7 with 99.98% confidence". */
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

typedef struct predictor {
  const mnistcnn_model *model;
  mnistcnn_workspace *workspace;
  uint32_t num_classes;
  float *probabilities; /* [num_classes] */
  uint32_t *ranking;    /* [num_classes], the most probable first */
  uint32_t top;         /* how many of them to tell */
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
  for (uint32_t place = 0; place < p->top; place++) {
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
  for (uint32_t i = 0; p->top > 1 && i < p->top; i++)
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
  if (p->top > 1) {
    json_key(p->json, "top");
    json_begin_array(p->json);
    for (uint32_t i = 0; i < p->top; i++) {
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

static int predict_one(predictor *p, const char *path) {
  if (mnistcnn_predict_png_file(p->model, p->workspace, path, p->probabilities, p->num_classes) !=
      MNISTCNN_OK) {
    if (p->json)
      write_failure(p, path);
    return fail_file(path);
  }
  rank(p);
  if (p->json)
    write_answer(p, path);
  else
    tell(p, path);
  return EXIT_STATUS_OK;
}

/* A file that fails is reported and the others are answered all the same. */
static int predict_all(predictor *p, char *const *paths, size_t count) {
  int status = EXIT_STATUS_OK;

  if (p->json)
    json_begin_array(p->json);
  for (size_t i = 0; i < count; i++) {
    if (predict_one(p, paths[i]) != EXIT_STATUS_OK)
      status = EXIT_STATUS_FAILURE;
  }
  if (p->json) {
    json_end_array(p->json);
    json_finish(p->json);
  }
  return status;
}

/* Room for one image: that is how they come. */
static mnistcnn_status create_workspace(const mnistcnn_model *model,
                                        mnistcnn_workspace **workspace) {
  mnistcnn_workspace_options options;
  const mnistcnn_status status = mnistcnn_workspace_options_init(&options, sizeof options);

  options.max_batch = 1;
  return status == MNISTCNN_OK ? mnistcnn_workspace_create(model, &options, workspace) : status;
}

static int predict_with(const mnistcnn_model *model, uint32_t top, json_out *json,
                        char *const *paths, size_t count) {
  const uint32_t classes = mnistcnn_model_num_classes(model);
  predictor p = {.model = model,
                 .num_classes = classes,
                 .probabilities = calloc(classes, sizeof(float)),
                 .ranking = calloc(classes, sizeof(uint32_t)),
                 .top = top < classes ? top : classes,
                 .digits = all_digits(model),
                 .name_files = count > 1,
                 .json = json};
  int status;

  if (!p.probabilities || !p.ranking)
    status = fail("out of memory");
  else if (create_workspace(model, &p.workspace) != MNISTCNN_OK)
    status = fail_library();
  else
    status = predict_all(&p, paths, count);
  mnistcnn_workspace_free(p.workspace);
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
  uint32_t top = 1;
  uint32_t as_json = 0;
  size_t num_images;
  mnistcnn_model *model = NULL;
  json_out json;

  const arg_option options[] = {
      arg_text("model", "FILE", &path, "the model (the one of digits that came with the program)"),
      arg_uint32("top", &top, 1, 1000, "also list the N most probable classes"),
      arg_switch("json", &as_json, 1, "answer in JSON: an array with one object an image"),
  };
  const arg_spec spec = {
      .command = "predict",
      .purpose = "Says what each PNG file shows, and how sure the model is of it.",
      .synopsis = "[OPTION...] IMAGE...",
      .more_help = "Images of any size and colour type are brought to the model's own. A file that "
                   "cannot\nbe read is reported, the others are answered; the exit status is then "
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
  const int status = predict_with(model, top, as_json ? &json : NULL, argv + 2, num_images);
  mnistcnn_model_free(model);
  return status;
}
