import HTTP
import Testing

@Suite struct MultipartFormTests {
  private func parse(
    _ text: String, boundary: String? = "B", parts: Int = 10, head: Int = 200
  ) throws -> [(FormPart, String)] {
    let bytes = Array(text.utf8)
    let form = try bytes.withUnsafeBytes { raw in
      try MultipartForm(raw, boundary: boundary, maximumParts: parts, maximumPartHead: head)
    }
    return form.parts.map { ($0, String(decoding: bytes[$0.content], as: UTF8.self)) }
  }

  private let two =
    "--B\r\nContent-Disposition: form-data; name=\"params\"\r\n\r\n{}\r\n"
    + "--B\r\ncontent-disposition: form-data; name=gradients; filename=\"a.st\"\r\n"
    + "Content-Type: application/vnd.safetensors\r\n\r\n--B\r\n--\r\n\r\n--B--\r\n"

  @Test func cutsPartsWithoutCopies() throws {
    // The second part's content looks like a boundary but does not begin behind a CRLF.
    let text = two.replacing("\r\n\r\n--B\r\n--\r\n", with: "\r\n\r\nx--B\r\n--\r\n")
    let parts = try parse(text)
    #expect(parts.map(\.0.name) == ["params", "gradients"])
    #expect(parts[0].1 == "{}")
    #expect(parts[0].0.contentType == nil)
    #expect(parts[1].0.filename == "a.st")
    #expect(parts[1].0.contentType?.essence == "application/vnd.safetensors")
    #expect(parts[1].1 == "x--B\r\n--\r\n")
  }

  @Test func takesPreambleEmptyPartsAndPadding() throws {
    let text =
      "preamble\r\n--B \t\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n--B--epilogue"
    let parts = try parse(text)
    #expect(parts.count == 1)
    #expect(parts[0].1 == "")
    #expect(try parse("--B--\r\n").isEmpty)
  }

  @Test func saysWhatIsWrong() {
    let part = "--B\r\nContent-Disposition: form-data; name=a\r\n\r\nx"
    #expect(throws: MultipartForm.Failure.invalidBoundary) { try parse(two, boundary: nil) }
    #expect(throws: MultipartForm.Failure.invalidBoundary) { try parse(two, boundary: "") }
    #expect(throws: MultipartForm.Failure.missingFirstBoundary) { try parse("hello") }
    #expect(throws: MultipartForm.Failure.missingLastBoundary) { try parse(part) }
    #expect(throws: MultipartForm.Failure.missingLastBoundary) { try parse(part + "\r\n--B") }
    #expect(throws: MultipartForm.Failure.malformedPart(index: 0)) { try parse("--Bx\r\n") }
    #expect(throws: MultipartForm.Failure.missingName(index: 0)) {
      try parse("--B\r\nContent-Type: a/b\r\n\r\nx\r\n--B--")
    }
    #expect(throws: MultipartForm.Failure.tooManyParts(limit: 1)) {
      try parse("\(part)\r\n\(part)\r\n--B--", parts: 1)
    }
    #expect(throws: MultipartForm.Failure.partHeadTooLong(index: 0, limit: 20)) {
      try parse(part + "\r\n--B--", head: 20)
    }
  }

  @Test func survivesEveryTruncation() throws {
    for count in 0..<(two.utf8.count - 3) {
      #expect(throws: MultipartForm.Failure.self) {
        try parse(String(decoding: Array(two.utf8).prefix(count), as: UTF8.self))
      }
    }
  }
}
