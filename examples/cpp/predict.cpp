// Shows how to use the library from C++11. A few lines turn statuses into exceptions and handles
// into RAII objects; the rest is the C API.
//
//   predict MODEL.safetensors IMAGE.png...
#include <cstdint>
#include <exception>
#include <iomanip>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <mnistcnn.h>

namespace {

class Error : public std::runtime_error {
public:
  explicit Error(mnistcnn_status status)
      : std::runtime_error(mnistcnn_last_error()), status_(status) {}
  mnistcnn_status status() const {
    return status_;
  }

private:
  mnistcnn_status status_;
};

void check(mnistcnn_status status) {
  if (status != MNISTCNN_OK)
    throw Error(status);
}

struct Free {
  void operator()(mnistcnn_model *model) const {
    mnistcnn_model_free(model);
  }
  void operator()(mnistcnn_workspace *workspace) const {
    mnistcnn_workspace_free(workspace);
  }
};
using Model = std::unique_ptr<mnistcnn_model, Free>;
using Workspace = std::unique_ptr<mnistcnn_workspace, Free>;

struct Answer {
  std::string name;
  float confidence;
};

// A model with a workspace for repeated predictions. May be used by one thread at a time.
class Classifier {
public:
  explicit Classifier(const std::string &path) {
    mnistcnn_model *model = nullptr;
    check(mnistcnn_model_load_file(path.c_str(), nullptr, &model));
    model_.reset(model);

    mnistcnn_workspace *workspace = nullptr;
    check(mnistcnn_workspace_create(model, nullptr, &workspace));
    workspace_.reset(workspace);
    probabilities_.resize(mnistcnn_model_num_classes(model));
  }

  Answer ask(const std::string &png_path) {
    std::uint32_t best = 0;
    float confidence = 0;
    check(mnistcnn_predict_image_file(model_.get(), workspace_.get(), png_path.c_str(),
                                      probabilities_.data(), probabilities_.size()));
    check(mnistcnn_top_class(probabilities_.data(),
                             static_cast<std::uint32_t>(probabilities_.size()), &best,
                             &confidence));
    return Answer{mnistcnn_model_class_name(model_.get(), best), confidence};
  }

private:
  Model model_;
  Workspace workspace_;
  std::vector<float> probabilities_;
};

} // namespace

int main(int argc, char **argv) {
  if (argc < 3) {
    std::cerr << "usage: predict MODEL.safetensors IMAGE.png...\n";
    return 2;
  }
  try {
    Classifier classifier(argv[1]);
    for (int i = 2; i < argc; i++) {
      const Answer answer = classifier.ask(argv[i]);
      std::cout << argv[i] << ": " << answer.name << " (probability " << std::fixed
                << std::setprecision(6) << answer.confidence << ")\n";
    }
  } catch (const Error &error) {
    std::cerr << "predict: " << error.what() << " (" << mnistcnn_status_name(error.status())
              << ")\n";
    return 1;
  } catch (const std::exception &error) {
    std::cerr << "predict: " << error.what() << "\n";
    return 1;
  }
  return 0;
}
