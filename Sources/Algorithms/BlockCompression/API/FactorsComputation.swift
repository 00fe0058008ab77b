import AlgorithmInterface
import BlockCompression
import Compute
import JSON
import LinearAlgebra
import Tensors

/// A checked request for something with given factors: a product, the dense form, or their errors.
struct FactorsComputation: PreparedComputation {
  let parameters: JSONObject
  let inputs: NamedTensors
  let cost: CostEstimate
  let derived: JSONObject
  private let operation: String
  private let isTransposed: Bool
  private let grid: BlockGrid
  private let elementType: ElementType

  init(
    _ operation: String, _ parameters: Parameters, inputs: NamedTensors
  ) throws(RequestRejection) {
    grid = try FactorTensors.grid(inputs)
    let rank = inputs["U"]?.shape.last ?? 0
    if let blocks = BlastParameters.blocks(parameters),
      blocks != (grid.blockRows, grid.blockColumns)
    {
      throw RequestRejection(
        .parameter("blocks", "S says \(grid.blockRows) × \(grid.blockColumns)"))
    }
    var known: Set<String> = ["U", "S", "V"]
    isTransposed = parameters.boolean("transpose") ?? false
    var batch = 1
    switch operation {
    case "multiply":
      known.insert("x")
      batch = try Self.checkVector(inputs, length: isTransposed ? grid.rows : grid.columns)
    case "report":
      known.insert("matrix")
      guard let matrix = inputs["matrix"] else {
        throw RequestRejection(
          .input("matrix", "is required: the errors are those against it"))
      }
      try BlastAlgorithm.input("matrix")?.check(matrix)
      guard matrix.shape == [grid.rows, grid.columns] else {
        throw RequestRejection(
          .input("matrix", "expected shape (\(grid.rows), \(grid.columns)), got \(matrix.shape)"))
      }
    default: break
    }
    let unknown = inputs.names.filter { !known.contains($0) }
    guard unknown.isEmpty else {
      throw RequestRejection(
        unknown.map { .input($0, "is not used by operation \"\(operation)\"") })
    }
    self.operation = operation
    self.parameters = parameters.members
    self.inputs = inputs
    let isWide = known.contains { inputs[$0]?.elementType == .float64 }
    elementType =
      parameters.string("dtype").flatMap(ElementType.init(rawValue:))
      ?? (isWide ? .float64 : inputs["U"]?.elementType ?? .float32)
    derived = BlastReport.accounting(grid, rank: rank)
    let dense = operation == "multiply" ? 0 : grid.denseParameters
    cost = CostEstimate(
      flops: 2 * Double(rank)
        * (Double(grid.parametersPerRank) * Double(batch) + Double(dense)),
      bytes: 8
        * (dense * 3 + (grid.rows + grid.columns) * batch * 2
          + rank * (grid.blockRows + grid.blockColumns) * batch),
      isParallel: true)
  }

  /// The number of columns of x.
  private static func checkVector(
    _ inputs: NamedTensors, length: Int
  ) throws(RequestRejection) -> Int {
    guard let x = inputs["x"] else {
      throw RequestRejection(.input("x", "is required: what to multiply with"))
    }
    try BlastAlgorithm.input("x")?.check(x)
    guard x.shape[0] == length else {
      throw RequestRejection(
        .input("x", "expected \(length) rows, got shape \(x.shape)"))
    }
    return x.shape.count == 2 ? x.shape[1] : 1
  }

  func run(_ context: ComputeContext) throws(AlgorithmFailure) -> AlgorithmResult {
    let isWide = ["U", "S", "V", "x", "matrix"].contains {
      inputs[$0]?.elementType == .float64
    }
    let found: AlgorithmResult
    do throws(BlockCompressionError) {
      try stoppable { () throws(ComputationStopped) in try context.checkpoint() }
      found = isWide ? try result(Double.self, in: context) : try result(Float.self, in: context)
    } catch {
      throw error.failure
    }
    for (name, tensor) in found.outputs {
      guard let index = tensor.firstNonFinite() else { continue }
      throw Self.overflow("element \(index) of \(name)")
    }
    return found
  }

  private static func overflow(_ what: String) -> AlgorithmFailure {
    .numerical(
      code: "overflow", detail: "\(what) leaves the range of the factors' element type",
      pointer: nil)
  }

  private func result<Scalar: TensorScalar>(
    _: Scalar.Type, in context: ComputeContext
  ) throws(BlockCompressionError) -> AlgorithmResult {
    guard let factors = FactorTensors.read(inputs, grid: grid, Scalar.matrix) else {
      preconditionFailure("the factors were checked")
    }
    var outputs = NamedTensors()
    var report = derived
    switch operation {
    case "multiply":
      guard let x = inputs["x"] else { preconditionFailure("x was checked") }
      let product = try stoppable { () throws(ComputationStopped) in
        isTransposed
          ? try factors.transposedTimes(Scalar.matrix(x), in: context)
          : try factors.times(Scalar.matrix(x), in: context)
      }
      let shape = x.shape.count == 1 ? [product.rows] : [product.rows, product.columns]
      outputs["y"] = Scalar.tensor(product, shape).narrowed(to: elementType)
    case "reconstruct":
      let dense = try stoppable { () throws(ComputationStopped) in try factors.dense(in: context) }
      outputs["matrix"] = Scalar.tensor(dense, [grid.rows, grid.columns]).narrowed(
        to: elementType)
    default:
      guard let matrix = inputs["matrix"] else { preconditionFailure("the matrix was checked") }
      let dense = try stoppable { () throws(ComputationStopped) in try factors.dense(in: context) }
      let error = try ApproximationError(
        Scalar.matrix(matrix), approximation: dense, grid: grid, in: context)
      for (name, value) in BlastReport.errors(error) { report[name] = value }
    }
    return AlgorithmResult(outputs: outputs, report: report)
  }
}
