/* The known answers of examples/web/src/selftest.js are what the native library computes, on every
 * instruction set that there is. Arguments: the four probabilities. */
#include <mnistcnn.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { SIDE = 28, CLASSES = 4 };

static const char architecture[] = "conv 4 5x5 relu, maxpool 2, conv 8 5x5 relu, maxpool 2, "
                                   "flatten, dense 96 relu, dense 4 softmax";

/* A ring, brighter to the right. */
static void draw(uint8_t *pixels) {
  for (int y = 0; y < SIDE; y++) {
    for (int x = 0; x < SIDE; x++) {
      const double distance = hypot(x - 14.0, y - 13.0);
      *pixels++ = distance > 5 && distance < 9 ? (uint8_t)(120 + 4 * x) : 0;
    }
  }
}

static int check(mnistcnn_model *model, const char *set, char **expected) {
  uint8_t pixels[SIDE * SIDE];
  float got[CLASSES];
  int failures = 0;

  if (mnistcnn_model_set_instruction_set(model, set) != MNISTCNN_OK)
    return 0;
  draw(pixels);
  if (mnistcnn_predict_u8(model, NULL, pixels, sizeof pixels, got, CLASSES) != MNISTCNN_OK)
    return 1;
  for (int i = 0; i < CLASSES; i++) {
    const double want = strtod(expected[i], NULL);
    printf("%s %d: %.9g, expected %.9g\n", set, i, (double)got[i], want);
    failures += !(fabs((double)got[i] - want) < 1e-6);
  }
  return failures;
}

int main(int argc, char **argv) {
  mnistcnn_model_options options = MNISTCNN_MODEL_OPTIONS_INIT;
  mnistcnn_model *model = NULL;
  int failures = 0;

  options.architecture = architecture;
  options.input_channels = 1;
  options.num_classes = CLASSES;
  options.seed = 7;
  options.input_mean = 0.1307f;
  options.input_std = 0.3081f;
  options.initializer = MNISTCNN_INIT_KAIMING_NORMAL;
  if (argc != 1 + CLASSES || mnistcnn_model_create(&options, &model) != MNISTCNN_OK)
    return fprintf(stderr, "four numbers are needed; %s\n", mnistcnn_last_error()), 1;
  const char *const sets[] = {"portable", "avx2", "avx512", "auto"};
  for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++)
    failures += check(model, sets[i], argv + 1);
  mnistcnn_model_free(model);
  return failures ? 1 : 0;
}
