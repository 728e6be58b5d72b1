/* Shows how to classify a PNG file, in four calls.
 *
 *   predict_png MODEL.safetensors IMAGE.png
 */
#include <stdint.h>
#include <stdio.h>

#include <mnistcnn.h>

enum { MAX_CLASSES = 1000 }; /* the maximum of any model */

int main(int argc, char **argv) {
  mnistcnn_model *model = NULL;
  float probabilities[MAX_CLASSES];
  uint32_t best = 0;
  float confidence = 0;
  int failed = 1;

  if (argc != 3) {
    fprintf(stderr, "usage: predict_png MODEL.safetensors IMAGE.png\n");
    return 2;
  }
  if (mnistcnn_model_load_file(argv[1], NULL, &model) == MNISTCNN_OK &&
      mnistcnn_predict_image_file(model, NULL, argv[2], probabilities, MAX_CLASSES) ==
          MNISTCNN_OK &&
      mnistcnn_top_class(probabilities, mnistcnn_model_num_classes(model), &best, &confidence) ==
          MNISTCNN_OK) {
    printf("%s: %s (probability %.6f)\n", argv[2], mnistcnn_model_class_name(model, best),
           (double)confidence);
    failed = 0;
  } else {
    /* One line that names the file or argument. */
    fprintf(stderr, "predict_png: %s\n", mnistcnn_last_error());
  }
  mnistcnn_model_free(model);
  return failed;
}
