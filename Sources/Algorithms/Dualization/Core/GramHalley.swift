import Compute
import LinearAlgebra

/// The polar factor through the Gram matrix of the smaller side, in float64 where it matters.
///
/// X = Q G with Q = (G Gᵀ)^(-1/2) built by rational steps (`ZolotarevStep`). Directions from
/// floor · σ₁ up are brought to 1; those under the rank tolerance are then projected out
/// (`NullDirections`), so that the result is the canonical partial isometry. Relative error about
/// 1e-7 in float32 up to condition 1e5; eps · κ² in general.
///
/// Where the result is float32, one step in float64 brings all singular values above 0.4, and the
/// others run in float32: on R₁, the Gram matrix after it, or, where no singular value is under
/// 2e-4 ν (ν² = ‖G Gᵀ‖_F) and the larger side at most 1.5 times the smaller one, on the Gram matrix
/// of X₁ = Q₁ G. Flops: 3 m² n + 5 or 6 m³ in float64 and 3 or 4 m³ in float32; in the second case
/// 3 m² n + 2 m³ in float64 and 3 m² n + 3 m³ in float32. Results in float64 take 3 m² n + 7 to
/// 10 m³.
///
/// Source: specification of the project, section 5.2, with steps of higher degree.
struct GramHalley {
  /// Relative to σ₁.
  let floor: Double
  let rankTolerance: Double
  let tolerance: Double
  let maximumSteps: Int?
  let normalization: PolarSettings.Normalization

  struct Outcome<Scalar: Real> {
    var factor: Matrix<Scalar>
    var steps = 0
    var rank: Int?
    var floor: Double
    var condition: Double?
    var stopReason = PolarReport.StopReason.converged
    /// In units of the scaled input.
    var normalizer: Double
  }

  /// Singular values (normalised) that are tried as a proven lower bound: one Cholesky factorisation
  /// that saves about two inverses where the condition is a few thousands at most.
  private static let easyLower = 2e-4
  /// Larger over smaller side up to which X₁ is formed: 1.6 products of its own size against 2.3 of
  /// the Gram matrix's.
  private static let mixedLimit = 1.5
  /// Lowest singular value from which float32 finishes: its rounding is then multiplied by 2.5.
  private static let finishable = 0.4

  // MARK: Float64

  /// X for a scaled G; `Scalar` is the width of the result.
  func polar<Scalar: Real>(
    of g: some HalleyInput, as _: Scalar.Type, in context: ComputeContext
  ) throws(DualizationError) -> Outcome<Scalar> {
    var gram = try g.gram(in: context.section(from: 0, to: 0.1))
    let scale = try Normalizer(gram, normalization, in: context)
    gram.scale(by: 1 / scale.square)
    var floor = floor
    while true {
      if let outcome: Outcome<Scalar> = try attempt(
        g, gram: gram, scale: scale, floor: floor, in: context)
      {
        return outcome
      }
      // Rounding made a shifted Gram matrix indefinite: only a higher floor is safe.
      floor *= 10
      if floor > 0.1 {
        throw .numericalFailure(
          code: "gram_indefinite", reason: "no floor up to 0.1 makes the Gram matrix invertible")
      }
    }
  }

  private func attempt<Scalar: Real>(
    _ g: some HalleyInput, gram: Matrix<Double>, scale: Normalizer, floor: Double,
    in context: ComputeContext
  ) throws(DualizationError) -> Outcome<Scalar>? {
    // Where no eigenvalue is small the interval is shorter.
    let proven = try LowerBoundProbe.bound(
      of: gram, candidates: [Self.easyLower].filter { $0 > floor }, in: context)
    let lower = proven ?? min(0.99, floor * scale.leastRatio)
    let opening = Scalar.self == Float.self ? openingStep(lower) : nil
    let isMixed =
      opening != nil && proven != nil
      && Double(g.largerSide) <= Self.mixedLimit * Double(g.smallerSide)
    var outcome = Outcome<Scalar>(
      factor: Matrix(rows: 0, columns: 0), floor: floor, normalizer: scale.square.squareRoot())
    var stage = RationalStage(gram: gram, provenLower: proven.map { $0 * $0 } ?? 0)
    let steps = opening.map { [$0] } ?? plan(lower)
    guard
      try apply(
        steps, to: &stage, endsThere: isMixed || opening == nil, &outcome,
        in: context.section(from: 0.1, to: opening == nil ? 0.7 : 0.5))
    else { return nil }
    try context.pause(0.7, nil)
    let null = try nullDirections(gram, stage.spectrum, proven, &outcome, in: context)
    var lowerAfter = steps.last?.lowerAfter ?? lower
    if isMixed {
      let q = try stage.accumulated(without: null, in: context)
      let isFinished = try finish(
        q, g, lower: lowerAfter, isWhole: (null?.count ?? 0) == 0, &outcome,
        in: context.section(from: 0.75, to: 1))
      return isFinished ? outcome : nil
    }
    var root: Root?
    if opening != nil, (null?.count ?? 0) == 0 {
      root = try closingRoot(
        of: Matrix<Float>(converting: stage.gram), lower: lowerAfter, isWhole: proven != nil,
        in: context.section(from: 0.7, to: 0.75))
      guard let root else { return nil }
      outcome.steps += root.steps
    } else if opening != nil {
      // Missing directions stay far below the others, and rounding to float32 would mix them in.
      let rest = plan(lowerAfter)
      guard
        try apply(
          rest, to: &stage, endsThere: true, &outcome, in: context.section(from: 0.7, to: 0.75))
      else { return nil }
      lowerAfter = rest.last?.lowerAfter ?? lowerAfter
    }
    var q = try stage.accumulated(without: null, in: context)
    if let root { q = try root.times(q, in: context) }
    if root == nil, (1 - lowerAfter) / (1 + lowerAfter) > tolerance {
      outcome.stopReason = .maxSteps
    }
    outcome.factor = try g.product(
      q, scaledBy: (root?.scale ?? 2 / (1 + lowerAfter)) / outcome.normalizer,
      in: context.section(from: 0.75, to: 1))
    return outcome
  }

