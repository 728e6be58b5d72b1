/* The frame of zeros around images, so that the kernels proper know no edges. */
#ifndef MCNN_KERNELS_CONV_FRAME_H
#define MCNN_KERNELS_CONV_FRAME_H

#include "kernels/conv/shape.h"

/* Geometry without padding: what the kernels proper see. */
mcnn_conv_geometry mcnn_conv_without_padding(const mcnn_conv_geometry *g);

/* With as much padding at the bottom and at the right as whole tiles of rows x columns need,
 * without dilation. */
mcnn_conv_geometry mcnn_conv_frame(const mcnn_conv_geometry *g, size_t rows, size_t columns);

/* Floats of scratch for `images` padded images; none where there is no padding. */
size_t mcnn_conv_padded_floats(const mcnn_conv_geometry *g, size_t images);

/* The images with their border: x itself where there is none, else a copy in `padded`. */
const float *mcnn_conv_pad(const mcnn_conv_geometry *g, const float *x, size_t images,
                           float *padded);

/* One image without its border, from `padded` to dx. */
void mcnn_conv_crop(const mcnn_conv_geometry *g, const float *padded, float *dx);

#endif
