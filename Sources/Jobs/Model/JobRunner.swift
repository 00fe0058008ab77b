public import Compute

/// Computes what a job asks for. Given by the service, which knows the algorithms; the engine only
/// keeps bytes.
public protocol JobRunner: Sendable {
  /// Runs on a compute thread, and asks `context` for leave to go on at least every 50 ms.
  ///
  /// Called for jobs whose prepared computation is no longer in memory: after a restart, on
  /// another replica, or where memory for it was short.
  func run(_ request: ExecutionRequest, in context: ComputeContext) -> RunOutcome
}

/// A stored question, as bytes.
public struct ExecutionRequest: Sendable {
  public let algorithm: String
  /// The algorithm's version when the job was submitted; this program's may be newer.
  public let version: String
  /// Canonical JSON of the params.
  public let parameters: [UInt8]
  /// The inputs: a safetensors file.
  public let input: [UInt8]
  public let seed: UInt64
  /// The digest under which the question was submitted.
  public let digest: SHA256Digest?
  /// Of the job that asked first.
  public let owner: String
}

/// How a computation ended.
public enum RunOutcome: Sendable {
  /// The result as it is stored and, where this program's numerics differ from those of the digest
  /// submitted, the digest that is true of it.
  case succeeded([UInt8], digest: SHA256Digest? = nil)
  /// A problem document. Not tried again; where the same input would fail again
  /// (`isDeterministic`), it also answers the same question for a while.
  case failed(problem: [UInt8], isDeterministic: Bool = true)
  /// It was told to stop and did.
  case stopped(ComputationStopped.Reason)
}

/// A computation ready in memory: what `JobRunner.run` would do, with nothing left to decode.
public typealias PreparedRun = @Sendable (ComputeContext) -> RunOutcome
