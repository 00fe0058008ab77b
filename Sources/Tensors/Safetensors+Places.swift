import JSON

/// Where a tensor stands in its file.
public struct TensorPlace: Sendable, Equatable {
  public let name: String
  public let elementType: ElementType
  public let shape: [Int]
  /// Its bytes in the file, row-major, little endian.
  public let range: Range<Int>
}

extension Safetensors {
  /// Bytes from the start of a file to its data; nil where the first 8 bytes (`start`) are not
  /// there or name more than the limit.
  public static func headerEnd(_ start: [UInt8], limits: TensorLimits = .standard) -> Int? {
    guard start.count >= 8 else { return nil }
    let length = start.withUnsafeBytes { $0.littleEndian(at: 0, as: UInt64.self) }
    return length <= UInt64(max(limits.headerBytes, 0)) ? 8 + Int(length) : nil
  }

  /// The tensors of a file of which only the first `headerEnd` bytes are at hand. For files of
  /// one's own: that the data is there is not checked.
  public static func places(_ header: [UInt8]) throws(TensorError) -> [TensorPlace] {
    let text = SharedBytes(header)[min(8, header.count)..<header.count]
    let parsed = try text.withUnsafeBytes { (raw) throws(TensorError) in
      try SafetensorsHeader(
        parsing: raw, limits: TensorLimits(elements: 1 << 40, decodedBytes: 1 << 40))
    }
    return parsed.entries.map { entry in
      TensorPlace(
        name: entry.name, elementType: entry.elementType, shape: entry.shape,
        range: header.count + entry.range.lowerBound..<header.count + entry.range.upperBound)
    }
  }
}
