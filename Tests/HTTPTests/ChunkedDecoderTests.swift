import HTTP
import Testing

@Suite struct ChunkedDecoderTests {
  private func decode(
    _ text: String, limits: ChunkLimits = ChunkLimits(), maximum: Int = .max, step: Int = .max
  ) throws(Refusal) -> (content: String, rest: Int)? {
    var decoder = ChunkedDecoder(limits: limits, maximumBytes: maximum)
    let bytes = Array(text.utf8)
    var content: [UInt8] = []
    var position = 0
    while position < bytes.count {
      let piece = Array(bytes[position..<min(bytes.count, position + min(step, bytes.count))])
      let (consumed, event) = try decoder.next(piece.span)
      position += consumed
      switch event {
      case .data(let range): content += piece[range]
      case .end: return (String(decoding: content, as: UTF8.self), bytes.count - position)
      case .needMore: continue
      }
    }
    return nil
  }

  @Test(arguments: [1, 2, 3, 5, 1_000])
  func joinsChunksWhateverTheSteps(_ step: Int) throws {
    let text = "4;a=\"b;c\"\r\nwiki\r\n05 ; x\r\npedia\r\n000\r\nA: b\r\nC:\td\r\n\r\nREST"
    let result = try #require(try decode(text, step: step))
    #expect(result == ("wikipedia", 4))
  }

  @Test(arguments: [
    "4\nwiki\r\n0\r\n\r\n", "4\r\nwikix\r\n0\r\n\r\n", "4 \r\nwiki\r\n0\r\n\r\n", "\r\n", "x\r\n",
    "4\r\nwiki\n0\r\n\r\n", "4\r\nwiki\r0\r\n\r\n", "4;a\u{1}\r\nwiki\r\n0\r\n\r\n",
    "0\r\nA : b\r\n\r\n", "0\r\n: b\r\n\r\n", "0\r\nA\r\n\r\n", "0\r\n A: b\r\n\r\n",
    "0\r\nA: b\n\r\n", "fffffffffffffffff\r\n", "7fffffffffffffffff\r\n",
  ])
  func refusesMalformedChunks(_ text: String) {
    #expect(throws: Refusal.self) { try decode(text) }
  }

  @Test func boundsTheBodyAtItsLimit() throws {
    #expect(try decode("4\r\nwiki\r\n0\r\n\r\n", maximum: 4)?.content == "wiki")
    #expect(throws: Refusal.bodyTooLong(limit: 3)) { try decode("4\r\n", maximum: 3) }
    #expect(throws: Refusal.bodyTooLong(limit: 5)) {
      try decode("4\r\nwiki\r\n2\r\n", maximum: 5)
    }
  }

  @Test func boundsExtensionsOfOneChunkAndOfAll() throws {
    var limits = ChunkLimits()
    limits.extensionsOfOne = 4
    limits.extensionsOfAll = 6
    #expect(try decode("1;abcd\r\nx\r\n0\r\n\r\n", limits: limits)?.content == "x")
    #expect(throws: Refusal.chunkExtensionsTooLong(limit: 4)) {
      try decode("1;abcde\r\nx\r\n0\r\n\r\n", limits: limits)
    }
    #expect(try decode("1;abc\r\nx\r\n1;abc\r\ny\r\n0\r\n\r\n", limits: limits)?.content == "xy")
    #expect(throws: Refusal.chunkExtensionsTooLong(limit: 6)) {
      try decode("1;abc\r\nx\r\n1;abcd\r\ny\r\n0\r\n\r\n", limits: limits)
    }
  }

  @Test func boundsTheTrailerSection() throws {
    var limits = ChunkLimits()
    limits.trailers = 6
    #expect(try decode("0\r\nA: b\r\n\r\n", limits: limits)?.content == "")
    #expect(throws: Refusal.trailersTooLong(limit: 6)) {
      try decode("0\r\nA: bc\r\n\r\n", limits: limits)
    }
  }
}
