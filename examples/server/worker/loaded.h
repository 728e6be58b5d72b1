/* The model of a worker. */
#ifndef SERVER_WORKER_LOADED_H
#define SERVER_WORKER_LOADED_H

#include <mnistcnn.h>
#include <stdbool.h>

#include "sandbox/sandbox.h"
#include "text/buffer.h"
#include "wire/pack.h"

typedef struct loaded {
  mnistcnn_model *model;
  mnistcnn_workspace *workspace;
  mnistcnn_preparation preparation;
  mnistcnn_shape input;
  uint32_t classes;
  size_t inputs; /* values of an image */
  uint64_t max_pixels;
} loaded;

/* Reads a FRAME_LOAD. False where the model cannot be used, with the reason. */
bool loaded_read(loaded *l, cursor *in, char *reason, size_t capacity);

/* The content of FRAME_READY. */
void loaded_describe(const loaded *l, const sandbox_state *sandbox, buffer *out);

void loaded_free(loaded *l);

#endif
