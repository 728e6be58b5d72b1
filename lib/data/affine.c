#include "data/affine.h"

#include "base/elementary.h"
#include "mnistcnn.h"

#include <math.h>

/* Keras composes rotation . shift . shear . zoom. Its matrices act on (first, second) coordinates:
 * (row, column) in 2.0, (column, row) from 2.9 on.
 *   rotation [cos -sin]  shear [1 -sin]  zoom [zx  0]
 *            [sin  cos]        [0  cos]       [ 0 zy]
 * Smooth warps act on (column, row) = (x, y), with the shear [1 s; 0 1] and the shift last. */
typedef struct linear {
  double m[2][2];
} linear;

static const double degrees = 3.14159265358979323846 / 180.0;

static linear multiply(linear a, linear b) {
  linear product;

  for (int i = 0; i < 2; i++)
    for (int j = 0; j < 2; j++)
      product.m[i][j] = a.m[i][0] * b.m[0][j] + a.m[i][1] * b.m[1][j];
  return product;
}

static linear rotation_by(double angle) {
  const linear rotation = {
      {{mcnn_cos(angle), -mcnn_sin(angle)}, {mcnn_sin(angle), mcnn_cos(angle)}}};

  return rotation;
}

static linear zoom_by(const double zoom[2]) {
  const linear matrix = {{{zoom[0], 0.0}, {0.0, zoom[1]}}};

  return matrix;
}

static linear keras_shear(double angle) {
  const linear shear = {{{1.0, -mcnn_sin(angle)}, {0.0, mcnn_cos(angle)}}};

  return shear;
}

/* Around the centre: offset = translation + centre - matrix centre. */
static mcnn_affine about(linear a, const double centre[2], const double translation[2]) {
  mcnn_affine affine;

  for (int i = 0; i < 2; i++) {
    affine.matrix[i][0] = a.m[i][0];
    affine.matrix[i][1] = a.m[i][1];
    affine.offset[i] =
        -a.m[i][0] * centre[0] - a.m[i][1] * centre[1] + (translation[i] + centre[i]);
  }
  return affine;
}

/* From (column, row) to (row, column). */
static mcnn_affine swap_axes(mcnn_affine a) {
  const mcnn_affine swapped = {
      .matrix = {{a.matrix[1][1], a.matrix[1][0]}, {a.matrix[0][1], a.matrix[0][0]}},
      .offset = {a.offset[1], a.offset[0]}};

  return swapped;
}

/* `centre_shift` is what Keras adds to half a side; it takes the first coordinate's centre from the
 * height in all its versions, also where that coordinate is the column. */
static mcnn_affine keras_affine(const mcnn_draw *draw, double shear_unit, double centre_shift,
                                uint32_t height, uint32_t width) {
  const linear rotation = rotation_by(draw->rotation * degrees);
  const linear shear = keras_shear(draw->shear * shear_unit);
  const double centre[2] = {height / 2.0 + centre_shift, width / 2.0 + centre_shift};
  double translation[2];

  for (int i = 0; i < 2; i++)
    translation[i] = rotation.m[i][0] * draw->shift[0] + rotation.m[i][1] * draw->shift[1];
  return about(multiply(multiply(rotation, shear), zoom_by(draw->zoom)), centre, translation);
}

static mcnn_affine smooth_affine(const mcnn_draw *draw, uint32_t height, uint32_t width) {
  const linear shear = {{{1.0, draw->shear}, {0.0, 1.0}}};
  const linear rotation = rotation_by(draw->rotation * degrees);
  const double centre[2] = {(width - 1) / 2.0, (height - 1) / 2.0};

  return swap_axes(
      about(multiply(multiply(rotation, shear), zoom_by(draw->zoom)), centre, draw->shift));
}

mcnn_affine mcnn_affine_of(int32_t kind, const mcnn_draw *draw, uint32_t height, uint32_t width) {
  switch (kind) {
  case MNISTCNN_AUGMENT_KERAS_2_0:
    return keras_affine(draw, 1.0, 0.5, height, width);
  case MNISTCNN_AUGMENT_KERAS_2_9:
    return swap_axes(keras_affine(draw, degrees, -0.5, height, width));
  default:
    return smooth_affine(draw, height, width);
  }
}
