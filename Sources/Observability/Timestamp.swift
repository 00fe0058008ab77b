import Glibc

/// A moment of UTC in whole milliseconds since 1970, written as RFC 3339 demands of this service:
/// `2026-01-31T23:59:59.123Z`.
public struct Timestamp: Sendable, Hashable {
  /// Milliseconds since 1970-01-01T00:00:00Z, without leap seconds.
  public let milliseconds: Int64

  public init(milliseconds: Int64) {
    self.milliseconds = milliseconds
  }

  /// The system's clock.
  public static func now() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
  }

  /// Appends the 24 bytes of the text form; years 0 to 9999.
  public func append(to bytes: inout [UInt8]) {
    let days = floorDivide(milliseconds, 86_400_000)
    let rest = Int(milliseconds - days * 86_400_000)
    let (year, month, day) = civil(days: Int(days))
    append(year, 4, to: &bytes)
    bytes.append(UInt8(ascii: "-"))
    append(month, 2, to: &bytes)
    bytes.append(UInt8(ascii: "-"))
    append(day, 2, to: &bytes)
    bytes.append(UInt8(ascii: "T"))
    append(rest / 3_600_000, 2, to: &bytes)
    bytes.append(UInt8(ascii: ":"))
    append(rest / 60_000 % 60, 2, to: &bytes)
    bytes.append(UInt8(ascii: ":"))
    append(rest / 1_000 % 60, 2, to: &bytes)
    bytes.append(UInt8(ascii: "."))
    append(rest % 1_000, 3, to: &bytes)
    bytes.append(UInt8(ascii: "Z"))
  }

  /// The text form.
  public var text: String {
    var bytes: [UInt8] = []
    append(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  private func append(_ value: Int, _ digits: Int, to bytes: inout [UInt8]) {
    var scale = 1
    for _ in 1..<digits { scale *= 10 }
    while scale > 0 {
      bytes.append(UInt8(ascii: "0") + UInt8(value / scale % 10))
      scale /= 10
    }
  }
}

private func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
  value >= 0 ? value / divisor : -((-value + divisor - 1) / divisor)
}

/// Days since 1970-01-01 as a date of the Gregorian calendar, counted in eras of 400 years that
/// begin on 1 March, so that the leap day is the last of its year.
private func civil(days: Int) -> (year: Int, month: Int, day: Int) {
  let shifted = days + 719_468  // days since 0000-03-01
  let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
  let dayOfEra = shifted - era * 146_097
  let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
  let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
  let monthFromMarch = (5 * dayOfYear + 2) / 153
  let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
  let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
  return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
}
