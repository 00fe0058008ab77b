import Compute
import JSON
import LinearAlgebra
import TestSupport
import Testing
import TransferClustering

@Suite struct TransferReferenceTests {
  @Test(
    .enabled(if: ReferenceFile.isHere("joint"), "../shared is not here"),
    arguments: ReferenceFile.cases("joint"))
  func jointObjectiveAndItsMinimisers(_ reference: ReferenceCase) throws {
    let objective = TransferObjective(
      target: try #require(reference["target_nll"]).table,
      source: try #require(reference["source_nll"]).table)
    #expect(objective.pooledLabels == reference["pooled_labels"]?.integers)
    #expect(agree(objective.switchPoints, reference["switch_lambda"]?.numbers ?? [], 1e-9))
    for row in reference["rows"]?.arrayValue ?? [] {
      let penalty = row["lam"]?.numbers.first ?? .nan
      let labels = objective.targetLabels(at: penalty)
      let others = objective.sourceLabels(at: penalty, target: labels)
      #expect(labels == row["target_labels"]?.integers, "λ = \(penalty)")
      #expect(others == row["source_labels"]?.integers, "λ = \(penalty)")
      let value = objective.value(at: penalty, target: labels, source: others)
      #expect(agree(value, row["objective"]?.number ?? .nan, 1e-9))
      #expect(zip(labels, others).count { $0 != $1 } == row["mismatch_count"]?.integer)
      if let expected = row["target_posterior"], !expected.isNull {
        #expect(agree(objective.posterior(at: penalty).values, expected.numbers, 1e-9))
      }
    }
  }

  @Test(
    .enabled(if: ReferenceFile.isHere("coupling"), "../shared is not here"),
    arguments: ReferenceFile.cases("coupling"))
  func mismatchRateSteps(_ reference: ReferenceCase) throws {
    let target = try #require(reference["target_logdens"]).table
    let source = try #require(reference["source_logdens"]).table
    var estimation = MismatchEstimation(subjects: target.subjects, classes: target.classes)
    for step in reference["steps"]?.arrayValue ?? [] {
      #expect(agree(estimation.weights, step["weights_in"]?.numbers ?? [], 1e-9))
      #expect(agree(estimation.rate, step["mismatch_in"]?.number ?? .nan, 1e-9))
      estimation.step(target: target, source: source)
      #expect(agree(estimation.logLikelihood, step["loglik"]?.number ?? .nan, 1e-9))
      #expect(
        agree(estimation.posterior.values, step["target_posterior"]?.numbers ?? [], 1e-9))
    }
    try estimation.run(target: target, source: source)
    #expect(agree(estimation.rate, reference["mismatch_converged"]?.number ?? .nan, 1e-6))
    #expect(agree(estimation.weights, reference["weights_converged"]?.numbers ?? [], 1e-6))
    #expect(agree(estimation.impliedPenalty, reference["implied_lambda"]?.number ?? .nan, 1e-5))
  }

  @Test(
    .enabled(if: ReferenceFile.isHere("selection"), "../shared is not here"),
    arguments: ReferenceFile.cases("selection"))
  func penaltySelection(_ reference: ReferenceCase) throws {
    let candidates = (reference["candidate_labels"]?.arrayValue ?? []).map(\.integers)
    let counts = (reference["bootstrap_counts"]?.arrayValue ?? []).map(\.integers)
    for row in reference["rows"]?.arrayValue ?? [] {
      let selection = PenaltySelection(
        candidates: candidates, counts: counts, quantile: row["q"]?.number ?? .nan)
      #expect(agree(selection.psi, row["psi"]?.numbers ?? [], 1e-12))
      #expect(agree(selection.phi, row["phi"]?.numbers ?? [], 1e-12))
      #expect(agree(selection.totals, row["total"]?.numbers ?? [], 1e-12))
      #expect(selection.chosen == row["selected_index"]?.integer)
    }
  }

  @Test(
    .enabled(if: ReferenceFile.isHere("alignment"), "../shared is not here"),
    arguments: ReferenceFile.cases("alignment"))
  func labelComparison(_ reference: ReferenceCase) throws {
    let comparison = LabelComparison(
      reference["labels"]?.integers ?? [], reference["reference"]?.integers ?? [],
      classes: reference["k"]?.integer ?? 1)
    #expect(comparison.errors == reference["errors"]?.integer)
    if let expected = reference["ari"] {
      #expect(agree(comparison.adjustedRandIndex, expected.number, 1e-9))
    }
    if let expected = reference["nmi"] {
      #expect(agree(comparison.normalizedMutualInformation, expected.number, 1e-9))
    }
    if let expected = reference["ami"] {
      #expect(agree(comparison.adjustedMutualInformation, expected.number, 1e-9))
    }
  }

  @Test(
    .enabled(if: ReferenceFile.isHere("alignment"), "../shared is not here"),
    arguments: ReferenceFile.cases("alignment", "assignment"))
  func leastCostAssignment(_ reference: ReferenceCase) throws {
    let cost = try #require(reference["cost"]).matrix
    let columns = Assignment.minimumCost(cost.elements, rows: cost.rows, columns: cost.columns)
    #expect(Set(columns).count == cost.rows)
    let total = columns.enumerated().reduce(0) { $0 + cost[$1.offset, $1.element] }
    #expect(agree(total, reference["min_total"]?.number ?? .nan, 1e-9))
  }

  @Test(
    .enabled(if: ReferenceFile.isHere("init"), "../shared is not here"),
    arguments: ReferenceFile.cases("init", "kmeans"))
  func lloydSteps(_ reference: ReferenceCase) throws {
    let points = try #require(reference["x"]).matrix
    let centres = try #require(reference["centres0"]).matrix
    let one = try KMeans(points, centres: centres, maximumIterations: 1)
    #expect(agree(one.centres.elements, reference["centres1"]?.numbers ?? [], 1e-8))
    let all = try KMeans(points, centres: centres)
    #expect(agree(all.centres.elements, reference["centres_final"]?.numbers ?? [], 1e-8))
    #expect(all.labels == reference["assign_final"]?.integers)
    #expect(agree(all.inertia, reference["inertia_final"]?.number ?? .nan, 1e-8))
  }

  @Test(
    .enabled(if: ReferenceFile.isHere("init"), "../shared is not here"),
    arguments: ReferenceFile.cases("init", "spectral"))
  func leadingEigenvectors(_ reference: ReferenceCase) throws {
    let network = Network(
      nodes: reference["n"]?.integer ?? 0, edges: reference["edges"]?.edges ?? [])
    let k = reference["k"]?.integer ?? 1
    for (kind, name) in [
      (SpectralEmbedding.Operator.adjacency, "adjacency"),
      (.regularisedLaplacian, "laplacian"),
    ] {
      for isDense in [true, false] {
        let found = try SpectralEmbedding.leading(
          network, kind, count: k, generator: RandomGenerator(seed: 1, stream: 0),
          denseLimit: isDense ? 500 : 0, in: ComputeContext())
        let tolerance = isDense ? 1e-8 : 1e-6
        #expect(
          agree(found.values, reference["\(name)_eigenvalues"]?.numbers ?? [], tolerance))
        #expect(
          agree(
            found.vectors.rowSquaredNorms(), reference["\(name)_projector_diag"]?.numbers ?? [],
            isDense ? 1e-8 : 1e-3))
      }
    }
  }
}
