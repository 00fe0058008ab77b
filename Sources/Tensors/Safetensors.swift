import JSON

/// Files of named tensors: the length of a header in 8 bytes, the header as JSON, the data
/// (https://github.com/huggingface/safetensors, "Format").
public enum Safetensors {
  /// The member of the header that is no tensor.
  static let metadataKey = "__metadata__"

  /// Reads a file. The tensors are views over `bytes`, in the order of the header.
  ///
  /// Checked: the header is a strict JSON object of tensors (and `__metadata__`, strings only); every
  /// tensor's bytes follow the ones before, without holes or overlaps, to the end of the file; shape
  /// and type give the number of bytes.
  public static func read(
    _ bytes: SharedBytes, limits: TensorLimits = .standard
  ) throws(TensorError) -> (tensors: NamedTensors, metadata: [String: String]) {
    let length = try headerLength(bytes, limits: limits)
    let header = try bytes[8..<8 + length].withUnsafeBytes { (raw) throws(TensorError) in
      try SafetensorsHeader(parsing: raw, limits: limits)
    }
    let data = bytes[8 + length..<bytes.count]
    try checkOffsets(header.entries, dataCount: data.count)
    var tensors = NamedTensors()
    for entry in header.entries {
      let count = try limits.elementCount(of: entry.shape)
      let expected = count * entry.elementType.byteCount
      guard expected == entry.range.count else {
        throw .wrongByteCount(
          shape: entry.shape, expected: expected, actual: entry.range.count)
      }
      let tensor = try Tensor(
        elementType: entry.elementType, shape: entry.shape, bytes: data[entry.range],
        limits: limits)
      try tensors.append(entry.name, tensor)
    }
    return (tensors, header.metadata)
  }

  /// Writes the tensors in their order, row-major, with the header padded by blanks so that the
  /// data starts at a multiple of 64. Metadata is written sorted by key.
  public static func write(
    _ tensors: NamedTensors, metadata: [String: String] = [:]
  ) -> [UInt8] {
    var bytes: [UInt8] = []
    forEachPiece(of: tensors, metadata: metadata) { piece, total in
      if bytes.isEmpty { bytes.reserveCapacity(total) }
      bytes.append(contentsOf: piece)
    }
    return bytes
  }

  /// The bytes that `write` gives, piece by piece and without copies of row-major tensors: for who
  /// needs them only once.
  public static func forEachPiece(
    of tensors: NamedTensors, metadata: [String: String] = [:],
    _ body: (_ piece: UnsafeRawBufferPointer, _ total: Int) -> Void
  ) {
    var header = JSONWriter(capacity: 128 * (tensors.count + 1))
    var offset = 0
    header.object { header in
      if !metadata.isEmpty {
        header.key(metadataKey)
        header.object { header in
          for (key, value) in metadata.sorted(by: { ExactText($0.key) < ExactText($1.key) }) {
            header.member(key, .string(value))
          }
        }
      }
      for (name, tensor) in tensors {
        header.key(name)
        header.object { header in
          header.member("dtype", .string(tensor.elementType.rawValue))
          header.member("shape", JSONValue(tensor.shape.map { JSONValue($0) }))
          header.member(
            "data_offsets", [JSONValue(offset), JSONValue(offset + tensor.byteCount)])
        }
        offset += tensor.byteCount
      }
    }
    var text = header.finish()
    let padding = (64 - (8 + text.count) % 64) % 64
    text.append(contentsOf: repeatElement(UInt8(ascii: " "), count: padding))
    let total = 8 + text.count + offset
    withUnsafeBytes(of: UInt64(text.count).littleEndian) { body($0, total) }
    text.withUnsafeBytes { body($0, total) }
    for (_, tensor) in tensors {
      tensor.withRowMajorBytes { body($0, total) }
    }
  }

  private static func headerLength(
    _ bytes: SharedBytes, limits: TensorLimits
  ) throws(TensorError) -> Int {
    guard bytes.count >= 8 else {
      throw .truncated(format: .safetensors, expected: 8, actual: bytes.count)
    }
    let length = bytes.withUnsafeBytes { $0.littleEndian(at: 0, as: UInt64.self) }
    guard length <= UInt64(max(limits.headerBytes, 0)) else {
      throw .headerTooLong(
        limit: limits.headerBytes, actual: Int(clamping: length))
    }
    guard Int(length) <= bytes.count - 8 else {
      throw .truncated(format: .safetensors, expected: 8 + Int(length), actual: bytes.count)
    }
    return Int(length)
  }

  /// The tensors' bytes tile the data.
  private static func checkOffsets(
    _ entries: [SafetensorsHeader.Entry], dataCount: Int
  ) throws(TensorError) {
    var end = 0
    let inOrder = entries.sorted {
      ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }
    for entry in inOrder {
      if entry.range.lowerBound > end {
        throw .badOffsets(
          name: entry.name, reason: "there is a hole of bytes \(end) to \(entry.range.lowerBound)")
      }
      if entry.range.lowerBound < end {
        throw .badOffsets(name: entry.name, reason: "it overlaps the tensor before it")
      }
      end = entry.range.upperBound
    }
    guard end <= dataCount else {
      throw .truncated(format: .safetensors, expected: end, actual: dataCount)
    }
    guard end == dataCount else {
      throw .surplus(format: .safetensors, count: dataCount - end)
    }
  }
}
