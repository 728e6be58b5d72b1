#include "system/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "text/number.h"

enum { FIRST_INHERITED = 3, BACKLOG = 4096, HOST_CAPACITY = 256 };

/* Cuts "HOST:PORT" in two; the host may stand in brackets. */
static const char *split(const char *address, char *host) {
  const char *const colon = strrchr(address, ':');
  size_t length = colon ? (size_t)(colon - address) : 0;

  if (!colon || length == 0 || length >= HOST_CAPACITY)
    return NULL;
  if (address[0] == '[' && address[length - 1] == ']') {
    address++;
    length -= 2;
  }
  memcpy(host, address, length);
  host[length] = '\0';
  return colon + 1;
}

static int open_socket(const struct addrinfo *info) {
  const int on = 1;
  const int s = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

  if (s < 0)
    return -1;
  if (setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) ||
      bind(s, info->ai_addr, info->ai_addrlen) || listen(s, BACKLOG)) {
    const int error = errno;
    close(s);
    errno = error;
    return -1;
  }
  return s;
}

int listen_at(const char *address, char *reason, size_t capacity) {
  const struct addrinfo wanted = {.ai_socktype = SOCK_STREAM,
                                  .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
  struct addrinfo *found = NULL;
  char host[HOST_CAPACITY];
  uint64_t number;

  const char *const port = split(address, host);
  if (!port || !number_read(port, UINT16_MAX, &number)) {
    (void)snprintf(reason, capacity, "%s: an address is HOST:PORT, with a port of at most 65535",
                   address);
    return -1;
  }
  const int failure = getaddrinfo(host, port, &wanted, &found);
  if (failure) {
    (void)snprintf(reason, capacity, "%s: %s", address, gai_strerror(failure));
    return -1;
  }
  const int s = open_socket(found);
  if (s < 0)
    (void)snprintf(reason, capacity, "%s: %s", address, strerror(errno));
  freeaddrinfo(found);
  return s;
}

void listen_name(int socket, char *text, size_t capacity) {
  struct sockaddr_storage address;
  socklen_t length = sizeof address;
  char host[NI_MAXHOST], port[NI_MAXSERV];

  if (getsockname(socket, (struct sockaddr *)&address, &length) ||
      getnameinfo((const struct sockaddr *)&address, length, host, sizeof host, port, sizeof port,
                  NI_NUMERICHOST | NI_NUMERICSERV))
    (void)snprintf(text, capacity, "a socket without an address");
  else
    (void)snprintf(text, capacity, strchr(host, ':') ? "[%s]:%s" : "%s:%s", host, port);
}

size_t listen_inherited(int *sockets, size_t most) {
  const char *const process = getenv("LISTEN_PID"), *const number = getenv("LISTEN_FDS");
  uint64_t pid = 0, count = 0;

  if (!process || !number || !number_read(process, UINT32_MAX, &pid) || pid != (uint64_t)getpid() ||
      !number_read(number, most, &count))
    return 0;
  for (size_t i = 0; i < count; i++) {
    sockets[i] = FIRST_INHERITED + (int)i;
    (void)fcntl(sockets[i], F_SETFD, FD_CLOEXEC);
    (void)fcntl(sockets[i], F_SETFL, fcntl(sockets[i], F_GETFL) | O_NONBLOCK);
  }
  return (size_t)count;
}
