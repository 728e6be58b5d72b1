/* The manifest of the command asks for UTF-8, in which the system then takes and gives names
 * (Windows 10 of 2019 and newer). */
#define _CRT_RAND_S // NOLINT(bugprone-reserved-identifier): rand_s(), whose numbers cannot be
                    // guessed
#include "system/os.h"

#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <windows.h>

static bool fail_with(int error) {
  errno = error;
  return false;
}

static bool fail_with_error_of_system(void) {
  switch (GetLastError()) {
  case ERROR_FILE_NOT_FOUND:
  case ERROR_PATH_NOT_FOUND:
  case ERROR_INVALID_NAME:
  case ERROR_BAD_PATHNAME:
    return fail_with(ENOENT);
  case ERROR_ALREADY_EXISTS:
  case ERROR_FILE_EXISTS:
    return fail_with(EEXIST);
  case ERROR_ACCESS_DENIED:
  case ERROR_SHARING_VIOLATION:
    return fail_with(EACCES);
  case ERROR_DISK_FULL:
  case ERROR_HANDLE_DISK_FULL:
    return fail_with(ENOSPC);
  case ERROR_WRITE_PROTECT:
    return fail_with(EROFS);
  case ERROR_FILENAME_EXCED_RANGE:
    return fail_with(ENAMETOOLONG);
  default:
    return fail_with(EIO);
  }
}

/* --- paths ------------------------------------------------------------------------------------ */

/* An open file or folder tells its numbers; devices have none. */
bool os_look_up(const char *path, os_entry *entry) {
  BY_HANDLE_FILE_INFORMATION information;
  const HANDLE file = CreateFileA(path, 0, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                                  NULL, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);

  if (file == INVALID_HANDLE_VALUE)
    return fail_with_error_of_system();
  *entry = (os_entry){.kind = OS_OTHER};
  if (GetFileType(file) == FILE_TYPE_DISK && GetFileInformationByHandle(file, &information)) {
    entry->kind =
        (information.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0 ? OS_FOLDER : OS_FILE;
    entry->device = information.dwVolumeSerialNumber;
    entry->number = (uint64_t)information.nFileIndexHigh << 32 | information.nFileIndexLow;
  }
  CloseHandle(file);
  return true;
}

bool os_is_taken(const char *path) {
  return GetFileAttributesA(path) != INVALID_FILE_ATTRIBUTES;
}

/* Where a file does not exist, its name is taken for what it is. */
bool os_follow_link(char *path, size_t capacity) {
  (void)path, (void)capacity;
  return false;
}

bool os_may_write(const char *path) {
  enum { MAY_WRITE = 2 };

  return _access(path, MAY_WRITE) == 0;
}

/* Access is a matter of lists, which only trying asks. */
bool os_may_create_in(const char *folder) {
  char name[MAX_PATH];

  if (GetTempFileNameA(folder, "mni", 0, name) == 0)
    return fail_with_error_of_system();
  DeleteFileA(name);
  return true;
}

bool os_is_separator(char c) {
  return c == '/' || c == '\\';
}

size_t os_folder_bytes(const char *path) {
  size_t bytes = path[0] != '\0' && path[1] == ':' ? 2 : 0; /* of a drive */

  for (size_t i = bytes; path[i] != '\0'; i++)
    if (os_is_separator(path[i]))
      bytes = i + 1;
  return bytes;
}

/* --- folders and files ------------------------------------------------------------------------ */

bool os_make_folder(const char *path) {
  return CreateDirectoryA(path, NULL) || fail_with_error_of_system();
}

/* Replaces the XXXXXX at the end. */
static bool fill_in(char *name) {
  static const char letters[] = "abcdefghijklmnopqrstuvwxyz012345";
  unsigned bits;

  if (rand_s(&bits) != 0)
    return fail_with(EIO);
  for (char *c = name + strlen(name) - 6; *c != '\0'; c++, bits >>= 5)
    *c = letters[bits % 32];
  return true;
}

bool os_make_temporary_folder(char *path, size_t capacity) {
  static const char name[] = "mnistcnn-XXXXXX";
  const DWORD length = GetTempPathA((DWORD)capacity, path);

  if (length == 0 || length + sizeof name > capacity)
    return fail_with(ENAMETOOLONG);
  memcpy(path + length, name, sizeof name);
  return fill_in(path) && os_make_folder(path);
}

int os_open(const char *path) {
  return _open(path, _O_RDONLY | _O_BINARY | _O_NOINHERIT);
}

/* Who may do what follows from the folder. */
FILE *os_open_temporary(char *name, const char *replaced) {
  const int flags = _O_WRONLY | _O_CREAT | _O_EXCL | _O_BINARY | _O_NOINHERIT;
  const int descriptor = fill_in(name) ? _open(name, flags, _S_IREAD | _S_IWRITE) : -1;

  (void)replaced;
  if (descriptor < 0)
    return NULL;
  FILE *const stream = _fdopen(descriptor, "wb");
  if (!stream) {
    _close(descriptor);
    remove(name);
  }
  return stream;
}

bool os_synchronise(FILE *stream) {
  return _commit(_fileno(stream)) == 0;
}

bool os_replace(const char *from, const char *to) {
  return MoveFileExA(from, to, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH) ||
         fail_with_error_of_system();
}

/* --- streams ---------------------------------------------------------------------------------- */

/* Lines end as everywhere else, and a terminal shows UTF-8. */
void os_prepare_streams(void) {
  for (int descriptor = 0; descriptor < 3; descriptor++)
    _setmode(descriptor, _O_BINARY);
  SetConsoleOutputCP(CP_UTF8);
}

/* They end nothing. */
void os_outlive_readers(void) {}

/* Of a pipe the system tells how much is there; other files do not wait, and of a console there is
 * no end of what it may be waiting for. */
bool os_is_readable(int descriptor, bool wait) {
  enum { PAUSE_MILLISECONDS = 10 };
  const HANDLE file = (HANDLE)_get_osfhandle(descriptor);
  DWORD available;

  if (GetFileType(file) != FILE_TYPE_PIPE)
    return true;
  while (PeekNamedPipe(file, NULL, 0, NULL, &available, NULL) && available == 0) {
    if (!wait)
      return false;
    Sleep(PAUSE_MILLISECONDS);
  }
  return true;
}

size_t os_terminal_columns(FILE *stream) {
  CONSOLE_SCREEN_BUFFER_INFO information;
  const HANDLE console = (HANDLE)_get_osfhandle(_fileno(stream));

  if (!GetConsoleScreenBufferInfo(console, &information))
    return 0;
  return (size_t)(information.srWindow.Right - information.srWindow.Left + 1);
}
