import CSystem

/// How the C library's allocator treats blocks of some megabytes.
package enum LargeBlocks {
  /// Blocks up to 32 MB come from the heap, and each heap keeps up to 64 MB that is free at its end:
  /// what the allocator itself would arrive at after freeing one block of 32 MB.
  ///
  /// Matrices come and go many times in one computation. Given back to the system each time, their
  /// pages are cleared and mapped anew: measured, a tenth of the time of a 512 × 2048 polar factor.
  static let areKept: Bool = csystem_keep_large_blocks(32 << 20, 64 << 20) != 0

  /// Blocks of so many bytes hold one page of 2 MB at least.
  private static let hugeBytes = 4 << 20

  /// Tells the system that memory about to be written is a large matrix, which is best mapped in pages
  /// of 2 MB. Where these have to be asked for (`madvise` in
  /// `/sys/kernel/mm/transparent_hugepage/enabled`), those of 4 KB cost a 1536 × 1536 polar factor a
  /// tenth of its time. Does nothing for less than 4 MB.
  package static func prepare(_ memory: UnsafeRawBufferPointer) {
    guard memory.count >= hugeBytes else { return }
    _ = csystem_prefer_huge_pages(memory.baseAddress, memory.count)
  }
}
