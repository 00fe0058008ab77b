/// A form in which tensors come and go.
public enum TensorFormat: String, Sendable, CaseIterable {
  case npy, npz, safetensors, json

  /// Tells the binary format of a body by its first bytes, as for application/octet-stream; nil
  /// when it is none.
  ///
  /// npy begins with `\x93NUMPY`, npz (a zip archive) with `PK\x03\x04`, or `PK\x05\x06` when
  /// empty. safetensors has no magic bytes: eight bytes of header length, then a brace.
  public static func sniffed(_ bytes: UnsafeRawBufferPointer) -> TensorFormat? {
    if bytes.starts(with: NPY.magic) { return .npy }
    if bytes.starts(with: [0x50, 0x4b, 0x03, 0x04]) || bytes.starts(with: [0x50, 0x4b, 0x05, 0x06])
    {
      return .npz
    }
    if bytes.count >= 10, bytes[8] == UInt8(ascii: "{") {
      let length = bytes.littleEndian(at: 0, as: UInt64.self)
      return length <= UInt64(bytes.count - 8) ? .safetensors : nil
    }
    return nil
  }

  /// The same for shared bytes.
  public static func sniffed(_ bytes: SharedBytes) -> TensorFormat? {
    bytes.withUnsafeBytes { sniffed($0) }
  }
}

extension UnsafeRawBufferPointer {
  /// The little endian integer at an offset, which need not be aligned.
  func littleEndian<I: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as: I.Type) -> I {
    I(littleEndian: loadUnaligned(fromByteOffset: offset, as: I.self))
  }
}
