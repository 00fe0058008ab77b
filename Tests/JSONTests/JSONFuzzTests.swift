import JSON
import TestSupport
import Testing

@Suite struct JSONFuzzTests {
  private static let seeds = [
    #"{"params":{"rank":4,"steps":null,"ok":true},"inputs":{"gradient":[[1.5,-2e-3],[0,-0.5]]}}"#,
    #"["\u00e9\ud83d\ude00\n","é😀",{"":{}},[[],[[]]],-0,123456789012345678901234567890,1e300]"#,
    "[0.1,-0.0,9223372036854775808,\"a\\\\\",false , null\t]\r\n",
  ]

  /// simdjson alone and the grammar before it must agree: a leading `-0` sends the same text
  /// through the grammar.
  @Test(arguments: 1...6) func bothWaysAgreeOnMutatedTexts(_ seed: UInt64) throws {
    var generator = SplitMix64(seed: seed)
    for round in 0..<4000 {
      let source = Array(Self.seeds[round % Self.seeds.count].utf8)
      let text = generator.mutated(source)
      guard !text.starts(with: [0xef, 0xbb, 0xbf]), !text.isEmpty else { continue }
      let alone = Self.read(text)
      let behind = Self.read(Array("[-0,".utf8) + text + Array("]".utf8))
      switch (alone, behind) {
      case (.success(let value), .success(let pair)): #expect(pair == [.number(-0.0), value])
      case (.failure, .failure): break
      // A text that closes its array itself or adds elements is another text there.
      case (.failure, .success(.array(let elements))): #expect(elements.count != 2, "\(text)")
      default: Issue.record("seed \(seed): \(String(decoding: text, as: UTF8.self))")
      }
    }
  }

  @Test func everyTruncationOfATextIsRefused() throws {
    for source in Self.seeds {
      let text = Array(source.utf8)
      let last = try #require(text.lastIndex { !" \r\n\t".utf8.contains($0) })
      for length in 0..<last {
        guard case .failure = Self.read(Array(text[..<length])) else {
          Issue.record("taken: \(String(decoding: text[..<length], as: UTF8.self))")
          continue
        }
      }
    }
  }

  @Test func readsNothingBehindAnyTruncation() throws {
    let text = Array(Self.seeds[0].utf8)
    for length in 1...text.count {
      try Pages.withGuarded(Array(text[..<length])) { raw in
        let isTaken = (try? JSONDocument.parse(raw)) != nil
        #expect(isTaken == (length == text.count))
      }
    }
  }

  private static func read(_ text: [UInt8]) -> Result<JSONValue, JSONError> {
    Result { () throws(JSONError) in try JSONValue.parse(text) }
  }
}
