import TestSupport
import Testing

@Suite struct HouseRuleTests {
  private let sources = SourceTree.swiftFiles(under: "Sources")
  private let tests = SourceTree.swiftFiles(under: "Tests")

  @Test func filesStayUnderFiveHundredLines() {
    #expect(!sources.isEmpty)
    for file in sources + tests {
      #expect(SourceTree.lines(of: file).count <= 501, "\(file)")
    }
  }

  @Test func functionsStayUnderSixtyLines() {
    for file in sources {
      let lines = SourceTree.code(of: file)
      for (index, line) in lines.enumerated() where Self.beginsFunction(line) {
        // The formatter puts the closing brace at the indentation of the declaration.
        let indentation = line.prefix { $0 == " " }
        let rest = lines[(index + 1)...]
        guard let end = rest.firstIndex(where: { $0.hasPrefix(indentation + "}") }),
          !lines[index...(end)].prefix(1).contains(where: { $0.hasSuffix("}") })
        else { continue }
        #expect(end - index + 1 <= 60, "\(file):\(index + 1) has \(end - index + 1) lines")
      }
    }
  }

  @Test(arguments: ["try!", "as!", "fatalError(", "unsafeBitCast(", "@testable", "@_"])
  func sourcesDoWithout(word: String) {
    // Each exception wraps a C library and says why.
    let exceptions: [String: Set<String>] = [:]
    for file in sources where exceptions[word]?.contains(file) != true {
      for (index, line) in SourceTree.code(of: file).enumerated() {
        #expect(!line.contains(word), "\(file):\(index + 1)")
      }
    }
  }

  @Test func nothingIsUnwrappedByForce() {
    for file in sources {
      for (index, line) in SourceTree.code(of: file).enumerated() {
        #expect(!Self.unwrapsByForce(line), "\(file):\(index + 1): \(line)")
      }
    }
  }

  @Test(arguments: ["TO" + "DO", "FIX" + "ME", "XX" + "X:", "HA" + "CK"])
  func nothingIsLeftForLater(word: String) {
    for file in sources + tests + SourceTree.files(under: "deploy") + ["README.md"] {
      for (index, line) in SourceTree.lines(of: file).enumerated() {
        #expect(!line.contains(word), "\(file):\(index + 1)")
      }
    }
  }

  @Test func testsDoNotSleep() {
    // A database server says that it is ready to nobody but those who ask.
    let exception = "Tests/JobsTests/Support/PostgreSQLServer.swift"
    for file in tests where file != exception {
      for (index, line) in SourceTree.code(of: file).enumerated() {
        #expect(!line.contains("sleep("), "\(file):\(index + 1)")
      }
    }
  }

  @Test func namesSayWhatThingsAre() {
    let empty: Set<String> = ["Utilities", "Helpers", "Common", "Manager", "Utils", "Misc"]
    for file in sources + tests {
      let parts = file.split(whereSeparator: { $0 == "/" || $0 == "." }).map(String.init)
      #expect(empty.isDisjoint(with: parts), "\(file)")
    }
  }

  @Test func noTypeIsNamedLikeItsModule() {
    for file in sources {
      let parts = file.split(separator: "/").map(String.init)
      let module =
        parts[1] == "Algorithms" ? (parts[3] == "API" ? parts[2] + "API" : parts[2]) : parts[1]
      for (index, line) in SourceTree.code(of: file).enumerated() {
        let words = line.split(whereSeparator: { !($0.isLetter || $0.isNumber || $0 == "_") })
        guard
          let keyword = words.firstIndex(where: {
            ["struct", "class", "enum", "protocol", "actor"].contains($0)
          }), words.count > keyword + 1
        else { continue }
        #expect(words[keyword + 1] != module, "\(file):\(index + 1)")
      }
    }
  }

  @Test func theTopLevelHoldsOnlyWhatBelongsThere() {
    let allowed: Set<String> = [
      "Package.swift", "Package.resolved", "Sources", "Tests", "Config", "deploy", "README.md",
      "LICENSE",
    ]
    for name in SourceTree.names(in: "") where !name.hasPrefix(".") {
      #expect(allowed.contains(name), "\(name)")
    }
  }

  private static func beginsFunction(_ line: String) -> Bool {
    let words = line.split(separator: " ")
    guard let index = words.firstIndex(where: { $0 == "func" || $0.hasPrefix("init") }) else {
      return false
    }
    let modifiers: Set<Substring> = [
      "public", "private", "package", "internal", "fileprivate", "static", "mutating",
      "nonmutating", "override", "convenience", "required", "consuming", "borrowing", "final",
      "@inlinable", "@discardableResult", "@inline(__always)", "nonisolated",
    ]
    return words[..<index].allSatisfy { modifiers.contains($0) }
  }

  /// An exclamation mark right behind a name, a bracket or a question mark, that is no `!=`.
  private static func unwrapsByForce(_ line: String) -> Bool {
    let bytes = Array(line.utf8)
    for index in bytes.indices.dropFirst() where bytes[index] == UInt8(ascii: "!") {
      let before = Character(Unicode.Scalar(bytes[index - 1]))
      let isNegation = index + 1 < bytes.count && bytes[index + 1] == UInt8(ascii: "=")
      if !isNegation && (before.isLetter || before.isNumber || "_)]?".contains(before)) {
        return true
      }
    }
    return false
  }
}
