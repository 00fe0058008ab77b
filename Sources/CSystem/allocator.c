#include "allocator.h"

#include <malloc.h>
#include <stdint.h>
#include <sys/mman.h>

void csystem_trim_heaps(void) { malloc_trim(0); }

// Fixing one threshold ends the allocator's own adaptation of both, so both are set.
int csystem_keep_large_blocks(size_t largest, size_t kept) {
  return mallopt(M_MMAP_THRESHOLD, (int)largest) == 1 && mallopt(M_TRIM_THRESHOLD, (int)kept) == 1;
}

int csystem_prefer_huge_pages(const void *start, size_t count) {
  const uintptr_t huge = (uintptr_t)2 << 20;
  uintptr_t first = ((uintptr_t)start + huge - 1) & ~(huge - 1);
  uintptr_t end = ((uintptr_t)start + count) & ~(huge - 1);
  return first < end && madvise((void *)first, end - first, MADV_HUGEPAGE) == 0;
}
