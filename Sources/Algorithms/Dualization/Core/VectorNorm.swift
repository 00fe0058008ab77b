import LinearAlgebra

/// Norms of vector parameters (biases, gains), with their dual norms and duality maps.
///
/// | norm | ‖v‖ | dual of g | duality map |
/// |---|---|---|---|
/// | l2 | √Σv² | ‖g‖₂ | g/‖g‖₂ |
/// | linf | max \|v\| | Σ\|g\| | sign(g), sign(0) = 0 |
/// | rms | ‖v‖₂/√d | √d ‖g‖₂ | √d g/‖g‖₂ |
/// | l1 | Σ\|v\| | max \|g\| | the sign at the first of the largest |
///
/// Sums are in float64 and scaled, so entries of 1e±150 neither overflow nor vanish.
public enum VectorNorm: String, Sendable, CaseIterable {
  case l2
  case linf
  case rms
  case l1

  /// ‖v‖.
  func value<Scalar: Real>(_ v: [Scalar]) -> Double {
    switch self {
    case .l2: Self.length(v)
    case .linf: Self.largest(v)
    case .rms: Self.length(v) / Double(v.count).squareRoot()
    case .l1: Self.sum(v)
    }
  }

  /// The dual norm of g.
  func dual<Scalar: Real>(_ g: [Scalar]) -> Double {
    switch self {
    case .l2: Self.length(g)
    case .linf: Self.sum(g)
    case .rms: Double(g.count).squareRoot() * Self.length(g)
    case .l1: Self.largest(g)
    }
  }

  /// A vector of norm 1 that maximises the pairing with g; zero for zero.
  func dualized<Scalar: Real>(_ g: [Scalar]) -> [Scalar] {
    let largest = Self.largest(g)
    guard largest > 0 else { return g.map { _ in 0 } }
    switch self {
    case .l2: return Self.unit(g, largest, times: 1)
    case .rms: return Self.unit(g, largest, times: Double(g.count).squareRoot())
    case .linf: return g.map { $0 == 0 ? 0 : ($0 < 0 ? -1 : 1) }
    case .l1:
      var result = [Scalar](repeating: 0, count: g.count)
      if let first = g.firstIndex(where: { Double($0.magnitude) == largest }) {
        result[first] = g[first] < 0 ? -1 : 1
      }
      return result
    }
  }

  private static func largest<Scalar: Real>(_ v: [Scalar]) -> Double {
    Matrix(rows: 1, columns: v.count, elements: v).maximumMagnitude
  }

  private static func length<Scalar: Real>(_ v: [Scalar]) -> Double {
    Matrix(rows: 1, columns: v.count, elements: v).frobeniusNorm
  }

  private static func sum<Scalar: Real>(_ v: [Scalar]) -> Double {
    v.reduce(0) { $0 + Double($1.magnitude) }
  }

  private static func unit<Scalar: Real>(
    _ g: [Scalar], _ largest: Double, times factor: Double
  ) -> [Scalar] {
    let down = PowerOfTwo(exponent: Int(largest.exponent)).down
    let scaled = g.map { Double($0) * down.0 * down.1 }
    let length = scaled.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return scaled.map { Scalar(factor * ($0 / length)) }
  }
}
