/// Eigenvalues and eigenvectors of a symmetric matrix A (n × n).
///
/// By LAPACK syevd (divide and conquer), or syevr for some of them. Reads only the lower triangle.
/// Backward stable: eigenvalues are right to n·eps·‖A‖ absolutely. About 9n³ flops with vectors, one
/// uninterruptible call.
public struct SymmetricEigen<Scalar: Real>: Sendable {
  /// Ascending.
  public let values: [Scalar]
  /// Orthonormal rows: row i belongs to values[i]. (values.count × n)
  public let vectorRows: Matrix<Scalar>

  /// All of them.
  ///
  /// - Throws: `nonFinite`, `notConverged`.
  public init(_ a: Matrix<Scalar>) throws(LinearAlgebraError) {
    var vectors = a
    values = try Self.run(&vectors, .vectors)
    vectorRows = vectors
  }

  /// Those whose place in ascending order is in the range.
  ///
  /// - Throws: `nonFinite`, `notConverged`.
  public init(_ a: Matrix<Scalar>, places: Range<Int>) throws(LinearAlgebraError) {
    precondition(a.rows == a.columns, "a square matrix")
    precondition(places.lowerBound >= 0 && places.upperBound <= a.rows, "places of eigenvalues")
    try a.requireFinite()
    let n = lapack(a.rows)
    guard !places.isEmpty else {
      values = []
      vectorRows = Matrix(rows: 0, columns: a.columns)
      return
    }
    var copy = a
    var found = [Scalar](repeating: 0, count: a.rows)
    var vectors = Matrix<Scalar>(rows: places.count, columns: a.rows)
    var count: Int32 = 0
    var support = [Int32](repeating: 0, count: 2 * a.rows)
    var integers = [Int32](repeating: 0, count: 10 * a.rows)
    let integerCount = lapack(integers.count)
    try copy.withMutableView { view throws(LinearAlgebraError) in
      try vectors.withMutableView { z throws(LinearAlgebraError) in
        try withWorkspace("syevr") { work, length in
          Scalar.Routines.syevr(
            .vectors, .upper, n, view.base, n, lapack(places.lowerBound) + 1,
            lapack(places.upperBound), &count, &found, z.base, n, &support, work, length,
            &integers, integerCount)
        }
      }
    }
    guard Int(count) == places.count else {
      throw .notConverged(routine: "syevr", info: Int(count))
    }
    values = Array(found.prefix(places.count))
    vectorRows = vectors
  }

  /// The eigenvalues only, ascending; about a sixth of the work.
  ///
  /// - Throws: `nonFinite`, `notConverged`.
  public static func values(of a: Matrix<Scalar>) throws(LinearAlgebraError) -> [Scalar] {
    var copy = a
    return try run(&copy, .none)
  }

  /// Orthonormal columns: column j belongs to values[j]. (n × values.count)
  public var vectors: Matrix<Scalar> { vectorRows.transposed() }

  /// Column-major eigenvectors in columns are row-major ones in rows.
  private static func run(
    _ a: inout Matrix<Scalar>, _ job: LAPACKFlag
  ) throws(LinearAlgebraError) -> [Scalar] {
    precondition(a.rows == a.columns, "a square matrix")
    try a.requireFinite()
    guard a.rows > 0 else { return [] }
    let n = lapack(a.rows)
    var values = [Scalar](repeating: 0, count: a.rows)
    var integers = [Int32](repeating: 0, count: 3 + 5 * a.rows)
    let integerCount = lapack(integers.count)
    try a.withMutableView { view throws(LinearAlgebraError) in
      try withWorkspace("syevd") { work, length in
        // During the query both lengths are asked for; ours for the integers is the documented one.
        Scalar.Routines.syevd(
          job, .upper, n, view.base, n, &values, work, length, &integers,
          length == -1 ? -1 : integerCount)
      }
    }
    return values
  }
}
