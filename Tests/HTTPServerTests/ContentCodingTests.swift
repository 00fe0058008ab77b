import HTTP
import HTTPServer
import Testing

/// gzip and deflate in both directions.
@Suite struct ContentCodingTests {
  private let memory = BodyMemory(limit: 1 << 30)

  private func encode(_ bytes: [UInt8], _ coding: ContentCoding) throws -> [UInt8] {
    try #require(bytes.withUnsafeBytes { ContentEncoder.encode($0, coding) })
  }

  private func decode(
    _ bytes: [UInt8], _ coding: ContentCoding, limit: Int = 1 << 30, ratio: Int = 100
  ) throws -> [UInt8] {
    try ContentDecoder.decode(
      BodyBytes(bytes), coding, limit: limit, ratio: ratio, memory: memory
    ).copied()
  }

  private let text = Array(String(repeating: "matrices as text, ", count: 500).utf8)

  @Test(arguments: [ContentCoding.gzip, .deflate])
  func decodesWhatItEncodes(_ coding: ContentCoding) throws {
    let coded = try encode(text, coding)
    #expect(coded.count < text.count / 2)
    #expect(try decode(coded, coding) == text)
    #expect(try decode(text, .identity) == text)
  }

  @Test func readsSeveralGzipMembersAsOneBody() throws {
    let coded = try encode(text, .gzip)
    #expect(try decode(coded + coded, .gzip) == text + text)
  }

  @Test(arguments: [ContentCoding.gzip, .deflate])
  func refusesCutDamagedAndTrailingBytes(_ coding: ContentCoding) throws {
    let coded = try encode(text, coding)
    for count in stride(from: 0, to: coded.count, by: 7) {
      #expect(throws: Refusal.malformedContent) { try decode(Array(coded[..<count]), coding) }
    }
    #expect(throws: Refusal.malformedContent) { try decode(coded + [0], coding) }
    var damaged = coded
    damaged[coded.count - 3] ^= 1
    #expect(throws: Refusal.malformedContent) { try decode(damaged, coding) }
    let other: ContentCoding = coding == .gzip ? .deflate : .gzip
    #expect(throws: Refusal.malformedContent) { try decode(coded, other) }
  }

  @Test func boundsTheDecodedBody() throws {
    let coded = try encode(text, .gzip)
    #expect(try decode(coded, .gzip, limit: text.count) == text)
    #expect(throws: Refusal.decodedBodyTooLong(limit: text.count - 1, ratio: 100)) {
      try decode(coded, .gzip, limit: text.count - 1)
    }
  }

  @Test func stopsBombsByTheirRatio() throws {
    // Beyond the first megabyte only: 1 000 times is allowed below it.
    let small = try encode([UInt8](repeating: 0, count: 1 << 20), .gzip)
    #expect(try decode(small, .gzip).count == 1 << 20)
    let bomb = try encode([UInt8](repeating: 0, count: 20 << 20), .gzip)
    #expect(throws: Refusal.decodedBodyTooLong(limit: 1 << 30, ratio: 100)) {
      try decode(bomb, .gzip)
    }
    #expect(try decode(bomb, .gzip, ratio: 2_000).count == 20 << 20)
    // At the limit and one past it.
    let ratio = ((20 << 20) + bomb.count - 1) / bomb.count
    #expect(try decode(bomb, .gzip, ratio: ratio).count == 20 << 20)
    #expect(throws: Refusal.decodedBodyTooLong(limit: 1 << 30, ratio: ratio - 1)) {
      try decode(bomb, .gzip, ratio: ratio - 1)
    }
  }

  @Test func decodesRequestsAndRefusesUnknownCodings() throws {
    let server = try TestServer { $0.maximumDecodedBody = 1 << 20 }
    let coded = try encode(text, .gzip)
    let client = try server.client()
    try client.send(
      request("POST /count", ["Content-Encoding: gzip", "Content-Length: \(coded.count)"]))
    try client.send(coded)
    #expect(try client.answer().text == "\(text.count) \(coded.count)")
    try client.send(request("POST /count", ["Content-Encoding: deflate"], body: "no deflate"))
    #expect(try client.answer().status == 400)
    try client.send(request("POST /count", ["Content-Encoding: br"], body: "x"))
    let refused = try client.answer()
    #expect(refused.status == 415)
    #expect(refused.fields["accept-encoding"] == "gzip, deflate")
  }

  @Test(arguments: [1, 100, 20_000])
  func codesAnswersOnlyAsTheClientSays(_ words: Int) throws {
    let server = try TestServer()
    let plain = Array(String(repeating: "compressible ", count: words).utf8)
    let isCoded = plain.count > 1_024
    let client = try server.client()
    try client.send(request("GET /coded?\(words)"))
    let identity = try client.answer()
    #expect(identity.body == plain)
    #expect(identity.fields["vary"] == "Accept-Encoding")
    #expect(identity.fields["etag"] == "\"t\"")
    try client.send(request("GET /coded?\(words)", ["Accept-Encoding: deflate;q=0.5, gzip"]))
    let coded = try client.answer()
    #expect(coded.fields["content-encoding"] == (isCoded ? "gzip" : nil))
    #expect(coded.fields["etag"] == (isCoded ? "\"t-gzip\"" : "\"t\""))
    #expect(try isCoded ? decode(coded.body, .gzip, ratio: 2_000) == plain : coded.body == plain)
    try client.send(request("GET /coded?\(words)", ["Accept-Encoding: gzip;q=0"]))
    #expect(try client.answer().body == plain)
  }
}
