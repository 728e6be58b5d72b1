#include "http/wake.h"

#include <poll.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

bool wake_open(wake *w) {
  atomic_init(&w->is_set, false);
  w->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  return w->event >= 0;
}

void wake_close(wake *w) {
  if (w->event >= 0)
    close(w->event);
  w->event = -1;
}

/* One write is enough until the thread has woken. */
void wake_up(wake *w) {
  const uint64_t one = 1;

  if (atomic_exchange(&w->is_set, true))
    return;
  if (write(w->event, &one, sizeof one) < 0)
    atomic_store(&w->is_set, false); /* the next one tries again */
}

void wake_wait(wake *w, int descriptor, int milliseconds) {
  struct pollfd both[2] = {{.fd = descriptor, .events = POLLIN},
                           {.fd = w->event, .events = POLLIN}};
  uint64_t count;

  if (poll(both, 2, milliseconds) <= 0 || !(both[1].revents & POLLIN))
    return;
  /* Cleared before what was done meanwhile is looked for, so that nothing is missed. */
  if (read(w->event, &count, sizeof count) < 0)
    return;
  atomic_store(&w->is_set, false);
}
