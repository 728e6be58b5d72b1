#ifndef SERVER_SYSTEM_MESSAGE_H
#define SERVER_SYSTEM_MESSAGE_H

/* One JSON line on standard error: {"time": ..., "level": ..., "message": ...}. */
__attribute__((format(printf, 1, 2))) void message_info(const char *format, ...);
__attribute__((format(printf, 1, 2))) void message_error(const char *format, ...);

#endif
