import Compute
import LinearAlgebra

/// How far a computed X is from the polar factor of G, measured on X and G themselves.
///
/// With E = X Xᵀ − I on the smaller side m: residual ‖E‖_F/√m, isometry ‖E + E²‖_F/√m, the extreme
/// singular values of X, and the asymmetry ‖X Gᵀ − G Xᵀ‖_F / (2 ‖G‖_F). Probing does it with eight
/// random vectors v, since E‖M v‖² = ‖M‖_F²; in full the Gram matrices are formed.
struct Verification {
  var residual: Double
  var isometry: Double
  var sigmaMin: Double
  var sigmaMax: Double
  var asymmetry: Double
  /// Bounds ‖E + E²‖_F (times 1, or a factor for the chance that probes miss it).
  var isometryBound: Double
  /// Likewise ‖E‖_F.
  var residualBound: Double
  /// Likewise ‖skew(X Gᵀ)‖_F / ‖G‖_F.
  var asymmetryBound: Double

  /// Random vectors of a probe.
  static let probes = 8
  /// ‖M‖_F is below this times its estimate but for a chance of 1e-6: for a rank-one M, the worst
  /// case, the estimate's square is ‖M‖_F² χ²₈/8, and P(χ²₈ < 0.139) = 1e-6.
  private static let safety = 7.6
  /// Up to this smaller side the exact figures cost less than probing.
  private static let smallSide = 48
  /// Up to this smaller side all eigenvalues of X Xᵀ are computed in full verification.
  private static let eigenLimit = 1024

  /// - Parameters:
  ///   - x: the factor. - g: the matrix it belongs to, of the same shape.
  ///   - exponent: of the power of two next to the largest entry of g.
  ///   - frobeniusNorm: ‖G‖_F / 2^exponent.
  init<Scalar: Real>(
    of x: Matrix<Scalar>, for g: Matrix<Scalar>, exponent: Int, frobeniusNorm: Double,
    _ kind: PolarSettings.Verification, in context: ComputeContext
  ) throws(DualizationError) {
    if kind == .full || min(x.rows, x.columns) <= Self.smallSide {
      try self.init(
        exactly: Matrix<Double>(converting: x),
        PowerOfTwo(exponent: exponent).scaledDown(g), in: context)
    } else {
      try self.init(
        probing: x, g, exponent: exponent, frobeniusNorm: frobeniusNorm, in: context)
    }
  }

  // MARK: In full

  private init(
    exactly x: Matrix<Double>, _ g: Matrix<Double>, in context: ComputeContext
  ) throws(DualizationError) {
    let isTall = x.rows > x.columns
    let m = min(x.rows, x.columns)
    let root = Double(m).squareRoot()
    let (gram, cross) = try stoppable { () throws(ComputationStopped) in
      try isTall
        ? (x.gramOfColumns(in: context), x.transposedTimes(g, in: context))
        : (x.gram(in: context), x.timesTransposed(g, in: context))
    }
    var deviation = gram
    deviation.addToDiagonal(-1)
    residualBound = deviation.frobeniusNorm
    residual = residualBound / root
    let square = try stoppable { () throws(ComputationStopped) in
      try gram.times(deviation, in: context)
    }
    isometry = square.frobeniusNorm / root
    isometryBound = isometry * root
    asymmetry = cross.skewNorm / g.frobeniusNorm
    asymmetryBound = asymmetry
    if m <= Self.eigenLimit {
      let values = try decomposing { () throws(LinearAlgebraError) in
        try SymmetricEigen.values(of: gram)
      }
      sigmaMin = max(0, values.first ?? 0).squareRoot()
      sigmaMax = max(0, values.last ?? 0).squareRoot()
    } else {
      let v = ProbeVectors.normal(order: m, count: Self.probes, in: context)
      let first = deviation.times(v)
      let second = deviation.times(first)
      (sigmaMin, sigmaMax) = try Self.extremes(v, first, second)
    }
  }

  // MARK: By probes

  private init<Scalar: Real>(
    probing x: Matrix<Scalar>, _ g: Matrix<Scalar>, exponent: Int, frobeniusNorm: Double,
    in context: ComputeContext
  ) throws(DualizationError) {
    let m = min(x.rows, x.columns)
    let root = Double(m).squareRoot()
    // (m × probes)
    let v = ProbeVectors.normal(order: m, count: Self.probes, in: context)
    let xOperator = ThinOperator(x, exponent: 0)
    let gOperator = ThinOperator(g, exponent: exponent)
    let xv = try xOperator.adjoint(v, in: context)  // Xᵀ V (n × probes)
    let gv = try gOperator.adjoint(v, in: context)
    // X is widened once for both: A V with A = X Xᵀ, and X Gᵀ V.
    let both = try xOperator.forward(Self.joined(xv, gv), in: context)
    let av = both.block(rows: 0..<m, columns: 0..<Self.probes)
    let ev = av - v
    let skew =
      both.block(rows: 0..<m, columns: Self.probes..<2 * Self.probes)
      - (try gOperator.forward(xv, in: context))
    let aav = try xOperator.forward(xOperator.adjoint(av, in: context), in: context)
    let count = Double(Self.probes).squareRoot()
    residual = ev.frobeniusNorm / count / root
    residualBound = Self.safety * residual * root
    let isometryNorm = (aav - av).frobeniusNorm / count
    isometry = isometryNorm / root
    isometryBound = Self.safety * isometryNorm
    asymmetry = skew.frobeniusNorm / count / 2 / frobeniusNorm
    asymmetryBound = Self.safety * asymmetry
    // E (E V) = A A V − 2 A V + V.
    let eev = (aav - av) - ev
    (sigmaMin, sigmaMax) = try Self.extremes(v, ev, eev)
  }

