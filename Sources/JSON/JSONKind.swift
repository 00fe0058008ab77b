/// What a JSON value is. Numbers are told apart by whether they are integers in the range of Int64.
public enum JSONKind: Sendable, Hashable, CaseIterable, CustomStringConvertible {
  case null, bool, integer, number, string, array, object

  /// The kind with its article, for messages: "a string", "an array".
  public var description: String {
    switch self {
    case .null: "null"
    case .bool: "a boolean"
    case .integer: "an integer"
    case .number: "a number"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }
}
