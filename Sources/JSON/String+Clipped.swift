extension String {
  /// The most bytes of foreign text that a message shows in one place.
  package static let shownBytes = 256

  /// This text, cut behind a character within the first `shownBytes` bytes and marked with an
  /// ellipsis where it is longer, so that a body's names do not swell messages.
  package var clipped: String {
    guard utf8.count > Self.shownBytes else { return self }
    var end = utf8.index(startIndex, offsetBy: Self.shownBytes)
    while end > startIndex, end.samePosition(in: unicodeScalars) == nil {
      end = utf8.index(before: end)
    }
    return self[..<end] + "…"
  }
}
