/* Monitors, and the progress that is copied out of them. */
#include "api/check.h"
#include "api/progress.h"
#include "base/monitor.h"

mnistcnn_status mnistcnn_monitor_create(const mnistcnn_allocator *allocator,
                                        mnistcnn_monitor **monitor) {
  mcnn_alloc alloc;
  MCNN_REQUIRE(monitor);
  *monitor = NULL;
  const mnistcnn_status status = mcnn_import_allocator(allocator, &alloc);
  if (status != MNISTCNN_OK)
    return status;
  mnistcnn_monitor *const created = mcnn_alloc_array(&alloc, 1, sizeof *created);
  if (!created)
    return MNISTCNN_OUT_OF_MEMORY;
  mcnn_monitor_init(created, &alloc);
  *monitor = created;
  return MNISTCNN_OK;
}

void mnistcnn_monitor_free(mnistcnn_monitor *monitor) {
  if (!monitor)
    return;
  const mcnn_alloc alloc = monitor->alloc;
  mcnn_free(&alloc, monitor);
}

void mnistcnn_monitor_cancel(mnistcnn_monitor *monitor) {
  if (monitor)
    mcnn_monitor_cancel(monitor);
}

mnistcnn_status mnistcnn_monitor_progress(const mnistcnn_monitor *monitor,
                                          mnistcnn_progress *progress) {
  MCNN_REQUIRE(monitor);
  return mcnn_copy_out_monitored(monitor, progress);
}

/* --- progress --------------------------------------------------------------------------------- */

static const char type[] = "mnistcnn_progress";
enum { FIRST_SIZE = MCNN_SIZE_THROUGH(mnistcnn_progress, validation_binary_accuracy) };

mnistcnn_status mcnn_check_progress(const mnistcnn_progress *progress) {
  return mcnn_check_output(type, progress, FIRST_SIZE);
}

void mcnn_copy_out_progress(const mnistcnn_progress *from, mnistcnn_progress *to) {
  if (to)
    (void)mcnn_export_options(type, from, FIRST_SIZE, sizeof *from, to, to->struct_size);
}

mnistcnn_status mcnn_copy_out_monitored(const mnistcnn_monitor *monitor,
                                        mnistcnn_progress *progress) {
  mnistcnn_progress latest;
  MCNN_REQUIRE(progress);
  const mnistcnn_status status = mcnn_check_progress(progress);
  if (status != MNISTCNN_OK)
    return status;
  if (!mcnn_monitor_read(monitor, &latest))
    return mcnn_fail(MNISTCNN_NOT_FOUND, "there has been no progress yet");
  mcnn_copy_out_progress(&latest, progress);
  return MNISTCNN_OK;
}
