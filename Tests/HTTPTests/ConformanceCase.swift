import Testing

/// One case of the project's HTTP conformance set that fits in a few lines: one connection's bytes
/// (as Latin-1 text), and what has to come of it. `/GETPATH` answers GET, `/POSTPATH` takes a body.
struct ConformanceCase: Sendable, CustomTestStringConvertible {
  enum Expectation: String, Sendable { case accept, reject, either, notAccept, wait }

  let name: String
  let expectation: Expectation
  /// Answers of an accepted case; good answers before the refusal of a rejected one.
  let answers: Int
  /// Statuses that a refusal may have.
  let statuses: [Int]
  let text: String
  /// The peer ends its side behind the bytes.
  let ends: Bool

  var testDescription: String { name }
  var bytes: [UInt8] { text.unicodeScalars.map { UInt8($0.value) } }

  /// Good, and the connection goes on behind it, however its bytes come.
  var goesOn: Bool {
    expectation == .accept && text.contains("HTTP/1.1\r\n") && !text.contains("100-continue")
      && !text.lowercased().contains("close") && !text.hasPrefix("\r\n")
  }

  init(
    _ name: String, _ expectation: Expectation, _ answers: Int, _ statuses: [Int], _ text: String,
    ends: Bool = false
  ) {
    self.name = name
    self.expectation = expectation
    self.answers = answers
    self.statuses = statuses
    self.text = text
    self.ends = ends
  }

  static let all = messageCases + framingCases
}
