public import JSON
public import Tensors

/// What a caller sent, decoded but not yet checked.
public struct AlgorithmRequest: Sendable {
  /// The members of `params` as they came.
  public var parameters: JSONObject
  /// The inputs by name. A body that holds one unnamed tensor (npy) is named
  /// `AlgorithmDescription.primaryInput` before it comes here.
  public var inputs: NamedTensors
  /// Seed of all randomness; part of the digest.
  public var seed: UInt64

  public init(
    parameters: JSONObject = JSONObject(), inputs: NamedTensors = NamedTensors(), seed: UInt64 = 0
  ) {
    self.parameters = parameters
    self.inputs = inputs
    self.seed = seed
  }
}
