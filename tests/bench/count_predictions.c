/* Predictions of the library, or of ONNX Runtime's shared library, for count_instructions.c:
 *
 *   count_predictions IMAGES CALLS MODEL.safetensors [float32|int8]
 *   count_predictions IMAGES CALLS MODEL.onnx LIBONNXRUNTIME.so
 *
 * One thread; the images are made up, a fifth of their pixels is drawn on. With two numbers of
 * calls the difference is that of the calls alone. It prints the first image's probabilities. */
#define _POSIX_C_SOURCE 200809L
#include <mnistcnn.h>

#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 28, PIXELS = SIDE * SIDE, CLASSES = 10 };

typedef struct work {
  size_t images, calls;
  float *pixels, *probabilities;
} work;

static void fail(const char *what, const char *message) {
  fprintf(stderr, "count_predictions: %s: %s\n", what, message);
  exit(1);
}

static void check(const char *what, mnistcnn_status status) {
  if (status != MNISTCNN_OK)
    fail(what, mnistcnn_last_error());
}

static void run_ours(const work *w, const char *path, const char *precision) {
  mnistcnn_workspace_options options;
  mnistcnn_workspace *workspace;
  mnistcnn_model *model;
  check(path, mnistcnn_model_load_file(path, NULL, &model));
  check("options", mnistcnn_workspace_options_init(&options, sizeof options));
  options.num_threads = 1;
  options.max_batch = (uint32_t)w->images;
  if (strcmp(precision, "int8") == 0)
    options.precision = MNISTCNN_PRECISION_INT8;
  check("workspace", mnistcnn_workspace_create(model, &options, &workspace));
  for (size_t i = 0; i < w->calls; i++)
    check("predict", mnistcnn_predict(model, workspace, w->pixels, w->images * PIXELS,
                                      w->probabilities, w->images * CLASSES));
  mnistcnn_workspace_free(workspace);
  mnistcnn_model_free(model);
}

/* --- ONNX Runtime ------------------------------------------------------------------------------
 */

/* Its interface is a table of functions, to which versions only add. These are those called here,
 * by their places, so that nobody needs its header, which its packages lack. */
typedef struct ort_status ort_status;
typedef void (*ort_function)(void);
typedef struct ort_base {
  const ort_function *(*table)(uint32_t version);
  const char *(*version)(void);
} ort_base;
enum {
  ORT_MESSAGE = 2,
  ORT_CREATE_ENV = 3,
  ORT_CREATE_SESSION = 7,
  ORT_RUN = 9,
  ORT_CREATE_OPTIONS = 10,
  ORT_SET_THREADS = 24,
  ORT_INPUT_NAME = 36,
  ORT_OUTPUT_NAME = 37,
  ORT_CREATE_TENSOR = 49,
  ORT_CPU_MEMORY = 69,
  ORT_ALLOCATOR = 78
};
enum { ORT_API_VERSION = 1, ORT_LOG_WARNING = 2, ORT_TENSOR_FLOAT = 1 };

static const ort_function *ort;

static void check_ort(const char *what, ort_status *status) {
  if (status)
    fail(what, ((const char *(*)(const ort_status *))ort[ORT_MESSAGE])(status));
}

static const ort_function *load_ort(const char *path) {
  void *const library = dlopen(path, RTLD_NOW);
  const ort_base *(*get)(void);
  if (!library)
    fail(path, dlerror());
  void *const address = dlsym(library, "OrtGetApiBase");
  if (!address)
    fail(path, "has no OrtGetApiBase");
  memcpy(&get, &address, sizeof get);
  fprintf(stderr, "ONNX Runtime %s\n", get()->version());
  return get()->table(ORT_API_VERSION);
}

