import Compute
import Glibc
import LinearAlgebra

/// The densities of a Gaussian mixture, factored once: for each class L⁻¹ with Σ = L Lᵀ.
struct GaussianDensity: Sendable {
  let mixture: GaussianMixture
  /// Per class, what turns a difference from the mean into white noise: `(d × d)` lower triangular
  /// for tied and full, one factor per coordinate for spherical and diag.
  private let whitening: [Whitening]
  /// Per class -(d ln 2π + ln det Σ)/2.
  let constants: [Double]

  private enum Whitening: Sendable {
    case factors([Double])  // (d): 1/σ
    case matrix(transposedInverse: Matrix<Double>, factor: Matrix<Double>)  // L⁻ᵀ, L (d, d)
  }

  /// - Throws: the class whose covariance is not positive definite.
  init(_ mixture: GaussianMixture) throws(TransferClusteringError) {
    self.mixture = mixture
    let d = mixture.dimension
    var whitening: [Whitening] = []
    var constants: [Double] = []
    let common = Double(d) * log(2 * Double.pi)
    for label in 0..<mixture.classes {
      switch mixture.form {
      case .spherical, .diag:
        let variances =
          mixture.form == .spherical
          ? Array(repeating: mixture.covariances[label, 0], count: d)
          : mixture.covariances.row(label)
        guard variances.allSatisfy({ $0 > 0 && $0.isFinite }) else {
          throw .singularCovariance(label: label, form: mixture.form)
        }
        whitening.append(.factors(variances.map { 1 / $0.squareRoot() }))
        constants.append(-(common + variances.reduce(0) { $0 + log($1) }) / 2)
      case .tied where label > 0:
        whitening.append(whitening[0])
        constants.append(constants[0])
      case .tied, .full:
        let first = mixture.form == .full ? label * d : 0
        let matrix = mixture.covariances.block(rows: first..<first + d, columns: 0..<d)
        do throws(LinearAlgebraError) {
          let cholesky = try Cholesky(matrix)
          // Of a column that the others determine, rounding leaves a pivot of about this size.
          let least = Double(8 * d) * Double.ulpOfOne
          for column in 0..<d {
            let pivot = cholesky.factor[column, column] * cholesky.factor[column, column]
            guard pivot > least * matrix[column, column] else {
              throw .singular(pivot: column + 1)
            }
          }
          let inverse = try cholesky.factor.solveTriangular(.lower, .identity(d))
          whitening.append(
            .matrix(transposedInverse: inverse.transposed(), factor: cholesky.factor))
          constants.append(-(common + cholesky.logarithmOfDeterminant) / 2)
        } catch {
          throw .singularCovariance(label: label, form: mixture.form)
        }
      }
    }
    self.whitening = whitening
    self.constants = constants
  }

  /// L⁻¹ v `(d)` for a class.
  func whitened(_ vector: [Double], label: Int) -> [Double] {
    switch whitening[label] {
    case .factors(let factors):
      return zip(vector, factors).map { $0 * $1 }
    case .matrix(let transposedInverse, _):
      let row = Matrix(rows: 1, columns: vector.count, elements: vector)
      return row.times(transposedInverse).elements
    }
  }

  /// σ of one class over σ of another `(d)`; for spherical and diag.
  func ratios(from: Int, to: Int) -> [Double] {
    guard case .factors(let own) = whitening[from], case .factors(let other) = whitening[to] else {
      return []
    }
    return zip(other, own).map { $0 / $1 }
  }

  /// L_to⁻¹ L_from `(d × d)`, lower triangular; for tied and full.
  func change(from: Int, to: Int) -> Matrix<Double> {
    guard case .matrix(_, let factor) = whitening[from],
      case .matrix(let transposedInverse, _) = whitening[to]
    else { return Matrix(rows: 0, columns: 0) }
    return transposedInverse.transposed().times(factor)
  }

  /// log density of each point under each class, without class weights, `(n × K)`.
  ///
  /// - Complexity: O(n K d²), O(n K d) for spherical and diag.
  func logDensities(_ points: Matrix<Double>) -> ClassTable {
    let (n, d, k) = (points.rows, points.columns, mixture.classes)
    var table = ClassTable(subjects: n, classes: k)
    for label in 0..<k {
      let mean = mixture.means.row(label)
      switch whitening[label] {
      case .factors(let factors):
        points.withElements { x in
          for subject in 0..<n {
            var sum = 0.0
            for column in 0..<d {
              let white = (x[subject * d + column] - mean[column]) * factors[column]
              sum += white * white
            }
            table.values[subject * k + label] = constants[label] - sum / 2
          }
        }
      case .matrix(let transposedInverse, _):
        let differences = Matrix<Double>(rows: n, columns: d) { out in
          points.withElements { x in
            for subject in 0..<n {
              for column in 0..<d {
                out[subject * d + column] = x[subject * d + column] - mean[column]
              }
            }
          }
        }
        let white = differences.times(transposedInverse)
        let lengths = white.rowSquaredNorms()
        for subject in 0..<n {
          table.values[subject * k + label] = constants[label] - lengths[subject] / 2
        }
      }
    }
    return table
  }

  /// A point for each label: m + L z with z standard normal, `(n × d)`.
  func draw(labels: [Int], _ stream: inout DrawStream) -> Matrix<Double> {
    let d = mixture.dimension
    var noise = [Double](repeating: 0, count: labels.count * d)  // (n, d)
    noise.withUnsafeMutableBufferPointer { stream.fillNormal($0) }
    return Matrix<Double>(rows: labels.count, columns: d) { out in
      mixture.means.withElements { means in
        noise.withUnsafeBufferPointer { z in
          for (subject, label) in labels.enumerated() {
            switch whitening[label] {
            case .factors(let factors):
              for column in 0..<d {
                out[subject * d + column] =
                  means[label * d + column] + z[subject * d + column] / factors[column]
              }
            case .matrix(_, let factor):
              factor.withElements { l in
                for row in 0..<d {
                  var sum = means[label * d + row]
                  for column in 0...row { sum += l[row * d + column] * z[subject * d + column] }
                  out[subject * d + row] = sum
                }
              }
            }
          }
        }
      }
    }
  }
}
