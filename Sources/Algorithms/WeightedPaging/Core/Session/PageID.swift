/// A page as a session's caller names it: one kind a session.
///
/// Names are the same if their bytes are: a caller's two spellings of one accented letter are two
/// pages, unlike two such `String`s.
public enum PageID: Sendable, Hashable {
  case integer(Int64)
  /// At most `PageID.longest` bytes of UTF-8.
  case string(String)

  /// Bytes of the longest name.
  public static let longest = 256

  /// The page as text: how `weights` and routes name it.
  public var text: String {
    switch self {
    case .integer(let number): String(number)
    case .string(let name): name
    }
  }

  public static func == (a: PageID, b: PageID) -> Bool {
    switch (a, b) {
    case (.integer(let a), .integer(let b)): a == b
    case (.string(let a), .string(let b)): a.utf8.elementsEqual(b.utf8)
    default: false
    }
  }

  public func hash(into hasher: inout Hasher) {
    switch self {
    case .integer(let number): hasher.combine(number)
    case .string(let name): for byte in name.utf8 { hasher.combine(byte) }
    }
  }

  var isInteger: Bool {
    if case .integer = self { true } else { false }
  }

  var isTooLong: Bool {
    if case .string(let name) = self { name.utf8.count > Self.longest } else { false }
  }
}
