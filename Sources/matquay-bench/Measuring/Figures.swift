import ArgumentParser
import JSON

/// What one benchmark found, by name, with the thresholds of Config/benchmarks.json.
///
/// The file maps the benchmark's name to figures, each `{"minimum": x}` or `{"maximum": x}`, with
/// a `goal` that is shown beside it. The threshold guards against regressions on a busy machine;
/// the goal is what a quiet one should show.
struct Figures {
  let benchmark: String
  private var figures: [(name: String, value: Double, unit: String)] = []
  private var notes: [String] = []

  init(_ benchmark: String) {
    self.benchmark = benchmark
  }

  mutating func add(_ name: String, _ value: Double, _ unit: String) {
    figures.append((name, value, unit))
  }

  /// A sentence below the table: what was compared with what, what could not be measured.
  mutating func note(_ text: String) {
    notes.append(text)
  }

  /// Prints the table and, with `--check`, ends the program with 1 where a threshold is missed.
  func report(_ options: BenchOptions) throws {
    let bounds = Self.bounds(of: benchmark, in: options.thresholds)
    var isMissed = false
    for (name, value, unit) in figures {
      var line = "\(padded(name, 44)) \(padded(Self.short(value), 12)) \(padded(unit, 8))"
      if let bound = bounds[name] {
        if let minimum = bound["minimum"]?.doubleValue {
          let isMet = value >= minimum
          isMissed = isMissed || !isMet
          line += " ≥ \(Self.short(minimum)) \(isMet ? "met" : "MISSED")"
        }
        if let maximum = bound["maximum"]?.doubleValue {
          let isMet = value <= maximum
          isMissed = isMissed || !isMet
          line += " ≤ \(Self.short(maximum)) \(isMet ? "met" : "MISSED")"
        }
        if let goal = bound["goal"]?.doubleValue { line += " (goal \(Self.short(goal)))" }
      }
      print(line)
    }
    for note in notes { print("  \(note)") }
    if options.json { print(document().serializedText()) }
    if isMissed && options.check { throw ExitCode(1) }
  }

  private func document() -> JSONValue {
    var members = JSONObject()
    for (name, value, _) in figures { members[name] = .number(value) }
    return .object(["benchmark": .string(benchmark), "figures": .object(members)])
  }

  private static func bounds(of benchmark: String, in path: String) -> [String: JSONValue] {
    guard let bytes = FileText.read(path), let document = try? JSONValue.parse(bytes),
      let own = document[benchmark]?.objectValue
    else { return [:] }
    return Dictionary(own.map { ($0.key, $0.value) }) { first, _ in first }
  }

  /// Four significant digits.
  static func short(_ value: Double) -> String {
    guard value.isFinite, value != 0 else { return "\(value)" }
    var scale = 1.0
    while abs(value) * scale < 1_000 && scale < 1e12 { scale *= 10 }
    return "\((value * scale).rounded() / scale)"
  }

  private func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}
