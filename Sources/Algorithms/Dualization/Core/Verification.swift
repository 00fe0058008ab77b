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
  init<Scalar: Real>(
    of x: Matrix<Scalar>, for g: Matrix<Scalar>, exponent: Int,
    _ kind: PolarSettings.Verification, in context: ComputeContext
  ) throws(DualizationError) {
    if kind == .full || min(x.rows, x.columns) <= Self.smallSide {
      try self.init(
        exactly: Matrix<Double>(converting: x),
        PowerOfTwo(exponent: exponent).scaledDown(g), in: context)
    } else {
      try self.init(probing: x, g, exponent: exponent, in: context)
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
    residual = deviation.frobeniusNorm / root
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
      var generator = context.generator(stream: 0x7665_7269)
      let v = Matrix(
        rows: m, columns: Self.probes, elements: generator.normals(m * Self.probes))
      let first = deviation.times(v)
      let second = deviation.times(first)
      (sigmaMin, sigmaMax) = try Self.extremes(v, first, second)
    }
  }

  // MARK: By probes

  private init<Scalar: Real>(
    probing x: Matrix<Scalar>, _ g: Matrix<Scalar>, exponent: Int, in context: ComputeContext
  ) throws(DualizationError) {
    let m = min(x.rows, x.columns)
    let root = Double(m).squareRoot()
    var generator = context.generator(stream: 0x7665_7269)
    // (m × probes)
    let v = Matrix(rows: m, columns: Self.probes, elements: generator.normals(m * Self.probes))
    let xOperator = ThinOperator(x, exponent: 0)
    let gOperator = ThinOperator(g, exponent: exponent)
    let xv = try xOperator.adjoint(v, in: context)  // Xᵀ V (n × probes)
    let gv = try gOperator.adjoint(v, in: context)
    let av = try xOperator.forward(xv, in: context)  // A V, A = X Xᵀ
    let ev = av - v
    let skew =
      try xOperator.forward(gv, in: context) - gOperator.forward(xv, in: context)
    let aav = try xOperator.forward(xOperator.adjoint(av, in: context), in: context)
    let count = Double(Self.probes).squareRoot()
    residual = ev.frobeniusNorm / count / root
    let isometryNorm = (aav - av).frobeniusNorm / count
    isometry = isometryNorm / root
    isometryBound = Self.safety * isometryNorm
    asymmetry = skew.frobeniusNorm / count / 2 / gOperator.frobeniusNorm
    asymmetryBound = Self.safety * asymmetry
    // E (E V) = A A V − 2 A V + V.
    let eev = (aav - av) - ev
    (sigmaMin, sigmaMax) = try Self.extremes(v, ev, eev)
  }

  /// Ritz values of A = I + E on the span of V and E V, given E V and E² V.
  private static func extremes(
    _ v: Matrix<Double>, _ ev: Matrix<Double>, _ eev: Matrix<Double>
  ) throws(DualizationError) -> (Double, Double) {
    let (m, k) = (v.rows, v.columns)
    // Orthonormal basis B of [V, E V] by Gram-Schmidt, and E B alongside.
    var basis: [[Double]] = []
    var image: [[Double]] = []
    for (vectors, images) in [(v, ev), (ev, eev)] {
      for column in 0..<k {
        var b = vectors.column(column)
        var eb = images.column(column)
        let before = norm(b)
        guard before > 1e-300 else { continue }
        for (other, otherImage) in zip(basis, image) {
          let projection = dot(b, other)
          for i in 0..<m {
            b[i] -= projection * other[i]
            eb[i] -= projection * otherImage[i]
          }
        }
        let length = norm(b)
        // What cancellation has left is noise.
        guard length > 1e-6 * before else { continue }
        for i in 0..<m {
          b[i] /= length
          eb[i] /= length
        }
        basis.append(b)
        image.append(eb)
      }
    }
    var small = Matrix<Double>(rows: basis.count, columns: basis.count) { i, j in
      dot(basis[i], image[j])
    }
    small.symmetrize()
    let values = try decomposing { () throws(LinearAlgebraError) in
      try SymmetricEigen.values(of: small)
    }
    return (
      max(0, 1 + (values.first ?? 0)).squareRoot(), max(0, 1 + (values.last ?? 0)).squareRoot()
    )
  }

  private static func dot(_ a: [Double], _ b: [Double]) -> Double {
    var sum = SIMD4<Double>.zero
    let whole = a.count / 4 * 4
    for i in stride(from: 0, to: whole, by: 4) {
      let left = SIMD4<Double>(a[i], a[i + 1], a[i + 2], a[i + 3])
      let right = SIMD4<Double>(b[i], b[i + 1], b[i + 2], b[i + 3])
      sum += left * right
    }
    var total = sum.sum()
    for i in whole..<a.count { total += a[i] * b[i] }
    return total
  }

  private static func norm(_ a: [Double]) -> Double { dot(a, a).squareRoot() }

  // MARK: What follows

  /// Ends between which Σσ of G lies, given ⟨G, X⟩ and what may lie under the floor; nil when X is
  /// not shown to be the polar factor.
  ///
  /// From ‖A² − A‖_F ≤ e < 1/4 every eigenvalue of A is within e-ish of 0 or 1: those near 1 are
  /// at least a = (1 + √(1 − 4e))/2, so σ(X) ≥ √a there. ⟨G, X⟩ ≤ ‖X‖ Σσ gives the lower end; with
  /// X Gᵀ symmetric positive semidefinite, Σσ over those directions is at most ⟨G, X⟩/√a.
  func interval(
    pairing: Double, frobeniusNorm: Double, smallerSide m: Int, below: Double
  ) -> ClosedRange<Double>? {
    let e = isometryBound
    guard e < 0.24, asymmetryBound < 1e-3 else { return nil }
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
