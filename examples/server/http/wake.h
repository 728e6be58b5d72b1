/* Ends the waiting of a thread that serves connections, for other threads: libmicrohttpd has
 * nothing of the kind for loops that are not its own. */
#ifndef SERVER_HTTP_WAKE_H
#define SERVER_HTTP_WAKE_H

#include <stdatomic.h>
#include <stdbool.h>

typedef struct wake {
  int event; /* an eventfd */
  atomic_bool is_set;
} wake;

bool wake_open(wake *w);
void wake_close(wake *w);

/* By any thread. */
void wake_up(wake *w);

/* Waits until it is woken, `descriptor` is readable, or the time is over. */
void wake_wait(wake *w, int descriptor, int milliseconds);

#endif
