/// Reads and writes durations (`10s`, `250ms`) and sizes (`256MB`).
///
/// Size units are powers of 1024, as in nginx, SQLite and PostgreSQL: `1KB` (or `1KiB`) is 1024
/// bytes. A number without a unit is bytes; a duration needs a unit unless it is 0.
package enum Amount {
  private static let durations: [(unit: String, nanoseconds: Int64)] = [
    ("d", 86_400_000_000_000), ("h", 3_600_000_000_000), ("m", 60_000_000_000),
    ("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1_000),
  ]

  private static let sizes: [(unit: String, bytes: Int64)] = [
    ("TB", 1 << 40), ("GB", 1 << 30), ("MB", 1 << 20), ("KB", 1 << 10), ("B", 1),
  ]

  /// `nil` where the text is not a duration, or is negative or beyond 292 years.
  package static func duration(_ text: String) -> Duration? {
    if text == "0" { return .zero }
    guard let (digits, unit) = split(text),
      let scale = durations.first(where: { $0.unit == unit })?.nanoseconds,
      let nanoseconds = scaled(digits, by: scale)
    else { return nil }
    return .nanoseconds(nanoseconds)
  }

  /// The shortest exact form, in the largest unit that divides the duration.
  package static func text(_ duration: Duration) -> String {
    let (seconds, attoseconds) = duration.components
    let nanoseconds = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    // Up to two days are better read in hours: "24h" rather than "1d".
    for (unit, scale) in durations where nanoseconds != 0 && nanoseconds % scale == 0 {
      if unit == "d" && nanoseconds <= 2 * scale { continue }
      return "\(nanoseconds / scale)\(unit)"
    }
    return nanoseconds == 0 ? "0s" : "\(nanoseconds / 1_000)us"
  }

  /// `nil` where the text is not a size in bytes, or is negative or beyond 2^63 - 1.
  package static func size(_ text: String) -> Int? {
    guard let (digits, unit) = split(text) else { return nil }
    let upper = unit.uppercased()
    let name =
      upper.hasSuffix("IB") && upper.count == 3 ? String(upper.prefix(1)) + "B" : upper
    guard let scale = name.isEmpty ? 1 : sizes.first(where: { $0.unit == name })?.bytes,
      let bytes = scaled(digits, by: scale)
    else { return nil }
    return Int(bytes)
  }

  /// The shortest exact form, in the largest unit that divides the size.
  package static func text(bytes: Int) -> String {
    for (unit, scale) in sizes where bytes != 0 && Int64(bytes) % scale == 0 && scale > 1 {
      return "\(Int64(bytes) / scale)\(unit)"
    }
    return "\(bytes)"
  }

  private static func split(_ text: String) -> (digits: String, unit: String)? {
    let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    guard digits.first?.isNumber == true, digits.last != "." else { return nil }
    let unit = text.dropFirst(digits.count)
    guard unit.allSatisfy({ $0.isASCII && $0.isLetter }) else { return nil }
    return (String(digits), String(unit))
  }

  /// The whole number nearest to `digits · scale`; exact for whole digits.
  private static func scaled(_ digits: String, by scale: Int64) -> Int64? {
    if let whole = Int64(digits) {
      let (product, overflow) = whole.multipliedReportingOverflow(by: scale)
      return overflow ? nil : product
    }
    guard let fraction = Double(digits), fraction * Double(scale) < 9e18 else { return nil }
    return Int64((fraction * Double(scale)).rounded())
  }
}
