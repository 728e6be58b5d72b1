/* The misclassified images with the highest confidence. */
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "report/html.h"
#include "report/png.h"
#include "report/sections.h"
#include "terminal/percent.h"

enum { MAX_MISTAKES = 24 };

typedef struct mistake {
  size_t image;
  uint32_t actual;
  uint32_t predicted;
  double confidence;
} mistake;

/* False if image `i` was classified correctly, or has no class. */
static bool find_mistake(const evaluation *e, size_t i, mistake *found) {
  const float *const row = e->probabilities + i * e->num_classes;

  const int32_t label = mnistcnn_dataset_label(e->dataset, i);
  if (label == MNISTCNN_NO_CLASS)
    return false;
  found->image = i;
  found->actual = (uint32_t)label;
  if (mnistcnn_top_class(row, e->num_classes, &found->predicted, NULL) != MNISTCNN_OK)
    return false; /* NaN only: no prediction */
  found->confidence = confidence_of(row, e->num_classes, found->predicted);
  return found->predicted != found->actual;
}

/* By falling confidence, in the order of the images if equal. Returns the number of mistakes. */
static size_t collect(const evaluation *e, mistake worst[MAX_MISTAKES]) {
  size_t count = 0;
  mistake found;

  for (size_t i = 0; i < mnistcnn_dataset_num_images(e->dataset); i++) {
    if (!find_mistake(e, i, &found))
      continue;
    size_t at = count;
    while (at > 0 && worst[at - 1].confidence < found.confidence)
      at--;
    if (at == MAX_MISTAKES)
      continue;
    count += count < MAX_MISTAKES;
    memmove(&worst[at + 1], &worst[at], (count - at - 1) * sizeof worst[0]);
    worst[at] = found;
  }
  return count;
}

/* Scales large images down, to keep the page small. */
static void put_picture(FILE *page, const evaluation *e, const mistake *m) {
  uint8_t small[PNG_MAX_SIDE * PNG_MAX_SIDE * 3];
  mnistcnn_image image = {.pixels = mnistcnn_dataset_image(e->dataset, m->image)};
  mnistcnn_shape *const shape = &image.shape;

  if (mnistcnn_dataset_shape(e->dataset, shape) != MNISTCNN_OK)
    return;
  image.size_bytes = (size_t)shape->height * shape->width * shape->channels;
  const uint32_t side = shape->height > shape->width ? shape->height : shape->width;
  if (side > PNG_MAX_SIDE) {
    const uint32_t h = shape->height * PNG_MAX_SIDE / side;
    const uint32_t w = shape->width * PNG_MAX_SIDE / side;
    const mnistcnn_shape to = {h ? h : 1, w ? w : 1, shape->channels};
    if (mnistcnn_image_resize(&image, MNISTCNN_RESIZE_AREA_BILINEAR, to.height, to.width, small,
                              sizeof small) != MNISTCNN_OK)
      return;
    image.pixels = small;
    *shape = to;
  }
  html_image(page, image.pixels, shape->height, shape->width, shape->channels,
             evaluation_name(e, m->actual));
}

static void put_origin(FILE *page, const evaluation *e, size_t image) {
  const char *const path = mnistcnn_dataset_path(e->dataset, image);

  fputs("<span class=\"path\">", page);
  if (path)
    html_text(page, path);
  else
    fprintf(page, "image %zu", image);
  fputs("</span>", page);
}

static void put_mistake(FILE *page, const evaluation *e, const mistake *m) {
  fputs("<li>", page);
  put_picture(page, e, m);
  fputs("<span class=\"predicted\">predicted <b>", page);
  html_text(page, evaluation_name(e, m->predicted));
  fputs("</b>, ", page);
  html_percent(page, m->confidence);
  fputs("</span><span class=\"actual\">true class <b>", page);
  html_text(page, evaluation_name(e, m->actual));
  fputs("</b>, ", page);
  html_percent(page, (double)e->probabilities[m->image * e->num_classes + m->actual]);
  fputs("</span>", page);
  put_origin(page, e, m->image);
  fputs("</li>\n", page);
}

void report_mistakes(FILE *page, const evaluation *e) {
  mistake worst[MAX_MISTAKES];
  const size_t count = collect(e, worst);

  fputs("<section id=\"mistakes\"><h2>Worst mistakes</h2>\n", page);
  if (count == 0) {
    fputs("<p>There are none.</p>\n</section>\n", page);
    return;
  }
  fprintf(page,
          "<p>%s%zu of %" PRIu64
          " misclassified images, by falling confidence: the predicted class "
          "and the true class, each with its probability.</p>\n"
          "<ol class=\"mistakes\">\n",
          count < e->metrics.count - e->metrics.correct ? "" : "All ", count,
          e->metrics.count - e->metrics.correct);
  for (size_t i = 0; i < count; i++)
    put_mistake(page, e, &worst[i]);
  fputs("</ol>\n</section>\n", page);
}
