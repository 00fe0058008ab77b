import LinearAlgebra

extension Matrix {
  /// A matrix in fresh memory whose numbers mean nothing until they are written.
  ///
  /// For results that a product or a pass fills whole: writing zeros first costs a pass over memory,
  /// and in generic code one call for each element.
  static func scratch(rows: Int, columns: Int) -> Matrix {
    Matrix(
      rows: rows, columns: columns,
      unsafeUninitialized: { buffer in
        // Numbers need no initialisation to be overwritten; in debug builds reading them shows.
        assert(poison(buffer))
      })
  }

  private static func poison(_ buffer: UnsafeMutableBufferPointer<Scalar>) -> Bool {
    buffer.initialize(repeating: .nan)
    return true
  }
}
