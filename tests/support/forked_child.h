/* Whether a forked child runs at all: under the ThreadSanitizer of gcc 11 it hangs where OpenBLAS
 * has threads. */
#ifndef TESTS_SUPPORT_FORKED_CHILD_H
#define TESTS_SUPPORT_FORKED_CHILD_H

#if defined(__SANITIZE_THREAD__) && defined(__GNUC__) && __GNUC__ < 12
enum { FORKED_CHILD_RUNS = 0 };
#else
enum { FORKED_CHILD_RUNS = 1 };
#endif

#endif
