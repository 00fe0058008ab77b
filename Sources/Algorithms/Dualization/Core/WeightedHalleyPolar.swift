package import Compute
package import LinearAlgebra

/// U_r V_rᵀ in float64 by the dynamically weighted Halley iteration on the matrix itself (QDWH).
///
/// X ← (b/c) X + (a − b/c) X (I + c Xᵀ X)⁻¹, with a, b, c from the interval [l, 1] in which the
/// singular values lie. While c is large the inverse is taken through Q₁ Q₂ᵀ of
/// [√c X; I] = [Q₁; Q₂] R, which loses nothing; then through a Cholesky factor. All of it is products:
/// split over the context's threads, asked between tiles whether to stop. Backward stable like the
/// singular value decomposition: relative error about eps · κ. 14 m³ flops for each step of the first
/// kind (1 to 3), 4 m³ for each of the second (3 or 4), 5 m² n for a larger side n. Scratch 12 m².
///
/// The Hermitian factor H = Xᵀ G (m × m) has the singular values for eigenvalues: their sum is the
/// trace, and the directions under the rank tolerance are the eigenvectors under it.
///
/// Source: Nakatsukasa, Bai and Gygi, SIAM J. Matrix Anal. Appl. 31 (2010), algorithm 1; Nakatsukasa
/// and Higham, SIAM J. Numer. Anal. 50 (2012), for the stability.
package enum WeightedHalleyPolar {
  /// c up to which I + c Xᵀ X is inverted by its Cholesky factor. The source has 100; each factor of
  /// ten costs a digit of what lies beyond eps · κ.
  private static let choleskyLimit = 300.0
  /// Lower ends tried: a Cholesky factor of Xᵀ X − θ² I proves one, and saves a step or two.
  private static let candidates = [3e-3, 1e-4, 1e-6]
  private static let mostSteps = 9

  package static func polar(
    of g: Matrix<Double>, rankTolerance: Double, in context: ComputeContext
  ) throws(DualizationError) -> ExactPolar.Outcome {
    let tall = g.rows >= g.columns ? g : g.transposed()  // (n × m)
    let reduction = try tall.rows > tall.columns ? factored(tall, in: context) : nil
    let square = reduction?.r ?? tall  // (m × m)
    let iteration = try iterate(
      square, rankTolerance, in: context.section(from: 0.15, to: 0.8))
    let hermitian = try hermitianFactor(iteration.factor, square, in: context)
    let judged = try judge(
      hermitian, rankTolerance, in: context.section(from: 0.82, to: 0.9))
    var inner = iteration.factor
    if judged.null.count > 0 {
      // X ← X (I − P Pᵀ), P the directions that count as zero.
      let inside = inner.timesTransposed(judged.null.rows)
      multiply(inside, judged.null.rows, alpha: -1, beta: 1, into: &inner)
    }
    try context.pause(0.9)
    let whole = try stoppable { () throws(ComputationStopped) in
      guard let reduction else { return inner }
      return try reduction.q(in: context).times(inner, in: context)
    }
    try context.pause(1)
    return ExactPolar.Outcome(
      factor: g.rows >= g.columns ? whole : whole.transposed(),
      rank: max(1, square.columns - judged.null.count), nuclearNorm: hermitian.trace,
      condition: judged.condition, steps: iteration.steps)
  }

  private static func factored(
    _ tall: Matrix<Double>, in context: ComputeContext
  ) throws(DualizationError) -> QR<Double> {
    try context.pause(0, "orthogonal factor of the larger side")
    return try stoppable { () throws(ComputationStopped) in try QR(tall, in: context) }
  }

  // MARK: The iteration

  private static func iterate(
    _ g: Matrix<Double>, _ rankTolerance: Double, in context: ComputeContext
  ) throws(DualizationError) -> (factor: Matrix<Double>, steps: Int) {
    var gram = try stoppable { () throws(ComputationStopped) in try g.gramOfColumns(in: context) }
    let scale = try Normalizer(gram, .frobenius, in: context)
    gram.scale(by: 1 / scale.square)
    let proven = try LowerBoundProbe.bound(of: gram, candidates: candidates, in: context)
    // Unproven: everything that will count as more than zero, with room for rounding.
    var lower = proven ?? max(rankTolerance * scale.leastRatio / 4, 0x1p-52)
    var x = g.scaled(by: 1 / scale.square.squareRoot())
    var steps = 0
    var isOpen = true
    while isOpen, steps < mostSteps {
      try context.pause(
        // The lower bound's trials have told 0.1.
        0.1 + 0.9 * Double(steps) / Double(mostSteps), step: steps,
        "weighted Halley step \(steps + 1)")
      let weights = HalleyWeights(lower: lower)
      if weights.c > choleskyLimit {
        x = try orthogonalStep(x, weights, in: context)
      } else {
        // The first step's Gram matrix is at hand.
        x = try choleskyStep(x, steps == 0 ? gram : nil, weights, in: context)
      }
      // Convergence is cubic: from here the next would change rounding only.
      isOpen = 1 - lower > 1e-5 && weights.lowerAfter < 1
      lower = weights.lowerAfter
      steps += 1
    }
    return (x, steps)
  }

  private static func orthogonalStep(
    _ x: Matrix<Double>, _ weights: HalleyWeights, in context: ComputeContext
  ) throws(DualizationError) -> Matrix<Double> {
    let m = x.columns
    var stacked = Matrix<Double>(rows: 2 * m, columns: m)
    let root = weights.c.squareRoot()
    stacked.replace(atRow: 0, column: 0, with: x.scaled(by: root))
    stacked.withMutableView { addToDiagonal(1, of: $0.rows(m..<2 * m)) }
    return try stoppable { () throws(ComputationStopped) in
      let q = try QR(stacked, in: context).q(in: context)  // (2m × m)
      var next = x
      try next.withMutableView { next throws(ComputationStopped) in
        try q.withView { q throws(ComputationStopped) in
          try multiply(
            q.rows(0..<m), q.rows(m..<2 * m).transposed,
            alpha: (weights.a - weights.b / weights.c) / root, beta: weights.b / weights.c,
            into: next, in: context)
        }
      }
      return next
    }
  }

  private static func choleskyStep(
    _ x: Matrix<Double>, _ gram: Matrix<Double>?, _ weights: HalleyWeights,
    in context: ComputeContext
  ) throws(DualizationError) -> Matrix<Double> {
    let outcome = try stoppable { () throws(ComputationStopped) -> Matrix<Double>? in
      // Spelled out: `try a ?? b` loses the type of the error.
      var inverse: Matrix<Double>
      if let gram { inverse = gram } else { inverse = try x.gramOfColumns(in: context) }
      inverse.scale(by: weights.c)
      inverse.addToDiagonal(1)
      let isInverted = try inverse.withMutableView { view throws(ComputationStopped) in
        try context.invert(view)
      }
      guard isInverted else { return nil }
      var next = x
      try multiply(
        x, inverse, alpha: weights.a - weights.b / weights.c, beta: weights.b / weights.c,
        into: &next, in: context)
      return next
    }
    // I + c Xᵀ X ≥ I cannot fail but by numbers that are none.
    guard let outcome else {
      throw .numericalFailure(
        code: "diverged", reason: "the weighted Halley iteration left the range of numbers")
    }
    return outcome
  }

  // MARK: What is known at the end

  /// Xᵀ G, symmetric but for rounding.
  private static func hermitianFactor(
    _ x: Matrix<Double>, _ g: Matrix<Double>, in context: ComputeContext
  ) throws(DualizationError) -> Matrix<Double> {
    var result = try stoppable { () throws(ComputationStopped) in
      try x.transposedTimes(g, in: context)
    }
    result.symmetrize()
    return result
  }

  /// The directions of H under the tolerance, and σ₁ over the least singular value above it.
  private static func judge(
    _ hermitian: Matrix<Double>, _ rankTolerance: Double, in context: ComputeContext
  ) throws(DualizationError) -> (null: NullDirections, condition: Double) {
    let largest = try PowerIteration.largestEigenvalue(of: hermitian, steps: 24, in: context)
    let scaled = hermitian.scaled(by: 1 / largest)
    let null = try NullDirections(of: scaled, below: rankTolerance, in: context)
    if let next = null.nextEigenvalue, next > 0 { return (null, 1 / next) }
    guard null.count == 0 else { return (null, 1 / rankTolerance) }
    var factor = scaled
    let isFactored = try stoppable { () throws(ComputationStopped) in
      try factor.withMutableView { view throws(ComputationStopped) in
        try TiledCholesky.factor(view, in: context)
      }
    }
    guard isFactored else { return (null, 1 / rankTolerance) }
    return (null, try inverseNorm(factor, in: context))
  }

  /// The largest eigenvalue of (L Lᵀ)⁻¹, from below, by eight solves.
  private static func inverseNorm(
    _ factor: Matrix<Double>, in context: ComputeContext
  ) throws(DualizationError) -> Double {
    var vector = ProbeVectors.normal(
      order: factor.rows, count: Verification.probes, in: context
    ).transposed()
    var value = 1.0
    for _ in 0..<8 {
      try context.pause()
      for row in 0..<vector.rows {
        let length = vector.row(row).reduce(0) { $0 + $1 * $1 }.squareRoot()
        vector.withMutableRow(row) { row in for i in row.indices { row[i] /= length } }
      }
      factor.withView { l in
        vector.withMutableView { solveCholesky(l, rows: $0) }
      }
      value = vector.rowSquaredNorms().reduce(value) { max($0, $1.squareRoot()) }
    }
    return value
  }
}
