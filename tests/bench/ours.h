/* The library's own participant: what its two halves share. */
#ifndef BENCH_OURS_H
#define BENCH_OURS_H

#include "mnistcnn.h"
#include "serve.h"

/* The note becomes the library's last error. Returns 0, as a failed job does. */
int ours_failed(bench_answer *answer);

/* Jobs on folders of PNG files: `load` and `job`. */
int ours_load(const bench_request *request, bench_answer *answer);
int ours_whole_job(const bench_request *request, bench_answer *answer);

#endif
