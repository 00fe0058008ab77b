// AlgorithmInterface: what every algorithm of the service meets.
//
// Read first: `Algorithm` (what a family offers), `ParameterSchema` (one declaration from which
// validation, defaults, JSON Schema and query parsing follow), `PreparedComputation` (a checked
// request that can be run). This room knows nothing of HTTP, jobs or logs, and must never import
// them: the service runs what it gets from here, a test or a command line does the same.

public import Tensors

/// An algorithm as the service, the command line and the tests see it.
///
/// A family's API half conforms to it; its core stays free of tensors, JSON and parameters.
public protocol Algorithm: Sendable {
  /// Identity, parameters, inputs, outputs and documentation.
  var description: AlgorithmDescription { get }

  /// Checks a request as a whole and turns it into something that can run.
  ///
  /// Validation is complete: what passes here fails later only for numerical reasons.
  /// - Throws: every error found, each with the pointer of the member it concerns.
  /// - Complexity: linear in the size of the inputs (they are scanned for non-finite elements).
  func prepare(_ request: AlgorithmRequest) throws(RequestRejection) -> any PreparedComputation

  /// Reads a `text/plain` body as this algorithm's inputs.
  ///
  /// - Returns: `nil` where the algorithm takes no text, which the service answers with 415.
  func inputs(fromText text: SharedBytes) throws(RequestRejection) -> NamedTensors?
}

extension Algorithm {
  public func inputs(fromText text: SharedBytes) throws(RequestRejection) -> NamedTensors? { nil }

  /// The name under which routes and results know the algorithm.
  public var id: String { description.id }
}
