import JSON

extension TensorError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .wrongMagic(let format):
      "The body does not begin as \(format.article) does."
    case .unknownVersion(let format, let version):
      "Version \(version) of \(format.rawValue) is not known."
    case .truncated(let format, let expected, let actual):
      "The \(format.rawValue) data is cut: \(expected) bytes belong there, \(actual) are there."
    case .surplus(let format, let count):
      "There are \(count) bytes behind the end of the \(format.rawValue) data."
    case .badHeader(let format, let reason):
      "The header of the \(format.rawValue) data is not well-formed: \(reason)."
    case .headerTooLong(let limit, let actual):
      "The header has \(actual) bytes; \(limit) are allowed."
    case .badOffsets(let name, let reason):
      "The tensor \"\(name.clipped)\" lies wrongly in the file: \(reason)."
    case .duplicateName(let name):
      "The name \"\(name.clipped)\" is there twice."
    case .reservedName(let name):
      "No tensor can have the name \"\(name.clipped)\"."
    case .nameTooLong(let limit, let actual):
      "A tensor's name has \(actual) bytes; \(limit) are allowed."
    case .badArchive(let reason):
      "The zip archive is not well-formed: \(reason)."
    case .wrongChecksum(let name):
      "The bytes of \"\(name.clipped)\" do not give the CRC-32 that the archive names."
    case .badBase64(let pointer, let offset):
      "The text at \(pointer) is not base64 (RFC 4648) at its byte \(offset)."
    case .wrongByteCount(let shape, let expected, let actual):
      "The shape \(shape) takes \(expected) bytes; there are \(actual)."
    case .negativeLength(let shape):
      "The shape \(shape) has a length below zero."
    case .badBoolean(let index):
      "The boolean at index \(index) is neither 0 nor 1."
    case .unsupportedType(let name):
      "Elements of the type \(name) are not taken; F64, F32, F16, BF16, I64, I32, U8 and BOOL are."
    case .tooManyElements(let limit, let shape):
      "The shape \(shape) has more than \(limit) elements."
    case .tooManyDimensions(let limit, let actual):
      "The shape has \(actual) lengths; \(limit) are allowed."
    case .tooManyTensors(let limit):
      "There are more than \(limit) tensors."
    case .decodedTooLarge(let limit):
      "The tensors take more than \(limit) bytes once decoded."
    case .notNumbers(let error):
      error.description
    case .badObject(let pointer, let reason):
      "The tensor at \(pointer) is not taken: \(reason)."
    case .nonFinite(let index):
      "The element at index \(index) is not finite."
    case .notRepresentable(let index, let type):
      "The element at index \(index) is no value of the type \(type.rawValue)."
    }
  }
}

extension TensorFormat {
  fileprivate var article: String {
    switch self {
    case .npy: "an npy file"
    case .npz: "an npz file (a zip archive)"
    case .safetensors: "a safetensors file"
    case .json: "JSON"
    }
  }
}
