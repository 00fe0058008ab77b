/// The escaping of JSON strings (RFC 8259, section 7).
enum JSONString {
  /// Appends a string with its quotes. Escaped are the quote, the backslash and the control
  /// characters, these in the short form where there is one (RFC 8785, section 3.2.2.2).
  static func append(_ text: String, to bytes: inout [UInt8]) {
    var text = text
    text.withUTF8 { raw in
      bytes.append(UInt8(ascii: "\""))
      var copied = 0
      for (index, byte) in raw.enumerated() where needsEscape(byte) {
        bytes.append(contentsOf: raw[copied..<index])
        appendEscape(byte, to: &bytes)
        copied = index + 1
      }
      bytes.append(contentsOf: raw[copied...])
      bytes.append(UInt8(ascii: "\""))
    }
  }

  private static func needsEscape(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
  }

  private static func appendEscape(_ byte: UInt8, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\\"))
    switch byte {
    case 0x08: bytes.append(UInt8(ascii: "b"))
    case 0x09: bytes.append(UInt8(ascii: "t"))
    case 0x0a: bytes.append(UInt8(ascii: "n"))
    case 0x0c: bytes.append(UInt8(ascii: "f"))
    case 0x0d: bytes.append(UInt8(ascii: "r"))
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
    default:
      let digits = Array("0123456789abcdef".utf8)
      bytes += [UInt8(ascii: "u"), UInt8(ascii: "0"), UInt8(ascii: "0")]
      bytes += [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
  }

  /// The text between the quotes of a well-formed string, without its escapes.
  static func unescaped(_ bytes: UnsafeRawBufferPointer) -> String {
    var units: [UInt16] = []
    var plain: [UInt8] = []
    var text = ""
    var index = 0
    func flush() {
      text += String(decoding: plain, as: UTF8.self) + String(decoding: units, as: UTF16.self)
      plain.removeAll()
      units.removeAll()
    }
    while index < bytes.count {
      guard bytes[index] == UInt8(ascii: "\\"), index + 1 < bytes.count else {
        if !units.isEmpty { flush() }
        plain.append(bytes[index])
        index += 1
        continue
      }
      if bytes[index + 1] == UInt8(ascii: "u"), index + 6 <= bytes.count {
        if !plain.isEmpty { flush() }
        let digits = String(decoding: bytes[index + 2..<index + 6], as: UTF8.self)
        units.append(UInt16(digits, radix: 16) ?? 0xfffd)
        index += 6
      } else {
        if !units.isEmpty { flush() }
        plain.append(short(bytes[index + 1]))
        index += 2
      }
    }
    flush()
    return text
  }

  private static func short(_ letter: UInt8) -> UInt8 {
    switch letter {
    case UInt8(ascii: "b"): 0x08
    case UInt8(ascii: "t"): 0x09
    case UInt8(ascii: "n"): 0x0a
    case UInt8(ascii: "f"): 0x0c
    case UInt8(ascii: "r"): 0x0d
    default: letter
    }
  }
}
