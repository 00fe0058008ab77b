public import Observability

extension Timestamp: Comparable {
  public static func < (left: Timestamp, right: Timestamp) -> Bool {
    left.milliseconds < right.milliseconds
  }

  /// The moment `milliseconds` later (earlier when negative); stops at the ends of the range.
  public func adding(milliseconds other: Int64) -> Timestamp {
    let (sum, overflow) = milliseconds.addingReportingOverflow(other)
    return Timestamp(milliseconds: overflow ? (other > 0 ? .max : .min) : sum)
  }

  /// Milliseconds from `earlier` to this moment.
  public func since(_ earlier: Timestamp) -> Int64 {
    milliseconds.subtractingReportingOverflow(earlier.milliseconds).partialValue
  }

  /// Reads an RFC 3339 date-time (section 5.6) with any number of fraction digits (those after
  /// the third are dropped) and any numeric offset. Nil for anything else.
  public init?(rfc3339 text: String) {
    var reader = DateTimeReader(text)
    guard let year = reader.number(digits: 4), reader.skip("-"),
      let month = reader.number(digits: 2), reader.skip("-"),
      let day = reader.number(digits: 2), reader.skip("T") || reader.skip("t"),
      let hour = reader.number(digits: 2), reader.skip(":"),
      let minute = reader.number(digits: 2), reader.skip(":"),
      let second = reader.number(digits: 2),
      (1...12).contains(month), day >= 1, day <= Self.length(ofMonth: month, year: year),
      hour < 24, minute < 60, second < 61
    else { return nil }
    let fraction = reader.skip(".") ? reader.fraction() : 0
    guard let fraction, let offset = reader.offset(), reader.isAtEnd else { return nil }
    let days = Self.days(toYear: year, month: month) + day - 1
    let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - offset * 60
    self.init(milliseconds: seconds * 1000 + fraction)
  }

  private static func isLeap(_ year: Int64) -> Bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
  }

  private static func length(ofMonth month: Int64, year: Int64) -> Int64 {
    switch month {
    case 2: isLeap(year) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// Days from 1970-01-01 to the first of a month; years 0 to 9999.
  private static func days(toYear year: Int64, month: Int64) -> Int64 {
    let before = year - 1
    // 719 162 days lie between 0001-01-01 and 1970-01-01.
    let leaps = year > 0 ? before / 4 - before / 100 + before / 400 : -1
    return before * 365 + leaps - 719_162
      + (1..<month).reduce(0) { $0 + length(ofMonth: $1, year: year) }
  }
}

/// Reads fixed-width numbers off the front of ASCII text.
private struct DateTimeReader {
  private var rest: ArraySlice<UInt8>

  init(_ text: String) { rest = Array(text.utf8)[...] }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard let first = rest.first, UInt32(first) == character.value else { return false }
    rest = rest.dropFirst()
    return true
  }

  mutating func number(digits: Int) -> Int64? {
    guard rest.count >= digits else { return nil }
    var value: Int64 = 0
    for byte in rest.prefix(digits) {
      guard (48...57).contains(byte) else { return nil }
      value = value * 10 + Int64(byte - 48)
    }
    rest = rest.dropFirst(digits)
    return value
  }

  /// Milliseconds of a decimal fraction of at least one digit.
  mutating func fraction() -> Int64? {
    var value: Int64 = 0
    var scale: Int64 = 100
    let before = rest.count
    while let byte = rest.first, (48...57).contains(byte) {
      value += Int64(byte - 48) * scale
      scale /= 10
      rest = rest.dropFirst()
    }
    return rest.count < before ? value : nil
  }

  /// Minutes east of UTC: `Z`, or a sign, hours, a colon and minutes.
  mutating func offset() -> Int64? {
    if skip("Z") || skip("z") { return 0 }
    let sign: Int64
    if skip("+") { sign = 1 } else if skip("-") { sign = -1 } else { return nil }
    guard let hours = number(digits: 2), skip(":"), let minutes = number(digits: 2),
      hours < 24, minutes < 60
    else { return nil }
    return sign * (hours * 60 + minutes)
  }
}
