import COpenSSL
import HTTP
import HTTPTypes
import Synchronization

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

  /// Random words that were asked for and not used yet.
  private static let words = Mutex<[UInt64]>([])

  /// 128 random bits in hexadecimal: nobody who has seen one name can guess another. OpenSSL is
  /// asked for those of 16 names at a time, because a call for each costs more than the rest of it.
  static func make() -> String {
    let (first, second) = words.withLock { words in
      if words.count < 2 { refill(&words) }
      return (words.removeLast(), words.removeLast())
    }
    return String(unsafeUninitializedCapacity: 32) { text in
      for index in 0..<32 {
        let source = index < 16 ? first : second
        let digit = UInt8(truncatingIfNeeded: source >> UInt64(60 - index % 16 * 4) & 15)
        text[index] = digit < 10 ? 0x30 + digit : 0x57 + digit
      }
      return 32
    }
  }

  private static func refill(_ words: inout [UInt64]) {
    words = [UInt64](repeating: 0, count: 32)
    let isFilled = words.withUnsafeMutableBytes { bytes in
      RAND_bytes(bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), Int32(bytes.count)) == 1
    }
    guard !isFilled else { return }
    for index in words.indices { words[index] = .random(in: .min ... .max) }
  }
}
