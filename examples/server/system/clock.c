#include "system/clock.h"

#include <stdio.h>
#include <time.h>

int64_t clock_us(void) {
  struct timespec now;

  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_ms(void) {
  return clock_us() / 1000;
}

void clock_stamp(char *text) {
  struct timespec now;
  struct tm day;
  enum { BEFORE_FRACTION = 20, FRACTION = 8 };

  clock_gettime(CLOCK_REALTIME, &now);
  gmtime_r(&now.tv_sec, &day);
  (void)strftime(text, BEFORE_FRACTION, "%Y-%m-%dT%H:%M:%S", &day);
  (void)snprintf(text + BEFORE_FRACTION - 1, FRACTION, ".%03ldZ", now.tv_nsec / 1000000 % 1000);
}