  /// [A, B], side by side.
  private static func joined(_ a: Matrix<Double>, _ b: Matrix<Double>) -> Matrix<Double> {
    var whole = Matrix<Double>.scratch(rows: a.rows, columns: a.columns + b.columns)
    whole.replace(atRow: 0, column: 0, with: a)
    whole.replace(atRow: 0, column: a.columns, with: b)
    return whole
  }

  /// Ritz values of A = I + E on the span of V and E V, given E V and E² V.
  private static func extremes(
    _ v: Matrix<Double>, _ ev: Matrix<Double>, _ eev: Matrix<Double>
  ) throws(DualizationError) -> (Double, Double) {
    let (m, k) = (v.rows, v.columns)
    // Rows of `basis` become orthonormal by Gram-Schmidt, E times each goes along in `image`.
    var basis = v.transposed().elements + ev.transposed().elements  // (2k × m)
    var image = ev.transposed().elements + eev.transposed().elements  // (2k × m)
    var kept: [Int] = []
    basis.withUnsafeMutableBufferPointer { basis in
      image.withUnsafeMutableBufferPointer { image in
        guard let b = basis.baseAddress, let e = image.baseAddress else { return }
        for row in 0..<2 * k {
          let (own, ownImage) = (b + row * m, e + row * m)
          let before = ElementPasses.dot(m, own, own).squareRoot()
          // E V that small is rounding of V, and E² V, got by cancellation, means nothing.
          guard before > 1e-8 * Double(m).squareRoot() else { continue }
          for other in kept {
            let projection = ElementPasses.dot(m, own, b + other * m)
            ElementPasses.subtract(m, projection, b + other * m, from: own)
            ElementPasses.subtract(m, projection, e + other * m, from: ownImage)
          }
          let length = ElementPasses.dot(m, own, own).squareRoot()
          // What cancellation has left is noise.
          guard length > 1e-6 * before else { continue }
          ElementPasses.divide(m, own, by: length)
          ElementPasses.divide(m, ownImage, by: length)
          kept.append(row)
        }
      }
    }
    var small = basis.withUnsafeBufferPointer { basis in
      image.withUnsafeBufferPointer { image in
        Matrix<Double>(rows: kept.count, columns: kept.count) { i, j in
          guard let b = basis.baseAddress, let e = image.baseAddress else { return 0 }
          return ElementPasses.dot(m, b + kept[i] * m, e + kept[j] * m)
        }
      }
    }
    small.symmetrize()
    let values = try decomposing { () throws(LinearAlgebraError) in
      try SymmetricEigen.values(of: small)
    }
    return (
      max(0, 1 + (values.first ?? 0)).squareRoot(), max(0, 1 + (values.last ?? 0)).squareRoot()
    )
  }

  // MARK: What follows

  /// Ends between which Σσ of G lies, given ⟨G, X⟩ and what may lie under the floor; nil when X is
  /// not shown to be the polar factor.
  ///
  /// From ‖A² − A‖_F ≤ e < 1/4 every eigenvalue of A is within e-ish of 0 or 1: those near 1 are
  /// at least a = (1 + √(1 − 4e))/2, so σ(X) ≥ √a there. ⟨G, X⟩ ≤ ‖X‖ Σσ gives the lower end; with
  /// X Gᵀ symmetric positive semidefinite, Σσ over those directions is at most ⟨G, X⟩/√a. What X
  /// leaves out adds at most `below`; nil where that is not known. It leaves out nothing when
  /// ‖E‖_F < 1/2.
  func interval(
    pairing: Double, frobeniusNorm: Double, smallerSide m: Int, below: Double?
  ) -> ClosedRange<Double>? {
    let e = isometryBound
    guard e < 0.24, asymmetryBound < 1e-3 else { return nil }
    guard let below = residualBound < 0.5 ? 0 : below else { return nil }
    let root = (1 - 4 * e).squareRoot()
    let least = ((1 + root) / 2).squareRoot()
    let most = (1 + e).squareRoot()
    // A skew part of X Gᵀ adds at most its nuclear norm.
    let skew = asymmetryBound * frobeniusNorm * Double(m).squareRoot()
    let lower = pairing / most
    let upper = (pairing + skew) / least + below
    guard lower.isFinite, upper.isFinite, lower <= upper else { return nil }
    return lower...upper
  }
}
