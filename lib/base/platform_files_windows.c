/* Files, folders, error texts and shared libraries of Windows. Paths are UTF-8 here and UTF-16
 * there; open files are descriptors of the C run-time, so that errors are numbers of errno.h. */
#define _CRT_RAND_S // NOLINT(bugprone-reserved-identifier): rand_s(), whose numbers cannot be
                    // guessed

#include "base/platform.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <share.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <windows.h>

enum { MAX_ATTEMPTS = 100 };

/* Descriptors take ints. */
static const size_t max_transfer_bytes = (size_t)1 << 30;

/* --- names and errors ------------------------------------------------------------------------- */

static int wide_path(const char *path, wchar_t wide[MCNN_MAX_PATH_BYTES]) {
  if (MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, wide, MCNN_MAX_PATH_BYTES) > 0)
    return 0;
  return GetLastError() == ERROR_INSUFFICIENT_BUFFER ? ENAMETOOLONG : EILSEQ;
}

static int error_of_system(void) {
  switch (GetLastError()) {
  case ERROR_FILE_NOT_FOUND:
  case ERROR_PATH_NOT_FOUND:
  case ERROR_INVALID_NAME:
  case ERROR_BAD_PATHNAME:
  case ERROR_BAD_NETPATH:
    return ENOENT;
  case ERROR_ACCESS_DENIED:
  case ERROR_SHARING_VIOLATION:
  case ERROR_LOCK_VIOLATION:
    return EACCES;
  case ERROR_DIRECTORY:
    return ENOTDIR;
  case ERROR_DISK_FULL:
  case ERROR_HANDLE_DISK_FULL:
    return ENOSPC;
  case ERROR_WRITE_PROTECT:
    return EROFS;
  case ERROR_FILENAME_EXCED_RANGE:
    return ENAMETOOLONG;
  case ERROR_NOT_ENOUGH_MEMORY:
  case ERROR_OUTOFMEMORY:
    return ENOMEM;
  case ERROR_TOO_MANY_OPEN_FILES:
    return EMFILE;
  default:
    return EIO;
  }
}

void mcnn_error_text(int error, char *text, size_t capacity) {
  assert(capacity > 0);
  if (strerror_s(text, capacity, error) != 0)
    text[0] = '\0';
}

static int is_separator(char c) {
  return c == '/' || c == '\\';
}

size_t mcnn_path_folder_bytes(const char *path) {
  size_t bytes = path[0] != '\0' && path[1] == ':' ? 2 : 0; /* of a drive */
  for (size_t i = bytes; path[i] != '\0'; i++)
    if (is_separator(path[i]))
      bytes = i + 1;
  return bytes;
}

/* --- what files are --------------------------------------------------------------------------- */

static mcnn_file_kind kind_of(DWORD attributes) {
  if ((attributes & FILE_ATTRIBUTE_DIRECTORY) != 0)
    return MCNN_FILE_FOLDER;
  return (attributes & FILE_ATTRIBUTE_DEVICE) != 0 ? MCNN_FILE_OTHER : MCNN_FILE_REGULAR;
}

int mcnn_file_get_info(mcnn_file file, mcnn_file_info *info) {
  struct _stat64 st;

  if (_fstat64(file, &st) != 0)
    return errno;
  info->kind = (st.st_mode & _S_IFMT) == _S_IFREG   ? MCNN_FILE_REGULAR
               : (st.st_mode & _S_IFMT) == _S_IFDIR ? MCNN_FILE_FOLDER
                                                    : MCNN_FILE_OTHER;
  info->size_bytes = (uint64_t)st.st_size;
  return 0;
}

int mcnn_path_info(const char *path, mcnn_file_info *info) {
  wchar_t wide[MCNN_MAX_PATH_BYTES];
  WIN32_FILE_ATTRIBUTE_DATA data;
  const int error = wide_path(path, wide);

  if (error != 0)
    return error;
  if (!GetFileAttributesExW(wide, GetFileExInfoStandard, &data))
    return error_of_system();
  info->kind = kind_of(data.dwFileAttributes);
  info->size_bytes = (uint64_t)data.nFileSizeHigh << 32 | data.nFileSizeLow;
  return 0;
}

int mcnn_path_may_be_written(const char *path) {
  enum { MAY_WRITE = 2 };
  wchar_t wide[MCNN_MAX_PATH_BYTES];
  const int error = wide_path(path, wide);

  if (error != 0)
    return error;
  return _waccess(wide, MAY_WRITE) == 0 ? 0 : errno;
}

