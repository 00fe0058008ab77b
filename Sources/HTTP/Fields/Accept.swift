/// Choosing a representation by Accept (RFC 9110, section 12.5.1).
public struct Accept: Sendable {
  private struct Range {
    let type: MediaType
    let quality: Int
    /// More exact ranges win: */* 0, type/* 1, type/subtype 2, and 1 more for each parameter.
    var specificity: Int {
      (type.type == "*" ? 0 : type.subtype == "*" ? 1 : 2) + type.parameters.count
    }
  }

  private let ranges: [Range]

  /// Parses the value of an Accept field; nil or empty accepts everything. Malformed members are
  /// left out.
  public init(_ field: String?) {
    var ranges: [Range] = []
    var scanner = FieldScanner(field ?? "")
    while !scanner.isAtEnd {
      scanner.skipBlanks()
      if let type = MediaType(&scanner) {
        // Parameters from q on belong to Accept, not to the type.
        let own = type.parameters.prefix { $0.name != "q" }
        let quality = type["q"].map { Quality.parse($0) } ?? 1_000
        if let quality, let range = MediaType("\(type.essence)", own) {
          ranges.append(Range(type: range, quality: quality))
        }
      }
      scanner.skipMember()
    }
    self.ranges = ranges
  }

  /// The quality 0…1000 given to `offer`; 0 means not acceptable.
  public func quality(of offer: MediaType) -> Int {
    if ranges.isEmpty { return 1_000 }
    let fitting = ranges.filter { range in
      (range.type.type == "*" || range.type.type == offer.type)
        && (range.type.subtype == "*" || range.type.subtype == offer.subtype)
        && range.type.parameters.allSatisfy { offer[$0.name] == $0.value }
    }
    return fitting.max { $0.specificity < $1.specificity }?.quality ?? 0
  }

  /// The best of `offers` (the server's order breaks ties); nil when none is acceptable: 406.
  public func best(of offers: [MediaType]) -> MediaType? {
    var best: (offer: MediaType, quality: Int)?
    for offer in offers {
      let quality = quality(of: offer)
      if quality > best?.quality ?? 0 { best = (offer, quality) }
    }
    return best?.offer
  }
}

extension MediaType {
  fileprivate init?(_ essence: String, _ parameters: ArraySlice<Parameter>) {
    let text = parameters.reduce(essence) { $0 + ";\($1.name)=\"\($1.value)\"" }
    self.init(text)
  }
}

/// Quality values (RFC 9110, section 12.4.2).
enum Quality {
  /// Thousandths of `0[.ddd]` or `1[.000]`; nil where it is malformed.
  static func parse(_ text: String) -> Int? {
    let bytes = Array(text.utf8)
    guard let first = bytes.first, first == 0x30 || first == 0x31, bytes.count <= 5 else {
      return nil
    }
    if bytes.count == 1 { return first == 0x31 ? 1_000 : 0 }
    guard bytes[1] == 0x2E else { return nil }
    var value = 0
    for index in 2..<5 {
      let digit = index < bytes.count ? bytes[index] : 0x30
      guard digit.isDigit else { return nil }
      value = value * 10 + Int(digit - 0x30)
    }
    if first == 0x31 { return value == 0 ? 1_000 : nil }
    return value
  }
}
