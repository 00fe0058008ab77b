import AlgorithmInterface
import JSON
import Jobs
import Tensors

/// The key of a question: equal for the same question in another spelling or file format.
enum QuestionDigest {
  /// Changes when the parts below do.
  private static let format = "matquay question 2"

  /// SHA-256 over length-prefixed parts: this format, the algorithm, its numerics and the
  /// processor's kernels, the canonical params (RFC 8785) with defaults, the seed, and the digest of
  /// the inputs.
  ///
  /// - Parameter owner: whose question it is, where callers do not share results.
  static func of(
    _ computation: any PreparedComputation, inputs: SHA256Digest,
    _ description: AlgorithmDescription, seed: UInt64, processor: String, owner: String?
  ) -> SHA256Digest {
    var hasher = SHA256Hasher()
    add(format, to: &hasher)
    add(description.id, to: &hasher)
    add("\(description.numericsVersion) \(processor)", to: &hasher)
    add(JSONValue.object(computation.parameters).canonical(), to: &hasher)
    add("\(seed)", to: &hasher)
    add(owner ?? "", to: &hasher)
    add(Array(inputs.bytes), to: &hasher)
    return hasher.finish()
  }

  /// SHA-256 of the inputs as a safetensors file in name order, and the name of the file in which
  /// they are kept in their own order: the same digest where that is the same order, else one over
  /// the digest and the order, which determine the file's bytes as well as its own digest would; no
  /// content has that name by itself.
  ///
  /// - Complexity: one pass over the inputs, about 1 GB/s.
  static func of(_ inputs: NamedTensors) -> (digest: SHA256Digest, file: SHA256Digest) {
    let names = inputs.names
    let sorted = names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    var ordered = NamedTensors()
    for name in sorted { ordered[name] = inputs[name] }
    var hasher = SHA256Hasher()
    Safetensors.forEachPiece(of: ordered) { piece, _ in hasher.update(piece) }
    let isInOrder = names.elementsEqual(sorted) { $0.utf8.elementsEqual($1.utf8) }
    let digest = hasher.finish()
    if isInOrder { return (digest, digest) }
    var file = SHA256Hasher()
    add("matquay inputs in an order of their own 1", to: &file)
    add(Array(digest.bytes), to: &file)
    for name in names { add(name, to: &file) }
    // Not the digest itself: a client could upload what it is made of, and lie in the file's place.
    return (digest, file.finish().complement)
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
