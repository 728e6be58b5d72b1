/* The callbacks of a dataset's options, during one call that loads a dataset. They are called in
 * the caller's thread only, never by workers. */
#ifndef MCNN_DATA_CALLBACKS_H
#define MCNN_DATA_CALLBACKS_H

#include "mnistcnn.h"

#include <stddef.h>

typedef struct mcnn_callbacks {
  const mnistcnn_dataset_options *options;
  const char *path; /* what is loaded, for messages */
  double started, last_progress;
} mcnn_callbacks;

/* For a load that starts now. Both arguments must stay valid as long as it lasts. */
mcnn_callbacks mcnn_callbacks_start(const mnistcnn_dataset_options *options, const char *path);

void mcnn_callbacks_log(const mcnn_callbacks *callbacks, int32_t level, const char *message);

/* MNISTCNN_EVENT_LOADING, unless the last event was less than a twentieth of a second ago; none of
 * the images and all of them are always reported. MNISTCNN_CANCELLED if the caller wants no more.
 */
mnistcnn_status mcnn_callbacks_progress(mcnn_callbacks *callbacks, size_t done, size_t total);

#endif
