public import Compute

/// A few eigenvalues and eigenvectors of a large symmetric operator (n × n) known only by its
/// products with blocks of vectors.
///
/// Restarted block Krylov method: a basis Q (n × p) of blocks B, A·B, A²·B … orthogonalised in full
/// (twice), Rayleigh-Ritz on it, restart from the best Ritz vectors, whose products with A are
/// known. Blocks find repeated eigenvalues. Below order `denseOrder` the operator is written out and
/// decomposed whole. Each restart costs 5 blocks of products with A and about 6np² flops.
///
/// Accuracy: each value has a residual ‖A·v - λ·v‖, which bounds its distance to an eigenvalue; the
/// value's own error is of its square. The default tolerance √eps so gives values to full precision.
/// Source: Golub and Underwood (1977); Stathopoulos and Saad, ETNA 7 (1998), on thick restarts.
public struct LeadingEigen<Scalar: Real>: Sendable {
  /// Which eigenvalues lead.
  public enum Order: Sendable {
    case largestMagnitude
    case largest
    case smallest
  }

  /// In the order asked for, the leading one first.
  public let values: [Scalar]
  /// Orthonormal columns (n × count): column j belongs to values[j].
  public let vectors: Matrix<Scalar>
  /// ‖A·v - λ·v‖ of each.
  public let residuals: [Double]
  /// Rayleigh-Ritz steps taken.
  public let steps: Int
  /// Whether all residuals are at most tolerance · max |λ|.
  public let isConverged: Bool

  /// Operators up to this order are decomposed whole (some 5 ms).
  static var denseOrder: Int { 200 }
  /// Blocks in a basis.
  private static var depth: Int { 6 }

  /// Finds `count` of the eigenpairs of the symmetric operator `apply`: Y ← A·X, both (n × b)
  /// row-major, for any b. Random numbers: `stream` of the context's seed.
  ///
  /// - Throws: `.stopped`; `.failed(notConverged, nonFinite)` from the small problems. Not reaching
  ///   the tolerance in `maximumSteps` is not an error: see `isConverged`.
  public init(
    order n: Int, count: Int, by leading: Order = .largestMagnitude,
    tolerance: Double = Double(Scalar.ulpOfOne).squareRoot(),
    maximumSteps: Int = 100, stream: UInt64 = 0, in context: ComputeContext,
    apply: (MatrixView<Scalar>, MutableMatrixView<Scalar>) throws(ComputationStopped) -> Void
  ) throws(InterruptibleError) {
    precondition(0 <= count && count <= n, "at most n eigenvalues")
    let block = min(n, count + max(2, count / 4))
    guard count > 0, n > Self.denseOrder, block * Self.depth <= n / 2 else {
      try self.init(dense: n, count, leading, context, apply)
      return
    }
    func product(_ x: Matrix<Scalar>) throws(InterruptibleError) -> Matrix<Scalar> {
      try stoppable { () throws(ComputationStopped) in try Self.product(apply, x) }
    }
    var generator = context.generator(stream: stream)
    var start = QR(Matrix(rows: n, columns: block) { _, _ in Scalar(generator.normal()) }).q
    var image = try product(start)
    for step in 1... {
      var basis = [start]
      var images = [image]
      while basis.count < Self.depth {
        let next = try stoppable { () throws(ComputationStopped) in
          try Self.orthogonalized(images[images.count - 1], against: basis, context)
        }
        basis.append(next)
        images.append(try product(next))
      }
      let ritz = try Self.rayleighRitz(basis, images, leading, block, context)
      let residuals = Self.residuals(ritz)
      let scale = ritz.values.reduce(0) { max($0, Double($1.magnitude)) }
      let isConverged = residuals.prefix(count).allSatisfy { $0 <= tolerance * scale }
      if isConverged || step >= maximumSteps {
        self.init(
          ritz.values.prefix(count), ritz.vectors.block(rows: 0..<n, columns: 0..<count),
          residuals.prefix(count), steps: step, isConverged: isConverged)
        return
      }
      (start, image) = (ritz.vectors, ritz.images)
    }
    preconditionFailure("the loop ends by its number of steps")
  }

  /// The same for a dense symmetric matrix.
  public init(
    _ a: Matrix<Scalar>, count: Int, by leading: Order = .largestMagnitude,
    tolerance: Double = Double(Scalar.ulpOfOne).squareRoot(), maximumSteps: Int = 100,
    stream: UInt64 = 0,
    in context: ComputeContext
  ) throws(InterruptibleError) {
    precondition(a.rows == a.columns, "a square matrix")
    try fallible { () throws(LinearAlgebraError) in try a.requireFinite() }
    try self.init(
      order: a.rows, count: count, by: leading, tolerance: tolerance, maximumSteps: maximumSteps,
      stream: stream, in: context
    ) { x, y throws(ComputationStopped) in
      try a.withView { a throws(ComputationStopped) in
        try multiply(a, x, into: y, in: context)
      }
    }
  }

  /// The same for a sparse symmetric matrix.
  public init(
    _ a: SparseMatrix<Scalar>, count: Int, by leading: Order = .largestMagnitude,
    tolerance: Double = Double(Scalar.ulpOfOne).squareRoot(), maximumSteps: Int = 100,
    stream: UInt64 = 0,
    in context: ComputeContext
  ) throws(InterruptibleError) {
    precondition(a.rows == a.columns, "a square matrix")
    try self.init(
      order: a.rows, count: count, by: leading, tolerance: tolerance, maximumSteps: maximumSteps,
      stream: stream, in: context
    ) { x, y throws(ComputationStopped) in try a.multiply(x, into: y, in: context) }
  }

