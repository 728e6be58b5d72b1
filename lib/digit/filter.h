/* Filters of one channel: noise, blur, specks, dilation and erosion. */
#ifndef MCNN_DIGIT_FILTER_H
#define MCNN_DIGIT_FILTER_H

#include "digit/plane.h"

/* The standard deviation of the noise from pixel to pixel, from second differences: edges and
 * shading hardly count. */
double mcnn_filter_noise(const mcnn_plane *plane);

/* Each of these works in place and needs `scratch`, a plane of the same size. */

/* The binomial filter [1 2 1] along both axes, the edge repeated. */
void mcnn_filter_smooth(mcnn_plane *plane, mcnn_plane *scratch);

/* A rank filter: pixels that stand out from all but one of their eight neighbours become like
 * these. Specks of one or two pixels go, the thinnest line stays. */
void mcnn_filter_despeckle(mcnn_plane *plane, mcnn_plane *scratch);

/* Grey-scale dilation and erosion with a square of 2 * radius + 1 pixels a side. */
void mcnn_filter_dilate(mcnn_plane *plane, mcnn_plane *scratch, uint32_t radius);
void mcnn_filter_erode(mcnn_plane *plane, mcnn_plane *scratch, uint32_t radius);

#endif
