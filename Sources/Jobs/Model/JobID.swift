public import Observability
import Synchronization

/// The id of a job or session: a UUID of version 7 (RFC 9562, section 5.7), so that ids made later
/// by one process compare greater.
public struct JobID: Hashable, Comparable, Sendable, CustomStringConvertible {
  package let high: UInt64
  package let low: UInt64

  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// Reads the usual 36 characters in either case; nil for anything else, also other versions.
  public init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count == 36 else { return nil }
    var words: (UInt64, UInt64) = (0, 0)
    var nibbles = 0
    for (index, byte) in bytes.enumerated() {
      if index == 8 || index == 13 || index == 18 || index == 23 {
        guard byte == UInt8(ascii: "-") else { return nil }
        continue
      }
      guard let value = Hexadecimal.value(of: byte) else { return nil }
      if nibbles < 16 {
        words.0 = words.0 << 4 | UInt64(value)
      } else {
        words.1 = words.1 << 4 | UInt64(value)
      }
      nibbles += 1
    }
    guard words.0 >> 12 & 0xf == 7, words.1 >> 62 == 2 else { return nil }
    self.init(high: words.0, low: words.1)
  }

  public var description: String {
    let digits = Hexadecimal.text(high) + Hexadecimal.text(low)
    var text = ""
    text.reserveCapacity(36)
    for (index, digit) in digits.enumerated() {
      if index == 8 || index == 12 || index == 16 || index == 20 { text.append("-") }
      text.append(digit)
    }
    return text
  }

  /// The least id that can have been made at `moment`: every later one compares greater.
  public static func lowest(at moment: Timestamp) -> JobID {
    let milliseconds = UInt64(clamping: max(0, moment.milliseconds))
    return JobID(high: min(milliseconds, (1 << 48) - 1) << 16 | 0x7000, low: 0x8000_0000_0000_0000)
  }

  /// When the id was made, to the millisecond.
  public var madeAt: Timestamp { Timestamp(milliseconds: Int64(high >> 16)) }

  public static func < (left: JobID, right: JobID) -> Bool {
    (left.high, left.low) < (right.high, right.low)
  }
}

/// Makes ids that grow, also within one millisecond and when the clock steps back.
public final class JobIDSource: Sendable {
  /// The 60 leading bits of the last id: 48 of milliseconds and 12 of a counter (RFC 9562,
  /// section 6.2, method 1). The counter runs over into the milliseconds.
  private let last = Mutex<UInt64>(0)

  public init() {}

  public func next(at moment: Timestamp) -> JobID {
    let mask: UInt64 = (1 << 48) - 1
    let wished = (UInt64(clamping: max(0, moment.milliseconds)) & mask) << 12
    let stamp = last.withLock { last in
      last = max(last + 1, wished)
      return last
    }
    let random = UInt64.random(in: 0..<(1 << 62))
    return JobID(high: ((stamp >> 12) << 16) | 0x7000 | (stamp & 0xfff), low: 1 << 63 | random)
  }
}

/// Lower-case hexadecimal.
enum Hexadecimal {
  private static let digits = Array("0123456789abcdef".utf8)

  static func value(of byte: UInt8) -> UInt8? {
    switch byte {
    case 48...57: byte - 48
    case 97...102: byte - 87
    case 65...70: byte - 55
    default: nil
    }
  }

  static func text(_ word: UInt64) -> String {
    String(
      decoding: (0..<16).map { digits[Int(word >> (60 - 4 * UInt64($0)) & 15)] }, as: UTF8.self)
  }
}

extension JobID {
  /// The 16 bytes, most significant first.
  package var bytes: [UInt8] {
    [high, low].flatMap { word in
      (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * UInt64($0))) }
    }
  }

  package init?(bytes: [UInt8]) {
    guard bytes.count == 16 else { return nil }
    func word(_ part: ArraySlice<UInt8>) -> UInt64 { part.reduce(0) { $0 << 8 | UInt64($1) } }
    self.init(high: word(bytes[..<8]), low: word(bytes[8...]))
  }
}
