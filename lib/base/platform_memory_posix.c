#include "base/platform.h"

#include <sys/mman.h>

/* Of large pages on x86-64, and on ARM with pages of 4 KiB. */
#define LARGE_PAGE ((uintptr_t)2 * 1024 * 1024)

void mcnn_memory_prefer_large_pages(void *memory, size_t bytes) {
#ifdef MADV_HUGEPAGE
  const uintptr_t first = (uintptr_t)memory, end = first + bytes;
  const uintptr_t before = (LARGE_PAGE - first % LARGE_PAGE) % LARGE_PAGE;
  if (before + LARGE_PAGE <= bytes)
    (void)madvise((unsigned char *)memory + before, end - end % LARGE_PAGE - first - before,
                  MADV_HUGEPAGE);
#else
  (void)memory, (void)bytes;
#endif
}
