/// What a Range field asks of a representation of known size (RFC 9110, section 14).
public enum ByteRange: Sendable, Equatable {
  /// Send all of it: no Range, another unit, malformed, or several ranges (which a server may
  /// decline).
  case whole
  /// Send this part with 206 and Content-Range.
  case part(Range<Int>)
  /// Nothing of it lies inside: 416 with `Content-Range: bytes */size`.
  case unsatisfiable

  /// Reads the fields Range and If-Range for a representation of `size` bytes called `tag`.
  /// If-Range counts only with a strong tag that is the same (section 13.1.5); dates never match.
  public init(range: String?, ifRange: String? = nil, size: Int, tag: EntityTag? = nil) {
    self = .whole
    guard let range else { return }
    if let ifRange {
      guard let tag, !tag.isWeak, EntityTag(parsing: ifRange) == tag else { return }
    }
    let parts = range.utf8.split(separator: 0x3D, maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, String(parts[0])?.lowercased() == "bytes" else { return }
    var spec = parts[1]
    while let first = spec.first, first.isBlank { spec.removeFirst() }
    while let last = spec.last, last.isBlank { spec.removeLast() }
    let ends = spec.split(separator: 0x2D, maxSplits: 1, omittingEmptySubsequences: false)
    guard ends.count == 2, ends.allSatisfy({ $0.allSatisfy(\.isDigit) && $0.count <= 18 }) else {
      return
    }
    let first = ends[0].isEmpty ? nil : Self.number(ends[0])
    let last = ends[1].isEmpty ? nil : Self.number(ends[1])
    switch (first, last) {
    case (let first?, let last?):
      guard first <= last else { return }
      self = first < size ? .part(first..<min(last + 1, size)) : .unsatisfiable
    case (let first?, nil):
      self = first < size ? .part(first..<size) : .unsatisfiable
    case (nil, let suffix?):
      self = suffix > 0 && size > 0 ? .part(max(0, size - suffix)..<size) : .unsatisfiable
    case (nil, nil): return
    }
  }

  private static func number(_ digits: Substring.UTF8View) -> Int {
    digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
  }

  /// The value of Content-Range for this part of `size` bytes; nil for the whole.
  public func contentRange(size: Int) -> String? {
    switch self {
    case .whole: nil
    case .part(let range): "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)"
    case .unsatisfiable: "bytes */\(size)"
    }
  }
}
