// libmnistcnn for C++17: handles that free themselves, spans, and exceptions instead of statuses.
//
// SPDX-License-Identifier: MIT
//
//   mnistcnn::model model = mnistcnn::model::load("digits.safetensors");
//   std::vector<float> probabilities = model.predict_file("seven.png");
//   mnistcnn::answer best = mnistcnn::top_class(probabilities);
//   std::cout << model.class_name(best.index) << "\n";
//
// Header only, on top of the C interface of mnistcnn.h, whose comments say what each call does;
// what has no member function here is called with get(). Every failure throws mnistcnn::error,
// which has the status and the message; memory that cannot be had is std::bad_alloc where it is
// C++'s own. A function of yours that the library calls back must not throw.
#ifndef MNISTCNN_HPP
#define MNISTCNN_HPP

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "mnistcnn.h"

namespace mnistcnn {

// --- errors ------------------------------------------------------------------------------------

class error : public std::runtime_error {
public:
  error(mnistcnn_status status, const std::string &message)
      : std::runtime_error(message), status_(status) {}
  // MNISTCNN_INVALID_ARGUMENT, ...
  mnistcnn_status status() const noexcept {
    return status_;
  }
  // "MNISTCNN_INVALID_ARGUMENT", ...
  const char *name() const noexcept {
    return mnistcnn_status_name(status_);
  }

private:
  mnistcnn_status status_;
};

// Throws unless the status is MNISTCNN_OK.
inline void check(mnistcnn_status status) {
  if (status != MNISTCNN_OK)
    throw error(status, mnistcnn_last_error());
}

// --- spans -------------------------------------------------------------------------------------

// A view of contiguous elements: of a vector, an array, std::array, std::span or pointer and size.
template <typename T> class span {
public:
  constexpr span() noexcept = default;
  constexpr span(T *data, std::size_t size) noexcept : data_(data), size_(size) {}
  template <std::size_t N> constexpr span(T (&array)[N]) noexcept : data_(array), size_(N) {}
  template <typename C, typename = std::enable_if_t<
                            std::is_convertible_v<decltype(std::declval<C &>().data()), T *>>>
  constexpr span(C &container) noexcept : data_(container.data()), size_(container.size()) {}
  template <typename C, typename = std::enable_if_t<
                            std::is_convertible_v<decltype(std::declval<const C &>().data()), T *>>>
  constexpr span(const C &container) noexcept : data_(container.data()), size_(container.size()) {}

  constexpr T *data() const noexcept {
    return data_;
  }
  constexpr std::size_t size() const noexcept {
    return size_;
  }
  constexpr T *begin() const noexcept {
    return data_;
  }
  constexpr T *end() const noexcept {
    return data_ + size_;
  }
  constexpr T &operator[](std::size_t index) const {
    return data_[index];
  }

private:
  T *data_ = nullptr;
  std::size_t size_ = 0;
};

// --- structs -----------------------------------------------------------------------------------

// Option structs with their defaults:
//   auto options = mnistcnn::defaults<mnistcnn_train_options>();
//   options.epochs = 3;
template <typename T> T defaults();

#define MNISTCNN_DEFAULTS_(type)                                                                   \
  template <> inline type defaults<type>() {                                                       \
    type options;                                                                                  \
    check(type##_init(&options, sizeof options));                                                  \
    return options;                                                                                \
  }
MNISTCNN_DEFAULTS_(mnistcnn_preparation)
MNISTCNN_DEFAULTS_(mnistcnn_model_options)
MNISTCNN_DEFAULTS_(mnistcnn_load_options)
MNISTCNN_DEFAULTS_(mnistcnn_save_options)
MNISTCNN_DEFAULTS_(mnistcnn_workspace_options)
MNISTCNN_DEFAULTS_(mnistcnn_digit_options)
MNISTCNN_DEFAULTS_(mnistcnn_page_options)
MNISTCNN_DEFAULTS_(mnistcnn_dataset_options)
MNISTCNN_DEFAULTS_(mnistcnn_train_options)
MNISTCNN_DEFAULTS_(mnistcnn_resume_options)
MNISTCNN_DEFAULTS_(mnistcnn_evaluate_options)
#undef MNISTCNN_DEFAULTS_

// A struct that the library fills or that has no defaults: zeros, with struct_size set.
template <typename T> T sized() {
  T value = {};
  value.struct_size = static_cast<std::uint32_t>(sizeof value);
  return value;
}

// An image of [height][width][channels] bytes, for the calls that take one.
inline mnistcnn_image image(span<const std::uint8_t> pixels, mnistcnn_shape shape) {
  return mnistcnn_image{pixels.data(), pixels.size(), shape, 0};
}

namespace detail {

template <auto Free> struct deleter {
  template <typename T> void operator()(T *object) const noexcept {
    Free(object);
  }
};
template <typename T, auto Free> using handle = std::unique_ptr<T, deleter<Free>>;

// The text of a call with the arguments (text, capacity, length).
template <typename Call> std::string text(const Call &call) {
  std::size_t length = 0;
  check(call(nullptr, 0, &length));
  std::string result(length + 1, '\0');
  check(call(&result[0], result.size(), &length));
  result.resize(length);
  return result;
}

} // namespace detail

inline std::string build_info() {
  return detail::text([](char *text, std::size_t capacity, std::size_t *length) {
    return mnistcnn_build_info(text, capacity, length);
  });
}

// --- monitor -----------------------------------------------------------------------------------

class monitor {
public:
  monitor() {
    mnistcnn_monitor *created = nullptr;
    check(mnistcnn_monitor_create(nullptr, &created));
    handle_.reset(created);
  }
  mnistcnn_monitor *get() const noexcept {
    return handle_.get();
  }
  void cancel() const noexcept {
    mnistcnn_monitor_cancel(get());
  }
  // false before there is any progress.
  bool progress(mnistcnn_progress &latest) const {
    latest = sized<mnistcnn_progress>();
    const mnistcnn_status status = mnistcnn_monitor_progress(get(), &latest);
    if (status != MNISTCNN_NOT_FOUND)
      check(status);
    return status == MNISTCNN_OK;
  }

private:
  detail::handle<mnistcnn_monitor, mnistcnn_monitor_free> handle_;
};

// --- datasets ----------------------------------------------------------------------------------

class dataset {
public:
  // Takes over the handle.
  explicit dataset(mnistcnn_dataset *handle) noexcept : handle_(handle) {}
  static dataset
  load_folder(const std::string &path,
              const mnistcnn_dataset_options &options = defaults<mnistcnn_dataset_options>()) {
    mnistcnn_dataset *loaded = nullptr;
    check(mnistcnn_dataset_load_folder(path.c_str(), &options, &loaded));
    return dataset(loaded);
  }
  static dataset
  load_idx(const std::string &images, const std::string &labels,
           const mnistcnn_dataset_options &options = defaults<mnistcnn_dataset_options>()) {
    mnistcnn_dataset *loaded = nullptr;
    check(mnistcnn_dataset_load_idx(images.c_str(), labels.c_str(), &options, &loaded));
    return dataset(loaded);
  }
  // Copies [count][height][width][channels] bytes and a label for each image: a class, or
  // MNISTCNN_NO_CLASS of one of the background, which shows none of them.
  static dataset copy_of(span<const std::uint8_t> pixels, span<const std::int32_t> labels,
                         mnistcnn_shape shape, std::uint32_t num_classes) {
    mnistcnn_labelled_images images = sized<mnistcnn_labelled_images>();
    images.num_classes = num_classes;
    images.pixels = pixels.data();
    images.size_bytes = pixels.size();
    images.labels = labels.data();
    images.count = labels.size();
    images.shape = shape;
    mnistcnn_dataset *created = nullptr;
    check(mnistcnn_dataset_create_copy(&images, nullptr, &created));
    return dataset(created);
  }
  std::pair<dataset, dataset> split(double fraction, std::uint64_t seed) const {
    mnistcnn_dataset *first = nullptr, *second = nullptr;
    check(mnistcnn_dataset_split(get(), fraction, seed, &first, &second));
    return {dataset(first), dataset(second)};
  }

  mnistcnn_dataset *get() const noexcept {
    return handle_.get();
  }
  std::size_t num_images() const noexcept {
    return mnistcnn_dataset_num_images(get());
  }
  std::uint32_t num_classes() const noexcept {
    return mnistcnn_dataset_num_classes(get());
  }
  std::size_t num_skipped() const noexcept {
    return mnistcnn_dataset_num_skipped(get());
  }
  mnistcnn_shape shape() const {
    mnistcnn_shape result;
    check(mnistcnn_dataset_shape(get(), &result));
    return result;
  }
  // Valid as long as the dataset.
  span<const std::uint8_t> image(std::size_t index) const {
    const std::uint8_t *const pixels = mnistcnn_dataset_image(get(), index);
    if (!pixels)
      throw error(MNISTCNN_NOT_FOUND, "there is no image " + std::to_string(index));
    const mnistcnn_shape s = shape();
    return {pixels, std::size_t(s.height) * s.width * s.channels};
  }
  std::int32_t label(std::size_t index) const noexcept {
    return mnistcnn_dataset_label(get(), index);
  }
  // Whether it is of the background: of the sub-folder that options.background names, or without
  // a class.
  bool is_background(std::size_t index) const noexcept {
    return index < num_images() && label(index) == MNISTCNN_NO_CLASS;
  }
  // "" if the dataset has no class names.
  std::string class_name(std::uint32_t index) const {
    const char *const name = mnistcnn_dataset_class_name(get(), index);
    return name ? name : "";
  }

private:
  detail::handle<mnistcnn_dataset, mnistcnn_dataset_free> handle_;
};

// --- model and workspace -----------------------------------------------------------------------

struct answer {
  std::uint32_t index;
  float confidence;
};

// One file of model::predict_files(); the probabilities of a failed one are NaN.
struct file_result {
  mnistcnn_status status;
  std::string message; // "" where the status is MNISTCNN_OK
  std::int32_t verdict;
  std::vector<float> probabilities;
};

// The most probable class of one row.
inline answer top_class(span<const float> probabilities) {
  answer best = {};
  check(mnistcnn_top_class(probabilities.data(), static_cast<std::uint32_t>(probabilities.size()),
                           &best.index, &best.confidence));
  return best;
}

class model;

// Memory for repeated predictions, by one thread at a time.
class workspace {
public:
  explicit workspace(const model &owner, const mnistcnn_workspace_options &options =
                                             defaults<mnistcnn_workspace_options>());
  mnistcnn_workspace *get() const noexcept {
    return handle_.get();
  }

private:
  detail::handle<mnistcnn_workspace, mnistcnn_workspace_free> handle_;
};

class model {
public:
  explicit model(const mnistcnn_model_options &options = defaults<mnistcnn_model_options>()) {
    mnistcnn_model *created = nullptr;
    check(mnistcnn_model_create(&options, &created));
    handle_.reset(created);
  }
  // Takes over the handle, as that of mnistcnn_pretrained_model().
  explicit model(mnistcnn_model *handle) noexcept : handle_(handle) {}
  static model load(const std::string &path) {
    mnistcnn_model *loaded = nullptr;
    check(mnistcnn_model_load_file(path.c_str(), nullptr, &loaded));
    return model(loaded);
  }
  static model load(const mnistcnn_load_options &options) {
    mnistcnn_model *loaded = nullptr;
    check(mnistcnn_model_load(&options, &loaded));
    return model(loaded);
  }
  model clone() const {
    mnistcnn_model *copy = nullptr;
    check(mnistcnn_model_clone(get(), &copy));
    return model(copy);
  }
  void save(const std::string &path) const {
    check(mnistcnn_model_save_file(get(), path.c_str()));
  }
  void save(const mnistcnn_save_options &options) const {
    check(mnistcnn_model_save(get(), &options));
  }

  mnistcnn_model *get() const noexcept {
    return handle_.get();
  }
  mnistcnn_shape input_shape() const {
    mnistcnn_shape shape;
    check(mnistcnn_model_input_shape(get(), &shape));
    return shape;
  }
  std::size_t num_inputs() const noexcept {
    return mnistcnn_model_num_inputs(get());
  }
  std::uint32_t num_classes() const noexcept {
    return mnistcnn_model_num_classes(get());
  }
  std::uint64_t num_parameters() const noexcept {
    return mnistcnn_model_num_parameters(get());
  }
  std::string class_name(std::uint32_t index) const {
    const char *const name = mnistcnn_model_class_name(get(), index);
    return name ? name : "";
  }
  // How images become the model's input.
  mnistcnn_preparation preparation() const {
    mnistcnn_preparation how = sized<mnistcnn_preparation>();
    check(mnistcnn_model_preparation(get(), &how));
    return how;
  }
  void set_preparation(const mnistcnn_preparation &how) {
    check(mnistcnn_model_set_preparation(get(), &how));
  }
  // To load images as the model takes them; of use as long as the model is there and unchanged.
  mnistcnn_dataset_options dataset_options() const {
    mnistcnn_dataset_options options;
    check(mnistcnn_dataset_options_for_model(&options, sizeof options, get()));
    return options;
  }
  // Probabilities are softmax(logits / temperature).
  float temperature() const noexcept {
    return mnistcnn_model_temperature(get());
  }
  void set_temperature(float temperature) {
    check(mnistcnn_model_set_temperature(get(), temperature));
  }
  // Files whose most probable class is less probable are MNISTCNN_NO_DIGIT; 0: none are.
  float rejection_threshold() const noexcept {
    return mnistcnn_model_rejection_threshold(get());
  }
  void set_rejection_threshold(float threshold) {
    check(mnistcnn_model_set_rejection_threshold(get(), threshold));
  }
  // Fits the temperature to images that the model was not trained on and, where accepted is above
  // 0, sets the highest rejection threshold that accepts this fraction of the right answers.
  void calibrate(const dataset &images, float accepted = 0) {
    check(mnistcnn_model_calibrate(get(), images.get(), accepted));
  }
  std::string architecture() const {
    return mnistcnn_model_architecture(get());
  }
  std::string summary() const {
    return detail::text([this](char *text, std::size_t capacity, std::size_t *length) {
      return mnistcnn_model_summary(get(), text, capacity, length);
    });
  }
  void set_note(const std::string &key, const std::string &value) {
    check(mnistcnn_model_set_note(get(), key.c_str(), value.c_str()));
  }
  std::vector<std::pair<std::string, std::string>> notes() const {
    std::vector<std::pair<std::string, std::string>> result;
    for (std::uint32_t i = 0; i < mnistcnn_model_num_notes(get()); i++) {
      const char *const key = mnistcnn_model_note_key(get(), i);
      result.emplace_back(key, mnistcnn_model_note(get(), key));
    }
    return result;
  }

  // Probabilities of all images of the batch, [n][classes].
  std::vector<float> predict(span<const float> images, const workspace *space = nullptr) const {
    std::vector<float> result = rows(images.size());
    check(mnistcnn_predict(get(), space ? space->get() : nullptr, images.data(), images.size(),
                           result.data(), result.size()));
    return result;
  }
  std::vector<float> predict(span<const std::uint8_t> images,
                             const workspace *space = nullptr) const {
    std::vector<float> result = rows(images.size());
    check(mnistcnn_predict_u8(get(), space ? space->get() : nullptr, images.data(), images.size(),
                              result.data(), result.size()));
    return result;
  }
  // Of one image file of any size, prepared as the model says. Where it is to be a digit and shows
  // none, the error's status is MNISTCNN_NO_DIGIT.
  std::vector<float> predict_file(const std::string &path, const workspace *space = nullptr) const {
    std::vector<float> result(num_classes());
    check(mnistcnn_predict_image_file(get(), space ? space->get() : nullptr, path.c_str(),
                                      result.data(), result.size()));
    return result;
  }
  // Of many image files, by the threads of the workspace. One that fails does not stop the others.
  std::vector<file_result> predict_files(const std::vector<std::string> &paths,
                                         const workspace *space = nullptr) const {
    const std::size_t count = paths.size(), classes = num_classes(), message = 512;
    std::vector<const char *> names;
    std::vector<float> probabilities(count * classes);
    std::vector<mnistcnn_status> statuses(count);
    std::vector<char> messages(count * message);
    std::vector<std::int32_t> verdicts(count);
    mnistcnn_file_results to = sized<mnistcnn_file_results>();
    to.message_capacity = message;
    to.probabilities = probabilities.data();
    to.probabilities_capacity = probabilities.size();
    to.statuses = statuses.data();
    to.messages = messages.data();
    to.verdicts = verdicts.data();
    for (const std::string &path : paths)
      names.push_back(path.c_str());
    check(mnistcnn_predict_image_files(get(), space ? space->get() : nullptr, names.data(), count,
                                       &to));
    std::vector<file_result> results(count);
    for (std::size_t i = 0; i < count; i++) {
      results[i].status = statuses[i];
      results[i].message = &messages[i * message];
      results[i].verdict = verdicts[i];
      results[i].probabilities.assign(probabilities.begin() + std::ptrdiff_t(i * classes),
                                      probabilities.begin() + std::ptrdiff_t((i + 1) * classes));
    }
    return results;
  }

  mnistcnn_progress
  train(const dataset &images, const dataset *validation = nullptr,
        const mnistcnn_train_options &options = defaults<mnistcnn_train_options>()) {
    mnistcnn_progress last = sized<mnistcnn_progress>();
    check(mnistcnn_train(get(), images.get(), validation ? validation->get() : nullptr, &options,
                         &last));
    return last;
  }
  mnistcnn_metrics
  evaluate(const dataset &images,
           const mnistcnn_evaluate_options &options = defaults<mnistcnn_evaluate_options>()) const {
    mnistcnn_metrics metrics = sized<mnistcnn_metrics>();
    check(mnistcnn_evaluate(get(), images.get(), &options, &metrics));
    return metrics;
  }

  mnistcnn_cost predict_cost(
      const mnistcnn_workspace_options &options = defaults<mnistcnn_workspace_options>()) const {
    mnistcnn_cost cost = sized<mnistcnn_cost>();
    check(mnistcnn_model_predict_cost(get(), &options, &cost));
    return cost;
  }

private:
  std::vector<float> rows(std::size_t num_values) const {
    return std::vector<float>(num_values / num_inputs() * num_classes());
  }
  detail::handle<mnistcnn_model, mnistcnn_model_free> handle_;
};

inline workspace::workspace(const model &owner, const mnistcnn_workspace_options &options) {
  mnistcnn_workspace *created = nullptr;
  check(mnistcnn_workspace_create(owner.get(), &options, &created));
  handle_.reset(created);
}

// --- training step by step ---------------------------------------------------------------------

// The model and the datasets must outlive it.
class trainer {
public:
  trainer(model &network, const dataset &images, const dataset *validation = nullptr,
          const mnistcnn_train_options &options = defaults<mnistcnn_train_options>()) {
    mnistcnn_trainer *created = nullptr;
    check(mnistcnn_trainer_create(network.get(), images.get(),
                                  validation ? validation->get() : nullptr, &options, &created));
    handle_.reset(created);
  }
  // Takes over the handle.
  explicit trainer(mnistcnn_trainer *handle) noexcept : handle_(handle) {}

  mnistcnn_trainer *get() const noexcept {
    return handle_.get();
  }
  bool finished() const noexcept {
    return mnistcnn_trainer_finished(get()) != 0;
  }
  mnistcnn_progress step() {
    mnistcnn_progress progress = sized<mnistcnn_progress>();
    check(mnistcnn_trainer_step(get(), &progress));
    return progress;
  }
  mnistcnn_progress run(double seconds) {
    mnistcnn_progress progress = sized<mnistcnn_progress>();
    check(mnistcnn_trainer_run(get(), seconds, &progress));
    return progress;
  }
  void cancel() const noexcept {
    mnistcnn_trainer_cancel(get());
  }
  void save(const std::string &path) const {
    check(mnistcnn_trainer_save_file(get(), path.c_str()));
  }
  // A model of its own with the current weights.
  model current_model() const {
    mnistcnn_model *copy = nullptr;
    check(mnistcnn_trainer_model(get(), &copy));
    return model(copy);
  }

private:
  detail::handle<mnistcnn_trainer, mnistcnn_trainer_free> handle_;
};

// --- digits ------------------------------------------------------------------------------------

// All digits of a picture, line by line.
class digit_list {
public:
  explicit digit_list(const mnistcnn_image &picture,
                      const mnistcnn_digit_options &options = defaults<mnistcnn_digit_options>()) {
    mnistcnn_digit_list *found = nullptr;
    check(mnistcnn_digit_find(&picture, &options, &found));
    handle_.reset(found);
  }
  mnistcnn_digit_list *get() const noexcept {
    return handle_.get();
  }
  std::size_t size() const noexcept {
    return mnistcnn_digit_list_num_digits(get());
  }
  mnistcnn_digit_info info(std::size_t index) const {
    mnistcnn_digit_info result = sized<mnistcnn_digit_info>();
    check(mnistcnn_digit_list_info(get(), index, &result));
    return result;
  }
  // Probabilities of all digits, [size()][classes].
  std::vector<float> predict(const model &reader, const workspace *space = nullptr) const {
    std::vector<float> result(size() * reader.num_classes());
    check(mnistcnn_digit_list_predict(get(), reader.get(), space ? space->get() : nullptr,
                                      result.data(), result.size()));
    return result;
  }

private:
  detail::handle<mnistcnn_digit_list, mnistcnn_digit_list_free> handle_;
};

// A page of digits, read: those that touch are taken apart.
class page {
public:
  page(const model &reader, const mnistcnn_image &picture,
       const mnistcnn_page_options &options = defaults<mnistcnn_page_options>(),
       const workspace *space = nullptr)
      : num_classes_(reader.num_classes()), prepared_(reader.input_shape()) {
    mnistcnn_page *read = nullptr;
    check(mnistcnn_page_read(reader.get(), space ? space->get() : nullptr, &picture, &options,
                             &read));
    handle_.reset(read);
  }
  mnistcnn_page *get() const noexcept {
    return handle_.get();
  }
  mnistcnn_page_info info() const {
    mnistcnn_page_info result = sized<mnistcnn_page_info>();
    check(mnistcnn_page_get_info(get(), &result));
    return result;
  }
  std::size_t size() const noexcept {
    return mnistcnn_page_num_digits(get());
  }
  mnistcnn_page_digit digit(std::size_t index) const {
    mnistcnn_page_digit result = sized<mnistcnn_page_digit>();
    check(mnistcnn_page_get_digit(get(), index, &result));
    return result;
  }
  // The probabilities of a digit, and the image that they were predicted from, [height][width] of
  // the model. Valid as long as the page.
  span<const float> probabilities(std::size_t index) const {
    return {found(mnistcnn_page_probabilities(get(), index), index), num_classes_};
  }
  span<const std::uint8_t> image(std::size_t index) const {
    return {found(mnistcnn_page_image(get(), index), index),
            std::size_t(prepared_.height) * prepared_.width};
  }
  std::size_t num_groups() const noexcept {
    return mnistcnn_page_num_groups(get());
  }
  // The text belongs to the page.
  mnistcnn_page_group group(std::size_t index) const {
    mnistcnn_page_group result = sized<mnistcnn_page_group>();
    check(mnistcnn_page_get_group(get(), index, &result));
    return result;
  }

private:
  template <typename T> static const T *found(const T *of, std::size_t index) {
    if (!of)
      throw error(MNISTCNN_NOT_FOUND, "there is no digit " + std::to_string(index));
    return of;
  }
  detail::handle<mnistcnn_page, mnistcnn_page_free> handle_;
  std::size_t num_classes_;
  mnistcnn_shape prepared_;
};

} // namespace mnistcnn

#endif
