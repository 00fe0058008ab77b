import Compute
import Dualization
import LinearAlgebra
import TestSupport
import Testing

/// Every method on one well-conditioned matrix, and the figures each must give.
struct PolarSolverTests {
  private let g = Samples.withSingularValues(
    Samples.logarithmic(60, condition: 50), rows: 60, columns: 90)

  private func error(_ settings: PolarSettings) throws -> (Double, PolarReport) {
    var exact = PolarSettings()
    exact.method = .exact
    let wanted = try PolarSolver(exact).polar(of: g).matrix
    let result = try PolarSolver(settings).polar(of: g)
    return (relativeError(result.matrix.elements, wanted.elements), result.report)
  }

  @Test(arguments: [
    PolarMethod.exact, .gramHalley, .newtonSchulz, .polarExpress, .inverseRoot,
  ])
  func convergesToThePolarFactor(method: PolarMethod) throws {
    for verification in [PolarSettings.Verification.probe, .full] {
      var settings = PolarSettings()
      settings.method = method
      settings.verification = verification
      let (error, report) = try error(settings)
      // eps · κ², and the regularisation of the inverse root.
      #expect(error <= 1e-10, "\(method)")
      #expect((report.residual ?? 1) <= 1e-10)
      #expect(report.method == method)
      #expect(report.stopReason == (method == .exact ? nil : .converged))
      let nuclear = try SVD.values(of: g).reduce(0, +)
      #expect(try #require(report.nuclearNormInterval).contains(nuclear), "\(method)")
      #expect(abs((report.sigmaMax ?? 0) - 1) < 1e-9 && abs((report.sigmaMin ?? 0) - 1) < 1e-9)
    }
  }

  @Test(arguments: NewtonSchulzSchedule.allCases)
  func theGramFormGivesThePlainFormsResult(schedule: NewtonSchulzSchedule) throws {
    var settings = PolarSettings()
    settings.method = .newtonSchulz
    settings.schedule = schedule
    settings.steps = 6
    let plain = try PolarSolver(settings).polar(of: g).matrix
    settings.form = .gram
    let gram = try PolarSolver(settings).polar(of: g).matrix
    #expect(relativeError(gram.elements, plain.elements) <= 1e-10)
    settings.precision = .fast
    let narrow = Matrix<Float>(converting: g)
    let fastGram = try PolarSolver(settings).polar(of: narrow).matrix
    settings.form = .plain
    let fastPlain = try PolarSolver(settings).polar(of: narrow).matrix
    // Float32: 3e-5 to 1e-4 without the restart, less with it (section 2.7).
    #expect(
      relativeError(
        fastGram.elements.map(Double.init), fastPlain.elements.map(Double.init)) <= 5e-5)
  }

  @Test func probesAgreeWithFullVerification() throws {
    var settings = PolarSettings()
    settings.method = .newtonSchulz
    settings.schedule = .jordan
    let (_, probe) = try error(settings)
    settings.verification = .full
    let (_, full) = try error(settings)
    // Eight vectors: the estimate's standard deviation is a third at most.
    #expect(abs((probe.residual ?? 0) / (full.residual ?? 1) - 1) < 1)
    #expect((probe.sigmaMin ?? 0) >= (full.sigmaMin ?? 1) * (1 - 1e-12))
    #expect((probe.sigmaMax ?? 9) <= (full.sigmaMax ?? 1) * (1 + 1e-12))
    #expect(probe.nuclearNorm == full.nuclearNorm)
    settings.verification = .none
    let (_, none) = try error(settings)
    #expect(none.residual == nil && none.nuclearNorm == full.nuclearNorm)
  }

  @Test func whatIsNotThePolarFactorHasNoInterval() throws {
    var settings = PolarSettings()
    settings.method = .newtonSchulz
    settings.schedule = .jordan
    settings.verification = .full
    #expect(try error(settings).1.nuclearNormInterval == nil)
    settings.coefficients = [[-1]]
    settings.schedule = nil
    #expect(try error(settings).1.nuclearNormInterval == nil)
  }

  @Test func divergenceIsAnErrorAndNotANumber() {
    var settings = PolarSettings()
    settings.method = .newtonSchulz
    settings.coefficients = Array(repeating: [5, 5], count: 20)
    #expect {
      _ = try PolarSolver(settings).polar(of: g)
    } throws: { error in
      if case .numericalFailure("diverged", _)? = error as? DualizationError { true } else { false }
    }
  }

  @Test func aSketchKeepsTheLargeDirections() throws {
    var settings = PolarSettings()
    settings.method = .sketch
    settings.sketch = .init(rank: 20, powerIterations: 3)
    let result = try PolarSolver(settings).polar(of: g)
    #expect(result.report.rank == 20)
    #expect(try #require(result.report.capturedEnergy) > 0.8)
    let again = try PolarSolver(settings).polar(of: g, in: ComputeContext(seed: 1))
    #expect(again.matrix != result.matrix)
    #expect(relativeError(again.matrix.elements, result.matrix.elements) < 0.5)
  }

  @Test func frobeniusIsLabelledAsWhatItIs() throws {
    var settings = PolarSettings()
    settings.method = .frobenius
    let result = try PolarSolver(settings).polar(of: g)
    #expect(abs(result.matrix.frobeniusNorm - 1) < 1e-14)
    #expect(relativeError(result.report.nuclearNorm, g.frobeniusNorm) < 1e-14)
    #expect(result.report.reason.contains("Euclidean"))
  }

  @Test func rankToleranceCutsWhereItSays() throws {
    for method in [PolarMethod.exact, .gramHalley] {
      var settings = PolarSettings()
      settings.method = method
      settings.rankTolerance = 0.1
      let result = try PolarSolver(settings).polar(of: g)
      let values = try SVD.values(of: g)
      #expect(result.report.rank == values.count { $0 > 0.1 * values[0] }, "\(method)")
      #expect((result.report.isometry ?? 1) < 1e-9)
    }
  }

  @Test func refusesParametersOutOfRange() {
    for change in [
      { (s: inout PolarSettings) in s.steps = 0 }, { $0.degree = 4 }, { $0.order = 7 },
      { $0.lowerBound = 1 }, { $0.tolerance = 0 }, { $0.floor = 1e-9 },
      { $0.coefficients = [] }, { $0.coefficients = [[.nan]] }, { $0.sketch.rank = 0 },
    ] as [(inout PolarSettings) -> Void] {
      var settings = PolarSettings()
      change(&settings)
      #expect(throws: DualizationError.self) { _ = try PolarSolver(settings) }
    }
  }
}
