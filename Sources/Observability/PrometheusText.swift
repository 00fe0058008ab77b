/// The text exposition format 0.0.4.
struct PrometheusText {
  var bytes: [UInt8] = []

  mutating func append(_ family: MetricFamily) {
    let all = family.sorted()
    guard !all.isEmpty else { return }
    if !family.help.isEmpty {
      bytes += "# HELP \(family.name) \(Self.escaped(family.help, quotes: false))\n".utf8
    }
    bytes += "# TYPE \(family.name) \(family.kind.rawValue)\n".utf8
    for (labels, series) in all {
      switch series {
      case .counter(let counter): line(family.name, labels, "\(counter.value)")
      case .gauge(let gauge): line(family.name, labels, Self.number(gauge.value))
      case .observed(let read): line(family.name, labels, Self.number(read()))
      case .histogram(let histogram): append(histogram, family.name, labels)
      }
    }
  }

  private mutating func append(_ histogram: MetricHistogram, _ name: String, _ labels: String) {
    let (cumulative, sum) = histogram.snapshot()
    let opening = labels.isEmpty ? "{" : labels.dropLast() + ","
    for (bound, count) in zip(histogram.buckets + [.infinity], cumulative) {
      line(name + "_bucket", "\(opening)le=\"\(Self.number(bound))\"}", "\(count)")
    }
    line(name + "_sum", labels, Self.number(sum))
    line(name + "_count", labels, "\(cumulative.last ?? 0)")
  }

  private mutating func line(_ name: String, _ labels: String, _ value: String) {
    bytes += name.utf8
    bytes += labels.utf8
    bytes.append(UInt8(ascii: " "))
    bytes += value.utf8
    bytes.append(UInt8(ascii: "\n"))
  }

  /// `{name="value",…}`, or nothing without labels.
  static func labels(_ pairs: [(String, String)]) -> String {
    guard !pairs.isEmpty else { return "" }
    let members = pairs.map { "\(name($0.0))=\"\(escaped($0.1, quotes: true))\"" }
    return "{" + members.joined(separator: ",") + "}"
  }

  /// A legal name: anything else becomes an underscore.
  static func name(_ text: String) -> String {
    var name = ""
    for character in text {
      let isLegal =
        character.isASCII && (character.isLetter || character == "_" || character == ":")
      let isDigit = character.isASCII && character.isNumber
      if isDigit && name.isEmpty { name.append("_") }
      name.append(isLegal || isDigit ? character : "_")
    }
    return name.isEmpty ? "_" : name
  }

  static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    return value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
  }

  private static func escaped(_ text: String, quotes: Bool) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": escaped += "\\\\"
      case "\n": escaped += "\\n"
      case "\"" where quotes: escaped += "\\\""
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
