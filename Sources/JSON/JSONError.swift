/// Why a text is not taken as JSON. Offsets count bytes from the start of the text.
public enum JSONError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The text breaks the grammar of RFC 8259; `reason` is a sentence without its full stop.
  case syntax(offset: Int, reason: String)
  /// The bytes at `offset` are no UTF-8 (RFC 8259, section 8.1).
  case notUTF8(offset: Int)
  /// A number whose magnitude no Double holds, such as 1e400.
  case numberOutOfRange(offset: Int, pointer: JSONPointer)
  /// An object names the member at `pointer` twice.
  case duplicateKey(pointer: JSONPointer)
  /// Arrays and objects inside each other beyond the limit.
  case tooDeep(limit: Int)
  /// More bytes than the reader can index.
  case tooLarge(limit: Int)
  /// The reader found no memory for this text.
  case outOfMemory(bytes: Int)

  public var description: String {
    switch self {
    case .syntax(let offset, let reason):
      "Not JSON at byte \(offset): \(reason)."
    case .notUTF8(let offset):
      "Not JSON at byte \(offset): the text is not valid UTF-8."
    case .numberOutOfRange(let offset, let pointer):
      "The number at byte \(offset) (\(pointer.inWords)) is out of the range of a 64-bit float."
    case .duplicateKey(let pointer):
      "The member \(pointer) is there twice."
    case .tooDeep(let limit):
      "Arrays and objects are nested deeper than \(limit) levels."
    case .tooLarge(let limit):
      "The text is longer than \(limit) bytes."
    case .outOfMemory(let bytes):
      "There is no memory for a text of \(bytes) bytes."
    }
  }
}

extension JSONPointer {
  /// The pointer as a sentence shows it: the root has an empty text form.
  package var inWords: String {
    tokens.isEmpty ? "the whole text" : description
  }
}
