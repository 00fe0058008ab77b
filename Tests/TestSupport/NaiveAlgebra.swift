public import LinearAlgebra

/// The routines of LinearAlgebra written as their formulas, in double precision: slow and plain.
public enum NaiveAlgebra {
  /// A·B.
  @specialized(where S == Float)
  @specialized(where S == Double)
  public static func product<S: Real>(_ a: Matrix<S>, _ b: Matrix<S>) -> Matrix<Double> {
    precondition(a.columns == b.rows)
    return Matrix(rows: a.rows, columns: b.columns) { i, j in
      var sum = 0.0
      for k in 0..<a.columns { sum += Double(a[i, k]) * Double(b[k, j]) }
      return sum
    }
  }

  /// Aᵀ.
  @specialized(where S == Float)
  @specialized(where S == Double)
  public static func transpose<S: Real>(_ a: Matrix<S>) -> Matrix<S> {
    Matrix(rows: a.columns, columns: a.rows) { i, j in a[j, i] }
  }

  /// √Σ aᵢⱼ².
  @specialized(where S == Float)
  @specialized(where S == Double)
  public static func frobeniusNorm<S: Real>(_ a: Matrix<S>) -> Double {
    a.elements.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
  }

  /// max |aᵢⱼ - bᵢⱼ|; infinite when the shapes differ.
  @specialized(where S == Float, T == Float)
  @specialized(where S == Float, T == Double)
  @specialized(where S == Double, T == Float)
  @specialized(where S == Double, T == Double)
  public static func largestDifference<S: Real, T: Real>(
    _ a: Matrix<S>, _ b: Matrix<T>
  ) -> Double {
    guard a.rows == b.rows, a.columns == b.columns else { return .infinity }
    return zip(a.elements, b.elements).reduce(0) { most, pair in
      let difference = (Double(pair.0) - Double(pair.1)).magnitude
      return difference.isNaN ? .infinity : max(most, difference)
    }
  }

  /// L of A = L·Lᵀ, row by row; nil when a pivot is not positive.
  public static func cholesky(_ a: Matrix<Double>) -> Matrix<Double>? {
    var l = Matrix<Double>(rows: a.rows, columns: a.rows)
    for i in 0..<a.rows {
      for j in 0...i {
        var sum = a[i, j]
        for k in 0..<j { sum -= l[i, k] * l[j, k] }
        if i == j {
          guard sum > 0 else { return nil }
          l[i, i] = sum.squareRoot()
        } else {
          l[i, j] = sum / l[j, j]
        }
      }
    }
    return l
  }

  /// A⁻¹·B by Gauss's elimination with row pivoting; nil when a pivot is zero.
  public static func solve(_ a: Matrix<Double>, _ b: Matrix<Double>) -> Matrix<Double>? {
    var (a, b) = (a, b)
    let n = a.rows
    for k in 0..<n {
      guard let pivot = (k..<n).max(by: { a[$0, k].magnitude < a[$1, k].magnitude }),
        a[pivot, k] != 0
      else { return nil }
      for j in 0..<n { (a[k, j], a[pivot, j]) = (a[pivot, j], a[k, j]) }
      for j in 0..<b.columns { (b[k, j], b[pivot, j]) = (b[pivot, j], b[k, j]) }
      for i in 0..<n where i != k {
        let factor = a[i, k] / a[k, k]
        for j in k..<n { a[i, j] -= factor * a[k, j] }
        for j in 0..<b.columns { b[i, j] -= factor * b[k, j] }
      }
    }
    return Matrix(rows: n, columns: b.columns) { i, j in b[i, j] / a[i, i] }
  }

  /// Eigenvalues of a symmetric matrix, ascending, by cyclic Jacobi rotations.
  public static func symmetricEigenvalues(_ matrix: Matrix<Double>) -> [Double] {
    var a = matrix
    let n = a.rows
    for _ in 0..<60 {
      var off = 0.0
      for p in 0..<n { for q in 0..<n where p != q { off += a[p, q] * a[p, q] } }
      if off == 0 { break }
      for p in 0..<n {
        for q in p + 1..<max(n, p + 1) where a[p, q] != 0 {
          let theta = (a[q, q] - a[p, p]) / (2 * a[p, q])
          let t = (theta < 0 ? -1 : 1) / (theta.magnitude + (theta * theta + 1).squareRoot())
          let c = 1 / (t * t + 1).squareRoot()
          let s = t * c
          for k in 0..<n {
            let (akp, akq) = (a[k, p], a[k, q])
            a[k, p] = c * akp - s * akq
            a[k, q] = s * akp + c * akq
          }
          for k in 0..<n {
            let (apk, aqk) = (a[p, k], a[q, k])
            a[p, k] = c * apk - s * aqk
            a[q, k] = s * apk + c * aqk
          }
        }
      }
    }
    return a.diagonal.sorted()
  }
}
