/* Progress that other threads can look at, and their wish to cancel. */
#ifndef MCNN_BASE_MONITOR_H
#define MCNN_BASE_MONITOR_H

#include "base/alloc.h"

#include <stdatomic.h>

enum { MCNN_PROGRESS_WORDS = sizeof(mnistcnn_progress) / sizeof(uint64_t) };

/* A sequence lock: one thread writes, any number read. The words are atomic, as a reader may meet
 * the writer among them; it then finds the sequence changed and reads again. */
struct mnistcnn_monitor {
  mcnn_alloc alloc;
  atomic_int cancelled;
  atomic_uint sequence;                        /* odd: the words are being written */
  _Atomic uint64_t words[MCNN_PROGRESS_WORDS]; /* all 0: no progress yet */
};

void mcnn_monitor_init(mnistcnn_monitor *monitor, const mcnn_alloc *alloc);

/* For the one thread that writes. */
void mcnn_monitor_publish(mnistcnn_monitor *monitor, const mnistcnn_progress *progress);

/* 0 if nothing has been published. */
int mcnn_monitor_read(const mnistcnn_monitor *monitor, mnistcnn_progress *progress);

void mcnn_monitor_cancel(mnistcnn_monitor *monitor);

/* Whether the monitor (NULL: no) was asked to cancel since the last time it was asked this. */
int mcnn_monitor_take_cancel(mnistcnn_monitor *monitor);

/* Publishes, calls back, and asks both whether to cancel; callback and monitor may be NULL. */
int mcnn_report_progress(const mnistcnn_progress *progress, mnistcnn_progress_callback callback,
                         void *user, mnistcnn_monitor *monitor);

#endif
