/* A FRAME_BATCH: the pictures and bytes of all its jobs are predicted in one call. */
#ifndef SERVER_WORKER_BATCH_H
#define SERVER_WORKER_BATCH_H

#include "worker/loaded.h"
#include "worker/rows.h"

/* Writes a FRAME_ANSWERS. False where the message is malformed. */
bool batch_answer(const loaded *l, rows *r, cursor *in, buffer *out);

#endif