/* --- open files ------------------------------------------------------------------------------- */

/* Folders and devices are recognised before they are opened: a folder cannot be, and a pipe's other
 * end might be waited for. */
int mcnn_file_open(const char *path, mcnn_file *file) {
  wchar_t wide[MCNN_MAX_PATH_BYTES];
  mcnn_file_info info;
  int error = wide_path(path, wide);

  *file = MCNN_NO_FILE;
  if (error == 0)
    error = mcnn_path_info(path, &info);
  if (error == 0 && info.kind == MCNN_FILE_FOLDER)
    error = EISDIR;
  if (error == 0)
    error = _wsopen_s(file, wide, _O_RDONLY | _O_BINARY | _O_NOINHERIT, _SH_DENYNO, 0);
  return error;
}

/* Folders need not, and cannot, be synchronised: "may not be read". */
int mcnn_file_open_folder(const char *path, mcnn_file *folder) {
  mcnn_file_info info;
  const int error = mcnn_path_info(path, &info);

  *folder = MCNN_NO_FILE;
  if (error != 0)
    return error;
  return info.kind == MCNN_FILE_FOLDER ? EACCES : ENOTDIR;
}

static unsigned transfer_bytes(size_t left) {
  return (unsigned)(left < max_transfer_bytes ? left : max_transfer_bytes);
}

int mcnn_file_read(mcnn_file file, void *data, size_t size_bytes, size_t *read_bytes) {
  unsigned char *const bytes = data;

  for (*read_bytes = 0; *read_bytes < size_bytes;) {
    const int got = _read(file, bytes + *read_bytes, transfer_bytes(size_bytes - *read_bytes));
    if (got < 0)
      return errno;
    if (got == 0)
      break;
    *read_bytes += (size_t)got;
  }
  return 0;
}

int mcnn_file_write(mcnn_file file, const void *data, size_t size_bytes) {
  const unsigned char *const bytes = data;

  for (size_t done = 0; done < size_bytes;) {
    const int written = _write(file, bytes + done, transfer_bytes(size_bytes - done));
    if (written < 0)
      return errno;
    if (written == 0)
      return ENOSPC;
    done += (size_t)written;
  }
  return 0;
}

int mcnn_file_sync(mcnn_file file) {
  return _commit(file) == 0 ? 0 : errno;
}

int mcnn_file_close(mcnn_file file) {
  return _close(file) == 0 ? 0 : errno;
}

/* --- temporary files -------------------------------------------------------------------------- */

/* In the folder of `path`; it does not derive from the file's name, which may already be as long as
 * names can be. */
static int make_name(const char *path, char name[MCNN_MAX_PATH_BYTES]) {
  const size_t folder = mcnn_path_folder_bytes(path);
  const size_t capacity = MCNN_MAX_PATH_BYTES - folder;
  unsigned high, low;

  if (rand_s(&high) != 0 || rand_s(&low) != 0)
    return EIO;
  memcpy(name, path, folder);
  const int length = snprintf(name + folder, capacity, ".mnistcnn-%08x%08x.tmp", high, low);
  return length > 0 && (size_t)length < capacity ? 0 : ENAMETOOLONG;
}

/* Who may do what follows from the folder. */
int mcnn_temporary_create(const char *path, int is_private, mcnn_file *file,
                          char name[MCNN_MAX_PATH_BYTES]) {
  const int flags = _O_WRONLY | _O_CREAT | _O_EXCL | _O_BINARY | _O_NOINHERIT;
  wchar_t wide[MCNN_MAX_PATH_BYTES];
  int error = EEXIST;

  (void)is_private;
  for (int attempt = 0; attempt < MAX_ATTEMPTS && error == EEXIST; attempt++) {
    error = make_name(path, name);
    if (error == 0)
      error = wide_path(name, wide);
    if (error == 0)
      error = _wsopen_s(file, wide, flags, _SH_DENYRW, _S_IREAD | _S_IWRITE);
  }
  if (error != 0)
    name[0] = '\0';
  return error;
}

int mcnn_path_remove(const char *path) {
  wchar_t wide[MCNN_MAX_PATH_BYTES];
  const int error = wide_path(path, wide);

  if (error != 0)
    return error;
  return DeleteFileW(wide) ? 0 : error_of_system();
}

void mcnn_temporary_discard(mcnn_file file, const char *name) {
  (void)_close(file);
  (void)mcnn_path_remove(name);
}

