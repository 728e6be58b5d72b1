#include "commands/train_checks.h"

#include <inttypes.h>
#include <string.h>

#include "commands/class_weights.h"
#include "files/same_file.h"
#include "terminal/message.h"

/* --- files ------------------------------------------------------------------------------------ */

/* A model may be trained further in its place, and a checkpoint be continued in its. */
static void list_roles(const train_settings *s, role_list *list) {
  *list = (role_list){0};
  role_list_add(list, "--out", s->out, true);
  role_list_add(list, "--checkpoint", s->checkpoint, true);
  role_list_add(list, "--history", s->history, true);
  role_list_add(list, "--from", is_same_file(s->from, s->out) ? NULL : s->from, false);
  role_list_add(list, "--resume", is_same_file(s->resume, s->checkpoint) ? NULL : s->resume, false);
  role_list_add_idx(list, "--train", s->train);
  role_list_add_idx(list, "--validation", s->validation);
}

static int check_images(const role_list *list, const char *name, const char *folder) {
  for (size_t i = 0; i < list->count; i++) {
    const file_role *const role = &list->roles[i];
    if (role->is_output && is_file_below(folder, role->path))
      return args_usage_error("train", "%s would replace a file of %s %s: %s", role->name, name,
                              folder, role->path);
  }
  return EXIT_STATUS_OK;
}

int train_check_files(const train_settings *s) {
  role_list list;
  const file_role *other;

  list_roles(s, &list);
  const file_role *const output = find_overwriting(list.roles, list.count, &other);
  if (output)
    return args_usage_error("train", "%s and %s must be different files, but both are %s",
                            output->name, other->name, output->path);
  int status = check_images(&list, "--train", s->train);
  if (status == EXIT_STATUS_OK && s->validation)
    status = check_images(&list, "--validation", s->validation);
  if (status != EXIT_STATUS_OK)
    return status;
  if (s->resume && !is_file(s->resume))
    return fail("%s: there is no such checkpoint", s->resume);
  for (size_t i = 0; i < list.count; i++)
    if (list.roles[i].is_output && list.roles[i].path && !can_write(list.roles[i].path))
      return EXIT_STATUS_FAILURE;
  return EXIT_STATUS_OK;
}

/* --- network, options and memory -------------------------------------------------------------- */

static const double GIGABYTE = 1e9;

static int set_class_weights(train_settings *s, const class_names *classes) {
  if (!s->class_weights || s->training.balance_classes)
    return EXIT_STATUS_OK;
  if (!class_weights_read(s->class_weights, classes, s->weights))
    return EXIT_STATUS_USAGE;
  s->training.class_weights = s->weights;
  s->training.num_class_weights = classes->count;
  return EXIT_STATUS_OK;
}

static int make_model(const train_settings *s, uint32_t num_classes, mnistcnn_model **model) {
  mnistcnn_model_options options = s->model;

  if (*model && mnistcnn_model_num_classes(*model) != num_classes) {
    return fail("%s has %" PRIu32 " classes; the model %s has %" PRIu32, s->train, num_classes,
                s->from, mnistcnn_model_num_classes(*model));
  }
  options.num_classes = num_classes;
  if (!*model && mnistcnn_model_create(&options, model) != MNISTCNN_OK)
    return fail_library();
  return EXIT_STATUS_OK;
}

static void tell_memory(const train_settings *s, const mnistcnn_model *model, double images,
                        const mnistcnn_cost *cost) {
  const mnistcnn_model_options *const m = &s->model;
  const double loaded = images * m->input_height * m->input_width * m->input_channels;

  const double network = (double)cost->peak_bytes;

  if (network + loaded <= GIGABYTE)
    return;
  warn("training will take up to %.1f GB of memory, %.1f GB of it for the images: the network has "
       "%.1f million parameters for %" PRIu32 "x%" PRIu32 " pixels; a smaller --size, or an --arch "
       "with more pooling and smaller layers, takes less",
       (network + loaded) / GIGABYTE, loaded / GIGABYTE,
       (double)mnistcnn_model_num_parameters(model) / 1e6, m->input_height, m->input_width);
}

static int check_network(train_settings *s, const class_names *classes, mnistcnn_model **model) {
  const double whole = (double)classes->num_images;
  const uint64_t kept = (uint64_t)(whole * (1 - s->validation_split));
  mnistcnn_cost cost = MNISTCNN_COST_INIT;

  int status = make_model(s, classes->count, model);
  if (status == EXIT_STATUS_OK)
    status = set_class_weights(s, classes);
  if (status != EXIT_STATUS_OK)
    return status;
  if (mnistcnn_model_train_cost_ahead(*model, kept > 0 ? kept : 1, s->model.input_channels,
                                      s->validation || s->validation_split > 0, &s->training,
                                      &cost) != MNISTCNN_OK)
    return fail_library();
  tell_memory(s, *model, whole, &cost);
  return EXIT_STATUS_OK;
}

/* --- classes ---------------------------------------------------------------------------------- */

/* Only folders name their classes. */
static int compare_names(const train_settings *s, const class_names *train,
                         const class_names *validation) {
  if (!is_folder(s->train) || !is_folder(s->validation))
    return EXIT_STATUS_OK;
  for (uint32_t i = 0; i < validation->count; i++) {
    if (class_names_find(train, validation->names[i]) == train->count)
      return fail("--validation %s: its class \"%s\" is not one of %s", s->validation,
                  validation->names[i], s->train);
  }
  return EXIT_STATUS_OK;
}

/* The library compares them, too, but only once the images have been loaded. */
static int check_validation_classes(const train_settings *s, const class_names *train) {
  class_names validation;
  int status = EXIT_STATUS_FAILURE;

  if (!s->validation)
    return EXIT_STATUS_OK;
  if (images_check_source(s->validation) != EXIT_STATUS_OK)
    return status;
  if (class_names_of_source(s->validation, &s->idx, &validation)) {
    if (s->background)
      (void)class_names_remove(&validation, s->background);
    status = compare_names(s, train, &validation);
  }
  if (status == EXIT_STATUS_OK && validation.count != train->count) {
    status = fail("--validation %s has %" PRIu32 " classes, %s has %" PRIu32, s->validation,
                  validation.count, s->train, train->count);
  }
  class_names_release(&validation);
  return status;
}

/* The sub-folder of background images is no class. */
static int take_background(const train_settings *s, class_names *classes) {
  if (!s->background)
    return EXIT_STATUS_OK;
  if (!is_folder(s->train) || !class_names_remove(classes, s->background))
    return fail("--background: %s has no sub-folder \"%s\"", s->train, s->background);
  if (classes->count < 2)
    return fail("--background: %s has fewer than two classes besides \"%s\"", s->train,
                s->background);
  return EXIT_STATUS_OK;
}

int train_check_images(train_settings *s, mnistcnn_model **model) {
  class_names classes;
  int status = EXIT_STATUS_FAILURE;

  if (images_check_source(s->train) != EXIT_STATUS_OK)
    return status;
  if (class_names_of_source(s->train, &s->idx, &classes))
    status = take_background(s, &classes);
  if (status == EXIT_STATUS_OK)
    status = check_validation_classes(s, &classes);
  if (status == EXIT_STATUS_OK)
    status = check_network(s, &classes, model);
  class_names_release(&classes);
  return status;
}
