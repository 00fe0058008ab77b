extension Matrix {
  /// Aᵀ (columns × rows).
  public func transposed() -> Matrix {
    withView { Matrix($0.transposed) }
  }

  /// A copy of the rows and columns in these ranges.
  public func block(rows: Range<Int>, columns: Range<Int>) -> Matrix {
    withView { Matrix($0.block(rows: rows, columns: columns)) }
  }

  /// Writes `block` with its first entry at (row, column).
  public mutating func replace(atRow row: Int, column: Int, with block: Matrix) {
    withMutableView { target in
      block.withView { source in
        copy(
          source,
          into: target.block(
            rows: row..<row + source.rows, columns: column..<column + source.columns))
      }
    }
  }

  /// A ← a·A.
  public mutating func scale(by a: Scalar) {
    withMutableView { LinearAlgebra.scale($0, by: a) }
  }

  /// a·A.
  public func scaled(by a: Scalar) -> Matrix {
    var result = self
    result.scale(by: a)
    return result
  }

  /// A ← A + a·B.
  public mutating func add(_ other: Matrix, scaledBy a: Scalar = 1) {
    withMutableView { target in
      other.withView { LinearAlgebra.add($0, scaledBy: a, to: target) }
    }
  }

  /// A ← b·A + a·B.
  public mutating func combine(scaledBy b: Scalar, adding other: Matrix, scaledBy a: Scalar) {
    withMutableView { target in
      other.withView { LinearAlgebra.add($0, scaledBy: a, to: target, scaledBy: b) }
    }
  }

  /// A ← A ∘ B, entry by entry.
  public mutating func hadamard(_ other: Matrix) {
    withMutableView { target in
      other.withView { LinearAlgebra.hadamard($0, into: target) }
    }
  }

  /// A ← A·diag(factors).
  public mutating func scaleColumns(by factors: [Scalar]) {
    withMutableView { LinearAlgebra.scaleColumns($0, by: factors) }
  }

  /// A ← diag(factors)·A.
  public mutating func scaleRows(by factors: [Scalar]) {
    withMutableView { LinearAlgebra.scaleRows($0, by: factors) }
  }

  /// A ← A + a·I.
  public mutating func addToDiagonal(_ a: Scalar) {
    withMutableView { LinearAlgebra.addToDiagonal(a, of: $0) }
  }

  /// Copies the lower triangle of a square matrix onto the upper one.
  public mutating func mirrorLower() {
    withMutableView { LinearAlgebra.mirrorLower($0) }
  }

  /// A ← (A + Aᵀ)/2, square.
  public mutating func symmetrize() {
    precondition(rows == columns, "a square matrix")
    withMutableView { ElementLoops.symmetrize($0.rows, $0.base, $0.stride) }
  }

  public static func + (left: Matrix, right: Matrix) -> Matrix {
    var sum = left
    sum.add(right)
    return sum
  }

  public static func - (left: Matrix, right: Matrix) -> Matrix {
    var difference = left
    difference.add(right, scaledBy: -1)
    return difference
  }
}
