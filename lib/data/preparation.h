/* mnistcnn_preparation: its defaults, its checks, and images prepared as it says. */
#ifndef MCNN_DATA_PREPARATION_H
#define MCNN_DATA_PREPARATION_H

#include "digit/result.h"
#include "image/decoder.h"

extern const mnistcnn_preparation mcnn_preparation_defaults;

/* Values and contradictions; MNISTCNN_INVALID_ARGUMENT, the message names the member. */
mnistcnn_status mcnn_preparation_check(const mnistcnn_preparation *how);
/* Whether images can be prepared to this size. */
mnistcnn_status mcnn_preparation_check_sides(const mnistcnn_preparation *how, uint32_t height,
                                             uint32_t width);

/* Of a dataset to be loaded: options->preparation, or what the other options say. */
mnistcnn_preparation mcnn_preparation_of(const mnistcnn_dataset_options *options);

/* --- where a dataset's images come from --------------------------------------------------------
 */

/* How the images were prepared, and where that made a difference. All 0: nobody says. */
typedef struct mcnn_image_origin {
  mnistcnn_preparation how;
  unsigned char is_known, resized, transparent;
} mcnn_image_origin;

/* NULL where images of this origin are what `wanted` makes of them, else the name of the member
 * that would have made other ones. */
const char *mcnn_image_origin_differs(const mcnn_image_origin *origin,
                                      const mnistcnn_preparation *wanted);

/* --- preparing ---------------------------------------------------------------------------------
 */

/* What a decoder does with the transparency of images to be prepared. */
mcnn_alpha mcnn_preparation_alpha(const mnistcnn_preparation *how);

/* Prepares an image that was decoded so, from shape `from` to `to` (1 or 3 channels); `pixels` is
 * used as scratch where it is only resized. Where a digit was to be prepared, digit->verdict says
 * what was found; a picture without one is no failure, and makes `target` black. */
mnistcnn_status mcnn_prepare(const mnistcnn_preparation *how, uint8_t *pixels,
                             const mcnn_shape *from, const mcnn_alloc *alloc, uint8_t *target,
                             const mcnn_shape *to, mcnn_digit *digit);

/* The same for datasets, whose labels say that there is a digit: MNISTCNN_FORMAT where none is
 * found (`label` opens the message), unless the image looks as if it had been prepared elsewhere:
 * of the size wanted and light on black. */
mnistcnn_status mcnn_prepare_labelled(const mnistcnn_preparation *how, uint8_t *pixels,
                                      const mcnn_shape *from, const char *label,
                                      const mcnn_alloc *alloc, uint8_t *target,
                                      const mcnn_shape *to);

#endif
