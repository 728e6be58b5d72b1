/* Shows a custom network on colour images of another size, with class names.
 *
 *   own_network_rgb DIR
 *
 * Draws 24x20 colour pictures of three classes as PNG files below DIR (which must not contain them
 * yet), trains a small network on them and classifies a new picture.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <mnistcnn.h>

enum { HEIGHT = 20, WIDTH = 24, CHANNELS = 3, NUM_CLASSES = 3, PER_CLASS = 60 };

static const char *const names[NUM_CLASSES] = {"bar", "disc", "frame"};

static int covers(int kind, int x, int y, int size) {
  const int inside = x >= -size && x <= size && y >= -size && y <= size;

  if (kind == 0)
    return inside && y >= -1 && y <= 1;
  if (kind == 1)
    return x * x + y * y <= size * size;
  return inside && (x == -size || x == size || y == -size || y == size);
}

/* Picture `number` of a class: position, size and colours vary, the shape does not. */
static void paint(int kind, int number, uint8_t pixels[HEIGHT][WIDTH][CHANNELS]) {
  const int size = 4 + number % 4;
  const int left = 9 + number / 4 % 6;
  const int top = 8 + number / 7 % 5;

  for (int y = 0; y < HEIGHT; y++) {
    for (int x = 0; x < WIDTH; x++) {
      const int on = covers(kind, x - left, y - top, size);
      pixels[y][x][0] = (uint8_t)(on ? 255 - number * 2 : number % 40);
      pixels[y][x][1] = (uint8_t)(on ? 120 + number * 2 : 30 + number % 30);
      pixels[y][x][2] = (uint8_t)(on ? 80 + number : 60);
    }
  }
}

static int make_folder(const char *path) {
  if (mkdir(path, 0777) == 0)
    return 1;
  fprintf(stderr, "own_network_rgb: %s: %s\n", path, strerror(errno));
  return 0;
}

static int write_pictures(const char *root) {
  uint8_t pixels[HEIGHT][WIDTH][CHANNELS];
  const mnistcnn_image image = {
      .pixels = &pixels[0][0][0], .size_bytes = sizeof pixels, .shape = {HEIGHT, WIDTH, CHANNELS}};
  char path[4096];

  if (!make_folder(root))
    return 0;
  for (int kind = 0; kind < NUM_CLASSES; kind++) {
    snprintf(path, sizeof path, "%s/%s", root, names[kind]);
    if (!make_folder(path))
      return 0;
    for (int i = 0; i < PER_CLASS; i++) {
      paint(kind, i, pixels);
      snprintf(path, sizeof path, "%s/%s/%03d.png", root, names[kind], i);
      if (mnistcnn_image_save_png(&image, path) != MNISTCNN_OK) {
        fprintf(stderr, "own_network_rgb: %s\n", mnistcnn_last_error());
        return 0;
      }
    }
  }
  return 1;
}

/* The layers as text; the library infers all shapes. */
static mnistcnn_status create_model(mnistcnn_model **model) {
  mnistcnn_model_options options = MNISTCNN_MODEL_OPTIONS_INIT;

  options.input_height = HEIGHT;
  options.input_width = WIDTH;
  options.input_channels = CHANNELS;
  options.num_classes = NUM_CLASSES;
  options.class_names = names;
  options.initializer = MNISTCNN_INIT_HE_NORMAL;
  options.architecture = "conv 8 3x3 same relu, maxpool 2, conv 8 3x3 relu, maxpool 2x2, "
                         "dropout 0.1, flatten, dense 24 relu, dense classes softmax";
  return mnistcnn_model_create(&options, model);
}

static mnistcnn_status train(mnistcnn_model *model, const mnistcnn_dataset *images) {
  mnistcnn_train_options options = MNISTCNN_TRAIN_OPTIONS_INIT;
  mnistcnn_progress last = MNISTCNN_PROGRESS_INIT;

  options.epochs = 25;
  options.batch_size = 16;
  options.loss = MNISTCNN_LOSS_CATEGORICAL_CROSS_ENTROPY;
  options.optimizer = MNISTCNN_OPTIMIZER_ADAM;
  options.learning_rate = 0.003f;
  const mnistcnn_status status = mnistcnn_train(model, images, NULL, &options, &last);
  if (status == MNISTCNN_OK) {
    printf("%zu pictures, %u epochs: loss %.4f, accuracy %.4f\n",
           mnistcnn_dataset_num_images(images), last.epoch, last.loss, last.accuracy);
  }
  return status;
}

/* Classifies a disc that is not in the training set. */
static mnistcnn_status ask(const mnistcnn_model *model, uint32_t *answer) {
  uint8_t pixels[HEIGHT][WIDTH][CHANNELS];
  float probabilities[NUM_CLASSES];
  float confidence = 0;

  paint(1, PER_CLASS + 3, pixels);
  mnistcnn_status status =
      mnistcnn_predict_u8(model, NULL, &pixels[0][0][0], sizeof pixels, probabilities, NUM_CLASSES);
  if (status == MNISTCNN_OK)
    status = mnistcnn_top_class(probabilities, NUM_CLASSES, answer, &confidence);
  if (status == MNISTCNN_OK) {
    printf("a new disc is classified as %s (probability %.4f)\n",
           mnistcnn_model_class_name(model, *answer), (double)confidence);
  }
  return status;
}

int main(int argc, char **argv) {
  mnistcnn_dataset *images = NULL;
  mnistcnn_model *model = NULL;
  uint32_t answer = NUM_CLASSES;

  if (argc != 2) {
    fprintf(stderr, "usage: own_network_rgb DIR\n");
    return 2;
  }
  if (!write_pictures(argv[1]))
    return 1;
  mnistcnn_status status = mnistcnn_dataset_load_folder(argv[1], NULL, &images);
  if (status == MNISTCNN_OK)
    status = create_model(&model);
  if (status == MNISTCNN_OK)
    status = train(model, images);
  if (status == MNISTCNN_OK)
    status = ask(model, &answer);
  if (status != MNISTCNN_OK)
    fprintf(stderr, "own_network_rgb: %s\n", mnistcnn_last_error());
  mnistcnn_model_free(model);
  mnistcnn_dataset_free(images);
  return status == MNISTCNN_OK && answer == 1 ? 0 : 1;
}
