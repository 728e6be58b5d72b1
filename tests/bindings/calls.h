/* What the generated calls (generate_calls.py) share, in the common subset of C11 and C++17: memory
 * for arguments, the callbacks, and what must hold after every call. */
#ifndef CALLS_H
#define CALLS_H

#include "mnistcnn.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "temp_folder.h"

/* As in cases.py. */
enum { USER_MODEL = 1, USER_CHECKPOINT, USER_LIES, USER_FAILS, UNTOUCHED = 12345, ENOUGH = 8192 };
typedef enum expectation { SUCCESS, FAILURE, EITHER } expectation;

static int num_failures;
static const char *current_function, *current_what;

static void complain(const char *reason) {
  fprintf(stderr, "%s(%s): %s\n", current_function, current_what, reason);
  if (++num_failures == 50)
    exit(1);
}

/* --- memory ----------------------------------------------------------------------------------- */

enum { MAX_PLACES = 32 };
static void *places[MAX_PLACES];
static size_t num_places;
static mnistcnn_error *placed_error; /* where the call has to describe its failure, or NULL */

/* Memory until release(), of exactly this size, so that a sanitizer sees every step beyond it. */
static void *room(size_t bytes) {
  void *const memory = malloc(bytes ? bytes : 1);
  if (!memory || num_places == MAX_PLACES)
    abort();
  memset(memory, 0xa5, bytes);
  places[num_places++] = memory;
  return memory;
}

/* A struct for the length of the call: of no more bytes than it says to have, if it is smaller than
 * it should be; if it says to be larger, with more behind it. */
static void *place(const void *value, size_t size, size_t struct_size, int fill) {
  const size_t bytes = struct_size > size ? (size_t)ENOUGH : struct_size < 4 ? 4 : struct_size;
  void *const memory = room(bytes);
  memset(memory, fill, bytes);
  memcpy(memory, value, size < bytes ? size : bytes);
  return memory;
}

static mnistcnn_error *place_error(const mnistcnn_error *error, int fill) {
  mnistcnn_error *const placed =
      (mnistcnn_error *)place(error, sizeof *error, error->struct_size, fill);
  if (error->struct_size == sizeof *error)
    placed_error = placed;
  return placed;
}

static void release(void) {
  while (num_places)
    free(places[--num_places]);
  placed_error = NULL;
}

/* --- files ------------------------------------------------------------------------------------ */

static void make_file(const char *path, const void *data, size_t size) {
  const char *slash = path;
  char folder[64];
  FILE *file;
  while ((slash = strchr(slash, '/')) != NULL) {
    snprintf(folder, sizeof folder, "%.*s", (int)(slash++ - path), path);
    if (mkdir(folder, 0700) && errno != EEXIST)
      abort();
  }
  file = fopen(path, "wb");
  if (!file || fwrite(data, 1, size, file) != size || fclose(file))
    abort();
}

static void *model_bytes;
static size_t model_size;

static void read_model(void) {
  FILE *const file = fopen("model.safetensors", "rb");
  if (!file || fseek(file, 0, SEEK_END))
    abort();
  model_size = (size_t)ftell(file);
  model_bytes = malloc(model_size);
  rewind(file);
  if (!model_bytes || fread(model_bytes, 1, model_size, file) != model_size || fclose(file))
    abort();
}

/* --- callbacks -------------------------------------------------------------------------------- */

static int is_user(const void *user, uintptr_t number) {
  return (uintptr_t)user == number;
}

static long read_so_far;

static void *callback_allocate(size_t size_bytes, void *user) {
  return is_user(user, USER_FAILS) ? NULL : malloc(size_bytes);
}

static void callback_deallocate(void *pointer, void *user) {
  (void)user;
  free(pointer);
}

static int64_t callback_read(void *buffer, size_t size_bytes, void *user) {
  FILE *file;
  size_t n;
  if (is_user(user, USER_LIES))
    return INT64_MAX;
  file = is_user(user, USER_MODEL)        ? fopen("model.safetensors", "rb")
         : is_user(user, USER_CHECKPOINT) ? fopen("checkpoint", "rb")
                                          : NULL;
  if (!file)
    return -1;
  n = fseek(file, read_so_far, SEEK_SET) ? 0 : fread(buffer, 1, size_bytes, file);
  read_so_far += (long)n;
  fclose(file);
  return (int64_t)n;
}

static int32_t callback_write(const void *data, size_t size_bytes, void *user) {
  (void)data;
  (void)size_bytes;
  return is_user(user, USER_FAILS);
}

static int32_t callback_follow(const mnistcnn_progress *progress, void *user) {
  if (progress->struct_size != sizeof *progress)
    complain("progress without its size");
  return is_user(user, USER_FAILS);
}

static void callback_log(int32_t level, const char *message, void *user) {
  (void)level;
  (void)user;
  if (strchr(message, '\n'))
    complain("a message of two lines");
}

/* --- before and after a call ------------------------------------------------------------------ */

static char before[512]; /* last_error() before the call */
static mnistcnn_status last_status;
static void *const nothing = &num_failures; /* in a handle: the call has left it alone */

static void starts(int *calls, const char *function, const char *what) {
  mnistcnn_model_options ignored;
  current_function = function;
  current_what = what;
  ++*calls;
  read_so_far = 0;
  last_status = MNISTCNN_OK;
  mnistcnn_model_options_preset(&ignored, sizeof ignored, "a preset that no other call asks for");
  snprintf(before, sizeof before, "%s", mnistcnn_last_error());
}

static void check_failure(void) {
  const char *const message = mnistcnn_last_error();
  if (!*message || strlen(message) > 511 || strchr(message, '\n'))
    complain("no message of one line");
  if (strcmp(message, before) == 0)
    complain("no message of its own");
  if (placed_error && placed_error->status != UNTOUCHED &&
      (placed_error->status != last_status || strcmp(placed_error->message, message) != 0))
    complain("another status or message in the error struct");
}

/* codes: all there are. */
static void ended(mnistcnn_status status, expectation expected, const mnistcnn_status *codes,
                  size_t num_codes) {
  size_t i = 0;
  last_status = status;
  while (i < num_codes && codes[i] != status)
    i++;
  if (i == num_codes)
    complain("unknown status");
  if (status != MNISTCNN_OK)
    check_failure();
  else if (placed_error && placed_error->status != UNTOUCHED)
    complain("success described as a failure");
  if (expected != EITHER && (expected == SUCCESS) != (status == MNISTCNN_OK))
    complain(status == MNISTCNN_OK ? "success" : mnistcnn_last_error());
}

/* Whether the handle has to be freed. */
static int is_made(const void *handle, int may_fail) {
  if (last_status == MNISTCNN_OK && (!handle || handle == nothing))
    complain("nothing made");
  if (last_status != MNISTCNN_OK && handle && !may_fail)
    complain(handle == nothing ? "a handle left alone" : "a handle in spite of failure");
  return handle && handle != nothing;
}

static void returned_text(const char *text, int never_null) {
  if (text ? strlen(text) > 10000 : never_null)
    complain("no text");
}

static void returned_bytes(const uint8_t *bytes) {
  if (bytes)
    memcpy(before, bytes, 1);
}

#endif
