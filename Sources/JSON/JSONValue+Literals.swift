extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByStringLiteral,
  ExpressibleByStringInterpolation, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  public init(nilLiteral: ()) { self = .null }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(integerLiteral value: Int64) { self = .integer(value) }
  public init(floatLiteral value: Double) { self = .number(value) }
  public init(stringLiteral value: String) { self = .string(value) }
  public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(JSONObject(elements.map { (key: $0.0, value: $0.1) }))
  }
}

extension JSONValue {
  /// The string, or null.
  public init(_ value: String?) { self = value.map(JSONValue.string) ?? .null }

  /// The boolean, or null.
  public init(_ value: Bool?) { self = value.map(JSONValue.bool) ?? .null }

  /// The integer, or null; one beyond Int64 becomes the nearest number.
  public init(_ value: (some BinaryInteger)?) {
    guard let value else {
      self = .null
      return
    }
    self = Int64(exactly: value).map(JSONValue.integer) ?? .number(Double(value))
  }

  /// The number, or null; a non-finite one stays and is written as null.
  public init(_ value: Double?) { self = value.map(JSONValue.number) ?? .null }

  /// An array of the elements.
  public init(_ elements: some Sequence<JSONValue>) { self = .array(Array(elements)) }
}
