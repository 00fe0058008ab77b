/// An entity tag: the name of one representation (RFC 9110, section 8.8.3).
public struct EntityTag: Sendable, Hashable, CustomStringConvertible {
  /// The opaque part between the quotes.
  public let value: String
  /// Compares as equal only where bytes need not be the same.
  public let isWeak: Bool

  /// Makes a tag; `value` holds visible characters without quotes.
  public init(_ value: String, isWeak: Bool = false) {
    self.value = value
    self.isWeak = isWeak
  }

  /// Parses `"…"` or `W/"…"`. Nil where it is malformed.
  public init?(parsing text: String) {
    var bytes = Array(text.utf8)[...]
    let isWeak = bytes.starts(with: [0x57, 0x2F])
    if isWeak { bytes = bytes.dropFirst(2) }
    guard bytes.count >= 2, bytes.first == 0x22, bytes.last == 0x22 else { return nil }
    bytes = bytes.dropFirst().dropLast()
    guard bytes.allSatisfy({ $0 == 0x21 || ($0 >= 0x23 && $0 != 0x7F) }) else { return nil }
    self.init(String(decoding: bytes, as: UTF8.self), isWeak: isWeak)
  }

  /// The tag as it is written in a field.
  public var description: String { (isWeak ? "W/" : "") + "\"\(value)\"" }

  /// The tag of the same representation with a content coding: another representation, so another
  /// name.
  public func coded(_ coding: ContentCoding) -> EntityTag {
    coding == .identity ? self : EntityTag("\(value)-\(coding.rawValue)", isWeak: isWeak)
  }

  /// This tag or a coded form of it, whatever the weakness (RFC 9110, section 8.8.3.2).
  func weaklyMatches(_ other: EntityTag) -> Bool {
    other.value == value || other.value == coded(.gzip).value
      || other.value == coded(.deflate).value
  }
}

/// If-Match and If-None-Match (RFC 9110, sections 13.1.1 and 13.1.2).
public struct EntityTagCondition: Sendable, Hashable {
  /// The field was `*`: any representation.
  public let isAny: Bool
  /// The tags listed; malformed members are left out.
  public let tags: [EntityTag]

  /// Parses the field's value; nil where the field is absent.
  public init?(_ field: String?) {
    guard let field else { return nil }
    let bytes = Array(field.utf8)
    var tags: [EntityTag] = []
    var start = 0
    var isQuoted = false
    for index in 0...bytes.count {
      if index < bytes.count, bytes[index] == 0x22 { isQuoted.toggle() }
      guard index == bytes.count || (bytes[index] == 0x2C && !isQuoted) else { continue }
      var member = bytes[start..<index]
      while let first = member.first, first.isBlank { member.removeFirst() }
      while let last = member.last, last.isBlank { member.removeLast() }
      if let tag = EntityTag(parsing: String(decoding: member, as: UTF8.self)) { tags.append(tag) }
      start = index + 1
    }
    self.tags = tags
    isAny = bytes.filter { !$0.isBlank } == [0x2A]
  }

  /// Weak comparison, for If-None-Match: true means 304 to GET and HEAD, 412 to others. A tag that
  /// the server gave with a content coding counts as the same representation.
  public func matches(_ tag: EntityTag) -> Bool {
    isAny || tags.contains { tag.weaklyMatches($0) }
  }

  /// Which form of `tag` a 304 is about (RFC 9110, section 15.4.5): of the forms listed the one with
  /// `coding`, else the first; the one with `coding` where any will do. Nil where none matches.
  public func match(_ tag: EntityTag, coding: ContentCoding) -> EntityTag? {
    let coded = tag.coded(coding)
    if isAny { return coded }
    let listed = tags.filter { tag.weaklyMatches($0) }
    guard let first = listed.first(where: { $0.value == coded.value }) ?? listed.first else {
      return nil
    }
    return EntityTag(first.value, isWeak: tag.isWeak)
  }

  /// Strong comparison, for If-Match: false means 412.
  public func stronglyMatches(_ tag: EntityTag) -> Bool {
    isAny || (!tag.isWeak && tags.contains { !$0.isWeak && tag.weaklyMatches($0) })
  }
}
