/* One candidate cut out of the picture. */
#ifndef MCNN_DIGIT_CROP_H
#define MCNN_DIGIT_CROP_H

#include "digit/components.h"

/* The ink of a candidate. */
typedef struct mcnn_crop_source {
  const mcnn_ink *ink;
  const mcnn_components *components;
  uint32_t candidate; /* which components to take */
  mcnn_box box;
  int is_of_many; /* 1: one of the many of a page */
} mcnn_crop_source;

/* The ink of this candidate alone, its soft edge included, stretched to 0..255, without the rows
 * and columns around that hold next to nothing. The caller frees *crop. */
mnistcnn_status mcnn_crop(const mcnn_crop_source *source, const mcnn_alloc *alloc,
                          mcnn_plane *crop);

#endif
