import Compute
import Dualization
import LinearAlgebra
import TestSupport
import Testing

/// Float32 input: the answer must be right to float32 where float64 can tell.
struct GramHalleyTests {
  static let shapes = [
    (2, 3), (5, 5), (17, 40), (64, 64), (65, 130), (40, 17), (100, 310), (130, 129),
  ]

  /// A few large values and the others small: what block inverses cannot bear.
  @Test(arguments: [1, 10, 64, 128], [4e3, 1e5])
  func isRightForClusteredSingularValues(large: Int, condition: Double) throws {
    let values = (0..<160).map { $0 < large ? 1 : 1 / condition }
    let g = Matrix<Float>(
      converting: Samples.withSingularValues(values, rows: 160, columns: 200))
    let result = try PolarSolver().polar(of: g)
    let wanted = try exact(g, rankTolerance: 1e-9)
    // Float64 rounding of the Gram matrix turns small directions by eps · κ².
    let tolerance = max(1e-6, 4 * 0x1p-52 * condition * condition)
    #expect(
      relativeError(result.matrix.elements.map(Double.init), wanted.elements) <= tolerance)
  }

  private func exact(_ g: Matrix<Float>, rankTolerance: Double = 1e-6) throws -> Matrix<Double> {
    var settings = PolarSettings()
    settings.method = .exact
    settings.rankTolerance = rankTolerance
    return try PolarSolver(settings).polar(of: Matrix<Double>(converting: g)).matrix
  }

  @Test(arguments: shapes, [1.0, 1e3, 1e5])
  func agreesWithTheSVDToFloat32(shape: (Int, Int), condition: Double) throws {
    let values = Samples.logarithmic(min(shape.0, shape.1), condition: condition)
    let g = Matrix<Float>(
      converting: Samples.withSingularValues(values, rows: shape.0, columns: shape.1))
    let result = try PolarSolver().polar(of: g)
    let wanted = try exact(g)
    #expect(
      relativeError(result.matrix.elements.map(Double.init), wanted.elements) <= 1e-6)
    #expect(result.report.method == .gramHalley)
    #expect(result.report.rank == values.count)
    #expect((result.report.residual ?? 1) <= 1e-6)
    #expect(result.report.stopReason == .converged)
    let nuclear = try SVD.values(of: Matrix<Double>(converting: g)).reduce(0, +)
    #expect(relativeError(result.report.nuclearNorm, nuclear) <= 1e-6)
    let interval = try #require(result.report.nuclearNormInterval)
    #expect(interval.contains(nuclear))
  }

  /// Condition 1e6 in float32: LAPACK's own float32 SVD is 1e-2 away there.
  @Test(arguments: [(96, 400), (200, 200)])
  func isRightAtConditionMillion(shape: (Int, Int)) throws {
    let values = Samples.logarithmic(shape.0, condition: 1e6)
    let g = Matrix<Float>(
      converting: Samples.withSingularValues(values, rows: shape.0, columns: shape.1))
    let result = try PolarSolver().polar(of: g)
    let wanted = try exact(g, rankTolerance: 1e-9)
    #expect(relativeError(result.matrix.elements.map(Double.init), wanted.elements) <= 1e-5)
  }

  /// Rank r of m: the partial isometry over the directions that are there, few or many missing.
  @Test(arguments: [(90, 88), (90, 70), (90, 40), (90, 1), (20, 12)], [false, true])
  func givesThePartialIsometry(ranks: (Int, Int), isTall: Bool) throws {
    let (side, rank) = ranks
    let left = Samples.normal(side, rank, seed: 3, as: Float.self)
    let right = Samples.normal(rank, 2 * side, seed: 4, as: Float.self)
    // Products of small integers are exact in float32, so the rank is exact too.
    func whole(_ m: Matrix<Float>) -> Matrix<Float> {
      Matrix(rows: m.rows, columns: m.columns) { i, j in (m[i, j] * 4).rounded() }
    }
    let product = whole(left).times(whole(right))
    let g = isTall ? product.transposed() : product
    let result = try PolarSolver().polar(of: g)
    #expect(result.report.rank == rank)
    #expect((result.report.isometry ?? 1) <= 1e-6)
    let wanted = try exact(g)
    #expect(relativeError(result.matrix.elements.map(Double.init), wanted.elements) <= 1e-6)
    let nuclear = try SVD.values(of: Matrix<Double>(converting: g)).reduce(0, +)
    #expect(try #require(result.report.nuclearNormInterval).contains(nuclear))
  }

  @Test(arguments: [Float(1e-30), 1e30, 0x1p-120])
  func doesNotSeeTheScale(scale: Float) throws {
    let g = Samples.normal(30, 50, as: Float.self)
    let powers = Matrix(rows: 30, columns: 50) { i, j in g[i, j] * 0x1p60 }
    let one = try PolarSolver().polar(of: g)
    #expect(try PolarSolver().polar(of: powers).matrix == one.matrix)
    let other = try PolarSolver().polar(of: g.scaled(by: scale))
    #expect(
      relativeError(
        other.matrix.elements.map(Double.init), one.matrix.elements.map(Double.init)) <= 1e-6)
  }

  @Test func fastModeBringsLargeDirectionsNearOne() throws {
    let values = Samples.logarithmic(128, condition: 100)
    let g = Matrix<Float>(
      converting: Samples.withSingularValues(values, rows: 128, columns: 256))
    var settings = PolarSettings()
    settings.precision = .fast
    let result = try PolarSolver(settings).polar(of: g)
    let wanted = try exact(g)
    #expect(relativeError(result.matrix.elements.map(Double.init), wanted.elements) <= 4e-3)
    #expect(result.report.floor == 2e-3)
  }

  @Test func float64InputThroughTheGramMatrix() throws {
    let values = Samples.logarithmic(40, condition: 1e3)
    let g = Samples.withSingularValues(values, rows: 40, columns: 90)
    var settings = PolarSettings()
    settings.method = .gramHalley
    let result = try PolarSolver(settings).polar(of: g)
    settings.method = .exact
    let wanted = try PolarSolver(settings).polar(of: g)
    // eps times the condition squared.
    #expect(relativeError(result.matrix.elements, wanted.matrix.elements) <= 1e-9)
  }
}
