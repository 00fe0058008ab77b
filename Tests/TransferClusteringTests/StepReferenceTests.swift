import Compute
import JSON
import LinearAlgebra
import TestSupport
import Testing
import TransferClustering

/// Single steps against oracle values (float64, tolerance of each file).
@Suite struct StepReferenceTests {
  @Test(
    .enabled(if: ReferenceFile.isHere("steps_gmm"), "../shared is not here"),
    arguments: ReferenceFile.cases("steps_gmm"))
  func gaussianMixtureSteps(_ reference: ReferenceCase) throws {
    let points = reference["x"]?.matrix ?? Matrix(rows: 0, columns: 0)
    let form = try #require(CovarianceForm(rawValue: reference["covariance"]?.stringValue ?? ""))
    let ridge = reference["ridge"]?.number ?? 0
    let first = GaussianMixture(
      points, responsibilities: try #require(reference["resp0"]).table, form: form, ridge: ridge)
    #expect(agree(first.weights, reference["weights1"]?.numbers ?? [], 1e-9))
    #expect(agree(first.means.elements, reference["means1"]?.numbers ?? [], 1e-9))
    #expect(agree(first.covariances.elements, reference["cov1"]?.numbers ?? [], 1e-9))
    #expect(
      agree(try first.logDensities(points).values, reference["logdens1"]?.numbers ?? [], 1e-9))
    let (responsibilities, likelihood) = try first.expectation(points)
    #expect(agree(likelihood, reference["loglik1"]?.number ?? .nan, 1e-9))
    #expect(agree(responsibilities.values, reference["resp1"]?.numbers ?? [], 1e-9))
    let second = GaussianMixture(
      points, responsibilities: responsibilities, form: form, ridge: ridge)
    #expect(agree(second.covariances.elements, reference["cov2"]?.numbers ?? [], 1e-9))
    let (last, secondLikelihood) = try second.expectation(points)
    #expect(agree(secondLikelihood, reference["loglik2"]?.number ?? .nan, 1e-9))
    #expect(second.parameterCount == reference["n_params"]?.integer)
    let summary = FitSummary(
      logLikelihood: secondLikelihood, parameters: second.parameterCount, responsibilities: last,
      iterations: 2, isConverged: false)
    #expect(agree(summary.bic, reference["bic2"]?.number ?? .nan, 1e-9))
    #expect(agree(summary.aic, reference["aic2"]?.number ?? .nan, 1e-9))
    #expect(agree(summary.icl, reference["icl2"]?.number ?? .nan, 1e-9))
  }

  @Test(
    .enabled(if: ReferenceFile.isHere("steps_lcm"), "../shared is not here"),
    arguments: ReferenceFile.cases("steps_lcm"))
  func latentClassSteps(_ reference: ReferenceCase) throws {
    let categories = reference["categories"]?.integers ?? []
    let rows = reference["x"]?.arrayValue ?? []
    let data = CategoricalItems(
      subjects: rows.count, categories: categories,
      codes: rows.flatMap { row in
        (row.arrayValue ?? []).map { $0.isNull ? CategoricalItems.missing : Int32($0.integer) }
      })
    let smoothing = reference["smoothing"]?.number ?? 0
    let first = LatentClassModel(
      data, responsibilities: try #require(reference["resp0"]).table, smoothing: smoothing)
    #expect(agree(first.weights, reference["weights1"]?.numbers ?? [], 1e-9))
    for (item, perClass) in (reference["theta1"]?.arrayValue ?? []).enumerated() {
      for (label, expected) in (perClass.arrayValue ?? []).enumerated() {
        let actual = categories[item]
        let found = (0..<actual).map {
          first.probability(item: item, label: label, category: $0)
        }
        #expect(agree(found, expected.numbers, 1e-9))
      }
    }
    #expect(agree(first.logDensities(data).values, reference["logdens1"]?.numbers ?? [], 1e-9))
    let (responsibilities, likelihood) = first.expectation(data)
    #expect(agree(likelihood, reference["loglik1"]?.number ?? .nan, 1e-9))
    #expect(agree(responsibilities.values, reference["resp1"]?.numbers ?? [], 1e-9))
    let second = LatentClassModel(
      data, responsibilities: responsibilities, smoothing: smoothing)
    let (last, secondLikelihood) = second.expectation(data)
    #expect(agree(secondLikelihood, reference["loglik2"]?.number ?? .nan, 1e-9))
    #expect(second.parameterCount == reference["n_params"]?.integer)
    let summary = FitSummary(
      logLikelihood: secondLikelihood, parameters: second.parameterCount, responsibilities: last,
      iterations: 2, isConverged: false)
    #expect(agree(summary.bic, reference["bic2"]?.number ?? .nan, 1e-9))
  }

  @Test(
    .enabled(if: ReferenceFile.isHere("steps_sbm"), "../shared is not here"),
    arguments: ReferenceFile.cases("steps_sbm"))
  func blockModelSteps(_ reference: ReferenceCase) throws {
    let network = Network(
      nodes: reference["n"]?.integer ?? 0, edges: reference["edges"]?.edges ?? [])
    let smoothing = reference["smoothing"]?.number ?? 0
    let k = reference["k"]?.integer ?? 1
    let responsibilities =
      reference["resp"]?.table
      ?? ClassTable(hard: reference["labels"]?.integers ?? [], classes: k)
    var model = BlockModel(
      network, responsibilities: responsibilities, smoothing: smoothing, likelihood: .full)
    #expect(agree(model.blocks.elements, reference["block"]?.numbers ?? [], 1e-9))
    let densities = model.logDensities(network)
    #expect(agree(densities.values, reference["node_loglik"]?.numbers ?? [], 1e-9))
    model = BlockModel(
      network, responsibilities: responsibilities, smoothing: smoothing, likelihood: .edges)
    #expect(
      agree(
        model.logDensities(network).values, reference["node_loglik_edges_only"]?.numbers ?? [],
        1e-9))
    let weights = reference["weights"]?.numbers ?? []
    let next = MixtureStep.expectation(densities, weights: weights).responsibilities
    #expect(agree(next.values, reference["mean_field_next"]?.numbers ?? [], 1e-9))
    #expect(next.largest() == reference["hard_next"]?.integers)
    #expect(model.parameterCount == reference["n_params"]?.integer)
  }
}
