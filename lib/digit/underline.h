/* A line drawn under a digit, or the one it was written on, that the digit touches. */
#ifndef MCNN_DIGIT_UNDERLINE_H
#define MCNN_DIGIT_UNDERLINE_H

#include "digit/ink.h"

/* Removes the line under the one digit of a picture, which need not reach any border, without the
 * strokes that stand on it or cross it. Nothing is removed where there may be none. */
mnistcnn_status mcnn_underline_remove(mcnn_ink *ink, const mcnn_alloc *alloc);

#endif
