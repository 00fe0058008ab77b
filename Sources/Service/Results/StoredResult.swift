import AlgorithmInterface
import JSON
import Tensors

/// A result as it is stored: a safetensors file of the outputs, the report as JSON text in its
/// metadata, so that the commonest binary answer is the file itself.
struct StoredResult {
  var outputs: NamedTensors
  /// JSON text.
  var report: String
  var algorithm: String
  var version: String

  static func encode(
    _ result: AlgorithmResult, _ description: AlgorithmDescription
  ) -> [UInt8] {
    Safetensors.write(
      result.outputs,
      metadata: [
        "report": JSONValue.object(result.report).serializedText(),
        "algorithm": description.id, "version": description.version,
      ])
  }

  init(decoding bytes: SharedBytes) throws(TensorError) {
    let (tensors, metadata) = try Safetensors.read(bytes, limits: Self.limits)
    outputs = tensors
    report = metadata["report"] ?? "{}"
    algorithm = metadata["algorithm"] ?? ""
    version = metadata["version"] ?? ""
  }

  /// What was written by this service needs no bounds against strangers.
  private static let limits = TensorLimits(elements: 1 << 40, decodedBytes: 1 << 40)
}
