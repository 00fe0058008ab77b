/// Numbers of negative, zero and positive eigenvalues of a symmetric matrix; zero means an exact zero
/// pivot.
public struct Inertia: Sendable, Equatable {
  public var negative: Int
  public var zero: Int
  public var positive: Int

  public init(negative: Int, zero: Int, positive: Int) {
    self.negative = negative
    self.zero = zero
    self.positive = positive
  }
}

/// Bunch-Kaufman factorisation A = L·D·Lᵀ (up to a permutation) of a symmetric A (n × n), D made of
/// 1 × 1 and 2 × 2 blocks.
///
/// n³/3 flops. Gives the inertia (Sylvester's law) and solves indefinite systems. Reads only the
/// lower triangle.
public struct SymmetricIndefinite<Scalar: Real>: Sendable {
  private let factors: Matrix<Scalar>
  private let pivots: [Int32]

  /// - Throws: `nonFinite`.
  public init(_ a: Matrix<Scalar>) throws(LinearAlgebraError) {
    precondition(a.rows == a.columns, "a square matrix")
    try a.requireFinite()
    let n = lapack(a.rows)
    var work = a
    var pivots = [Int32](repeating: 0, count: a.rows)
    if n > 0 {
      do throws(LinearAlgebraError) {
        try work.withMutableView { view throws(LinearAlgebraError) in
          try withWorkspace("sytrf") { scratch, length in
            Scalar.Routines.sytrf(.upper, n, view.base, n, &pivots, scratch, length)
          }
        }
      } catch .notConverged {
        // info > 0 only reports an exact zero pivot: the factorisation is complete.
      }
    }
    factors = work
    self.pivots = pivots
  }

  /// By the signs of D; a 2 × 2 block has one eigenvalue of either sign.
  public var inertia: Inertia {
    var result = Inertia(negative: 0, zero: 0, positive: 0)
    for (i, pivot) in pivots.enumerated() {
      let value = factors[i, i]
      if pivot < 0 {
        // Both rows of a 2 × 2 block carry a negative pivot: count one here, one there.
        result.negative += 1
      } else if value > 0 {
        result.positive += 1
      } else if value < 0 {
        result.negative += 1
      } else {
        result.zero += 1
      }
    }
    let pairs = pivots.count { $0 < 0 } / 2
    result.negative -= pairs
    result.positive += pairs
    return result
  }

  /// The solution of A·x = b for each row of B; B and the result (p × n).
  ///
  /// - Throws: `singular` when D has an exact zero.
  public func solve(rows b: Matrix<Scalar>) throws(LinearAlgebraError) -> Matrix<Scalar> {
    precondition(b.columns == factors.rows, "rows as long as A")
    for (i, pivot) in pivots.enumerated() where pivot > 0 && factors[i, i] == 0 {
      throw .singular(pivot: i)
    }
    guard b.count > 0 else { return b }
    var x = b
    factors.withView { a in
      x.withMutableView { x in
        let info = Scalar.Routines.sytrs(
          .upper, lapack(a.rows), lapack(x.rows), a.base, lapack(a.stride), pivots, x.base,
          lapack(x.stride))
        precondition(info == 0, "sytrs: argument \(-info)")
      }
    }
    return x
  }
}
