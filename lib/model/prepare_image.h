/* An image file of any size and colours, prepared as a model takes its images. */
#ifndef MCNN_MODEL_PREPARE_IMAGE_H
#define MCNN_MODEL_PREPARE_IMAGE_H

#include "model/model.h"

/* Prepares file after file for one model, and keeps its decoder and memory from one to the next.
 * Belongs to one thread; several may prepare for the same model, each with one of its own. */
typedef struct mcnn_preparer mcnn_preparer;

/* The model must outlive it, and gives it its allocator; its preparation must not change meanwhile.
 */
mnistcnn_status mcnn_preparer_create(const mnistcnn_model *model, mcnn_preparer **out);
void mcnn_preparer_free(mcnn_preparer *preparer); /* NULL is fine */

typedef struct mcnn_prepared_image {
  uint32_t channels; /* of the pixels: 1 of gray images and digits, also for a model of 3 */
  mcnn_digit digit;  /* where digits are prepared; else all 0 */
} mcnn_prepared_image;

/* pixels: room for mcnn_shape_count() bytes of the model's input; receives [height][width] of
 * image->channels, to be predicted as mcnn_images of so many. MNISTCNN_NO_DIGIT where a digit was
 * to be prepared and there is none: the message begins with the file's label and says why, and
 * image->digit.verdict is set. */
mnistcnn_status mcnn_prepare_image(mcnn_preparer *preparer, const mcnn_image_file *file,
                                   uint8_t *pixels, mcnn_prepared_image *image);
mnistcnn_status mcnn_prepare_image_path(mcnn_preparer *preparer, const char *path, uint8_t *pixels,
                                        mcnn_prepared_image *image);

/* Whether the model rejects an image with this row of probabilities, from before they are tempered:
 * MNISTCNN_NO_DIGIT, with a message that begins with `label`, and the verdict "unclear". */
mnistcnn_status mcnn_check_rejection(const mnistcnn_model *model, const char *label,
                                     const float *row, mcnn_digit *digit);

/* Mixes the row of probabilities of a digit with this verdict with the uniform distribution: the
 * network is only half trusted with what may be two digits, and not at all with what is none. To be
 * called with what was predicted for a prepared image. */
void mcnn_temper_digit(const mcnn_digit *digit, uint32_t classes, float *row);

#endif
