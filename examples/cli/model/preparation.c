#include "model/preparation.h"

#include <math.h>
#include <stdio.h>

#include "terminal/message.h"

const arg_choice prepare_choices[] = {{"auto", PREPARATION_KEEP},
                                      {"none", MNISTCNN_PREPARE_NONE},
                                      {"digit", MNISTCNN_PREPARE_DIGIT},
                                      {NULL, 0}};
const arg_choice polarity_choices[] = {{"auto", MNISTCNN_POLARITY_AUTO},
                                       {"dark-on-light", MNISTCNN_POLARITY_DARK_ON_LIGHT},
                                       {"light-on-dark", MNISTCNN_POLARITY_LIGHT_ON_DARK},
                                       {NULL, 0}};
const arg_choice alpha_choices[] = {
    {"composite", MNISTCNN_ALPHA_COMPOSITE}, {"drop", MNISTCNN_ALPHA_DROP}, {NULL, 0}};
const arg_choice resize_choices[] = {{"area-bilinear", MNISTCNN_RESIZE_AREA_BILINEAR},
                                     {"nearest", MNISTCNN_RESIZE_NEAREST},
                                     {NULL, 0}};

preparation_settings preparation_settings_none(void) {
  preparation_settings settings = {.prepare = PREPARATION_KEEP,
                                   .polarity = PREPARATION_KEEP,
                                   .alpha = PREPARATION_KEEP,
                                   .resize = PREPARATION_KEEP};

  for (int c = 0; c < 3; c++)
    settings.mean[c] = settings.deviation[c] = NAN;
  return settings;
}

static void set_choice(int32_t *target, int32_t value) {
  if (value != PREPARATION_KEEP)
    *target = value;
}

static void set_numbers(float target[3], const float values[3]) {
  for (int c = 0; c < 3 && !isnan(values[c]); c++)
    target[c] = values[c];
}

void preparation_apply(const preparation_settings *settings, mnistcnn_preparation *how) {
  set_choice(&how->prepare, settings->prepare);
  if (settings->prepare == MNISTCNN_PREPARE_NONE)
    how->polarity = MNISTCNN_POLARITY_AUTO; /* there is no ink any more whose it could be */
  set_choice(&how->polarity, settings->polarity);
  set_choice(&how->alpha, settings->alpha);
  set_choice(&how->resize, settings->resize);
  if (settings->invert)
    how->invert = 1;
  set_numbers(how->mean, settings->mean);
  set_numbers(how->deviation, settings->deviation);
}

static bool is_one_number(const float values[3]) {
  return isnan(values[0]) || (values[0] == values[1] && values[0] == values[2]);
}

bool preparation_fits(const preparation_settings *settings, uint32_t channels) {
  return channels == 3 || (is_one_number(settings->mean) && is_one_number(settings->deviation));
}

int preparation_change(const preparation_settings *settings, mnistcnn_model *model) {
  mnistcnn_preparation how = MNISTCNN_PREPARATION_INIT;
  mnistcnn_shape input;

  if (mnistcnn_model_preparation(model, &how) != MNISTCNN_OK ||
      mnistcnn_model_input_shape(model, &input) != MNISTCNN_OK)
    return fail_library();
  if (!preparation_fits(settings, input.channels))
    return fail("--mean and --deviation: three numbers are for three channels; the model has one");
  preparation_apply(settings, &how);
  if (how.polarity != MNISTCNN_POLARITY_AUTO && how.prepare != MNISTCNN_PREPARE_DIGIT)
    return fail("--polarity has no effect without --prepare digit");
  if (mnistcnn_model_set_preparation(model, &how) == MNISTCNN_OK)
    return EXIT_STATUS_OK;
  return how.prepare == MNISTCNN_PREPARE_DIGIT
             ? fail("%s: use --prepare none", mnistcnn_last_error())
             : fail_library();
}

static mnistcnn_preparation preparation_of(const mnistcnn_model *model) {
  mnistcnn_preparation how = MNISTCNN_PREPARATION_INIT;

  mnistcnn_model_preparation(model, &how);
  return how;
}

bool prepares_digits(const mnistcnn_model *model) {
  return preparation_of(model).prepare == MNISTCNN_PREPARE_DIGIT;
}

/* --- output ----------------------------------------------------------------------------------- */

static const char *name_of(const arg_choice *choices, int32_t number) {
  while (choices->name && choices->number != number)
    choices++;
  return choices->name ? choices->name : "unknown";
}

static void print_numbers(const char *title, const float values[3]) {
  printf("%s%g", title, (double)values[0]);
  if (!is_one_number(values))
    printf(", %g, %g", (double)values[1], (double)values[2]);
  putchar('\n');
}

void preparation_print(const mnistcnn_model *model) {
  const mnistcnn_preparation how = preparation_of(model);

  printf("Preparation: %s", name_of(prepare_choices, how.prepare));
  if (how.polarity != MNISTCNN_POLARITY_AUTO)
    printf(", %s", name_of(polarity_choices, how.polarity));
  printf("; resize %s, alpha %s%s\n", name_of(resize_choices, how.resize),
         name_of(alpha_choices, how.alpha), how.invert ? ", inverted" : "");
  if (how.scale != 1.0f / 255.0f || how.offset != 0)
    printf("Intensities: byte * %g + %g\n", (double)how.scale, (double)how.offset);
  print_numbers("Mean: ", how.mean);
  print_numbers("Deviation: ", how.deviation);
}

static void write_choice(json_out *json, const char *key, const arg_choice *choices,
                         int32_t number) {
  json_key(json, key);
  json_text(json, name_of(choices, number));
}

static void write_numbers(json_out *json, const char *key, const float values[3]) {
  json_key(json, key);
  json_begin_line_array(json);
  for (int c = 0; c < (is_one_number(values) ? 1 : 3); c++)
    json_number(json, (double)values[c]);
  json_end_array(json);
}

void preparation_write(json_out *json, const mnistcnn_model *model) {
  const mnistcnn_preparation how = preparation_of(model);

  write_choice(json, "prepare", prepare_choices, how.prepare);
  write_choice(json, "polarity", polarity_choices, how.polarity);
  json_key(json, "invert");
  json_integer(json, how.invert);
  write_choice(json, "alpha", alpha_choices, how.alpha);
  write_choice(json, "resize", resize_choices, how.resize);
  json_key(json, "scale");
  json_number(json, (double)how.scale);
  json_key(json, "offset");
  json_number(json, (double)how.offset);
  write_numbers(json, "mean", how.mean);
  write_numbers(json, "deviation", how.deviation);
}
