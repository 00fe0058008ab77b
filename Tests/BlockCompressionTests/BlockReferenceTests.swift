import BlockCompression
import Compute
import JSON
import LinearAlgebra
import TestSupport
import Testing

@Suite struct BlockReferenceTests {
  static let absent: Comment = "../shared is not here"

  @Test(
    .enabled(if: BlockReference.isHere("accounting"), absent),
    arguments: BlockReference.cases("accounting"))
  func budgetsAndRanks(_ reference: BlockCase) throws {
    let grid = try reference.grid()
    let budget = Budget.keep(reference.number("keep"))
    #expect(grid.blockHeight == reference.integer("block_rows"))
    #expect(grid.blockWidth == reference.integer("block_cols"))
    guard reference["feasible"]?.boolValue == true else {
      #expect(throws: BlockCompressionError.self) { try budget.rank(on: grid) }
      return
    }
    let rank = try #require(try budget.rank(on: grid))
    #expect(rank == reference.integer("rank"))
    #expect(rank * grid.parametersPerRank == reference.integer("params"))
  }

  @Test(
    .enabled(if: BlockReference.isHere("products"), absent),
    arguments: BlockReference.cases("products"))
  func productsAndDenseForms(_ reference: BlockCase) throws {
    let factors = try reference.factors()
    #expect(agree(factors.dense(), reference.matrix("dense"), 1e-12))
    #expect(agree(factors.times(reference.matrix("X")), reference.matrix("AX"), 1e-12))
    #expect(agree(factors.transposedTimes(reference.matrix("Y")), reference.matrix("AtY"), 1e-12))
    #expect(factors.parameters == reference.integer("params"))
    #expect(agree(factors.canonical().dense(), reference.matrix("dense"), 1e-12))
  }

  @Test(
    .enabled(if: BlockReference.isHere("errors"), absent),
    arguments: BlockReference.cases("errors"))
  func errors(_ reference: BlockCase) throws {
    let error = try ApproximationError(
      reference.matrix("A"), approximation: reference.matrix("Ahat"), grid: try reference.grid())
    #expect(agree(error.relative, reference.number("rel_fro"), 1e-10))
    #expect(agree(error.relativeSpectral, reference.number("rel_spectral"), 1e-10))
    #expect(agree(error.spectral, reference.number("spectral_error"), 1e-10))
    #expect(agree(error.maximum, reference.number("max_abs"), 1e-10))
    #expect(agree(error.perBlock, reference.matrix("block_rel"), 1e-10))
    #expect(agree(error.shares, reference.matrix("block_share"), 1e-10))
  }

