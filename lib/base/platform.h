/* What the library needs from the operating system beyond ISO C: memory, files, folders, shared
 * libraries, threads, a clock.
 *
 * Only the files that implement this interface include the system's headers: those for POSIX are
 * named platform_*_posix.c. Another system is another implementation, by its name in
 * lib/CMakeLists.txt.
 *
 * Functions that return int return 0 or an error number of errno.h. */
#ifndef MCNN_BASE_PLATFORM_H
#define MCNN_BASE_PLATFORM_H

#include "base/alloc.h"
#include "base/limits.h"

/* --- memory ----------------------------------------------------------------------------------- */

/* Tells the system that all of a block will be used, so that it may map it in large pages: what
 * walks through many arrays then waits less for addresses. It need not. */
void mcnn_memory_prefer_large_pages(void *memory, size_t bytes);

/* --- files ------------------------------------------------------------------------------------ */

/* An open file or folder. */
typedef int mcnn_file;
#define MCNN_NO_FILE (-1)

typedef enum mcnn_file_kind {
  MCNN_FILE_REGULAR,
  MCNN_FILE_FOLDER,
  MCNN_FILE_OTHER,
  MCNN_FILE_UNKNOWN /* a folder's entry: mcnn_path_info() tells */
} mcnn_file_kind;

typedef struct mcnn_file_info {
  mcnn_file_kind kind;
  uint64_t size_bytes;
} mcnn_file_info;

/* Opens a file for reading. Never waits, not even for the writer of a FIFO. */
int mcnn_file_open(const char *path, mcnn_file *file);

/* A new file for writing, in the folder of `path`. It has no name where the system can do without,
 * so that nothing stays of it when the process is killed, and else one that cannot be guessed:
 * `name`, which is "" where there is none. `is_private`: nobody else may open it. */
int mcnn_temporary_create(const char *path, int is_private, mcnn_file *file,
                          char name[MCNN_MAX_PATH_BYTES]);

/* Closes it and makes it, in one step, the file at `path`, which it may replace. It is gone where
 * this fails. */
int mcnn_temporary_replace(mcnn_file file, char name[MCNN_MAX_PATH_BYTES], const char *path);

int mcnn_path_remove(const char *path);

/* Closes and removes it. */
void mcnn_temporary_discard(mcnn_file file, const char *name);

/* Opens a folder for mcnn_file_sync(); EACCES where it may not be read. */
int mcnn_file_open_folder(const char *path, mcnn_file *folder);

/* Of an open file, and of what `path` leads to. */
int mcnn_file_get_info(mcnn_file file, mcnn_file_info *info);
int mcnn_path_info(const char *path, mcnn_file_info *info);
/* Whether the process may write the file at `path`: 0, EACCES, EROFS, ... */
int mcnn_path_may_be_written(const char *path);

/* Gives `file` the owner, group, permissions and access control list of the file at `path`, as far
 * as the process may; nobody may do more with it than with that. */
int mcnn_file_copy_access(mcnn_file file, const char *path);

/* Reads size_bytes; *read_bytes is less only at the end of the file. */
int mcnn_file_read(mcnn_file file, void *data, size_t size_bytes, size_t *read_bytes);

/* Writes all of the data. */
int mcnn_file_write(mcnn_file file, const void *data, size_t size_bytes);

/* Waits until the disk has what was written to the file, or the entries of the folder. */
int mcnn_file_sync(mcnn_file file);

/* The file is closed even where this fails. */
int mcnn_file_close(mcnn_file file);

/* Replaces a path by the one its symbolic links lead to, which need not exist. Links in its folder
 * part stay. EPERM for a link that somebody else has put into a folder which all may write to, such
 * as /tmp: Linux does not follow it either, unless it is told to (fs.protected_symlinks). */
int mcnn_path_follow_links(char path[MCNN_MAX_PATH_BYTES]);

/* Bytes of the folder part, the last separator included; 0 for a plain name. */
size_t mcnn_path_folder_bytes(const char *path);

/* The system's description of an error number; "" where there is none. */
void mcnn_error_text(int error, char *text, size_t capacity);

/* --- folders ---------------------------------------------------------------------------------- */

/* An open folder and a position among its entries. */
typedef struct mcnn_folder mcnn_folder;

int mcnn_folder_open(const char *path, mcnn_folder **folder);

/* The next entry; *name is NULL after the last one, and valid until the next call. */
int mcnn_folder_next(mcnn_folder *folder, const char **name, mcnn_file_kind *kind);
void mcnn_folder_close(mcnn_folder *folder);

/* --- shared libraries ------------------------------------------------------------------------- */

/* A shared library that is loaded while the program runs, and stays loaded. */
typedef struct mcnn_library mcnn_library;
typedef void (*mcnn_function)(void); /* to be cast to its type */

/* Finds it by its name as the system does for programs. NULL where it is not there. */
mcnn_library *mcnn_library_load(const char *name);

/* NULL where the library has no such function. */
mcnn_function mcnn_library_function(mcnn_library *library, const char *name);

/* Whether the process may only have so much address space (ulimit -v). */
int mcnn_memory_is_limited(void);

/* --- processor -------------------------------------------------------------------------------- */

/* What a processor of Arm's 64 bits has besides what all have. Programs may not ask it themselves
 * everywhere, so the system tells; 0 where it does not, and on other processors. */
enum { MCNN_ARM_DOTPROD = 1, MCNN_ARM_I8MM = 2 };
unsigned mcnn_arm_features(void);

/* --- clock ------------------------------------------------------------------------------------ */

/* Seconds of a monotonic clock. */
double mcnn_seconds(void);

/* --- threads ---------------------------------------------------------------------------------- */

/* Threads with a mutex and two condition variables, 0 and 1. */
typedef struct mcnn_team mcnn_team;
enum { MCNN_TEAM_CONDITIONS = 2 };

/* `index` is the thread's: 0, 1, ... in the order of their start. */
typedef void (*mcnn_thread_fn)(void *context, size_t index);

/* A team without threads yet. MNISTCNN_THREADS: the system has no more mutexes or conditions. */
mnistcnn_status mcnn_team_create(const mcnn_alloc *alloc, mcnn_team **out);
/* What that asks the allocator for. */
uint64_t mcnn_team_bytes(void);

/* Starts up to `count` threads, at most MCNN_MAX_THREADS, and returns how many there are. They
 * block all signals, so that the program's handlers never run in them. */
uint32_t mcnn_team_start(mcnn_team *team, uint32_t count, mcnn_thread_fn run, void *context);

/* Waits until every thread has returned. */
void mcnn_team_join(mcnn_team *team);

/* No thread of the team may be running in this process. NULL is fine. */
void mcnn_team_free(mcnn_team *team);

/* Whether this process is a forked child of the one the team was made in. It has none of the
 * team's threads, and its mutex may be in any state. */
int mcnn_team_is_forked(const mcnn_team *team);

/* In a forked child: makes it a team without threads again. 0 where that fails; the team can then
 * only be freed. */
int mcnn_team_reset_after_fork(mcnn_team *team);

void mcnn_team_lock(mcnn_team *team);
void mcnn_team_unlock(mcnn_team *team);

/* With the mutex locked; it is unlocked while waiting. May also return for no reason. */
void mcnn_team_wait(mcnn_team *team, unsigned condition);

/* Wakes one, and every, thread that waits for the condition. */
void mcnn_team_signal(mcnn_team *team, unsigned condition);
void mcnn_team_broadcast(mcnn_team *team, unsigned condition);

#endif
