#include "system/notify.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void notify_manager(const char *state) {
  const char *const path = getenv("NOTIFY_SOCKET");
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  const size_t length = path ? strlen(path) : 0;

  if (length < 2 || length >= sizeof address.sun_path || (*path != '/' && *path != '@'))
    return;
  memcpy(address.sun_path, path, length);
  if (*path == '@')
    address.sun_path[0] = '\0'; /* of the abstract name space */
  const int s = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (s < 0)
    return;
  (void)sendto(s, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&address,
               (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
  close(s);
}
