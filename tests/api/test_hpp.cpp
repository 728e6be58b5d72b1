/* The C++17 header: what it returns is what the C interface returns, and failures throw. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <array>
#include <cmath>
#include <string>
#include <vector>

extern "C" { /* its header leaves some functions out of its own */
#include <cmocka.h>
}

#include "mnistcnn.hpp"
#include "temp_folder.h"

namespace {

const uint32_t SIDE = 8, CLASSES = 2, IMAGES = 20;
const mnistcnn_shape SHAPE = {SIDE, SIDE, 1};

/* Class 0 is bright above, class 1 below. */
std::vector<uint8_t> make_pixels() {
  std::vector<uint8_t> pixels(IMAGES * SIDE * SIDE);
  for (uint32_t i = 0; i < pixels.size(); i++) {
    const bool below = i % (SIDE * SIDE) >= SIDE * SIDE / 2;
    const uint32_t image = i / (SIDE * SIDE);
    pixels[i] = static_cast<uint8_t>(below == (image % CLASSES == 1) ? 200 + image : image);
  }
  return pixels;
}

mnistcnn::dataset make_dataset() {
  std::vector<int32_t> labels(IMAGES);
  for (uint32_t i = 0; i < IMAGES; i++)
    labels[i] = static_cast<int32_t>(i % CLASSES);
  return mnistcnn::dataset::copy_of(make_pixels(), labels, SHAPE, CLASSES);
}

mnistcnn::model make_model() {
  auto options = mnistcnn::defaults<mnistcnn_model_options>();
  options.input_height = options.input_width = SIDE;
  options.input_channels = 1;
  options.num_classes = CLASSES;
  options.architecture = "conv 2 3x3 relu, flatten, dense classes softmax";
  return mnistcnn::model(options);
}

template <typename Call> mnistcnn_status status_of(const Call &call) {
  try {
    call();
  } catch (const mnistcnn::error &error) {
    assert_string_equal(error.what(), mnistcnn_last_error());
    assert_string_equal(error.name(), mnistcnn_status_name(error.status()));
    return error.status();
  }
  return MNISTCNN_OK;
}

void trains_predicts_and_evaluates(void **) {
  const mnistcnn::dataset dataset = make_dataset();
  mnistcnn::model model = make_model();
  auto options = mnistcnn::defaults<mnistcnn_train_options>();
  options.epochs = 30;
  options.batch_size = 4;
  options.learning_rate = 0.01f;
  const mnistcnn_progress last = model.train(dataset, &dataset, options);
  assert_int_equal(last.epoch, 30);
  assert_int_equal(model.evaluate(dataset).correct, IMAGES);

  const std::vector<uint8_t> pixels = make_pixels();
  const mnistcnn::workspace workspace(model);
  const std::vector<float> all = model.predict(pixels, &workspace);
  assert_int_equal(all.size(), IMAGES * CLASSES);
  for (uint32_t i = 0; i < IMAGES; i++) {
    const mnistcnn::answer best = mnistcnn::top_class({&all[i * CLASSES], CLASSES});
    assert_int_equal(best.index, i % CLASSES);
    assert_int_equal(best.index, static_cast<uint32_t>(dataset.label(i)));
    assert_memory_equal(dataset.image(i).data(), &pixels[i * SIDE * SIDE], SIDE * SIDE);
  }
  std::vector<float> floats(SIDE * SIDE), expected(CLASSES);
  for (uint32_t i = 0; i < SIDE * SIDE; i++)
    floats[i] = static_cast<float>(pixels[i]) / 255;
  assert_int_equal(mnistcnn_predict(model.get(), nullptr, floats.data(), floats.size(),
                                    expected.data(), expected.size()),
                   MNISTCNN_OK);
  assert_true(model.predict(floats) == expected);
}

void steps_and_copies(void **) {
  const mnistcnn::dataset dataset = make_dataset();
  mnistcnn::model model = make_model();
  const mnistcnn::monitor monitor;
  mnistcnn_progress seen;
  auto options = mnistcnn::defaults<mnistcnn_train_options>();
  options.monitor = monitor.get();
  assert_false(monitor.progress(seen));
  {
    mnistcnn::trainer trainer(model, dataset, nullptr, options);
    const mnistcnn_progress progress = trainer.step();
    assert_true(monitor.progress(seen));
    assert_int_equal(seen.epoch, progress.epoch);
    const std::vector<float> current = trainer.current_model().predict(make_pixels());
    monitor.cancel();
    assert_int_equal(status_of([&] { trainer.step(); }), MNISTCNN_CANCELLED);
    assert_true(model.predict(make_pixels()) == current);
    assert_int_equal(trainer.run(0).epoch, progress.epoch + 1);
    while (!trainer.finished())
      trainer.step();
    assert_int_equal(status_of([&] { trainer.step(); }), MNISTCNN_STATE);
  }
  assert_true(model.clone().predict(make_pixels()) == model.predict(make_pixels()));
}

void texts_notes_and_files(void **) {
  mnistcnn::model model = make_model();
  model.set_note("b", "second");
  model.set_note("a", "first");
  const auto notes = model.notes();
  assert_int_equal(notes.size(), 2);
  assert_true(notes[0].first == "a" && notes[1].second == "second");
  assert_non_null(strstr(model.summary().c_str(), "conv2d_1"));
  assert_non_null(strstr(mnistcnn::build_info().c_str(), mnistcnn_version_string()));
  assert_true(model.class_name(1) == "1" && model.class_name(2).empty());
  model.save("hpp.safetensors");
  assert_true(mnistcnn::model::load("hpp.safetensors").predict(make_pixels()) ==
              model.predict(make_pixels()));
  remove("hpp.safetensors");
}

void tells_how_images_are_prepared(void **) {
  mnistcnn::model model = make_model();
  auto how = mnistcnn::defaults<mnistcnn_preparation>();
  how.prepare = MNISTCNN_PREPARE_DIGIT;
  how.mean[0] = 0.5f;
  model.set_preparation(how);
  assert_int_equal(model.preparation().prepare, MNISTCNN_PREPARE_DIGIT);
  assert_true(model.preparation().mean[2] == 0.5f);
  assert_int_equal(model.dataset_options().height, SIDE);
  assert_int_equal(model.dataset_options().preparation->prepare, MNISTCNN_PREPARE_DIGIT);
  how.alpha = 9;
  assert_int_equal(status_of([&] { model.set_preparation(how); }), MNISTCNN_INVALID_ARGUMENT);
}

void finds_digits(void **) {
  std::vector<uint8_t> page(60 * 40, 255);
  for (uint32_t y = 10; y < 50; y++)
    for (uint32_t x = 18; x < 23; x++)
      page[y * 40 + x] = 0;
  const mnistcnn::digit_list digits(mnistcnn::image(page, {60, 40, 1}));
  assert_int_equal(digits.size(), 1);
  assert_true(digits.info(0).height >= 38);
  assert_int_equal(status_of([&] { digits.info(1); }), MNISTCNN_NOT_FOUND);
}

void reads_pages(void **) {
  const uint32_t width = 120, height = 60;
  std::vector<uint8_t> paper(width * height, 255);
  for (uint32_t left : {20u, 80u})
    for (uint32_t y = 10; y < 50; y++)
      for (uint32_t x = left; x < left + 5; x++)
        paper[y * width + x] = 0;
  auto options = mnistcnn::defaults<mnistcnn_page_options>();
  options.least_confidence = 0;
  const mnistcnn::model model = make_model();
  const mnistcnn::page page(model, mnistcnn::image(paper, {height, width, 1}), options);
  assert_int_equal(page.size(), 2);
  assert_int_equal(page.num_groups(), 2);
  const mnistcnn_page_digit digit = page.digit(1);
  const mnistcnn::span<const float> row = page.probabilities(1);
  assert_int_equal(row.size(), CLASSES);
  assert_true(row[static_cast<uint32_t>(digit.class_index)] == digit.confidence);
  assert_true(model.predict(page.image(1)) == std::vector<float>(row.begin(), row.end()));
  assert_int_equal(mnistcnn::top_class(row).index, digit.class_index);
  try {
    page.probabilities(2);
    fail();
  } catch (const mnistcnn::error &error) {
    assert_int_equal(error.status(), MNISTCNN_NOT_FOUND);
  }
}

/* Half of each image is as bright as the other: none of the classes. */
void calibrates_and_rejects(void **) {
  std::vector<uint8_t> pixels = make_pixels();
  std::vector<int32_t> labels(IMAGES + 2, MNISTCNN_NO_CLASS);
  for (uint32_t i = 0; i < IMAGES; i++)
    labels[i] = static_cast<int32_t>(i % CLASSES);
  pixels.resize((IMAGES + 2) * SIDE * SIDE, 128);
  const auto dataset = mnistcnn::dataset::copy_of(pixels, labels, SHAPE, CLASSES);
  assert_true(dataset.is_background(IMAGES) && !dataset.is_background(0));
  assert_false(dataset.is_background(IMAGES + 2));
  mnistcnn::model model = make_model();
  auto options = mnistcnn::defaults<mnistcnn_train_options>();
  options.epochs = 20;
  options.batch_size = 4;
  options.learning_rate = 0.01f;
  model.train(dataset, nullptr, options);
  assert_true(model.rejection_threshold() <= 0);

  model.calibrate(dataset);
  const float temperature = model.temperature();
  assert_true(model.rejection_threshold() <= 0);
  model.calibrate(dataset, 0.9f);
  assert_true(model.temperature() >= temperature && model.temperature() <= temperature);
  const float threshold = model.rejection_threshold();
  assert_true(threshold > 0 && threshold <= 1);
  const mnistcnn_metrics metrics = model.evaluate(dataset);
  assert_int_equal(metrics.count, IMAGES);
  assert_int_equal(metrics.background, 2);
  assert_int_equal(metrics.background_rejected, 2);
  assert_true(metrics.rejected * 10 <= IMAGES);

  const std::vector<uint8_t> none(SIDE * SIDE, 128);
  const mnistcnn_image image = mnistcnn::image(none, SHAPE);
  assert_int_equal(mnistcnn_image_save_png(&image, "none.png"), MNISTCNN_OK);
  assert_int_equal(status_of([&] { model.predict_file("none.png"); }), MNISTCNN_NO_DIGIT);
  model.set_rejection_threshold(0);
  assert_int_equal(model.predict_file("none.png").size(), CLASSES);
  assert_int_equal(status_of([&] { model.set_rejection_threshold(2); }), MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(status_of([&] { model.set_temperature(0); }), MNISTCNN_INVALID_ARGUMENT);
  model.set_temperature(1);
  assert_int_equal(status_of([&] { model.calibrate(dataset, -1); }), MNISTCNN_INVALID_ARGUMENT);
  remove("none.png");
}

void predicts_files(void **) {
  const mnistcnn::model model = make_model();
  const std::vector<uint8_t> gray(20 * 20, 90);
  const mnistcnn_image image = mnistcnn::image(gray, {20, 20, 1});
  assert_int_equal(mnistcnn_image_save_png(&image, "hpp.png"), MNISTCNN_OK);
  const auto results = model.predict_files({"hpp.png", "no such file.png"});
  assert_int_equal(results.size(), 2);
  assert_int_equal(results[0].status, MNISTCNN_OK);
  assert_true(results[0].message.empty());
  assert_true(results[0].probabilities == model.predict_file("hpp.png"));
  assert_int_equal(results[1].status, MNISTCNN_NOT_FOUND);
  assert_non_null(strstr(results[1].message.c_str(), "no such file.png"));
  assert_true(std::isnan(results[1].probabilities[0]));
  assert_true(model.predict_files({}).empty());
  remove("hpp.png");
}

void failures_throw(void **) {
  const mnistcnn::model model = make_model();
  const std::array<float, 3> few = {};
  assert_int_equal(status_of([&] { model.predict(few); }), MNISTCNN_SHAPE_MISMATCH);
  assert_int_equal(status_of([] { mnistcnn::model::load("no such file"); }), MNISTCNN_NOT_FOUND);
  assert_int_equal(status_of([] { mnistcnn::dataset::load_folder("no such folder"); }),
                   MNISTCNN_NOT_FOUND);
  assert_int_equal(status_of([&] { model.save("no such folder/x"); }), MNISTCNN_NOT_FOUND);
  auto options = mnistcnn::defaults<mnistcnn_model_options>();
  options.architecture = "nonsense";
  assert_int_equal(status_of([&] { mnistcnn::model{options}; }), MNISTCNN_ARCHITECTURE);
  assert_int_equal(status_of([&] { mnistcnn::top_class({}); }), MNISTCNN_INVALID_ARGUMENT);
}

} // namespace

int main() {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(trains_predicts_and_evaluates),
      cmocka_unit_test(steps_and_copies),
      cmocka_unit_test(texts_notes_and_files),
      cmocka_unit_test(tells_how_images_are_prepared),
      cmocka_unit_test(finds_digits),
      cmocka_unit_test(reads_pages),
      cmocka_unit_test(calibrates_and_rejects),
      cmocka_unit_test(predicts_files),
      cmocka_unit_test(failures_throw),
  };
  return cmocka_run_group_tests(tests, test_enter_folder, test_leave_folder);
}
