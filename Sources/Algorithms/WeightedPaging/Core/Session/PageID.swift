/// A page as a session's caller names it: one kind a session.
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

  var isInteger: Bool {
    if case .integer = self { true } else { false }
  }

  var isTooLong: Bool {
    if case .string(let name) = self { name.utf8.count > Self.longest } else { false }
  }
}
