import AlgorithmInterface
import Compute
import JSON
import Synchronization
import Tensors

/// A small algorithm with every behaviour that the service has to deal with: `y = factor · x`,
/// waiting at a gate, failing, reporting progress.
struct DoublingAlgorithm: Algorithm {
  let gate = Gate()
  var numericsVersion = 1

  var description: AlgorithmDescription {
    AlgorithmDescription(
      id: "double", title: "Doubling", summary: "Multiplies by a factor.", version: "1.2.3",
      numericsVersion: numericsVersion,
      parameters: .object([
        Parameter("factor", .number(.any), default: 2, "What to multiply by."),
        Parameter("mode", .choice(["plain", "wait", "fail"]), default: "plain", "What to do."),
        Parameter(
          "weights", .array(of: .number(.any), count: 0...8), default: [], "Not used, but read."),
      ]),
      inputs: [Self.input],
      outputs: [
        TensorSpecification(
          name: "y", summary: "The product.", elementTypes: [.float64, .float32], ranks: 0...4,
          shapeRule: "(…)")
      ],
      limits: ["elements": 1000],
      examples: [
        AlgorithmExample(title: "Two numbers", body: ["inputs": ["x": [1, 2]]])
      ], reference: "Arithmetic")
  }

  private static let input = TensorSpecification(
    name: "x", summary: "Numbers.", elementTypes: [.float64, .float32], ranks: 0...4,
    shapeRule: "(…)")

  func prepare(_ request: AlgorithmRequest) throws(RequestRejection) -> any PreparedComputation {
    let parameters = try description.parameters.validated(parameters: request.parameters)
    // A second input is part of the question and of nothing else.
    for name in request.inputs.names where name != "x" && name != "also" {
      throw RequestRejection(.input(name, "is no input of this algorithm; it takes x"))
    }
    guard let x = request.inputs["x"] else {
      throw RequestRejection(.input("x", "is required"))
    }
    try Self.input.check(x)
    return Computation(
      parameters: parameters.members, inputs: request.inputs,
      factor: parameters.number("factor") ?? 2,
      mode: parameters.string("mode") ?? "plain", x: x, gate: gate, seed: request.seed)
  }

  func inputs(fromText text: SharedBytes) throws(RequestRejection) -> NamedTensors? {
    let lines = String(decoding: text.array(), as: UTF8.self).split(separator: "\n")
    let numbers = lines.compactMap { Double($0) }
    guard numbers.count == lines.count else {
      throw RequestRejection(.input("x", "a line is no number"))
    }
    return ["x": Tensor(shape: [numbers.count], float64: numbers)]
  }

  struct Computation: PreparedComputation {
    let parameters: JSONObject
    let inputs: NamedTensors
    let factor: Double
    let mode: String
    let x: Tensor
    let gate: Gate
    let seed: UInt64

    var cost: CostEstimate { CostEstimate(flops: 1000, bytes: x.byteCount, isParallel: false) }
    var derived: JSONObject { ["elements": .integer(Int64(x.count))] }

    func run(_ context: ComputeContext) throws(AlgorithmFailure) -> AlgorithmResult {
      gate.count()
      if mode == "fail" {
        throw .numerical(code: "collapsed", detail: "The number collapsed.", pointer: nil)
      }
      do throws(ComputationStopped) {
        try context.checkpoint(0.5, step: 1, of: 2, message: "half way")
        if mode == "wait" { try gate.wait(context) }
      } catch {
        throw .stopped(error)
      }
      let y: Tensor
      if x.elementType == .float32 {
        y = Tensor(shape: x.shape, float32: x.float32Values().map { $0 * Float(factor) })
      } else {
        y = Tensor(shape: x.shape, float64: x.float64Values().map { $0 * factor })
      }
      return AlgorithmResult(
        outputs: ["y": y], report: ["factor": .number(factor), "seed": .integer(Int64(seed))])
    }
  }
}
