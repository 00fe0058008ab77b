import ArgumentParser
import JSON

/// Query strings of requests to the service.
enum Query {
  /// `?a=b&c=d`, or nothing.
  static func text(_ pairs: [(name: String, text: String)]) -> String {
    guard !pairs.isEmpty else { return "" }
    return "?" + pairs.map { "\(escaped($0.name))=\(escaped($0.text))" }.joined(separator: "&")
  }

  /// Everything but the unreserved characters of RFC 3986, section 2.3, as %XX.
  static func escaped(_ text: String) -> String {
    var escaped = ""
    let digits = Array("0123456789ABCDEF")
    for byte in text.utf8 {
      let scalar = Unicode.Scalar(byte)
      if scalar.isASCII
        && (scalar.properties.isAlphabetic || "0123456789-._~".unicodeScalars.contains(scalar))
      {
        escaped.unicodeScalars.append(scalar)
      } else {
        escaped += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
      }
    }
    return escaped
  }

  /// A JSON value as a query string carries it: text as it is, anything else as JSON.
  static func plain(_ value: JSONValue) -> String {
    value.stringValue ?? value.serializedText()
  }

  static func pair(_ text: String, _ flag: String) throws -> (name: String, value: String) {
    guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
      throw ValidationError("\(flag): expected NAME=VALUE, not \"\(text)\"")
    }
    return (String(text[..<equals]), String(text[text.index(after: equals)...]))
  }
}
