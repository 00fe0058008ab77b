/// Blanks out comments and string literals of Swift source.
struct CodeStripper {
  private enum Place: Equatable {
    case code, lineComment
    case blockComment(depth: Int)
    case string
    case longString
  }

  private var place = Place.code

  /// The same number of lines, without what is not code.
  mutating func strip(_ text: [UInt8]) -> [UInt8] {
    var code: [UInt8] = []
    var index = 0
    while index < text.count {
      let byte = text[index]
      if byte == UInt8(ascii: "\n") {
        // A line comment and a plain literal end with their line.
        if place == .lineComment || place == .string { place = .code }
        code.append(byte)
        index += 1
      } else {
        index += step(text, index, byte, &code)
      }
    }
    return code
  }

  /// Handles what begins at `index` and says how many bytes that was.
  private mutating func step(
    _ text: [UInt8], _ index: Int, _ byte: UInt8, _ code: inout [UInt8]
  ) -> Int {
    func follows(_ word: StaticString) -> Bool {
      let end = index + word.utf8CodeUnitCount
      guard end <= text.count else { return false }
      return word.withUTF8Buffer { text[index..<end].elementsEqual($0) }
    }
    switch place {
    case .lineComment: return 1
    case .blockComment(let depth):
      if follows("*/") {
        place = depth == 1 ? .code : .blockComment(depth: depth - 1)
        return 2
      }
      if follows("/*") {
        place = .blockComment(depth: depth + 1)
        return 2
      }
      return 1
    case .string, .longString:
      if byte == UInt8(ascii: "\\") { return 2 }
      if place == .string && byte == UInt8(ascii: "\"") {
        place = .code
      } else if place == .longString && follows("\"\"\"") {
        place = .code
        return 3
      }
      return 1
    case .code:
      let openings: [(StaticString, Place)] = [
        ("//", .lineComment), ("/*", .blockComment(depth: 1)), ("\"\"\"", .longString),
        ("\"", .string),
      ]
      for (word, next) in openings where follows(word) {
        place = next
        return word.utf8CodeUnitCount
      }
      code.append(byte)
      return 1
    }
  }
}
