import AlgorithmInterface
public import Compute
import JSON
public import Jobs
import Tensors

/// Computes what jobs ask for, from their stored bytes or from memory.
public struct ComputationRunner: JobRunner {
  private let catalogue: Catalogue

  /// Whether callers do not share results (`cache.scope: key`).
  private let isolatesOwners: Bool

  public init(catalogue: Catalogue, isolatesOwners: Bool = false) {
    self.catalogue = catalogue
    self.isolatesOwners = isolatesOwners
  }

  /// The job engine's own failures as problem documents: `JobConfiguration.problem`.
  @Sendable public static func problem(_ failure: JobFailure) -> [UInt8] {
    document(Problem(failure))
  }

  public func run(_ request: ExecutionRequest, in context: ComputeContext) -> RunOutcome {
    guard let algorithm = catalogue[request.algorithm] else {
      return .failed(
        problem: Self.document(
          Problem(.internalError, "This program has no algorithm \"\(request.algorithm)\".")),
        isDeterministic: false)
    }
    do throws(Problem) {
      let computation = try prepare(request, algorithm)
      // The program may have changed since the question was asked: what is stored under its
      // digest must be true of this one.
      let digest = request.digest.map { _ in
        QuestionDigest.of(
          computation, inputs: QuestionDigest.of(computation.inputs).digest,
          algorithm.description, seed: request.seed, processor: catalogue.processor,
          owner: isolatesOwners ? request.owner : nil)
      }
      return Self.run(computation, algorithm.description, digest: digest, context)
    } catch {
      return .failed(problem: Self.document(error))
    }
  }

  private func prepare(
    _ request: ExecutionRequest, _ algorithm: any Algorithm
  ) throws(Problem) -> any PreparedComputation {
    let parameters: JSONValue
    do throws(JSONError) { parameters = try JSONValue.parse(request.parameters) } catch {
      throw Problem(error)
    }
    let inputs: NamedTensors
    do throws(TensorError) {
      inputs = try Safetensors.read(SharedBytes(request.input), limits: Self.limits).tensors
    } catch {
      throw Problem(error, at: nil)
    }
    do throws(RequestRejection) {
      return try algorithm.prepare(
        AlgorithmRequest(
          parameters: parameters.objectValue ?? JSONObject(), inputs: inputs, seed: request.seed))
    } catch {
      throw Problem(error)
    }
  }

  /// Runs a computation that is ready.
  ///
  /// - Parameter digest: true of this program, where the one submitted may not be.
  static func run(
    _ computation: any PreparedComputation, _ description: AlgorithmDescription,
    digest: SHA256Digest? = nil, _ context: ComputeContext
  ) -> RunOutcome {
    do throws(AlgorithmFailure) {
      let result = try computation.run(context)
      return .succeeded(StoredResult.encode(result, description), digest: digest)
    } catch .stopped(let stop) {
      return .stopped(stop.reason)
    } catch {
      let problem = Problem(error) ?? Problem(.internalError, "The computation stopped.")
      return .failed(
        problem: document(problem), isDeterministic: problem.kind != .internalError)
    }
  }

  private static func document(_ problem: Problem) -> [UInt8] {
    JSONValue.object(problem.document(instance: nil, requestID: nil)).serialized()
  }

  private static let limits = TensorLimits(elements: 1 << 40, decodedBytes: 1 << 40)
}
