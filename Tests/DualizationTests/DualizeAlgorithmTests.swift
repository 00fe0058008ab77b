import AlgorithmInterface
import Compute
import DualizationAPI
import JSON
import LinearAlgebra
import Tensors
import TestSupport
import Testing

struct DualizeAlgorithmTests {
  private func run(
    _ parameters: JSONObject, _ inputs: NamedTensors, context: ComputeContext = ComputeContext()
  ) throws -> AlgorithmResult {
    try DualizeAlgorithm().prepare(
      AlgorithmRequest(parameters: parameters, inputs: inputs)
    ).run(context)
  }

  private func pointers(_ parameters: JSONObject, _ inputs: NamedTensors) -> [String] {
    do {
      _ = try DualizeAlgorithm().prepare(
        AlgorithmRequest(parameters: parameters, inputs: inputs))
      return []
    } catch {
      return error.issues.map(\.pointer.description)
    }
  }

  private let small = Tensor(shape: [2, 3], float64: [3, 0, 0, 0, 4, 0])

  @Test func aSingleGradientAnswersDualAndItsFiguresAtTheTop() throws {
    let result = try run(
      ["sharpness": 2, "return_step": true], ["gradient": small])
    #expect(result.outputs.names == ["dual", "step"])
    let root = (2.0 / 3).squareRoot()
    let dual = try #require(result.outputs["dual"]).float64Values()
    #expect(zip(dual, [root, 0, 0, 0, root, 0]).allSatisfy { abs($0 - $1) < 1e-15 })
    #expect(abs((result.report["dual_norm"]?.doubleValue ?? 0) - 7 * root) < 1e-14)
    #expect(abs((result.report["step_scale"]?.doubleValue ?? 0) + 3.5 * root) < 1e-14)
    #expect(abs((result.report["predicted_decrease"]?.doubleValue ?? 0) - 49.0 / 6) < 1e-13)
    #expect(result.report["method"] == "exact")
    #expect(result.report["rank"] == 2)
    #expect(result.report["tensors"] == nil)
    let wanted = [
      "method", "reason", "steps", "rank", "floor", "residual", "isometry", "sigma_min",
      "sigma_max", "condition_estimate", "dual_norm", "dual_norm_interval", "stop_reason",
      "normalizer", "seconds", "step_scale", "predicted_decrease",
    ]
    #expect(Set(wanted).isSubset(of: Set(result.report.keys)))
  }

  @Test func otherNamesAnswerOneOutputEachEvenWhenThereIsOne() throws {
    let result = try run([:], ["w": small])
    #expect(result.outputs.names == ["w"])
    #expect(result.report["tensors"]?["w"]?["rank"] == 2)
  }

  @Test func rulesChooseByTheFirstMatchAndIntegersAreLeftOut() throws {
    let inputs: NamedTensors = [
      "embeddings.word/x": Tensor(shape: [2, 2], float32: [3, 4, 0, 0]),
      "embeddings.ids": Tensor(shape: [2], int32: [7, 9]),
      "layer.bias": Tensor(shape: [2], float32: [-2, 0]),
      "layer.norm": Tensor(shape: [2], float32: [1, 1]),
    ]
    let rules: JSONValue = [
      ["match": "embeddings.*", "layer": "embed", "layout": "rows"],
      ["match": "*.norm", "skip": true],
      ["match": "*.bias", "layer": "vector", "norm": "linf"],
    ]
    let result = try run(["rules": rules], inputs)
    #expect(result.outputs.names == ["embeddings.word/x", "layer.bias"])
    #expect(result.report["skipped"] == ["embeddings.ids", "layer.norm"])
    #expect(result.outputs["layer.bias"]?.float32Values() == [-1, 0])
    let root = Float(2).squareRoot()
    let rows = try #require(result.outputs["embeddings.word/x"]).float32Values()
    #expect(zip(rows, [0.6 * root, 0.8 * root, 0, 0]).allSatisfy { abs($0 - $1) < 1e-6 })
    #expect(result.report["tensors"]?["embeddings.word/x"]?["rank"] == 1)
    #expect(result.report["tensors"]?["layer.bias"]?["residual"] == .null)
  }

