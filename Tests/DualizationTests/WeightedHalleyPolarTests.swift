import Compute
import Dualization
import LinearAlgebra
import TestSupport
import Testing

/// Float64 above order 768: the iteration must be as right as the decomposition it stands for.
struct WeightedHalleyPolarTests {
  private static let side = 150

  private func polar(
    _ g: Matrix<Double>, in context: ComputeContext = ComputeContext()
  ) throws -> ExactPolar.Outcome {
    try WeightedHalleyPolar.polar(
      of: g, rankTolerance: Double(max(g.rows, g.columns)) * 0x1p-52, in: context)
  }

  /// The decomposition is the naive reference: the same rank rule on LAPACK's singular values.
  private func reference(_ g: Matrix<Double>) throws -> (factor: Matrix<Double>, values: [Double]) {
    let svd = try SVD(g)
    let limit = Double(max(g.rows, g.columns)) * 0x1p-52 * svd.values[0]
    let rank = svd.values.count { $0 > limit }
    let factor = svd.u.block(rows: 0..<g.rows, columns: 0..<rank).times(
      svd.vTransposed.block(rows: 0..<rank, columns: 0..<g.columns))
    return (factor, svd.values)
  }

  @Test(arguments: [(side, side, 1e3), (side, 400, 1e6), (400, side, 1e10), (side, side, 1.0)])
  func agreesWithTheDecomposition(rows: Int, columns: Int, condition: Double) throws {
    let g = Samples.withSingularValues(
      Samples.logarithmic(Self.side, condition: condition), rows: rows, columns: columns)
    let wanted = try reference(g)
    let result = try polar(g)
    // Both are backward stable: eps · κ apart, times a modest multiple of √m.
    let tolerance = 0x1p-52 * condition * Double(Self.side).squareRoot()
    #expect(
      relativeError(result.factor.elements, wanted.factor.elements) <= max(tolerance, 1e-13))
    let gram = rows > columns ? result.factor.gramOfColumns() : result.factor.gram()
    #expect(relativeError(gram.elements, Matrix.identity(Self.side).elements) <= 1e-13)
    #expect(result.rank == Self.side)
    #expect(relativeError(result.nuclearNorm, wanted.values.reduce(0, +)) <= 1e-12)
    #expect(result.condition > condition / 2 && result.condition < condition * 1.1)
  }

  /// Products of small integers are exact, so the rank is exact too: few and many missing.
  @Test(arguments: [side - 3, side / 2, 1])
  func givesThePartialIsometry(rank: Int) throws {
    func whole(_ m: Matrix<Double>) -> Matrix<Double> {
      Matrix(rows: m.rows, columns: m.columns) { i, j in (m[i, j] * 4).rounded() }
    }
    let g = whole(Samples.normal(Self.side, rank, seed: 3)).times(
      whole(Samples.normal(rank, 200, seed: 4)))
    let wanted = try reference(g)
    let result = try polar(g)
    #expect(result.rank == rank)
    #expect(relativeError(result.factor.elements, wanted.factor.elements) <= 1e-9)
  }

  @Test func givesTheSameBytesInAnyOrderTellsProgressAndStops() throws {
    let g = Samples.normal(Self.side, Self.side, seed: 5, as: Double.self)
    let watching = StoppingMonitor()
    let one = try polar(g, in: ComputeContext(monitor: watching)).factor
    #expect(try polar(g, in: ComputeContext(executor: BackwardExecutor())).factor == one)
    #expect(watching.fractions == watching.fractions.sorted())
    #expect(watching.fractions.count > 8)
    for limit in [0, watching.asked / 3, watching.asked - 1] {
      #expect(throws: DualizationError.stopped(ComputationStopped(reason: .cancelled))) {
        _ = try polar(g, in: ComputeContext(monitor: StoppingMonitor(stopAt: limit)))
      }
    }
  }

  /// Through the solver: LAPACK up to order 768, the iteration above.
  @Test(arguments: [(ExactPolar.decomposed, false), (ExactPolar.decomposed + 1, true)])
  func isTakenAboveTheOrderOfOneCall(side: Int, isIteration: Bool) throws {
    let g = Samples.normal(side, side, seed: 6, as: Double.self)
    let result = try PolarSolver().polar(of: g)
    #expect(result.report.reason.contains("QDWH") == isIteration)
    #expect((result.report.stopReason == .converged) == isIteration)
    #expect(result.report.rank == side)
    #expect((result.report.residual ?? 1) <= 1e-13)
  }
}
