#include "service/service.h"

#include "metrics/metrics.h"

bool service_ready(const service *s) {
  const bool ready = !atomic_load(&s->drains) && pool_alive(s->pool) > 0;

  metrics_set(METRIC_READY, ready);
  return ready;
}
