import Dualization
import JSON
import LinearAlgebra
import TestSupport
import Testing

/// `methods.json`: each value within the tolerance given there.
@Suite(.enabled(if: ReferenceFile.isThere("methods"), "../shared is not here"))
struct MethodReferenceTests {
  private func coefficients(_ one: JSONValue) -> [[Double]] {
    (one["coefficients"]?.arrayValue ?? []).map(\.numbers)
  }

  @Test(arguments: [PolarSettings.Form.plain, .gram])
  func iterationsMatchTheOracle(form: PolarSettings.Form) throws {
    let file = try ReferenceFile.load("methods")
    let cases = file["iterations"]?.arrayValue ?? []
    #expect(cases.count >= 25)
    for one in cases {
      let name = Comment(rawValue: one["name"]?.text ?? "")
      let g = try (file["matrices"] ?? .null).matrix(one["matrix"]?.text ?? "")
      var settings = PolarSettings()
      settings.method = .newtonSchulz
      settings.coefficients = coefficients(one)
      settings.normalization = one["normalise"]?.text == "spectral" ? .spectral : .frobenius
      settings.verification = .full
      settings.form = form
      let result = try PolarSolver(settings).polar(of: g)
      // The Gram form of the ill-conditioned cases loses eps times the condition squared.
      let tolerance = form == .plain ? one.number("tol") : 1e-6
      #expect(
        relativeError(result.matrix.elements, try one.matrix("result").elements) <= tolerance,
        name)
      #expect(
        relativeError(result.report.normalizer ?? 0, one.number("normaliser")) <= tolerance, name)
      let residual = one["residuals"]?.numbers.last ?? .nan
      #expect(abs((result.report.residual ?? 1) - residual) <= 1e-7, name)
      if one["sigma_min"] != nil {
        #expect(abs((result.report.sigmaMin ?? 1) - one.number("sigma_min")) <= 1e-7, name)
        #expect(abs((result.report.sigmaMax ?? 1) - one.number("sigma_max")) <= 1e-8, name)
      }
    }
  }

  @Test func residualsOfEachStepMatchTheOracle() throws {
    let file = try ReferenceFile.load("methods")
    for one in file["iterations"]?.arrayValue ?? [] {
      let g = try (file["matrices"] ?? .null).matrix(one["matrix"]?.text ?? "")
      let wanted = one["residuals"]?.numbers ?? []
      let rows = coefficients(one)
      for steps in 1...rows.count where one["normalise"]?.text == "frobenius" {
        var settings = PolarSettings()
        settings.method = .newtonSchulz
        settings.coefficients = Array(rows.prefix(steps))
        settings.verification = .full
        let report = try PolarSolver(settings).polar(of: g).report
        #expect(
          abs((report.residual ?? .nan) - wanted[steps]) <= 1e-7,
          "\(one["name"]?.text ?? "") after \(steps)")
      }
    }
  }

  @Test func schedulesOnNumbersMatchTheOracle() throws {
    for one in try ReferenceFile.list("methods", "scalar") {
      for (x, y) in zip(one["x"]?.numbers ?? [], one["y"]?.numbers ?? []) {
        let value = coefficients(one).reduce(x) { MinimaxPolynomial.evaluate($1, at: $0) }
        #expect(abs(value - y) <= 1e-12, "\(one["name"]?.text ?? "") at \(x)")
      }
    }
  }

  @Test func minimaxPolynomialsMatchTheOracle() throws {
    for one in try ReferenceFile.list("methods", "minimax") {
      let wanted = coefficients(one)
      let rows = MinimaxPolynomial.schedule(
        degree: Int(one.number("degree")), lower: one.number("lower"), steps: wanted.count)
      var low = one.number("lower")
      for (step, (row, expected)) in zip(rows, wanted).enumerated() {
        #expect(
          relativeError(row, expected) <= one.number("tol"),
          "degree \(one.number("degree")) from \(one.number("lower")), step \(step)")
        low = MinimaxPolynomial.evaluate(row, at: low)
        #expect(abs(low - (one["lower_after"]?.numbers[step] ?? .nan)) <= 1e-6)
      }
    }
  }

  @Test func halleyWeightsMatchTheOracle() throws {
    for one in try ReferenceFile.list("methods", "halley_weights") {
      var lower = one.number("lower")
      for step in one["steps"]?.arrayValue ?? [] {
        let weights = HalleyWeights(lower: lower)
        let wanted = step.numbers
        #expect(
          relativeError([weights.a, weights.b, weights.c], Array(wanted.prefix(3))) <= 1e-6)
        #expect(relativeError(weights.lowerAfter, wanted[3]) <= 1e-6)
        lower = wanted[3]
      }
    }
  }

  @Test func inverseRootsMatchTheOracle() throws {
    for one in try ReferenceFile.list("methods", "inverse_roots") {
      let root = try InverseRoot(
        of: one.matrix("matrix"), root: Int(one.number("root")), tolerance: 1e-9)
      #expect(
        relativeError(root.matrix.elements, try one.matrix("inverse_root").elements)
          <= one.number("tol"), "\(one["name"]?.text ?? "")")
      let wanted = one["newton_errors"]?.numbers ?? []
      #expect(root.errors.count == Int(one.number("newton_steps_to_1e9")))
      for (error, expected) in zip(root.errors, wanted) {
        #expect(abs(error - expected) <= 1e-4 * expected + 1e-9)
      }
    }
  }

  @Test(arguments: [PolarSettings.Side.left, .right, .both], [2, 3, 4])
  func polarFactorsViaRootsMatchTheOracle(side: PolarSettings.Side, order: Int) throws {
    for one in try ReferenceFile.list("methods", "via_roots") {
      var settings = PolarSettings()
      settings.method = .inverseRoot
      settings.side = side
      settings.order = order
      let result = try PolarSolver(settings).polar(of: one.matrix("gradient"))
      #expect(
        relativeError(result.matrix.elements, try one.matrix("polar").elements)
          <= one.number("tol"), "\(one["name"]?.text ?? "") \(side) \(order)")
    }
  }

  @Test func sketchesMatchTheOracle() throws {
    for one in try ReferenceFile.list("methods", "sketches") {
      let outcome = try SketchedPolar.polar(
        of: one.matrix("gradient"), test: one.matrix("test_matrix"),
        powerIterations: Int(one.number("power_iterations")), rankTolerance: 1e-12)
      #expect(
        relativeError(outcome.factor.elements, try one.matrix("result").elements)
          <= one.number("tol"), "\(one["name"]?.text ?? "")")
      #expect(
        relativeError(outcome.values, one["sketched_singular_values"]?.numbers ?? []) <= 1e-10)
    }
  }
}