  /// Applies steps in float64; `endsThere` when the Gram matrix after the last one is not wanted.
  ///
  /// - Returns: false when rounding made a shifted Gram matrix indefinite.
  private func apply<Scalar: Real>(
    _ steps: [ZolotarevStep], to stage: inout RationalStage<Double>, endsThere: Bool,
    _ outcome: inout Outcome<Scalar>, in context: ComputeContext
  ) throws(DualizationError) -> Bool {
    for (index, step) in steps.enumerated() {
      let part = Double(index) / Double(steps.count)
      let number = outcome.steps + 1
      try context.pause(part, step: index, of: steps.count, "rational step \(number)")
      let isLast = endsThere && index == steps.count - 1
      guard try stage.apply(step, isLast: isLast, in: context) else { return false }
      outcome.steps += 1
    }
    return true
  }

  private func plan(_ lower: Double) -> [ZolotarevStep] {
    if let maximumSteps {
      var steps: [ZolotarevStep] = []
      var low = lower
      while steps.count < maximumSteps, (1 - low) / (1 + low) > tolerance {
        steps.append(ZolotarevStep(lower: low, poles: 1))
        low = steps[steps.count - 1].lowerAfter
      }
      return steps
    }
    return RationalPlans.steps(lower: lower, tolerance: max(tolerance / 8, 4e-16), most: 3)
  }

  /// The float64 part of a computation that float32 finishes: degree 5 brings 2e-4 to 0.51, degree 7
  /// 1e-6 to 0.43. Nil where that takes more poles, or where more than float32 can give is wanted.
  private func openingStep(_ lower: Double) -> ZolotarevStep? {
    guard maximumSteps == nil, tolerance >= 5e-7 else { return nil }
    return (1...4).lazy.map { ZolotarevStep(lower: lower, poles: $0) }
      .first { $0.lowerAfter >= Self.finishable }
  }

  // MARK: Float32

  /// X₁ = Q G and the last steps on it in float32; its singular values lie in [`lower`, 1] or, unless
  /// it `isWhole`, are zero.
  private func finish<Scalar: Real>(
    _ q: Matrix<Double>, _ g: some HalleyInput, lower: Double, isWhole: Bool,
    _ outcome: inout Outcome<Scalar>, in context: ComputeContext
  ) throws(DualizationError) -> Bool {
    let first: Matrix<Float> = try g.product(
      q, scaledBy: 1 / outcome.normalizer, in: context.section(from: 0, to: 0.4))
    let gram = try stoppable { () throws(ComputationStopped) in
      try g.isTall ? first.gramOfColumns(in: context) : first.gram(in: context)
    }
    let root = try closingRoot(
      of: gram, lower: lower, isWhole: isWhole, in: context.section(from: 0.5, to: 0.8))
    guard let root else { return false }
    outcome.steps += root.steps
    outcome.factor = try SymmetricAction.apply(
      root.factor, scaledBy: Float(root.scale), to: first, in: context.section(from: 0.8, to: 1))
    return true
  }

  /// An inverse square root in float32: `scale` · `factor`.
  private struct Root {
    let factor: Matrix<Float>  // (m × m)
    let scale: Double
    let steps: Int