  @Test(
    .enabled(if: BlockReference.isHere("als"), absent), arguments: BlockReference.cases("als"))
  func exactAlternatingSweeps(_ reference: BlockCase) throws {
    let matrix = reference.matrix("A")
    var factors = try reference.factors("U0", "S0", "V0")
    let sweep = AlternatingSweep(
      matrix, grid: factors.grid, rank: factors.rank, ridge: 0)
    let context = ComputeContext()
    let expected = reference["fro_after_UVs"]?.arrayValue ?? []
    var scratch = AlternatingSweep<Double>.Scratch(grid: factors.grid, rank: factors.rank)
    for (index, norms) in expected.enumerated() {
      var partial = factors
      try sweep.solveRows(&partial, &scratch, in: context)
      #expect(
        agree(try sweep.residual(partial, in: context).squareRoot(), norms.numbers[0], 1e-7))
      let outcome = try sweep.run(from: factors, scratch: &scratch, in: context)
      partial.v = outcome.factors.v
      #expect(
        agree(try sweep.residual(partial, in: context).squareRoot(), norms.numbers[1], 1e-7))
      factors = outcome.factors
      #expect(
        agree(try sweep.residual(factors, in: context).squareRoot(), norms.numbers[2], 1e-7))
      // The cheap loss is a difference: compared where it has not cancelled.
      #expect(
        abs(outcome.loss - norms.numbers[2] * norms.numbers[2]) <= 1e-9 * sweep.energy)
      if let snapshot = reference["snapshots"]?[String(index + 1)] {
        #expect(agree(factors.u, snapshot["U"]?.matrix ?? factors.v, 1e-7))
        #expect(agree(factors.s, snapshot["S"]?.matrix ?? factors.v, 1e-7))
        #expect(agree(factors.v, snapshot["V"]?.matrix ?? factors.u, 1e-7))
      }
    }
    #expect(expected.count == reference.integer("sweeps"))
  }

  @Test(
    .enabled(if: BlockReference.isHere("trajectories"), absent),
    arguments: BlockReference.cases("trajectories"))
  func gradientTrajectories(_ reference: BlockCase) throws {
    let matrix = reference.matrix("A")
    let start = try reference.factors("U0", "S0", "V0")
    var options = DescentOptions()
    options.iterations = reference.integer("iterations")
    options.step = reference.number("step")
    options.endFactor = reference.number("end_factor")
    options.damping = reference.number("delta0")
    options.gradientScale = reference.number("gradient_scale")
    options.isPreconditioned = reference["preconditioned"]?.boolValue ?? false
    let norms = reference["fro_after_UVs"]?.arrayValue ?? []
    let dampings = reference["damping_UVs"]?.arrayValue ?? []
    var seen = 0
    _ = try GradientDescent<Double>(options: options).solve(
      matrix, from: start, in: ComputeContext()
    ) { iteration, factors, thirds in
      seen += 1
      for third in 0..<3 {
        #expect(agree(thirds.norms[third], norms[iteration - 1].numbers[third], 1e-7))
        #expect(agree(thirds.dampings[third], dampings[iteration - 1].numbers[third], 1e-7))
      }
      if let snapshot = reference["snapshots"]?[String(iteration)] {
        #expect(agree(factors.u, snapshot["U"]?.matrix ?? factors.v, 1e-7))
        #expect(agree(factors.s, snapshot["S"]?.matrix ?? factors.v, 1e-7))
        #expect(agree(factors.v, snapshot["V"]?.matrix ?? factors.u, 1e-7))
      }
    }
    #expect(seen == norms.count)
  }

  @Test(
    .enabled(if: BlockReference.isHere("weighted"), absent),
    arguments: BlockReference.cases("weighted"))
  func weightedErrorsAndTheRefit(_ reference: BlockCase) throws {
    let matrix = reference.matrix("A")
    let factors = try reference.factors()
    let covariance = try DataWeights.covariance(ofActivations: reference.matrix("X").transposed())
    #expect(agree(covariance, reference.matrix("C"), 1e-8))
    #expect(
      agree(
        try DataWeights.outputError(
          matrix, approximation: factors.dense(), covariance: covariance),
        reference.number("rel_output"), 1e-8))
    let refitted = try DataWeights.refitted(
      factors, to: matrix, covariance: covariance, ridge: 0, in: ComputeContext())
    #expect(agree(refitted.u, reference.matrix("U_refit"), 1e-6))
    #expect(
      agree(
        try DataWeights.outputError(
          matrix, approximation: refitted.dense(), covariance: covariance),
        reference.number("rel_output_refit"), 1e-7))
  }

  @Test(
    .enabled(if: BlockReference.isHere("quality"), absent),
    arguments: BlockReference.cases("quality"))
  func reachesTheErrorsOfPlainMethods(_ reference: BlockCase) throws {
    let matrix = reference.matrix("A")
    for (blocks, entry) in reference["entries"]?.objectValue ?? [:] {
      let b = Int(blocks) ?? 1
      var options = CompressionOptions(budget: .keep(reference.number("keep")))
      options.blocks = (b, b)
      options.starts = 4
      var solver = SolverOptions()
      solver.maximumSweeps = 400
      solver.tolerance = 1e-5
      options.method = .alternating(solver)
      let result = try Compressor.compress(matrix, options: options, in: ComputeContext(seed: 1))
      #expect(result.factors.rank == entry["rank"]?.integerValue.map { Int($0) })
      let known = (entry.objectValue ?? [:]).filter {
        !$0.key.contains("rank") && !$0.key.contains("blr")
      }.compactMap(\.value.doubleValue)
      let best = known.min() ?? 1
      #expect(result.error.relative <= 1.02 * best, "b = \(b): \(result.error.relative) of \(best)")
    }
  }
}
