#include "allocator.h"

#include <malloc.h>

void csystem_trim_heaps(void) { malloc_trim(0); }

// Fixing one threshold ends the allocator's own adaptation of both, so both are set.
int csystem_keep_large_blocks(size_t largest, size_t kept) {
  return mallopt(M_MMAP_THRESHOLD, (int)largest) == 1 && mallopt(M_TRIM_THRESHOLD, (int)kept) == 1;
}
