import Compute

/// Passes over many bytes, also by threads of the priority of those that answer.
enum LongWork {
  /// A tenth of a millisecond of hashing or writing.
  private static let piece = 131_072

  /// Runs `body` on the places of `count` bytes, some at a time, and offers the core between.
  static func inPieces<E: Error>(
    of count: Int, _ body: (Range<Int>) throws(E) -> Void
  ) throws(E) {
    var start = 0
    while start < count {
      if start > 0 { Courtesy.offerCore() }
      let end = min(start + piece, count)
      try body(start..<end)
      start = end
    }
  }
}
