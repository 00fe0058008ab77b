/// A JSON value as a tree: for parameters, reports and other small texts. Large bodies are walked
/// with `JSONDocument` instead.
///
/// An integer literal in the range of Int64 is `.integer`; every other number is `.number`, rounded
/// to the nearest Double (`-0` is `.number(-0.0)`). So `1` and `1.0` are not equal here; their
/// canonical texts are.
public enum JSONValue: Sendable, Hashable {
  case null
  case bool(Bool)
  case integer(Int64)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object(JSONObject)

  /// What this value is.
  public var kind: JSONKind {
    switch self {
    case .null: .null
    case .bool: .bool
    case .integer: .integer
    case .number: .number
    case .string: .string
    case .array: .array
    case .object: .object
    }
  }

  /// Whether this is null.
  public var isNull: Bool { self == .null }

  /// The boolean, or nil.
  public var boolValue: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }

  /// The integer, or nil. A number with an integral value in the range of Int64 counts, since JSON
  /// itself does not tell `1` from `1.0`.
  public var integerValue: Int64? {
    switch self {
    case .integer(let value): value
    case .number(let value): Int64(exactly: value)
    default: nil
    }
  }

  /// The number, or nil; an integer is rounded to the nearest Double.
  public var doubleValue: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  /// The string, or nil.
  public var stringValue: String? {
    if case .string(let value) = self { value } else { nil }
  }

  /// The elements of an array, or nil.
  public var arrayValue: [JSONValue]? {
    if case .array(let value) = self { value } else { nil }
  }

  /// The members of an object, or nil.
  public var objectValue: JSONObject? {
    if case .object(let value) = self { value } else { nil }
  }

  /// The member of an object; nil for anything else.
  public subscript(key: String) -> JSONValue? {
    objectValue?[key]
  }

  /// The element of an array; nil past its end and for anything else.
  public subscript(index: Int) -> JSONValue? {
    guard let elements = arrayValue, elements.indices.contains(index) else { return nil }
    return elements[index]
  }

  /// The value at a pointer, or nil where there is none (RFC 6901, section 4).
  public subscript(pointer: JSONPointer) -> JSONValue? {
    var here = self
    for token in pointer.tokens {
      let next: JSONValue? =
        switch here {
        case .object(let members): members[token]
        case .array: JSONPointer.index(token).flatMap { here[$0] }
        default: nil
        }
      guard let next else { return nil }
      here = next
    }
    return here
  }
}

extension JSONPointer {
  /// The array index a token names: digits without leading zeros (RFC 6901, section 4).
  static func index(_ token: String) -> Int? {
    guard token.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
      return nil
    }
    guard token == "0" || token.utf8.first != UInt8(ascii: "0") else { return nil }
    return Int(token)
  }
}
