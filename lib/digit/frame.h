/* Components that are no writing: the edge of a sheet, a table, a shadow, a box drawn around. */
#ifndef MCNN_DIGIT_FRAME_H
#define MCNN_DIGIT_FRAME_H

#include "digit/components.h"

/* Sets `encloses` of every component: a box or circle drawn around the digit, or a table around a
 * sheet of paper. */
void mcnn_frame_mark_enclosing(mcnn_components *components, uint32_t height, uint32_t width);

/* 1 for what lies along the border of the picture of this height and width and is hardly the digit.
 * Needs the mark above. */
int mcnn_frame_is_frame(const mcnn_component *component, uint32_t height, uint32_t width);

#endif
