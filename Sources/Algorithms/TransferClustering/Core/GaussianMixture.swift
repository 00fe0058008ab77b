import Glibc
public import LinearAlgebra

/// The shape of a Gaussian class around its mean.
public enum CovarianceForm: String, Sendable, CaseIterable {
  /// One variance a class.
  case spherical
  /// One variance a class and coordinate.
  case diag
  /// One matrix for all classes.
  case tied
  /// One matrix a class.
  case full
}

/// A mixture of K Gaussians in d dimensions.
///
/// log density of x under class k: -(d ln 2π + ln det Σ_k + (x - m_k)ᵀ Σ_k⁻¹ (x - m_k))/2.
public struct GaussianMixture: Sendable, Equatable {
  public let form: CovarianceForm
  /// π `(K)`, sums to 1.
  public internal(set) var weights: [Double]
  /// m `(K × d)`.
  public internal(set) var means: Matrix<Double>
  /// The covariances in their form: spherical `(K × 1)`, diag `(K × d)`, tied `(d × d)`, full
  /// `(K·d × d)`, class after class.
  public internal(set) var covariances: Matrix<Double>

  public var classes: Int { means.rows }
  public var dimension: Int { means.columns }

  /// The number of free parameters: K - 1 weights, K d means, and those of the covariances.
  public var parameterCount: Int {
    let (k, d) = (classes, dimension)
    let shape =
      switch form {
      case .spherical: k
      case .diag: k * d
      case .tied: d * (d + 1) / 2
      case .full: k * d * (d + 1) / 2
      }
    return k - 1 + k * d + shape
  }

  /// The maximum-likelihood parameters for given responsibilities (one M step).
  ///
  /// - Parameters:
  ///   - points: x `(n × d)`.
  ///   - responsibilities: `(n × K)`, rows sum to 1.
  ///   - ridge: added to every variance (to the diagonal of a matrix).
  /// - Complexity: O(n K d²) for tied and full, else O(n K d).
  public init(
    _ points: Matrix<Double>, responsibilities: ClassTable, form: CovarianceForm, ridge: Double
  ) {
    precondition(points.rows == responsibilities.subjects, "one row of responsibilities a point")
    self.form = form
    let (n, d, k) = (points.rows, points.columns, responsibilities.classes)
    // Ten ulps keep the division defined for a class of no mass, as scikit-learn does.
    var masses = [Double](repeating: 10 * Double.ulpOfOne, count: k)
    for subject in 0..<n {
      for label in 0..<k { masses[label] += responsibilities.values[subject * k + label] }
    }
    let r = Matrix(rows: n, columns: k, elements: responsibilities.values)
    var means = r.transposedTimes(points)  // (K, d)
    means.withMutableElements { m in
      for label in 0..<k {
        for column in 0..<d { m[label * d + column] /= masses[label] }
      }
    }
    weights = masses.map { $0 / Double(n) }
    self.means = means
    covariances = Self.covariances(
      points, r, masses: masses, means: means, form: form, ridge: ridge)
    let total = weights.reduce(0, +)
    for label in 0..<k { weights[label] /= total }
  }

  /// Renames the classes: class k becomes `names[k]`.
  public func renamed(_ names: [Int]) -> GaussianMixture {
    var result = self
    let d = dimension
    for (old, new) in names.enumerated() {
      result.weights[new] = weights[old]
      for column in 0..<d { result.means[new, column] = means[old, column] }
      let rows = form == .full ? d : 1
      guard form != .tied else { continue }
      for row in 0..<rows {
        for column in 0..<covariances.columns {
          result.covariances[new * rows + row, column] = covariances[old * rows + row, column]
        }
      }
    }
    return result
  }

  private static func covariances(
    _ points: Matrix<Double>, _ r: Matrix<Double>, masses: [Double], means: Matrix<Double>,
    form: CovarianceForm, ridge: Double
  ) -> Matrix<Double> {
    let (n, d, k) = (points.rows, points.columns, masses.count)
    switch form {
    case .spherical, .diag:
      var variances = Matrix<Double>(rows: k, columns: d)
      for label in 0..<k {
        var sums = [Double](repeating: 0, count: d)
        points.withElements { x in
          means.withElements { m in
            r.withElements { r in
              for subject in 0..<n {
                let share = r[subject * k + label]
                for column in 0..<d {
                  let difference = x[subject * d + column] - m[label * d + column]
                  sums[column] += share * difference * difference
                }
              }
            }
          }
        }
        for column in 0..<d {
          let variance = sums[column] / masses[label]
          let isNoise = isRounding(variance, of: means[label, column])
          variances[label, column] = (isNoise ? 0 : variance) + ridge
        }
      }
      guard form == .spherical else { return variances }
      return Matrix(rows: k, columns: 1) { label, _ in
        variances.row(label).reduce(0, +) / Double(d)
      }
    case .tied:
      var sum = Matrix<Double>(rows: d, columns: d)
      for label in 0..<k { sum = sum + scatter(points, r, means: means, label: label) }
      let total = masses.reduce(0, +)
      let isNoise = (0..<d).map { column in
        (0..<k).allSatisfy { label in
          isRounding(sum[column, column] / total, of: means[label, column])
        }
      }
      return covariance(sum, mass: total, isNoise: isNoise, ridge: ridge)
    case .full:
      var stacked = Matrix<Double>(rows: k * d, columns: d)
      for label in 0..<k {
        let one = scatter(points, r, means: means, label: label)
        let isNoise = (0..<d).map { column in
          isRounding(one[column, column] / masses[label], of: means[label, column])
        }
        let block = covariance(one, mass: masses[label], isNoise: isNoise, ridge: ridge)
        for row in 0..<d {
          for column in 0..<d { stacked[label * d + row, column] = block[row, column] }
        }
      }
      return stacked
    }
  }

  /// A scatter matrix `(d × d)` over its mass, without the columns that are noise, plus the ridge.
  private static func covariance(
    _ scatter: Matrix<Double>, mass: Double, isNoise: [Bool], ridge: Double
  ) -> Matrix<Double> {
    Matrix(rows: scatter.rows, columns: scatter.columns) { row, column in
      (isNoise[row] || isNoise[column] ? 0 : scatter[row, column] / mass)
        + (row == column ? ridge : 0)
    }
  }

  /// Whether a variance is only the square of its mean's rounding error, as a constant column's is:
  /// without ridge that would pass for the sharpest of all features.
  private static func isRounding(_ variance: Double, of mean: Double) -> Bool {
    variance <= 1e-26 * mean * mean
  }

  /// Σ_i r_ik (x_i - m_k)(x_i - m_k)ᵀ `(d × d)`, as the Gram matrix of rows scaled by √r.
  private static func scatter(
    _ points: Matrix<Double>, _ r: Matrix<Double>, means: Matrix<Double>, label: Int
  ) -> Matrix<Double> {
    let (n, d, k) = (points.rows, points.columns, r.columns)
    let rows = Matrix<Double>(rows: n, columns: d) { out in
      points.withElements { x in
        means.withElements { m in
          r.withElements { r in
            for subject in 0..<n {
              let root = r[subject * k + label].squareRoot()
              for column in 0..<d {
                out[subject * d + column] =
                  root * (x[subject * d + column] - m[label * d + column])
              }
            }
          }
        }
      }
    }
    return rows.gramOfColumns()
  }
}
