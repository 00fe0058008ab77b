/// Files of one tensor as numpy writes them: magic bytes, a version, the length of a header, the
/// header (a Python dict literal padded with blanks), the data (numpy/lib/format.py).
public enum NPY {
  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  /// Reads versions 1.0, 2.0 and 3.0, in C and Fortran order and both byte orders. The tensor is a
  /// view over `bytes`.
  public static func read(
    _ bytes: SharedBytes, limits: TensorLimits = .standard
  ) throws(TensorError) -> Tensor {
    let (text, start) = try bytes.withUnsafeBytes { (raw) throws(TensorError) in
      try headerText(raw, limits: limits)
    }
    let header = try NPYHeader(parsing: text, limits: limits)
    let count = try limits.elementCount(of: header.shape)
    let length = count * header.elementType.byteCount
    let data = bytes.count - start
    guard data >= length else {
      throw .truncated(format: .npy, expected: start + length, actual: bytes.count)
    }
    guard data == length else { throw .surplus(format: .npy, count: data - length) }
    return try Tensor(
      elementType: header.elementType, shape: header.shape, bytes: bytes[start..<bytes.count],
      order: header.isColumnMajor ? .columnMajor : .rowMajor, byteOrder: header.byteOrder,
      limits: limits)
  }

  /// Writes version 1.0 (2.0 where the header is too long for it), C order, little endian, the
  /// data at a multiple of 64. bfloat16, which the format does not have, is widened to float32.
  public static func write(_ tensor: Tensor) -> [UInt8] {
    let tensor = tensor.storable()
    var bytes: [UInt8] = []
    bytes.reserveCapacity(256 + 24 * tensor.shape.count + tensor.byteCount)
    bytes.append(contentsOf: preamble(of: tensor))
    tensor.withRowMajorBytes { bytes.append(contentsOf: $0) }
    return bytes
  }

  /// All that comes before the data of a tensor that is not bfloat16.
  static func preamble(of tensor: Tensor) -> [UInt8] {
    preamble(of: tensor.elementType.npyDescription ?? "<f4", shape: tensor.shape)
  }

  /// All that comes before the row-major little-endian data; nil for bfloat16, which the format
  /// does not have.
  public static func preamble(of type: ElementType, shape: [Int]) -> [UInt8]? {
    type.npyDescription.map { preamble(of: $0, shape: shape) }
  }

  private static func preamble(of type: String, shape: [Int]) -> [UInt8] {
    let lengths = shape.map(String.init).joined(separator: ", ")
    let shape = shape.count == 1 ? "(\(lengths),)" : "(\(lengths))"
    var text = Array("{'descr': '\(type)', 'fortran_order': False, 'shape': \(shape), }".utf8)
    let fixed = magic.count + 2 + 2
    let isLong = fixed + text.count + 64 > Int(UInt16.max)
    let before = isLong ? fixed + 2 : fixed
    let padding = 63 - (before + text.count) % 64
    text.append(contentsOf: repeatElement(UInt8(ascii: " "), count: padding))
    text.append(UInt8(ascii: "\n"))
    var bytes = magic + [isLong ? 2 : 1, 0]
    for shift in stride(from: 0, to: isLong ? 32 : 16, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: text.count >> shift))
    }
    return bytes + text
  }

  /// The header's text and where the data starts.
  private static func headerText(
    _ raw: UnsafeRawBufferPointer, limits: TensorLimits
  ) throws(TensorError) -> (text: [UInt8], start: Int) {
    guard raw.starts(with: magic.prefix(raw.count)), !raw.isEmpty else {
      throw .wrongMagic(format: .npy)
    }
    func need(_ count: Int) throws(TensorError) {
      guard raw.count >= count else {
        throw .truncated(format: .npy, expected: count, actual: raw.count)
      }
    }
    try need(10)
    let (major, minor) = (raw[6], raw[7])
    guard (1...3).contains(major), minor == 0 else {
      throw .unknownVersion(format: .npy, version: "\(major).\(minor)")
    }
    let start = major == 1 ? 10 : 12
    try need(start)
    let length =
      major == 1
      ? Int(raw.littleEndian(at: 8, as: UInt16.self))
      : Int(raw.littleEndian(at: 8, as: UInt32.self))
    guard length <= limits.headerBytes else {
      throw .headerTooLong(limit: limits.headerBytes, actual: length)
    }
    try need(start + length)
    return (Array(raw[start..<start + length]), start + length)
  }
}

extension Tensor {
  /// This tensor, or for bfloat16 its float32 form, which holds every value exactly.
  func storable() -> Tensor {
    elementType == .bfloat16 ? Tensor(shape: shape, float32: float32Values()) : self
  }
}
