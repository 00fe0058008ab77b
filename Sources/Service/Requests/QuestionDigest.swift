import AlgorithmInterface
import JSON
import Jobs
import Tensors

/// The key of a question: equal for the same question in another spelling or file format.
enum QuestionDigest {
  /// Changes when the parts below do.
  private static let format = "matquay question 1"

  /// SHA-256 over length-prefixed parts: this format, the algorithm, its numerics and the
  /// processor's kernels, the canonical params (RFC 8785) with defaults, the seed, and each input
  /// in name order: name, element type, shape, row-major little-endian bytes.
  ///
  /// - Parameter owner: whose question it is, where callers do not share results.
  /// - Complexity: one pass over the inputs, about 1 GB/s.
  static func of(
    _ computation: any PreparedComputation, _ description: AlgorithmDescription, seed: UInt64,
    processor: String, owner: String?
  ) -> SHA256Digest {
    var hasher = SHA256Hasher()
    add(format, to: &hasher)
    add(description.id, to: &hasher)
    add("\(description.numericsVersion) \(processor)", to: &hasher)
    add(JSONValue.object(computation.parameters).canonical(), to: &hasher)
    add("\(seed)", to: &hasher)
    add(owner ?? "", to: &hasher)
    let sorted = computation.inputs.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    add("\(sorted.count)", to: &hasher)
    for (name, tensor) in sorted {
      add(name, to: &hasher)
      add(tensor.elementType.rawValue, to: &hasher)
      add(tensor.shape.map(String.init).joined(separator: ","), to: &hasher)
      tensor.withRowMajorBytes { add($0, to: &hasher) }
    }
    return hasher.finish()
  }

  private static func add(_ text: String, to hasher: inout SHA256Hasher) {
    add(Array(text.utf8), to: &hasher)
  }

  private static func add(_ bytes: [UInt8], to hasher: inout SHA256Hasher) {
    bytes.withUnsafeBytes { add($0, to: &hasher) }
  }

  private static func add(_ bytes: UnsafeRawBufferPointer, to hasher: inout SHA256Hasher) {
    withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { hasher.update($0) }
    hasher.update(bytes)
  }
}
