/* OpenBLAS, loaded when the first product asks for it: a program that needs none does not pay for
 * its threads and buffers.
 *
 * It is only ever called so that it stays on the calling thread (blocks with M*N*K <= 262,144), and
 * not at all in its serial flavour, which gives wrong numbers when two threads call it at once. */
#ifndef MCNN_KERNELS_GEMM_OPENBLAS_H
#define MCNN_KERNELS_GEMM_OPENBLAS_H

#include <stddef.h>

typedef enum mcnn_openblas_state {
  MCNN_OPENBLAS_NOT_LOADED, /* nothing has asked for it yet */
  MCNN_OPENBLAS_USED,
  MCNN_OPENBLAS_SERIAL,     /* loaded and not used */
  MCNN_OPENBLAS_NOT_FOUND,  /* the system has none, or it lacks a function */
  MCNN_OPENBLAS_NOT_ALLOWED /* the process's memory is limited (ulimit -v) */
} mcnn_openblas_state;

/* Loads it at the first call, and says whether it can be used: the same answer ever after. Threads
 * may call it at once. */
int mcnn_openblas_load(void);

mcnn_openblas_state mcnn_openblas_state_now(void);

/* As mcnn_gemm(), after mcnn_openblas_load() has said 1 or, for measuring, whatever the flavour. m,
 * n and k >= 1, sizes and strides <= INT_MAX. */
void mcnn_gemm_openblas(int transpose_a, int transpose_b, size_t m, size_t n, size_t k,
                        const float *a, size_t lda, const float *b, size_t ldb, int accumulate,
                        float *c, size_t ldc);

/* "0.3.21"; "?" while it is not loaded. Returns the length of the text at *version. */
size_t mcnn_openblas_version(const char **version);

/* "pthread", "openmp" or "serial"; "?" while it is not loaded. */
const char *mcnn_openblas_flavour(void);

#endif
