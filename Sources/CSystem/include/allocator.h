#pragma once
// The C library's allocator.

#include <stddef.h>

/// Blocks up to `largest` bytes come from the heap, and a heap gives its free end back to the system
/// only when that is longer than `kept` bytes; 0 when the allocator refuses.
int csystem_keep_large_blocks(size_t largest, size_t kept);

/// Gives the free pages of all heaps back to the system.
void csystem_trim_heaps(void);

/// Asks for pages of 2 MB for those of them that lie within these bytes: what is touched first from now
/// on is mapped so where the system can; 0 where it cannot, or where none lies within.
int csystem_prefer_huge_pages(const void *start, size_t count);