int mcnn_temporary_replace(mcnn_file file, char name[MCNN_MAX_PATH_BYTES], const char *path) {
  wchar_t from[MCNN_MAX_PATH_BYTES], to[MCNN_MAX_PATH_BYTES];
  int error = mcnn_file_close(file);

  if (error == 0)
    error = wide_path(name, from);
  if (error == 0)
    error = wide_path(path, to);
  if (error == 0 && !MoveFileExW(from, to, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH))
    error = error_of_system();
  if (error != 0)
    (void)mcnn_path_remove(name);
  return error;
}

/* The folder's rules hold for both. */
int mcnn_file_copy_access(mcnn_file file, const char *path) {
  (void)file, (void)path;
  return 0;
}

/* --- links ------------------------------------------------------------------------------------ */

/* What a link leads to; where that does not exist the link stays, and is replaced. */
int mcnn_path_follow_links(char path[MCNN_MAX_PATH_BYTES]) {
  wchar_t wide[MCNN_MAX_PATH_BYTES];
  char target[MCNN_MAX_PATH_BYTES];
  const int error = wide_path(path, wide);

  if (error != 0)
    return error;
  const DWORD attributes = GetFileAttributesW(wide);
  if (attributes == INVALID_FILE_ATTRIBUTES || (attributes & FILE_ATTRIBUTE_REPARSE_POINT) == 0)
    return 0;
  const HANDLE file = CreateFileW(wide, 0, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                                  NULL, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
  if (file == INVALID_HANDLE_VALUE)
    return 0;
  const DWORD length = GetFinalPathNameByHandleW(file, wide, MCNN_MAX_PATH_BYTES, 0);
  CloseHandle(file);
  if (length == 0 || length >= MCNN_MAX_PATH_BYTES)
    return ENAMETOOLONG;
  if (WideCharToMultiByte(CP_UTF8, 0, wide, -1, target, sizeof target, NULL, NULL) == 0)
    return ENAMETOOLONG;
  memcpy(path, target, strlen(target) + 1);
  return 0;
}

/* --- folders ---------------------------------------------------------------------------------- */

struct mcnn_folder {
  HANDLE search;
  WIN32_FIND_DATAW entry;
  int is_read; /* `entry` is still to be returned */
  char name[3 * MAX_PATH + 1];
};

int mcnn_folder_open(const char *path, mcnn_folder **out) {
  wchar_t wide[MCNN_MAX_PATH_BYTES + 2];
  mcnn_file_info info;
  int error = mcnn_path_info(path, &info);

  *out = NULL;
  if (error == 0 && info.kind != MCNN_FILE_FOLDER)
    error = ENOTDIR;
  if (error == 0)
    error = wide_path(path, wide);
  if (error != 0)
    return error;
  mcnn_folder *const folder = malloc(sizeof *folder);
  if (!folder)
    return ENOMEM;
  wcscat(wide, L"/*");
  folder->search = FindFirstFileW(wide, &folder->entry);
  folder->is_read = folder->search != INVALID_HANDLE_VALUE;
  if (!folder->is_read) {
    error = error_of_system();
    free(folder);
    return error;
  }
  *out = folder;
  return 0;
}

int mcnn_folder_next(mcnn_folder *folder, const char **name, mcnn_file_kind *kind) {
  *name = NULL;
  *kind = MCNN_FILE_UNKNOWN;
  if (!folder->is_read && !FindNextFileW(folder->search, &folder->entry))
    return GetLastError() == ERROR_NO_MORE_FILES ? 0 : error_of_system();
  folder->is_read = 0;
  if (WideCharToMultiByte(CP_UTF8, 0, folder->entry.cFileName, -1, folder->name,
                          sizeof folder->name, NULL, NULL) == 0)
    return EILSEQ;
  *name = folder->name;
  if ((folder->entry.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) == 0)
    *kind = kind_of(folder->entry.dwFileAttributes);
  return 0;
}

void mcnn_folder_close(mcnn_folder *folder) {
  (void)FindClose(folder->search);
  free(folder);
}

/* --- shared libraries ------------------------------------------------------------------------- */

mcnn_library *mcnn_library_load(const char *name) {
  return (mcnn_library *)(void *)LoadLibraryExA(name, NULL, LOAD_LIBRARY_SEARCH_DEFAULT_DIRS);
}

mcnn_function mcnn_library_function(mcnn_library *library, const char *name) {
  const FARPROC address = GetProcAddress((HMODULE)(void *)library, name);
  mcnn_function function;

  _Static_assert(sizeof function == sizeof address, "functions are functions");
  memcpy(&function, &address, sizeof function);
  return function;
}

int mcnn_memory_is_limited(void) {
  return 0;
}
