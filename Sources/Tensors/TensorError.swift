public import JSON

/// Why tensors are not taken, one case for each rule. `category` tells which answer it gets.
public enum TensorError: Error, Equatable, Sendable {
  // Malformed files.
  /// Not the first bytes of this format.
  case wrongMagic(format: TensorFormat)
  /// A version of the format that this reader does not know.
  case unknownVersion(format: TensorFormat, version: String)
  /// Fewer bytes than the header promises.
  case truncated(format: TensorFormat, expected: Int, actual: Int)
  /// Bytes behind the end.
  case surplus(format: TensorFormat, count: Int)
  /// A header that breaks its grammar; `reason` is a clause without its full stop.
  case badHeader(format: TensorFormat, reason: String)
  /// A header longer than the limit.
  case headerTooLong(limit: Int, actual: Int)
  /// A tensor whose bytes overlap others, leave a hole, or lie outside the file.
  case badOffsets(name: String, reason: String)
  /// A name that is there twice.
  case duplicateName(String)
  /// A name that means something else in a safetensors file.
  case reservedName(String)
  /// A name of more bytes than taken.
  case nameTooLong(limit: Int, actual: Int)
  /// A zip archive that breaks its rules.
  case badArchive(reason: String)
  /// A member of an archive whose bytes do not give its CRC-32.
  case wrongChecksum(name: String)
  /// Base64 text that breaks RFC 4648 at a byte of the text.
  case badBase64(pointer: JSONPointer, offset: Int)
  /// A shape and a number of bytes that do not fit each other.
  case wrongByteCount(shape: [Int], expected: Int, actual: Int)
  /// A length below zero.
  case negativeLength(shape: [Int])
  /// A boolean byte other than 0 and 1.
  case badBoolean(index: [Int])

  // An element type that is not taken.
  /// The type as the file names it.
  case unsupportedType(String)

  // Limits.
  case tooManyElements(limit: Int, shape: [Int])
  case tooManyDimensions(limit: Int, actual: Int)
  case tooManyTensors(limit: Int)
  /// More bytes than allowed once decoded.
  case decodedTooLarge(limit: Int)

  // Values that are not taken.
  /// Nested arrays that are no tensor.
  case notNumbers(JSONNumbersError)
  /// A tensor object whose member is missing, unknown or of the wrong kind.
  case badObject(pointer: JSONPointer, reason: String)
  /// NaN or infinity.
  case nonFinite(index: [Int])
  /// A value that is no integer of the type asked for.
  case notRepresentable(index: [Int], type: ElementType)

  /// What kind of answer an error gets.
  public enum Category: Sendable {
    /// 400 invalid-tensor.
    case malformed
    /// 422 unsupported-dtype.
    case unsupportedType
    /// 413 too-large.
    case tooLarge
    /// 422 validation.
    case invalid
  }

  /// What kind of answer this error gets.
  public var category: Category {
    switch self {
    case .wrongMagic, .unknownVersion, .truncated, .surplus, .badHeader, .badOffsets,
      .duplicateName, .reservedName, .nameTooLong, .badArchive, .wrongChecksum, .badBase64,
      .wrongByteCount,
      .negativeLength,
      .badBoolean, .headerTooLong:
      .malformed
    case .unsupportedType: .unsupportedType
    case .tooManyElements, .tooManyDimensions, .tooManyTensors, .decodedTooLarge: .tooLarge
    case .notNumbers, .badObject, .nonFinite, .notRepresentable: .invalid
    }
  }

  /// The place inside a JSON text, where there is one.
  public var pointer: JSONPointer? {
    switch self {
    case .badBase64(let pointer, _), .badObject(let pointer, _): pointer
    case .notNumbers(let error): error.pointer
    default: nil
    }
  }
}
