import JSON

/// Base64 (RFC 4648, section 4), strictly: padding where it belongs, no white space, no line ends,
/// no bits left over (section 3.5).
enum Base64 {
  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// The value of each byte; 0xff for one outside the alphabet.
  private static let values: [UInt8] = {
    var values = [UInt8](repeating: 0xff, count: 256)
    for (value, letter) in alphabet.enumerated() { values[Int(letter)] = UInt8(value) }
    return values
  }()

  /// The number of bytes that a text of this length decodes to, when its end is as given; nil for a
  /// length that is no multiple of four.
  static func decodedCount(_ text: UnsafeRawBufferPointer) -> Int? {
    guard text.count % 4 == 0 else { return nil }
    var count = text.count / 4 * 3
    if text.count > 0, text[text.count - 1] == UInt8(ascii: "=") {
      count -= text[text.count - 2] == UInt8(ascii: "=") ? 2 : 1
    }
    return count
  }

  /// What decoding gave: the bytes, or the offset of the byte that does not belong.
  enum Decoded {
    case bytes([UInt8])
    case wrong(offset: Int)
  }

  /// Decodes a text. O(n).
  static func decode(_ text: UnsafeRawBufferPointer) -> Decoded {
    guard let length = decodedCount(text) else { return .wrong(offset: text.count) }
    guard length > 0 else { return text.isEmpty ? .bytes([]) : .wrong(offset: 0) }
    let whole = length / 3
    var isGood = true
    var bytes = [UInt8](unsafeUninitializedCapacity: length) { memory, count in
      values.withUnsafeBufferPointer { values in
        var bad: UInt8 = 0
        for group in 0..<whole {
          let a = values[Int(text[4 * group])]
          let b = values[Int(text[4 * group + 1])]
          let c = values[Int(text[4 * group + 2])]
          let d = values[Int(text[4 * group + 3])]
          bad |= a | b | c | d
          memory.initializeElement(at: 3 * group, to: a << 2 | b >> 4)
          memory.initializeElement(at: 3 * group + 1, to: b << 4 | c >> 2)
          memory.initializeElement(at: 3 * group + 2, to: c << 6 | d)
        }
        isGood = bad < 0x80
      }
      count = 3 * whole
    }
    guard isGood else { return .wrong(offset: firstForeign(text)) }
    if length % 3 > 0 {
      guard let tail = tail(text, from: 4 * whole, count: length % 3) else {
        // A foreign byte of the last group, or else bits left over in its last letter.
        let last = 4 * whole + length % 3
        return .wrong(offset: min(firstForeign(text), last))
      }
      bytes += tail
    }
    return .bytes(bytes)
  }

  /// The one or two bytes of a padded last group whose unused bits are zero.
  private static func tail(
    _ text: UnsafeRawBufferPointer, from start: Int, count: Int
  ) -> [UInt8]? {
    let group = text[start..<start + count + 1].map { values[Int($0)] }
    guard group.allSatisfy({ $0 < 0x80 }) else { return nil }
    if count == 1 {
      return group[1] & 0x0f == 0 ? [group[0] << 2 | group[1] >> 4] : nil
    }
    guard group[2] & 0x03 == 0 else { return nil }
    return [group[0] << 2 | group[1] >> 4, group[1] << 4 | group[2] >> 2]
  }

  private static func firstForeign(_ text: UnsafeRawBufferPointer) -> Int {
    text.firstIndex { values[Int($0)] == 0xff } ?? text.count
  }

  /// Appends the text of the bytes, padded. O(n).
  static func append(_ bytes: UnsafeRawBufferPointer, to text: inout [UInt8]) {
    text.makeRoom(for: (bytes.count + 2) / 3 * 4 + 2)
    // 3 KiB at a time through the stack: appending byte by byte checks the capacity each time.
    let step = 3 * 1024
    withUnsafeTemporaryAllocation(byteCount: step / 3 * 4, alignment: 1) { scratch in
      var start = 0
      while start < bytes.count {
        let part = UnsafeRawBufferPointer(rebasing: bytes[start..<min(start + step, bytes.count)])
        let length = encode(part, into: scratch)
        text.append(contentsOf: UnsafeRawBufferPointer(rebasing: scratch[..<length]))
        start += step
      }
    }
  }

  /// Writes the text of the bytes; its length.
  private static func encode(
    _ bytes: UnsafeRawBufferPointer, into text: UnsafeMutableRawBufferPointer
  ) -> Int {
    alphabet.withUnsafeBufferPointer { alphabet in
      let whole = bytes.count / 3
      for group in 0..<whole {
        let (a, b, c) = (bytes[3 * group], bytes[3 * group + 1], bytes[3 * group + 2])
        text[4 * group] = alphabet[Int(a >> 2)]
        text[4 * group + 1] = alphabet[Int(a << 4 & 0x30 | b >> 4)]
        text[4 * group + 2] = alphabet[Int(b << 2 & 0x3c | c >> 6)]
        text[4 * group + 3] = alphabet[Int(c & 0x3f)]
      }
      let rest = bytes.count % 3
      guard rest > 0 else { return 4 * whole }
      let a = bytes[3 * whole]
      let b = rest == 2 ? bytes[3 * whole + 1] : 0
      text[4 * whole] = alphabet[Int(a >> 2)]
      text[4 * whole + 1] = alphabet[Int(a << 4 & 0x30 | b >> 4)]
      text[4 * whole + 2] = rest == 2 ? alphabet[Int(b << 2 & 0x3c)] : UInt8(ascii: "=")
      text[4 * whole + 3] = UInt8(ascii: "=")
      return 4 * whole + 4
    }
  }
}
