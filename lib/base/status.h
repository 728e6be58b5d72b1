/* The thread-local message of the last failure. */
#ifndef MCNN_BASE_STATUS_H
#define MCNN_BASE_STATUS_H

#include "mnistcnn.h"

/* Sets this thread's message (one line, truncated to MCNN_ERROR_CAPACITY) and returns `status`.
 * The message is set where the error is found; callers return the status as it is. */
mnistcnn_status mcnn_fail(mnistcnn_status status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The message of an allocation of `bytes` that failed. Returns MNISTCNN_OUT_OF_MEMORY. */
mnistcnn_status mcnn_fail_memory(size_t bytes);

/* This thread's message; "" if nothing has failed yet. */
const char *mcnn_last_error(void);

/* Replaces this thread's message, to pass an error from a worker thread to its caller. */
void mcnn_set_last_error(const char *message);

#define MCNN_ERROR_CAPACITY 512

#endif
