/* The shape of an image or of a layer's output, NHWC without the N. */
#ifndef MCNN_BASE_SHAPE_H
#define MCNN_BASE_SHAPE_H

#include "mnistcnn.h"

/* Images have 1 (gray) or 3 (red, green, blue) channels; flat outputs are 1 x 1 x n. */
typedef mnistcnn_shape mcnn_shape;

#endif