static void *create_session(const char *path) {
  void *environment, *options, *session;
  check_ort("environment", ((ort_status * (*)(int, const char *, void **))
                                ort[ORT_CREATE_ENV])(ORT_LOG_WARNING, "count", &environment));
  check_ort("options", ((ort_status * (*)(void **)) ort[ORT_CREATE_OPTIONS])(&options));
  check_ort("threads", ((ort_status * (*)(void *, int)) ort[ORT_SET_THREADS])(options, 1));
  check_ort(path, ((ort_status * (*)(void *, const char *, void *, void **))
                       ort[ORT_CREATE_SESSION])(environment, path, options, &session));
  return session;
}

static char *name_of(void *session, int which) {
  void *allocator;
  char *name;
  check_ort("allocator", ((ort_status * (*)(void **)) ort[ORT_ALLOCATOR])(&allocator));
  check_ort("name", ((ort_status * (*)(void *, size_t, void *, char **))
                         ort[which])(session, 0, allocator, &name));
  return name;
}

static void *tensor_of(float *values, const int64_t *shape, size_t dimensions) {
  size_t bytes = sizeof *values;
  void *memory, *tensor;
  for (size_t i = 0; i < dimensions; i++)
    bytes *= (size_t)shape[i];
  check_ort("memory", ((ort_status * (*)(int, int, void **)) ort[ORT_CPU_MEMORY])(0, 0, &memory));
  check_ort("tensor",
            ((ort_status * (*)(void *, void *, size_t, const int64_t *, size_t, int, void **))
                 ort[ORT_CREATE_TENSOR])(memory, values, bytes, shape, dimensions, ORT_TENSOR_FLOAT,
                                         &tensor));
  return tensor;
}

/* Of a model that the library has exported: it takes bytes. */
static void run_theirs(const work *w, const char *path, const char *library) {
  const int64_t images = (int64_t)w->images;
  const int64_t in[] = {images, 1, SIDE, SIDE}, out[] = {images, CLASSES};
  ort = load_ort(library);
  void *const session = create_session(path);
  const char *const input_name = name_of(session, ORT_INPUT_NAME);
  const char *const output_name = name_of(session, ORT_OUTPUT_NAME);
  const void *const input = tensor_of(w->pixels, in, 4);
  for (size_t i = 0; i < w->images * PIXELS; i++)
    w->pixels[i] *= 255.0f;
  void *output = tensor_of(w->probabilities, out, 2);
  for (size_t i = 0; i < w->calls; i++)
    check_ort("run",
              ((ort_status * (*)(void *, void *, const char *const *, const void *const *, size_t,
                                 const char *const *, size_t, void **))
                   ort[ORT_RUN])(session, NULL, &input_name, &input, 1, &output_name, 1, &output));
}

/* --- both ---------------------------------------------------------------------------------------
 */

int main(int argc, char **argv) {
  if (argc < 4)
    fail("arguments", "IMAGES CALLS MODEL [float32|int8|LIBONNXRUNTIME.so]");
  work w = {.images = strtoul(argv[1], NULL, 10), .calls = strtoul(argv[2], NULL, 10)};
  w.pixels = calloc(w.images * PIXELS, sizeof *w.pixels);
  w.probabilities = calloc(w.images * CLASSES, sizeof *w.probabilities);
  if (!w.pixels || !w.probabilities)
    fail("images", "out of memory");
  uint32_t random = 1;
  for (size_t i = 0; i < w.images * PIXELS; i++) {
    random = random * 1664525u + 1013904223u;
    w.pixels[i] = (random >> 16) % 5 == 0 ? (float)(random >> 24) / 255.0f : 0.0f;
  }
  if (argc > 4 && strstr(argv[4], ".so"))
    run_theirs(&w, argv[3], argv[4]);
  else
    run_ours(&w, argv[3], argc > 4 ? argv[4] : "float32");
  for (size_t i = 0; i < CLASSES; i++)
    fprintf(stderr, "%g ", (double)w.probabilities[i]);
  fputs("\n", stderr);
  free(w.probabilities);
  free(w.pixels);
  return 0;
}
