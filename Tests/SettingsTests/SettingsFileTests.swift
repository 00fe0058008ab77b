import Settings
import Testing

/// The form of settings files: what is read, and what is refused with its line.
@Suite struct SettingsFileTests {
  private func read(_ text: String) -> [String] {
    let (entries, problems) = SettingsFile.read(text, path: "f")
    return entries.map { "\($0.line ?? 0) \($0.name) \($0.raw)" } + problems.map(\.description)
  }

  @Test(arguments: [
    "", "\n", "# nothing\n", "---\n", "~", "null", "server:\n", "server: ~\nlog: {}\n", "\u{FEFF}",
  ])
  func aFileThatSetsNothingIsEmpty(text: String) {
    #expect(read(text).isEmpty)
  }

  @Test func everyStyleOfATextIsTheText() {
    let file = """
      server:
        host: plain text  # a remark
        unix_socket: 'it''s'
      log: {format: "a\\tb", level: "null"}
      storage:
        path: >-
          one
          two
        url: |
          kept

      """
    #expect(
      read(file) == [
        "2 server.host scalar(\"plain text\")", "3 server.unix_socket scalar(\"it\\'s\")",
        "4 log.format scalar(\"a\\tb\")", "4 log.level scalar(\"null\")",
        "6 storage.path scalar(\"one two\")", "9 storage.url scalar(\"kept\\n\")",
      ])
    #expect(read(file.split(separator: "\n").joined(separator: "\r\n")).count == 6)
  }

  @Test(arguments: ["", "~", "null", "Null", "NULL"])
  func whatStandsForNothingIsAnEmptyText(text: String) {
    #expect(read("storage:\n  url: \(text)\n") == ["2 storage.url scalar(\"\")"])
  }

  @Test func listsAndMappingsOfTextsAreRead() {
    #expect(read("cors:\n  origins: [a, \"b\"]\n") == ["2 cors.origins list([\"a\", \"b\"])"])
    #expect(
      read("queue:\n  concurrency:\n    blast: 2\n") == [
        "2 queue.concurrency mapping([\"blast\": \"2\"])"
      ])
  }

  @Test func anAliasStandsForItsAnchor() {
    let file = "server:\n  host: &here 10.0.0.1\nadmin:\n  host: *here\n"
    #expect(
      read(file) == [
        "2 server.host scalar(\"10.0.0.1\")", "4 admin.host scalar(\"10.0.0.1\")",
      ])
  }

  @Test(arguments: [
    ("cors:\n  origins: [[a]]\n", "f:2: cors.origins: nested deeper than any key is"),
    ("cors:\n  origins: {a: [b]}\n", "f:2: cors.origins: nested deeper than any key is"),
    ("cors:\n  origins: &a [*a]\n", "f:2: cors.origins: nested deeper than any key is"),
    ("cors:\n  origins: &a {x: {y: *a}}\n", "f:2: cors.origins: nested deeper than any key is"),
    ("- server\n", "f:1: expected sections such as \"server:\" at the top"),
    ("server\n", "f:1: expected sections such as \"server:\" at the top"),
    ("\nserver: 8080\n", "f:2: expected keys of \"server\" below it, as \"key: value\""),
    ("server: {}\n\nserver: {}\n", "f:3: not valid YAML: \"server\" stands there twice"),
    ("log:\n  level: info\n  level: debug\n", "f:3: not valid YAML: \"level\" stands there twice"),
    ("log: {}\n---\nlog: {}\n", "f:3: not valid YAML: a second document begins"),
  ])
  func aFormThatIsNoSettingsFileIsRefusedWithItsLine(text: String, problem: String) {
    #expect(read(text) == [problem])
  }

  @Test(arguments: [
    ("server:\n\tport: 1\n", 2), ("server: {port: 1\n", 2), ("log:\n  level: \"info\n", 3),
    ("server:\n  port: 1\n host: a\n", 3), ("server: *nowhere\n", 1), ("a: b: c\n", 1),
    ("server: \u{1}\n", 1),
  ])
  func whatIsNotYAMLIsRefusedNearItsPlace(text: String, line: Int) throws {
    let found = read(text)
    #expect(found.count == 1)
    let first = try #require(found.first)
    #expect(first.contains(": not valid YAML: "))
    let place = first.split(separator: ":").dropFirst().first.flatMap { Int($0) }
    #expect(place.map { abs($0 - line) <= 1 } == true, "\(first)")
  }
}
