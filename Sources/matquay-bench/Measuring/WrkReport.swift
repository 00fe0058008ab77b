/// What wrk prints, read.
struct WrkReport {
  let requests: Double
  let rate: Double  // requests/s
  let p99: Double  // ms
  /// Answers that were no 2xx or 3xx, and socket errors.
  let failures: Int

  /// `nil` where the text is not wrk's.
  init?(_ text: String) {
    var requests: Double?
    var rate: Double?
    var p99 = Double.nan
    var failures = 0
    for line in text.split(separator: "\n") {
      let words = line.split(whereSeparator: { $0 == " " || $0 == "," })
      if line.contains(" requests in ") { requests = words.first.flatMap { Double($0) } }
      if words.first == "Requests/sec:", words.count > 1 { rate = Double(words[1]) }
      if words.first == "99%", words.count > 1 { p99 = Self.milliseconds(words[1]) }
      if line.contains("Non-2xx") { failures += words.last.flatMap { Int($0) } ?? 1 }
      if line.contains("Socket errors:") {
        failures += words.compactMap { Int($0) }.reduce(0, +)
      }
    }
    guard let requests, let rate, requests > 0 else { return nil }
    self.requests = requests
    self.rate = rate
    self.p99 = p99
    self.failures = failures
  }

  /// `873.00us`, `2.15ms`, `1.02s`.
  private static func milliseconds(_ text: Substring) -> Double {
    for (unit, scale) in [("us", 0.001), ("ms", 1), ("s", 1_000)] where text.hasSuffix(unit) {
      return (Double(text.dropLast(unit.count)) ?? .nan) * scale
    }
    return .nan
  }
}
