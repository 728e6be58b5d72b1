#include "base/monitor.h"

#include <string.h>

_Static_assert(sizeof(mnistcnn_progress) % sizeof(uint64_t) == 0, "it is copied word by word");

void mcnn_monitor_init(mnistcnn_monitor *monitor, const mcnn_alloc *alloc) {
  monitor->alloc = *alloc;
  atomic_init(&monitor->cancelled, 0);
  atomic_init(&monitor->sequence, 0);
  for (size_t i = 0; i < MCNN_PROGRESS_WORDS; i++)
    atomic_init(&monitor->words[i], 0);
}

void mcnn_monitor_publish(mnistcnn_monitor *monitor, const mnistcnn_progress *progress) {
  uint64_t words[MCNN_PROGRESS_WORDS];
  const unsigned sequence = atomic_load_explicit(&monitor->sequence, memory_order_relaxed);
  memcpy(words, progress, sizeof words);
  atomic_store_explicit(&monitor->sequence, sequence + 1, memory_order_relaxed);
  /* Whoever sees one of these words also sees the odd sequence number before it. */
  for (size_t i = 0; i < MCNN_PROGRESS_WORDS; i++)
    atomic_store_explicit(&monitor->words[i], words[i], memory_order_release);
  atomic_store_explicit(&monitor->sequence, sequence + 2, memory_order_release);
}

int mcnn_monitor_read(const mnistcnn_monitor *monitor, mnistcnn_progress *progress) {
  uint64_t words[MCNN_PROGRESS_WORDS] = {0};
  unsigned before, after;
  do {
    before = atomic_load_explicit(&monitor->sequence, memory_order_acquire);
    for (size_t i = 0; i < MCNN_PROGRESS_WORDS; i++)
      words[i] = atomic_load_explicit(&monitor->words[i], memory_order_acquire);
    after = atomic_load_explicit(&monitor->sequence, memory_order_relaxed);
  } while (before != after || before % 2 != 0);
  memcpy(progress, words, sizeof words);
  return progress->struct_size != 0;
}

void mcnn_monitor_cancel(mnistcnn_monitor *monitor) {
  atomic_store_explicit(&monitor->cancelled, 1, memory_order_relaxed);
}

int mcnn_monitor_take_cancel(mnistcnn_monitor *monitor) {
  return monitor && atomic_load_explicit(&monitor->cancelled, memory_order_relaxed) &&
         atomic_exchange_explicit(&monitor->cancelled, 0, memory_order_relaxed);
}

int mcnn_report_progress(const mnistcnn_progress *progress, mnistcnn_progress_callback callback,
                         void *user, mnistcnn_monitor *monitor) {
  if (monitor)
    mcnn_monitor_publish(monitor, progress);
  const int refused = callback && callback(progress, user) != 0;
  return mcnn_monitor_take_cancel(monitor) || refused;
}