    /// `factor` Q, whole and in this order: see `RationalStage.accumulated`.
    func times(
      _ q: Matrix<Double>, in context: ComputeContext
    ) throws(DualizationError) -> Matrix<Double> {
      try stoppable { () throws(ComputationStopped) in
        try Matrix<Double>(converting: factor).times(q, in: context)
      }
    }
  }

  /// S with `scale` · S ≈ R^(-1/2) for a Gram matrix whose eigenvalues lie in [`lower`², 1] or, unless
  /// it `isWhole`, under that.
  private func closingRoot(
    of gram: Matrix<Float>, lower: Double, isWhole: Bool, in context: ComputeContext
  ) throws(DualizationError) -> Root? {
    // Rounding to float32 may have moved the lowest ones a little. With a seventh of the tolerance a
    // single step with three poles follows a lower end of 0.5.
    let steps = RationalPlans.steps(
      lower: lower * 0.999, tolerance: max(tolerance / 7, 6e-8), most: 4)
    var stage = RationalStage(gram: gram, provenLower: isWhole ? lower * lower / 2 : 0)
    for (index, step) in steps.enumerated() {
      try context.pause(Double(index) / Double(steps.count), nil)
      let isLast = index == steps.count - 1
      guard try stage.apply(step, isLast: isLast, in: context) else { return nil }
    }
    let q = try stage.accumulated(without: nil, in: context)
    return Root(factor: q, scale: 2 / (1 + (steps.last?.lowerAfter ?? 1)), steps: steps.count)
  }

  /// Everything in float32: singular values under the floor (2e-3) are not brought to 1, and the
  /// Gram matrix has lost those under 5e-4 σ₁.
  func fastPolar(
    of g: ScaledMatrix<Float>, in context: ComputeContext
  ) throws(DualizationError) -> Outcome<Float> {
    var gram = try stoppable { () throws(ComputationStopped) in
      let context = context.section(from: 0, to: 0.2)
      return try g.isTall ? g.matrix.gramOfColumns(in: context) : g.matrix.gram(in: context)
    }
    let scale = try Normalizer(gram, normalization, in: context)
    gram.scale(by: Float(1 / scale.square))
    var floor = floor
    while floor <= 0.5 {
      let lower = min(0.99, floor * scale.leastRatio)
      let steps =
        maximumSteps != nil
        ? plan(lower)
        : RationalPlans.steps(lower: lower, tolerance: max(tolerance, 1e-3), most: 3)
      var stage = RationalStage(gram: gram, isApproximate: true)
      var succeeded = true
      for (index, step) in steps.enumerated() where succeeded {
        try context.pause(0.2 + 0.5 * Double(index) / Double(steps.count), nil)
        succeeded = try stage.apply(step, isLast: index == steps.count - 1, in: context)
      }
      guard succeeded, let last = steps.last else {
        floor *= 3
        continue
      }
      let q = try stage.accumulated(without: nil, in: context)
      let factor: Matrix<Float> = try SymmetricAction.apply(
        q, scaledBy: Float(2 / (1 + last.lowerAfter) / scale.square.squareRoot()), to: g.matrix,
        in: context.section(from: 0.7, to: 1))
      return Outcome(
        factor: factor, steps: steps.count, floor: floor,
        normalizer: scale.square.squareRoot())
    }
    throw .numericalFailure(
      code: "gram_indefinite", reason: "no floor up to 0.5 makes the Gram matrix invertible")
  }

  // MARK: Parts

  /// The directions under the rank tolerance; fills in rank and condition.
  private func nullDirections<Scalar: Real>(
    _ gram: Matrix<Double>, _ spectrum: RationalStage<Double>.Spectrum?, _ proven: Double?,
    _ outcome: inout Outcome<Scalar>, in context: ComputeContext
  ) throws(DualizationError) -> NullDirections? {
    let m = gram.rows
    let threshold = max(rankTolerance, min(floor, 1e-7))
    let least = max(spectrum?.smallestAtLeast ?? 0, proven.map { $0 * $0 } ?? 0)
    if let spectrum, least > 2 * threshold * threshold {
      // R is normalised, so σ₁ ≤ 1: nothing lies under the tolerance.
      outcome.rank = m
      let largest = try PowerIteration.largestEigenvalue(of: gram, steps: 4, in: context)
      outcome.condition = (largest / max(spectrum.smallest, least)).squareRoot()
      return nil
    }
    let largest = try PowerIteration.largestEigenvalue(of: gram, steps: 24, in: context)
    let null = try NullDirections(
      of: gram, below: threshold * threshold * largest, in: context)
    outcome.rank = m - null.count
    if let next = null.nextEigenvalue, next > 0 {
      outcome.condition = (largest / next).squareRoot()
    } else if null.count == 0, let spectrum, spectrum.smallest > 0 {
      outcome.condition = (largest / spectrum.smallest).squareRoot()
    }
    return null
  }
}
