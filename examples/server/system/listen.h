#ifndef SERVER_SYSTEM_LISTEN_H
#define SERVER_SYSTEM_LISTEN_H

#include <stddef.h>

/* A socket that listens at "HOST:PORT" ("[::1]:8080" for IPv6); -1, and the reason, on failure. */
int listen_at(const char *address, char *reason, size_t capacity);

/* Where a socket listens, in words: what port 0 has become. */
void listen_name(int socket, char *text, size_t capacity);

/* The sockets that systemd has opened (sd_listen_fds(3)), at most `most`; their number, 0 if there
 * are none. */
size_t listen_inherited(int *sockets, size_t most);

#endif
