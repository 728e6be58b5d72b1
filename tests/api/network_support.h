/* What every network must do, whatever its layers and however it is trained: the same bytes by any
 * number of threads, after a stop, and as a copy. */
#ifndef NETWORK_SUPPORT_H
#define NETWORK_SUPPORT_H

#include "api_support.h"

/* Of SMALL_SIDE pixels, three channels and SMALL_CLASSES classes; the text must be canonical. */
mnistcnn_model *make_network(const char *architecture);

/* Trains it for two epochs by 1, 2, 3 and 8 threads. */
void check_thread_counts(const char *architecture, const mnistcnn_train_options *options);

/* Stops at a call in the middle of three epochs and resumes with another number of threads; writes
 * and removes the file `checkpoint`. */
void check_resume(const char *architecture, const mnistcnn_train_options *options,
                  const char *checkpoint);

/* A clone, and a model that was saved and loaded. */
void check_copies(const char *architecture);

#endif
