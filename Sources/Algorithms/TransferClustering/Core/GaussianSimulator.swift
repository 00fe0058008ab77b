import LinearAlgebra

/// Draws from a Gaussian mixture, told as costs without the points themselves.
///
/// A point of class l is x = m_l + L_l z with z standard normal. Under class k its Mahalanobis
/// length is ‖L_k⁻¹ (x - m_k)‖ = ‖a + C z‖ with a = L_k⁻¹ (m_l - m_k), C = L_k⁻¹ L_l, which is lower
/// triangular and the same in every replicate; for k = l it is ‖z‖. So a draw costs
/// n (K - 1) d²/2 multiplications, half of one density evaluation, and no point is ever formed.
///
/// Letters: n subjects, K classes, d dimensions; eight subjects of one class are worked on at once.
package struct GaussianSimulator: Sendable {
  private typealias Lanes = SIMD8<Double>
  private static let width = 8

  private let subjects: Int
  private let classes: Int
  private let dimension: Int
  /// Subjects class after class, each class filled up to a multiple of eight with -1.
  private let order: [Int32]
  /// The class of each eight.
  private let blockLabels: [Int]
  /// -(constant of the density) - log weight `(K)`.
  private let offsets: [Double]
  /// a of each pair (l, k) `(K × K × d)`.
  private let shifts: [Double]
  private let maps: Maps

  /// C of each pair (l, k).
  private enum Maps: Sendable {
    case identity  // tied: all C are the unit matrix
    case diagonal([Double])  // (K × K × d)
    case triangular([[Double]])  // K × K of (d × d), empty where l = k
  }

  /// Whether the tables of all pairs of classes stay small (32 MB).
  static func suits(_ mixture: GaussianMixture) -> Bool {
    let (k, d) = (mixture.classes, mixture.dimension)
    return k * k * d * (mixture.form == .full ? d : 1) <= 1 << 22
  }

  /// - Throws: `singularCovariance`.
  /// - Complexity: O(K² d³) for full, once.
  package init(_ mixture: GaussianMixture, labels: [Int]) throws(TransferClusteringError) {
    let density = try GaussianDensity(mixture)
    let (k, d) = (mixture.classes, mixture.dimension)
    subjects = labels.count
    classes = k
    dimension = d
    var order: [Int32] = []
    var blockLabels: [Int] = []
    for label in 0..<k {
      let members = labels.indices.filter { labels[$0] == label }.map { Int32($0) }
      order += members
      order += Array(repeating: -1, count: (Self.width - members.count % Self.width) % Self.width)
      blockLabels += Array(
        repeating: label, count: (members.count + Self.width - 1) / Self.width)
    }
    self.order = order
    self.blockLabels = blockLabels
    offsets = zip(density.constants, mixture.weights).map { -$0 - MixtureStep.logWeight($1) }
    var shifts: [Double] = []
    var factors: [Double] = []
    var matrices: [[Double]] = []
    for from in 0..<k {
      for to in 0..<k {
        let difference = (0..<d).map { mixture.means[from, $0] - mixture.means[to, $0] }
        shifts += density.whitened(difference, label: to)
        switch mixture.form {
        case .spherical, .diag: factors += density.ratios(from: from, to: to)
        case .tied: break
        case .full:
          matrices.append(from == to ? [] : density.change(from: from, to: to).elements)
        }
      }
    }
    self.shifts = shifts
    switch mixture.form {
    case .spherical, .diag: maps = .diagonal(factors)
    case .tied: maps = .identity
    case .full: maps = .triangular(matrices)
    }
  }

  /// -log density - log weight of a fresh draw, `(n × K)`.
  func costs(_ stream: inout DrawStream) -> ClassTable {
    costs(noise: { stream.fillNormal($0) })
  }

  /// The same from given noise: `fill` is asked for `(d × 8)` numbers for each eight subjects of
  /// one class, in the order of the classes and within each of the subjects.
  package func costs(noise fill: (UnsafeMutableBufferPointer<Double>) -> Void) -> ClassTable {
    let (k, d, width) = (classes, dimension, Self.width)
    var table = ClassTable(subjects: subjects, classes: k)
    var noise = [Lanes](repeating: .zero, count: d)  // d coordinates of eight subjects
    noise.withUnsafeMutableBufferPointer { noise in
      table.values.withUnsafeMutableBufferPointer { out in
        for (block, label) in blockLabels.enumerated() {
          UnsafeMutableRawBufferPointer(noise).withMemoryRebound(to: Double.self) { fill($0) }
          for other in 0..<k {
            let lengths = squaredLengths(UnsafeBufferPointer(noise), from: label, to: other)
            for lane in 0..<width {
              let subject = Int(order[block * width + lane])
              if subject >= 0 { out[subject * k + other] = offsets[other] + lengths[lane] / 2 }
            }
          }
        }
      }
    }
    return table
  }

  /// ‖a + C z‖² of eight subjects.
  @inline(__always)
  private func squaredLengths(
    _ z: UnsafeBufferPointer<Lanes>, from label: Int, to other: Int
  ) -> Lanes {
    let d = dimension
    var sum = Lanes.zero
    if label == other {
      for row in 0..<d { sum += z[row] * z[row] }
      return sum
    }
    let pair = label * classes + other
    shifts.withUnsafeBufferPointer { shifts in
      switch maps {
      case .identity:
        for row in 0..<d {
          let value = z[row] + shifts[pair * d + row]
          sum += value * value
        }
      case .diagonal(let factors):
        factors.withUnsafeBufferPointer { factors in
          for row in 0..<d {
            let value = z[row] * factors[pair * d + row] + shifts[pair * d + row]
            sum += value * value
          }
        }
      case .triangular(let matrices):
        matrices[pair].withUnsafeBufferPointer { c in
          for row in 0..<d {
            var value = Lanes(repeating: shifts[pair * d + row])
            for column in 0...row { value += z[column] * c[row * d + column] }
            sum += value * value
          }
        }
      }
    }
    return sum
  }
}
