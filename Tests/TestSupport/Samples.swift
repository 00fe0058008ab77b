import Compute
public import LinearAlgebra

/// Seeded inputs: the same on every machine.
public enum Samples {
  /// Standard normal entries, rounded to the scalar type.
  @specialized(where S == Float)
  @specialized(where S == Double)
  public static func normal<S: Real>(
    _ rows: Int, _ columns: Int, seed: UInt64 = 1, stream: UInt64 = 0, as type: S.Type = S.self
  ) -> Matrix<S> {
    var generator = RandomGenerator(seed: seed, stream: stream)
    return Matrix(rows: rows, columns: columns) { _, _ in S(generator.normal()) }
  }

  /// Orthonormal columns (rows × columns, rows ≥ columns): Q of a normal matrix.
  public static func orthonormal(
    _ rows: Int, _ columns: Int, seed: UInt64 = 1, stream: UInt64 = 0
  ) -> Matrix<Double> {
    precondition(rows >= columns)
    return QR(normal(rows, columns, seed: seed, stream: stream, as: Double.self)).q
  }

  /// U·diag(values)·Vᵀ with random orthonormal U (rows × k), V (columns × k), k = values.count.
  public static func withSingularValues(
    _ values: [Double], rows: Int, columns: Int, seed: UInt64 = 1
  ) -> Matrix<Double> {
    var u = orthonormal(rows, values.count, seed: seed, stream: 1)
    u.scaleColumns(by: values)
    return u.timesTransposed(orthonormal(columns, values.count, seed: seed, stream: 2))
  }

  /// `count` values falling evenly on a logarithmic scale from 1 to 1/condition.
  public static func logarithmic(_ count: Int, condition: Double) -> [Double] {
    // condition^(-i/(count-1)) by repeated square roots would do; the generator's own portable
    // logarithm is not its inverse, so the ratio is found by bisection.
    guard count > 1 else { return Array(repeating: 1, count: count) }
    var (low, high) = (1 / condition, 1.0)
    for _ in 0..<200 {
      let middle = (low + high) / 2
      if power(middle, count - 1) < 1 / condition { low = middle } else { high = middle }
    }
    return (0..<count).map { power(high, $0) }
  }

  private static func power(_ base: Double, _ exponent: Int) -> Double {
    (0..<exponent).reduce(1) { product, _ in product * base }
  }

  /// Symmetric positive definite (n × n) with these eigenvalues.
  public static func symmetric(eigenvalues: [Double], seed: UInt64 = 1) -> Matrix<Double> {
    let q = orthonormal(eigenvalues.count, eigenvalues.count, seed: seed, stream: 3)
    var scaled = q
    scaled.scaleColumns(by: eigenvalues)
    var result = scaled.timesTransposed(q)
    result.symmetrize()
    return result
  }
}
