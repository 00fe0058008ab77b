/// Percent-encoding of URIs (RFC 3986, section 2.1).
public enum PercentEncoding {
  /// Decodes `%XX`, and `+` as a space where asked (query strings). Nil where a percent sign is not
  /// followed by two hexadecimal digits or the bytes are not UTF-8.
  public static func decode(
    _ text: some Collection<UInt8>, plusIsSpace: Bool
  ) -> String? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count)
    var iterator = text.makeIterator()
    while let byte = iterator.next() {
      switch byte {
      case 0x25:
        guard let high = iterator.next()?.hexadecimalValue,
          let low = iterator.next()?.hexadecimalValue
        else { return nil }
        bytes.append(high << 4 | low)
      case 0x2B where plusIsSpace: bytes.append(0x20)
      default: bytes.append(byte)
      }
    }
    return String(validating: bytes, as: UTF8.self)
  }

  /// Encodes everything but unreserved characters (letters, digits, `-._~`).
  public static func encode(_ text: String) -> String {
    var out = ""
    for byte in text.utf8 {
      let letter = byte | 0x20
      if (letter >= 0x61 && letter <= 0x7A && byte < 0x80) || byte.isDigit
        || [0x2D, 0x2E, 0x5F, 0x7E].contains(byte)
      {
        out.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        out += "%"
        out += byte < 16 ? "0" : ""
        out += String(byte, radix: 16, uppercase: true)
      }
    }
    return out
  }
}
