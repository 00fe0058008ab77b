public import Compute
public import JSON
public import Tensors

/// A checked request: everything the run needs, and what can be said before it runs.
public protocol PreparedComputation: Sendable {
  /// The parameters with every default filled in. Two requests that mean the same have equal
  /// values here, whatever their spelling: the digest is taken over them.
  var parameters: JSONObject { get }
  /// The inputs that the result depends on.
  var inputs: NamedTensors { get }
  /// What the run is expected to need.
  var cost: CostEstimate { get }
  /// What follows from the parameters and shapes (for blast: rank, blocks, parameters, share).
  var derived: JSONObject { get }

  /// Runs to the end, or until the context asks to stop.
  ///
  /// The same request gives the same bytes whatever `context.executor.width` is. Reaches a
  /// checkpoint at least every 50 ms, but for single calls of a library that cannot be
  /// interrupted.
  func run(_ context: ComputeContext) throws(AlgorithmFailure) -> AlgorithmResult
}

extension PreparedComputation {
  public var derived: JSONObject { JSONObject() }
}

/// A prediction made from shapes and parameters alone.
public struct CostEstimate: Sendable, Equatable {
  /// Floating-point operations, multiplications and additions counted apart.
  public var flops: Double
  /// Bytes that the run holds at its peak, beside the inputs that are already there.
  public var bytes: Int
  /// Whether the work can be spread over several cores to any use.
  public var isParallel: Bool

  public init(flops: Double, bytes: Int, isParallel: Bool) {
    self.flops = flops
    self.bytes = bytes
    self.isParallel = isParallel
  }

  /// Below this many operations (about 10 ms of one core) waking other cores costs more than it
  /// gives: such a job takes one core, a larger parallel one takes all.
  public static let smallJobFlops = 2e8

  /// Whether the job should be given all cores.
  public var wantsAllCores: Bool { isParallel && flops > Self.smallJobFlops }

  /// A first guess of the running time, from 20 GF/s a core: the lower end of what float64
  /// products reach on the machines measured. The job engine corrects it by past runs.
  public func seconds(cores: Int) -> Double {
    flops / (20e9 * Double(wantsAllCores ? max(cores, 1) : 1))
  }
}

/// What a run gives back.
public struct AlgorithmResult: Sendable {
  /// The output tensors in the order in which they are documented.
  public var outputs: NamedTensors
  /// Scalars and small arrays: what was done, how well, how long.
  public var report: JSONObject

  public init(outputs: NamedTensors, report: JSONObject) {
    self.outputs = outputs
    self.report = report
  }
}
