/* base/platform.h for WebAssembly: there are no files, no shared libraries and no threads, and the
 * clock is the host's. Whoever has a module of the library passes it bytes.
 *
 * The one function that a module asks its host for is mcnn_host_seconds(). */
#include "base/platform.h"

#include "base/status.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

/* Seconds of a clock that never goes back. */
__attribute__((import_module("host"), import_name("seconds"))) double mcnn_host_seconds(void);

/* --- memory ----------------------------------------------------------------------------------- */

void mcnn_memory_prefer_large_pages(void *memory, size_t bytes) {
  (void)memory, (void)bytes;
}

/* --- files ------------------------------------------------------------------------------------ */

int mcnn_file_open(const char *path, mcnn_file *file) {
  (void)path;
  *file = MCNN_NO_FILE;
  return ENOSYS;
}

int mcnn_file_open_folder(const char *path, mcnn_file *folder) {
  return mcnn_file_open(path, folder);
}

int mcnn_temporary_create(const char *path, int is_private, mcnn_file *file,
                          char name[MCNN_MAX_PATH_BYTES]) {
  (void)is_private;
  name[0] = '\0';
  return mcnn_file_open(path, file);
}

int mcnn_temporary_replace(mcnn_file file, char name[MCNN_MAX_PATH_BYTES], const char *path) {
  (void)file, (void)name, (void)path;
  return ENOSYS;
}

void mcnn_temporary_discard(mcnn_file file, const char *name) {
  (void)file, (void)name;
}

int mcnn_path_remove(const char *path) {
  (void)path;
  return ENOSYS;
}

int mcnn_file_get_info(mcnn_file file, mcnn_file_info *info) {
  (void)file, (void)info;
  return ENOSYS;
}

int mcnn_path_info(const char *path, mcnn_file_info *info) {
  (void)path, (void)info;
  return ENOSYS;
}

int mcnn_path_may_be_written(const char *path) {
  (void)path;
  return ENOSYS;
}

int mcnn_file_copy_access(mcnn_file file, const char *path) {
  (void)file, (void)path;
  return ENOSYS;
}

int mcnn_file_read(mcnn_file file, void *data, size_t size_bytes, size_t *read_bytes) {
  (void)file, (void)data, (void)size_bytes;
  *read_bytes = 0;
  return ENOSYS;
}

int mcnn_file_write(mcnn_file file, const void *data, size_t size_bytes) {
  (void)file, (void)data, (void)size_bytes;
  return ENOSYS;
}

int mcnn_file_sync(mcnn_file file) {
  (void)file;
  return ENOSYS;
}

int mcnn_file_close(mcnn_file file) {
  (void)file;
  return ENOSYS;
}

int mcnn_path_follow_links(char path[MCNN_MAX_PATH_BYTES]) {
  (void)path;
  return 0;
}

size_t mcnn_path_folder_bytes(const char *path) {
  const char *const slash = strrchr(path, '/');

  return !slash ? 0 : (size_t)(slash - path) + 1;
}

/* The only error there is. strerror() would bring its table of all of them. */
void mcnn_error_text(int error, char *text, size_t capacity) {
  static const char no_files[] = "there are no files in WebAssembly";

  assert(capacity > 0);
  const size_t length = error != ENOSYS                      ? 0
                        : sizeof no_files - 1 < capacity - 1 ? sizeof no_files - 1
                                                             : capacity - 1;
  memcpy(text, no_files, length);
  text[length] = '\0';
}

/* --- folders ---------------------------------------------------------------------------------- */

int mcnn_folder_open(const char *path, mcnn_folder **folder) {
  (void)path;
  *folder = NULL;
  return ENOSYS;
}

int mcnn_folder_next(mcnn_folder *folder, const char **name, mcnn_file_kind *kind) {
  (void)folder, (void)kind;
  *name = NULL;
  return ENOSYS;
}

void mcnn_folder_close(mcnn_folder *folder) {
  (void)folder;
}

/* --- shared libraries, clock ------------------------------------------------------------------ */

mcnn_library *mcnn_library_load(const char *name) {
  (void)name;
  return NULL;
}

mcnn_function mcnn_library_function(mcnn_library *library, const char *name) {
  (void)library, (void)name;
  return NULL;
}

int mcnn_memory_is_limited(void) {
  return 1;
}

double mcnn_seconds(void) {
  return mcnn_host_seconds();
}

/* --- threads ---------------------------------------------------------------------------------- */

/* There is never a team: a pool of several threads cannot be made, which the caller is told. */
mnistcnn_status mcnn_team_create(const mcnn_alloc *alloc, mcnn_team **out) {
  (void)alloc;
  *out = NULL;
  return mcnn_fail(MNISTCNN_THREADS, "there is one thread only in WebAssembly");
}

uint64_t mcnn_team_bytes(void) {
  return 0;
}

uint32_t mcnn_team_start(mcnn_team *team, uint32_t count, mcnn_thread_fn run, void *context) {
  (void)team, (void)count, (void)run, (void)context;
  return 0;
}

void mcnn_team_join(mcnn_team *team) {
  (void)team;
}

void mcnn_team_free(mcnn_team *team) {
  (void)team;
}

int mcnn_team_is_forked(const mcnn_team *team) {
  (void)team;
  return 0;
}

int mcnn_team_reset_after_fork(mcnn_team *team) {
  (void)team;
  return 0;
}

void mcnn_team_lock(mcnn_team *team) {
  (void)team;
}

void mcnn_team_unlock(mcnn_team *team) {
  (void)team;
}

void mcnn_team_wait(mcnn_team *team, unsigned condition) {
  (void)team, (void)condition;
}

void mcnn_team_signal(mcnn_team *team, unsigned condition) {
  (void)team, (void)condition;
}

void mcnn_team_broadcast(mcnn_team *team, unsigned condition) {
  (void)team, (void)condition;
}
