import AlgorithmInterface
import Compute
import JSON
import LinearAlgebra
import Tensors
import TestSupport
import Testing
import TransferClusteringAPI

@Suite struct ClusterAlgorithmTests {
  static func points(_ n: Int, shift: Double, seed: UInt64) -> Tensor {
    var generator = RandomGenerator(seed: seed, stream: 0)
    let values = (0..<n * 2).map { generator.normal() + ($0 / 2 % 2 == 0 ? shift : -shift) }
    return Tensor(shape: [n, 2], float64: values)
  }

  static func request(_ parameters: JSONObject, _ inputs: NamedTensors) -> AlgorithmRequest {
    AlgorithmRequest(parameters: parameters, inputs: inputs, seed: 3)
  }

  private func refusal(_ parameters: JSONObject, _ inputs: NamedTensors) -> [String] {
    do throws(RequestRejection) {
      _ = try ClusterAlgorithm().prepare(Self.request(parameters, inputs))
      return []
    } catch {
      return error.issues.map { $0.pointer.description }
    }
  }

  @Test func answersWithTheOutputsAndTheReportOfTheContract() throws {
    var inputs: NamedTensors = [
      "target": Self.points(60, shift: 1.5, seed: 1), "source": Self.points(60, shift: 2, seed: 2),
    ]
    inputs["true_labels"] = Tensor(shape: [60], int64: (0..<60).map { $0 % 2 })
    let prepared = try ClusterAlgorithm().prepare(
      Self.request(["classes": 2, "bootstrap": 40], inputs))
    let result = try prepared.run(ComputeContext(seed: 3))
    #expect(
      result.outputs.names == [
        "labels", "posterior", "source_labels", "target_only_labels", "pooled_labels",
        "switch_lambda",
      ])
    #expect(result.outputs["posterior"]?.shape == [60, 2])
    for row in result.outputs["posterior"].map({ $0.float64Values() }).map({ values in
      stride(from: 0, to: values.count, by: 2).map { values[$0] + values[$0 + 1] }
    }) ?? [] {
      #expect(abs(row - 1) < 1e-12)
    }
    let errors = result.report["evaluation"]?["errors"]?.integerValue ?? 99
    #expect(errors <= 4)
    for name in ["lambda", "per_lambda", "mismatch", "alignment", "bic", "parameters", "warnings"] {
      #expect(result.report[name] != nil, "\(name)")
    }
  }

  @Test func givesTheSameBytesForAnyNumberOfThreads() throws {
    let inputs: NamedTensors = [
      "target": Self.points(80, shift: 1, seed: 5), "source": Self.points(80, shift: 1, seed: 6),
    ]
    let prepared = try ClusterAlgorithm().prepare(
      Self.request(["classes": 2, "bootstrap": 70], inputs))
    let pool = ComputePool(threads: 3)
    defer { pool.shutdown() }
    let alone = try prepared.run(ComputeContext(seed: 3))
    let together = TestRun.onPool(pool, width: 3) { executor in
      try? prepared.run(ComputeContext(seed: 3, executor: executor))
    }
    let wide = try #require(together)
    #expect(alone.outputs == wide.outputs)
    #expect(alone.report == wide.report)
  }

  typealias Refusal = (JSONObject, NamedTensors, String)

  static let refusals: [Refusal] = [
    ([:], ["target": points(9, shift: 1, seed: 1)], "/params/classes"),
    (["classes": 1], ["target": points(9, shift: 1, seed: 1)], "/params/classes"),
    (["classes": 10], ["target": points(9, shift: 1, seed: 1)], "/params/classes"),
    (["classes": [3, 2]], ["target": points(9, shift: 1, seed: 1)], "/params/classes"),
    (
      ["classes": 2], ["target": Tensor(shape: [4, 1], float64: [1, 1, 1, 1])],
      "/params/classes"
    ),
    (["classes": 2], [:], "/inputs/target"),
    (
      ["classes": 2],
      ["target": points(9, shift: 1, seed: 1), "source": points(8, shift: 1, seed: 1)],
      "/inputs/source"
    ),
    (
      ["classes": 2], ["target": Tensor(shape: [3, 1], float64: [1, .nan, 2])],
      "/inputs/target/1/0"
    ),
    (
      ["classes": 2, "target": ["family": "sbm"]],
      ["target": Tensor(shape: [2, 3], uint8: [0, 1, 0, 1, 0, 0])], "/inputs/target"
    ),
    (
      ["classes": 2, "target": ["family": "sbm"]],
      ["target": Tensor(shape: [3, 3], uint8: [0, 1, 0, 0, 0, 0, 0, 0, 0])], "/inputs/target/0/1"
    ),
    (
      ["classes": 2, "target": ["family": "sbm"]],
      ["target": Tensor(shape: [3, 3], uint8: [1, 0, 0, 0, 0, 0, 0, 0, 0])], "/inputs/target/0/0"
    ),
    (
      ["classes": 2, "target": ["family": "sbm"]],
      ["target": Tensor(shape: [3, 3], uint8: [0, 2, 0, 2, 0, 0, 0, 0, 0])], "/inputs/target/0/1"
    ),
    (
      ["classes": 2, "target": ["family": "sbm", "form": "edges", "nodes": 4]],
      ["target": Tensor(shape: [1, 2], int64: [0, 4])], "/inputs/target/0/1"
    ),
    (
      ["classes": 2, "target": ["family": "sbm", "form": "edges"]],
      ["target": Tensor(shape: [1, 2], int64: [3, 3])], "/inputs/target/0"
    ),
    (
      ["classes": 2, "target": ["family": "lcm", "categories": [2, 2]]],
      ["target": Tensor(shape: [3, 2], int64: [0, 1, 1, 2, 0, 0])], "/inputs/target/1/1"
    ),
    (
      ["classes": 2, "target": ["family": "lcm", "covariance": "diag"]],
      ["target": Tensor(shape: [3, 2], int64: [0, 1, 1, 2, 0, 0])], "/params/target/covariance"
    ),
    (
      ["classes": 2, "target": ["likelihood": "edges"]],
      ["target": points(9, shift: 1, seed: 1)], "/params/target/likelihood"
    ),
    (
      ["classes": 2, "target": ["categories": [2, 2]]],
      ["target": points(9, shift: 1, seed: 1)], "/params/target/categories"
    ),
    (
      ["classes": 2, "source": ["family": "gmm", "nodes": 9]],
      ["target": points(9, shift: 1, seed: 1), "source": points(9, shift: 1, seed: 2)],
      "/params/source/nodes"
    ),
    (
      ["classes": 2, "target": ["family": "sbm", "nodes": 3]],
      ["target": Tensor(shape: [3, 3], uint8: [0, 1, 0, 1, 0, 0, 0, 0, 0])], "/params/target/nodes"
    ),
    (
      ["classes": 2, "quantile": 1], ["target": points(9, shift: 1, seed: 1)], "/params/quantile"
    ),
    (
      ["classes": 2, "lambdas": [1, 0]], ["target": points(9, shift: 1, seed: 1)],
      "/params/lambdas"
    ),
    (
      ["classes": 2, "lambdas": [-1]], ["target": points(9, shift: 1, seed: 1)],
      "/params/lambdas/0"
    ),
    (
      ["classes": 2, "bootstrap": 0], ["target": points(9, shift: 1, seed: 1)],
      "/params/bootstrap"
    ),
    (
      ["classes": 2, "selection": "fixed"], ["target": points(9, shift: 1, seed: 1)],
      "/params/lambda"
    ),
    (
      ["classes": 2, "method": "kmedoids"],
      ["dissimilarity": Tensor(shape: [2, 2], float64: [0, 1, 2, 0])], "/inputs/dissimilarity/1/0"
    ),
  ]

  /// A default of another family says nothing, and so is not refused.
  @Test func takesAnotherFamilysDefault() throws {
    let inputs: NamedTensors = ["target": Tensor(shape: [3, 1], int64: [0, 1, 1])]
    _ = try ClusterAlgorithm().prepare(
      Self.request(["classes": 2, "target": ["family": "lcm", "covariance": "full"]], inputs))
  }

  @Test(arguments: refusals.indices)
  func refusesWithThePlace(_ index: Int) {
    let (parameters, inputs, pointer) = Self.refusals[index]
    #expect(refusal(parameters, inputs) == [pointer])
  }

  @Test func clustersDissimilaritiesAroundMedoids() throws {
    let place: [Double] = [0, 1, 2, 10, 11, 12, 13]
    let table = Tensor(
      shape: [7, 7], float64: place.flatMap { a in place.map { abs(a - $0) } })
    let prepared = try ClusterAlgorithm().prepare(
      Self.request(["classes": 2, "method": "kmedoids"], ["dissimilarity": table]))
    let result = try prepared.run(ComputeContext(seed: 1))
    #expect(result.report["loss"]?.doubleValue == 6)
    let labels = try result.outputs["labels"]?.int64Values() ?? []
    #expect(Set(labels.prefix(3)).count == 1 && Set(labels.suffix(4)).count == 1)
    #expect(labels[0] != labels[6])
  }

  @Test func clustersPointsAroundMeans() throws {
    let prepared = try ClusterAlgorithm().prepare(
      Self.request(
        ["classes": 2, "method": "kmeans"],
        ["target": Tensor(shape: [4, 1], float64: [0, 1, 10, 11])]))
    let result = try prepared.run(ComputeContext(seed: 1))
    #expect(result.report["inertia"]?.doubleValue == 1)
  }

  @Test func readsMissingAnswersFromNullAndMinusOne() throws {
    let codes: [Double] = [0, 1, .nan, 1, 0, -1, 1, 1, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1]
    let prepared = try ClusterAlgorithm().prepare(
      Self.request(
        ["classes": 2, "target": ["family": "lcm"]],
        ["target": Tensor(shape: [6, 3], float64: codes)]))
    let result = try prepared.run(ComputeContext(seed: 1))
    #expect(result.outputs["labels"]?.shape == [6])
    #expect(result.report["lambda"] == .null)
  }

  @Test func choosesTheNumberOfClasses() throws {
    var generator = RandomGenerator(seed: 9, stream: 0)
    let values = (0..<150).map { Double($0 % 3) * 12 + generator.normal() }
    let prepared = try ClusterAlgorithm().prepare(
      Self.request(["classes": [2, 5]], ["target": Tensor(shape: [150, 1], float64: values)]))
    let result = try prepared.run(ComputeContext(seed: 1))
    #expect(result.report["classes"]?.integerValue == 3)
  }
}
