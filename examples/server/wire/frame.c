#include "wire/frame.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "system/clock.h"

typedef struct frame_header {
  uint32_t kind;
  uint32_t reserved; /* 0 */
  uint64_t size;
} frame_header;

static bool wait_for(int socket, short events, int64_t deadline) {
  struct pollfd poll_one = {.fd = socket, .events = events};

  for (;;) {
    const int64_t left = deadline - clock_ms();
    if (left <= 0)
      return false;
    const int ready = poll(&poll_one, 1, left < 60000 ? (int)left : 60000);
    if (ready > 0)
      return true;
    if (ready < 0 && errno != EINTR)
      return false;
  }
}

/* Skips what has been sent. */
static void advance(struct iovec *parts, size_t sent) {
  for (int i = 0; i < 2 && sent > 0; i++) {
    const size_t taken = sent < parts[i].iov_len ? sent : parts[i].iov_len;
    parts[i].iov_base = (uint8_t *)parts[i].iov_base + taken;
    parts[i].iov_len -= taken;
    sent -= taken;
  }
}

bool frame_send(int socket, uint32_t kind, const buffer *content, int64_t deadline) {
  frame_header header = {.kind = kind, .size = content->size};
  struct iovec parts[2] = {{&header, sizeof header}, {content->data, content->size}};
  struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
  const int flags = MSG_NOSIGNAL | (deadline ? MSG_DONTWAIT : 0);

  while (parts[0].iov_len + parts[1].iov_len > 0) {
    const ssize_t sent = sendmsg(socket, &message, flags);
    if (sent >= 0)
      advance(parts, (size_t)sent);
    else if (errno == EAGAIN && deadline) {
      if (!wait_for(socket, POLLOUT, deadline))
        return false;
    } else if (errno != EINTR)
      return false;
  }
  return true;
}

static bool receive(int socket, void *data, size_t size, int64_t deadline) {
  uint8_t *at = data;

  while (size > 0) {
    if (deadline && !wait_for(socket, POLLIN, deadline))
      return false;
    const ssize_t got = recv(socket, at, size, 0);
    if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN))
      return false;
    if (got > 0) {
      at += got;
      size -= (size_t)got;
    }
  }
  return true;
}

bool frame_receive(int socket, uint32_t *kind, buffer *content, size_t most, int64_t deadline) {
  frame_header header = {0};

  buffer_clear(content);
  if (!receive(socket, &header, sizeof header, deadline) || header.size > most ||
      !buffer_reserve(content, (size_t)header.size) ||
      !receive(socket, content->data, (size_t)header.size, deadline))
    return false;
  content->size = (size_t)header.size;
  *kind = header.kind;
  return true;
}
