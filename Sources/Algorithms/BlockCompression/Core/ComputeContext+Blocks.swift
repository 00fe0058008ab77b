import Compute

extension ComputeContext {
  /// Calls `body` once with each index below `count` and the context for the work inside: few blocks
  /// share the threads among the products of each, many are one thread's each.
  ///
  /// The bytes do not depend on which: products are cut by their shape alone.
  /// - Throws: `ComputationStopped` when asked to stop; then some indices were left out.
  func forEachBlock(
    _ count: Int,
    _ body: @Sendable (Int, ComputeContext) throws(ComputationStopped) -> Void
  ) throws(ComputationStopped) {
    let inner = count < 4 ? self : serial
    try parallelTiles(count) { index in
      do throws(ComputationStopped) {
        try body(index, inner)
      } catch {
        // The reason stands, and the loop ends by asking for it.
      }
    }
  }
}
