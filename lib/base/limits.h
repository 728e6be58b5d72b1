/* The limits of what the library takes, so that sizes and counts derived from them cannot overflow
 * and a damaged file cannot ask for more memory than a network could need. Those of image files
 * that only one decoder knows stand there. */
#ifndef MCNN_BASE_LIMITS_H
#define MCNN_BASE_LIMITS_H

#include <stddef.h>
#include <stdint.h>

/* --- networks --------------------------------------------------------------------------------- */

#define MCNN_MIN_CLASSES 2u
#define MCNN_MAX_CLASSES 1000u
/* The label of a background image: it shows none of the classes. */
#define MCNN_NO_CLASS       UINT32_MAX
#define MCNN_MAX_LAYERS     256u
#define MCNN_MAX_PARAMETERS ((size_t)1 << 28)
#define MCNN_MAX_ARCH_BYTES 8192u
/* Floats of one image between two layers, and of one image's patches in a convolution: so that the
 * memory for any number of images and threads can be computed without overflow. */
#define MCNN_MAX_ACTIVATIONS ((size_t)1 << 28)
#define MCNN_MAX_PATCHES     ((size_t)1 << 30)
/* A position in a pooling window must fit in a byte. */
#define MCNN_MAX_WINDOW 256u
/* Of a convolution, and of a window that moves by another distance than its size. */
#define MCNN_MAX_STRIDE   16u
#define MCNN_MAX_DILATION 16u
/* Rows or columns of zeros on one side of an image, in a layer of their own. */
#define MCNN_MAX_PAD 64u

/* Means and deviations of a layer that normalises channels. */
#define MCNN_MAX_NORMALIZED 4u
/* Of an L2 penalty. */
#define MCNN_MAX_L2 1e6f

/* --- names and notes -------------------------------------------------------------------------- */

#define MCNN_MAX_CLASS_NAME_BYTES 255u
#define MCNN_MAX_NOTES            64u
#define MCNN_MAX_NOTE_KEY_BYTES   64u
#define MCNN_MAX_NOTE_VALUE_BYTES 4096u

/* --- input convention, calibration ------------------------------------------------------------ */

/* What has a short decimal text in the model file. A mean may also be 0. */
#define MCNN_MIN_SCALE       1e-6f
#define MCNN_MAX_SCALE       1e6f
#define MCNN_MIN_TEMPERATURE 0.05f
#define MCNN_MAX_TEMPERATURE 20.0f
/* With fewer images held out there are too few mistakes to fit a temperature to. */
#define MCNN_MIN_HOLDOUT 100

/* --- files ------------------------------------------------------------------------------------ */

/* With the NUL; what Linux takes. A system that takes less refuses longer paths itself. */
#define MCNN_MAX_PATH_BYTES 4096

/* --- datasets --------------------------------------------------------------------------------- */

/* Sub-folders within one another; a symbolic link may lead back. */
#define MCNN_MAX_FOLDER_DEPTH 32

/* --- prediction and training ------------------------------------------------------------------ */

#define MCNN_MAX_THREADS         256u
#define MCNN_MAX_WORKSPACE_BATCH 4096u
#define MCNN_MAX_BATCH           65536u
#define MCNN_MAX_EPOCHS          100000u

#endif
