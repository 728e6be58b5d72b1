/* Temporary files that replace others, by POSIX and with what Linux has beyond it: files without a
 * name, and access control lists. */

// NOLINTNEXTLINE(bugprone-reserved-identifier,readability-identifier-naming): made for this
#define _GNU_SOURCE /* O_TMPFILE and getentropy() */
// NOLINTNEXTLINE(bugprone-reserved-identifier,readability-identifier-naming): made for this
#define _DARWIN_C_SOURCE /* getentropy() on macOS */

#include "base/platform.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/xattr.h>
#elif defined(__APPLE__)
#include <sys/random.h> /* getentropy() */
#endif

enum {
  MAX_ATTEMPTS = 100,
  PRIVATE_MODE = 0600,
  NEW_FILE_MODE = 0666, /* less the process's mask */
  PERMISSION_BITS = 0777,
  GROUP_BITS = 070,
  MAX_ACL_BYTES = 4096,
  FD_PATH_CAPACITY = 32
};

/* --- names ------------------------------------------------------------------------------------ */

#if defined(__GLIBC__)
#define HAS_GETENTROPY __GLIBC_PREREQ(2, 25)
#else
#define HAS_GETENTROPY 1
#endif

#if !HAS_GETENTROPY
static int make_random(void *data, size_t size) {
  const int source = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
  if (source < 0)
    return errno;
  const ssize_t count = read(source, data, size);
  const int error = errno;
  close(source);
  if (count < 0)
    return error;
  return (size_t)count == size ? 0 : EIO;
}
#else
static int make_random(void *data, size_t size) {
  return getentropy(data, size) == 0 ? 0 : errno;
}
#endif

/* In the folder of `path`. The name does not derive from the file's, which may already be as long
 * as names can be. */
static int make_name(const char *path, char name[MCNN_MAX_PATH_BYTES]) {
  const size_t folder = mcnn_path_folder_bytes(path);
  const size_t capacity = MCNN_MAX_PATH_BYTES - folder;
  unsigned long long random;
  const int error = make_random(&random, sizeof random);

  if (error != 0)
    return error;
  memcpy(name, path, folder);
  const int length = snprintf(name + folder, capacity, ".mnistcnn-%016llx.tmp", random);
  return length > 0 && (size_t)length < capacity ? 0 : ENAMETOOLONG;
}

static int open_retrying(const char *path, int flags, mode_t mode, mcnn_file *file) {
  do {
    *file = open(path, flags | O_WRONLY | O_CLOEXEC, mode);
  } while (*file < 0 && errno == EINTR);
  return *file < 0 ? errno : 0;
}

static int create_named(const char *path, mode_t mode, mcnn_file *file,
                        char name[MCNN_MAX_PATH_BYTES]) {
  int error = EEXIST;

  for (int attempt = 0; attempt < MAX_ATTEMPTS && error == EEXIST; attempt++) {
    error = make_name(path, name);
    if (error == 0)
      error = open_retrying(name, O_CREAT | O_EXCL, mode, file);
  }
  if (error != 0)
    name[0] = '\0';
  return error;
}

/* --- files without a name --------------------------------------------------------------------- */

#if defined(O_TMPFILE)

/* What linkat() gives a name to; it needs /proc. */
static void fd_path(mcnn_file file, char path[FD_PATH_CAPACITY]) {
  snprintf(path, FD_PATH_CAPACITY, "/proc/self/fd/%d", file);
}

static int create_nameless(const char *path, mode_t mode, mcnn_file *file,
                           char scratch[MCNN_MAX_PATH_BYTES]) {
  const size_t folder = mcnn_path_folder_bytes(path);
  char link[FD_PATH_CAPACITY];

  memcpy(scratch, path, folder);
  scratch[folder] = '\0';
  const int error = open_retrying(folder > 0 ? scratch : ".", O_TMPFILE, mode, file);
  scratch[0] = '\0';
  if (error != 0)
    return error;
  fd_path(*file, link);
  if (access(link, F_OK) == 0)
    return 0;
  close(*file);
  return ENOENT;
}

