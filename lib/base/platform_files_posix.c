/* Files, folders and error texts by POSIX. Calls that a signal interrupted are repeated. */

/* glibc shows d_type, which saves a stat() per file, only with this. */
#define _DEFAULT_SOURCE // NOLINT(bugprone-reserved-identifier): made for this

#include "base/platform.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_LINKS = 40 };

/* Some systems refuse larger single transfers. */
static const size_t max_transfer_bytes = (size_t)1 << 30;

static size_t transfer_bytes(size_t left) {
  return left < max_transfer_bytes ? left : max_transfer_bytes;
}

static int error_of(int result) {
  return result == 0 ? 0 : errno;
}

/* --- open files ------------------------------------------------------------------------------- */

static int open_file(const char *path, int flags, mcnn_file *file) {
  do {
    *file = open(path, flags | O_CLOEXEC);
  } while (*file < 0 && errno == EINTR);
  return *file < 0 ? errno : 0;
}

/* O_NONBLOCK: opening a FIFO must not wait for its writer; regular files ignore it. */
int mcnn_file_open(const char *path, mcnn_file *file) {
  return open_file(path, O_RDONLY | O_NONBLOCK | O_NOCTTY, file);
}

int mcnn_file_open_folder(const char *path, mcnn_file *folder) {
  return open_file(path, O_RDONLY | O_DIRECTORY, folder);
}

int mcnn_file_read(mcnn_file file, void *data, size_t size_bytes, size_t *read_bytes) {
  unsigned char *const bytes = data;

  for (*read_bytes = 0; *read_bytes < size_bytes;) {
    const ssize_t got = read(file, bytes + *read_bytes, transfer_bytes(size_bytes - *read_bytes));
    if (got == 0)
      break;
    if (got > 0)
      *read_bytes += (size_t)got;
    else if (errno != EINTR)
      return errno;
  }
  return 0;
}

int mcnn_file_write(mcnn_file file, const void *data, size_t size_bytes) {
  const unsigned char *const bytes = data;

  for (size_t done = 0; done < size_bytes;) {
    const ssize_t written = write(file, bytes + done, transfer_bytes(size_bytes - done));
    if (written == 0)
      return ENOSPC;
    if (written > 0)
      done += (size_t)written;
    else if (errno != EINTR)
      return errno;
  }
  return 0;
}

int mcnn_file_sync(mcnn_file file) {
  return error_of(fsync(file));
}

int mcnn_file_close(mcnn_file file) {
  return error_of(close(file));
}

/* --- what files are --------------------------------------------------------------------------- */

static mcnn_file_info info_of(const struct stat *st) {
  const mcnn_file_info info = {
      .kind = S_ISREG(st->st_mode)   ? MCNN_FILE_REGULAR
              : S_ISDIR(st->st_mode) ? MCNN_FILE_FOLDER
                                     : MCNN_FILE_OTHER,
      .size_bytes = (uint64_t)st->st_size,
  };
  return info;
}

int mcnn_file_get_info(mcnn_file file, mcnn_file_info *info) {
  struct stat st;

  if (fstat(file, &st) != 0)
    return errno;
  *info = info_of(&st);
  return 0;
}

int mcnn_path_info(const char *path, mcnn_file_info *info) {
  struct stat st;

  if (stat(path, &st) != 0)
    return errno;
  *info = info_of(&st);
  return 0;
}

int mcnn_path_may_be_written(const char *path) {
  return error_of(faccessat(AT_FDCWD, path, W_OK, AT_EACCESS));
}

/* --- paths ------------------------------------------------------------------------------------ */

size_t mcnn_path_folder_bytes(const char *path) {
  const char *const slash = strrchr(path, '/');

  return !slash ? 0 : (size_t)(slash - path) + 1;
}

/* Replaces `path` by the target of its link, which is relative to the link's folder. */
static int replace_by_target(char path[MCNN_MAX_PATH_BYTES], const char *target) {
  const size_t folder = target[0] == '/' ? 0 : mcnn_path_folder_bytes(path);
  const size_t length = strlen(target);

  if (folder + length >= MCNN_MAX_PATH_BYTES)
    return ENAMETOOLONG;
  memcpy(path + folder, target, length + 1);
  return 0;
}

static int folder_stat(char path[MCNN_MAX_PATH_BYTES], struct stat *st) {
  const size_t length = mcnn_path_folder_bytes(path);
  const char next = path[length];

  path[length] = '\0';
  const int result = stat(length > 0 ? path : ".", st);
  path[length] = next;
  return error_of(result);
}

/* As Linux's fs.protected_symlinks: not where somebody else may have put the link. */
static int check_link(char path[MCNN_MAX_PATH_BYTES]) {
  struct stat link;
  struct stat folder;

  if (lstat(path, &link) != 0)
    return errno;
  const int error = folder_stat(path, &folder);
  if (error != 0)
    return error;
  const int is_shared = (folder.st_mode & S_ISVTX) && (folder.st_mode & S_IWOTH);
  return is_shared && link.st_uid != geteuid() && link.st_uid != folder.st_uid ? EPERM : 0;
}

int mcnn_path_follow_links(char path[MCNN_MAX_PATH_BYTES]) {
  char target[MCNN_MAX_PATH_BYTES];

  for (int followed = 0; followed <= MAX_LINKS; followed++) {
    const ssize_t length = readlink(path, target, sizeof target - 1);
    if (length < 0)
      return errno == EINVAL || errno == ENOENT ? 0 : errno; /* EINVAL: it is no link */
    target[length] = '\0';
    int error = check_link(path);
    if (error == 0)
      error = replace_by_target(path, target);
    if (error != 0)
      return error;
  }
  return ELOOP;
}

void mcnn_error_text(int error, char *text, size_t capacity) {
  assert(capacity > 0);
  if (strerror_r(error, text, capacity) != 0)
    text[0] = '\0';
}

/* --- folders ---------------------------------------------------------------------------------- */

/* An mcnn_folder is a DIR by another name. */
static DIR *stream_of(mcnn_folder *folder) {
  return (DIR *)(void *)folder;
}

static mcnn_file_kind kind_of(const struct dirent *entry) {
#ifdef DT_UNKNOWN
  if (entry->d_type == DT_REG)
    return MCNN_FILE_REGULAR;
  if (entry->d_type == DT_DIR)
    return MCNN_FILE_FOLDER;
#else
  (void)entry;
#endif
  return MCNN_FILE_UNKNOWN; /* links too: what they lead to is what counts */
}

int mcnn_folder_open(const char *path, mcnn_folder **folder) {
  DIR *const stream = opendir(path);

  *folder = (mcnn_folder *)(void *)stream;
  return stream ? 0 : errno;
}

int mcnn_folder_next(mcnn_folder *folder, const char **name, mcnn_file_kind *kind) {
  errno = 0;
  /* Safe: no other thread has this stream. */
  const struct dirent *const entry = readdir(stream_of(folder)); // NOLINT(concurrency-mt-unsafe)

  *name = entry ? entry->d_name : NULL;
  *kind = entry ? kind_of(entry) : MCNN_FILE_UNKNOWN;
  return entry ? 0 : errno;
}

void mcnn_folder_close(mcnn_folder *folder) {
  (void)closedir(stream_of(folder));
}
