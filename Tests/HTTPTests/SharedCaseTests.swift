import JSON
import TestSupport
import Testing

/// The messages of `../shared/reference/http/cases.json`, cut at every byte. What each has to be
/// answered with is checked against the running program, by EndToEndTests.
@Suite(.enabled(if: SharedFiles.has("reference/http/cases.json"), "../shared is not here"))
struct SharedCaseTests {
  private struct Message {
    let name: String
    let bytes: [UInt8]
    let ends: Bool
  }

  /// Messages of more bytes than this are cut at some forty places.
  private static let wholly = 4_096

  private func messages() throws -> [Message] {
    let file = try #require(SharedFiles.bytes("reference/http/cases.json"))
    let cases = try #require(try JSONValue.parse(file)["cases"]?.arrayValue)
    return try cases.map { entry in
      var bytes: [UInt8] = []
      if let text = entry["request_b64"]?.stringValue { bytes = try decoded(text) }
      for part in entry["parts"]?.arrayValue ?? [] {
        let piece = try decoded(try #require(part["b64"]?.stringValue))
        for _ in 0..<(part["times"]?.integerValue ?? 1) where bytes.count < 1 << 17 {
          bytes += piece
        }
      }
      return Message(
        name: entry["id"]?.stringValue ?? "?", bytes: bytes,
        ends: entry["half_close"]?.boolValue ?? false)
    }
  }

  private func decoded(_ text: String) throws -> [UInt8] {
    var bits = 0
    var count = 0
    var bytes: [UInt8] = []
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    for byte in text.utf8 where byte != UInt8(ascii: "=") {
      bits = bits << 6 | (try #require(alphabet.firstIndex(of: byte)))
      count += 6
      if count >= 8 {
        count -= 8
        bytes.append(UInt8(truncatingIfNeeded: bits >> count))
      }
    }
    return bytes
  }

  @Test func everyMessageMeansTheSameWhereverItIsCut() throws {
    let messages = try messages()
    #expect(messages.count == 102)
    for message in messages {
      let whole = MachineDriver.happenings(of: message.bytes, cuts: [], ends: message.ends)
      let step = message.bytes.count <= Self.wholly ? 1 : message.bytes.count / 40
      for cut in stride(from: 1, to: message.bytes.count, by: step) {
        let parts = MachineDriver.happenings(of: message.bytes, cuts: [cut], ends: message.ends)
        if parts != whole { Issue.record("\(message.name) cut at \(cut)") }
      }
      let cuts = Array(stride(from: 1, to: message.bytes.count, by: step))
      let bits = MachineDriver.happenings(of: message.bytes, cuts: cuts, ends: message.ends)
      if bits != whole { Issue.record("\(message.name) in steps of \(step)") }
    }
  }
}
