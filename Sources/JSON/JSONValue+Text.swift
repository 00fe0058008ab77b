extension JSONValue {
  /// Reads a text strictly (see `JSONDocument`).
  public static func parse(
    _ bytes: [UInt8], maximumDepth: Int = 64
  ) throws(JSONError) -> JSONValue {
    try JSONDocument.parse(bytes, maximumDepth: maximumDepth).root.value()
  }

  /// Reads a text strictly (see `JSONDocument`).
  public static func parse(_ text: String, maximumDepth: Int = 64) throws(JSONError) -> JSONValue {
    try parse(Array(text.utf8), maximumDepth: maximumDepth)
  }

  /// The text of this value, members in their order, without white space.
  public func serialized() -> [UInt8] {
    var writer = JSONWriter()
    writer.value(self)
    return writer.finish()
  }

  /// The text as a string.
  public func serializedText() -> String {
    String(decoding: serialized(), as: UTF8.self)
  }

  /// The canonical text (RFC 8785): members sorted by the UTF-16 code units of their keys, numbers
  /// as ECMAScript writes them, so that equal values give equal bytes.
  ///
  /// Integers beyond 2^53, which the RFC leaves out, are written with all their digits rather
  /// than rounded: two different seeds must not become one. A non-finite number is null.
  public func canonical() -> [UInt8] {
    var writer = JSONWriter(style: .canonical)
    writer.canonical(self)
    return writer.finish()
  }
}

extension JSONWriter {
  fileprivate mutating func canonical(_ value: JSONValue) {
    switch value {
    case .array(let elements):
      beginArray()
      for element in elements { canonical(element) }
      endArray()
    case .object(let members):
      beginObject()
      for (key, value) in members.sorted(by: {
        $0.key.utf16.lexicographicallyPrecedes($1.key.utf16)
      }) {
        self.key(key)
        canonical(value)
      }
      endObject()
    default: self.value(value)
    }
  }
}