  // MARK: Steps

  private init(
    _ values: ArraySlice<Scalar>, _ vectors: Matrix<Scalar>, _ residuals: ArraySlice<Double>,
    steps: Int, isConverged: Bool
  ) {
    self.values = Array(values)
    self.vectors = vectors
    self.residuals = Array(residuals)
    self.steps = steps
    self.isConverged = isConverged
  }

  private typealias Operator = (MatrixView<Scalar>, MutableMatrixView<Scalar>)
    throws(ComputationStopped) -> Void

  /// Ritz values, vectors and A times these (n × block each).
  private struct Ritz {
    let values: [Scalar]
    let vectors: Matrix<Scalar>
    let images: Matrix<Scalar>
  }

  private static func product(
    _ apply: Operator, _ x: Matrix<Scalar>
  ) throws(ComputationStopped) -> Matrix<Scalar> {
    try x.withView { x throws(ComputationStopped) in
      try Matrix.fresh(x.rows, x.columns) { y throws(ComputationStopped) in try apply(x, y) }
    }
  }

  /// The operator written out and decomposed.
  private init(
    dense n: Int, _ count: Int, _ leading: Order, _ context: ComputeContext, _ apply: Operator
  ) throws(InterruptibleError) {
    let written = try stoppable { () throws(ComputationStopped) in
      try Self.product(apply, .identity(n))
    }
    let eigen = try fallible { () throws(LinearAlgebraError) in try SymmetricEigen(written) }
    let places = Self.ranked(eigen.values, leading).prefix(count)
    let values = places.map { eigen.values[$0] }
    let vectors = Matrix(rows: n, columns: count) { i, j in eigen.vectorRows[places[j], i] }
    let images = try stoppable { () throws(ComputationStopped) in
      try Self.product(apply, vectors)
    }
    let residuals = Self.residuals(Ritz(values: values, vectors: vectors, images: images))
    self.init(values[...], vectors, residuals[...], steps: 1, isConverged: true)
  }

  /// Places of values, the leading one first; ties keep the ascending order of the values.
  private static func ranked(_ values: [Scalar], _ leading: Order) -> [Int] {
    values.indices.sorted { a, b in
      switch leading {
      case .largestMagnitude:
        (values[b].magnitude, a) < (values[a].magnitude, b)
      case .largest: values[a] > values[b]
      case .smallest: values[a] < values[b]
      }
    }
  }

  /// An orthonormal block (n × b) of the span of X made orthogonal to the basis. Twice: the first
  /// pass leaves what cancellation spoilt, and fills directions that vanished with arbitrary ones.
  private static func orthogonalized(
    _ x: Matrix<Scalar>, against basis: [Matrix<Scalar>], _ context: ComputeContext
  ) throws(ComputationStopped) -> Matrix<Scalar> {
    var result = x
    for _ in 0..<2 {
      for block in basis {
        let overlap = try block.transposedTimes(result, in: context)  // (b × b)
        try LinearAlgebra.multiply(
          block, overlap, alpha: -1, beta: 1, into: &result, in: context)
      }
      result = try QR(result, in: context).q(in: context)
    }
    return result
  }

  private static func rayleighRitz(
    _ basis: [Matrix<Scalar>], _ images: [Matrix<Scalar>], _ leading: Order, _ block: Int,
    _ context: ComputeContext
  ) throws(InterruptibleError) -> Ritz {
    let n = basis[0].rows
    let p = basis.count * block
    let projected = try stoppable { () throws(ComputationStopped) in
      var projected = Matrix<Scalar>(rows: p, columns: p)
      for (i, left) in basis.enumerated() {
        for (j, right) in images.enumerated() where j <= i {
          projected.replace(
            atRow: i * block, column: j * block, with: try left.transposedTimes(right, in: context))
        }
      }
      return projected
    }
    // Reads the lower triangle only.
    let eigen = try fallible { () throws(LinearAlgebraError) in try SymmetricEigen(projected) }
    let places = ranked(eigen.values, leading).prefix(block)
    return try stoppable { () throws(ComputationStopped) in
      var vectors = Matrix<Scalar>(rows: n, columns: block)
      var products = Matrix<Scalar>(rows: n, columns: block)
      let chosen = Matrix(places.map { eigen.vectorRows.row($0) })  // (block × p)
      for index in basis.indices {
        let part = chosen.block(
          rows: 0..<block, columns: index * block..<(index + 1) * block
        ).transposed()
        try LinearAlgebra.multiply(basis[index], part, beta: 1, into: &vectors, in: context)
        try LinearAlgebra.multiply(images[index], part, beta: 1, into: &products, in: context)
      }
      return Ritz(
        values: places.map { eigen.values[$0] }, vectors: vectors, images: products)
    }
  }

  private static func residuals(_ ritz: Ritz) -> [Double] {
    var scaled = ritz.vectors
    scaled.scaleColumns(by: ritz.values)
    return (ritz.images - scaled).columnSquaredNorms().map { $0.squareRoot() }
  }
}
