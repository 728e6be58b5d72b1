/* The random affine transformation of an augmentation: its parameters, and the matrix they make. */
#ifndef MCNN_DATA_AFFINE_H
#define MCNN_DATA_AFFINE_H

#include <stdint.h>

/* In the units of the kind of augmentation (mnistcnn.h), but shifts in pixels. */
typedef struct mcnn_draw {
  double rotation, shear;
  double zoom[2];  /* zx and zy */
  double shift[2]; /* tx and ty */
  double dilation; /* not of the matrix: mcnn_sample_dilate() */
  int flip;
} mcnn_draw;

/* Where the target pixel (row, column) comes from:
 * source row = matrix[0][0] row + matrix[0][1] column + offset[0], and so on. */
typedef struct mcnn_affine {
  double matrix[2][2];
  double offset[2];
} mcnn_affine;

/* kind: MNISTCNN_AUGMENT_..., not NONE. */
mcnn_affine mcnn_affine_of(int32_t kind, const mcnn_draw *draw, uint32_t height, uint32_t width);

#endif
