/// Reads the common shapes of structured field values: tokens, quoted strings, parameters.
struct FieldScanner {
  private let bytes: [UInt8]
  private var position = 0

  init(_ text: String) {
    bytes = Array(text.utf8)
  }

  var isAtEnd: Bool { position == bytes.count }

  mutating func skipBlanks() {
    while position < bytes.count, bytes[position].isBlank { position += 1 }
  }

  /// Takes `byte` if it is next.
  mutating func take(_ byte: UInt8) -> Bool {
    guard position < bytes.count, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  /// A token of at least one character (RFC 9110, section 5.6.2).
  mutating func token() -> String? {
    let start = position
    while position < bytes.count, bytes[position].isToken { position += 1 }
    return position > start ? String(decoding: bytes[start..<position], as: UTF8.self) : nil
  }

  /// A quoted string without its quotes and escapes (RFC 9110, section 5.6.4).
  mutating func quotedString() -> String? {
    guard take(0x22) else { return nil }
    var value: [UInt8] = []
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      if byte == 0x22 { return String(decoding: value, as: UTF8.self) }
      if byte == 0x5C {
        guard position < bytes.count else { return nil }
        value.append(bytes[position])
        position += 1
      } else {
        value.append(byte)
      }
    }
    return nil
  }

  mutating func tokenOrQuotedString() -> String? {
    position < bytes.count && bytes[position] == 0x22 ? quotedString() : token()
  }

  /// `*( OWS ";" OWS [ name "=" value ] )`; names in lower case. Nil where it is malformed.
  /// With `valuesAreOptional` a bare name stands for one with an empty value (RFC 7240).
  mutating func parameters(valuesAreOptional: Bool = false) -> [(name: String, value: String)]? {
    var parameters: [(name: String, value: String)] = []
    while true {
      skipBlanks()
      guard take(0x3B) else { return parameters }
      skipBlanks()
      guard let name = token() else { continue }
      if valuesAreOptional { skipBlanks() }
      if take(0x3D) {
        if valuesAreOptional { skipBlanks() }
        guard let value = tokenOrQuotedString() else { return nil }
        parameters.append((name.lowercased(), value))
      } else if valuesAreOptional {
        parameters.append((name.lowercased(), ""))
      } else {
        return nil
      }
    }
  }

  /// Skips to behind the next comma outside quotes: one bad member does not spoil a list.
  mutating func skipMember() {
    while position < bytes.count, bytes[position] != 0x2C {
      if bytes[position] == 0x22 {
        if quotedString() == nil { position = bytes.count }
      } else {
        position += 1
      }
    }
    _ = take(0x2C)
  }

  /// What is left, as text.
  mutating func rest() -> String {
    defer { position = bytes.count }
    return String(decoding: bytes[position...], as: UTF8.self)
  }
}
