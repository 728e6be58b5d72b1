/* Progress structs that the caller wants filled. */
#ifndef MCNN_API_PROGRESS_H
#define MCNN_API_PROGRESS_H

#include "api/import.h"

/* As mcnn_check_output(). */
mnistcnn_status mcnn_check_progress(const mnistcnn_progress *progress);

/* `to` was checked, or is NULL. */
void mcnn_copy_out_progress(const mnistcnn_progress *from, mnistcnn_progress *to);

/* Checks `progress` and fills it; MNISTCNN_NOT_FOUND before there is any. */
mnistcnn_status mcnn_copy_out_monitored(const mnistcnn_monitor *monitor,
                                        mnistcnn_progress *progress);

#endif
