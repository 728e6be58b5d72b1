/* What the command asks of the operating system beyond C, in one file for each system. Paths are
 * UTF-8; what fails leaves an error number of errno.h. */
#ifndef CLI_SYSTEM_OS_H
#define CLI_SYSTEM_OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* --- paths ------------------------------------------------------------------------------------ */

/* What there is at a path; two paths with the same numbers are one file. */
typedef enum os_kind { OS_FILE, OS_FOLDER, OS_OTHER } os_kind;
typedef struct os_entry {
  os_kind kind;
  uint64_t device, number;
} os_entry;

/* Of what links lead to. */
bool os_look_up(const char *path, os_entry *entry);

/* Whether anything has the name, a link that leads nowhere too. */
bool os_is_taken(const char *path);

/* Replaces a symbolic link by what it leads to, if that fits; false: it is none. */
bool os_follow_link(char *path, size_t capacity);

/* Whether a file may be written to, and whether files may be created in a folder. */
bool os_may_write(const char *path);
bool os_may_create_in(const char *folder);

/* Whether the character stands between the names of a path. */
bool os_is_separator(char c);

/* How many bytes of the path name its folder, with the separator behind it. */
size_t os_folder_bytes(const char *path);

/* --- folders and files ------------------------------------------------------------------------ */

bool os_make_folder(const char *path);

/* A new folder where the system keeps temporary files, which nobody else can have prepared. */
bool os_make_temporary_folder(char *path, size_t capacity);

/* For reading, without any change of its bytes; -1 on failure. */
int os_open(const char *path);

/* A new file whose name ends with XXXXXX, which are replaced. Who may read and write it follows
 * from the file `replaced`, where that exists. NULL on failure. */
FILE *os_open_temporary(char *name, const char *replaced);

/* Waits until what was written is on the disk. */
bool os_synchronise(FILE *stream);

/* Gives a file the name of another, which it replaces. */
bool os_replace(const char *from, const char *to);

/* --- streams ---------------------------------------------------------------------------------- */

/* First thing in main(). A file opened later cannot take the place of a standard stream that the
 * parent closed; a write beyond the limit on file sizes (ulimit -f) fails instead of ending the
 * process. */
void os_prepare_streams(void);

/* From now on a write that nobody will read fails (EPIPE), and does not end the process. */
void os_outlive_readers(void);

/* Whether reading from a descriptor does not wait or, with `wait`, waits until it does not. What is
 * wrong with it, reading will say. */
bool os_is_readable(int descriptor, bool wait);

/* The width of the terminal; 0: it is unknown. */
size_t os_terminal_columns(FILE *stream);

#endif
