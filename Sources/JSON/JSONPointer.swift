/// The place of a value inside a JSON text (RFC 6901): `""` is the whole text, `/inputs/gradient/3`
/// the fourth row of the member `gradient` of the member `inputs`.
public struct JSONPointer: Sendable, Hashable, CustomStringConvertible {
  /// The reference tokens, unescaped.
  public private(set) var tokens: [String]

  /// The pointer to the whole text.
  public static let root = JSONPointer()

  /// A pointer from its unescaped tokens.
  public init(_ tokens: [String] = []) {
    self.tokens = tokens
  }

  /// Reads the text form; nil when it neither is empty nor starts with `/`, or when a `~` stands
  /// before anything but `0` or `1` (RFC 6901, section 3).
  public init?(parsing text: String) {
    guard !text.isEmpty else {
      self.init()
      return
    }
    guard text.utf8.first == UInt8(ascii: "/") else { return nil }
    var tokens: [String] = []
    for part in text.utf8.dropFirst().split(
      separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    {
      guard let token = Self.unescaped(part) else { return nil }
      tokens.append(token)
    }
    self.init(tokens)
  }

  /// This pointer, one member further in.
  public func appending(_ key: String) -> JSONPointer {
    JSONPointer(tokens + [key])
  }

  /// This pointer, one element further in.
  public func appending(_ index: Int) -> JSONPointer {
    JSONPointer(tokens + [String(index)])
  }

  /// This pointer with the tokens of another behind it.
  public func appending(_ pointer: JSONPointer) -> JSONPointer {
    JSONPointer(tokens + pointer.tokens)
  }

  /// The text form, with `~` as `~0` and `/` as `~1` inside tokens.
  public var description: String {
    var bytes: [UInt8] = []
    for token in tokens {
      bytes.append(UInt8(ascii: "/"))
      for byte in token.utf8 {
        switch byte {
        case UInt8(ascii: "~"): bytes += [UInt8(ascii: "~"), UInt8(ascii: "0")]
        case UInt8(ascii: "/"): bytes += [UInt8(ascii: "~"), UInt8(ascii: "1")]
        default: bytes.append(byte)
        }
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func unescaped(_ part: Substring.UTF8View.SubSequence) -> String? {
    var bytes: [UInt8] = []
    var rest = part.makeIterator()
    while let byte = rest.next() {
      guard byte == UInt8(ascii: "~") else {
        bytes.append(byte)
        continue
      }
      switch rest.next() {
      case UInt8(ascii: "0"): bytes.append(UInt8(ascii: "~"))
      case UInt8(ascii: "1"): bytes.append(UInt8(ascii: "/"))
      default: return nil
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
