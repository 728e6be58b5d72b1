/* Option structs of programs older and newer than the library, from C++11: every struct of the
 * header, in every size that it had in a release, and beyond. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <initializer_list>

extern "C" { /* its header leaves some functions out of its own */
#include <cmocka.h>
}

#include "mnistcnn.h"

namespace {

/* No struct is ever this large: beyond it struct_size was not set. */
const size_t ABSURD = 4096;

/* The sizes of version 0.1.0 where pointers have 8 bytes. They are part of the interface: a struct
 * that grows gets a second row with its new size, and keeps the first. */
struct release {
  const char *name;
  size_t past, now;
};
const release releases[] = {
    {"mnistcnn_error", 520, sizeof(mnistcnn_error)},
    {"mnistcnn_allocator", 32, sizeof(mnistcnn_allocator)},
    {"mnistcnn_reader", 24, sizeof(mnistcnn_reader)},
    {"mnistcnn_writer", 24, sizeof(mnistcnn_writer)},
    {"mnistcnn_log_lines", 32, sizeof(mnistcnn_log_lines)},
    {"mnistcnn_progress", 120, sizeof(mnistcnn_progress)},
    {"mnistcnn_progress", 128, sizeof(mnistcnn_progress)},
    {"mnistcnn_preparation", 56, sizeof(mnistcnn_preparation)},
    {"mnistcnn_model_options", 72, sizeof(mnistcnn_model_options)},
    {"mnistcnn_model_options", 80, sizeof(mnistcnn_model_options)},
    {"mnistcnn_load_options", 72, sizeof(mnistcnn_load_options)},
    {"mnistcnn_save_options", 32, sizeof(mnistcnn_save_options)},
    {"mnistcnn_layer_info", 88, sizeof(mnistcnn_layer_info)},
    {"mnistcnn_layer_info", 192, sizeof(mnistcnn_layer_info)},
    {"mnistcnn_workspace_options", 24, sizeof(mnistcnn_workspace_options)},
    {"mnistcnn_file_results", 56, sizeof(mnistcnn_file_results)},
    {"mnistcnn_digit_options", 40, sizeof(mnistcnn_digit_options)},
    {"mnistcnn_digit_info", 48, sizeof(mnistcnn_digit_info)},
    {"mnistcnn_page_options", 32, sizeof(mnistcnn_page_options)},
    {"mnistcnn_page_info", 24, sizeof(mnistcnn_page_info)},
    {"mnistcnn_page_digit", 48, sizeof(mnistcnn_page_digit)},
    {"mnistcnn_page_group", 48, sizeof(mnistcnn_page_group)},
    {"mnistcnn_dataset_options", 80, sizeof(mnistcnn_dataset_options)},
    {"mnistcnn_dataset_options", 96, sizeof(mnistcnn_dataset_options)},
    {"mnistcnn_dataset_options", 104, sizeof(mnistcnn_dataset_options)},
    {"mnistcnn_image_info", 40, sizeof(mnistcnn_image_info)},
    {"mnistcnn_labelled_images", 64, sizeof(mnistcnn_labelled_images)},
    {"mnistcnn_train_options", 192, sizeof(mnistcnn_train_options)},
    {"mnistcnn_train_options", 208, sizeof(mnistcnn_train_options)},
    {"mnistcnn_train_options", 256, sizeof(mnistcnn_train_options)},
    {"mnistcnn_resume_options", 96, sizeof(mnistcnn_resume_options)},
    {"mnistcnn_resume_options", 104, sizeof(mnistcnn_resume_options)},
    {"mnistcnn_evaluate_options", 88, sizeof(mnistcnn_evaluate_options)},
    {"mnistcnn_metrics", 56, sizeof(mnistcnn_metrics)},
    {"mnistcnn_metrics", 80, sizeof(mnistcnn_metrics)},
    {"mnistcnn_cost", 40, sizeof(mnistcnn_cost)},
};

size_t past_size(const char *name) {
  for (const release &r : releases)
    if (strcmp(r.name, name) == 0)
      return r.past;
  fail_msg("%s has no size", name);
  return 0;
}

void structs_never_shrink(void **) {
  for (const release &r : releases)
    if (sizeof(void *) == 8 && r.past > r.now)
      fail_msg("%s had %zu bytes and has %zu", r.name, r.past, r.now);
}

/* --- what is tried with each struct ----------------------------------------------------------- */

/* A call that reads `options` and succeeds with the defaults; what it makes is freed. */
typedef mnistcnn_status (*use_function)(const void *options);

mnistcnn_model *new_model() {
  mnistcnn_model_options options;
  mnistcnn_model *model = nullptr;
  assert_int_equal(mnistcnn_model_options_init(&options, sizeof options), MNISTCNN_OK);
  options.input_height = options.input_width = 4;
  options.input_channels = 1;
  options.num_classes = 2;
  options.architecture = "flatten, dense 2 softmax";
  assert_int_equal(mnistcnn_model_create(&options, &model), MNISTCNN_OK);
  return model;
}

mnistcnn_dataset *new_dataset() {
  static const uint8_t pixels[4 * 4 * 4] = {200, 100};
  static const int32_t labels[4] = {0, 1, 0, 1};
  mnistcnn_dataset *dataset = nullptr;
  mnistcnn_labelled_images images = {};
  images.struct_size = sizeof images;
  images.num_classes = 2;
  images.pixels = pixels;
  images.size_bytes = sizeof pixels;
  images.labels = labels;
  images.count = 4;
  images.shape = {4, 4, 1};
  assert_int_equal(mnistcnn_dataset_create_borrow(&images, nullptr, &dataset), MNISTCNN_OK);
  return dataset;
}

mnistcnn_status use_model(const void *options) {
  mnistcnn_model *model = nullptr;
  const mnistcnn_status status =
      mnistcnn_model_create(static_cast<const mnistcnn_model_options *>(options), &model);
  mnistcnn_model_free(model);
  return status;
}

mnistcnn_status use_preparation(const void *preparation) {
  mnistcnn_model *const model = new_model();
  const mnistcnn_status status =
      mnistcnn_model_set_preparation(model, static_cast<const mnistcnn_preparation *>(preparation));
  mnistcnn_model_free(model);
  return status;
}

mnistcnn_status use_workspace(const void *options) {
  mnistcnn_model *const model = new_model();
  mnistcnn_workspace *workspace = nullptr;
  const mnistcnn_status status = mnistcnn_workspace_create(
      model, static_cast<const mnistcnn_workspace_options *>(options), &workspace);
  mnistcnn_workspace_free(workspace);
  mnistcnn_model_free(model);
  return status;
}

mnistcnn_status use_digit(const void *options) {
  static const uint8_t pixels[16] = {0};
  const mnistcnn_image image = {pixels, sizeof pixels, {4, 4, 1}, 0};
  mnistcnn_digit_list *digits = nullptr;
  const mnistcnn_status status =
      mnistcnn_digit_find(&image, static_cast<const mnistcnn_digit_options *>(options), &digits);
  mnistcnn_digit_list_free(digits);
  return status;
}

mnistcnn_status use_page(const void *options) {
  static const uint8_t pixels[16] = {0};
  const mnistcnn_image image = {pixels, sizeof pixels, {4, 4, 1}, 0};
  mnistcnn_model_options shape;
  mnistcnn_model *model = nullptr;
  mnistcnn_page *page = nullptr;
  assert_int_equal(mnistcnn_model_options_init(&shape, sizeof shape), MNISTCNN_OK);
  shape.architecture = "flatten, dense 2 softmax";
  shape.num_classes = 2;
  assert_int_equal(mnistcnn_model_create(&shape, &model), MNISTCNN_OK);
  const mnistcnn_status status = mnistcnn_page_read(
      model, nullptr, &image, static_cast<const mnistcnn_page_options *>(options), &page);
  mnistcnn_page_free(page);
  mnistcnn_model_free(model);
  return status;
}

/* That there is no such folder is found out after the options were read. */
mnistcnn_status use_dataset(const void *options) {
  mnistcnn_dataset *dataset = nullptr;
  const mnistcnn_status status = mnistcnn_dataset_load_folder(
      "no such folder", static_cast<const mnistcnn_dataset_options *>(options), &dataset);
  mnistcnn_dataset_free(dataset);
  return status == MNISTCNN_NOT_FOUND ? static_cast<mnistcnn_status>(MNISTCNN_OK) : status;
}

mnistcnn_status use_train(const void *options) {
  mnistcnn_model *const model = new_model();
  mnistcnn_dataset *const dataset = new_dataset();
  const mnistcnn_status status = mnistcnn_train(
      model, dataset, nullptr, static_cast<const mnistcnn_train_options *>(options), nullptr);
  mnistcnn_dataset_free(dataset);
  mnistcnn_model_free(model);
  return status;
}

mnistcnn_status use_evaluate(const void *options) {
  mnistcnn_model *const model = new_model();
  mnistcnn_dataset *const dataset = new_dataset();
  mnistcnn_metrics metrics;
  metrics.struct_size = sizeof metrics;
  const mnistcnn_status status = mnistcnn_evaluate(
      model, dataset, static_cast<const mnistcnn_evaluate_options *>(options), &metrics);
  mnistcnn_dataset_free(dataset);
  mnistcnn_model_free(model);
  return status;
}

/* A copy of the struct, whatever its size, with this pointer at `offset`. */
struct with_pointer {
  alignas(16) unsigned char bytes[2 * ABSURD];
  with_pointer(const void *options, size_t offset, const void *pointer) {
    memcpy(bytes, options, sizeof bytes);
    memcpy(bytes + offset, &pointer, sizeof pointer);
  }
};

mnistcnn_status use_load(const void *options) {
  const with_pointer given(options, offsetof(mnistcnn_load_options, path), "no such file");
  mnistcnn_model *model = nullptr;
  const mnistcnn_status status =
      mnistcnn_model_load(reinterpret_cast<const mnistcnn_load_options *>(given.bytes), &model);
  return status == MNISTCNN_NOT_FOUND ? static_cast<mnistcnn_status>(MNISTCNN_OK) : status;
}

mnistcnn_status use_save(const void *options) {
  const with_pointer given(options, offsetof(mnistcnn_save_options, path), "no such folder/file");
  mnistcnn_model *const model = new_model();
  const mnistcnn_status status =
      mnistcnn_model_save(model, reinterpret_cast<const mnistcnn_save_options *>(given.bytes));
  mnistcnn_model_free(model);
  return status == MNISTCNN_NOT_FOUND ? static_cast<mnistcnn_status>(MNISTCNN_OK) : status;
}

mnistcnn_status use_resume(const void *options) {
  const with_pointer given(options, offsetof(mnistcnn_resume_options, path), "no such file");
  mnistcnn_dataset *const dataset = new_dataset();
  mnistcnn_model *model = nullptr;
  const mnistcnn_status status =
      mnistcnn_train_resume(reinterpret_cast<const mnistcnn_resume_options *>(given.bytes), dataset,
                            nullptr, &model, nullptr);
  mnistcnn_dataset_free(dataset);
  return status == MNISTCNN_NOT_FOUND ? static_cast<mnistcnn_status>(MNISTCNN_OK) : status;
}

/* The _init functions differ in the type of their first argument only. */
template <typename T, mnistcnn_status (*init)(T *, size_t)>
mnistcnn_status init_any(void *options, size_t size) {
  return init(static_cast<T *>(options), size);
}

struct subject {
  const char *name;
  size_t size;
  mnistcnn_status (*init)(void *options, size_t size);
  use_function use;
};

#define SUBJECT(type, use)                                                                         \
  { #type, sizeof(type), init_any < type, type##_init>, use }

const subject subjects[] = {
    SUBJECT(mnistcnn_preparation, use_preparation),
    SUBJECT(mnistcnn_model_options, use_model),
    SUBJECT(mnistcnn_workspace_options, use_workspace),
    SUBJECT(mnistcnn_digit_options, use_digit),
    SUBJECT(mnistcnn_page_options, use_page),
    SUBJECT(mnistcnn_dataset_options, use_dataset),
    SUBJECT(mnistcnn_train_options, use_train),
    SUBJECT(mnistcnn_evaluate_options, use_evaluate),
    SUBJECT(mnistcnn_load_options, use_load),
    SUBJECT(mnistcnn_save_options, use_save),
    SUBJECT(mnistcnn_resume_options, use_resume),
};

/* Room for a struct of any size, all bytes set, so that what _init leaves alone shows. */
struct room {
  alignas(16) unsigned char bytes[2 * ABSURD];
  room() {
    memset(bytes, 0xEE, sizeof bytes);
  }
  void set_size(size_t size) {
    const uint32_t value = static_cast<uint32_t>(size);
    memcpy(bytes, &value, sizeof value);
  }
};

/* --- the tests -------------------------------------------------------------------------------- */

void every_past_size_is_understood(void **) {
  for (const subject &s : subjects) {
    const size_t past = sizeof(void *) == 8 ? past_size(s.name) : s.size;
    for (size_t size = past; size <= s.size; size += 4) {
      room options;
      assert_int_equal(s.init(options.bytes, size), MNISTCNN_OK);
      assert_int_equal(options.bytes[size], 0xEE);
      assert_int_equal(s.use(options.bytes), MNISTCNN_OK);
    }
    if (sizeof(void *) < 8) /* the past sizes are those of 64 bits */
      continue;
    room older;
    assert_int_equal(s.init(older.bytes, past - 1), MNISTCNN_INVALID_ARGUMENT);
    assert_int_equal(older.bytes[0], 0xEE);
    assert_int_equal(s.init(older.bytes, past), MNISTCNN_OK);
    older.set_size(past - 1);
    assert_int_equal(s.use(older.bytes), MNISTCNN_INVALID_ARGUMENT);
    assert_non_null(strstr(mnistcnn_last_error(), s.name));
    older.set_size(0);
    assert_int_equal(s.use(older.bytes), MNISTCNN_INVALID_ARGUMENT);
  }
}

void newer_sizes_are_understood_while_unused(void **) {
  for (const subject &s : subjects) {
    for (size_t size : {s.size + 1, s.size + 4, s.size + 100, ABSURD}) {
      room options;
      assert_int_equal(s.init(options.bytes, size), MNISTCNN_OK);
      assert_int_equal(s.use(options.bytes), MNISTCNN_OK);
      options.bytes[size - 1] = 1;
      assert_int_equal(s.use(options.bytes), MNISTCNN_UNSUPPORTED);
      assert_non_null(strstr(mnistcnn_last_error(), s.name));
    }
  }
}

void absurd_sizes_are_refused(void **) {
  for (const subject &s : subjects) {
    room options;
    assert_int_equal(s.init(options.bytes, ABSURD + 1), MNISTCNN_INVALID_ARGUMENT);
    assert_int_equal(s.init(options.bytes, SIZE_MAX), MNISTCNN_INVALID_ARGUMENT);
    assert_int_equal(s.init(nullptr, s.size), MNISTCNN_INVALID_ARGUMENT);
    assert_int_equal(options.bytes[0], 0xEE);
    assert_int_equal(s.init(options.bytes, s.size), MNISTCNN_OK);
    options.set_size(ABSURD + 1);
    assert_int_equal(s.use(options.bytes), MNISTCNN_INVALID_ARGUMENT);
    options.set_size(UINT32_MAX);
    assert_int_equal(s.use(options.bytes), MNISTCNN_INVALID_ARGUMENT);
  }
}

} // namespace

int main() {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(structs_never_shrink),
      cmocka_unit_test(every_past_size_is_understood),
      cmocka_unit_test(newer_sizes_are_understood_while_unused),
      cmocka_unit_test(absurd_sizes_are_refused),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
