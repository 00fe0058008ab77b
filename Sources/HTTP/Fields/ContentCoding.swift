/// Content codings known here (RFC 9110, section 8.4.1).
public enum ContentCoding: String, Sendable, CaseIterable {
  /// RFC 1952; also asked for as `x-gzip`.
  case gzip
  /// The zlib format of RFC 1950.
  case deflate
  /// No coding.
  case identity

  /// The codings of a Content-Encoding field, in the order they were applied; nil where one is
  /// unknown. `identity` is left out.
  public static func applied(_ field: String?) -> [ContentCoding]? {
    guard let field else { return [] }
    var codings: [ContentCoding] = []
    for member in field.split(separator: ",") {
      let name = trim(member)
      if name.isEmpty { continue }
      guard let coding = named(name) else { return nil }
      if coding != .identity { codings.append(coding) }
    }
    return codings
  }

  /// The coding to answer with, by Accept-Encoding (RFC 9110, section 12.5.3): the one of highest
  /// quality, gzip before deflate before identity among equals. Without the field: identity. Also
  /// identity where the client refuses everything, since it is better than no answer.
  public static func preferred(acceptEncoding field: String?) -> ContentCoding {
    guard let field, !field.isEmpty else { return .identity }
    var qualities: [ContentCoding: Int] = [:]
    var wildcard: Int?
    for member in field.split(separator: ",") {
      var scanner = FieldScanner(String(member))
      scanner.skipBlanks()
      guard let name = scanner.token(), let parameters = scanner.parameters(), scanner.isAtEnd
      else { continue }
      let text = parameters.first { $0.name == "q" }?.value
      guard let quality = text.map({ Quality.parse($0) }) ?? 1_000 else { continue }
      if name == "*" { wildcard = quality }
      if let coding = named(name.lowercased()) { qualities[coding] = quality }
    }
    let gzip = qualities[.gzip] ?? wildcard ?? 0
    let deflate = qualities[.deflate] ?? wildcard ?? 0
    let identity = qualities[.identity] ?? (wildcard == 0 ? 0 : 1)
    let best = max(gzip, deflate, identity)
    if best == 0 { return .identity }
    if gzip == best { return .gzip }
    return deflate == best ? .deflate : .identity
  }

  private static func named(_ name: String) -> ContentCoding? {
    name == "x-gzip" ? .gzip : ContentCoding(rawValue: name)
  }

  private static func trim(_ text: Substring) -> String {
    let blanks: Set<Character> = [" ", "\t"]
    let head = text.drop { blanks.contains($0) }
    return String(head.prefix { !blanks.contains($0) }).lowercased()
  }
}
