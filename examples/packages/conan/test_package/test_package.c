/* The shipped model says what it sees in a drawn 1. */
#include <mnistcnn_pretrained.h>

#include <stdio.h>

int main(void) {
  mnistcnn_model *model = NULL;
  uint8_t pixels[28 * 28] = {0};
  float probabilities[10], confidence;
  uint32_t digit;
  for (int row = 5; row < 23; row++)
    pixels[row * 28 + 13] = pixels[row * 28 + 14] = 255;
  if (mnistcnn_pretrained_model(NULL, &model) ||
      mnistcnn_predict_u8(model, NULL, pixels, sizeof pixels, probabilities, 10) ||
      mnistcnn_top_class(probabilities, 10, &digit, &confidence))
    return fprintf(stderr, "%s\n", mnistcnn_last_error()), 1;
  printf("%u, %.1f%% sure\n", (unsigned)digit, 100 * (double)confidence);
  mnistcnn_model_free(model);
  return digit == 1 ? 0 : 1;
}
