import Logging

/// Puts text into log lines so that one event stays one line, whatever a caller sent.
enum LogText {
  /// A JSON string (RFC 8259, section 7): quotes, backslashes and controls escaped; invalid UTF-8
  /// cannot occur in a `String`.
  static func appendJSON(_ text: String, to line: inout [UInt8]) {
    line.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        line.append(UInt8(ascii: "\\"))
        line.append(byte)
      case UInt8(ascii: "\n"): line += "\\n".utf8
      case UInt8(ascii: "\r"): line += "\\r".utf8
      case UInt8(ascii: "\t"): line += "\\t".utf8
      case 0..<0x20, 0x7F: appendEscape(byte, to: &line)
      default: line.append(byte)
      }
    }
    line.append(UInt8(ascii: "\""))
  }

  /// Metadata as JSON: strings, arrays and objects.
  static func appendJSON(_ value: Logger.Metadata.Value, to line: inout [UInt8]) {
    switch value {
    case .string(let text): appendJSON(text, to: &line)
    case .stringConvertible(let number as any BinaryInteger): line += "\(number)".utf8
    case .stringConvertible(let number as Double) where number.isFinite:
      line += "\(number)".utf8
    case .stringConvertible(let flag as Bool): line += (flag ? "true" : "false").utf8
    case .stringConvertible(let other): appendJSON(other.description, to: &line)
    case .array(let items):
      line.append(UInt8(ascii: "["))
      for (index, item) in items.enumerated() {
        if index > 0 { line.append(UInt8(ascii: ",")) }
        appendJSON(item, to: &line)
      }
      line.append(UInt8(ascii: "]"))
    case .dictionary(let members):
      line.append(UInt8(ascii: "{"))
      for (index, (key, member)) in members.sorted(by: { $0.key < $1.key }).enumerated() {
        if index > 0 { line.append(UInt8(ascii: ",")) }
        appendJSON(key, to: &line)
        line.append(UInt8(ascii: ":"))
        appendJSON(member, to: &line)
      }
      line.append(UInt8(ascii: "}"))
    }
  }

  /// Text for a terminal: control characters (also C1's and escape) cannot move the cursor.
  static func appendPlain(_ text: String, to line: inout [UInt8]) {
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x0A: line += "\\n".utf8
      case 0..<0x20, 0x7F..<0xA0: appendEscape(UInt8(scalar.value), to: &line)
      default: line += String(scalar).utf8
      }
    }
  }

  private static func appendEscape(_ byte: UInt8, to line: inout [UInt8]) {
    let digits = Array("0123456789abcdef".utf8)
    line += "\\u00".utf8
    line.append(digits[Int(byte >> 4)])
    line.append(digits[Int(byte & 15)])
  }
}
