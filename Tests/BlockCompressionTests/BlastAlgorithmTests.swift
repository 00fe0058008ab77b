import AlgorithmInterface
import BlockCompression
import BlockCompressionAPI
import Compute
import JSON
import LinearAlgebra
import Synchronization
import Tensors
import TestSupport
import Testing

@Suite struct BlastAlgorithmTests {
  static func tensor(_ m: Int, _ n: Int, seed: UInt64) -> Tensor {
    var generator = RandomGenerator(seed: seed, stream: 0)
    return Tensor(shape: [m, n], float32: (0..<m * n).map { _ in Float(generator.normal()) })
  }

  private func run(
    _ parameters: JSONObject, _ inputs: NamedTensors, _ context: ComputeContext = ComputeContext()
  ) throws -> AlgorithmResult {
    try BlastAlgorithm().prepare(AlgorithmRequest(parameters: parameters, inputs: inputs))
      .run(context)
  }

  private func refusal(_ parameters: JSONObject, _ inputs: NamedTensors) -> [String] {
    do throws(RequestRejection) {
      _ = try BlastAlgorithm().prepare(
        AlgorithmRequest(parameters: parameters, inputs: inputs))
      return []
    } catch {
      return error.issues.map(\.pointer.description)
    }
  }

  @Test func factorsMultiplyAndReconstructTheMatrixTheyReport() throws {
    let matrix = Self.tensor(24, 20, seed: 1)
    let fit = try run(["blocks": [3, 2], "keep": .number(0.6)], ["matrix": matrix])
    #expect(fit.outputs.names == ["U", "S", "V"])
    #expect(fit.outputs["S"]?.shape.prefix(2) == [3, 2])
    #expect(fit.outputs["U"]?.elementType == .float32)
    let dense = try #require(
      try run(["operation": "reconstruct"], fit.outputs).outputs["matrix"])
    let difference = matrix.matrix() - dense.matrix()
    let error = difference.frobeniusNorm / matrix.matrix().frobeniusNorm
    let reported = try #require(fit.report["relative_error"]?.doubleValue)
    #expect(abs(error - reported) < 1e-5)
    var inputs = fit.outputs
    inputs["x"] = Self.tensor(20, 5, seed: 2)
    let y = try #require(try run(["operation": "multiply"], inputs).outputs["y"])
    let expected = dense.matrix().times(try #require(inputs["x"]).matrix())
    #expect((y.matrix() - expected).maximumMagnitude < 1e-4)
    inputs["x"] = Self.tensor(24, 1, seed: 3).reshaped(to: [24])
    let turned = try #require(
      try run(["operation": "multiply", "transpose": true], inputs).outputs["y"])
    #expect(turned.shape == [20])
    var withMatrix = fit.outputs
    withMatrix["matrix"] = matrix
    let report = try run(["operation": "report"], withMatrix).report
    #expect(abs((report["relative_error"]?.doubleValue ?? 1) - reported) < 1e-5)
  }

  @Test func compressesWholeFilesByRulesAndNamesWhatItLeavesOut() throws {
    var inputs: NamedTensors = [
      "a.weight": Self.tensor(16, 12, seed: 1), "b.weight": Self.tensor(12, 16, seed: 2),
    ]
    inputs["a.bias"] = Tensor(shape: [16], float32: Array(repeating: 1, count: 16))
    inputs["ids"] = Tensor(shape: [2, 2], int64: [1, 2, 3, 4])
    inputs["head"] = Self.tensor(8, 8, seed: 3)
    let rules: JSONValue = [
      ["match": "b.*", "rank": 3], ["match": "head", "skip": true],
    ]
    let result = try run(["blocks": 2, "keep": .number(0.7), "rules": rules], inputs)
    #expect(
      Set(result.outputs.names) == [
        "a.weight.U", "a.weight.S", "a.weight.V", "b.weight.U", "b.weight.S", "b.weight.V",
      ])
    #expect(result.report["tensors"]?["b.weight"]?["rank"]?.integerValue == 3)
    #expect(result.report["skipped"] == ["a.bias", "ids", "head"])
  }

  @Test func spreadsAGlobalBudgetByError() throws {
    var generator = RandomGenerator(seed: 4, stream: 0)
    let column = (0..<20).map { _ in generator.normal() }
    let simple = Tensor(
      shape: [20, 20], float32: (0..<400).map { Float(column[$0 / 20] * column[$0 % 20]) })
    let result = try run(
      ["blocks": 2, "keep": .number(0.5), "budget": "global"],
      ["simple": simple, "hard": Self.tensor(20, 20, seed: 5)])
    let simpleRank = result.report["tensors"]?["simple"]?["rank"]?.integerValue ?? 0
    let hardRank = result.report["tensors"]?["hard"]?["rank"]?.integerValue ?? 0
    #expect(simpleRank == 1)
    #expect(hardRank > 4)
    #expect((result.report["keep"]?.doubleValue ?? 1) <= 0.5)
  }

  @Test func goesOnAfterTheMatricesThatWereFinished() throws {
    final class Memory: ResumePoint {
      let state = Mutex<[UInt8]?>(nil)
      func load() -> [UInt8]? { state.withLock { $0 } }
      func save(_ bytes: [UInt8]) { state.withLock { $0 = bytes } }
    }
    let memory = Memory()
    let inputs: NamedTensors = [
      "a": Self.tensor(10, 10, seed: 1), "b": Self.tensor(10, 10, seed: 2),
    ]
    let whole = try run(
      ["blocks": 2, "rank": 2], inputs, ComputeContext(resume: memory))
    let kept = try #require(memory.load())
    // What was kept holds the first matrix only; the second run must take it from there.
    #expect(
      try Safetensors.read(SharedBytes(kept)).tensors.names == ["out/a.U", "out/a.S", "out/a.V"])
    let resumed = try run(["blocks": 2, "rank": 2], inputs, ComputeContext(resume: memory))
    #expect(resumed.outputs == whole.outputs)
  }

  @Test func givesTheSameBytesForAnyNumberOfThreads() throws {
    let prepared = try BlastAlgorithm().prepare(
      AlgorithmRequest(
        parameters: ["blocks": 4, "keep": .number(0.5), "max_sweeps": 12],
        inputs: ["matrix": Self.tensor(64, 48, seed: 7)]))
    let alone = try prepared.run(ComputeContext())
    let wide = try prepared.run(ComputeContext(executor: ReversedExecutor(width: 3)))
    #expect(alone.outputs == wide.outputs)
  }

  typealias Refusal = (JSONObject, NamedTensors, String)

  static let square: NamedTensors = ["matrix": tensor(8, 8, seed: 1)]

  static let refusals: [Refusal] = [
    (["blocks": 2], square, "/params/rank"),
    (["blocks": 2, "rank": 1, "keep": .number(0.5)], square, "/params/keep"),
    (["blocks": 9, "rank": 1], square, "/params/blocks"),
    (["blocks": 5, "rank": 1], square, "/params/blocks"),
    (["blocks": 2, "keep": .number(0.01)], square, "/params/keep"),
    (["blocks": 2, "rank": 0], square, "/params/rank"),
    (["rank": 1], [:], "/inputs/matrix"),
    (["rank": 1], ["matrix": Tensor(shape: [4], float32: [1, 2, 3, 4])], "/inputs/matrix"),
    (
      ["rank": 1], ["matrix": Tensor(shape: [2, 2], float32: [1, .infinity, 3, 4])],
      "/inputs/matrix/0/1"
    ),
    (
      ["rank": 1, "blocks": 1],
      ["matrix": tensor(2, 2, seed: 1), "column_weights": Tensor(shape: [2], float32: [1, 0])],
      "/inputs/column_weights/1"
    ),
    (
      ["rank": 1, "blocks": 1, "whitening": "block"], ["matrix": tensor(2, 2, seed: 1)],
      "/params/whitening"
    ),
    (["operation": "multiply"], square, "/inputs/U"),
  ]

  @Test(arguments: refusals.indices)
  func refusesWithThePlace(_ index: Int) {
    let (parameters, inputs, pointer) = Self.refusals[index]
    #expect(refusal(parameters, inputs) == [pointer])
  }

  @Test(
    .enabled(if: BlockReference.isHere("edges"), "../shared is not here"),
    arguments: BlockReference.cases("edges"))
  func keepsToTheOddRequests(_ reference: BlockCase) throws {
    let shape = (reference["A"]?["shape"]?.arrayValue ?? []).compactMap(\.integerValue)
    let data = (reference["A"]?["data"]?.arrayValue ?? []).map { value -> Double in
      switch value {
      case .string("Infinity"): .infinity
      case .string("-Infinity"): -.infinity
      default: value.doubleValue ?? .nan
      }
    }
    let isError = reference["status"]?.stringValue == "error"
    guard shape.allSatisfy({ $0 >= 0 }), shape.reduce(1, *) == Int64(data.count) else {
      // A ragged list is no tensor: refused where bodies are read.
      #expect(isError)
      return
    }
    let matrix = Tensor(shape: shape.map { Int($0) }, float64: data)
    var parameters = JSONObject()
    parameters["blocks"] = [reference["b1"] ?? 1, reference["b2"] ?? 1]
    for name in ["rank", "keep"] {
      if let value = reference[name], !value.isNull { parameters[name] = value }
    }
    if isError {
      #expect(refusal(parameters, ["matrix": matrix]).isEmpty == false)
      return
    }
    let result = try run(parameters, ["matrix": matrix])
    let error = try #require(result.report["relative_error"]?.doubleValue)
    #expect(error <= reference.number("rel_fro_max") + 1e-12)
  }
}

/// Runs the pieces of a loop from the last to the first: a result that depends on their order shows.
private struct ReversedExecutor: ParallelExecutor {
  let width: Int

  func forEach(_ count: Int, _ body: @Sendable (Int) -> Void) {
    for index in (0..<count).reversed() { body(index) }
  }
}