static int name_it(mcnn_file file, const char *name) {
  char link[FD_PATH_CAPACITY];

  fd_path(file, link);
  return linkat(AT_FDCWD, link, AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0 ? 0 : errno;
}

#else

static int create_nameless(const char *path, mode_t mode, mcnn_file *file,
                           char scratch[MCNN_MAX_PATH_BYTES]) {
  (void)path, (void)mode, (void)file, (void)scratch;
  return ENOTSUP;
}

static int name_it(mcnn_file file, const char *name) {
  (void)file, (void)name;
  return ENOTSUP;
}

#endif

/* --- the temporary ---------------------------------------------------------------------------- */

/* A file system without files without names has several ways to say so; if something else is wrong,
 * it is wrong with the other way, too. */
int mcnn_temporary_create(const char *path, int is_private, mcnn_file *file,
                          char name[MCNN_MAX_PATH_BYTES]) {
  const mode_t mode = is_private ? PRIVATE_MODE : NEW_FILE_MODE;

  return create_nameless(path, mode, file, name) == 0 ? 0 : create_named(path, mode, file, name);
}

void mcnn_temporary_discard(mcnn_file file, const char *name) {
  close(file);
  if (name[0] != '\0')
    unlink(name);
}

int mcnn_path_remove(const char *path) {
  return unlink(path) == 0 ? 0 : errno;
}

static int rename_to(const char *name, const char *path) {
  if (rename(name, path) == 0)
    return 0;
  const int error = errno;
  unlink(name);
  return error;
}

/* A file that is to replace another needs a name for a moment: linkat() replaces nothing. */
static int replace_by_nameless(mcnn_file file, char name[MCNN_MAX_PATH_BYTES], const char *path) {
  int error = name_it(file, path);

  if (error != EEXIST)
    return error;
  for (int attempt = 0; attempt < MAX_ATTEMPTS && error == EEXIST; attempt++) {
    error = make_name(path, name);
    if (error == 0)
      error = name_it(file, name);
  }
  return error != 0 ? error : rename_to(name, path);
}

/* A close may be the first to report that a network's file system could not write. */
static int replace_by_named(mcnn_file file, const char *name, const char *path) {
  if (close(file) == 0)
    return rename_to(name, path);
  const int error = errno;
  unlink(name);
  return error;
}

int mcnn_temporary_replace(mcnn_file file, char name[MCNN_MAX_PATH_BYTES], const char *path) {
  if (name[0] != '\0')
    return replace_by_named(file, name, path);
  const int error = replace_by_nameless(file, name, path);
  close(file);
  return error;
}

/* --- who may do what -------------------------------------------------------------------------- */

#if defined(__linux__)

/* Without one, the list that the folder gave the new file goes. 0: it could not be copied. */
static int copy_acl(mcnn_file file, const char *path) {
  static const char attribute[] = "system.posix_acl_access";
  char acl[MAX_ACL_BYTES];
  const ssize_t size = getxattr(path, attribute, acl, sizeof acl);

  if (size >= 0)
    return fsetxattr(file, attribute, acl, (size_t)size, 0) == 0;
  const int is_plain = errno == ENODATA || errno == ENOTSUP;
  (void)fremovexattr(file, attribute);
  return is_plain;
}

#else

static int copy_acl(mcnn_file file, const char *path) {
  (void)file, (void)path;
  return 1;
}

#endif

/* Only root may give a file away; a group is kept by its members, too. */
static int copy_group(mcnn_file file, const struct stat *st) {
  return fchown(file, st->st_uid, st->st_gid) == 0 || fchown(file, (uid_t)-1, st->st_gid) == 0;
}

int mcnn_file_copy_access(mcnn_file file, const char *path) {
  struct stat st;

  if (stat(path, &st) != 0)
    return errno;
  mode_t mode = st.st_mode & PERMISSION_BITS;
  const int same_group = copy_group(file, &st);
  const int same_acl = copy_acl(file, path);
  /* Another group may do what everybody may. */
  if (!same_group || !same_acl)
    mode &= ~(mode_t)GROUP_BITS | mode << 3;
  return fchmod(file, mode) == 0 ? 0 : errno;
}