  @Test(arguments: [ElementType.float64, .float32, .float16, .bfloat16])
  func theInputsElementTypeIsTheOutputs(type: ElementType) throws {
    let result = try run([:], ["gradient": try small.converted(to: type)])
    #expect(result.outputs["dual"]?.elementType == type)
    let method: JSONValue = type == .float64 ? "exact" : "gram-halley"
    #expect(result.report["method"] == method)
    let other = try run(["dtype": "F32"], ["gradient": try small.converted(to: type)])
    #expect(other.outputs["dual"]?.elementType == .float32)
  }

  @Test func sayingADefaultGivesTheSameParameters() throws {
    func canonical(_ parameters: JSONObject) throws -> JSONObject {
      try DualizeAlgorithm().prepare(
        AlgorithmRequest(parameters: parameters, inputs: ["gradient": small])
      ).parameters
    }
    let silent = try canonical([:])
    #expect(
      try canonical([
        "layer": "linear", "method": "auto", "tolerance": 1e-12, "verify": "probe",
        "dtype": "F64", "floor": 1e-7, "norm": "rms",
      ]) == silent)
    #expect(try canonical(["verify": "full"]) != silent)
  }

  @Test func refusalsNameWhatIsWrong() {
    let vector = Tensor(shape: [3], float64: [1, 2, 3])
    #expect(pointers([:], [:]) == ["/inputs/gradient"])
    #expect(pointers(["sharpness": 0], ["gradient": small]) == ["/params/sharpness"])
    #expect(pointers(["return_step": true], ["gradient": small]) == ["/params/return_step"])
    #expect(pointers(["layer": "linear"], ["gradient": vector]) == ["/inputs/gradient"])
    #expect(pointers(["metod": "exact"], ["gradient": small]) == ["/params/metod"])
    #expect(pointers(["split": [1, 2]], ["gradient": small]) == ["/params/split"])
    #expect(pointers(["degree": 4], ["gradient": small]) == ["/params/degree"])
    #expect(
      pointers(["schedule": "cubic", "coefficients": [[1.5, -0.5]]], ["gradient": small])
        == ["/params/coefficients"])
    let bad = Tensor(shape: [2, 2], float64: [1, .nan, 0, 2])
    #expect(pointers([:], ["gradient": bad]) == ["/inputs/gradient/0/1"])
    let cube = Tensor(shape: [1, 2, 2], float64: [1, 2, 3, 4])
    #expect(pointers([:], ["a": bad, "b": cube]) == ["/inputs/a/0/1", "/inputs/b"])
    #expect(
      pointers([:], ["gradient": Tensor(shape: [2], int32: [1, 2])]) == ["/inputs/gradient"])
  }

  @Test func networkRefusalsNameTheAtom() {
    let network: JSONValue = [
      "type": "compose",
      "modules": [
        ["type": "linear", "name": "a"], ["type": "bond", "mass": 1],
        ["type": "linear", "name": "a"],
      ],
    ]
    #expect(
      pointers(["network": network], ["a": small])
        == ["/params/network/modules/1/mass", "/params/network/modules/2/name"])
    let one: JSONValue = ["type": "linear", "name": "a"]
    #expect(pointers(["network": one], ["b": small]) == ["/inputs/a", "/inputs/b"])
    #expect(
      pointers(["network": ["type": "linear", "name": "a", "mass": -1]], ["a": small])
        == ["/params/network/mass"])
    #expect(
      pointers(
        ["network": one],
        ["a": small, "weight:a": Tensor(shape: [3, 2], float64: [1, 0, 0, 1, 0, 0])])
        == ["/inputs/weight:a"])
  }

  @Test func normsAreReportsWithoutOutputs() throws {
    let norm = try run(["operation": "norm"], ["gradient": small])
    #expect(norm.outputs.isEmpty)
    #expect(abs((norm.report["norm"]?.doubleValue ?? 0) - 4 * (1.5).squareRoot()) < 1e-14)
    let dual = try run(["operation": "dual_norm"], ["gradient": small])
    #expect(
      abs((dual.report["dual_norm"]?.doubleValue ?? 0) - 7 * (2.0 / 3).squareRoot()) < 1e-14)
  }

  @Test func aSplitDualizesItsPiecesAlone() throws {
    let values = Samples.normal(6, 4, as: Float.self).elements
    let whole = try run(
      ["split": [2, 4]], ["gradient": Tensor(shape: [6, 4], float32: values)])
    let first = try run(
      [:], ["gradient": Tensor(shape: [2, 4], float32: Array(values.prefix(8)))])
    let dual = try #require(whole.outputs["dual"]).float32Values()
    #expect(Array(dual.prefix(8)) == first.outputs["dual"]?.float32Values())
    #expect(whole.report["ranks"] == [2, 4])
  }

  @Test func everyExampleRuns() throws {
    for example in DualizeAlgorithm().description.examples {
      var inputs = NamedTensors()
      for (name, value) in example.body["inputs"]?.objectValue ?? JSONObject() {
        let rows = value.arrayValue ?? []
        inputs[name] =
          rows.first?.arrayValue == nil
          ? Tensor(shape: [rows.count], float64: rows.compactMap(\.doubleValue))
          : Tensor(
            shape: [rows.count, rows[0].arrayValue?.count ?? 0],
            float64: rows.flatMap { $0.numbers })
      }
      let result = try run(example.body["params"]?.objectValue ?? JSONObject(), inputs)
      #expect(!result.outputs.isEmpty, "\(example.title)")
    }
  }

  /// All methods, each at every question it asks.
  @Test(arguments: [
    "exact", "gram-halley", "newton-schulz", "polar-express", "inverse-root", "sketch",
  ])
  func stopsAtEveryCheckpoint(method: String) throws {
    let g = Samples.normal(70, 150, as: Float.self)
    let inputs: NamedTensors = [
      "gradient": Tensor(shape: [70, 150], float32: g.elements)
    ]
    let watching = StoppingMonitor()
    let parameters: JSONObject = ["method": .string(method), "steps": 3]
    _ = try run(parameters, inputs, context: ComputeContext(monitor: watching))
    #expect(watching.asked > 2)
    #expect(watching.fractions == watching.fractions.sorted())
    for limit in 0..<watching.asked {
      let monitor = StoppingMonitor(stopAt: limit)
      #expect(throws: AlgorithmFailure.stopped(ComputationStopped(reason: .cancelled))) {
        _ = try run(parameters, inputs, context: ComputeContext(monitor: monitor))
      }
    }
  }

  @Test(arguments: ["auto", "exact", "newton-schulz", "inverse-root", "sketch"])
  func givesTheSameBytesWhoeverRunsIt(method: String) throws {
    let pool = ComputePool(threads: 3, niceness: 0)
    defer { pool.shutdown() }
    let inputs: NamedTensors = [
      "a": Tensor(shape: [150, 300], float32: Samples.normal(150, 300, as: Float.self).elements),
      "b": Tensor(shape: [140, 130], float64: Samples.normal(140, 130, as: Double.self).elements),
      "c": Tensor(shape: [5, 4, 3, 3], float32: Samples.normal(20, 9, as: Float.self).elements),
      "d": Tensor(shape: [700, 90], float32: Samples.normal(700, 90, as: Float.self).elements),
    ]
    let parameters: JSONObject = [
      "method": .string(method), "rules": [["match": "d", "layer": "embed", "layout": "rows"]],
    ]
    let one = try run(parameters, inputs)
    for executor in [BackwardExecutor() as any ParallelExecutor, pool.executor(width: 3)] {
      let other = try run(parameters, inputs, context: ComputeContext(executor: executor))
      #expect(other.outputs == one.outputs)
      #expect(
        other.report["tensors"]?["a"]?["residual"] == one.report["tensors"]?["a"]?["residual"])
    }
  }

  @Test func costGrowsWithTheShape() throws {
    func cost(_ rows: Int, _ columns: Int) throws -> CostEstimate {
      try DualizeAlgorithm().prepare(
        AlgorithmRequest(
          inputs: [
            "gradient": Tensor(
              shape: [rows, columns],
              float32: [Float](repeating: 1, count: rows * columns))
          ])
      ).cost
    }
    let (small, large) = (try cost(64, 64), try cost(512, 512))
    #expect(large.flops > 80 * small.flops)
    #expect(large.bytes >= 512 * 512 * 8 * 4)
    #expect(large.wantsAllCores && !small.wantsAllCores)
  }
}
