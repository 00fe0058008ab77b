/// One request of a recorded trace.
public struct CacheTraceEntry: Sendable, Equatable {
  public let key: String
  public let bytes: Int
  public let seconds: Double
  public let algorithm: String

  public init(key: String, bytes: Int, seconds: Double, algorithm: String = "") {
    self.key = key
    self.bytes = bytes
    self.seconds = seconds
    self.algorithm = algorithm
  }
}

/// Requests for results in the order they came, as text: `key,bytes,seconds[,algorithm]` on a
/// line. Empty lines, lines that begin with `#` and a first line that begins with `key,` are passed
/// over. `seconds` may be empty where the key came before: what computing it took is known then.
public enum CacheTrace {
  /// A line that cannot be read, counted from 1.
  public struct Failure: Error, Equatable, Sendable, CustomStringConvertible {
    public let line: Int
    public let reason: String
    public var description: String { "line \(line): \(reason)" }
  }

  public static func parse(_ text: String) throws(Failure) -> [CacheTraceEntry] {
    var entries: [CacheTraceEntry] = []
    var known: [String: Double] = [:]
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    for (index, line) in lines.enumerated() {
      if line.isEmpty || line.hasPrefix("#") || (index == 0 && line.hasPrefix("key,")) { continue }
      func fail(_ reason: String) -> Failure { Failure(line: index + 1, reason: reason) }
      let parts = line.split(separator: ",", omittingEmptySubsequences: false)
      guard (3...4).contains(parts.count), !parts[0].isEmpty else {
        throw fail("expected key,bytes,seconds[,algorithm]")
      }
      let key = String(parts[0])
      guard let bytes = Int(parts[1]), bytes > 0 else {
        throw fail("expected a positive number of bytes, found \"\(parts[1])\"")
      }
      guard let seconds = parts[2].isEmpty ? known[key] : Double(parts[2]), seconds >= 0,
        seconds.isFinite
      else { throw fail("expected seconds from 0 up, found \"\(parts[2])\"") }
      known[key] = seconds
      entries.append(
        CacheTraceEntry(
          key: key, bytes: bytes, seconds: seconds,
          algorithm: parts.count > 3 ? String(parts[3]) : ""))
    }
    return entries
  }
}
