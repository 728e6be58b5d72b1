#include "system/os.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- paths ------------------------------------------------------------------------------------ */

bool os_look_up(const char *path, os_entry *entry) {
  struct stat status;

  if (stat(path, &status) != 0)
    return false;
  entry->kind = S_ISREG(status.st_mode) ? OS_FILE : S_ISDIR(status.st_mode) ? OS_FOLDER : OS_OTHER;
  entry->device = (uint64_t)status.st_dev;
  entry->number = (uint64_t)status.st_ino;
  return true;
}

bool os_is_taken(const char *path) {
  struct stat status;

  return lstat(path, &status) == 0;
}

/* A target that is not absolute is in the folder of the link. */
bool os_follow_link(char *path, size_t capacity) {
  enum { MOST_BYTES = 4096 };
  char target[MOST_BYTES];
  const ssize_t length = readlink(path, target, sizeof target - 1);

  if (length <= 0)
    return false;
  target[length] = '\0';
  const size_t folder = target[0] == '/' ? 0 : os_folder_bytes(path);
  if (folder + (size_t)length >= capacity)
    return false;
  memcpy(path + folder, target, (size_t)length + 1);
  return true;
}

bool os_may_write(const char *path) {
  return access(path, W_OK) == 0;
}

bool os_may_create_in(const char *folder) {
  return access(folder, W_OK | X_OK) == 0;
}

bool os_is_separator(char c) {
  return c == '/';
}

size_t os_folder_bytes(const char *path) {
  const char *const slash = strrchr(path, '/');

  return slash ? (size_t)(slash + 1 - path) : 0;
}

/* --- folders and files ------------------------------------------------------------------------ */

bool os_make_folder(const char *path) {
  return mkdir(path, 0777) == 0;
}

bool os_make_temporary_folder(char *path, size_t capacity) {
  const char *const root = getenv("TMPDIR");
  const int length =
      snprintf(path, capacity, "%s/mnistcnn-XXXXXX", root && root[0] == '/' ? root : "/tmp");

  return length > 0 && (size_t)length < capacity && mkdtemp(path);
}

int os_open(const char *path) {
  return open(path, O_RDONLY);
}

/* Those of the file that is replaced, as far as this process may give them, or of a new file. */
static bool set_permissions(int descriptor, const char *replaced) {
  struct stat old;

  if (stat(replaced, &old) != 0) {
    const mode_t mask = umask(0);
    umask(mask);
    return fchmod(descriptor, 0666 & ~mask) == 0;
  }
  const bool same_group = fchown(descriptor, old.st_uid, old.st_gid) == 0 ||
                          fchown(descriptor, (uid_t)-1, old.st_gid) == 0;
  return fchmod(descriptor, old.st_mode & (same_group ? 0777 : 0707)) == 0;
}

FILE *os_open_temporary(char *name, const char *replaced) {
  const int descriptor = mkstemp(name);

  if (descriptor < 0)
    return NULL;
  FILE *const stream = set_permissions(descriptor, replaced) ? fdopen(descriptor, "w") : NULL;
  if (!stream) {
    const int error = errno;
    close(descriptor);
    unlink(name);
    errno = error;
  }
  return stream;
}

bool os_synchronise(FILE *stream) {
  return fsync(fileno(stream)) == 0;
}

bool os_replace(const char *from, const char *to) {
  return rename(from, to) == 0;
}

/* --- streams ---------------------------------------------------------------------------------- */

/* The wrong way round, so that using it is the error it would have been. The lower ones are open.
 */
static void occupy(int descriptor, int flags) {
  if (fcntl(descriptor, F_GETFD) == -1 && errno == EBADF)
    (void)open("/dev/null", flags); /* the lowest that is free */
}

void os_prepare_streams(void) {
  occupy(STDIN_FILENO, O_WRONLY);
  occupy(STDOUT_FILENO, O_RDONLY);
  occupy(STDERR_FILENO, O_RDONLY);
  signal(SIGXFSZ, SIG_IGN);
}

void os_outlive_readers(void) {
  signal(SIGPIPE, SIG_IGN);
}

bool os_is_readable(int descriptor, bool wait) {
  struct pollfd state = {.fd = descriptor, .events = POLLIN};
  int ready;

  do
    ready = poll(&state, 1, wait ? -1 : 0);
  while (ready < 0 && errno == EINTR);
  return ready != 0;
}

size_t os_terminal_columns(FILE *stream) {
  struct winsize window;

  return ioctl(fileno(stream), TIOCGWINSZ, &window) == 0 ? (size_t)window.ws_col : 0;
}
