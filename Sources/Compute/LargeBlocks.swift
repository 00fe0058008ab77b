import CSystem

/// How the C library's allocator treats blocks of some megabytes.
enum LargeBlocks {
  /// Blocks up to 32 MB come from the heap, and each heap keeps up to 64 MB that is free at its end:
  /// what the allocator itself would arrive at after freeing one block of 32 MB.
  ///
  /// Matrices come and go many times in one computation. Given back to the system each time, their
  /// pages are cleared and mapped anew: measured, a tenth of the time of a 512 × 2048 polar factor.
  static let areKept: Bool = csystem_keep_large_blocks(32 << 20, 64 << 20) != 0
}
