import HTTP
import HTTPTypes

/// The name of a request in its answer and in the log.
enum RequestID {
  /// Longest one taken over from a caller.
  static let maximumLength = 128

  /// The caller's, if it is a plain token; else a new one.
  static func of(_ head: RequestHead) -> String {
    guard let given = head[.requestID], isValid(given) else { return make() }
    return given
  }

  /// Letters, digits and the punctuation of ids and URNs: nothing that could forge a log line.
  static func isValid(_ text: String) -> Bool {
    (1...maximumLength).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "_"),
          UInt8(ascii: "."), UInt8(ascii: ":"), UInt8(ascii: "/"), UInt8(ascii: "+"),
          UInt8(ascii: "="), UInt8(ascii: "@"), UInt8(ascii: "~"):
          true
        default: false
        }
      }
  }

  /// 128 random bits in hexadecimal.
  static func make() -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(32)
    for _ in 0..<2 {
      let word = UInt64.random(in: .min ... .max)
      for shift in stride(from: UInt64(60), through: 0, by: -4) {
        text.append(digits[Int(word >> shift & 15)])
      }
    }
    return String(decoding: text, as: UTF8.self)
  }
}
