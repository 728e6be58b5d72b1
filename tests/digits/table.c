/* Accuracy by condition, as in docs/digits.md:
 *   digit_table MODEL [IMAGES LABELS COUNT [PART]]
 *                                              the last COUNT images of IDX files; without them
 *                                              digits of the project's own drawing; PART: only
 *                                              conditions with this in their names
 *   digit_table --write DIR [IMAGES LABELS]    a few pictures of each condition as PNG, and what
 *                                              becomes of them */
#include "conditions.h"

#include "draw/digits.h"
#include "image_args.h"

#include <mnistcnn.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of pictures with a side above LARGE only every tenth is made: they take seconds each. */
enum { CLASSES = 10, DEFAULT_COUNT = 200, SAMPLES = 4, LARGE = 1200 };

static int fail(const char *what) {
  fprintf(stderr, "digit_table: %s: %s\n", what, mnistcnn_last_error());
  return 1;
}

typedef struct source {
  mnistcnn_dataset *dataset; /* NULL: drawn */
  size_t first;
} source;

static unsigned glyph_from(const source *from, size_t index,
                           uint8_t glyph[SCENE_GLYPH * SCENE_GLYPH]) {
  if (!from->dataset) {
    const unsigned digit = (unsigned)(index % CLASSES);
    draw_digit(digit, 77, index, glyph);
    return digit;
  }
  memcpy(glyph, mnistcnn_dataset_image(from->dataset, from->first + index),
         SCENE_GLYPH * SCENE_GLYPH);
  return (unsigned)mnistcnn_dataset_label(from->dataset, from->first + index);
}

/* Renders and prepares; *side receives the picture's. */
static int shoot(const scene *s, const uint8_t *glyph, uint8_t **picture, uint8_t *prepared,
                 mnistcnn_digit_info *info) {
  const uint32_t side = scene_side(s);

  info->struct_size = sizeof *info;
  *picture = malloc((size_t)side * side * 3);
  if (!*picture || scene_render(s, glyph, *picture) != 0)
    return -1;
  return mnistcnn_digit_prepare(IMAGE(*picture, side, side, 3), NULL, prepared,
                                SCENE_GLYPH * SCENE_GLYPH, info);
}

typedef struct score {
  size_t right, no_digit, count;
} score;

static int measure(const mnistcnn_model *model, const condition *c, const source *from,
                   size_t count, score *result) {
  uint8_t glyph[SCENE_GLYPH * SCENE_GLYPH], prepared[SCENE_GLYPH * SCENE_GLYPH];
  float probabilities[CLASSES];
  mnistcnn_shape shape = {0, 0, 0};
  uint32_t best;

  *result = (score){0};
  mnistcnn_model_input_shape(model, &shape);
  for (size_t i = 0; i < count; i++) {
    const unsigned digit = glyph_from(from, i, glyph);
    const scene s = c->make(i + 1);
    if (scene_side(&s) > LARGE && i % 10 != 0)
      continue;
    mnistcnn_digit_info info;
    uint8_t *picture = NULL, input[SCENE_GLYPH * SCENE_GLYPH * 3];
    if (shoot(&s, glyph, &picture, prepared, &info) != MNISTCNN_OK)
      return fail(c->name);
    free(picture);
    for (size_t p = 0; p < sizeof prepared; p++)
      memset(input + p * shape.channels, prepared[p], shape.channels);
    if (mnistcnn_predict_u8(model, NULL, input, mnistcnn_model_num_inputs(model), probabilities,
                            CLASSES) != MNISTCNN_OK)
      return fail("predict");
    mnistcnn_top_class(probabilities, CLASSES, &best, NULL);
    if (info.verdict > MNISTCNN_DIGIT_TOUCHING)
      result->no_digit++;
    else
      result->right += best == digit;
    result->count++;
  }
  return 0;
}

static int print_table(const mnistcnn_model *model, const source *from, size_t count,
                       const char *part) {
  score all = {0};

  printf("| condition | right | accuracy | no digit |\n|---|---:|---:|---:|\n");
  for (size_t i = 0; i < num_conditions; i++) {
    score one;
    if (!strstr(conditions[i].name, part))
      continue;
    if (measure(model, &conditions[i], from, count, &one) != 0)
      return 1;
    printf("| %s | %zu of %zu | %.1f %% | %zu |\n", conditions[i].name, one.right, one.count,
           100.0 * (double)one.right / (double)one.count, one.no_digit);
    fflush(stdout);
    all.right += one.right;
    all.count += one.count;
    all.no_digit += one.no_digit;
  }
  printf("| all | %zu of %zu | %.2f %% | %zu |\n", all.right, all.count,
         100.0 * (double)all.right / (double)all.count, all.no_digit);
  return 0;
}

static int write_samples(const char *folder, const source *from) {
  uint8_t glyph[SCENE_GLYPH * SCENE_GLYPH], prepared[SCENE_GLYPH * SCENE_GLYPH];
  char path[4096];

  for (size_t c = 0; c < num_conditions; c++) {
    for (size_t i = 0; i < SAMPLES; i++) {
      mnistcnn_digit_info info;
      uint8_t *picture = NULL;
      glyph_from(from, SAMPLES * c + i, glyph);
      const scene s = conditions[c].make(i + 1);
      if (shoot(&s, glyph, &picture, prepared, &info) != MNISTCNN_OK)
        return fail(conditions[c].name);
      snprintf(path, sizeof path, "%s/%02zu-%zu.png", folder, c, i);
      if (mnistcnn_image_save_png(IMAGE(picture, scene_side(&s), scene_side(&s), 3), path) !=
          MNISTCNN_OK)
        return fail(path);
      snprintf(path, sizeof path, "%s/%02zu-%zu-prepared.png", folder, c, i);
      if (mnistcnn_image_save_png(IMAGE(prepared, SCENE_GLYPH, SCENE_GLYPH, 1), path) !=
          MNISTCNN_OK)
        return fail(path);
      free(picture);
    }
  }
  return 0;
}

int main(int argc, char **argv) {
  const int writing = argc > 2 && strcmp(argv[1], "--write") == 0;
  char **const rest = argv + (writing ? 3 : 2);
  const int num_rest = argc - (writing ? 3 : 2);
  source from = {0};
  size_t count = DEFAULT_COUNT;
  mnistcnn_model *model = NULL;
  int status;

  if (argc < 2 || num_rest == 1)
    return fprintf(stderr, "usage: digit_table MODEL|--write DIR [IMAGES LABELS [COUNT [PART]]]\n"),
           2;
  if (num_rest >= 2 &&
      mnistcnn_dataset_load_idx(rest[0], rest[1], NULL, &from.dataset) != MNISTCNN_OK)
    return fail(rest[0]);
  if (num_rest >= 3)
    count = strtoul(rest[2], NULL, 10);
  const size_t available = mnistcnn_dataset_num_images(from.dataset);
  from.first = available > count ? available - count : 0;
  count = from.dataset && count > available ? available : count;
  if (writing)
    status = write_samples(argv[2], &from);
  else if (mnistcnn_model_load_file(argv[1], NULL, &model) != MNISTCNN_OK)
    status = fail(argv[1]);
  else
    status = print_table(model, &from, count, num_rest >= 4 ? rest[3] : "");
  mnistcnn_model_free(model);
  mnistcnn_dataset_free(from.dataset);
  return status;
}
