import Compute
import LinearAlgebra

/// The polar factor through the Gram matrix of the smaller side, in float64 where it matters.
///
/// X = Q G with Q = (G Gᵀ)^(-1/2) built by rational steps (`ZolotarevStep`). Directions from
/// floor · σ₁ up are brought to 1; those under the rank tolerance are then projected out
/// (`NullDirections`), so that the result is the canonical partial isometry. Relative error about
/// 1e-7 in float32 up to condition 1e5; eps · κ² in general.
///
/// Where the result is float32, the larger side less than about 2.7 times the smaller one and no
/// singular value under 2e-4 ν (ν² = ‖G Gᵀ‖_F), the last steps run in float32 on X₁ = Q₁ G, whose
/// singular values already lie above 0.4. Flops: 3 m² n + 7 to 10 m³ in float64, or, in that case,
/// 3 m² n + 2 m³ in float64 and 3 m² n + 3 m³ in float32.
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
  /// Order under which products are preferred to inverses: measured at 128 and 512.
  private static let smallOrder = 256
  /// Larger over smaller side from which everything stays in float64.
  private static let mixedLimit = 2.7

  // MARK: Float64

  /// X for a scaled G; `Scalar` is the width of the result.
  func polar<Scalar: Real>(
    of g: ScaledMatrix<Double>, as _: Scalar.Type, in context: ComputeContext
  ) throws(DualizationError) -> Outcome<Scalar> {
    var gram = try gram(of: g, in: context.section(from: 0, to: 0.1))
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
    _ g: ScaledMatrix<Double>, gram: Matrix<Double>, scale: Normalizer, floor: Double,
    in context: ComputeContext
  ) throws(DualizationError) -> Outcome<Scalar>? {
    // Where no eigenvalue is small the interval is shorter, and the quick inverse is safe.
    let proven = try LowerBoundProbe.bound(
      of: gram, candidates: [Self.easyLower].filter { $0 > floor }, in: context)
    let lower = proven ?? min(0.99, floor * scale.leastRatio)
    let isMixed =
      Scalar.self == Float.self && maximumSteps == nil && proven != nil
      && Double(g.largerSide) < Self.mixedLimit * Double(g.smallerSide)
    let steps = isMixed ? [Self.openingStep(lower)] : plan(lower)
    var stage = RationalStage(gram: gram, provenLower: proven.map { $0 * $0 } ?? 0)
    for (index, step) in steps.enumerated() {
      let part = 0.1 + 0.6 * Double(index) / Double(steps.count)
      try context.pause(part, step: index, of: steps.count, "rational step \(index + 1)")
      let isLast = index == steps.count - 1
      guard try stage.apply(step, isLast: isLast, in: context) else { return nil }
    }
    var outcome = Outcome<Scalar>(
      factor: Matrix(rows: 0, columns: 0), steps: steps.count, floor: floor,
      normalizer: scale.square.squareRoot())
    try context.pause(0.7, nil)
    let null = try nullDirections(gram, stage.spectrum, proven, &outcome, in: context)
    let q = try stage.accumulated(without: null, in: context)
    let lowerAfter = steps.last?.lowerAfter ?? lower
    if isMixed {
      let first: Matrix<Float> = try SymmetricAction.apply(
        q, scaledBy: 1 / scale.square.squareRoot(), to: g.matrix,
        in: context.section(from: 0.75, to: 0.85))
      let rest = try finish(
        first, lower: lowerAfter, isWhole: null == nil || null?.count == 0,
        in: context.section(from: 0.85, to: 1))
      guard let rest else { return nil }
      outcome.steps += rest.steps
      outcome.factor = Matrix<Scalar>(converting: rest.factor)
    } else {
      if (1 - lowerAfter) / (1 + lowerAfter) > tolerance { outcome.stopReason = .maxSteps }
      outcome.factor = try SymmetricAction.apply(
        q, scaledBy: 2 / (1 + lowerAfter) / scale.square.squareRoot(), to: g.matrix,
        in: context.section(from: 0.75, to: 1))
    }
    return outcome
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

  /// The float64 part of the mixed computation: degree 5 brings 2e-4 to 0.5.
  private static func openingStep(_ lower: Double) -> ZolotarevStep {
    ZolotarevStep(lower: lower, poles: 2)
  }

  // MARK: Float32

  /// The last steps on X₁, whose singular values lie in [`lower`, 1] or, unless it `isWhole`, are
  /// zero.
  private func finish(
    _ first: Matrix<Float>, lower: Double, isWhole: Bool, in context: ComputeContext
  ) throws(DualizationError) -> (factor: Matrix<Float>, steps: Int)? {
    let isTall = first.rows > first.columns
    let gram = try stoppable { () throws(ComputationStopped) in
      try isTall ? first.gramOfColumns(in: context) : first.gram(in: context)
    }
    // Rounding to float32 may have moved the lowest ones a little. With a seventh of the tolerance a
    // single step with three poles follows the opening one; with an eighth two steps with one pole
    // each and two products, which cost less where an inverse is far slower than a product.
    let share = gram.rows < Self.smallOrder ? tolerance / 8 : tolerance / 7
    let steps = RationalPlans.steps(
      lower: lower * 0.999, tolerance: max(share, 6e-8), most: 4)
    // Nothing lies under it unless directions were projected out.
    var stage = RationalStage(gram: gram, provenLower: isWhole ? lower * lower / 2 : 0)
    for (index, step) in steps.enumerated() {
      try context.pause(0.2 + 0.5 * Double(index) / Double(steps.count), nil)
      let isLast = index == steps.count - 1
      guard try stage.apply(step, isLast: isLast, in: context) else { return nil }
    }
    guard let last = steps.last else { return (first, 0) }
    let q = try stage.accumulated(without: nil, in: context)
    let factor: Matrix<Float> = try SymmetricAction.apply(
      q, scaledBy: Float(2 / (1 + last.lowerAfter)), to: first,
      in: context.section(from: 0.7, to: 1))
    return (factor, steps.count)
  }

  /// Everything in float32: singular values under the floor (2e-3) are not brought to 1, and the
  /// Gram matrix has lost those under 5e-4 σ₁.
  func fastPolar(
    of g: ScaledMatrix<Float>, in context: ComputeContext
  ) throws(DualizationError) -> Outcome<Float> {
    var gram = try gram(of: g, in: context.section(from: 0, to: 0.2))
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

  private func gram<Work: Real>(
    of g: ScaledMatrix<Work>, in context: ComputeContext
  ) throws(DualizationError) -> Matrix<Work> {
    try stoppable { () throws(ComputationStopped) in
      try g.isTall ? g.matrix.gramOfColumns(in: context) : g.matrix.gram(in: context)
    }
  }

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
