import AlgorithmInterface
import HTTP
import JSON
import Jobs
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

  /// Reads a stored result into memory.
  init(reading handle: ResultHandle) throws(Problem) {
    let bytes: [UInt8]
    switch handle.location {
    case .memory(let content): bytes = content
    case .file(let path): bytes = FileRegion(try Self.open(path)).contents()
    }
    do throws(TensorError) { try self.init(decoding: SharedBytes(bytes)) } catch {
      throw Problem(.internalError, "The stored result cannot be read.")
    }
  }

  /// Opens a result's file. It may go at any moment after its promise ended.
  static func open(_ path: String) throws(Problem) -> OpenFile {
    do throws(FileOpenError) { return try OpenFile(path: path) } catch {
      throw Problem(.resultExpired, "The result was kept until its expires_at and is gone.")
    }
  }

  /// What was written by this service needs no bounds against strangers.
  private static let limits = TensorLimits(elements: 1 << 40, decodedBytes: 1 << 40)
}
