// Shows how to use the library from C++17, with the header mnistcnn.hpp.
//
//   predict MODEL.safetensors IMAGE.png...
#include <exception>
#include <iomanip>
#include <iostream>

#include <mnistcnn.hpp>

int main(int argc, char **argv) {
  if (argc < 3) {
    std::cerr << "usage: predict MODEL.safetensors IMAGE.png...\n";
    return 2;
  }
  try {
    const mnistcnn::model model = mnistcnn::model::load(argv[1]);
    const mnistcnn::workspace workspace(model); // memory for repeated predictions
    for (int i = 2; i < argc; i++) {
      const mnistcnn::answer best = mnistcnn::top_class(model.predict_file(argv[i], &workspace));
      std::cout << argv[i] << ": " << model.class_name(best.index) << " (probability " << std::fixed
                << std::setprecision(6) << best.confidence << ")\n";
    }
  } catch (const mnistcnn::error &error) {
    std::cerr << "predict: " << error.what() << " (" << error.name() << ")\n";
    return 1;
  } catch (const std::exception &error) {
    std::cerr << "predict: " << error.what() << "\n";
    return 1;
  }
  return 0;
}
