import Compute
import Dualization
import LinearAlgebra
import TestSupport
import Testing

/// Float64 above order 512: the iteration must be as right as the decomposition it stands for.
struct WeightedHalleyPolarTests {
  private static let side = 520

  /// The decomposition is the naive reference: the same rank rule on LAPACK's singular values.
  private func reference(_ g: Matrix<Double>) throws -> (factor: Matrix<Double>, values: [Double]) {
    let svd = try SVD(g)
    let limit = Double(max(g.rows, g.columns)) * 0x1p-52 * svd.values[0]
    let rank = svd.values.count { $0 > limit }
    let factor = svd.u.block(rows: 0..<g.rows, columns: 0..<rank).times(
      svd.vTransposed.block(rows: 0..<rank, columns: 0..<g.columns))
    return (factor, svd.values)
  }

  @Test(arguments: [(side, side, 1e3), (side, 700, 1e6), (700, side, 1e10)])
  func agreesWithTheDecomposition(rows: Int, columns: Int, condition: Double) throws {
    let g = Samples.withSingularValues(
      Samples.logarithmic(Self.side, condition: condition), rows: rows, columns: columns)
    let wanted = try reference(g)
    let result = try PolarSolver().polar(of: g)
    // Both are backward stable: eps · κ apart, times a modest multiple of √m.
    let tolerance = 0x1p-52 * condition * Double(Self.side).squareRoot()
    #expect(
      relativeError(result.matrix.elements, wanted.factor.elements) <= max(tolerance, 1e-13))
    #expect(result.report.rank == Self.side)
    #expect((result.report.residual ?? 1) <= 1e-13)
    #expect(result.report.reason.contains("QDWH"))
    #expect(result.report.stopReason == .converged)
    #expect(relativeError(result.report.nuclearNorm, wanted.values.reduce(0, +)) <= 1e-12)
    let estimate = try #require(result.report.conditionEstimate)
    #expect(estimate > condition / 2 && estimate < condition * 1.1)
  }

  /// Products of small integers are exact, so the rank is exact too: few and many missing.
  @Test(arguments: [side - 3, side / 2])
  func givesThePartialIsometry(rank: Int) throws {
    func whole(_ m: Matrix<Double>) -> Matrix<Double> {
      Matrix(rows: m.rows, columns: m.columns) { i, j in (m[i, j] * 4).rounded() }
    }
    let g = whole(Samples.normal(Self.side, rank, seed: 3)).times(
      whole(Samples.normal(rank, 600, seed: 4)))
    let wanted = try reference(g)
    let result = try PolarSolver().polar(of: g)
    #expect(result.report.rank == rank)
    #expect(relativeError(result.matrix.elements, wanted.factor.elements) <= 1e-9)
    #expect((result.report.isometry ?? 1) <= 1e-12)
  }

  @Test func givesTheSameBytesInAnyOrderTellsProgressAndStops() throws {
    let g = Samples.normal(Self.side, Self.side, seed: 5, as: Double.self)
    let watching = StoppingMonitor()
    let one = try PolarSolver().polar(of: g, in: ComputeContext(monitor: watching)).matrix
    let other = try PolarSolver().polar(
      of: g, in: ComputeContext(executor: BackwardExecutor())
    ).matrix
    #expect(one == other)
    #expect(watching.fractions == watching.fractions.sorted())
    #expect(watching.fractions.count > 8)
    for limit in [0, watching.asked / 3, watching.asked - 1] {
      #expect(throws: DualizationError.stopped(ComputationStopped(reason: .cancelled))) {
        _ = try PolarSolver().polar(
          of: g, in: ComputeContext(monitor: StoppingMonitor(stopAt: limit)))
      }
    }
  }
}
