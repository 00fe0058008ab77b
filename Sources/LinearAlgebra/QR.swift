/// QR factorisation A = Q·R of A (m × n), k = min(m, n), kept as k Householder reflectors.
///
/// Row-major A is column-major Aᵀ, whose LQ factorisation is this one transposed, so LAPACK's gelqf
/// works on our rows in place. Backward stable: ‖A - QR‖ ≤ c·m·n·eps·‖A‖, ‖QᵀQ - I‖ likewise.
/// 2mn² - 2n³/3 flops (m ≥ n).
public struct QR<Scalar: Real>: Sendable {
  private let reflectors: Matrix<Scalar>  // (m × n): R on and above the diagonal
  private let factors: [Scalar]  // (k)

  /// Factorises A (m × n), any shape, 0 included.
  public init(_ a: Matrix<Scalar>) {
    var work = a
    var tau = [Scalar](repeating: 0, count: min(a.rows, a.columns))
    let (m, n) = (lapack(a.columns), lapack(a.rows))  // of the transposed view
    if !tau.isEmpty {
      work.withMutableView { view in
        runQR("gelqf") { scratch, length in
          Scalar.Routines.gelqf(m, n, view.base, m, &tau, scratch, length)
        }
      }
    }
    reflectors = work
    factors = tau
  }

  /// R (k × n), upper triangular; the signs of its diagonal are LAPACK's.
  public var r: Matrix<Scalar> {
    Matrix(rows: factors.count, columns: reflectors.columns) { i, j in
      j >= i ? reflectors[i, j] : 0
    }
  }

  /// Q (m × k), orthonormal columns; 2mn² flops more.
  public var q: Matrix<Scalar> {
    let k = factors.count
    var result = reflectors.block(rows: 0..<reflectors.rows, columns: 0..<k)
    guard k > 0 else { return result }
    let (m, n) = (lapack(k), lapack(reflectors.rows))
    result.withMutableView { view in
      runQR("orglq") { scratch, length in
        Scalar.Routines.orglq(m, n, m, view.base, m, factors, scratch, length)
      }
    }
    return result
  }

  /// C ← Q·C with the full Q (m × m), C (m × p).
  public func applyQ(to c: inout Matrix<Scalar>) { apply(to: &c, transposed: false) }

  /// C ← Qᵀ·C with the full Q (m × m), C (m × p); its first k rows are the thin QᵀC.
  public func applyQTransposed(to c: inout Matrix<Scalar>) { apply(to: &c, transposed: true) }

  /// Our Q·C is, on transposed views, Cᵀ·Qᵀ, and LAPACK's Q̂ of the LQ form is our Qᵀ.
  private func apply(to c: inout Matrix<Scalar>, transposed: Bool) {
    precondition(c.rows == reflectors.rows, "C has as many rows as A")
    guard !factors.isEmpty, c.columns > 0 else { return }
    let k = lapack(factors.count)
    let (m, n) = (lapack(c.columns), lapack(c.rows))
    reflectors.withView { a in
      c.withMutableView { c in
        runQR("ormlq") { scratch, length in
          Scalar.Routines.ormlq(
            .right, transposed ? .transpose : .none, m, n, k, a.base, lapack(a.stride), factors,
            c.base, m, scratch, length)
        }
      }
    }
  }
}

/// The QR routines have no numerical way to fail.
private func runQR<Scalar: Real>(
  _ routine: String, _ call: (UnsafeMutablePointer<Scalar>, Int32) -> Int32
) {
  do throws(LinearAlgebraError) {
    try withWorkspace(routine, call)
  } catch {
    preconditionFailure("\(error)")
  }
}
