#ifndef SERVER_SYSTEM_CLOCK_H
#define SERVER_SYSTEM_CLOCK_H

#include <stdint.h>

/* A clock that is never set. */
int64_t clock_ms(void);
int64_t clock_us(void);

/* "2026-01-31T12:00:00.123Z", the time of day: at least 25 bytes. */
void clock_stamp(char *text);

#endif
