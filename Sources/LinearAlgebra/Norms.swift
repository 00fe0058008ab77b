// Norms and other single numbers of a matrix. All are accumulated and returned in double precision,
// whatever the scalar; 0 for a matrix without entries; NaN where an entry is NaN.

extension MatrixView {
  private var lines: Int { isTransposed ? columns : rows }
  private var lineLength: Int { isTransposed ? rows : columns }

  /// max |aᵢⱼ|.
  public var maximumMagnitude: Double {
    var most = 0.0
    for line in 0..<lines {
      let value = ElementLoops.maximumMagnitude(lineLength, base + line * stride)
      if value > most || value.isNaN { most = value }
    }
    return most
  }

  /// Σ aᵢⱼ².
  public var sumOfSquares: Double {
    var total = 0.0
    for line in 0..<lines {
      total += ElementLoops.sumOfSquares(lineLength, scaledBy: 1, base + line * stride)
    }
    return total
  }

  /// Frobenius norm √Σ aᵢⱼ², without overflow or underflow: entries whose squares leave the range
  /// are scaled by a power of two first.
  public var frobeniusNorm: Double {
    let plain = sumOfSquares
    // Squares of entries below 2⁻⁵¹¹ are not normal; above this sum their loss is invisible.
    if plain > 0x1p-900 && plain < .infinity { return plain.squareRoot() }
    let most = maximumMagnitude
    guard most > 0, most.isFinite else { return most }
    let scale = Double(sign: .plus, exponent: -most.exponent, significand: 1)
    // 2⁻ᵉ itself overflows for the smallest subnormal numbers: go half the way, twice.
    guard scale.isFinite, scale > 0 else { return scaledNorm(inSteps: most.exponent) }
    var total = 0.0
    for line in 0..<lines {
      total += ElementLoops.sumOfSquares(lineLength, scaledBy: scale, base + line * stride)
    }
    return total.squareRoot() / scale
  }

  private func scaledNorm(inSteps exponent: Double.Exponent) -> Double {
    var total = 0.0
    for i in 0..<rows {
      for j in 0..<columns {
        let value = Double(self[i, j]) * 0x1p537 * 0x1p537
        total += value * value
      }
    }
    return total.squareRoot() * 0x1p-537 * 0x1p-537
  }

  /// Σ aᵢⱼ bᵢⱼ; both views lie the same way in memory.
  public func dot(_ other: MatrixView) -> Double {
    precondition(
      rows == other.rows && columns == other.columns && isTransposed == other.isTransposed,
      "views of one shape that lie the same way")
    var total = 0.0
    for line in 0..<lines {
      total += ElementLoops.dot(lineLength, base + line * stride, other.base + line * other.stride)
    }
    return total
  }

  /// Σⱼ aᵢⱼ² for each row; of a view that is not transposed.
  public func rowSquaredNorms() -> [Double] {
    precondition(!isTransposed, "rows that lie in one piece")
    return (0..<rows).map {
      ElementLoops.sumOfSquares(columns, scaledBy: 1, base + $0 * stride)
    }
  }

  /// Σ aᵢᵢ.
  public var trace: Double {
    ElementLoops.sum(min(rows, columns), base, spacing: stride + 1)
  }

  /// Whether every entry is finite.
  public var isFinite: Bool {
    (0..<lines).allSatisfy { ElementLoops.allFinite(lineLength, base + $0 * stride) }
  }

  /// - Throws: `nonFinite` naming the first NaN or infinity in row order.
  public func requireFinite() throws(LinearAlgebraError) {
    if isFinite { return }
    for i in 0..<rows {
      for j in 0..<columns where !self[i, j].isFinite { throw .nonFinite(row: i, column: j) }
    }
  }
}

extension Matrix {
  /// max |aᵢⱼ|.
  public var maximumMagnitude: Double { withView { $0.maximumMagnitude } }

  /// Σ aᵢⱼ².
  public var sumOfSquares: Double { withView { $0.sumOfSquares } }

  /// Frobenius norm √Σ aᵢⱼ², without overflow or underflow.
  public var frobeniusNorm: Double { withView { $0.frobeniusNorm } }

  /// max over columns of Σᵢ |aᵢⱼ|.
  public var oneNorm: Double {
    columnSums(ElementLoops.addMagnitudes).reduce(0) { $1 > $0 || $1.isNaN ? $1 : $0 }
  }

  /// max over rows of Σⱼ |aᵢⱼ|.
  public var infinityNorm: Double {
    withView { view in
      (0..<rows).reduce(0) { most, i in
        let sum = ElementLoops.sumOfMagnitudes(columns, view.base + i * columns)
        return sum > most || sum.isNaN ? sum : most
      }
    }
  }

  /// Σ aᵢᵢ.
  public var trace: Double { withView { $0.trace } }

  /// Σ aᵢⱼ bᵢⱼ.
  public func dot(_ other: Matrix) -> Double {
    withView { a in other.withView { b in a.dot(b) } }
  }

  /// Σⱼ aᵢⱼ² for each row.
  public func rowSquaredNorms() -> [Double] { withView { $0.rowSquaredNorms() } }

  /// Σᵢ aᵢⱼ² for each column.
  public func columnSquaredNorms() -> [Double] { columnSums(ElementLoops.addSquares) }

  private func columnSums(
    _ add: (Int, UnsafePointer<Scalar>, UnsafeMutablePointer<Double>) -> Void
  ) -> [Double] {
    var sums = [Double](repeating: 0, count: columns)
    withView { view in
      for i in 0..<rows { add(columns, view.base + i * columns, &sums) }
    }
    return sums
  }

  /// Frobenius norm of the skew part (A - Aᵀ)/2 of a square matrix: 0 when it is symmetric.
  public var skewNorm: Double {
    precondition(rows == columns, "a square matrix")
    return withView { ElementLoops.skewSquare(rows, $0.base, columns) }.squareRoot()
  }

  /// Whether every entry is finite.
  public var isFinite: Bool { withView { $0.isFinite } }

  /// - Throws: `nonFinite` naming the first NaN or infinity in row order.
  public func requireFinite() throws(LinearAlgebraError) {
    try withView { view throws(LinearAlgebraError) in try view.requireFinite() }
  }
}
